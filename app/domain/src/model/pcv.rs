//! Password Credential Validators: they check a username and password and give attributes of who it is.

use crate::id::{DataStoreId, PcvId};
use crate::model::data_store::choices;
use crate::secret::Hashed;
use serde::{Deserialize, Serialize};

/// A Password Credential Validator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pcv {
    /// Given when the draft is begun.
    pub id: PcvId,
    /// Instance Name: unique over all validators.
    pub name: String,
    /// Instance ID: unique over all validators, chosen once.
    pub instance_id: String,
    /// Its type; `None` until it is chosen.
    pub kind: Option<PcvKind>,
    /// What an LDAP validator does.
    #[serde(default)]
    pub ldap: LdapPcv,
    /// What a Simple validator knows.
    #[serde(default)]
    pub simple: SimplePcv,
    /// Attributes it gives besides those of its type's core contract.
    #[serde(default)]
    pub extended: Vec<String>,
}

impl Pcv {
    /// A new one.
    pub fn new(id: PcvId) -> Self {
        Self {
            id,
            name: String::new(),
            instance_id: String::new(),
            kind: None,
            ldap: LdapPcv::default(),
            simple: SimplePcv::default(),
            extended: Vec::new(),
        }
    }
    /// The attributes every validator of its type gives.
    pub fn core(&self) -> &'static [&'static str] {
        match self.kind {
            Some(PcvKind::Simple) => &["username"],
            _ => &["DN", "username", "mail", "givenName"],
        }
    }
    /// Every attribute it gives.
    pub fn contract(&self) -> Vec<String> {
        let extended = if self.kind == Some(PcvKind::Simple) { &[][..] } else { &self.extended };
        self.core().iter().map(|&name| name.to_owned()).chain(extended.iter().cloned()).collect()
    }
    /// The Data Store it asks.
    pub fn data_store(&self) -> Option<&DataStoreId> {
        self.ldap.data_store.as_ref().filter(|_| self.kind == Some(PcvKind::Ldap))
    }
}

choices! {
    /// Types of validators.
    PcvKind {
        /// Finds the person in a directory and binds as them.
        Ldap = "ldap", "LDAP Username Password Credential Validator";
        /// Compares with a list of its own.
        Simple = "simple", "Simple Username Password Credential Validator";
    }
}

/// How a person is found in a directory, and what the answers of a bind mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LdapPcv {
    /// The directory.
    pub data_store: Option<DataStoreId>,
    /// Search Base.
    pub base_dn: String,
    /// Search Filter; `${username}` stands for what was typed.
    pub filter: String,
    /// How deep below the Search Base.
    pub scope: SearchScope,
    /// Match expressions tell capitals from small letters.
    pub case_sensitive: bool,
    /// Blanks around the typed username are not looked for.
    pub trim_username: bool,
    /// An attribute that is `true` for accounts that may not sign on; empty: none.
    pub disabled_attribute: String,
    /// Authentication Error Overrides, the first that matches counts.
    pub overrides: Vec<ErrorOverride>,
}

impl Default for LdapPcv {
    fn default() -> Self {
        Self {
            data_store: None,
            base_dn: String::new(),
            filter: String::new(),
            scope: SearchScope::Subtree,
            case_sensitive: true,
            trim_username: true,
            disabled_attribute: String::new(),
            overrides: Vec::new(),
        }
    }
}

impl LdapPcv {
    /// What a directory's message means, where an administrator said so.
    pub fn override_of(&self, message: &str) -> Option<Condition> {
        let case = |text: &str| if self.case_sensitive { text.to_owned() } else { text.to_lowercase() };
        let message = case(message);
        self.overrides.iter().find(|o| matches(&case(&o.expression), &message)).map(|o| o.condition)
    }
    /// The username to look for.
    pub fn searched<'a>(&self, typed: &'a str) -> &'a str {
        if self.trim_username { typed.trim() } else { typed }
    }
}

/// What a directory says when it refuses a bind, and what that means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorOverride {
    /// Match Expression: the whole message, `*` for any text.
    pub expression: String,
    /// Error.
    pub condition: Condition,
}

choices! {
    /// How deep a search goes.
    #[derive(Default)]
    SearchScope {
        /// The children of the Search Base, and not the Search Base itself.
        OneLevel = "one_level", "One Level";
        /// The Search Base and everything below.
        #[default]
        Subtree = "subtree", "Subtree";
    }
}

