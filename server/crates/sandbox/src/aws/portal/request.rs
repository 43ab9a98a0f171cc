//! The request that sends somebody to the identity provider. AWS does not sign it.

use jiff::Timestamp;
use saml::send::{Parameter, PostForm, post_form, redirect_unsigned};
use saml::signature::SignatureError;
use saml::xml::Namespace::{Saml, Samlp};
use saml::xml::write::Element;

use super::metadata::ServiceProvider;
use super::{IdentityProvider, Inner, Pending, Portal};

const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

/// How somebody is sent to the identity provider.
pub(super) enum Sent {
    /// To an address.
    To(String),
    /// With a form.
    By(PostForm),
}

/// Makes a request and remembers it; `by_post` where the identity provider takes that.
pub(super) fn send(inner: &mut Inner, by_post: bool, return_to: &'static str, now_ms: i64) -> Result<Sent, String> {
    let provider = inner.portal.kept.provider.clone().ok_or("No identity provider is known.")?;
    let own = inner.portal.service_provider().ok_or("The emulator is not served anywhere.")?;
    let id = inner.portal.random();
    let sent = written(&provider, &own, &id, by_post, return_to, now_ms);
    let sent = sent.map_err(|error| format!("The request cannot be written: {error}."))?;
    Portal::push(&mut inner.portal.pending, Pending { id, at_ms: now_ms, return_to }, super::MOST_PENDING);
    Ok(sent)
}

fn written(
    provider: &IdentityProvider,
    own: &ServiceProvider,
    id: &str,
    by_post: bool,
    return_to: &str,
    now_ms: i64,
) -> Result<Sent, SignatureError> {
    let (address, is_post) = match (&provider.redirect_url, &provider.post_url) {
        (_, Some(post)) if by_post => (post, true),
        (Some(redirect), _) => (redirect, false),
        (None, Some(post)) => (post, true),
        (None, None) => return Err(SignatureError::NoId),
    };
    let now = Timestamp::from_millisecond(now_ms).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let document = Element::new(Samlp, "AuthnRequest")
        .with("ID", id)
        .with("Version", "2.0")
        .with("IssueInstant", now)
        .with("Destination", address.as_str())
        .with("AssertionConsumerServiceURL", own.acs_urls.first().map(String::as_str).unwrap_or_default())
        .with("ProtocolBinding", POST)
        .child(Element::new(Saml, "Issuer").text(own.entity_id.as_str()))
        .child(Element::new(Samlp, "NameIDPolicy").with("Format", EMAIL))
        .document()
        .map_err(SignatureError::Text)?;
    Ok(match is_post {
        true => Sent::By(post_form(address, Parameter::Request, &document, Some(return_to))),
        false => Sent::To(redirect_unsigned(address, Parameter::Request, &document, Some(return_to))?),
    })
}
