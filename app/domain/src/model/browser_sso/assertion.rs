//! Assertion Creation: what is said of a person, and from where that comes.

use crate::id::{DataStoreId, IdpAdapterId};
use crate::model::data_store::choices;
use crate::model::pcv::SearchScope;
use serde::{Deserialize, Serialize};

choices! {
    /// How the partner knows people.
    #[derive(Default)]
    IdentityMapping {
        /// By a name it knows already, such as a user name.
        #[default]
        Standard = "standard", "Standard";
        /// By an opaque name that stays the same for one person and this partner.
        Pseudonym = "pseudonym", "Pseudonym";
        /// By an opaque name that is another one at every sign-on.
        Transient = "transient", "Transient";
    }
}

/// Assertion Creation: what an assertion says, and from where that comes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AssertionCreation {
    /// Identity Mapping.
    pub identity: IdentityMapping,
    /// Attributes are sent in addition to a pseudonym or transient identifier.
    pub with_attributes: bool,
    /// Subject Name Format, for Standard.
    pub subject_format: SubjectFormat,
    /// Attributes of the contract besides `SAML_SUBJECT`.
    pub extended: Vec<ContractAttribute>,
    /// Authentication Source Mapping: one for each IdP Adapter, the first that a person can use counts.
    pub sources: Vec<AdapterMapping>,
}

/// The attribute that becomes the subject's `NameID`.
pub const SAML_SUBJECT: &str = "SAML_SUBJECT";

impl AssertionCreation {
    /// `SAML_SUBJECT` is in the contract.
    pub fn has_subject(&self) -> bool {
        self.identity == IdentityMapping::Standard
    }
    /// There is a contract to fulfil.
    pub fn has_contract(&self) -> bool {
        self.has_subject() || self.with_attributes
    }
    /// Every attribute of the contract, `SAML_SUBJECT` first.
    pub fn contract(&self) -> Vec<&str> {
        let subject = self.has_subject().then_some(SAML_SUBJECT);
        let extended = self.extended.iter().filter(|_| self.has_contract()).map(|attribute| attribute.name.as_str());
        subject.into_iter().chain(extended).collect()
    }
    /// The `Format` of the `NameID` that is issued.
    pub fn name_id_format(&self) -> &'static str {
        match self.identity {
            IdentityMapping::Standard => self.subject_format.id(),
            IdentityMapping::Pseudonym => "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            IdentityMapping::Transient => "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
        }
    }
    /// Gives every mapping a row for each attribute of the contract, and no other, in the order of the contract.
    pub fn align(&mut self) {
        let contract: Vec<String> = self.contract().into_iter().map(str::to_owned).collect();
        for source in &mut self.sources {
            if source.fulfillment.iter().map(|row| &row.attribute).eq(&contract) {
                continue;
            }
            let mut before = std::mem::take(&mut source.fulfillment);
            source.fulfillment = contract
                .iter()
                .map(|name| match before.iter().position(|row| row.attribute == *name) {
                    Some(at) => before.swap_remove(at),
                    None => Fulfillment { attribute: name.clone(), source: ValueSource::None, value: String::new() },
                })
                .collect();
        }
    }
    /// The mapping of an adapter.
    pub fn source_of(&self, adapter: &IdpAdapterId) -> Option<&AdapterMapping> {
        self.sources.iter().find(|source| source.adapter.as_ref() == Some(adapter))
    }
}

choices! {
    /// Subject Name Format: what a `NameID` by which the partner knows people already is.
    #[derive(Default)]
    SubjectFormat {
        /// Promises nothing.
        #[default]
        Unspecified = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified", "unspecified";
        /// An e-mail address; the one that AWS wants.
        EmailAddress = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress", "emailAddress";
        /// A distinguished name as in certificates.
        X509Subject = "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName", "X509SubjectName";
        /// `DOMAIN\user`.
        WindowsDomain = "urn:oasis:names:tc:SAML:1.1:nameid-format:WindowsDomainQualifiedName", "WindowsDomainQualifiedName";
        /// `user@REALM`.
        Kerberos = "urn:oasis:names:tc:SAML:2.0:nameid-format:kerberos", "kerberos";
        /// Named like an entity.
        Entity = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity", "entity";
        /// A name of our own making that stays the same; filled by the contract, where the partner insists on this format.
        Persistent = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", "persistent";
    }
}

