//! What is said of somebody.

use super::{IssueError, Response, full, id, legal, time};
use crate::attribute::Attribute;
use crate::name_id::NameId;
use crate::xml::Namespace::Saml;
use crate::xml::write::Element;

/// What is said of somebody, to one service provider, for some minutes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// Its own ID, like the one of the response and not the same.
    pub id: String,
    /// Who it is for: the entity ID of the service provider.
    pub audience: String,
    /// Who it is about.
    pub subject: Subject,
    /// Valid from so many minutes before now: clocks differ.
    pub minutes_before: u32,
    /// Valid for so many minutes from now; at least one.
    pub minutes_after: u32,
    /// What else is said.
    pub attributes: Vec<Attribute>,
}

/// Somebody who signed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Their name.
    pub name_id: NameId,
    /// When they proved who they are (unix ms).
    pub authn_instant: i64,
    /// How, as a class of authentication.
    pub authn_context: String,
    /// What the session is called when it is to end.
    pub session_index: Option<String>,
    /// The service provider's session ends then at the latest (unix ms); none: as it likes.
    pub session_not_on_or_after: Option<i64>,
}

impl Assertion {
    /// In the order that the schema wants.
    pub(super) fn element(&self, response: &Response) -> Result<Element, IssueError> {
        let minutes = |count: u32| i64::from(count) * 60_000;
        let begin = time(response.issued_at.saturating_sub(minutes(self.minutes_before)))?;
        let end = time(response.issued_at.saturating_add(minutes(self.minutes_after.max(1))))?;
        let audience = Element::new(Saml, "Audience").text(full("the Entity ID of the service provider", &self.audience)?);
        let conditions = Element::new(Saml, "Conditions")
            .with("NotBefore", begin)
            .with("NotOnOrAfter", end.clone())
            .child(Element::new(Saml, "AudienceRestriction").child(audience));
        Ok(Element::new(Saml, "Assertion")
            .with("ID", id(&self.id)?)
            .with("Version", "2.0")
            .with("IssueInstant", time(response.issued_at)?)
            .child(Element::new(Saml, "Issuer").text(response.issuer.as_str()))
            .child(self.subject(response, end)?)
            .child(conditions)
            .child(self.statement()?)
            .all(self.attributes()?))
    }

    fn subject(&self, response: &Response, end: String) -> Result<Element, IssueError> {
        let data = Element::new(Saml, "SubjectConfirmationData").with("NotOnOrAfter", end).with("Recipient", response.destination.as_str());
        let data = match &response.in_response_to {
            Some(request) => data.with("InResponseTo", request.as_str()),
            None => data,
        };
        let confirmation = Element::new(Saml, "SubjectConfirmation").with("Method", "urn:oasis:names:tc:SAML:2.0:cm:bearer").child(data);
        Ok(Element::new(Saml, "Subject").child(name_id_element(&self.subject.name_id)?).child(confirmation))
    }

    fn statement(&self) -> Result<Element, IssueError> {
        let subject = &self.subject;
        let mut statement = Element::new(Saml, "AuthnStatement").with("AuthnInstant", time(subject.authn_instant)?);
        if let Some(index) = &subject.session_index {
            statement = statement.with("SessionIndex", full("the session's index", index)?);
        }
        if let Some(end) = subject.session_not_on_or_after {
            statement = statement.with("SessionNotOnOrAfter", time(end)?);
        }
        let class = Element::new(Saml, "AuthnContextClassRef").text(full("the class of authentication", &subject.authn_context)?);
        Ok(statement.child(Element::new(Saml, "AuthnContext").child(class)))
    }

    /// A statement of nothing would not be valid, so there is none then.
    fn attributes(&self) -> Result<Option<Element>, IssueError> {
        if self.attributes.is_empty() {
            return Ok(None);
        }
        let mut statement = Element::new(Saml, "AttributeStatement");
        for attribute in &self.attributes {
            statement = statement.child(attribute_element(attribute)?);
        }
        Ok(Some(statement))
    }
}

/// A name of a person, as an element.
pub(crate) fn name_id_element(name: &NameId) -> Result<Element, IssueError> {
    let mut element = Element::new(Saml, "NameID");
    for (attribute, value) in
        [("Format", &name.format), ("NameQualifier", &name.name_qualifier), ("SPNameQualifier", &name.sp_name_qualifier)]
    {
        if let Some(value) = value {
            element = element.with(attribute, legal(&format!("the NameID's {attribute}"), value)?);
        }
    }
    Ok(element.text(full("the NameID", &name.value)?))
}

/// Without types of the values: a prefix in them would stand for nothing once the assertion is canonical.
fn attribute_element(attribute: &Attribute) -> Result<Element, IssueError> {
    let name = full("the name of an attribute", &attribute.name)?;
    let what = format!("the attribute ‘{name}’");
    let mut element = Element::new(Saml, "Attribute").with("Name", name).with("NameFormat", attribute.name_format.id());
    if let Some(friendly) = &attribute.friendly_name {
        element = element.with("FriendlyName", legal(&what, friendly)?);
    }
    for value in &attribute.values {
        element = element.child(Element::new(Saml, "AttributeValue").text(legal(&what, value)?));
    }
    Ok(element)
}
