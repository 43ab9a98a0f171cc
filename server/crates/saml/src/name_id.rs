//! What a person is called between an identity provider and a service provider.

/// A name of a person, with what is meant by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameId {
    /// The name.
    pub value: String,
    /// Of which format; not stated: unspecified.
    pub format: Option<String>,
    /// In whose book of names: the identity provider's.
    pub name_qualifier: Option<String>,
    /// And for which service provider.
    pub sp_name_qualifier: Option<String>,
}
