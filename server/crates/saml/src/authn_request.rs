//! A request to sign somebody on.

use crate::message::{Fields, MessageKind, Received, Root};
use crate::name_id::NameId;
use crate::refusal::Refusal;
use crate::xml::Namespace::Saml;

/// Classes of authentication in one request: more make no sense.
const MOST_CLASSES: usize = 50;

/// A request to sign somebody on, as it was signed if it was signed. It is to be put to [`check`](crate::check::check).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthnRequest {
    /// What every message says of itself.
    pub root: Root,
    /// Where the answer is wanted; not stated: at the default address.
    pub consumer: Option<WantedConsumer>,
    /// How the answer is wanted, by the identifier of a binding.
    pub protocol_binding: Option<String>,
    /// Which name of the person is wanted.
    pub name_id_policy: Option<NameIdPolicy>,
    /// A session that is open does not do: the person is to prove anew who they are.
    pub force_authn: bool,
    /// Nobody is to be asked anything.
    pub is_passive: bool,
    /// How the person is to be authenticated.
    pub authn_context: Option<WantedContext>,
    /// Who is to be signed on, and nobody else.
    pub subject: Option<WantedSubject>,
}

/// Where an answer is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WantedConsumer {
    /// At an address.
    Url(String),
    /// At the address of this number in the service provider's metadata.
    Index(u16),
}

/// Which name of the person is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameIdPolicy {
    /// In this format; not stated: in any.
    pub format: Option<String>,
    /// From this service provider's book of names.
    pub sp_name_qualifier: Option<String>,
    /// It may be made for this request.
    pub allow_create: bool,
}

/// How the person is to be authenticated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedContext {
    /// How what is done must compare with what is asked for.
    pub comparison: Comparison,
    /// Classes, as wanted best first.
    pub classes: Vec<String>,
    /// It names declarations instead of classes. There are none here.
    pub has_declarations: bool,
}

/// How one class of authentication compares with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// One of them.
    Exact,
    /// As strong as one of them or stronger.
    Minimum,
    /// As strong as can be without being stronger than one of them.
    Maximum,
    /// Stronger than each of them.
    Better,
}

/// Who is to be signed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WantedSubject {
    /// This person.
    Name(NameId),
    /// Somebody who is named in a way that cannot be read here: encrypted, or by no name.
    Unreadable,
}

impl Received {
    /// Reads it as a request to sign somebody on. A signature is checked with the certificates (DER) of its issuer, whatever else
    /// is asked of requests: one that does not hold is refused.
    pub fn authn_request(&self, certificates: &[Vec<u8>]) -> Result<AuthnRequest, Refusal> {
        self.read(MessageKind::AuthnRequest, certificates, |fields, root| {
            Ok(AuthnRequest {
                root,
                consumer: consumer(fields)?,
                protocol_binding: fields.attribute("ProtocolBinding")?,
                name_id_policy: fields.part("NameIDPolicy")?.map(|policy| name_id_policy(&policy)).transpose()?,
                force_authn: fields.flag("ForceAuthn")?,
                is_passive: fields.flag("IsPassive")?,
                authn_context: fields.part("RequestedAuthnContext")?.map(|context| wanted_context(&context)).transpose()?,
                subject: subject(fields)?,
            })
        })
    }
}

fn consumer(fields: &Fields<'_, '_>) -> Result<Option<WantedConsumer>, Refusal> {
    match (fields.attribute("AssertionConsumerServiceURL")?, fields.attribute("AssertionConsumerServiceIndex")?) {
        (None, None) => Ok(None),
        (Some(url), None) => Ok(Some(WantedConsumer::Url(url))),
        (None, Some(index)) => match index.parse() {
            Ok(index) => Ok(Some(WantedConsumer::Index(index))),
            Err(_) => Err(fields.refuse("its AssertionConsumerServiceIndex is not a number up to 65535")),
        },
        // Each excludes the other (core, 3.4.1).
        (Some(_), Some(_)) => Err(fields.refuse("it has both an AssertionConsumerServiceURL and an AssertionConsumerServiceIndex")),
    }
}

fn name_id_policy(policy: &Fields<'_, '_>) -> Result<NameIdPolicy, Refusal> {
    Ok(NameIdPolicy {
        format: policy.attribute("Format")?,
        sp_name_qualifier: policy.attribute("SPNameQualifier")?,
        allow_create: policy.flag("AllowCreate")?,
    })
}

fn wanted_context(context: &Fields<'_, '_>) -> Result<WantedContext, Refusal> {
    let comparison = match context.attribute("Comparison")?.as_deref() {
        None | Some("exact") => Comparison::Exact,
        Some("minimum") => Comparison::Minimum,
        Some("maximum") => Comparison::Maximum,
        Some("better") => Comparison::Better,
        Some(_) => return Err(context.refuse("its RequestedAuthnContext has a Comparison that does not exist")),
    };
    Ok(WantedContext {
        comparison,
        classes: context.texts(Saml, "AuthnContextClassRef", MOST_CLASSES)?,
        has_declarations: context.has(Saml, "AuthnContextDeclRef"),
    })
}

fn subject(fields: &Fields<'_, '_>) -> Result<Option<WantedSubject>, Refusal> {
    let Some(subject) = fields.child(Saml, "Subject")? else { return Ok(None) };
    Ok(Some(subject.name_id()?.map_or(WantedSubject::Unreadable, WantedSubject::Name)))
}
