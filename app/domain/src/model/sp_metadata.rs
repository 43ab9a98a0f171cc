//! What a service provider says of itself in its SAML metadata.

use super::data_store::choices;
use serde::{Deserialize, Serialize};

/// A service provider, as its metadata describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpMetadata {
    /// Its name for itself, and the audience of what is issued to it.
    pub entity_id: String,
    /// Where assertions may be posted, in the order of the file. Every index is there once.
    pub assertion_consumers: Vec<AssertionConsumer>,
    /// Where a logout is announced.
    pub logout: Vec<LogoutEndpoint>,
    /// The `NameID` formats it takes, best first; empty: it does not say.
    pub name_id_formats: Vec<String>,
    /// Its certificates.
    pub certificates: Vec<SpCertificate>,
    /// It signs its requests, so one without a signature is not its own.
    pub authn_requests_signed: bool,
    /// It wants the assertion itself to be signed.
    pub want_assertions_signed: bool,
    /// The organisation's name; empty: it does not say.
    pub organization: String,
    /// Whom to ask.
    pub contact: Option<SpContact>,
    /// Not to be relied on after this (unix ms).
    pub valid_until: Option<i64>,
    /// The file has a signature. It was not verified: nobody said yet whose it should be.
    pub is_signed: bool,
    /// What was left out, in sentences.
    pub notes: Vec<String>,
}

/// Where assertions may be posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssertionConsumer {
    /// How they are sent.
    pub binding: Binding,
    /// Where.
    pub url: String,
    /// What a request may name instead of the address.
    pub index: u16,
    /// Whether the file calls it the default, or calls it not the default; most say nothing.
    pub is_default: Option<bool>,
}

/// Where a logout is announced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogoutEndpoint {
    /// How.
    pub binding: Binding,
    /// Where requests go.
    pub url: String,
    /// Where answers go, if elsewhere.
    pub response_url: Option<String>,
}

/// One of its certificates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpCertificate {
    /// What the key is for.
    pub usage: KeyUsage,
    /// DER in base64, on one line.
    pub der: String,
    /// Its subject, for people.
    pub subject: String,
    /// End of validity (unix ms).
    pub not_after: i64,
    /// The day validity ends, as `2026-11-23`.
    pub ends_on: String,
}

/// Whom to ask at the service provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpContact {
    /// Given and family name.
    pub name: String,
    /// Of which company.
    pub company: String,
    /// First e-mail address.
    pub email: String,
    /// First telephone number.
    pub phone: String,
}

choices! {
    /// How a SAML message travels.
    Binding {
        /// In a form that the browser posts.
        HttpPost = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST", "HTTP-POST";
        /// In the address.
        HttpRedirect = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect", "HTTP-Redirect";
        /// As a reference that is fetched from server to server.
        HttpArtifact = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact", "HTTP-Artifact";
        /// From server to server.
        Soap = "urn:oasis:names:tc:SAML:2.0:bindings:SOAP", "SOAP";
        /// Reverse SOAP, for clients that are no browsers.
        Paos = "urn:oasis:names:tc:SAML:2.0:bindings:PAOS", "PAOS";
    }
}

choices! {
    /// What a key in metadata is for.
    KeyUsage {
        /// It does not say: for both.
        Any = "any", "Signing and encryption";
        /// To verify what it signed.
        Signing = "signing", "Signing";
        /// To encrypt what it alone may read.
        Encryption = "encryption", "Encryption";
    }
}

/// The `NameID` format for e-mail addresses, the one that AWS wants.
pub const EMAIL_NAME_ID: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
/// The `NameID` format that promises nothing.
pub const UNSPECIFIED_NAME_ID: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

impl SpMetadata {
    /// Where a request that names no address is answered: the one marked as default; else, of those not marked as not being it,
    /// the one of the lowest index. Of HTTP-POST endpoints only, unless there are none.
    pub fn default_consumer(&self) -> Option<&AssertionConsumer> {
        let posted = |consumer: &&AssertionConsumer| consumer.binding == Binding::HttpPost;
        let some_post = self.assertion_consumers.iter().any(|consumer| posted(&consumer));
        let offered = || self.assertion_consumers.iter().filter(|consumer| !some_post || posted(consumer));
        let marked = offered().find(|consumer| consumer.is_default == Some(true));
        let open = || offered().filter(|consumer| consumer.is_default.is_none()).min_by_key(|consumer| consumer.index);
        marked.or_else(open).or_else(|| offered().min_by_key(|consumer| consumer.index))
    }

    /// The certificates that may verify its signatures.
    pub fn signing_certificates(&self) -> impl Iterator<Item = &SpCertificate> {
        self.certificates.iter().filter(|certificate| certificate.usage != KeyUsage::Encryption)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consumer(index: u16, binding: Binding, is_default: Option<bool>) -> AssertionConsumer {
        AssertionConsumer { binding, url: format!("https://sp.example.com/{index}"), index, is_default }
    }

    #[test]
    fn the_default_consumer_is_the_marked_one_else_the_lowest_index() {
        let default = |consumers: &[AssertionConsumer]| {
            let metadata = SpMetadata { assertion_consumers: consumers.to_vec(), ..SpMetadata::default() };
            metadata.default_consumer().map(|consumer| consumer.index)
        };
        use Binding::{HttpArtifact as Artifact, HttpPost as Post};
        assert_eq!(default(&[]), None);
        assert_eq!(default(&[consumer(3, Post, None), consumer(1, Post, None)]), Some(1));
        assert_eq!(default(&[consumer(0, Post, None), consumer(1, Post, Some(true))]), Some(1));
        assert_eq!(default(&[consumer(0, Post, Some(false)), consumer(1, Post, None)]), Some(1));
        assert_eq!(default(&[consumer(2, Post, Some(false)), consumer(1, Post, Some(false))]), Some(1));
        assert_eq!(default(&[consumer(0, Artifact, Some(true)), consumer(1, Post, None)]), Some(1));
        assert_eq!(default(&[consumer(4, Artifact, None)]), Some(4));
    }
}
