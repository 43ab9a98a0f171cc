//! What is said of a person besides the name.

/// Something said of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// What it is called.
    pub name: String,
    /// What kind of name that is.
    pub name_format: NameFormat,
    /// A name for people to read.
    pub friendly_name: Option<String>,
    /// Its values.
    pub values: Vec<String>,
}

/// What kind of name an attribute has (core, 8.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NameFormat {
    /// A word on which both sides agreed.
    #[default]
    Basic,
    /// An address or another URI.
    Uri,
    /// Not said.
    Unspecified,
}

impl NameFormat {
    /// Its identifier.
    pub fn id(self) -> &'static str {
        match self {
            NameFormat::Basic => "urn:oasis:names:tc:SAML:2.0:attrname-format:basic",
            NameFormat::Uri => "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
            NameFormat::Unspecified => "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified",
        }
    }
}

/// What AWS names attributes for access control by, before the attribute's own name.
pub const AWS_ACCESS_CONTROL: &str = "https://aws.amazon.com/SAML/Attributes/AccessControl:";
/// How many seconds a session in AWS lasts.
pub const AWS_SESSION_DURATION: &str = "https://aws.amazon.com/SAML/Attributes/SessionDuration";

impl Attribute {
    /// With one value, by a word on which both sides agreed.
    pub fn basic(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), name_format: NameFormat::Basic, friendly_name: None, values: vec![value.into()] }
    }

    /// With one value, by a URI.
    pub fn uri(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name_format: NameFormat::Uri, ..Self::basic(name, value) }
    }
}
