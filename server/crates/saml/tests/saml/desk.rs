//! Debian's xmllint and xmlsec1. A machine without them fails here and says so.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const SCHEMAS: &str = "/usr/share/xml";

/// OASIS's schemas.
pub const METADATA: &str = "saml-schema-metadata-2.0.xsd";
pub const PROTOCOL: &str = "saml-schema-protocol-2.0.xsd";

pub struct Desk {
    folder: TempDir,
}

impl Desk {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let schema = |system: &str, file: &str| format!("<system systemId=\"{system}\" uri=\"file://{SCHEMAS}/xmltooling/{file}\"/>");
        let entries = [
            schema("http://www.w3.org/TR/2002/REC-xmldsig-core-20020212/xmldsig-core-schema.xsd", "xmldsig-core-schema.xsd"),
            schema("http://www.w3.org/TR/2002/REC-xmlenc-core-20021210/xenc-schema.xsd", "xenc-schema.xsd"),
            schema("http://www.w3.org/2001/xml.xsd", "xml.xsd"),
        ];
        let catalog = format!("<catalog xmlns=\"urn:oasis:names:tc:entity:xmlns:xml:catalog\">{}</catalog>", entries.concat());
        fs::write(folder.path().join("catalog.xml"), catalog).unwrap();
        Self { folder }
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// Fails unless the document is valid against a schema.
    pub fn validate(&self, schema: &str, document: &str) {
        let schema = format!("{SCHEMAS}/opensaml/{schema}");
        assert!(Path::new(&schema).exists(), "these tests need Debian's packages opensaml-schemas and xmltooling-schemas");
        let mut command = Command::new("xmllint");
        command.env("XML_CATALOG_FILES", self.folder.path().join("catalog.xml"));
        let output = run(command.args(["--nonet", "--noout", "--schema", &schema, &self.file("document.xml", document)]), "libxml2-utils");
        assert!(output.status.success(), "{}\n{document}", String::from_utf8_lossy(&output.stderr));
    }

    /// The exclusive canonical form of a document, by xmllint.
    pub fn canonical(&self, document: &str) -> String {
        let output = run(Command::new("xmllint").args(["--nonet", "--exc-c14n", &self.file("document.xml", document)]), "libxml2-utils");
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    }

    /// Whether xmlsec1 verifies the first signature of a document with this certificate. `element`: a kind whose `ID` counts, as in
    /// `samlp:Response`.
    pub fn verifies(&self, element: &str, document: &str, certificate: &str) -> bool {
        let (document, certificate) = (self.file("document.xml", document), self.file("certificate.pem", certificate));
        let mut command = Command::new("xmlsec1");
        command.args(["--verify", "--id-attr:ID", &expanded(element)]);
        // Only the key given counts, not the certificate that the document brings along.
        command.args(["--enabled-key-data", "key-name,rsa,ecdsa", "--pubkey-cert-pem", &certificate, &document]);
        let output = run(&mut command, "xmlsec1");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains("Usage:"), "{said}");
        output.status.success()
    }

    /// A document with an empty signature in it, signed by xmlsec1 as it says. `key`: its arguments for the key; names of files
    /// that are made of what is given.
    pub fn sign(&self, element: &str, template: &str, key: &Key<'_>) -> String {
        let document = self.file("template.xml", template);
        let mut command = Command::new("xmlsec1");
        command.args(["--sign", "--id-attr:ID", &expanded(element)]);
        match key {
            Key::Pem(pem) => command.args(["--privkey-pem", &self.file("key.pem", pem)]),
            Key::Hmac(octets) => command.args(["--hmackey", &self.file("key.bin", octets)]),
        };
        let output = run(command.arg(document), "xmlsec1");
        assert!(output.status.success(), "{}\n{template}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

/// What xmlsec1 signs with.
pub enum Key<'a> {
    Pem(&'a str),
    Hmac(&'a str),
}

/// The name of an element as xmlsec1 wants it.
fn expanded(element: &str) -> String {
    let (prefix, name) = element.split_once(':').unwrap();
    let namespace = match prefix {
        "md" => "metadata",
        "saml" => "assertion",
        "samlp" => "protocol",
        other => panic!("no such prefix: {other}"),
    };
    format!("urn:oasis:names:tc:SAML:2.0:{namespace}:{name}")
}

fn run(command: &mut Command, package: &str) -> Output {
    command.output().unwrap_or_else(|error| panic!("these tests need Debian's package {package}: {error}"))
}
