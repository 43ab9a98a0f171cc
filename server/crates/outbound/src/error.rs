//! What can go wrong with a request, each case with the sentence an administrator sees.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::time::Duration;

use crate::CertificateFacts;

/// Why a request has no answer.
///
/// `Display` is one or two sentences for a person and never holds a header, a query or a password; the cause is in `source`.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// The URL cannot be used at all.
    #[error("{reason}")]
    Url {
        /// What is wrong with it, as a sentence.
        reason: String,
    },
    /// Plain http to another machine, and nobody allowed it.
    #[error(
        "http:// to {host} is not allowed, because the token would travel unencrypted. Use https://, or allow plain http for this connection."
    )]
    PolicyRefused {
        /// Host name as in the URL.
        host: String,
    },
    /// The host name has no address.
    #[error("The host name {host} was not found. Check its spelling and the DNS servers of this machine.")]
    Dns {
        /// Host name as in the URL.
        host: String,
        /// The resolver's words.
        #[source]
        source: io::Error,
    },
    /// No TCP connection could be made.
    #[error("{}", connect_sentence(address, *kind))]
    Connect {
        /// `host:port` as in the URL.
        address: String,
        /// The kind of failure.
        kind: io::ErrorKind,
        /// The system's words.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The TLS handshake failed.
    #[error("{}", tls_sentence(host, reason, certificate.as_deref()))]
    Tls {
        /// `host:port` as in the URL.
        host: String,
        /// Why, in a closed list.
        reason: TlsReason,
        /// The certificate the server showed, where it got that far.
        certificate: Option<Box<CertificateFacts>>,
    },
    /// No answer in time.
    #[error("{}", time_out_sentence(host, *phase, *after))]
    TimeOut {
        /// `host:port` as in the URL.
        host: String,
        /// What was being waited for.
        phase: Phase,
        /// How long was waited.
        after: Duration,
        /// Whether the request may have reached the server.
        sent: bool,
    },
    /// The connection was closed without an answer.
    #[error("{}", reset_sentence(host, *sent))]
    Reset {
        /// `host:port` as in the URL.
        host: String,
        /// Whether the request may have reached the server.
        sent: bool,
        /// The system's words.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The answer is larger than the cap.
    #[error(
        "{host} answered with more than {} kB, the most Towpath accepts. Check that the URL is that of the service.",
        limit / 1024
    )]
    TooLarge {
        /// `host:port` as in the URL.
        host: String,
        /// The cap in bytes.
        limit: usize,
    },
    /// The server wants the client to go elsewhere. Following would hand the token to a host nobody entered.
    #[error("{host} answered {status} and redirects to {to}. Towpath does not follow redirects; enter the final URL.")]
    Redirect {
        /// `host:port` as in the URL.
        host: String,
        /// The HTTP status, 301 to 308.
        status: u16,
        /// Scheme, host and path of the target; no query.
        to: String,
    },
    /// Anything else.
    #[error("{what}")]
    Other {
        /// What happened, as a sentence.
        what: String,
        /// Whether the request may have reached the server.
        sent: bool,
        /// The cause.
        #[source]
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
}

impl OutboundError {
    /// Whether the server may have received (and acted on) the request. `false` is a promise: nothing was written.
    pub fn sent(&self) -> bool {
        match self {
            Self::Url { .. } | Self::PolicyRefused { .. } | Self::Dns { .. } | Self::Connect { .. } | Self::Tls { .. } => false,
            Self::TimeOut { sent, .. } | Self::Reset { sent, .. } | Self::Other { sent, .. } => *sent,
            Self::TooLarge { .. } | Self::Redirect { .. } => true,
        }
    }

    /// Whether trying again later, with nothing changed, may help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Dns { .. } | Self::Connect { .. } | Self::TimeOut { .. } | Self::Reset { .. } | Self::Other { .. } => true,
            Self::Url { .. } | Self::PolicyRefused { .. } | Self::Tls { .. } | Self::TooLarge { .. } | Self::Redirect { .. } => false,
        }
    }
}

