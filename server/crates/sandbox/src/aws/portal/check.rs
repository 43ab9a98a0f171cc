//! Whether an answer of the identity provider signs somebody in: everything that the Web SSO profile (SAML 2.0 profiles, 4.1.4.3) and
//! AWS's documentation ask for, and no clock skew.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use saml::{Answer, Told};

use super::metadata::ServiceProvider;
use super::{Began, IdentityProvider};

const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
/// What AWS names attributes for access control by, before the attribute's own name.
const SESSION_TAG: &str = saml::attribute::AWS_ACCESS_CONTROL;
const SESSION_DURATION: &str = saml::attribute::AWS_SESSION_DURATION;
/// AWS takes no more attributes for access control.
const MOST_TAGS: usize = 50;
/// Longer than this nobody takes to sign on.
pub(super) const PATIENCE_MS: i64 = 15 * 60_000;

/// What a sign-on says, once it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SignedOn {
    pub name_id: String,
    pub identity_provider: String,
    pub began: Began,
    pub authn_instant_ms: i64,
    pub authn_context: Option<String>,
    /// Attributes for access control, without what AWS puts before their names.
    pub tags: Vec<(String, String)>,
    /// Attributes that AWS does not look at.
    pub others: Vec<(String, String)>,
    /// As it was said; AWS takes 900 to 43,200 seconds.
    pub session_duration: Option<String>,
    pub session_not_on_or_after: Option<i64>,
    /// Which of the certificates in the metadata verified it, counted from 1, out of how many.
    pub certificate: (usize, usize),
}

/// An answer that is not taken, with what is known of it.
#[derive(Debug)]
pub(super) struct Refused {
    /// A sentence for whoever set this up.
    pub why: String,
    pub user_name: Option<String>,
    pub began: Began,
}

/// What counts when an answer is judged.
pub(super) struct Judge<'a> {
    pub provider: &'a IdentityProvider,
    pub own: &'a ServiceProvider,
    /// The address that it arrived at.
    pub arrived_at: &'a str,
    pub now_ms: i64,
    /// Whether a request of this ID waits for its answer.
    pub is_pending: &'a dyn Fn(&str) -> bool,
    /// Whether an assertion was taken before.
    pub is_seen: &'a dyn Fn(&str) -> bool,
}

/// An answer that counts: the request it answers, the assertion, and what is shown of it.
pub(super) struct Taken {
    pub request: Option<String>,
    pub assertion: Told,
    /// It would be valid until then.
    pub valid_until_ms: i64,
    pub facts: SignedOn,
}

