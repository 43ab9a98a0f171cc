//! A domain controller of the test's own, filled by `end2end/peers/gen_directory.py`, changed and read with OpenLDAP's own client.

use crate::ldif::{Editor, Entry};
use crate::slapd::{Peer, launcher};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Deref;
use std::process::Command;
use tempfile::TempDir;

pub const BASE: &str = "DC=example,DC=test";
const DISABLED: i64 = 2;
const PAGED: &[&str] = &["-E", "pr=500/noprompt"];

/// Where a domain controller with the limits of Windows listens, on the address of the other.
const LIMITED_PORT: u16 = 3899;

/// A running domain controller.
pub struct Samba {
    /// What puts the limits of Windows on its answers.
    limits: Option<Peer>,
    _peer: Peer,
    folder: TempDir,
    address: Ipv4Addr,
    manifest: Value,
    editor: Editor,
}

impl Deref for Samba {
    type Target = Editor;
    fn deref(&self) -> &Editor {
        &self.editor
    }
}

impl Samba {
    /// Starts one with so many people and ordinary groups.
    pub fn start(users: usize, groups: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ldif = folder.path().join("company.ldif");
        let generated = Command::new("python3")
            .arg(launcher("gen_directory.py"))
            .arg(&ldif)
            .args(["--flavor", "ad", "--users", &users.to_string(), "--groups", &groups.to_string()])
            .status()
            .unwrap();
        assert!(generated.success(), "gen_directory.py failed");
        let manifest = std::fs::read(folder.path().join("company.ldif.json")).unwrap();
        let address = free_address();
        let arguments = [folder.path().join("samba").display().to_string(), address.to_string(), ldif.display().to_string()];
        let peer = Peer::start("samba.sh", &arguments);
        let editor = Editor::new(format!("ldap://{address}"), ["Administrator@example.test", "admin-Secret-1"]);
        Self { limits: None, _peer: peer, folder, address, manifest: serde_json::from_slice(&manifest).unwrap(), editor }
    }

    /// The same behind the limits of Windows: pages of 1,000 entries, ranges of 1,500 values.
    pub fn start_limited(users: usize, groups: usize) -> Self {
        let samba = Self::start(users, groups);
        let arguments = [samba.address.to_string(), LIMITED_PORT.to_string(), samba.address.to_string()];
        Self { limits: Some(Peer::start("ad_limits.py", &arguments)), ..samba }
    }

    /// What is asked of it, as Hostname.
    pub fn host(&self) -> String {
        if self.limits.is_some() { format!("{}:{LIMITED_PORT}", self.address) } else { self.address.to_string() }
    }

    /// A text of the manifest.
    pub fn told(&self, name: &str) -> String {
        self.manifest[name].as_str().unwrap().to_owned()
    }

    /// The names of one case of the manifest.
    pub fn case(&self, name: &str) -> Vec<String> {
        self.manifest["cases"][name].as_array().unwrap().iter().map(|dn| dn.as_str().unwrap().to_owned()).collect()
    }

    /// Where it listens, at the ports of LDAP.
    pub fn address(&self) -> Ipv4Addr {
        self.address
    }

    /// The certificate of the authority that issued its own, which is for `localhost` and its address.
    pub fn ca_pem(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("samba/tls/ca.pem")).unwrap()
    }

    /// Fields of the LDAP Configuration tab.
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        vec![
            ("hostnames", self.host()),
            ("tls", "none".into()),
            ("ldap_type", "active_directory".into()),
            ("user_dn", self.told("bind_dn")),
            ("password", self.told("bind_password")),
        ]
    }

    /// People below the base, with what the wizard's mapping reads.
    pub fn people(&self) -> BTreeMap<String, Entry> {
        let mapped = ["mail", "givenName", "sn", "displayName", "title", "telephoneNumber", "employeeNumber", "department", "company"];
        let attributes: Vec<&str> = mapped.into_iter().chain(["userAccountControl", "memberOf", "primaryGroupID"]).collect();
        self.search(BASE, PAGED, "(&(objectCategory=person)(objectClass=user)(sAMAccountName=u*))", &attributes)
    }

    /// The name of every group and the names of its members, by its DN; DNs are in lower case.
    pub fn groups(&self) -> BTreeMap<String, (String, BTreeSet<String>)> {
        let found = self.search(BASE, PAGED, "(&(objectClass=group)(sAMAccountName=group-*))", &["cn", "member"]);
        let members = |entry: &Entry| entry.get("member").into_iter().flatten().map(|dn| dn.to_lowercase()).collect();
        found.into_iter().map(|(dn, entry)| (dn.to_lowercase(), (entry["cn"][0].clone(), members(&entry)))).collect()
    }
}

/// Whether an account is disabled.
pub fn is_disabled(person: &Entry) -> bool {
    person["useraccountcontrol"][0].parse::<i64>().unwrap() & DISABLED != 0
}

/// A loopback address where nothing listens at the port of LDAP. Tests are processes, so the pid tells them apart.
fn free_address() -> Ipv4Addr {
    let [.., high, low] = std::process::id().to_be_bytes();
    let candidates = (1..=254).map(|last| Ipv4Addr::new(127, 64 | (high & 63), low, last));
    let mut free = candidates.filter(|address| TcpListener::bind((*address, 389)).is_ok());
    free.next().expect("a domain controller needs a loopback address whose port 389 is free, and the right to listen there")
}