/// What a time-out was waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Name resolution, TCP connection and TLS handshake.
    Connect,
    /// The status line and headers.
    Answer,
    /// The rest of the body.
    Body,
}

/// Why TLS failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsReason {
    /// The issuer is not among the trusted CAs.
    UntrustedIssuer,
    /// Validity has ended.
    Expired,
    /// Validity has not begun (or this machine's clock is behind).
    NotYetValid,
    /// The certificate is for other names.
    WrongHostName,
    /// The certificate was revoked.
    Revoked,
    /// The certificate cannot be used for a server, or is damaged; with the verifier's words.
    Unusable(String),
    /// The handshake failed before or beside the certificate; a clause that continues "the TLS handshake failed: ".
    Handshake(String),
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connecting",
            Self::Answer => "waiting for the answer",
            Self::Body => "reading the answer",
        })
    }
}

fn connect_sentence(address: &str, kind: io::ErrorKind) -> String {
    match kind {
        io::ErrorKind::ConnectionRefused => {
            format!("{address} refused the connection. Check that the service is running and that the port is right.")
        }
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => {
            format!("There is no network route to {address}. Check the address, the firewall and whether a proxy is needed.")
        }
        io::ErrorKind::TimedOut => {
            format!("{address} did not accept the connection in time. Check the address and the firewall.")
        }
        io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionAborted => {
            format!("{address} closed the connection while it was being set up. Check the port, and whether a firewall stands in between.")
        }
        _ => format!("No connection to {address} could be made. Check the address, the port and the firewall."),
    }
}

fn tls_sentence(host: &str, reason: &TlsReason, certificate: Option<&CertificateFacts>) -> String {
    let shown = certificate.map_or_else(String::new, |c| format!(" (subject {}, issuer {})", c.subject, c.issuer));
    match reason {
        TlsReason::UntrustedIssuer if certificate.is_some_and(CertificateFacts::is_self_issued) => format!(
            "The certificate of {host}{shown} is self-signed and not trusted. Import this certificate under Trusted CA if you know it is genuine."
        ),
        TlsReason::UntrustedIssuer => format!(
            "The certificate of {host}{shown} is not signed by a trusted CA. Import the CA certificate that signed it under Trusted CA."
        ),
        TlsReason::Expired => {
            let when = certificate.map_or_else(String::new, |c| format!(" on {}", c.not_after_date()));
            format!("The certificate of {host}{shown} expired{when}. Its owner must renew it.")
        }
        TlsReason::NotYetValid => {
            let when = certificate.map_or_else(String::new, |c| format!(" before {}", c.not_before_date()));
            format!("The certificate of {host}{shown} is not valid{when}. Check the clock of this machine.")
        }
        TlsReason::WrongHostName => {
            let names = certificate.filter(|c| !c.names.is_empty()).map_or_else(|| "other names".to_owned(), |c| c.names.join(", "));
            format!("The certificate of {host} is for {names}, not for this host. Enter the name the certificate was made for.")
        }
        TlsReason::Revoked => format!("The certificate of {host}{shown} was revoked by its issuer. Its owner must replace it."),
        TlsReason::Unusable(why) => format!("The certificate of {host}{shown} cannot be used: {why}."),
        TlsReason::Handshake(why) => format!("The TLS handshake with {host} failed: {why}."),
    }
}

fn time_out_sentence(host: &str, phase: Phase, after: Duration) -> String {
    let after = after.as_secs_f32();
    match phase {
        Phase::Connect => {
            format!("No connection to {host} within {after:.1} s. Check the address, the firewall and whether a proxy is needed.")
        }
        Phase::Answer => format!("{host} did not answer within {after:.1} s."),
        Phase::Body => format!("{host} began to answer but did not finish within {after:.1} s."),
    }
}

fn reset_sentence(host: &str, sent: bool) -> String {
    if sent {
        format!("{host} closed the connection without an answer; whether it carried out the request is not known.")
    } else {
        format!("{host} closed the connection before the request was sent.")
    }
}
