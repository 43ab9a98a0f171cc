//! The client: one request in, one whole answer or one classified error out.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use url::Url;

use crate::classify::classify;
use crate::resolve::SystemResolver;
use crate::settings::{authority, redacted};
use crate::verify::client_config;
use crate::{OutboundError, Phase, Settings, SettingsError};

/// Sent with every request: AWS IAM Identity Center refuses a PATCH without one.
pub const USER_AGENT: &str = concat!("Towpath/", env!("CARGO_PKG_VERSION"));

/// Idle connections are dropped sooner than most servers drop them, so that a POST rarely meets a closed one.
const POOL_IDLE: Duration = Duration::from_secs(15);

/// One request.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// Headers beside those the client sets (`user-agent`, `host`, `content-length`).
    pub headers: HeaderMap,
    /// The body, if any.
    pub body: Option<Bytes>,
    /// Time for the whole request instead of the client's.
    pub time_out: Option<Duration>,
}

impl Request {
    /// A request without headers and body. `Url` error if the text is no URL.
    pub fn new(method: Method, url: &str) -> Result<Self, OutboundError> {
        let url = Url::parse(url).map_err(|error| OutboundError::Url {
            // The text is not repeated: it may hold a password.
            reason: format!("The URL cannot be read ({error}). It must look like https://host/path."),
        })?;
        Ok(Self::to(method, url))
    }

    /// A request without headers and body.
    pub fn to(method: Method, url: Url) -> Self {
        Self { method, url, headers: HeaderMap::new(), body: None, time_out: None }
    }

    /// Adds a header that may be shown in logs.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Adds a header whose value is never printed, such as `authorization`.
    pub fn secret_header(self, name: HeaderName, mut value: HeaderValue) -> Self {
        value.set_sensitive(true);
        self.header(name, value)
    }

    /// Sets the body and its type.
    pub fn with_body(mut self, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        self.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.body = Some(body.into());
        self
    }
}

// By hand: bodies hold people's data or an OAuth client secret, queries hold names.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("url", &redacted(&self.url))
            .field("headers", &Headers(&self.headers))
            .field("body_bytes", &self.body.as_ref().map(Bytes::len))
            .finish()
    }
}

/// A whole answer, whatever its status; only redirects are errors.
#[derive(Clone)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, at most `max_response_bytes`.
    pub body: Bytes,
    /// From the call to the last byte.
    pub elapsed: Duration,
}

impl Response {
    /// A header as text, if it is there and is text.
    pub fn header_text(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &Headers(&self.headers))
            .field("body_bytes", &self.body.len())
            .field("elapsed", &self.elapsed)
            .finish()
    }
}

struct Headers<'a>(&'a HeaderMap);

impl fmt::Debug for Headers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.iter().map(|(name, value)| {
            let secret = value.is_sensitive()
                || [header::AUTHORIZATION, header::PROXY_AUTHORIZATION, header::COOKIE, header::SET_COOKIE].contains(name);
            (name.as_str(), if secret { "(secret)" } else { value.to_str().unwrap_or("(binary)") })
        });
        f.debug_map().entries(shown).finish()
    }
}

/// The HTTP client. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    pub(crate) inner: reqwest::Client,
    pub(crate) settings: Arc<Settings>,
    pub(crate) tls: Arc<rustls::ClientConfig>,
}