/// An attribute of the contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractAttribute {
    /// Its name for the partner, often a URI.
    pub name: String,
    /// How the name is to be read.
    pub format: AttributeNameFormat,
}

choices! {
    /// Attribute Name Format.
    #[derive(Default)]
    AttributeNameFormat {
        /// A plain name.
        #[default]
        Basic = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic", "basic";
        /// A URI.
        Uri = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri", "uri";
        /// Not said.
        Unspecified = "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified", "unspecified";
    }
}

choices! {
    /// From where the values of a mapping may come besides the adapter.
    #[derive(Default)]
    MappingMethod {
        /// From nowhere else.
        #[default]
        Adapter = "adapter", "Use only the Adapter Contract values in the SAML assertion";
        /// From one search in a Data Store.
        DataStore = "data_store", "Retrieve additional attributes from a data store";
    }
}

/// How somebody whom one adapter signed on becomes an assertion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdapterMapping {
    /// Made by *Map New Adapter Instance*; the key of its task.
    pub id: String,
    /// Adapter Instance.
    #[serde(default)]
    pub adapter: Option<IdpAdapterId>,
    /// Mapping Method.
    #[serde(default)]
    pub method: MappingMethod,
    /// Attribute Sources & User Lookup.
    #[serde(default)]
    pub lookup: AttributeLookup,
    /// Attribute Contract Fulfillment; what is not here has no mapping.
    #[serde(default)]
    pub fulfillment: Vec<Fulfillment>,
    /// Issuance Criteria, all of which must hold.
    #[serde(default)]
    pub criteria: Vec<IssuanceCriterion>,
}

impl AdapterMapping {
    /// A new one.
    pub fn new(id: String) -> Self {
        Self {
            id,
            adapter: None,
            method: MappingMethod::default(),
            lookup: AttributeLookup::default(),
            fulfillment: Vec::new(),
            criteria: Vec::new(),
        }
    }
    /// Where an attribute of the contract comes from.
    pub fn fulfillment_of(&self, attribute: &str) -> Option<&Fulfillment> {
        self.fulfillment.iter().find(|fulfillment| fulfillment.attribute == attribute)
    }
}

/// One search for the person who signed on: exactly one entry must be found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AttributeLookup {
    /// Where.
    pub data_store: Option<DataStoreId>,
    /// Base DN.
    pub base_dn: String,
    /// Search Scope.
    pub scope: SearchScope,
    /// Filter; `${name}` stands for the adapter's attribute of that name.
    pub filter: String,
    /// What is read of the entry.
    pub attributes: Vec<String>,
}

/// Where one attribute of the contract comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fulfillment {
    /// The attribute.
    pub attribute: String,
    /// Where from.
    pub source: ValueSource,
    /// The name of the adapter's or entry's attribute, the text, or the expression.
    pub value: String,
}

choices! {
    /// Where a value comes from.
    #[derive(Default)]
    ValueSource {
        /// An attribute of the adapter.
        Adapter = "adapter", "Adapter";
        /// An attribute of the entry that was found.
        DataStore = "data_store", "Data Store";
        /// Always this text.
        Text = "text", "Text";
        /// An expression over the adapter's attributes and those of the entry; where both have a name, the entry's counts.
        Expression = "expression", "Expression";
        /// Nothing is sent.
        #[default]
        None = "none", "No Mapping";
    }
}

/// A condition without which no assertion is issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuanceCriterion {
    /// Where the attribute is from.
    pub source: CriterionSource,
    /// The attribute.
    pub attribute: String,
    /// How it is compared.
    pub condition: CriterionCondition,
    /// With what.
    pub value: String,
    /// What the person reads when it does not hold; empty: a sentence of ours.
    #[serde(default)]
    pub error: String,
}

