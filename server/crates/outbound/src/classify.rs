//! From reqwest's error chain to one [`OutboundError`]: what happened, and whether anything was sent.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use crate::resolve::DnsFailure;
use crate::verify::explain;
use crate::{OutboundError, Phase};

/// What the chain of causes holds.
#[derive(Default)]
struct Causes<'a> {
    dns: Option<&'a DnsFailure>,
    tls: Option<&'a rustls::Error>,
    io: Option<io::ErrorKind>,
    hyper: Option<&'a hyper::Error>,
}

/// `connect_timeout` only words the message.
pub(crate) fn classify(error: reqwest::Error, host: String, connect_timeout: Duration, reading_body: bool) -> OutboundError {
    // The URL may carry a filter with a person's name in it.
    let error = error.without_url();
    let mut causes = Causes::default();
    collect(&error, &mut causes);

    if error.is_connect() {
        if let Some(dns) = causes.dns {
            let source = io::Error::new(dns.source.kind(), dns.source.to_string());
            return OutboundError::Dns { host, source };
        }
        if error.is_timeout() {
            return OutboundError::TimeOut { host, phase: Phase::Connect, after: connect_timeout, sent: false };
        }
        if let Some(tls) = causes.tls {
            let (reason, certificate) = explain(tls);
            return OutboundError::Tls { host, reason, certificate };
        }
        let kind = causes.io.unwrap_or(io::ErrorKind::Other);
        return OutboundError::Connect { address: host, kind, source: error.into() };
    }
    if error.is_builder() || error.is_request() && causes.hyper.is_none() && causes.io.is_none() && causes.tls.is_none() {
        return OutboundError::Other {
            what: format!("The request to {host} could not be built."),
            sent: !error.is_builder(),
            source: Some(error.into()),
        };
    }
    // TLS 1.3 lets a client finish its handshake before the server looks for a client certificate.
    if let Some(tls @ rustls::Error::AlertReceived(rustls::AlertDescription::CertificateRequired)) = causes.tls {
        let (reason, certificate) = explain(tls);
        return OutboundError::Tls { host, reason, certificate };
    }
    // hyper calls a request canceled only when it never began to write it.
    let canceled = causes.hyper.is_some_and(hyper::Error::is_canceled);
    let closed = causes.hyper.is_some_and(|e| e.is_closed() || e.is_incomplete_message())
        || matches!(
            causes.io,
            Some(
                io::ErrorKind::ConnectionReset
                    | io::ErrorKind::ConnectionAborted
                    | io::ErrorKind::BrokenPipe
                    | io::ErrorKind::UnexpectedEof
                    | io::ErrorKind::NotConnected
            )
        );
    if canceled || closed || causes.tls.is_some() {
        return OutboundError::Reset { host, sent: !canceled, source: error.into() };
    }
    let what = if causes.hyper.is_some_and(hyper::Error::is_parse) {
        format!("{host} answered with something that is not HTTP. Check the port, and whether the URL should begin with https://.")
    } else if reading_body {
        format!("The answer of {host} broke off or is damaged.")
    } else {
        format!("The request to {host} failed in transit.")
    };
    OutboundError::Other { what, sent: true, source: Some(error.into()) }
}

fn collect<'a>(error: &'a (dyn StdError + 'static), causes: &mut Causes<'a>) {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(dns) = error.downcast_ref::<DnsFailure>() {
            causes.dns = Some(dns);
        }
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            causes.tls = Some(tls);
        }
        if let Some(hyper) = error.downcast_ref::<hyper::Error>() {
            causes.hyper = Some(hyper);
        }
        next = error.source();
        if let Some(io) = error.downcast_ref::<io::Error>() {
            causes.io = Some(io.kind());
            // `source()` of an io::Error skips the error it wraps.
            next = match io.get_ref() {
                Some(inner) => Some(inner),
                None => next,
            };
        }
    }
}
