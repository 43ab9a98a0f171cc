//! XML: bounds for what is read, a canonical form for what is written.

pub mod bounds;
pub(crate) mod canonical;
pub(crate) mod read;
pub mod write;

/// The namespaces of the messages, each with the prefix it is written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Namespace {
    /// XML Signature.
    Ds,
    /// SAML metadata.
    Md,
    /// SAML assertions.
    Saml,
    /// SAML protocol messages.
    Samlp,
}

impl Namespace {
    /// Its prefix.
    pub fn prefix(self) -> &'static str {
        match self {
            Namespace::Ds => "ds",
            Namespace::Md => "md",
            Namespace::Saml => "saml",
            Namespace::Samlp => "samlp",
        }
    }

    /// Its name.
    pub fn uri(self) -> &'static str {
        match self {
            Namespace::Ds => "http://www.w3.org/2000/09/xmldsig#",
            Namespace::Md => "urn:oasis:names:tc:SAML:2.0:metadata",
            Namespace::Saml => "urn:oasis:names:tc:SAML:2.0:assertion",
            Namespace::Samlp => "urn:oasis:names:tc:SAML:2.0:protocol",
        }
    }
}
