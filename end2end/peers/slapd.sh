#!/usr/bin/env bash
# slapd.sh DIR PORT TLS_PORT LDIF: an OpenLDAP server on 127.0.0.1 with its configuration, data and TLS files in DIR.
#
# ldap:// (with StartTLS) on PORT, ldaps:// on TLS_PORT; its CA is DIR/tls/ca.pem, its certificate is for localhost and
# 127.0.0.1. LDIF is loaded once, into an empty DIR; write it with gen_directory.py. cn=admin,BASE / admin-secret may do
# everything; cn=sync,BASE / sync-secret, from the LDIF, may read everything in pages of at most 1000; others are
# held to 500 entries. BASE comes from the environment, default dc=example,dc=com. With SYNCPROV=1 it offers LDAP Content
# Synchronization (RFC 4533).
set -euo pipefail
# shellcheck source=end2end/peers/peer.bash
source "$(dirname "${BASH_SOURCE[0]}")/peer.bash"
[ $# -eq 4 ] || {
  echo "usage: slapd.sh DIR PORT TLS_PORT LDIF" >&2
  exit 2
}
need slapd slapd
need ldapsearch ldap-utils
need openssl openssl
mkdir -p "$1"
dir=$(realpath "$1") port=$2 tls_port=$3 ldif=$4
base=${BASE:-dc=example,dc=com}

certificates() {
  mkdir -p "$dir/tls"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=Test LDAP CA" \
    -keyout "$dir/tls/ca-key.pem" -out "$dir/tls/ca.pem"
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=localhost" \
    -keyout "$dir/tls/key.pem" -out "$dir/tls/request.pem"
  openssl x509 -req -in "$dir/tls/request.pem" -CA "$dir/tls/ca.pem" -CAkey "$dir/tls/ca-key.pem" -CAcreateserial -days 30 \
    -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1") -out "$dir/tls/cert.pem"
}

# memberOf is defined by the overlay. groupOfMembers is RFC 2307bis' group that may be empty.
configuration() {
  cat >"$dir/towpath.schema" <<'SCHEMA'
attributetype ( 2.16.840.1.113730.3.1.610 NAME 'nsAccountLock' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
objectclass ( 2.25.219543712983641.1 NAME 'towpathAccount' SUP top AUXILIARY MAY ( nsAccountLock ) )
objectclass ( 1.3.6.1.1.1.2.18 NAME 'groupOfMembers' SUP top STRUCTURAL MUST cn MAY ( member $ businessCategory $ seeAlso $ owner $ ou $ o $ description ) )
SCHEMA
  cat >"$dir/slapd.conf" <<CONF
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include $dir/towpath.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
moduleload syncprov
pidfile $dir/slapd.pid
argsfile $dir/slapd.args
loglevel none
threads 4
sizelimit 500
TLSCACertificateFile $dir/tls/ca.pem
TLSCertificateFile $dir/tls/cert.pem
TLSCertificateKeyFile $dir/tls/key.pem

database mdb
suffix "$base"
rootdn "cn=admin,$base"
rootpw admin-secret
directory $dir/data
maxsize 4294967296
# Tests do not outlive a power cut.
envflags nosync writemap
index objectClass,entryUUID,entryCSN,member,memberOf,modifyTimestamp eq
index uid,cn,mail eq,sub
limits dn.exact="cn=sync,$base" size.soft=1000 size.hard=1000 size.pr=1000 size.prtotal=unlimited
access to attrs=userPassword by self write by anonymous auth by * none
access to * by users read by anonymous none
overlay memberof
memberof-group-oc groupOfMembers
memberof-member-ad member
memberof-memberof-ad memberOf
memberof-refint TRUE
CONF
  if [ "${SYNCPROV:-}" = 1 ]; then
    printf 'overlay syncprov\nsyncprov-sessionlog 1000\n' >>"$dir/slapd.conf"
  fi
}

if [ ! -f "$dir/slapd.conf" ]; then
  certificates >"$dir/openssl.log" 2>&1 || {
    cat "$dir/openssl.log" >&2
    exit 1
  }
  configuration
  mkdir -p "$dir/data"
  slapadd -q -b "$base" -f "$dir/slapd.conf" -l "$ldif" >&2
fi

watch_over "$dir/slapd.log" ldapsearch -x -LLL -o nettimeout=1 -H "ldap://127.0.0.1:$port" -s base -b "" namingContexts
# -d 0 keeps slapd in the foreground.
exec slapd -d 0 -f "$dir/slapd.conf" -h "ldap://127.0.0.1:$port ldaps://127.0.0.1:$tls_port" >"$dir/slapd.log" 2>&1 {nothing}>&-
