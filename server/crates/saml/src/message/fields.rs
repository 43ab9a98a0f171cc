//! What all messages have in common, and how their parts are read.

use super::{MessageKind, Signed};
use crate::name_id::NameId;
use crate::refusal::Refusal;
use crate::xml::Namespace::{self, Saml, Samlp};
use crate::xml::read::{children, flag, short, text, time};
use domain::model::sp_metadata::Binding;
use roxmltree::Node;

/// Longest name of an entity (SAML 2.0 metadata, 2.3.2), and longest other value that is taken.
const LONGEST: usize = 1024;
/// Longest ID. Ours go back in answers and into the memory of what was seen.
const LONGEST_ID: usize = 256;

/// What every message says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// Its name for itself, by which it is answered.
    pub id: String,
    /// Which SAML it speaks.
    pub version: String,
    /// Who sent it.
    pub issuer: String,
    /// When (unix ms).
    pub issue_instant: i64,
    /// Where it was sent.
    pub destination: Option<String>,
    /// How it came.
    pub binding: Binding,
    /// What the sender wants back with the answer.
    pub relay_state: Option<String>,
    /// Whether it was proved to be from its issuer.
    pub signed: Signed,
}

/// An element of a message, with what a refusal says of the message.
pub(crate) struct Fields<'a, 'i> {
    node: Node<'a, 'i>,
    kind: MessageKind,
    issuer: String,
}

impl<'a, 'i> Fields<'a, 'i> {
    /// Of a message.
    pub(crate) fn of(root: Node<'a, 'i>, kind: MessageKind) -> Self {
        let issuer = children(root, Saml, "Issuer").next().map(text).unwrap_or_default();
        Self { node: root, kind, issuer: short(&issuer) }
    }

    pub(crate) fn refuse(&self, why: impl Into<String>) -> Refusal {
        Refusal::Part { message: self.kind.element(), issuer: self.issuer.clone(), why: why.into() }
    }

    /// An element in this one, of which there may be one.
    pub(crate) fn child(&self, namespace: Namespace, name: &'static str) -> Result<Option<Fields<'a, 'i>>, Refusal> {
        let mut all = children(self.node, namespace, name);
        match (all.next(), all.next()) {
            (Some(_), Some(_)) => Err(self.refuse(format!("it has more than one {name}"))),
            (first, _) => Ok(first.map(|node| Fields { node, kind: self.kind, issuer: self.issuer.clone() })),
        }
    }

    /// The texts of the elements of a name in this one.
    pub(crate) fn texts(&self, namespace: Namespace, name: &'static str, most: usize) -> Result<Vec<String>, Refusal> {
        let mut texts = Vec::new();
        for node in children(self.node, namespace, name) {
            if texts.len() == most {
                return Err(self.refuse(format!("it has more than {most} {name}")));
            }
            texts.push(self.bounded(name, text(node), LONGEST)?);
        }
        Ok(texts)
    }

    /// Whether there is an element of this name.
    pub(crate) fn has(&self, namespace: Namespace, name: &'static str) -> bool {
        children(self.node, namespace, name).next().is_some()
    }

    /// The text of this element.
    pub(crate) fn text(&self, name: &'static str) -> Result<String, Refusal> {
        self.bounded(name, text(self.node), LONGEST)
    }

    /// An attribute; one that is empty is not there.
    pub(crate) fn attribute(&self, name: &'static str) -> Result<Option<String>, Refusal> {
        let stated = self.node.attribute(name).map(str::trim).filter(|stated| !stated.is_empty());
        stated.map(|stated| self.bounded(name, stated.to_owned(), 2 * LONGEST)).transpose()
    }

    pub(crate) fn required(&self, name: &'static str) -> Result<String, Refusal> {
        self.attribute(name)?.ok_or_else(|| self.refuse(format!("it has no {name}")))
    }

    /// An attribute that says yes or no; missing, it says no.
    pub(crate) fn flag(&self, name: &'static str) -> Result<bool, Refusal> {
        let Some(stated) = self.attribute(name)? else { return Ok(false) };
        flag(&stated).ok_or_else(|| self.refuse(format!("its {name} ‘{}’ is neither true nor false", short(&stated))))
    }

    pub(crate) fn time(&self, name: &'static str) -> Result<Option<i64>, Refusal> {
        let Some(stated) = self.attribute(name)? else { return Ok(None) };
        time(&stated).map(Some).ok_or_else(|| self.refuse(format!("its {name} ‘{}’ is not a time", short(&stated))))
    }

    fn bounded(&self, name: &str, value: String, most: usize) -> Result<String, Refusal> {
        match value.len() > most || value.chars().any(char::is_control) {
            true => Err(self.refuse(format!("its {name} is longer than {most} bytes or has control characters"))),
            false => Ok(value),
        }
    }

    /// Who sent it.
    pub(crate) fn issuer(&self) -> Result<String, Refusal> {
        let issuer = self.child(Saml, "Issuer")?.ok_or_else(|| self.refuse("it has no Issuer"))?.text("Issuer")?;
        match issuer.is_empty() {
            true => Err(self.refuse("its Issuer is empty")),
            false => Ok(issuer),
        }
    }

    /// An ID, of this message or of another.
    pub(crate) fn id(&self, name: &'static str) -> Result<Option<String>, Refusal> {
        let Some(id) = self.attribute(name)? else { return Ok(None) };
        match id.len() > LONGEST_ID || id.chars().any(char::is_whitespace) {
            true => Err(self.refuse(format!("its {name} is longer than {LONGEST_ID} bytes or has blanks in it"))),
            false => Ok(Some(id)),
        }
    }

    pub(crate) fn root(&self, signed: Signed, binding: Binding, relay_state: Option<String>) -> Result<Root, Refusal> {
        Ok(Root {
            id: self.id("ID")?.ok_or_else(|| self.refuse("it has no ID"))?,
            version: self.required("Version")?,
            issuer: self.issuer()?,
            issue_instant: self.time("IssueInstant")?.ok_or_else(|| self.refuse("it has no IssueInstant"))?,
            destination: self.attribute("Destination")?,
            binding,
            relay_state,
            signed,
        })
    }

    /// The name of a person in this element.
    pub(crate) fn name_id(&self) -> Result<Option<NameId>, Refusal> {
        let Some(node) = self.child(Saml, "NameID")? else { return Ok(None) };
        let value = node.text("NameID")?;
        if value.is_empty() {
            return Err(self.refuse("its NameID is empty"));
        }
        Ok(Some(NameId {
            value,
            format: node.attribute("Format")?,
            name_qualifier: node.attribute("NameQualifier")?,
            sp_name_qualifier: node.attribute("SPNameQualifier")?,
        }))
    }

    /// Of SAML's protocol: the element in this one, of which there may be one.
    pub(crate) fn part(&self, name: &'static str) -> Result<Option<Fields<'a, 'i>>, Refusal> {
        self.child(Samlp, name)
    }
}
