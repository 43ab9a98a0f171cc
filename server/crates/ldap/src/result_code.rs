//! LDAP result codes in words (RFC 4511 appendix A), with Active Directory's own reasons inside code 49.

use crate::error::Kind;
use crate::message::Answer;
use domain::model::pcv::Condition;

pub(crate) const SUCCESS: i32 = 0;
pub(crate) const SIZE_LIMIT_EXCEEDED: i32 = 4;
pub(crate) const REFERRAL: i32 = 10;
pub(crate) const ADMIN_LIMIT_EXCEEDED: i32 = 11;
pub(crate) const UNAVAILABLE_CRITICAL_EXTENSION: i32 = 12;
pub(crate) const NO_SUCH_OBJECT: i32 = 32;
pub(crate) const INSUFFICIENT_ACCESS_RIGHTS: i32 = 50;
pub(crate) const BUSY: i32 = 51;
pub(crate) const UNAVAILABLE: i32 = 52;
pub(crate) const UNWILLING: i32 = 53;
/// RFC 4533 section 4: what changed since the cookie cannot be told any more.
pub(crate) const SYNC_REFRESH_REQUIRED: i32 = 4096;

/// The name of a result code as RFC 4511 writes it.
pub(crate) fn name(code: i32) -> &'static str {
    match code {
        0 => "success",
        1 => "operationsError",
        2 => "protocolError",
        3 => "timeLimitExceeded",
        4 => "sizeLimitExceeded",
        7 => "authMethodNotSupported",
        8 => "strongerAuthRequired",
        10 => "referral",
        11 => "adminLimitExceeded",
        12 => "unavailableCriticalExtension",
        13 => "confidentialityRequired",
        14 => "saslBindInProgress",
        16 => "noSuchAttribute",
        17 => "undefinedAttributeType",
        18 => "inappropriateMatching",
        21 => "invalidAttributeSyntax",
        32 => "noSuchObject",
        33 => "aliasProblem",
        34 => "invalidDNSyntax",
        48 => "inappropriateAuthentication",
        49 => "invalidCredentials",
        50 => "insufficientAccessRights",
        51 => "busy",
        52 => "unavailable",
        53 => "unwillingToPerform",
        80 => "other",
        4096 => "e-syncRefreshRequired",
        _ => "another result",
    }
}

/// Whether another server of the same directory may well answer better.
pub(crate) fn is_system(code: i32) -> bool {
    matches!(code, BUSY | UNAVAILABLE | UNWILLING)
}

/// What a caller can do about it.
pub(crate) fn kind(code: i32) -> Kind {
    match code {
        1 | 3 | 4 | 11 | BUSY | UNAVAILABLE | UNWILLING | 80 => Kind::Transient,
        7 | 8 | 13 | 48 | 49 | 50 => Kind::Auth,
        2 | 12 | 17 | 18 | 21 | NO_SUCH_OBJECT | 33 | 34 | REFERRAL => Kind::Config,
        _ => Kind::Rejected,
    }
}

/// The result with the server's own words: `invalidCredentials (49): 80090308: ...`.
pub(crate) fn describe(answer: &Answer) -> String {
    let code = answer.code;
    let name = name(code);
    if answer.message.is_empty() { format!("{name} ({code})") } else { format!("{name} ({code}): {}", shorten(&answer.message)) }
}

/// A server's message goes on a page and in a log line: one line, not too long.
fn shorten(message: &str) -> String {
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= 300 { line } else { line.chars().take(297).chain("...".chars()).collect() }
}

/// What to do about a bind that was refused.
pub(crate) fn bind_advice(answer: &Answer, anonymous: bool) -> String {
    match answer.code {
        8 | 13 => "The directory refuses a password over a connection that is not encrypted. Choose LDAPS or StartTLS.".into(),
        7 => "The directory does not accept a bind with a name and password. Allow simple binds there.".into(),
        48 if anonymous => "The directory does not allow anonymous binds. Untick Bind Anonymously and enter a User DN and password.".into(),
        48 => "The directory does not accept a password for this User DN: it may be disabled, or have no password set.".into(),
        49 => invalid_credentials(&answer.message),
        53 => "The directory is not willing to bind this User DN: the account may be disabled or locked, its password may have to be changed, \
               or anonymous binds are off."
            .into(),
        1 if anonymous => "The directory wants a User DN and password.".into(),
        BUSY | UNAVAILABLE => "The server is overloaded or stopping. Try again, or list another server.".into(),
        34 => "The User DN is not a distinguished name; for Active Directory name@domain is accepted too.".into(),
        _ => "Ask the directory's administrator what this answer means there.".into(),
    }
}

/// Active Directory puts the true reason of code 49 into the message as `data 52e` (Microsoft's list of system error codes).
pub(crate) fn active_directory_reason(message: &str) -> Option<Condition> {
    let data = message.split("data ").nth(1).and_then(|rest| rest.split([',', ' ']).next()).unwrap_or_default();
    Some(match data.to_ascii_lowercase().as_str() {
        "525" => Condition::UserNotFound,
        "52e" => Condition::InvalidCredentials,
        "530" => Condition::NotAtThisTime,
        "531" => Condition::NotAtThisWorkstation,
        "532" => Condition::PasswordExpired,
        "533" => Condition::AccountDisabled,
        "701" => Condition::AccountExpired,
        "773" => Condition::MustChangePassword,
        "775" => Condition::AccountLocked,
        _ => return None,
    })
}

