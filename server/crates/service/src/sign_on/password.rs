//! A password that somebody typed: counted, asked of the adapter's validators, and answered without telling who exists.

use super::partner::{chosen, others};
use super::receive::shown;
use super::record::{Event, Note};
use super::session::Proved;
use super::{Asking, Flow, Next, Person, Turned, Visitor, Way};
use crate::validation::{Validation, Verdict};
use crate::{Result, Service, ServiceError};
use domain::id::PcvId;
use domain::model::idp_adapter::IdpAdapter;
use domain::model::pcv::Condition;
use domain::secret::Secret;
use saml::Status;
use std::sync::LazyLock;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::sleep_until;

/// Longest username and password that are looked at.
const LONGEST: usize = 1024;
/// A password that is not accepted is answered no sooner, so that the time taken does not tell who exists.
const SOONEST: Duration = Duration::from_millis(400);
/// Passwords that are checked at once: each takes a connection to a directory, or a share of memory for a hash.
static AT_ONCE: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(32));

/// What people read. It says no more of an account that exists than of one that does not, until its password is right.
mod says {
    pub const WRONG: &str = "We didn't recognize the username or password you entered. Please try again. An account that several wrong passwords were tried for is locked for a while.";
    pub const WAIT: &str = "Too many attempts failed. Wait some minutes before you try again.";
    pub const EMPTY: &str = "Enter your username and your password.";
    pub const DOWN: &str = "Your password cannot be checked at the moment. Please try again later.";
    pub const DISABLED: &str = "Your account is disabled. Contact your system administrator.";
    pub const EXPIRED: &str = "Your account has expired. Contact your system administrator.";
    pub const NOT_NOW: &str = "You are not permitted to sign on at this time.";
    pub const NOT_HERE: &str = "You are not permitted to sign on from here.";
    pub const PASSWORD_EXPIRED: &str =
        "Your password has expired and must be changed before you can sign on. Contact your system administrator.";
    pub const MUST_CHANGE: &str = "Your password must be changed before you can sign on. Contact your system administrator.";
    pub const LATER: &str = "Please try again later.";
}

/// What is shown of what is not to appear in logs.
pub(crate) const MASK: &str = "••••••";

/// What a validator says of somebody: attributes with their values.
type Given = Vec<(String, Vec<String>)>;

/// What was typed.
#[derive(Debug)]
pub struct Typed {
    /// The username.
    pub username: String,
    /// The password.
    pub password: Secret,
}

/// Why somebody is not signed on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rejected {
    told: &'static str,
    why: String,
}

impl Service {
    /// Takes what was typed into the form of a flow.
    pub async fn try_password(&self, mut flow: Flow, typed: &Typed, visitor: &Visitor) -> Result<Next, Turned> {
        let partner = self.partner(&flow.connection).await?;
        let consumer = self.consumer_of(&partner, &flow)?;
        let ways = self.ways(&partner).await?;
        let Some(way) = chosen(ways, flow.adapter.as_deref()) else {
            return Err(Turned::refused("sign-on-adapter", "The connection has no IdP Adapter."));
        };
        match self.sign_on_with(way, typed, &visitor.address).await? {
            Ok(given) => {
                let proved = Proved { username: typed.username.trim().to_owned(), given, at: self.now(), session: None };
                self.answer(&partner, way, flow, proved, visitor).await.map(Next::Answer)
            }
            Err(rejected) => {
                sleep_until(visitor.begun + SOONEST).await;
                let is_masked = way.adapter.masked.contains(IdpAdapter::CORE);
                let note = Note {
                    tracking: &flow.tracking,
                    event: Event::SignOn,
                    connection: Some(&partner.connection),
                    partner: "",
                    adapter: &way.adapter.instance_id,
                    person: if is_masked { MASK } else { typed.username.trim() },
                    visitor,
                    code: "sign-on-failed",
                    reason: &rejected.why,
                };
                self.note(&note).await;
                flow.attempts += 1;
                if flow.attempts < way.adapter.form.challenge_retries.max(1) {
                    let (adapter, others) = (way.adapter.clone(), others(ways, &way.adapter));
                    let problem = Some(rejected.told);
                    return Ok(Next::Ask(Box::new(Asking { flow, partner: shown(&partner), adapter, others, problem })));
                }
                if flow.wanted.request.is_none() {
                    return Err(Turned::Rejected { why: rejected.why, told: rejected.told });
                }
                let (request, relay_state) = (flow.wanted.request.as_deref(), flow.wanted.relay_state.as_deref());
                self.answer_error(&partner, &consumer, request, relay_state, Status::AuthnFailed)
                    .await
                    .map(|form| Next::Answer(form.into()))
            }
        }
    }

