//! Whether a username and password are somebody's, by a Password Credential Validator, and what is known of who it is.

use crate::testing::one;
use crate::{Result, Service, ServiceError, accounts};
use domain::id::PcvId;
use domain::model::data_store::DataStore;
use domain::model::pcv::{Condition, LdapPcv, Pcv, PcvKind};
use domain::model::report::{Level, Report};
use domain::secret::Secret;
use ldap::{Credentials, CredentialsStep, Directory, FoundEntry, PersonSearch};
use std::sync::Arc;

/// What came of a username and a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validation {
    /// Whether they are accepted, and why not.
    pub verdict: Verdict,
    /// Who was found in the directory.
    pub dn: Option<String>,
    /// The attributes of the validator's contract with their values, in its order; empty unless accepted.
    pub attributes: Vec<(String, Vec<String>)>,
}

/// Whether a username and password are accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They are.
    Accepted,
    /// No username was typed.
    NoUsername,
    /// No password was typed. It is never sent anywhere: a bind without one succeeds as nobody.
    NoPassword,
    /// Nobody has that username.
    NotFound,
    /// Several have it.
    Several,
    /// The password is wrong, or the account may not sign on.
    Refused {
        /// Why.
        condition: Condition,
        /// What the directory said; empty where there is none.
        said: String,
    },
    /// It could not be found out. It says nothing about the person.
    Failed {
        /// Where it failed.
        step: CredentialsStep,
        /// Why, and what to do.
        why: String,
    },
}

impl Validation {
    fn of(verdict: Verdict) -> Self {
        Self { verdict, dn: None, attributes: Vec::new() }
    }

    fn failed(step: CredentialsStep, why: impl Into<String>) -> Self {
        Self::of(Verdict::Failed { step, why: why.into() })
    }
}

impl Service {
    /// Asks a saved validator. Whoever signs on is nobody yet, so there is no actor.
    pub async fn validate(&self, pcv: &PcvId, username: &str, password: &Secret) -> Result<Validation> {
        match self.validator(pcv).await? {
            Ok(validator) => self.ask_validator(&validator.pcv, validator.directory.as_deref(), username, password).await,
            Err(why) => Ok(Validation::failed(CredentialsStep::Connect, why)),
        }
    }

    /// Asks a validator, saved or not, over connections of its own: whether they can be made is a part of what is wanted to be known.
    pub async fn validate_with(&self, pcv: &Pcv, username: &str, password: &Secret) -> Result<Validation> {
        let asked = match self.data_store_asked_by(pcv).await? {
            Ok(Some((store, password))) => Directory::new(&store.ldap, password.as_ref()).map(Some).map_err(|error| error.to_string()),
            Ok(None) => Ok(None),
            Err(why) => Err(why),
        };
        match asked {
            Ok(directory) => self.ask_validator(pcv, directory.as_ref(), username, password).await,
            Err(why) => Ok(Validation::failed(CredentialsStep::Connect, why)),
        }
    }

    /// The directory that a validator asks, if it asks one, with its open connections; or why it cannot.
    pub(crate) async fn directory_asked_by(&self, pcv: &Pcv) -> Result<Result<Option<Arc<Directory>>, String>> {
        Ok(match self.data_store_asked_by(pcv).await? {
            Ok(Some((store, password))) => self.directories.of(&store, password.as_ref()).map(Some).map_err(|error| error.to_string()),
            Ok(None) => Ok(None),
            Err(why) => Err(why),
        })
    }

    async fn data_store_asked_by(&self, pcv: &Pcv) -> Result<Result<Option<(DataStore, Option<Secret>)>, String>> {
        let why_not = |why: &str| Ok(Err(why.to_owned()));
        match (pcv.kind, pcv.data_store()) {
            (Some(PcvKind::Simple), _) => Ok(Ok(None)),
            (Some(PcvKind::Ldap), Some(store)) => {
                let mut conn = self.store.read().await?;
                match self.data_store_with_password(&mut conn, store).await {
                    Ok(found) => Ok(Ok(Some(found))),
                    Err(ServiceError::NotFound) => why_not("Its Data Store is not there any more. Choose another one."),
                    Err(ServiceError::Refused { why }) => Ok(Err(why)),
                    Err(other) => Err(other),
                }
            }
            (Some(PcvKind::Ldap), None) => why_not("Choose the LDAP Datastore on the Instance Configuration tab first."),
            (None, _) => why_not("Choose the Type first."),
        }
    }

