//! Whether to act on a message, and on what: decisions about what was read, against what is configured.

use crate::authn_request::{AuthnRequest, Comparison, WantedConsumer, WantedContext, WantedSubject};
use crate::message::{Root, Signed};
use crate::refusal::Refusal;
use crate::service_provider::ServiceProvider;
use crate::status::Status;
use crate::xml::read::short;
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::model::sp_metadata::{AssertionConsumer, Binding, UNSPECIFIED_NAME_ID};

/// The class of authentication that promises nothing.
pub const UNSPECIFIED_CONTEXT: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified";

/// Where and when a message is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Here {
    /// The addresses of the endpoint that it came to; one of them is its destination.
    pub addresses: Vec<String>,
    /// Now (unix ms).
    pub now: i64,
    /// By how much clocks may differ.
    pub skew_ms: i64,
    /// For how long after it was made a message is good.
    pub lifetime_ms: i64,
}

/// What to do with a request to sign on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Sign the person on, unless the message was here before.
    SignOn(SignOn),
    /// Answer that it does not go.
    Answer {
        /// Where.
        consumer: AssertionConsumer,
        /// How it went.
        status: Status,
        /// Why, for the log.
        why: Refusal,
    },
    /// Answer nobody: what sent it need not be the service provider, or there is nowhere to answer.
    Refuse(Refusal),
}

/// How to sign somebody on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignOn {
    /// Where the answer goes.
    pub consumer: AssertionConsumer,
    /// In which format the person is named; none: the service provider is given none in particular.
    pub name_id_format: Option<String>,
    /// As what the authentication is stated.
    pub authn_context: String,
    /// What keeps the message from being used again.
    pub seen: Seen,
}

/// A message that is not to be used again. To be kept until its time has passed: after that it is refused by its age.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its key.
    pub key: String,
    /// Until when to keep it (unix ms).
    pub until: i64,
}

/// Judges a request to sign on by what is known of the service provider that its issuer named.
pub fn check(request: &AuthnRequest, sp: &ServiceProvider, here: &Here) -> Verdict {
    let seen = match check_root(&request.root, sp, here, sp.requires_signed_requests) {
        Ok(seen) => seen,
        Err(refusal) => return Verdict::Refuse(refusal),
    };
    let consumer = match consumer(request, sp) {
        Ok(consumer) => consumer,
        Err(unmet) => return unmet.verdict(request, sp, None),
    };
    match wishes(request, sp) {
        Ok((name_id_format, authn_context)) => Verdict::SignOn(SignOn { consumer, name_id_format, authn_context, seen }),
        Err(unmet) => unmet.verdict(request, sp, Some(consumer)),
    }
}

/// What no message is acted on without: it is from whom it says, for here, of now, and signed if it has to be.
pub(crate) fn check_root(root: &Root, sp: &ServiceProvider, here: &Here, must_be_signed: bool) -> Result<Seen, Refusal> {
    let issuer = || short(&root.issuer);
    if root.issuer != sp.entity_id {
        return Err(Refusal::UnknownIssuer(issuer()));
    }
    if must_be_signed && !root.signed.is_proved() {
        return Err(match root.signed {
            Signed::Unchecked => Refusal::NoCertificate(issuer()),
            _ => Refusal::Unsigned(issuer()),
        });
    }
    match &root.destination {
        Some(stated) if !here.addresses.iter().any(|address| is_same_address(stated, address)) => {
            return Err(Refusal::Destination { issuer: issuer(), stated: short(stated), here: here.addresses.join(" or ") });
        }
        // Whoever signs says for whom, so that nobody can pass the message on (bindings, 3.4.5.2 and 3.5.5.2).
        None if root.signed != Signed::No => return Err(Refusal::NoDestination(issuer())),
        _ => {}
    }
    if root.issue_instant > here.now.saturating_add(here.skew_ms) {
        let seconds = root.issue_instant.saturating_sub(here.now) / 1000;
        return Err(Refusal::Future { issuer: issuer(), seconds });
    }
    let until = root.issue_instant.saturating_add(here.lifetime_ms).saturating_add(here.skew_ms);
    if until < here.now {
        let seconds = here.now.saturating_sub(root.issue_instant) / 1000;
        return Err(Refusal::Stale { issuer: issuer(), seconds });
    }
    Ok(Seen { key: seen_key(root), until })
}

fn seen_key(root: &Root) -> String {
    // Neither has control characters in it.
    let name = format!("{}\n{}", root.issuer, root.id);
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, name.as_bytes()))
}

/// Whether two addresses are one: letter by letter, or but for what every browser writes alike.
fn is_same_address(stated: &str, address: &str) -> bool {
    let parsed = |text: &str| url::Url::parse(text).ok();
    stated == address || parsed(stated).is_some_and(|stated| Some(stated) == parsed(address))
}

/// Something that is asked for and does not go.
struct Unmet {
    /// What the service provider is told; none: nothing.
    status: Option<Status>,
    why: String,
}

impl Unmet {
    fn new<T>(status: Status, why: impl Into<String>) -> Result<T, Self> {
        Err(Self { status: Some(status), why: why.into() })
    }

    /// The service provider is told so at its address, else at its default one.
    fn verdict(self, request: &AuthnRequest, sp: &ServiceProvider, consumer: Option<AssertionConsumer>) -> Verdict {
        let why = Refusal::Unmet { issuer: short(&request.root.issuer), why: self.why };
        match (self.status, consumer.or_else(|| sp.default_consumer())) {
            (Some(status), Some(consumer)) => Verdict::Answer { consumer, status, why },
            _ => Verdict::Refuse(why),
        }
    }
}

