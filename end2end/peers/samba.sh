#!/usr/bin/env bash
# samba.sh DIR ADDRESS LDIF: an Active Directory domain controller by Samba, LDAP only, with everything of it in DIR.
#
# ldap:// (with StartTLS) and ldaps:// on ADDRESS, a loopback address, at ports 389 and 636: Samba has them compiled in, so that
# two of them need two addresses. Its CA is DIR/tls/ca.pem, its certificate is for dc1.example.test, localhost and ADDRESS. LDIF is
# loaded once, into an empty DIR, and LDIF.modify after it; write them with gen_directory.py --flavor ad. Administrator@example.test /
# admin-Secret-1 may do everything; sync@example.test / sync-Secret-1 may read, as everybody may. The base is DC=example,DC=test.
#
# It needs root, for its ports and for what it keeps in extended attributes; by sudo if it does not ask for a password.
set -euo pipefail
# shellcheck source=end2end/peers/peer.bash
source "$(dirname "${BASH_SOURCE[0]}")/peer.bash"
[ $# -eq 3 ] || {
  echo "usage: samba.sh DIR ADDRESS LDIF" >&2
  exit 2
}
case $2 in
  127.*) ;;
  *)
    echo "samba.sh: $2 is not a loopback address." >&2
    exit 2
    ;;
esac
if [ "$(id -u)" != 0 ]; then
  sudo -n true 2>/dev/null || {
    echo "samba.sh: a domain controller needs root. Run the tests as root, or with a sudo that does not ask for a password." >&2
    exit 1
  }
  exec sudo -n bash "$0" "$@"
fi
need samba samba
need samba-tool samba
need ldbadd ldb-tools
need ldapsearch ldap-utils
need openssl openssl
mkdir -p "$1"
dir=$(realpath "$1") address=$2 ldif=$3
conf=$dir/etc/smb.conf

provision() {
  samba-tool domain provision --targetdir="$dir" --realm=EXAMPLE.TEST --domain=EXAMPLE --host-name=dc1 --host-ip="$address" \
    --adminpass=admin-Secret-1 --dns-backend=NONE --server-role=dc --use-rfc2307 --backend-store=mdb --backend-store-size=4Gb
}

certificates() {
  local tls=$dir/tls
  mkdir -p "$tls"
  openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=Test Domain CA" -keyout "$tls/ca-key.pem" -out "$tls/ca.pem"
  openssl req -newkey rsa:2048 -nodes -subj "/CN=dc1.example.test" -keyout "$tls/key.pem" -out "$tls/request.pem"
  openssl x509 -req -in "$tls/request.pem" -CA "$tls/ca.pem" -CAkey "$tls/ca-key.pem" -CAcreateserial -days 30 \
    -extfile <(echo "subjectAltName=DNS:dc1.example.test,DNS:localhost,IP:$address") -out "$tls/cert.pem"
  # Samba does not take a key that others may read.
  chmod 600 "$tls/key.pem" "$tls/ca-key.pem"
}

# LDAP alone: no smb, DNS, Kerberos, RPC or replication. The network is /8, since with /32 Samba finds no interface of any address but
# 127.0.0.1. `strong auth = no` allows simple binds without TLS.
configuration() {
  mkdir -p "$dir"/{pid,cache,ncalrpc,winbind,ntp,log}
  chmod 755 "$dir/winbind"
  cat >"$conf" <<CONF
[global]
	realm = EXAMPLE.TEST
	workgroup = EXAMPLE
	netbios name = DC1
	server role = active directory domain controller
	server services = ldap
	dcerpc endpoint servers =
	interfaces = $address/8
	bind interfaces only = yes
	ldap server require strong auth = no
	tls enabled = yes
	tls keyfile = $dir/tls/key.pem
	tls certfile = $dir/tls/cert.pem
	tls cafile = $dir/tls/ca.pem
	private dir = $dir/private
	state directory = $dir/state
	cache directory = $dir/cache
	lock directory = $dir
	pid directory = $dir/pid
	ncalrpc dir = $dir/ncalrpc
	winbindd socket directory = $dir/winbind
	ntp signd socket directory = $dir/ntp
	binddns dir = $dir/bind-dns
	log file = $dir/log/log.%m
	max log size = 0
	log level = 1
	panic action =
	idmap_ldb:use rfc2307 = yes
CONF
}

# Straight into the database, by way of all of Samba's modules. In batch mode, because otherwise every addition copies indexes that grow.
load() {
  samba-tool user create sync sync-Secret-1 -H "$dir/private/sam.ldb" --configfile="$conf"
  ldbadd -o batch_mode:1 -H "$dir/private/sam.ldb" --configfile="$conf" "$ldif"
  if [ -s "$ldif.modify" ]; then ldbmodify -H "$dir/private/sam.ldb" --configfile="$conf" "$ldif.modify"; fi
}

if [ ! -f "$dir/loaded" ]; then
  { provision && certificates && configuration && load; } >"$dir/setup.log" 2>&1 || {
    tail -n 20 "$dir/setup.log" >&2
    exit 1
  }
  touch "$dir/loaded"
fi
rm -f "$dir/pid/samba.pid"

watch_over "$dir/samba.log" ldapsearch -x -LLL -o nettimeout=1 -H "ldap://$address" -s base -b "" defaultNamingContext
# One process, in the foreground: its pid is the one that was spawned.
exec samba -F -M single --no-process-group --debug-stdout -s "$conf" >"$dir/samba.log" 2>&1 </dev/null {nothing}>&-
