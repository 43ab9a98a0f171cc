//! An OpenLDAP server of the test's own, filled by `end2end/peers/gen_directory.py` and read with OpenLDAP's own client.

use crate::ldif::{Editor, Entry};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

pub const BASE: &str = "dc=example,dc=com";

/// Where the launchers are.
pub fn launcher(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../end2end/peers").join(name)
}

/// A port that was free a moment ago, for servers that cannot be told to choose one.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A server that a launcher of `end2end/peers` becomes; ended by its own pid.
pub struct Peer {
    child: Child,
    signal: &'static str,
}

impl Peer {
    /// Starts a launcher and waits for its word.
    pub fn start(name: &str, arguments: &[String]) -> Self {
        Self::start_with(name, arguments, &[])
    }

    /// The same with something in its environment.
    pub fn start_with(name: &str, arguments: &[String], environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new(if name.ends_with(".py") { "python3" } else { "bash" });
        command.arg(launcher(name)).args(arguments).envs(environment.iter().copied());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        if line.trim() != "ready" {
            let _ = child.wait();
            panic!("{name} did not start its server; the reason is above");
        }
        Self { child, signal: "KILL" }
    }

    /// Ends by another signal than KILL.
    pub fn ended_by(mut self, signal: &'static str) -> Self {
        self.signal = signal;
        self
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = Command::new("kill").args([&format!("-{}", self.signal), &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

/// A running slapd.
pub struct Slapd {
    peer: Option<Peer>,
    folder: TempDir,
    pub port: u16,
    pub tls_port: u16,
    /// What the generator says it made.
    pub manifest: Value,
    /// It offers LDAP Content Synchronization.
    is_in_sync: bool,
    editor: Editor,
}

impl Deref for Slapd {
    type Target = Editor;
    fn deref(&self) -> &Editor {
        &self.editor
    }
}

impl Slapd {
    /// Starts one with so many people and ordinary groups.
    pub fn start(users: usize, groups: usize) -> Self {
        Self::start_with(users, groups, false)
    }

    /// The same, and whether it offers LDAP Content Synchronization.
    pub fn start_with(users: usize, groups: usize, is_in_sync: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ldif = folder.path().join("company.ldif");
        let generated = Command::new("python3")
            .arg(launcher("gen_directory.py"))
            .arg(&ldif)
            .args(["--users", &users.to_string(), "--groups", &groups.to_string()])
            .status()
            .unwrap();
        assert!(generated.success(), "gen_directory.py failed");
        let manifest = std::fs::read(folder.path().join("company.ldif.json")).unwrap();
        let manifest = serde_json::from_slice(&manifest).unwrap();
        let port = free_port();
        let editor = Editor::new(format!("ldap://127.0.0.1:{port}"), ["cn=admin,dc=example,dc=com", "admin-secret"]);
        let mut slapd = Self { peer: None, folder, port, tls_port: free_port(), manifest, is_in_sync, editor };
        slapd.up();
        slapd
    }

    /// Starts it, or starts it again with the data it has.
    pub fn up(&mut self) {
        let folder = self.folder.path();
        let arguments = [
            folder.join("slapd").display().to_string(),
            self.port.to_string(),
            self.tls_port.to_string(),
            folder.join("company.ldif").display().to_string(),
        ];
        let environment = [("SYNCPROV", if self.is_in_sync { "1" } else { "" })];
        self.peer = Some(Peer::start_with("slapd.sh", &arguments, &environment));
    }

    /// Kills it as a power cut would.
    pub fn kill(&mut self) {
        self.peer = None;
    }

    pub fn addr(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// The certificate of the authority that issued the server's.
    pub fn ca_pem(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("slapd/tls/ca.pem")).unwrap()
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
    pub fn fields(&self, host: SocketAddr) -> Vec<(&'static str, String)> {
        vec![
            ("hostnames", host.to_string()),
            ("tls", "none".into()),
            ("ldap_type", "openldap".into()),
            ("user_dn", self.told("bind_dn")),
            ("password", self.told("bind_password")),
        ]
    }

    /// Everything in the directory, as its administrator sees it.
    pub fn content(&self) -> Content {
        let entries = self.search(BASE, &[], "(objectClass=*)", &["*", "+"]);
        Content { names: entries.keys().map(|dn| (key(dn), dn.clone())).collect(), entries }
    }
}

/// Entries by DN, each with its values by attribute name in lower case.
pub struct Content {
    pub entries: BTreeMap<String, Entry>,
    names: BTreeMap<String, String>,
}

/// A DN without its escapes (RFC 4514), which servers write in more than one way. Good for these DNs, not for all.
fn key(dn: &str) -> String {
    let (mut out, mut rest) = (Vec::new(), dn.as_bytes());
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'\\' {
            out.push(first);
            continue;
        }
        match after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok()).and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                rest = &after[2..];
            }
            None => {
                out.push(after[0]);
                rest = &after[1..];
            }
        }
    }
    String::from_utf8(out).unwrap().to_lowercase()
}

impl Content {
    pub fn entry(&self, dn: &str) -> &Entry {
        self.entries.get(dn).unwrap_or_else(|| panic!("{dn} is not in the directory"))
    }

    /// The entry that a DN in a value is about, as the entry writes it; `None` when there is none.
    pub fn find(&self, dn: &str) -> Option<&str> {
        self.names.get(&key(dn)).map(String::as_str)
    }

    /// The first value of an attribute, if any.
    pub fn value(&self, dn: &str, attribute: &str) -> Option<&str> {
        self.entries.get(dn)?.get(attribute)?.first().map(String::as_str)
    }

    pub fn is_person(&self, dn: &str) -> bool {
        self.is(dn, "inetOrgPerson")
    }

    pub fn is_group(&self, dn: &str) -> bool {
        self.is(dn, "groupOfMembers")
    }

    fn is(&self, dn: &str, class: &str) -> bool {
        self.entries.get(dn).and_then(|e| e.get("objectclass")).is_some_and(|classes| classes.iter().any(|c| c == class))
    }

    /// Direct members that exist.
    pub fn members(&self, group: &str) -> Vec<String> {
        let members = self.entry(group).get("member").into_iter().flatten();
        members.filter_map(|dn| self.find(dn)).map(str::to_owned).collect()
    }

    /// Everything that is a member of a group, or of a group in it, however deep; the groups too.
    pub fn all_members(&self, group: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = vec![group.to_owned()];
        while let Some(group) = open.pop() {
            for member in self.members(&group) {
                if found.insert(member.clone()) && self.is_group(&member) {
                    open.push(member);
                }
            }
        }
        found.remove(group);
        found
    }
}
