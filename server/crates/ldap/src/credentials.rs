//! Whose username and password these are: the person is found with the account of the Data Store, and a bind as the entry that was
//! found tells whether the password is right.

use crate::connection::Connection;
use crate::directory::Directory;
use crate::entry::Decoder;
use crate::error::LdapError;
use crate::filter::EncodedFilter;
use crate::lookup::FoundEntry;
use crate::message::{Answer, Depth, PolicyError, SearchRequest};
use crate::result_code::{self, BUSY, SUCCESS, UNAVAILABLE};
use domain::model::pcv::{Condition, SearchScope};
use domain::secret::Secret;
use domain::text::filter::{Filter, escape};

/// How a person is found.
#[derive(Clone, Copy, Debug)]
pub struct PersonSearch<'a> {
    /// Search Base.
    pub base_dn: &'a str,
    /// How deep.
    pub scope: SearchScope,
    /// Search Filter with `${username}` in it.
    pub filter: &'a str,
    /// What is read of them.
    pub attributes: &'a [String],
}

/// What came of a username and a password.
#[derive(Clone, Debug, PartialEq)]
pub enum Credentials {
    /// The password is right and the directory lets this person in.
    Valid(FoundEntry),
    /// Nothing was typed as username; nobody was asked.
    NoUsername,
    /// Nothing was typed as password; nobody was asked. A bind without a password succeeds on many servers, as nobody (RFC 4513
    /// section 5.1.2). Some read a password up to its first NUL, Samba among them: one with a NUL in it is none.
    NoPassword,
    /// Nobody matches the filter below the Search Base.
    NotFound,
    /// More than one entry matches: whose password it is cannot be said.
    Several,
    /// The directory does not let this person in.
    Refused {
        /// Who was found.
        dn: String,
        /// Why, as far as it is understood.
        condition: Condition,
        /// What the directory said.
        answer: Box<Answer>,
    },
}

/// How far a check came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CredentialsStep {
    /// Connecting to a server.
    Connect,
    /// The bind as the account of the Data Store.
    ServiceBind,
    /// The search of the person.
    Search,
    /// The bind as the person.
    PersonBind,
}

/// A check that could not be made. It says nothing about the person.
#[derive(Debug, thiserror::Error)]
#[error("a username and password could not be checked")]
pub struct CredentialsError {
    /// Where it failed.
    pub step: CredentialsStep,
    /// Why.
    #[source]
    pub error: LdapError,
}

impl CredentialsError {
    /// A failure on the way to the person.
    fn before(error: LdapError) -> Self {
        let step = match &error {
            LdapError::Bind { .. } => CredentialsStep::ServiceBind,
            LdapError::Search { .. } => CredentialsStep::Search,
            _ => CredentialsStep::Connect,
        };
        Self { step, error }
    }
}

impl Directory {
    /// Finds a person and checks their password.
    ///
    /// # Errors
    /// When no server can be used, the account of the Data Store is refused, or the search fails. A refusal of the person is none.
    pub async fn check_credentials(
        &self,
        search: &PersonSearch<'_>,
        username: &str,
        password: &Secret,
    ) -> Result<Credentials, CredentialsError> {
        if username.trim().is_empty() {
            return Ok(Credentials::NoUsername);
        }
        if password.is_empty() || password.expose().contains('\0') {
            return Ok(Credentials::NoPassword);
        }
        let mut people = self.find_people(search, &[("username", username)]).await.map_err(CredentialsError::before)?;
        if people.len() > 1 {
            return Ok(Credentials::Several);
        }
        let Some(found) = people.pop() else { return Ok(Credentials::NotFound) };
        let failed = |error| CredentialsError { step: CredentialsStep::PersonBind, error };
        let mut fresh = false;
        loop {
            let mut connection = self.lease_for_person(fresh).await.map_err(failed)?;
            match judge(&mut connection, &found, password).await {
                // The server may have closed an idle connection before we knew, or closes one after so many binds.
                Err(LdapError::Closed { .. }) if connection.reused => fresh = true,
                Ok(None) => return Ok(Credentials::Valid(found)),
                Ok(Some((condition, answer))) => return Ok(Credentials::Refused { dn: found.dn, condition, answer: Box::new(answer) }),
                Err(error) => return Err(failed(error)),
            }
        }
    }

