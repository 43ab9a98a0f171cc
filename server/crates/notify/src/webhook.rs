//! Webhooks: a POST of JSON, signed as the Standard Webhooks specification says (`webhook-id`, `webhook-timestamp`,
//! `webhook-signature: v1,` and the HMAC-SHA256 of all three in base64), so that libraries of many languages can verify it.

use crate::{Message, NotifyError};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::model::notifications::Webhook;
use domain::secret::Secret;
use outbound::{Client, HeaderName, HeaderValue, Method, Request, Settings};
use serde_json::json;
use std::time::Duration;

/// Bytes of a secret that cannot be guessed, as the specification has it.
pub const SHORTEST_SECRET: usize = 24;
/// Time for the whole call.
const PATIENCE: Duration = Duration::from_secs(20);
/// Of an answer so much is read, and of a refusal so much is shown.
const LONGEST_ANSWER: usize = 64 * 1024;
const SHOWN: usize = 200;

/// Calls a service with a message; `now` is unix ms.
pub async fn call(settings: &Webhook, secret: &Secret, message: &Message, now: i64) -> Result<(), NotifyError> {
    let client = Client::new(Settings {
        trusted_pem: Some(settings.trusted_ca.clone()).filter(|pem| !pem.trim().is_empty()).into_iter().collect(),
        total_timeout: PATIENCE,
        max_response_bytes: LONGEST_ANSWER,
        ..Settings::default()
    })
    .map_err(|error| NotifyError::Settings(error.to_string()))?;
    let body = body(message);
    let seconds = (now / 1000).to_string();
    let signature = sign(secret, &message.id, &seconds, &body)?;
    let mut request = Request::new(Method::POST, &settings.url).map_err(NotifyError::Call)?;
    for (name, value) in [("webhook-id", message.id.as_str()), ("webhook-timestamp", &seconds), ("webhook-signature", &signature)] {
        let value = HeaderValue::from_str(value).map_err(|_| NotifyError::Settings(format!("{name} cannot be sent.")))?;
        request = request.header(HeaderName::from_static(name), value);
    }
    let answer = client.send(request.with_body("application/json", body)).await.map_err(NotifyError::Call)?;
    if answer.status.is_success() {
        return Ok(());
    }
    let said: String = String::from_utf8_lossy(&answer.body).chars().filter(|c| !c.is_control()).take(SHOWN).collect();
    let said = if said.trim().is_empty() { ".".to_owned() } else { format!(": {}", said.trim()) };
    Err(NotifyError::Refused { status: answer.status.as_u16(), said })
}

fn body(message: &Message) -> String {
    let at = jiff::Timestamp::from_millisecond(message.at).unwrap_or_default();
    let data = json!({
        "subject": message.key,
        "title": message.title,
        "text": message.text,
        "url": message.url,
        "server": message.server,
    });
    json!({ "type": message.event.id(), "timestamp": at.to_string(), "data": data }).to_string()
}

/// The key is the secret as typed; `whsec_` and base64 is the specification's own way to write one down.
fn sign(secret: &Secret, id: &str, seconds: &str, body: &str) -> Result<String, NotifyError> {
    let key = match secret.expose().strip_prefix("whsec_") {
        Some(encoded) => STANDARD.decode(encoded).map_err(|_| {
            NotifyError::Settings("The Signing Secret begins with whsec_, but base64 does not follow. Enter it again.".to_owned())
        })?,
        None => secret.expose().as_bytes().to_vec(),
    };
    if key.len() < SHORTEST_SECRET {
        return Err(NotifyError::Settings(format!(
            "The Signing Secret is shorter than {SHORTEST_SECRET} characters and could be guessed. Enter a longer one."
        )));
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let tag = hmac::sign(&key, format!("{id}.{seconds}.{body}").as_bytes());
    Ok(format!("v1,{}", STANDARD.encode(tag.as_ref())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification.
    #[test]
    fn a_signature_is_the_specification_s() {
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let signature = sign(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", r#"{"test": 2432232314}"#).unwrap();
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_that_can_be_guessed_signs_nothing() {
        for secret in ["", "short", "whsec_c2hvcnQ=", "whsec_not base64 not base64 not base64"] {
            assert!(sign(&Secret::new(secret), "1", "2", "{}").is_err(), "{secret}");
        }
    }
}
