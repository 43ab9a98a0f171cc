//! Logout messages, made.

use crate::name_id::NameId;
use crate::response::{IssueError, full, id, name_id_element, status_element, time};
use crate::send::{Parameter, PostForm, post_form, redirect};
use crate::signature;
use crate::status::Status;
use crate::xml::Namespace::{Saml, Samlp};
use crate::xml::write::Element;
use domain::model::sp_metadata::{Binding, LogoutEndpoint};
use keys::SigningPair;

/// A logout message, without what it says. It is always signed.
#[derive(Clone, Debug)]
pub struct LogoutMessage<'a> {
    /// Its own ID: letters, digits and `_`, `-`, `.`, not beginning with a digit; random.
    pub id: &'a str,
    /// This identity provider.
    pub issuer: &'a str,
    /// Where and how it goes.
    pub endpoint: &'a LogoutEndpoint,
    /// Now (unix ms).
    pub issued_at: i64,
    /// What comes back with the answer, or goes back with it.
    pub relay_state: Option<&'a str>,
    /// What it is signed with.
    pub key: &'a SigningPair,
}

/// A message, ready for the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outgoing {
    /// A form to post.
    Post(PostForm),
    /// An address to go to.
    Redirect(String),
}

impl LogoutMessage<'_> {
    /// Asks for somebody to be signed off: from one session, or from all. It is good for some minutes.
    pub fn request(&self, name: &NameId, session_index: Option<&str>, minutes: u32) -> Result<Outgoing, IssueError> {
        let end = self.issued_at.saturating_add(i64::from(minutes.max(1)) * 60_000);
        let session = match session_index {
            Some(index) => Some(Element::new(Samlp, "SessionIndex").text(full("the session's index", index)?)),
            None => None,
        };
        let root = self.root("LogoutRequest", &self.endpoint.url)?;
        let root = root.with("NotOnOrAfter", time(end)?).child(name_id_element(name)?).all(session);
        self.send(root, &self.endpoint.url, Parameter::Request)
    }

    /// Says how a request went.
    pub fn response(&self, in_response_to: &str, status: Status) -> Result<Outgoing, IssueError> {
        let url = self.endpoint.response_url.as_ref().unwrap_or(&self.endpoint.url);
        let root = self.root("LogoutResponse", url)?.with("InResponseTo", full("the ID of the request", in_response_to)?);
        self.send(root.child(status_element(status, None)?), url, Parameter::Response)
    }

    fn root(&self, name: &'static str, url: &str) -> Result<Element, IssueError> {
        Ok(Element::new(Samlp, name)
            .with("ID", id(self.id)?)
            .with("Version", "2.0")
            .with("IssueInstant", time(self.issued_at)?)
            .with("Destination", full("the address of the service provider", url)?)
            .child(Element::new(Saml, "Issuer").text(full("the Entity ID of this server", self.issuer)?)))
    }

    fn send(&self, root: Element, url: &str, parameter: Parameter) -> Result<Outgoing, IssueError> {
        let illegal =
            |illegal: crate::xml::write::IllegalCharacter| IssueError::Text { what: "the message".to_owned(), character: illegal.0 };
        match self.endpoint.binding {
            Binding::HttpPost => {
                let signed = signature::sign(root, 1, self.key).map_err(IssueError::Signature)?;
                Ok(Outgoing::Post(post_form(url, parameter, &signed.document().map_err(illegal)?, self.relay_state)))
            }
            Binding::HttpRedirect => {
                let document = root.canonical().map_err(illegal)?;
                let address = redirect(url, parameter, &document, self.relay_state, self.key).map_err(IssueError::Signature)?;
                Ok(Outgoing::Redirect(address))
            }
            Binding::HttpArtifact | Binding::Soap | Binding::Paos => Err(IssueError::Binding),
        }
    }
}
