//! How a request went, in the words of SAML.

/// What all codes begin with (core, 3.2.2.2).
const PREFIX: &str = "urn:oasis:names:tc:SAML:2.0:status:";

/// How a request went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Well.
    Success,
    /// Somebody was signed off here, but not everywhere.
    PartialLogout,
    /// Not, because of what was asked.
    Requester,
    /// Not, because of something here.
    Responder,
    /// It speaks another SAML than 2.0.
    VersionMismatch,
    /// The person did not prove who they are.
    AuthnFailed,
    /// There is no such name of a person.
    InvalidNameIdPolicy,
    /// Nobody may be asked, and without asking it does not go.
    NoPassive,
    /// The person cannot be authenticated in the way that is wanted.
    NoAuthnContext,
    /// The person may not use this service provider.
    RequestDenied,
    /// Something is asked for that is not done here.
    RequestUnsupported,
    /// The answer is wanted in a way that is not known here.
    UnsupportedBinding,
    /// Whoever is asked for is not known here.
    UnknownPrincipal,
}

impl Status {
    /// The code that says whose fault it is, and the one that says what it is.
    pub fn codes(self) -> (String, Option<String>) {
        let (top, second) = match self {
            Status::Success => ("Success", None),
            Status::PartialLogout => ("Success", Some("PartialLogout")),
            Status::Requester => ("Requester", None),
            Status::Responder => ("Responder", None),
            Status::VersionMismatch => ("VersionMismatch", None),
            Status::AuthnFailed => ("Responder", Some("AuthnFailed")),
            Status::InvalidNameIdPolicy => ("Requester", Some("InvalidNameIDPolicy")),
            Status::NoPassive => ("Responder", Some("NoPassive")),
            Status::NoAuthnContext => ("Responder", Some("NoAuthnContext")),
            Status::RequestDenied => ("Responder", Some("RequestDenied")),
            Status::RequestUnsupported => ("Requester", Some("RequestUnsupported")),
            Status::UnsupportedBinding => ("Requester", Some("UnsupportedBinding")),
            Status::UnknownPrincipal => ("Responder", Some("UnknownPrincipal")),
        };
        (format!("{PREFIX}{top}"), second.map(|second| format!("{PREFIX}{second}")))
    }
}

/// Whether a code is the one of success.
pub(crate) fn is_success(code: &str) -> bool {
    code.strip_prefix(PREFIX) == Some("Success")
}

/// Whether a code says that somebody is signed off here but not everywhere.
pub(crate) fn is_partial_logout(code: &str) -> bool {
    code.strip_prefix(PREFIX) == Some("PartialLogout")
}
