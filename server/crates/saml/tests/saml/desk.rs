//! Debian's xmllint and xmlsec1. A machine without them fails here and says so.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const SCHEMAS: &str = "/usr/share/xml";

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

    /// Fails unless the document is valid against OASIS's schema of metadata.
    pub fn validate(&self, document: &str) {
        let schema = format!("{SCHEMAS}/opensaml/saml-schema-metadata-2.0.xsd");
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

    /// Whether xmlsec1 verifies the document's signature with this certificate.
    pub fn verifies(&self, document: &str, certificate: &str) -> bool {
        let (document, certificate) = (self.file("document.xml", document), self.file("certificate.pem", certificate));
        let arguments = [
            "--verify",
            "--id-attr:ID",
            "urn:oasis:names:tc:SAML:2.0:metadata:EntityDescriptor",
            // Only the key given counts, not the certificate that the document brings along.
            "--enabled-key-data",
            "key-name,rsa,ecdsa",
            "--pubkey-cert-pem",
            &certificate,
            &document,
        ];
        let output = run(Command::new("xmlsec1").args(arguments), "xmlsec1");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains("Usage:"), "{said}");
        output.status.success()
    }
}

fn run(command: &mut Command, package: &str) -> Output {
    command.output().unwrap_or_else(|error| panic!("these tests need Debian's package {package}: {error}"))
}
