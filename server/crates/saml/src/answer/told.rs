//! What an assertion says, read from what was signed.

use super::{Disbelief, attribute, child, instant, part, required, text_within};
use crate::message::Signed;
use crate::name_id::NameId;
use crate::xml::Namespace::Saml;
use crate::xml::read::children;
use roxmltree::Node;

/// Of attributes, values and conditions: more make no sense.
const MOST: usize = 500;

/// What is said of somebody, and for whom and when it counts. Whether it counts is for the service provider to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its name for itself; it counts once.
    pub id: String,
    /// Who says it.
    pub issuer: String,
    /// When it was said (unix ms).
    pub issue_instant: i64,
    /// Who it is about.
    pub name_id: NameId,
    /// Who may bring it.
    pub confirmations: Vec<Confirmation>,
    /// It does not count before (unix ms).
    pub not_before: Option<i64>,
    /// Nor from then on (unix ms).
    pub not_on_or_after: Option<i64>,
    /// Each list has to name whoever takes it.
    pub audiences: Vec<Vec<String>>,
    /// When the person proved who they are (unix ms); none: it is not said that they did.
    pub authn_instant: Option<i64>,
    /// How, as a class of authentication.
    pub authn_context: Option<String>,
    /// What the session is called when it is to end.
    pub session_index: Option<String>,
    /// When it has to end (unix ms).
    pub session_not_on_or_after: Option<i64>,
    /// What else is said.
    pub attributes: Vec<ToldAttribute>,
    /// By which certificate it was proved.
    pub signed: Signed,
}

/// Who may bring an assertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// How they are told from others, by an identifier.
    pub method: String,
    /// To which address.
    pub recipient: Option<String>,
    /// Not before (unix ms).
    pub not_before: Option<i64>,
    /// Until then (unix ms).
    pub not_on_or_after: Option<i64>,
    /// As an answer to this request.
    pub in_response_to: Option<String>,
}

/// Something said of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldAttribute {
    /// What it is called.
    pub name: String,
    /// What kind of name that is, by an identifier.
    pub name_format: Option<String>,
    /// Its values.
    pub values: Vec<String>,
    /// A value is built of elements.
    pub is_structured: bool,
}

impl Told {
    /// Of an assertion that was proved.
    pub(super) fn read(node: Node<'_, '_>, signed: Signed) -> Result<Self, Disbelief> {
        let subject = child(node, Saml, "Subject")?.ok_or_else(|| part("its assertion has no Subject"))?;
        let name = child(subject, Saml, "NameID")?.ok_or_else(|| part("its assertion names nobody: there is no NameID"))?;
        let conditions = child(node, Saml, "Conditions")?;
        let statement = children(node, Saml, "AuthnStatement").next();
        let at = |name: &'static str| conditions.map(|conditions| instant(conditions, name)).transpose().map(Option::flatten);
        let context = statement.map(|statement| child(statement, Saml, "AuthnContext")).transpose()?.flatten();
        let of_statement = |name: &'static str| statement.map(|statement| instant(statement, name)).transpose().map(Option::flatten);
        Ok(Self {
            id: required(node, "ID")?,
            issuer: child(node, Saml, "Issuer")?.map(text_within).transpose()?.unwrap_or_default(),
            issue_instant: instant(node, "IssueInstant")?.ok_or_else(|| part("its assertion has no IssueInstant"))?,
            name_id: NameId {
                value: text_within(name)?,
                format: attribute(name, "Format")?,
                name_qualifier: attribute(name, "NameQualifier")?,
                sp_name_qualifier: attribute(name, "SPNameQualifier")?,
            },
            confirmations: all(subject, "SubjectConfirmation", confirmation)?,
            not_before: at("NotBefore")?,
            not_on_or_after: at("NotOnOrAfter")?,
            audiences: conditions
                .map(|conditions| all(conditions, "AudienceRestriction", |node| all(node, "Audience", text_within)))
                .transpose()?
                .unwrap_or_default(),
            authn_instant: of_statement("AuthnInstant")?,
            authn_context: context
                .map(|context| child(context, Saml, "AuthnContextClassRef"))
                .transpose()?
                .flatten()
                .map(text_within)
                .transpose()?,
            session_index: statement.map(|statement| attribute(statement, "SessionIndex")).transpose()?.flatten(),
            session_not_on_or_after: of_statement("SessionNotOnOrAfter")?,
            attributes: all(node, "AttributeStatement", |statement| all(statement, "Attribute", told_attribute))?.concat(),
            signed,
        })
    }
}

fn confirmation(node: Node<'_, '_>) -> Result<Confirmation, Disbelief> {
    let data = child(node, Saml, "SubjectConfirmationData")?;
    let text = |name: &'static str| data.map(|data| attribute(data, name)).transpose().map(Option::flatten);
    let time = |name: &'static str| data.map(|data| instant(data, name)).transpose().map(Option::flatten);
    Ok(Confirmation {
        method: required(node, "Method")?,
        recipient: text("Recipient")?,
        not_before: time("NotBefore")?,
        not_on_or_after: time("NotOnOrAfter")?,
        in_response_to: text("InResponseTo")?,
    })
}

fn told_attribute(node: Node<'_, '_>) -> Result<ToldAttribute, Disbelief> {
    Ok(ToldAttribute {
        name: required(node, "Name")?,
        name_format: attribute(node, "NameFormat")?,
        values: all(node, "AttributeValue", text_within)?,
        is_structured: children(node, Saml, "AttributeValue").any(|value| value.children().any(|child| child.is_element())),
    })
}

/// Every element of a name in another, read.
fn all<'a, 'i, T>(
    node: Node<'a, 'i>,
    name: &'static str,
    read: impl Fn(Node<'a, 'i>) -> Result<T, Disbelief>,
) -> Result<Vec<T>, Disbelief> {
    let mut found = Vec::new();
    for node in children(node, Saml, name) {
        if found.len() == MOST {
            return Err(part(format!("it has more than {MOST} {name}")));
        }
        found.push(read(node)?);
    }
    Ok(found)
}