impl Client {
    /// Builds a client. Reads the platform's CAs, so make one per connection, not one per request.
    pub fn new(mut settings: Settings) -> Result<Self, SettingsError> {
        settings.connect_timeout = settings.connect_timeout.min(settings.total_timeout.mul_f32(0.9));
        let tls = client_config(settings.certificates()?).map_err(|source| SettingsError::Build { source: source.into() })?;
        let mut inner_tls = tls.clone();
        inner_tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];

        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(inner_tls)
            .dns_resolver(SystemResolver)
            .user_agent(USER_AGENT)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .connect_timeout(settings.connect_timeout)
            .pool_idle_timeout(POOL_IDLE)
            .tcp_keepalive(Duration::from_secs(30));
        if let Some(url) = &settings.proxy {
            let proxy = reqwest::Proxy::all(url.clone()).map_err(|_| SettingsError::Proxy { url: redacted(url) })?;
            builder = builder.proxy(proxy);
        }
        let inner = builder.build().map_err(|source| SettingsError::Build { source: source.into() })?;
        Ok(Self { inner, settings: Arc::new(settings), tls: Arc::new(tls) })
    }

    /// Sends one request and reads the whole answer.
    ///
    /// A request the server cannot have seen, or an idempotent one (RFC 9110 9.2.2) whose connection was closed without an answer,
    /// is sent once more on a new connection: servers without keep-alive close between requests. Anything else is the caller's.
    pub async fn send(&self, request: Request) -> Result<Response, OutboundError> {
        self.settings.check(&request.url)?;
        let started = Instant::now();
        let answer = match self.attempt(&request, started).await {
            Err(OutboundError::Reset { sent, .. }) if !sent || request.method.is_idempotent() => self.attempt(&request, started).await,
            answer => answer,
        };
        let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        match &answer {
            Ok(response) => {
                tracing::trace!(method = %request.method, url = %redacted(&request.url), status = response.status.as_u16(), elapsed_ms, "http");
            }
            Err(error) => {
                tracing::debug!(method = %request.method, url = %redacted(&request.url), %error, sent = error.sent(), elapsed_ms, "http");
            }
        }
        answer
    }

    async fn attempt(&self, request: &Request, started: Instant) -> Result<Response, OutboundError> {
        let host = authority(&request.url);
        let total = request.time_out.unwrap_or(self.settings.total_timeout);
        let deadline = tokio::time::Instant::from_std(started + total);
        // The connection phase has a shorter time-out of its own, so when this one strikes the request is on its way; or may be, where
        // the request's own time is shorter still.
        let late = |phase| OutboundError::TimeOut { host: host.clone(), phase, after: total, sent: true };
        let failed = |error, in_body| classify(error, host.clone(), self.settings.connect_timeout, in_body);

        let mut outgoing = reqwest::Request::new(request.method.clone(), request.url.clone());
        *outgoing.headers_mut() = request.headers.clone();
        if let Some(body) = &request.body {
            *outgoing.body_mut() = Some(body.clone().into());
        }
        let mut incoming = match tokio::time::timeout_at(deadline, self.inner.execute(outgoing)).await {
            Err(_) => return Err(late(Phase::Answer)),
            Ok(Err(error)) => return Err(failed(error, false)),
            Ok(Ok(incoming)) => incoming,
        };
        let status = incoming.status();
        if let Some(location) = redirect_target(status, incoming.headers(), &request.url) {
            return Err(OutboundError::Redirect { host, status: status.as_u16(), to: location });
        }
        let limit = self.settings.max_response_bytes;
        if incoming.content_length().is_some_and(|length| length > limit as u64) {
            return Err(OutboundError::TooLarge { host, limit });
        }
        let mut body = BytesMut::new();
        loop {
            match tokio::time::timeout_at(deadline, incoming.chunk()).await {
                Err(_) => return Err(late(Phase::Body)),
                Ok(Err(error)) => return Err(failed(error, true)),
                Ok(Ok(None)) => break,
                Ok(Ok(Some(chunk))) if body.len() + chunk.len() > limit => {
                    return Err(OutboundError::TooLarge { host, limit });
                }
                Ok(Ok(Some(chunk))) => body.extend_from_slice(&chunk),
            }
        }
        Ok(Response { status, headers: std::mem::take(incoming.headers_mut()), body: body.freeze(), elapsed: started.elapsed() })
    }
}

/// Where a redirect points; `None` when the answer is not a redirect.
fn redirect_target(status: StatusCode, headers: &HeaderMap, from: &Url) -> Option<String> {
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
    Some(match location.map(|text| from.join(text)) {
        Some(Ok(url)) => redacted(&url),
        Some(Err(_)) => "an address that cannot be read".to_owned(),
        None => "an unnamed address".to_owned(),
    })
}
