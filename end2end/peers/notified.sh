#!/usr/bin/env bash
# notified.sh SMTP_PORT HTTP_PORT DIR: a mail server (aiosmtpd) and a webhook receiver (standardwebhooks), both on 127.0.0.1.
#
# What arrives is written to DIR/mail.jsonl and DIR/calls.jsonl, a JSON object a line. DIR/peer.json says how they behave:
#   security    none, starttls or tls; with certificate and key (paths of PEM files) unless none
#   username, password   who must sign on; nobody if absent
#   refuse      an SMTP answer such as "550 no such user" that every recipient gets
#   secret      what the receiver verifies signatures with
#   status      what the receiver answers (204)
# It is read anew for each message, so that a test can change its mind. Installed by `make test` from requirements.txt.
set -euo pipefail
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
# shellcheck source=end2end/peers/peer.bash
source "$here/peer.bash"
[ $# -eq 3 ] || {
  echo "usage: notified.sh SMTP_PORT HTTP_PORT DIR" >&2
  exit 2
}
python=$here/../.peers/bin/python
"$python" -c 'import aiosmtpd, standardwebhooks' || {
  echo "notified.sh: aiosmtpd or standardwebhooks is missing; run \`make setup-test\` once." >&2
  exit 1
}
probe() { (exec {a}<>"/dev/tcp/127.0.0.1/$1" {b}<>"/dev/tcp/127.0.0.1/$2"); }

watch_over "$3/peer.log" probe "$1" "$2"
exec "$python" "$here/notified.py" "$@" >"$3/peer.log" 2>&1 {nothing}>&-
