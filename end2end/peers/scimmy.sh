#!/usr/bin/env bash
# scimmy.sh PORT TOKEN LOG: the npm packages scimmy and scimmy-routers on http://127.0.0.1:PORT, accepting the bearer TOKEN.
#
# Everything is in memory. They are installed by `make test` from package-lock.json into end2end/node_modules.
set -euo pipefail
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
# shellcheck source=end2end/peers/peer.bash
source "$here/peer.bash"
[ $# -eq 3 ] || {
  echo "usage: scimmy.sh PORT TOKEN LOG" >&2
  exit 2
}
port=$1 token=$2 log=$3
need node nodejs
[ -d "$here/../node_modules/scimmy-routers" ] || {
  echo "scimmy.sh: scimmy-routers is missing; run \`make setup-test\` once." >&2
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

watch_over "$log" probe
exec node "$here/scimmy.mjs" "$port" "$token" >"$log" 2>&1 {nothing}>&-