choices! {
    /// Where the attribute of an issuance criterion is from.
    CriterionSource {
        /// The adapter.
        Adapter = "adapter", "Adapter";
        /// The entry that was found.
        DataStore = "data_store", "Data Store";
        /// What the assertion would say.
        Mapped = "mapped", "Mapped Attributes";
    }
}

choices! {
    /// How an issuance criterion compares. *Multi-value* looks at every value of the attribute, the others at the first.
    CriterionCondition {
        /// Letter by letter.
        Equal = "equal", "equal to";
        /// Without regard to capitals.
        EqualNoCase = "equal_no_case", "equal to (case insensitive)";
        /// As distinguished names.
        EqualDn = "equal_dn", "equal to DN";
        /// The contrary.
        NotEqual = "not_equal", "not equal to";
        /// The contrary.
        NotEqualNoCase = "not_equal_no_case", "not equal to (case insensitive)";
        /// The contrary.
        NotEqualDn = "not_equal_dn", "not equal to DN";
        /// One of the values is equal.
        Contains = "contains", "multi-value contains";
        /// One of the values is equal.
        ContainsNoCase = "contains_no_case", "multi-value contains (case insensitive)";
        /// One of the values is equal as a distinguished name.
        ContainsDn = "contains_dn", "multi-value contains DN";
        /// None of the values is.
        Lacks = "lacks", "multi-value does not contain";
        /// None of the values is.
        LacksNoCase = "lacks_no_case", "multi-value does not contain (case insensitive)";
        /// None of the values is.
        LacksDn = "lacks_dn", "multi-value does not contain DN";
    }
}

impl CriterionCondition {
    /// Whether distinguished names are compared.
    pub fn is_dn(self) -> bool {
        matches!(self, Self::EqualDn | Self::NotEqualDn | Self::ContainsDn | Self::LacksDn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sp_metadata::{EMAIL_NAME_ID, UNSPECIFIED_NAME_ID};

    #[test]
    fn the_contract_follows_the_identity_mapping() {
        let mut assertion = AssertionCreation {
            extended: vec![ContractAttribute { name: "mail".into(), format: AttributeNameFormat::Basic }],
            ..AssertionCreation::default()
        };
        assert_eq!(assertion.contract(), [SAML_SUBJECT, "mail"]);
        assertion.identity = IdentityMapping::Transient;
        assert!(assertion.contract().is_empty() && !assertion.has_contract());
        assertion.with_attributes = true;
        assert_eq!(assertion.contract(), ["mail"]);
        assert!(assertion.name_id_format().ends_with(":transient"));
    }

    #[test]
    fn the_formats_that_have_names_are_among_the_choices() {
        assert_eq!(SubjectFormat::of(EMAIL_NAME_ID), Some(SubjectFormat::EmailAddress));
        assert_eq!(SubjectFormat::of(UNSPECIFIED_NAME_ID), Some(SubjectFormat::Unspecified));
    }

    #[test]
    fn mappings_follow_the_contract() {
        let mut assertion = AssertionCreation::default();
        assertion.sources.push(AdapterMapping::new("m".into()));
        assertion.align();
        let row = &mut assertion.sources[0].fulfillment[0];
        (row.source, row.value) = (ValueSource::Adapter, "username".into());
        let mail = ContractAttribute { name: "mail".into(), format: AttributeNameFormat::Basic };
        assertion.extended.push(mail);
        assertion.align();
        let rows: Vec<_> = assertion.sources[0].fulfillment.iter().map(|row| (row.attribute.as_str(), row.value.as_str())).collect();
        assert_eq!(rows, [(SAML_SUBJECT, "username"), ("mail", "")]);
        assertion.identity = IdentityMapping::Pseudonym;
        assertion.align();
        assert!(assertion.sources[0].fulfillment.is_empty());
    }
}
