#!/usr/bin/env bash
# scim2.sh PORT TOKEN DUMPFILE: the Python package scim2-server on http://127.0.0.1:PORT, accepting the bearer TOKEN.
#
# Everything is in memory. DUMPFILE gets all resources as JSON when the server is ended with SIGINT; its log is DUMPFILE.log.
# It is installed by `make test` from requirements.txt into end2end/.peers.
set -euo pipefail
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
# shellcheck source=end2end/peers/peer.bash
source "$here/peer.bash"
[ $# -eq 3 ] || {
  echo "usage: scim2.sh PORT TOKEN DUMPFILE" >&2
  exit 2
}
port=$1 token=$2 dump=$3
server=$here/../.peers/bin/scim2-server
[ -x "$server" ] || {
  echo "scim2.sh: $server is missing; run \`make setup-test\` once." >&2
  exit 1
}
answers() {
  local line
  exec {socket}<>"/dev/tcp/127.0.0.1/$port"
  printf 'GET /ServiceProviderConfig HTTP/1.0\r\nAuthorization: Bearer %s\r\n\r\n' "$token" >&"$socket"
  read -rt 2 line <&"$socket"
  [[ $line == *" 200 "* ]]
}
# A failed redirection of `exec` ends a shell, so each try has its own.
probe() { (answers); }

watch_over "$dump.log" probe
exec "$server" --hostname 127.0.0.1 --port "$port" --bearer-token "$token" --dump-resources "$dump" >"$dump.log" 2>&1 {nothing}>&-
