//! What can go wrong with a directory, in sentences for the administrator who configured it.

use crate::message::Answer;
use crate::result_code;
use crate::tls::TlsProblem;
use std::io;

/// What a caller can do about an error. The worker acts on this, never on the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// May work the next time: network, time-outs, an overloaded or stopping server.
    Transient,
    /// The directory refuses this account.
    Auth,
    /// The directory refuses this one thing.
    Rejected,
    /// The settings have to be changed first.
    Config,
}

/// A failed operation against a directory.
#[derive(Debug, thiserror::Error)]
pub enum LdapError {
    /// The settings cannot work; nothing was sent.
    #[error("{sentence}")]
    Settings {
        /// What is wrong and what to do.
        sentence: String,
    },
    /// A host name without address.
    #[error("The host name ‘{host}’ was not found in DNS. Check its spelling, and the DNS servers of the machine that Towpath runs on.")]
    UnknownHost {
        /// As configured.
        host: String,
        /// What the resolver said.
        #[source]
        source: io::Error,
    },
    /// No SRV record, or DNS did not answer.
    #[error(
        "No servers were found by the DNS SRV record ‘{name}’: {reason}. Check the domain and the record prefix, or list host names instead."
    )]
    NoSrv {
        /// The whole record name.
        name: String,
        /// Why, in a few words.
        reason: String,
    },
    /// No TCP connection.
    #[error("{server} cannot be reached: {}", refused(.source, .server))]
    Connect {
        /// Host and port.
        server: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The connection time-out passed.
    #[error(
        "{server} did not answer within {ms} ms while {doing}. Check host, port and firewall; a slow line may need a longer Connection Timeout."
    )]
    ConnectTimeout {
        /// Host and port.
        server: String,
        /// What was waited for.
        doing: &'static str,
        /// The time-out.
        ms: u32,
    },
    /// The TLS handshake failed, or the certificate was refused.
    #[error("{server}: {problem}")]
    Tls {
        /// Host and port.
        server: String,
        /// Why, and what to do.
        problem: Box<TlsProblem>,
    },
    /// The server does not do StartTLS.
    #[error("{server} refused StartTLS with {}. Choose LDAPS if the server offers it, or give the server a certificate.", result_code::describe(.answer))]
    StartTls {
        /// Host and port.
        server: String,
        /// What it said.
        answer: Box<Answer>,
    },
    /// The bind was refused.
    #[error("{server} refused the bind {who} with {}. {}", result_code::describe(.answer), result_code::bind_advice(.answer, *.anonymous))]
    Bind {
        /// Host and port.
        server: String,
        /// `as CN=...` or `without a name`.
        who: String,
        /// Whether it was without a name.
        anonymous: bool,
        /// What it said.
        answer: Box<Answer>,
    },
    /// A search ended with something else than success.
    #[error("{server} ended {what} with {}. {}", result_code::describe(.answer), result_code::operation_advice(.answer, .base))]
    Search {
        /// Host and port.
        server: String,
        /// What was done: `the search of users`.
        what: String,
        /// Where it began.
        base: String,
        /// What it said.
        answer: Box<Answer>,
    },
    /// No answer within the read time-out.
    #[error("{server} did not answer within {ms} ms. Raise the Read Timeout, or look into what keeps the directory busy.")]
    ReadTimeout {
        /// Host and port.
        server: String,
        /// The time-out.
        ms: u32,
    },
    /// The connection broke.
    #[error("{server} closed the connection{}. The directory may be restarting; the next attempt connects anew.", said(.notice))]
    Closed {
        /// Host and port.
        server: String,
        /// What the server said before, if anything.
        notice: Option<String>,
        /// What the system said, unless the server closed in order.
        #[source]
        source: Option<io::Error>,
    },
    /// The server sent something that is not LDAP, or too much of it.
    #[error("{server} sent an answer that is not understood ({reason}). Check that host and port are those of an LDAP server.")]
    Protocol {
        /// Host and port.
        server: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Every connection stayed in use.
    #[error("All {max} connections of this Data Store were in use for {ms} ms. Raise Maximum Connections or Maximum Wait.")]
    Busy {
        /// The limit.
        max: u32,
        /// How long it was waited for.
        ms: u32,
    },
    /// None of several servers could be used.
    #[error("None of the {} servers could be used. {}", .tried.len(), .tried.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))]
    AllServers {
        /// One error for each, in the order tried; at least one.
        tried: Vec<LdapError>,
    },
}

impl LdapError {
    /// What a caller can do about it.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Settings { .. } | Self::Tls { .. } | Self::StartTls { .. } | Self::Protocol { .. } => Kind::Config,
            Self::Bind { answer, .. } => match result_code::kind(answer.code) {
                Kind::Transient => Kind::Transient,
                _ => Kind::Auth,
            },
            Self::Search { answer, .. } => result_code::kind(answer.code),
            Self::AllServers { tried } => tried.first().map_or(Kind::Transient, Self::kind),
            Self::UnknownHost { .. }
            | Self::NoSrv { .. }
            | Self::Connect { .. }
            | Self::ConnectTimeout { .. }
            | Self::ReadTimeout { .. }
            | Self::Closed { .. }
            | Self::Busy { .. } => Kind::Transient,
        }
    }

    /// The LDAP result code of a refused operation.
    pub fn code(&self) -> Option<i32> {
        match self {
            Self::Bind { answer, .. } | Self::Search { answer, .. } | Self::StartTls { answer, .. } => Some(answer.code),
            _ => None,
        }
    }

    /// Whether another server of the list may do better: no connection, or an LDAP system error.
    pub(crate) fn is_about_the_server(&self) -> bool {
        match self {
            Self::Bind { answer, .. } | Self::Search { answer, .. } => result_code::is_system(answer.code),
            Self::Settings { .. } | Self::NoSrv { .. } | Self::Busy { .. } => false,
            _ => true,
        }
    }
}

fn refused(source: &io::Error, server: &str) -> String {
    let port = server.rsplit(':').next().unwrap_or_default();
    match source.kind() {
        io::ErrorKind::ConnectionRefused => {
            format!(
                "nothing listens on port {port} there (connection refused). Check the port (389 for plain and StartTLS, 636 for LDAPS), and that the directory runs."
            )
        }
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            "there is no route to that address. Check the address and this machine's network.".into()
        }
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::UnexpectedEof => {
            "the connection was closed at once. A firewall or load balancer may stand in between, or the port expects TLS.".into()
        }
        _ => format!("{source}. Check host and port."),
    }
}

fn said(notice: &Option<String>) -> String {
    notice.as_ref().map(|n| format!(", saying {n}")).unwrap_or_default()
}