    /// Asks the adapter's validators in order; the first that accepts counts. Answers what it says of the person.
    async fn sign_on_with(&self, way: &Way, typed: &Typed, address: &str) -> Result<Result<Given, Rejected>, Turned> {
        let username = typed.username.trim();
        let reject = |told, why: &str| Ok(Err(Rejected { told, why: why.to_owned() }));
        if username.is_empty() || typed.password.is_empty() {
            return reject(says::EMPTY, "Username or password is empty.");
        }
        if username.len() > LONGEST || typed.password.expose().len() > LONGEST || username.contains('\0') {
            return reject(says::WRONG, "Username or password is longer than any is.");
        }
        // On a task of its own: whoever goes away before the answer has tried a password all the same.
        let checking = {
            let (service, validators) = (self.clone(), way.adapter.validators.clone());
            let (username, password, address) = (typed.username.clone(), typed.password.clone(), address.to_owned());
            tokio::spawn(async move { service.check_password(&validators, &username, &password, &address).await })
        };
        Ok(checking.await.map_err(|error| ServiceError::broken(error.to_string()))??)
    }

    /// Asks validators in order, unless too many attempts failed.
    async fn check_password(
        &self,
        validators: &[PcvId],
        username: &str,
        password: &Secret,
        address: &str,
    ) -> Result<Result<Given, Rejected>> {
        let _permit = AT_ONCE.acquire().await.map_err(|error| ServiceError::broken(error.to_string()))?;
        let Some(attempt) = self.begin_attempt(username.trim(), address).await? else {
            let why = format!("Too many attempts failed for this account or from {address}.");
            return Ok(Err(Rejected { told: says::WAIT, why }));
        };
        let mut rejections = Vec::new();
        for id in validators {
            match self.validate(id, username, password).await {
                Ok(Validation { verdict: Verdict::Accepted, attributes, .. }) => {
                    self.attempt_succeeded(&attempt).await?;
                    return Ok(Ok(attributes));
                }
                Ok(validation) => rejections.push(validation.verdict),
                // Taken out meanwhile.
                Err(ServiceError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        let rejected = most_telling(&rejections);
        if rejected.told != says::DOWN {
            self.attempt_failed(attempt).await?;
        }
        Ok(Err(rejected))
    }
}

/// The adapter's attributes: those of its contract that the validator gave.
pub(crate) fn person(adapter: &IdpAdapter, given: &[(String, Vec<String>)]) -> Person {
    let values = |name: &str| given.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, values)| values.clone());
    let attributes = adapter.contract().into_iter().map(|name| (name.to_owned(), values(name).unwrap_or_default()));
    Person { attributes: attributes.collect() }
}

/// Of what the validators said, what tells the person most.
fn most_telling(verdicts: &[Verdict]) -> Rejected {
    let ranked = verdicts.iter().map(|verdict| match verdict {
        Verdict::Refused { condition, said } => {
            let told = told(*condition);
            let said = if said.is_empty() { String::new() } else { format!(" The directory says: {said}") };
            let why = format!("{}. {}{said}", condition.label(), condition.advice());
            (if told == says::WRONG { 1 } else { 3 }, Rejected { told, why })
        }
        Verdict::Failed { why, .. } => (2, Rejected { told: says::DOWN, why: format!("The password could not be checked: {why}") }),
        Verdict::Several => (1, wrong("More than one entry matches the username, so it cannot be said whose password it is.")),
        _ => (0, wrong("Nobody has this username.")),
    });
    let nobody = wrong("None of the adapter's validators is there any more.");
    ranked.max_by_key(|(rank, _)| *rank).map_or(nobody, |(_, rejected)| rejected)
}

fn wrong(why: &str) -> Rejected {
    Rejected { told: says::WRONG, why: why.to_owned() }
}

/// What people read of a condition. Directories say that an account is locked whatever the password is, so that would tell strangers
/// that it exists; the others they say only to who has the password.
fn told(condition: Condition) -> &'static str {
    match condition {
        Condition::InvalidCredentials | Condition::UserNotFound | Condition::AccountLocked => says::WRONG,
        Condition::AccountDisabled => says::DISABLED,
        Condition::AccountExpired => says::EXPIRED,
        Condition::NotAtThisTime => says::NOT_NOW,
        Condition::NotAtThisWorkstation => says::NOT_HERE,
        Condition::PasswordExpired => says::PASSWORD_EXPIRED,
        Condition::MustChangePassword => says::MUST_CHANGE,
        Condition::TryAgainLater => says::LATER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ldap::CredentialsStep;

    #[test]
    fn the_most_telling_verdict_counts_and_a_stranger_learns_nothing() {
        let refused = |condition| Verdict::Refused { condition, said: "data 52e".into() };
        let down = Verdict::Failed { step: CredentialsStep::Connect, why: "no route".into() };
        let said = |verdicts: &[Verdict]| most_telling(verdicts).told;
        let stranger = said(&[Verdict::NotFound]);
        for same in [Condition::InvalidCredentials, Condition::AccountLocked, Condition::UserNotFound] {
            assert_eq!(said(&[refused(same)]), stranger);
        }
        assert_eq!(said(&[Verdict::Several]), stranger);
        assert_eq!(said(&[]), stranger);
        assert_eq!(said(&[down.clone(), Verdict::NotFound]), says::DOWN);
        assert_eq!(said(&[down, refused(Condition::PasswordExpired), Verdict::NotFound]), says::PASSWORD_EXPIRED);
        assert!(most_telling(&[refused(Condition::InvalidCredentials)]).why.contains("data 52e"));
    }
}
