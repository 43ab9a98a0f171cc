//! A domain controller of the test's own, filled by `end2end/peers/gen_directory.py`, changed and read with OpenLDAP's own client.

use crate::slapd::{Entry, Peer, launcher, parse};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Stdio};
use tempfile::TempDir;

pub const BASE: &str = "DC=example,DC=test";
const ADMIN: [&str; 4] = ["-D", "Administrator@example.test", "-w", "admin-Secret-1"];
const DISABLED: i64 = 2;

/// A running domain controller.
pub struct Samba {
    _peer: Peer,
    folder: TempDir,
    address: Ipv4Addr,
    manifest: Value,
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
        Self { _peer: peer, folder, address, manifest: serde_json::from_slice(&manifest).unwrap() }
    }

    /// A text of the manifest.
    pub fn told(&self, name: &str) -> String {
        self.manifest[name].as_str().unwrap().to_owned()
    }

    /// The names of one case of the manifest.
    pub fn case(&self, name: &str) -> Vec<String> {
        self.manifest["cases"][name].as_array().unwrap().iter().map(|dn| dn.as_str().unwrap().to_owned()).collect()
    }

    /// Fields of the LDAP Configuration tab.
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        vec![
            ("hostnames", self.address.to_string()),
            ("tls", "none".into()),
            ("ldap_type", "active_directory".into()),
            ("user_dn", self.told("bind_dn")),
            ("password", self.told("bind_password")),
        ]
    }

    fn url(&self) -> String {
        format!("ldap://{}", self.address)
    }

    /// Carries out LDIF change records.
    pub fn change(&self, ldif: &str) {
        let mut child = Command::new("ldapmodify")
            .args(["-x", "-H", &self.url()])
            .args(ADMIN)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(ldif.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "ldapmodify refused\n{ldif}");
    }

    /// Gives an account a password, which may have to be changed before it is good for anything.
    pub fn set_password(&self, login: &str, password: &str, must_change: bool) {
        let folder = self.folder.path().join("samba");
        let mut command = Command::new("samba-tool");
        command.args(["user", "setpassword", login, &format!("--newpassword={password}"), "-H"]).arg(folder.join("private/sam.ldb"));
        command.arg(format!("--configfile={}", folder.join("etc/smb.conf").display()));
        command.args(must_change.then_some("--must-change-at-next-login"));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Writes one attribute; no value removes it.
    pub fn set(&self, dn: &str, attribute: &str, values: &[&str]) {
        let values: String = values.iter().map(|v| format!("{attribute}: {v}\n")).collect();
        self.change(&format!("dn: {dn}\nchangetype: modify\nreplace: {attribute}\n{values}-\n"));
    }

    pub fn add_member(&self, group: &str, member: &str) {
        self.change(&format!("dn: {group}\nchangetype: modify\nadd: member\nmember: {member}\n-\n"));
    }

    pub fn remove_member(&self, group: &str, member: &str) {
        self.change(&format!("dn: {group}\nchangetype: modify\ndelete: member\nmember: {member}\n-\n"));
    }

    pub fn delete(&self, dn: &str) {
        self.change(&format!("dn: {dn}\nchangetype: delete\n"));
    }

    /// Renames an entry below another one; answers its new name.
    pub fn rename(&self, dn: &str, rdn: &str, parent: &str) -> String {
        self.change(&format!("dn: {dn}\nchangetype: modrdn\nnewrdn: {rdn}\ndeleteoldrdn: 1\nnewsuperior: {parent}\n"));
        format!("{rdn},{parent}")
    }

    /// One attribute of one entry, as its administrator sees it.
    pub fn value(&self, dn: &str, attribute: &str) -> String {
        let found = self.search(dn, &["-s", "base"], "(objectClass=*)", &[attribute]);
        found.into_values().next().unwrap()[&attribute.to_lowercase()][0].clone()
    }

    fn search(&self, base: &str, options: &[&str], filter: &str, attributes: &[&str]) -> BTreeMap<String, Entry> {
        let output = Command::new("ldapsearch")
            .args(["-x", "-LLL", "-o", "ldif-wrap=no", "-E", "pr=500/noprompt", "-H", &self.url(), "-b", base])
            .args(ADMIN)
            .args(options)
            .arg(filter)
            .args(attributes)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        parse(&String::from_utf8(output.stdout).unwrap())
    }

    /// People below the base, with what the wizard's mapping reads.
    pub fn people(&self) -> BTreeMap<String, Entry> {
        let attributes = ["mail", "givenName", "sn", "displayName", "title", "userAccountControl", "memberOf"];
        self.search(BASE, &[], "(&(objectCategory=person)(objectClass=user)(sAMAccountName=u*))", &attributes)
    }

    /// The name of every group and the names of its members, by its DN; DNs are in lower case.
    pub fn groups(&self) -> BTreeMap<String, (String, BTreeSet<String>)> {
        let found = self.search(BASE, &[], "(&(objectClass=group)(sAMAccountName=group-*))", &["cn", "member"]);
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
