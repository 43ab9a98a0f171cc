//! A new signing key: Create Certificate, Summary.

use crate::form::{Check, FieldSpec, Fields, choices};
use crate::model::signing_key::{KeyAlgorithm, NewSigningKey, Subject};
use crate::problem::Problems;
use crate::wizard::{Catalog, Flow, Tab, no_create, no_delete, no_keys, no_nested};

const SUBJECT: &str = "Subject";

/// The task.
pub const FLOW: Flow<NewSigningKey> = Flow {
    title: |_| "Create Certificate".into(),
    tabs: &[
        Tab::plain("create-certificate", "Create Certificate", fields, read, write)
            .intro("A key pair with a self-signed certificate. Partners verify by the certificate what this server signs.")
            .holds(&["subject", "validity_days", "algorithm"]),
        Tab::summary("summary", "Summary"),
    ],
    nested: no_nested,
    keys: no_keys,
    create: no_create,
    delete: no_delete,
};

fn fields(_: &NewSigningKey, _: &Catalog) -> Vec<FieldSpec> {
    vec![
        FieldSpec::text("common_name", "Common Name")
            .required()
            .checked(Check::Text(64))
            .section(SUBJECT)
            .help("What this key is known by, for example sso.example.com."),
        FieldSpec::text("organization", "Organization").checked(Check::Text(64)).section(SUBJECT),
        FieldSpec::text("organizational_unit", "Organizational Unit").checked(Check::Text(64)).section(SUBJECT),
        FieldSpec::text("city", "City").checked(Check::Text(128)).section(SUBJECT),
        FieldSpec::text("state", "State").checked(Check::Text(128)).section(SUBJECT),
        FieldSpec::text("country", "Country").checked(Check::Text(2)).section(SUBJECT).help("Two letters, for example DE."),
        FieldSpec::number("validity_days", "Validity", "days", 1, 7300)
            .required()
            .section("Key")
            .help("When it ends, every partner must have the next certificate. 1095 days are three years."),
        FieldSpec::select("algorithm", "Key Algorithm", choices(KeyAlgorithm::ALL, KeyAlgorithm::id, KeyAlgorithm::label))
            .required()
            .section("Key")
            .help("RSA 2048 is understood everywhere, AWS included. Ask the partner before choosing EC."),
    ]
}

fn read(key: &NewSigningKey) -> Fields {
    let subject = &key.subject;
    Fields::new()
        .with("common_name", &subject.common_name)
        .with("organization", &subject.organization)
        .with("organizational_unit", &subject.organizational_unit)
        .with("city", &subject.city)
        .with("state", &subject.state)
        .with("country", &subject.country)
        .with("validity_days", key.validity_days.to_string())
        .with("algorithm", key.algorithm.id())
}

fn write(key: &mut NewSigningKey, fields: &Fields, _: &Catalog) -> Problems {
    key.subject = Subject {
        common_name: fields.text("common_name"),
        organization: fields.text("organization"),
        organizational_unit: fields.text("organizational_unit"),
        city: fields.text("city"),
        state: fields.text("state"),
        country: fields.text("country"),
    };
    key.validity_days = fields.number("validity_days", key.validity_days);
    key.algorithm = KeyAlgorithm::of(fields.get("algorithm")).unwrap_or(key.algorithm);
    let country = key.subject.country.as_bytes();
    if !country.is_empty() && (country.len() != 2 || !country.iter().all(u8::is_ascii_alphabetic)) {
        return Problems::at("country", "Enter the country as two letters (ISO 3166), for example DE or US, or leave it empty.");
    }
    Problems::none()
}