    async fn ask_validator(&self, pcv: &Pcv, directory: Option<&Directory>, username: &str, password: &Secret) -> Result<Validation> {
        match directory {
            _ if username.trim().is_empty() => Ok(Validation::of(Verdict::NoUsername)),
            _ if password.is_empty() => Ok(Validation::of(Verdict::NoPassword)),
            Some(directory) => Ok(validate_ldap(pcv, directory, username, password).await),
            None => self.validate_simple(pcv, username, password).await,
        }
    }

    async fn validate_simple(&self, pcv: &Pcv, username: &str, password: &Secret) -> Result<Validation> {
        let user = pcv.simple.user(username);
        // A hash is checked for unknown names too, so that the time taken does not tell which names exist.
        let is_right = accounts::verify(password.clone(), user.map(|user| Secret::new(user.hash.expose()))).await?;
        Ok(match user {
            None => Validation::of(Verdict::NotFound),
            Some(_) if !is_right => Validation::of(Verdict::Refused { condition: Condition::InvalidCredentials, said: String::new() }),
            Some(user) => {
                let attributes = vec![("username".to_owned(), vec![user.name.clone()])];
                Validation { verdict: Verdict::Accepted, dn: None, attributes }
            }
        })
    }

    /// What a saved validator would say of somebody whose password is right, without one; or why it says nothing.
    pub(crate) async fn given_of(&self, pcv: &PcvId, username: &str) -> Result<Result<Vec<(String, Vec<String>)>, String>> {
        let pcv = self.store.read().await?.find_pcv(pcv).await?.ok_or(ServiceError::NotFound)?.value;
        let nobody = |why: &str| Ok(Err(format!("‘{}’: {why}", pcv.name)));
        let directory = match self.directory_asked_by(&pcv).await? {
            Ok(Some(directory)) => directory,
            Ok(None) => {
                return match pcv.simple.user(username) {
                    Some(user) => Ok(Ok(vec![("username".to_owned(), vec![user.name.clone()])])),
                    None => nobody("nobody in the list of Users has this username."),
                };
            }
            Err(why) => return nobody(&why),
        };
        let (ldap, username, attributes) = (&pcv.ldap, pcv.ldap.searched(username), read_of(&pcv));
        let search = PersonSearch { base_dn: &ldap.base_dn, scope: ldap.scope, filter: &ldap.filter, attributes: &attributes };
        let found = directory.find_people(&search, &[("username", username)]).await;
        match found {
            Ok(found) if found.len() == 1 => Ok(Ok(given(&pcv, username, &found[0]))),
            Ok(found) if found.is_empty() => nobody(&format!("nobody below {} matches {}.", ldap.base_dn, ldap.filter)),
            Ok(_) => nobody(&format!("more than one entry below {} matches {}.", ldap.base_dn, ldap.filter)),
            Err(error) => nobody(&error.to_string()),
        }
    }

    /// *Try it*: what a validator says of a username and password, step by step.
    pub(crate) async fn try_pcv(&self, pcv: &Pcv, username: &str, password: &Secret) -> Result<Report> {
        let store = match pcv.data_store() {
            Some(id) => self.store.read().await?.find_data_store(id).await?.map(|stored| stored.value),
            None => None,
        };
        let validation = self.validate_with(pcv, username, password).await?;
        Ok(report(pcv, store.as_ref(), username, &validation))
    }
}