impl Judge<'_> {
    pub fn judge(&self, encoded: &str) -> Result<Taken, Refused> {
        let unknown = |why: String| Refused { why, user_name: None, began: Began::IdentityProvider };
        let certificates: Vec<Vec<u8>> = self.provider.certificates.iter().filter_map(|pem| der(pem)).collect();
        let answer = Answer::read(encoded, &certificates).map_err(|error| unknown(error.to_string()))?;
        let began = if answer.in_response_to.is_some() { Began::Portal } else { Began::IdentityProvider };
        if !answer.is_success() {
            let why = format!("The identity provider signed nobody on. It says: {}.", said(&answer));
            return Err(Refused { began, ..unknown(why) });
        }
        let Some(assertion) = answer.assertion.clone() else {
            return Err(Refused {
                began,
                ..unknown("The response says that it went well, and has no assertion that says for whom.".into())
            });
        };
        let user_name = Some(assertion.name_id.value.clone());
        match self.check(&answer, &assertion) {
            Ok((request, valid_until_ms)) => {
                let facts = self.facts(&assertion, began, certificates.len());
                facts.map(|facts| Taken { request, valid_until_ms, facts, assertion })
            }
            Err(why) => Err(why),
        }
        .map_err(|why| Refused { why, user_name, began })
    }

    /// The request that was answered, and until when the assertion would be valid.
    fn check(&self, answer: &Answer, assertion: &Told) -> Result<(Option<String>, i64), String> {
        let expected = &self.provider.entity_id;
        if let Some(issuer) = answer.issuer.iter().chain([&assertion.issuer]).find(|issuer| *issuer != expected) {
            return Err(format!("The issuer is ‘{issuer}’, and the metadata that was uploaded is of ‘{expected}’."));
        }
        match &answer.destination {
            Some(stated) if stated != self.arrived_at => {
                return Err(format!(
                    "The response is meant for ‘{stated}’ and came to ‘{}’: the two have to be the same, letter by letter.",
                    self.arrived_at
                ));
            }
            None if answer.signed.is_proved() => return Err("The response is signed and has no Destination.".into()),
            _ => {}
        }
        let (request, confirmed_until) = self.confirmed(answer, assertion)?;
        if assertion.not_before.is_some_and(|from| self.now_ms < from) {
            return Err(format!("The assertion is not valid yet. {}", self.clocks()));
        }
        let until = assertion.not_on_or_after.ok_or("The assertion does not say until when it is valid (NotOnOrAfter).")?;
        if self.now_ms >= until {
            return Err(format!("The assertion is no longer valid. {}", self.clocks()));
        }
        let own = &self.own.entity_id;
        if assertion.audiences.is_empty() {
            return Err("The assertion does not say for whom it is: there is no AudienceRestriction.".into());
        }
        if let Some(others) = assertion.audiences.iter().find(|names| !names.contains(own)) {
            return Err(format!("The assertion is for ‘{}’, and the issuer URL of this AWS is ‘{own}’.", others.join("’, ‘")));
        }
        if (self.is_seen)(&assertion.id) {
            return Err("The assertion was used before. Each counts once.".into());
        }
        if assertion.session_not_on_or_after.is_some_and(|end| self.now_ms >= end) {
            return Err("The session that it begins has ended already (SessionNotOnOrAfter).".into());
        }
        Ok((request, until.min(confirmed_until)))
    }

    /// By one confirmation that counts: the request that is answered, and until when.
    fn confirmed(&self, answer: &Answer, assertion: &Told) -> Result<(Option<String>, i64), String> {
        let mut why = "The assertion has no SubjectConfirmation of the method bearer.".to_owned();
        for confirmation in assertion.confirmations.iter().filter(|confirmation| confirmation.method == BEARER) {
            let stated = confirmation.recipient.as_deref().unwrap_or("nobody");
            if stated != self.arrived_at {
                why = format!("The assertion is meant for the Recipient ‘{stated}’ and came to ‘{}’.", self.arrived_at);
                continue;
            }
            if confirmation.not_before.is_some() {
                why = "The SubjectConfirmationData has a NotBefore, which the Web SSO profile forbids.".to_owned();
                continue;
            }
            let Some(until) = confirmation.not_on_or_after else {
                why = "The SubjectConfirmationData has no NotOnOrAfter.".to_owned();
                continue;
            };
            if self.now_ms >= until {
                why = format!("The assertion may no longer be delivered. {}", self.clocks());
                continue;
            }
            if answer.in_response_to.is_some() && answer.in_response_to != confirmation.in_response_to {
                why = "The response and its assertion answer different requests (InResponseTo).".to_owned();
                continue;
            }
            return match &confirmation.in_response_to {
                Some(id) if !(self.is_pending)(id) => {
                    Err("It answers a request that this AWS did not send, or that was answered before or waited too long (InResponseTo)."
                        .into())
                }
                request => Ok((request.clone(), until)),
            };
        }
        Err(why)
    }

    fn clocks(&self) -> String {
        let now = jiff::Timestamp::from_millisecond(self.now_ms).unwrap_or_default().strftime("%Y-%m-%d %H:%M:%S UTC");
        format!("Here it is {now}; compare the clock of the identity provider, and that of the emulator under Faults.")
    }

    /// What AWS reads of it.
    fn facts(&self, assertion: &Told, began: Began, certificates: usize) -> Result<SignedOn, String> {
        let name = &assertion.name_id;
        match name.format.as_deref() {
            Some(EMAIL) => {}
            Some(other) => return Err(format!("The NameID has the format ‘{other}’. AWS takes {EMAIL} alone.")),
            None => return Err(format!("The NameID does not say its format. AWS takes {EMAIL} alone.")),
        }
        if !is_address(&name.value) {
            return Err(format!("The NameID ‘{}’ does not look like an e-mail address, as AWS wants it.", name.value));
        }
        let authn_instant_ms =
            assertion.authn_instant.ok_or("The assertion does not say that anybody signed on: there is no AuthnStatement.")?;
        let (mut tags, mut others, mut session_duration): (Vec<(String, String)>, Vec<_>, _) = (Vec::new(), Vec::new(), None);
        for attribute in &assertion.attributes {
            let value = attribute.values.join(", ");
            if let Some(tag) = attribute.name.strip_prefix(SESSION_TAG) {
                if attribute.is_structured || attribute.values.len() != 1 {
                    return Err(format!("The attribute for access control ‘{tag}’ has not exactly one plain value, as AWS wants it."));
                }
                if tags.iter().any(|(known, _)| known == tag) {
                    return Err(format!("The attribute for access control ‘{tag}’ occurs twice."));
                }
                tags.push((tag.to_owned(), value));
            } else if attribute.name == SESSION_DURATION {
                session_duration = Some(value);
            } else {
                others.push((attribute.name.clone(), value));
            }
        }
        if tags.len() > MOST_TAGS {
            return Err(format!("There are {} attributes for access control, and AWS takes up to {MOST_TAGS}.", tags.len()));
        }
        let by = match assertion.signed {
            saml::Signed::By(at) => at + 1,
            _ => 0,
        };
        Ok(SignedOn {
            name_id: name.value.clone(),
            identity_provider: assertion.issuer.clone(),
            began,
            authn_instant_ms,
            authn_context: assertion.authn_context.clone(),
            tags,
            others,
            session_duration,
            session_not_on_or_after: assertion.session_not_on_or_after,
            certificate: (by, certificates),
        })
    }
}

fn said(answer: &Answer) -> String {
    let codes: Vec<_> = answer.status.iter().map(|code| code.rsplit(':').next().unwrap_or(code)).collect();
    match &answer.status_message {
        Some(message) => format!("{}, ‘{message}’", codes.join(", ")),
        None => codes.join(", "),
    }
}

/// `name@domain`, as AWS documents it.
fn is_address(value: &str) -> bool {
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '@';
    value
        .split_once('@')
        .is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty() && name.chars().all(plain) && domain.chars().all(plain))
}

fn der(pem: &str) -> Option<Vec<u8>> {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
}
