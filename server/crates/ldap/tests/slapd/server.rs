//! A private slapd on loopback, with certificates made for the test; it ends with the value that holds it.

use domain::model::data_store::{LdapSettings, LdapType, TlsMode};
use domain::secret::Secret;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub const BASE: &str = "dc=example,dc=com";
pub const SECRET: &str = "sync-secret";
const SLAPD: &str = "/usr/sbin/slapd";
const SLAPADD: &str = "/usr/sbin/slapadd";

/// What the server's certificate says.
pub struct Certificate {
    pub names: &'static [&'static str],
    pub expired: bool,
}

pub const LOCAL: Certificate = Certificate { names: &["localhost", "127.0.0.1"], expired: false };

pub struct Slapd {
    child: Child,
    pub port: u16,
    pub tls_port: u16,
    pub ca: String,
    _dir: tempfile::TempDir,
}

impl Drop for Slapd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Slapd {
    /// Starts with these entries below [`BASE`], which has an account to read everything (`cn=sync`) and one that is held to the
    /// ordinary size limit (`cn=limited`). `{port}` in the entries becomes the port it listens on.
    pub fn start(ldif: &str, certificate: &Certificate) -> Self {
        Self::start_with(ldif, certificate, "")
    }

    /// The same, with a password policy, which counts failures, locks, and lets passwords expire.
    pub fn start_with_policy(ldif: &str) -> Self {
        let policy = format!(
            "dn: cn=policy,{BASE}\nobjectClass: person\nobjectClass: pwdPolicy\ncn: policy\nsn: policy\npwdAttribute: userPassword\n\
             pwdLockout: TRUE\npwdMaxFailure: 2\npwdMaxAge: 86400\npwdMustChange: TRUE\n\n"
        );
        // The overlay counts failures in the name of the root, so there must be one.
        let overlay = format!("rootdn \"cn=root,{BASE}\"\noverlay ppolicy\nppolicy_default \"cn=policy,{BASE}\"\nppolicy_use_lockout\n");
        Self::start_with(&(policy + ldif), &LOCAL, &overlay)
    }

    /// The same, with an account that may change everything (`cn=root`), and more configuration of the database.
    pub fn start_changeable(ldif: &str, overlay: &str) -> Self {
        Self::start_with(ldif, &LOCAL, &format!("rootdn \"cn=root,{BASE}\"\nrootpw {SECRET}\n{overlay}"))
    }

    fn start_with(ldif: &str, certificate: &Certificate, overlay: &str) -> Self {
        for program in [SLAPD, SLAPADD] {
            assert!(Path::new(program).exists(), "{program} is missing; install it: apt-get install slapd");
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().to_str().unwrap().to_owned();
        let (port, tls_port) = (free_port(), free_port());
        let ca = certificates(&path, certificate);
        for database in ["data", "other"] {
            std::fs::create_dir(format!("{path}/{database}")).unwrap();
        }
        std::fs::write(format!("{path}/slapd.conf"), configuration(&path, overlay)).unwrap();
        add(&path, BASE, &(skeleton() + &ldif.replace("{port}", &port.to_string())));
        add(&path, "dc=other", &other());
        let log = std::fs::File::create(format!("{path}/log")).unwrap();
        let urls = format!("ldap://127.0.0.1:{port} ldaps://127.0.0.1:{tls_port}");
        let mut child = Command::new(SLAPD)
            // -d 0 keeps it in the foreground.
            .args(["-d", "0", "-f", &format!("{path}/slapd.conf"), "-h", &urls])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let mut said = String::new();
            let _ = std::fs::File::open(format!("{path}/log")).and_then(|mut f| f.read_to_string(&mut said));
            assert!(child.try_wait().unwrap().is_none(), "slapd ended: {said}");
            assert!(started.elapsed() < Duration::from_secs(20), "slapd does not listen: {said}");
            std::thread::yield_now();
        }
        Self { child, port, tls_port, ca, _dir: dir }
    }

    pub fn settings(&self, tls: TlsMode) -> LdapSettings {
        let port = if tls == TlsMode::Ldaps { self.tls_port } else { self.port };
        LdapSettings {
            hostnames: format!("127.0.0.1:{port}"),
            tls,
            ldap_type: LdapType::OpenLdap,
            user_dn: format!("cn=sync,{BASE}"),
            trusted_ca: self.ca.clone(),
            ..LdapSettings::default()
        }
    }