/// What a refused bind as a person means. The code alone seldom says it: Active Directory and others put it into the message.
pub(crate) fn condition(answer: &Answer) -> Condition {
    if let Some(reason) = active_directory_reason(&answer.message).filter(|_| answer.code == 49) {
        return reason;
    }
    let message = answer.message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    match answer.code {
        _ if says(&["locked", "retry limit"]) => Condition::AccountLocked,
        _ if says(&["must be changed", "must change", "must be reset", "password reset"]) => Condition::MustChangePassword,
        _ if says(&["account expired", "account has expired", "account is expired"]) => Condition::AccountExpired,
        _ if says(&["expired"]) => Condition::PasswordExpired,
        _ if says(&["disabled", "inactivated", "inactive"]) => Condition::AccountDisabled,
        NO_SUCH_OBJECT => Condition::UserNotFound,
        // Unwilling to bind this one account.
        UNWILLING => Condition::AccountDisabled,
        _ => Condition::InvalidCredentials,
    }
}

/// What to do about the service account of a Data Store when it is refused.
fn invalid_credentials(message: &str) -> String {
    match active_directory_reason(message) {
        Some(Condition::UserNotFound) => "There is no such user. Check the User DN (its place in the tree, or name@domain).",
        Some(Condition::InvalidCredentials) => {
            "The User DN exists but the password is wrong, or the name is misspelled. Enter the password again."
        }
        Some(Condition::NotAtThisTime) => "The account may not sign in at this time. Remove its logon hours in Active Directory.",
        Some(Condition::NotAtThisWorkstation) => {
            "The account may not sign in from this computer. Allow it under Log On To in Active Directory."
        }
        Some(Condition::PasswordExpired) => {
            "The account's password has expired. Set a new one, and let the password of a service account never expire."
        }
        Some(Condition::AccountDisabled) => "The account is disabled. Enable it in Active Directory.",
        Some(Condition::AccountExpired) => "The account has expired. Change its expiry date in Active Directory.",
        Some(Condition::MustChangePassword) => {
            "The account must change its password at the next sign-in. Clear that tick in Active Directory, or set a new password."
        }
        Some(Condition::AccountLocked) => "The account is locked after too many wrong passwords. Unlock it in Active Directory.",
        Some(Condition::TryAgainLater) | None => {
            "The User DN or the password is wrong. Check the User DN's spelling and enter the password again."
        }
    }
    .into()
}

/// What to do about an operation that was refused or stopped.
pub(crate) fn operation_advice(answer: &Answer, base: &str) -> String {
    match answer.code {
        1 => "If the server says that a bind is needed, enter a User DN; otherwise look into the directory's log.".into(),
        3 => "Raise the directory's time limit for this account, or narrow the Base DN or the filter.".into(),
        4 => "The account used here may not read that many entries. Raise its size limit in the directory (OpenLDAP: \
              limits ... size=unlimited; for paged reads size.prtotal=unlimited)."
            .into(),
        11 => {
            "An administrative limit of the directory stopped the search. Raise it for this account, or index the attributes in the filter."
                .into()
        }
        12 => "The server does not support a control that is needed here.".into(),
        8 | 13 => "The directory wants an encrypted connection for this. Choose LDAPS or StartTLS.".into(),
        17 | 18 | 21 => {
            "The directory does not know an attribute used here, or not in this way. Check the filter and the Source Settings.".into()
        }
        REFERRAL => "Those entries live on another server. Connect to that server, or tick Follow LDAP Referrals.".into(),
        NO_SUCH_OBJECT if answer.matched.is_empty() => {
            format!("There is no entry ‘{base}’, or this account may not see it. Check its spelling and the account's rights.")
        }
        NO_SUCH_OBJECT => {
            format!("There is no entry ‘{base}’, or this account may not see it; what exists of it is ‘{}’.", answer.matched)
        }
        34 => format!("‘{base}’ is not a distinguished name that the directory accepts."),
        49 | 50 => "The account used here has not the right to read this. Grant it read access.".into(),
        BUSY | UNAVAILABLE => "The server is overloaded or stopping; the next attempt may succeed.".into(),
        UNWILLING => "The server is not willing to go on; it may have restarted, or forgotten the page it was at.".into(),
        _ => "Ask the directory's administrator what this answer means there.".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn active_directory_reasons_are_told_apart() {
        let advice = |data: &str| {
            let message = format!("80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data {data}, v1db1");
            bind_advice(&Answer { code: 49, message, ..Answer::default() }, false)
        };
        let all: Vec<_> = ["525", "52e", "530", "531", "532", "533", "701", "773", "775", "999"].iter().map(|d| advice(d)).collect();
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
        assert!(advice("775").contains("locked"));
        assert!(bind_advice(&Answer { code: 49, ..Answer::default() }, false).contains("password is wrong"));
    }
}
