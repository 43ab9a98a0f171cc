//! Fields whose content the server turns into a value before a tab takes it: the text of a chosen file, or what an address gives.
//!
//! What was read travels among the fields under a name that no form can post, so that a tab's `write` stays pure: it sees a value or the
//! reason why there is none. A reading that was refused is what a draft cannot hold, and is shown where it was asked for.

use super::{FieldKind, FieldSpec, Fields};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What is expected in a file or at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Readable {
    /// The SAML metadata of a service provider; read as [`SpMetadata`](crate::model::sp_metadata::SpMetadata).
    SpMetadata,
    /// X.509 certificates; read as a list of
    /// [`VerificationCertificate`](crate::model::credentials::VerificationCertificate).
    Certificates,
}

/// How a field is read by the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reads {
    /// What is expected.
    pub what: Readable,
    /// The present address was not read yet.
    pub is_due: bool,
}

#[derive(Serialize, Deserialize)]
enum Reading<T> {
    Read(T),
    Refused(String),
}

/// The name of a reading. Forms cannot post it: the server drops every posted name with this sign.
pub const SIGN: char = '#';

fn name(field: &str) -> String {
    format!("{field}{SIGN}read")
}

/// Puts what was read of a field among the fields, or why it was refused.
pub fn put<T: Serialize>(fields: &mut Fields, field: &str, read: Result<T, String>) {
    let reading = match read {
        Ok(value) => Reading::Read(value),
        Err(sentence) => Reading::Refused(sentence),
    };
    fields.set(name(field), serde_json::to_string(&reading).unwrap_or_default());
}

/// What was read of a field; `None` where nothing was, or it was refused.
pub fn get<T: DeserializeOwned>(fields: &Fields, field: &str) -> Option<T> {
    match serde_json::from_str(fields.get(&name(field))).ok()? {
        Reading::Read(value) => Some(value),
        Reading::Refused(_) => None,
    }
}

/// Why a field was refused.
pub fn refusal(fields: &Fields, field: &str) -> Option<String> {
    match serde_json::from_str::<Reading<serde::de::IgnoredAny>>(fields.get(&name(field))).ok()? {
        Reading::Refused(sentence) => Some(sentence),
        Reading::Read(_) => None,
    }
}

/// Whether any of these fields was refused.
pub fn any_refused(specs: &[FieldSpec], fields: &Fields) -> bool {
    specs.iter().any(|spec| spec.reads.is_some() && refusal(fields, &spec.name).is_some())
}

/// Takes over the readings of files that were chosen with a post whose other fields were refused.
pub fn keep_files(specs: &[FieldSpec], before: &Fields, fields: &mut Fields) {
    for spec in specs.iter().filter(|spec| matches!(spec.kind, FieldKind::File { .. })) {
        let (name, has_one) = (name(&spec.name), refusal(before, &spec.name).is_none());
        if fields.get(&name).is_empty() && has_one && !before.get(&name).is_empty() {
            fields.set(name.clone(), before.get(&name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_is_a_value_or_a_sentence() {
        let mut fields = Fields::new();
        assert_eq!(get::<u8>(&fields, "file"), None);
        put(&mut fields, "file", Ok(7u8));
        assert_eq!((get::<u8>(&fields, "file"), refusal(&fields, "file")), (Some(7), None));
        put::<u8>(&mut fields, "file", Err("No.".into()));
        assert_eq!((get::<u8>(&fields, "file"), refusal(&fields, "file").as_deref()), (None, Some("No.")));
    }
}