/// Where the answer goes: only ever to an address that is configured, compared letter by letter.
fn consumer(request: &AuthnRequest, sp: &ServiceProvider) -> Result<AssertionConsumer, Unmet> {
    let by_post = |consumer: &&AssertionConsumer| consumer.binding == Binding::HttpPost;
    let found: Vec<&AssertionConsumer> = match &request.consumer {
        None => {
            return match sp.default_consumer() {
                Some(consumer) => post_only(request).map(|()| consumer),
                None => Unmet::new(Status::UnsupportedBinding, "the connection has no address for answers by HTTP-POST"),
            };
        }
        Some(WantedConsumer::Url(url)) => sp.consumers.iter().filter(|consumer| consumer.url == *url).collect(),
        Some(WantedConsumer::Index(index)) => sp.consumers.iter().filter(|consumer| consumer.index == *index).collect(),
    };
    if found.is_empty() {
        let wanted = match &request.consumer {
            Some(WantedConsumer::Url(url)) => format!("at ‘{}’", short(url)),
            Some(WantedConsumer::Index(index)) => format!("at its address number {index}"),
            None => String::new(),
        };
        let why = format!("it wants the answer {wanted}, which is not among the addresses of the connection. If it is right, add it there");
        return Err(Unmet { status: None, why });
    }
    post_only(request)?;
    match found.into_iter().find(by_post) {
        Some(consumer) => Ok(consumer.clone()),
        None => Unmet::new(Status::UnsupportedBinding, "the address that it wants the answer at is not for HTTP-POST"),
    }
}

fn post_only(request: &AuthnRequest) -> Result<(), Unmet> {
    match request.protocol_binding.as_deref() {
        Some(other) if other != Binding::HttpPost.id() => {
            Unmet::new(Status::UnsupportedBinding, format!("it wants the answer by ‘{}’; answers go by HTTP-POST", short(other)))
        }
        _ => Ok(()),
    }
}

/// The format of the name and the class of authentication.
fn wishes(request: &AuthnRequest, sp: &ServiceProvider) -> Result<(Option<String>, String), Unmet> {
    if request.root.version != "2.0" {
        return Unmet::new(Status::VersionMismatch, format!("it speaks version ‘{}’ of SAML, not 2.0", short(&request.root.version)));
    }
    if request.is_passive && request.force_authn {
        return Unmet::new(Status::NoPassive, "it wants the person to sign on anew without being asked anything");
    }
    if request.subject == Some(WantedSubject::Unreadable) {
        return Unmet::new(Status::RequestUnsupported, "it wants somebody signed on whom it names in a way that cannot be read here");
    }
    let context = match &request.authn_context {
        None => sp.authn_contexts.first().map_or(UNSPECIFIED_CONTEXT, String::as_str).to_owned(),
        Some(wanted) => context(wanted, &sp.authn_contexts)?,
    };
    Ok((name_id_format(request, sp)?, context))
}

fn name_id_format(request: &AuthnRequest, sp: &ServiceProvider) -> Result<Option<String>, Unmet> {
    let policy = request.name_id_policy.clone().unwrap_or_default();
    if let Some(other) = policy.sp_name_qualifier.filter(|qualifier| *qualifier != sp.entity_id) {
        return Unmet::new(Status::InvalidNameIdPolicy, format!("it wants a name for ‘{}’ and not for itself", short(&other)));
    }
    match policy.format.filter(|format| format != UNSPECIFIED_NAME_ID) {
        None => Ok(sp.name_id_formats.first().cloned()),
        Some(format) if sp.name_id_formats.contains(&format) => Ok(Some(format)),
        Some(format) => {
            let ours = sp.name_id_formats.join("’, ‘");
            Unmet::new(
                Status::InvalidNameIdPolicy,
                format!("it wants a NameID of the format ‘{}’, and the connection issues ‘{ours}’", short(&format)),
            )
        }
    }
}

/// `ours`: strongest first. What is not in it cannot be compared with anything.
fn context(wanted: &WantedContext, ours: &[String]) -> Result<String, Unmet> {
    let strengths: Vec<usize> = wanted.classes.iter().filter_map(|class| ours.iter().position(|own| own == class)).collect();
    let all_known = strengths.len() == wanted.classes.len() && !strengths.is_empty();
    let strongest = strengths.iter().min().copied();
    let chosen = match wanted.comparison {
        Comparison::Exact => strengths.first().copied(),
        Comparison::Minimum => strongest.map(|_| 0),
        Comparison::Maximum => strongest,
        Comparison::Better => strongest.filter(|strongest| all_known && *strongest > 0).map(|_| 0),
    };
    match chosen.and_then(|at| ours.get(at)).filter(|_| !wanted.has_declarations) {
        Some(class) => Ok(class.clone()),
        None => {
            let wanted: Vec<_> = wanted.classes.iter().take(5).map(|class| short(class)).collect();
            let why = format!(
                "it wants the person authenticated by ‘{}’, and signing on here amounts to ‘{}’",
                wanted.join("’, ‘"),
                ours.join("’, ‘")
            );
            Unmet::new(Status::NoAuthnContext, why)
        }
    }
}