choices! {
    /// Why a directory does not let somebody in who is known to it.
    Condition {
        /// The account is turned off.
        AccountDisabled = "account_disabled", "Account disabled";
        /// The account's last day has passed.
        AccountExpired = "account_expired", "Account expired";
        /// Too many wrong passwords.
        AccountLocked = "account_locked", "Account locked";
        /// The password is wrong.
        InvalidCredentials = "invalid_credentials", "Invalid credentials";
        /// Outside the hours in which this account may sign on.
        NotAtThisTime = "not_at_this_time", "Not permitted to log on at this time";
        /// Not from this computer.
        NotAtThisWorkstation = "not_at_this_workstation", "Not permitted to log on at this workstation";
        /// The password is too old.
        PasswordExpired = "password_expired", "Password expired";
        /// The password has to be changed first.
        MustChangePassword = "must_change_password", "User must reset password";
        /// The directory asks for patience.
        TryAgainLater = "try_again_later", "Please try again later";
        /// The directory does not know the account after all.
        UserNotFound = "user_not_found", "User not found";
    }
}

impl Condition {
    /// What it means and what to do, for an administrator.
    pub fn advice(self) -> &'static str {
        match self {
            Self::AccountDisabled => "The account is disabled. Enable it in the directory.",
            Self::AccountExpired => "The account has expired. Change its expiry date in the directory.",
            Self::AccountLocked => {
                "The account is locked after too many wrong passwords. Unlock it in the directory, or wait until it unlocks itself."
            }
            Self::InvalidCredentials => "The password is wrong.",
            Self::NotAtThisTime => "The account may not sign on at this time. Look at its logon hours in the directory.",
            Self::NotAtThisWorkstation => {
                "The account may only sign on at certain computers, and the server that Towpath runs on is none of them."
            }
            Self::PasswordExpired => "The password is right, and too old. A new one has to be set in the directory.",
            Self::MustChangePassword => {
                "The password is right, and has to be changed before it can be used. Somebody has to set a new one in the directory."
            }
            Self::TryAgainLater => "The directory asks to try again later.",
            Self::UserNotFound => "The directory found the entry, and does not know it as an account.",
        }
    }
}

/// A list of users of its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SimplePcv {
    /// Users.
    pub users: Vec<SimpleUser>,
}

impl SimplePcv {
    /// A user by name, whatever its case.
    pub fn user(&self, name: &str) -> Option<&SimpleUser> {
        let name = name.trim().to_lowercase();
        self.users.iter().find(|user| user.name.to_lowercase() == name)
    }
}

/// One of its users.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SimpleUser {
    /// Username.
    pub name: String,
    /// Of the password, made with argon2id.
    pub hash: Hashed,
}

/// Whether a text as a whole is like an expression in which `*` stands for any text.
fn matches(expression: &str, text: &str) -> bool {
    let Some((first, rest)) = expression.split_once('*') else { return expression == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        // The earliest place leaves the most for what follows.
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn expressions_match_whole_messages() {
        for (expression, text, wanted) in [
            ("abc", "abc", true),
            ("abc", "abcd", false),
            ("*data 775*", "80090308: AcceptSecurityContext error, data 775, v4563", true),
            ("*data 775*", "data 52e", false),
            ("a*b*c", "a--b--c", true),
            ("a*b*c", "a--c--b", false),
            ("a*a", "a", false),
            ("*", "", true),
            ("", "", true),
        ] {
            assert_eq!(matches(expression, text), wanted, "{expression} / {text}");
        }
    }

    #[test]
    fn the_first_override_that_matches_counts() {
        let one = |expression: &str, condition| ErrorOverride { expression: expression.into(), condition };
        let mut ldap = LdapPcv {
            overrides: vec![one("*Locked*", Condition::AccountLocked), one("*", Condition::TryAgainLater)],
            ..LdapPcv::default()
        };
        assert_eq!(ldap.override_of("it is Locked."), Some(Condition::AccountLocked));
        assert_eq!(ldap.override_of("it is locked."), Some(Condition::TryAgainLater));
        ldap.case_sensitive = false;
        assert_eq!(ldap.override_of("it is locked."), Some(Condition::AccountLocked));
    }

    proptest! {
        #[test]
        fn a_text_matches_itself_with_parts_left_out(parts in proptest::collection::vec("[a-c ü]{0,4}", 1..5), between in "[a-c ü]{0,4}") {
            let text = parts.join(&between);
            prop_assert!(matches(&parts.join("*"), &text));
        }
    }
}