    pub fn directory(&self, change: impl FnOnce(&mut LdapSettings)) -> ldap::Directory {
        let mut settings = self.settings(TlsMode::None);
        change(&mut settings);
        ldap::Directory::new(&settings, Some(&Secret::new(SECRET))).unwrap()
    }
}

fn add(path: &str, base: &str, ldif: &str) {
    let mut child = Command::new(SLAPADD)
        .args(["-q", "-b", base, "-f", &format!("{path}/slapd.conf")])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(ldif.as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success(), "slapadd: {}", String::from_utf8_lossy(&done.stderr));
}

/// Writes ca, cert and key; returns the CA as PEM.
fn certificates(path: &str, certificate: &Certificate) -> String {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Test Directory CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let mut params = CertificateParams::new(certificate.names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>()).unwrap();
    params.distinguished_name.push(DnType::CommonName, certificate.names[0]);
    if certificate.expired {
        params.not_after = date_time_ymd(2024, 2, 29);
    }
    let key = KeyPair::generate().unwrap();
    let leaf = params.signed_by(&key, &ca).unwrap();
    std::fs::write(format!("{path}/ca.pem"), ca.pem()).unwrap();
    std::fs::write(format!("{path}/cert.pem"), leaf.pem()).unwrap();
    std::fs::write(format!("{path}/key.pem"), key.serialize_pem()).unwrap();
    ca.pem()
}

fn configuration(path: &str, overlay: &str) -> String {
    format!(
        "include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
moduleload syncprov
pidfile {path}/pid
loglevel none
sizelimit 500
TLSCACertificateFile {path}/ca.pem
TLSCertificateFile {path}/cert.pem
TLSCertificateKeyFile {path}/key.pem
access to attrs=userPassword by anonymous auth by * none
access to * by users read by anonymous none

database mdb
suffix \"{BASE}\"
directory {path}/data
maxsize 1073741824
envflags nosync writemap
index objectClass,entryUUID,entryCSN,member eq
index uid,cn,mail eq,sub
limits dn.exact=\"cn=sync,{BASE}\" size.soft=1000 size.hard=1000 size.pr=1000 size.prtotal=unlimited
{overlay}
database mdb
suffix \"dc=other\"
directory {path}/other
maxsize 104857600
envflags nosync writemap
limits dn.exact=\"cn=sync,{BASE}\" size=unlimited
"
    )
}

fn account(name: &str) -> String {
    format!(
        "dn: cn={name},{BASE}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: {name}\nuserPassword: {SECRET}\n\n"
    )
}

fn skeleton() -> String {
    let mut out = format!("dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n\n");
    for unit in ["people", "groups", "elsewhere"] {
        let _ = write!(out, "dn: ou={unit},{BASE}\nobjectClass: organizationalUnit\nou: {unit}\n\n");
    }
    out + &account("sync") + &account("limited")
}

fn other() -> String {
    "dn: dc=other\nobjectClass: dcObject\nobjectClass: organization\ndc: other\no: Other\n\n".to_owned() + &person("cn=far,dc=other", "far")
}

/// A person as LDIF; the name may need escapes.
pub fn person(dn: &str, uid: &str) -> String {
    format!("{}\nobjectClass: inetOrgPerson\ncn: {uid}\nsn: {uid}\nuid: {uid}\nmail: {uid}@example.com\n\n", line("dn", dn))
}

/// A person with a password and further lines, as LDIF.
pub fn person_with(dn: &str, uid: &str, password: &str, more: &str) -> String {
    format!("{}{}\n{more}\n", person(dn, uid).trim_end_matches('\n').to_owned() + "\n", line("userPassword", password))
}

/// A group as LDIF.
pub fn group(dn: &str, members: impl IntoIterator<Item = String>) -> String {
    let mut out = format!("{}\nobjectClass: groupOfNames\ncn: {}\n", line("dn", dn), domain::text::dn::first_value(dn).unwrap());
    for member in members {
        let _ = writeln!(out, "{}", line("member", &member));
    }
    out + "\n"
}

/// One line of LDIF; base64 where RFC 2849 does not allow the text as it is.
fn line(name: &str, value: &str) -> String {
    use base64::Engine;
    let is_safe = value.bytes().all(|b| (32..127).contains(&b)) && !value.starts_with([' ', ':', '<']) && !value.ends_with(' ');
    if is_safe { format!("{name}: {value}") } else { format!("{name}:: {}", base64::engine::general_purpose::STANDARD.encode(value)) }
}
