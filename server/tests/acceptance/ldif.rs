//! A directory as its administrator changes and sees it, with OpenLDAP's own clients and LDIF (RFC 2849).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// The values of an entry by attribute name in lower case.
pub type Entry = BTreeMap<String, Vec<String>>;

/// The administrator of one server.
pub struct Editor {
    url: String,
    name: &'static str,
    password: &'static str,
}

impl Editor {
    pub fn new(url: String, [name, password]: [&'static str; 2]) -> Self {
        Self { url, name, password }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.args(["-x", "-H", &self.url, "-D", self.name, "-w", self.password]);
        command
    }

    /// Carries out LDIF change records.
    pub fn change(&self, ldif: &str) {
        let mut child = self.command("ldapmodify").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(ldif.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "ldapmodify refused\n{ldif}");
    }

    /// Writes one attribute; no value removes it.
    pub fn set(&self, dn: &str, attribute: &str, values: &[&str]) {
        self.modify("replace", dn, attribute, values);
    }

    pub fn add_member(&self, group: &str, member: &str) {
        self.modify("add", group, "member", &[member]);
    }

    pub fn remove_member(&self, group: &str, member: &str) {
        self.modify("delete", group, "member", &[member]);
    }

    fn modify(&self, how: &str, dn: &str, attribute: &str, values: &[&str]) {
        let values: String = values.iter().map(|value| line(attribute, value)).collect();
        self.change(&format!("{}changetype: modify\n{how}: {attribute}\n{values}-\n", line("dn", dn)));
    }

    pub fn delete(&self, dn: &str) {
        self.change(&format!("{}changetype: delete\n", line("dn", dn)));
    }

    /// Gives an entry another name where it is.
    pub fn rename(&self, dn: &str, rdn: &str) {
        self.change(&format!("{}changetype: modrdn\n{}deleteoldrdn: 1\n", line("dn", dn), line("newrdn", rdn)));
    }

    /// Renames an entry below another one; answers its new name.
    pub fn move_below(&self, dn: &str, rdn: &str, parent: &str) -> String {
        let (dn, newrdn, above) = (line("dn", dn), line("newrdn", rdn), line("newsuperior", parent));
        self.change(&format!("{dn}changetype: modrdn\n{newrdn}deleteoldrdn: 1\n{above}"));
        format!("{rdn},{parent}")
    }

    /// The first value of one attribute of one entry.
    pub fn value(&self, dn: &str, attribute: &str) -> String {
        let found = self.search(dn, &["-s", "base"], "(objectClass=*)", &[attribute]);
        found.into_values().next().unwrap()[&attribute.to_lowercase()][0].clone()
    }

    /// The bytes of the first value of one attribute of one entry.
    pub fn bytes(&self, dn: &str, attribute: &str) -> Vec<u8> {
        let mut command = self.command("ldapsearch");
        let output = command.args(["-LLL", "-o", "ldif-wrap=no", "-s", "base", "-b", dn, "(objectClass=*)", attribute]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let value = text.lines().find_map(|line| line.strip_prefix(attribute)?.strip_prefix("::"));
        STANDARD.decode(value.unwrap_or_else(|| panic!("{dn} has no bytes in {attribute}: {text}")).trim()).unwrap()
    }

    /// Entries by DN.
    pub fn search(&self, base: &str, options: &[&str], filter: &str, attributes: &[&str]) -> BTreeMap<String, Entry> {
        let mut command = self.command("ldapsearch");
        let output = command.args(["-LLL", "-o", "ldif-wrap=no", "-b", base]).args(options).arg(filter).args(attributes).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        parse(&String::from_utf8(output.stdout).unwrap())
    }
}

/// One line; in base64 where the text may not stand as it is.
pub fn line(name: &str, value: &str) -> String {
    let is_safe = value.bytes().all(|b| (32..127).contains(&b)) && !value.starts_with([' ', ':', '<']) && !value.ends_with(' ');
    if is_safe { format!("{name}: {value}\n") } else { format!("{name}:: {}\n", STANDARD.encode(value)) }
}

/// LDIF without folded lines.
fn parse(ldif: &str) -> BTreeMap<String, Entry> {
    let mut entries = BTreeMap::new();
    for block in ldif.split("\n\n") {
        let mut entry = Entry::new();
        for line in block.lines().filter(|line| !line.starts_with('#')) {
            let (name, rest) = line.split_once(':').unwrap();
            let value = match rest.strip_prefix(':') {
                Some(encoded) => String::from_utf8(STANDARD.decode(encoded.trim()).unwrap()).unwrap(),
                None => rest.trim_start().to_owned(),
            };
            entry.entry(name.to_lowercase()).or_default().push(value);
        }
        if let Some(dn) = entry.remove("dn") {
            entries.insert(dn[0].clone(), entry);
        }
    }
    entries
}
