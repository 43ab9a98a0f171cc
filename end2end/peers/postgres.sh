#!/usr/bin/env bash
# postgres.sh DIR PORT: a PostgreSQL server on 127.0.0.1:PORT (and a socket in DIR) with its data in DIR.
#
# Connect as postgres://towpath@127.0.0.1:PORT/postgres; that user may create databases. Nothing is synced to disk.
# PostgreSQL refuses to run as root: started by root it runs as POSTGRES_USER (default postgres), which DIR then belongs to.
set -euo pipefail
# shellcheck source=end2end/peers/peer.bash
source "$(dirname "${BASH_SOURCE[0]}")/peer.bash"
[ $# -eq 2 ] || {
  echo "usage: postgres.sh DIR PORT" >&2
  exit 2
}
mkdir -p "$1"
dir=$(realpath "$1") port=$2
for newest in /usr/lib/postgresql/*/bin; do :; done
PATH=$newest:$PATH
need postgres postgresql
need initdb postgresql

as=()
if [ "$(id -u)" = 0 ]; then
  user=${POSTGRES_USER:-postgres}
  as=(setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups)
  chown "$user" "$dir"
  "${as[@]}" test -w "$dir" || {
    echo "postgres.sh: the user $user cannot reach $dir; use a folder directly below /tmp." >&2
    exit 1
  }
fi
cd "$dir"
if [ ! -d "$dir/data" ]; then
  "${as[@]}" initdb -D "$dir/data" -A trust -U towpath --no-sync --encoding=UTF8 --locale=C.UTF-8 >"$dir/initdb.log" 2>&1 || {
    cat "$dir/initdb.log" >&2
    exit 1
  }
fi

watch_over "$dir/postgres.log" psql -h 127.0.0.1 -p "$port" -U towpath -c "select 1" postgres
exec "${as[@]}" postgres -D "$dir/data" -p "$port" -k "$dir" -c listen_addresses=127.0.0.1 -c max_connections=200 \
  -c fsync=off -c synchronous_commit=off -c full_page_writes=off >"$dir/postgres.log" 2>&1 {nothing}>&-