    /// The people that match when every `${name}` of the filter stands for its value, two at most.
    ///
    /// # Errors
    /// When no server can be used, the search fails, or the filter cannot be parsed.
    pub async fn find_people(&self, search: &PersonSearch<'_>, values: &[(&str, &str)]) -> Result<Vec<FoundEntry>, LdapError> {
        let filter = filter_for(search.filter, values).map_err(|sentence| LdapError::Settings { sentence })?;
        let decoder = Decoder::plain(&self.settings, search.attributes);
        let request = SearchRequest {
            base: search.base_dn.trim().to_owned(),
            depth: match search.scope {
                SearchScope::OneLevel => Depth::Level,
                SearchScope::Subtree => Depth::Subtree,
            },
            filter,
            attributes: decoder.names(),
            size_limit: 2,
        };
        let mut found = self.collect(&request, "the search of the person", &decoder).await?;
        // Samba does not honour a size limit.
        found.truncate(2);
        Ok(found.into_iter().map(FoundEntry::from).collect())
    }
}

/// The filter for these values. It is parsed before they are put in, so that none can ever be more than a value; and each is put in
/// once, so that one that looks like the name of another stays what it is.
fn filter_for(template: &str, values: &[(&str, &str)]) -> Result<EncodedFilter, String> {
    let template = Filter::parse(template)?;
    let mut parts = template.as_str().split("${");
    let mut filter = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let known = part.split_once('}').and_then(|(name, rest)| Some((values.iter().find(|(known, _)| *known == name)?.1, rest)));
        match known {
            Some((value, rest)) => {
                filter.push_str(&escape(value));
                filter.push_str(rest);
            }
            None => {
                filter.push_str("${");
                filter.push_str(part);
            }
        }
    }
    EncodedFilter::parse(&filter)
}

/// Why the directory does not let somebody in; none: it does.
async fn judge(connection: &mut Connection, found: &FoundEntry, password: &Secret) -> Result<Option<(Condition, Answer)>, LdapError> {
    let (answer, policy) = connection.try_bind(&found.dn, password.expose()).await?;
    match (answer.code, policy) {
        // It did let them in, and would let them do nothing but change the password.
        (SUCCESS, Some(PolicyError::ChangeAfterReset)) => Ok(Some((Condition::MustChangePassword, answer))),
        (SUCCESS, _) => Ok(None),
        // It is not about the person: encryption is wanted, simple binds are off, or the server is overloaded.
        (7 | 8 | 13 | BUSY | UNAVAILABLE, _) => Err(connection.refused(&found.dn, answer)),
        (_, Some(PolicyError::AccountLocked)) => Ok(Some((Condition::AccountLocked, answer))),
        (_, Some(PolicyError::PasswordExpired)) => Ok(Some((Condition::PasswordExpired, answer))),
        (_, Some(PolicyError::ChangeAfterReset)) => Ok(Some((Condition::MustChangePassword, answer))),
        (_, None) => Ok(Some((result_code::condition(&answer), answer))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_username_is_a_value_and_nothing_more() {
        let filter = |template, username| filter_for(template, &[("username", username)]).unwrap();
        assert_eq!(filter("mail=${username}", "a@b"), EncodedFilter::equals("mail", "a@b"));
        for evil in ["*", "x)(mail=*", "x)(|(objectClass=*", "\\2a", "\0", "${username}", " x "] {
            assert_eq!(filter("(mail=${username})", evil), EncodedFilter::equals("mail", evil), "{evil:?}");
        }
        let both = filter("(|(sAMAccountName=${username})(employeeNumber=${username}))", "a)(b");
        let parts = ["sAMAccountName", "employeeNumber"].map(|name| EncodedFilter::equals(name, "a)(b"));
        assert_eq!(both, EncodedFilter::any(parts));
        let two = filter_for("(|(uid=${a})(mail=${b}))", &[("a", "${b}"), ("b", "x)")]).unwrap();
        assert_eq!(two, EncodedFilter::any([EncodedFilter::equals("uid", "${b}"), EncodedFilter::equals("mail", "x)")]));
        assert_eq!(filter("uid=${other}", "x"), EncodedFilter::equals("uid", "${other}"));
    }

    proptest! {
        #[test]
        fn any_username_is_one_value(username in ".{0,40}") {
            prop_assert_eq!(filter_for("uid=${username}", &[("username", &username)]), Ok(EncodedFilter::equals("uid", &username)));
        }
    }
}
