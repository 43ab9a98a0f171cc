//! Configure Credentials: Digital Signature Settings, Signature Verification Settings, Summary.

use super::browser_sso::configure;
use crate::form::reading::{self, Readable};
use crate::form::{Choice, FieldSpec, Fields, choices};
use crate::id::SigningKeyId;
use crate::model::credentials::{Credentials, SigningAlgorithm, VerificationCertificate};
use crate::problem::Problems;
use crate::view::Body;
use crate::wizard::{Catalog, Flow, SigningKeyRef, Tab, no_create, no_delete, no_keys, no_nested};

const FILE: &str = "certificate_file";
const PASTED: &str = "certificate_pem";
/// While the partner changes its key there are two; more than a handful are none of its own.
const MOST: usize = 10;

/// The task.
pub const FLOW: Flow<Credentials> = Flow {
    title: |_| "Credentials".into(),
    tabs: &[
        Tab::plain("digital-signature-settings", "Digital Signature Settings", key_fields, key_read, key_write)
            .intro("The partner knows the certificate of this key from the metadata of this server, or was given it by hand.")
            .actions(&[("manage:signing_key", "Manage Certificates")])
            .holds(&["signing_key", "algorithm", "include_certificate"]),
        Tab::plain("signature-verification-settings", "Signature Verification Settings", verification_fields, verification_read, verification_write)
            .when(|credentials| credentials.wanted.0.messages || !credentials.verification.is_empty())
            .intro("The partner's certificates. What any of them verifies is the partner's: give the next one too while the partner changes its key. They are trusted as they are, whoever issued them.")
            .holds(&["verification"]),
        Tab::summary("summary", "Summary"),
    ],
    nested: no_nested,
    keys: no_keys,
    create: no_create,
    delete: no_delete,
};

fn key<'a>(credentials: &Credentials, catalog: &'a Catalog) -> Option<&'a SigningKeyRef> {
    catalog.signing_keys.iter().find(|key| Some(&key.id) == credentials.signing_key.as_ref())
}

/// What is told of it on the connection's own tab.
pub(super) fn body(credentials: &Credentials, catalog: &Catalog) -> Body {
    let verification: Vec<_> = credentials.verification.iter().map(VerificationCertificate::words).collect();
    configure(
        "Configure Credentials",
        vec![
            ("Signing Certificate", key(credentials, catalog).map_or(String::new(), |key| key.label.clone())),
            ("Signature Verification", verification.join(", ")),
        ],
    )
}

fn key_fields(credentials: &Credentials, catalog: &Catalog) -> Vec<FieldSpec> {
    let keys: Vec<_> = catalog.signing_keys.iter().map(|key| Choice { value: key.id.to_string(), label: key.label.clone() }).collect();
    let warning = match key(credentials, catalog) {
        _ if keys.is_empty() => "There is no key yet. Create one with Manage Certificates, and come back.",
        Some(key) if key.not_after <= catalog.now => "The certificate of this key has ended. Rotate the key, or choose another one.",
        _ => "",
    };
    let algorithms = choices(SigningAlgorithm::ALL, SigningAlgorithm::id, SigningAlgorithm::label);
    vec![
        FieldSpec::select("signing_key", "Signing Certificate", keys).required().warning(warning),
        FieldSpec::checkbox("include_certificate", "Include the certificate in the signature <KEYINFO> element")
            .help("Only where the partner asks for it; most know the certificate already."),
        FieldSpec::select("algorithm", "Signing Algorithm", algorithms)
            .required()
            .help("RSA keys sign with RSA SHA256, EC keys with ECDSA SHA256 (P-256) or ECDSA SHA384 (P-384)."),
    ]
}

fn key_read(credentials: &Credentials) -> Fields {
    Fields::new()
        .with("signing_key", credentials.signing_key.as_ref().map_or("", SigningKeyId::as_str))
        .with_check("include_certificate", credentials.include_certificate)
        .with("algorithm", credentials.algorithm.id())
}

fn key_write(credentials: &mut Credentials, fields: &Fields, catalog: &Catalog) -> Problems {
    credentials.signing_key = SigningKeyId::parse(fields.get("signing_key")).ok();
    credentials.include_certificate = fields.is_checked("include_certificate");
    credentials.algorithm = SigningAlgorithm::of(fields.get("algorithm")).unwrap_or(credentials.algorithm);
    match key(credentials, catalog) {
        Some(key) if key.algorithm != credentials.algorithm => {
            Problems::at("algorithm", format!("This key signs with {} and with nothing else; choose that.", key.algorithm.label()))
        }
        _ => Problems::none(),
    }
}

fn keep(certificate: &VerificationCertificate) -> String {
    format!("keep.{}", certificate.tail())
}

fn verification_fields(credentials: &Credentials, catalog: &Catalog) -> Vec<FieldSpec> {
    const HELD: &str = "Certificates in use";
    const MORE: &str = "Add a certificate";
    let held = |certificate: &VerificationCertificate| {
        let ended = if certificate.not_after <= catalog.now { "This certificate has ended. Ask the partner for the next one." } else { "" };
        FieldSpec::checkbox(keep(certificate), certificate.words()).section(HELD).warning(ended)
    };
    let mut fields: Vec<_> = credentials.verification.iter().map(held).collect();
    if let Some(last) = fields.last_mut() {
        last.help = "Untick one to take it away.".into();
    }
    fields.extend([
        FieldSpec::file(FILE, "Certificate File", ".pem,.crt,.cer,.der", Readable::Certificates).section(MORE).help("In PEM or DER form."),
        FieldSpec::pasted(PASTED, "Or paste it", 5, Readable::Certificates).section(MORE),
    ]);
    fields
}

fn verification_read(credentials: &Credentials) -> Fields {
    credentials.verification.iter().fold(Fields::new(), |fields, certificate| fields.with_check(keep(certificate), true))
}

fn verification_write(credentials: &mut Credentials, fields: &Fields, _: &Catalog) -> Problems {
    credentials.verification.retain(|certificate| fields.is_checked(&keep(certificate)));
    let added = [FILE, PASTED].into_iter().filter_map(|field| reading::get::<Vec<VerificationCertificate>>(fields, field)).flatten();
    for certificate in added {
        if credentials.verification.iter().all(|known| known.der != certificate.der) {
            credentials.verification.push(certificate);
        }
    }
    if credentials.verification.len() > MOST {
        return Problems::at(
            FILE,
            format!(
                "These are {} certificates; a partner has one, or two while it changes its key. Untick those that are not in use.",
                credentials.verification.len()
            ),
        );
    }
    if credentials.wanted.0.signatures && credentials.verification.is_empty() {
        return Problems::at(
            FILE,
            "The partner's messages must be signed, by the Signature Policy or because logouts always are. Choose the partner's certificate.",
        );
    }
    Problems::none()
}