async fn validate_ldap(pcv: &Pcv, directory: &Directory, username: &str, password: &Secret) -> Validation {
    let ldap = &pcv.ldap;
    let username = ldap.searched(username);
    let attributes = read_of(pcv);
    let search = PersonSearch { base_dn: &ldap.base_dn, scope: ldap.scope, filter: &ldap.filter, attributes: &attributes };
    match directory.check_credentials(&search, username, password).await {
        Err(failed) => Validation::failed(failed.step, failed.error.to_string()),
        Ok(Credentials::NoUsername) => Validation::of(Verdict::NoUsername),
        Ok(Credentials::NoPassword) => Validation::of(Verdict::NoPassword),
        Ok(Credentials::NotFound) => Validation::of(Verdict::NotFound),
        Ok(Credentials::Several) => Validation::of(Verdict::Several),
        Ok(Credentials::Refused { dn, condition, answer }) => {
            let condition = ldap.override_of(&answer.message).unwrap_or(condition);
            Validation { dn: Some(dn), ..Validation::of(Verdict::Refused { condition, said: answer.describe() }) }
        }
        Ok(Credentials::Valid(found)) => match says_disabled(ldap, |name| found.attributes.first(name)) {
            Some(said) => {
                let refused = Verdict::Refused { condition: Condition::AccountDisabled, said };
                Validation { dn: Some(found.dn), ..Validation::of(refused) }
            }
            None => {
                let attributes = given(pcv, username, &found);
                Validation { verdict: Verdict::Accepted, dn: Some(found.dn), attributes }
            }
        },
    }
}

/// What is read of a person.
fn read_of(pcv: &Pcv) -> Vec<String> {
    let fixed = ["mail", "givenName"].into_iter().map(str::to_owned);
    let disabled = Some(&pcv.ldap.disabled_attribute).filter(|name| !name.is_empty()).cloned();
    fixed.chain(pcv.extended.iter().cloned()).chain(compared(&pcv.ldap.filter)).chain(disabled).collect()
}

/// What a validator says of somebody: the attributes of its contract.
fn given(pcv: &Pcv, username: &str, found: &FoundEntry) -> Vec<(String, Vec<String>)> {
    let compared = compared(&pcv.ldap.filter);
    let all = |name: &str| found.attributes.all(name).map(str::to_owned).collect::<Vec<_>>();
    let values = |name: String| {
        let values = match name.as_str() {
            "DN" => vec![found.dn.clone()],
            "username" => vec![as_spelt(username, &compared, all)],
            name => all(name),
        };
        (name, values)
    };
    pcv.contract().into_iter().map(values).collect()
}

/// The attributes that a Search Filter compares with the whole username.
fn compared(filter: &str) -> Vec<String> {
    let before = filter.split("=${username}").map(|part| part.rsplit(['(', '&', '|', '!']).next().unwrap_or_default());
    let mut names: Vec<_> = before.map(|name| name.trim().to_owned()).collect();
    // What follows the last comparison.
    names.pop();
    names.retain(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
    names
}

/// A username as the directory spells it: directories compare without regard to capitals, and most service providers do not.
fn as_spelt(typed: &str, compared: &[String], values: impl Fn(&str) -> Vec<String>) -> String {
    let found: Vec<String> = compared.iter().flat_map(|name| values(name)).collect();
    let same = found.iter().find(|value| value.to_lowercase() == typed.to_lowercase());
    match (same, compared.len(), found.as_slice()) {
        (Some(value), ..) => value.clone(),
        // The directory holds them for equal by a rule of its own.
        (None, 1, [value]) => value.clone(),
        _ => typed.to_owned(),
    }
}

/// What of an entry says that its account may not sign on.
fn says_disabled<'a>(ldap: &LdapPcv, value: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
    let name = Some(&ldap.disabled_attribute).filter(|name| !name.is_empty())?;
    value(name).filter(|value| value.eq_ignore_ascii_case("true")).map(|value| format!("{name} is {value}"))
}

