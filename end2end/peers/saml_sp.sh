#!/usr/bin/env bash
# saml_sp.sh LIBRARY PORT DIR [OPTIONS]: a SAML service provider on http://127.0.0.1:PORT around LIBRARY, python3-saml or pysaml2.
#
# DIR has its key.pem and certificate.pem, and gets the metadata of the identity provider as idp.xml once that is known; its log is
# DIR/LIBRARY.log. OPTIONS are JSON, as saml_sp.py takes them, and `logout`: "refuse" (pysaml2) to sign nobody off and say so, "silent" to
# say nothing. Addresses: /metadata, /login?binding=redirect|post, /acs, /logout?binding=redirect|post, /slo.
# Installed by `make test` from requirements.txt.
set -euo pipefail
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
# shellcheck source=end2end/peers/peer.bash
source "$here/peer.bash"
[ $# -ge 3 ] || {
  echo "usage: saml_sp.sh LIBRARY PORT DIR [OPTIONS]" >&2
  exit 2
}
library=$1 port=$2 dir=$3
python=$here/../.peers/bin/python
[ -x "$python" ] || {
  echo "saml_sp.sh: $python is missing; run \`make setup-test\` once." >&2
  exit 1
}
answers() {
  local line
  exec {socket}<>"/dev/tcp/127.0.0.1/$port"
  printf 'GET / HTTP/1.0\r\n\r\n' >&"$socket"
  read -rt 5 line <&"$socket"
  [[ $line == *" 200 "* ]]
}
# A failed redirection of `exec` ends a shell, so each try has its own.
probe() { (answers); }

watch_over "$dir/$library.log" probe
exec "$python" "$here/saml_sp_http.py" "$library" "$port" "$dir" "${4:-{\}}" >"$dir/$library.log" 2>&1 {nothing}>&-
