//! E-mail, by submission to a mail server (RFC 6409) or a relay.

use crate::{Message, NotifyError};
use domain::model::notifications::{Email, Event, MailSecurity};
use domain::secret::Secret;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use std::time::Duration;

/// Time to connect, and time for everything.
const CONNECTS: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends a message to everybody who is told, each seeing the others.
pub async fn send(settings: &Email, password: Option<&Secret>, message: &Message) -> Result<(), NotifyError> {
    let letter = letter(settings, message)?;
    let server = format!("{}:{}", settings.host, settings.port());
    let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host.as_str())
        .port(settings.port())
        .timeout(Some(CONNECTS))
        .tls(tls(settings)?);
    if let Some(password) = password.filter(|_| !settings.username.is_empty()) {
        transport = transport.credentials(Credentials::new(settings.username.clone(), password.expose().to_owned()));
    }
    // The library's own time-out ends with the connection; a server that goes silent later would be waited for without end.
    match tokio::time::timeout(PATIENCE, transport.build::<Tokio1Executor>().send(letter)).await {
        Ok(Ok(_)) => Ok(()),
        Err(_) => Err(NotifyError::Settings(silent(&server))),
        Ok(Err(source)) => Err(NotifyError::Mail { sentence: sentence(&source, &server), source }),
    }
}

fn letter(settings: &Email, message: &Message) -> Result<lettre::Message, NotifyError> {
    let address = |text: &str| {
        let address = text.parse().map_err(|_| NotifyError::Settings(format!("‘{text}’ is not an e-mail address.")))?;
        Ok(Mailbox::new(None, address))
    };
    let domain = settings.from.rsplit('@').next().unwrap_or("localhost");
    let mut builder = lettre::Message::builder()
        .from(address(&settings.from)?)
        .subject(format!("[Towpath] {}", message.title))
        .message_id(Some(format!("<{}@{domain}>", message.id)))
        .date_now();
    builder = header(builder, "Auto-Submitted", "auto-generated");
    builder = header(builder, "X-Towpath-Event", message.event.id());
    for to in &settings.to {
        builder = builder.to(address(to)?);
    }
    builder
        .header(ContentType::TEXT_PLAIN)
        .body(body(message))
        .map_err(|error| NotifyError::Settings(format!("The message cannot be written: {error}.")))
}

/// A header that mail programs look at or filter by.
fn header(builder: MessageBuilder, name: &'static str, value: &str) -> MessageBuilder {
    builder.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned()))
}

fn body(message: &Message) -> String {
    let at = jiff::Timestamp::from_millisecond(message.at).unwrap_or_default().strftime("%Y-%m-%d %H:%M UTC");
    let why = if message.event == Event::Test {
        "Somebody sends this from the Notifications page to see whether it arrives."
    } else {
        "You get this because Notifications of this server name your address."
    };
    format!("{}\n\n{}\n\n{}\n\n-- \nTowpath at {}, {at}. {why}\n", message.title, message.text, message.url, message.server)
}

fn tls(settings: &Email) -> Result<Tls, NotifyError> {
    if settings.security == MailSecurity::None {
        return Ok(Tls::None);
    }
    let unusable = |error: lettre::transport::smtp::Error| {
        NotifyError::Settings(format!("The connection to the mail server cannot be protected: {error}."))
    };
    let mut parameters = TlsParameters::builder(settings.host.clone());
    if !settings.trusted_ca.trim().is_empty() {
        let certificate = Certificate::from_pem(settings.trusted_ca.as_bytes())
            .map_err(|_| NotifyError::Settings("The Trusted CA is not a PEM certificate.".to_owned()))?;
        parameters = parameters.add_root_certificate(certificate);
    }
    let parameters = parameters.build_rustls().map_err(unusable)?;
    // Never without: a server that does not offer StartTLS, or somebody between who hides it, is refused.
    Ok(if settings.security == MailSecurity::Tls { Tls::Wrapper(parameters) } else { Tls::Required(parameters) })
}

fn silent(server: &str) -> String {
    format!("The mail server {server} does not answer in time. Check Mail Server, Port and Connection Security.")
}

/// What happened, and what to do.
fn sentence(error: &lettre::transport::smtp::Error, server: &str) -> String {
    let cause = std::iter::successors(std::error::Error::source(error), |cause| cause.source()).last();
    let said = cause.map_or_else(|| error.to_string(), ToString::to_string);
    let said = said.trim().trim_end_matches('.');
    if error.is_timeout() {
        return silent(server);
    }
    // A handshake that fails comes as an error of the connection; the TLS library's own words tell it.
    if error.is_tls() || said.contains("certificate") {
        return format!(
            "The connection to {server} cannot be protected: {said}. Check the certificate, Trusted CA and Connection Security."
        );
    }
    if let Some(status) = error.status() {
        let what = match u16::from(status) {
            530 | 534 | 535 | 538 => "refused to let us sign on. Check Username and Password",
            550..=554 => "refused sender, recipient or message. Check From and To",
            421 | 450..=452 => "is busy and asks to come later",
            _ => "refused the message",
        };
        return format!("The mail server {server} {what}: {status} {said}.");
    }
    format!("The mail server {server} cannot be used: {said}. Check Mail Server, Port and Connection Security.")
}