fn report(pcv: &Pcv, store: Option<&DataStore>, username: &str, validation: &Validation) -> Report {
    let mut report = match &validation.verdict {
        Verdict::NoUsername => return one(Level::Failed, "Username", "Enter a username to try."),
        Verdict::NoPassword => {
            return one(
                Level::Failed,
                "Password",
                "Enter a password to try. An empty one is refused without asking the directory, which might let it in as nobody.",
            );
        }
        _ => Report::default(),
    };
    if let Some(store) = store
        && !reach_person(&mut report, pcv, store, username, validation)
    {
        return report;
    }
    match &validation.verdict {
        Verdict::Accepted => report.add(Level::Ok, "Check the password", "Accepted."),
        Verdict::NotFound => report.add(Level::Failed, "Find the user", format!("‘{}’ is not in the list of Users.", username.trim())),
        Verdict::Refused { condition, said } => {
            let said = if said.is_empty() { String::new() } else { format!(" The directory says: {said}") };
            report.add(Level::Failed, "Check the password", format!("{}. {}{said}", condition.label(), condition.advice()));
        }
        Verdict::Failed { why, .. } => report.add(Level::Failed, "Check the password", why.clone()),
        Verdict::NoUsername | Verdict::NoPassword | Verdict::Several => {}
    }
    for (name, values) in &validation.attributes {
        let shown = match values.as_slice() {
            [] => "no value".to_owned(),
            _ if store.is_some_and(|store| store.mask_values) && name != "username" => "••••••".to_owned(),
            values => values.join(", "),
        };
        report.add(Level::Info, name, shown);
    }
    report
}

/// The steps up to the person; whether they were found.
fn reach_person(report: &mut Report, pcv: &Pcv, store: &DataStore, username: &str, validation: &Validation) -> bool {
    let ldap = &pcv.ldap;
    let bind = match store.ldap.bind_anonymously {
        true => "Bind without a name".to_owned(),
        false => format!("Bind as {}", store.ldap.user_dn.trim()),
    };
    let who = ldap.searched(username);
    let place = format!("below {}", ldap.base_dn);
    let steps = [
        (CredentialsStep::Connect, format!("Connect to ‘{}’", store.name), "Connected.".to_owned()),
        (CredentialsStep::ServiceBind, bind, "Accepted.".to_owned()),
        (CredentialsStep::Search, format!("Find ‘{who}’"), validation.dn.clone().unwrap_or_default()),
    ];
    for (step, label, good) in steps {
        let bad = match &validation.verdict {
            Verdict::Failed { step: failed, why } if *failed == step => Some(why.clone()),
            Verdict::NotFound if step == CredentialsStep::Search => Some(format!(
                "Nobody {place} matches {}. Look at the Search Base, the Search Filter and the Scope of Search; the account of the Data Store must be allowed to see the person.",
                ldap.filter
            )),
            Verdict::Several if step == CredentialsStep::Search => Some(format!(
                "More than one entry {place} matches {}, so it cannot be said whose password it is. Narrow the Search Filter or the Search Base.",
                ldap.filter
            )),
            _ => None,
        };
        match bad {
            Some(why) => {
                report.add(Level::Failed, label, why);
                return false;
            }
            // After a failed bind as the person it is not known again who was found.
            None => report.add(Level::Ok, label, if good.is_empty() { "Found.".to_owned() } else { good }),
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_username_is_passed_on_as_the_directory_spells_it() {
        assert_eq!(compared("mail=${username}"), ["mail"]);
        assert_eq!(compared("(|(sAMAccountName=${username})(mail=${username}))"), ["sAMAccountName", "mail"]);
        assert_eq!(compared("(&(objectClass=user)(uid=x${username}))"), Vec::<String>::new());
        let names = ["uid".to_owned(), "mail".to_owned()];
        let values = |name: &str| match name {
            "uid" => vec!["Ada".to_owned()],
            _ => vec!["Ada.L@example.com".to_owned(), "ada@example.com".to_owned()],
        };
        assert_eq!(as_spelt("ada", &names, values), "Ada");
        assert_eq!(as_spelt("ADA.l@example.com", &names, values), "Ada.L@example.com");
        assert_eq!(as_spelt("ada  l", &names, values), "ada  l");
        assert_eq!(as_spelt("ada  l", &names[..1], values), "Ada");
        assert_eq!(as_spelt("ada", &[], values), "ada");
    }
}
