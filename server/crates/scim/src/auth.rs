//! Who Towpath is to the target: the `Authorization` header, and the token behind it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::model::connector::{self, Connector};
use domain::secret::Secret;
use outbound::{HeaderValue, Method, Request, Response, Url, header};
use serde_json::Value;
use tokio::sync::Mutex;
use url::form_urlencoded::byte_serialize;

use crate::ScimError;
use crate::wire;

/// How calls are authenticated.
#[derive(Debug, Clone)]
pub enum Auth {
    /// Not at all.
    None,
    /// `Authorization: Bearer`.
    Bearer(Secret),
    /// `Authorization: Basic`.
    Basic {
        /// User name.
        username: String,
        /// Password.
        password: Secret,
    },
    /// OAuth 2 client credentials (RFC 6749 section 4.4).
    ClientCredentials {
        /// Where tokens are given out.
        token_url: String,
        /// Client id.
        client_id: String,
        /// Client secret.
        client_secret: Secret,
        /// Scopes, separated by commas or blanks; empty asks for none.
        scope: String,
    },
}

impl Auth {
    /// Reads the Target fields the way the Connector's `[auth]` says.
    pub fn from_target(
        connector: &Connector,
        settings: &BTreeMap<String, String>,
        secrets: &BTreeMap<String, Secret>,
    ) -> Result<Self, ScimError> {
        let label = |name: &str| connector.target.iter().find(|f| f.name == name).map_or_else(|| name.to_owned(), |f| f.label.clone());
        let missing = |name: &str| ScimError::config(format!("{} is not set. Enter it on the Target tab.", label(name)));
        let secret = |name: &str| secrets.get(name).filter(|s| !s.is_empty()).cloned().ok_or_else(|| missing(name));
        let setting = |name: &str| settings.get(name).filter(|s| !s.trim().is_empty()).cloned().ok_or_else(|| missing(name));
        match &connector.auth {
            connector::Auth::Bearer { token } => Ok(Self::Bearer(secret(token)?)),
            connector::Auth::Choice => match setting("auth_method")?.as_str() {
                "none" => Ok(Self::None),
                "basic" => Ok(Self::Basic { username: setting("username")?, password: secret("password")? }),
                "bearer" => Ok(Self::Bearer(secret("access_token")?)),
                "client_credentials" => Ok(Self::ClientCredentials {
                    token_url: setting("token_url")?,
                    client_id: setting("client_id")?,
                    client_secret: secret("client_secret")?,
                    scope: settings.get("scope").cloned().unwrap_or_default(),
                }),
                other => Err(ScimError::config(format!("{} “{other}” is not known.", label("auth_method")))),
            },
        }
    }
}

/// Makes headers, and keeps the current token.
pub(crate) struct Authenticator {
    auth: Auth,
    token: Mutex<Option<Token>>,
}

struct Token {
    header: HeaderValue,
    until: Option<Instant>,
}

impl Authenticator {
    pub(crate) fn new(auth: Auth) -> Result<Self, ScimError> {
        match &auth {
            Auth::Bearer(token) => {
                bearer(token.expose())?;
            }
            Auth::ClientCredentials { token_url, .. } => {
                Url::parse(token_url.trim()).map_err(|_| ScimError::config("The Token Request Endpoint is not a URL."))?;
            }
            Auth::None | Auth::Basic { .. } => {}
        }
        Ok(Self { auth, token: Mutex::new(None) })
    }

    /// Whether a 401 may be cured by asking for another token.
    pub(crate) fn is_renewable(&self) -> bool {
        matches!(self.auth, Auth::ClientCredentials { .. })
    }

    /// Forgets the token that was refused, unless another call has replaced it already.
    pub(crate) async fn forget(&self, refused: Option<&HeaderValue>) {
        let mut token = self.token.lock().await;
        if token.as_ref().map(|t| &t.header) == refused {
            *token = None;
        }
    }

    /// The header for the next call.
    pub(crate) async fn header(&self, http: &outbound::Client) -> Result<Option<HeaderValue>, ScimError> {
        match &self.auth {
            Auth::None => Ok(None),
            Auth::Bearer(token) => bearer(token.expose()).map(Some),
            Auth::Basic { username, password } => basic(username, password.expose()).map(Some),
            Auth::ClientCredentials { token_url, client_id, client_secret, scope } => {
                // Held while asking, so that many calls at once ask once.
                let mut kept = self.token.lock().await;
                if let Some(token) = kept.as_ref().filter(|t| t.until.is_none_or(|until| Instant::now() < until)) {
                    return Ok(Some(token.header.clone()));
                }
                let token = fetch(http, token_url, client_id, client_secret, scope).await?;
                Ok(Some(kept.insert(token).header.clone()))
            }
        }
    }
}

fn bearer(token: &str) -> Result<HeaderValue, ScimError> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.trim()))
        .map_err(|_| ScimError::config("The access token has characters that no token has. Copy it again, without line breaks."))?;
    value.set_sensitive(true);
    Ok(value)
}

fn basic(username: &str, password: &str) -> Result<HeaderValue, ScimError> {
    let mut value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(format!("{username}:{password}"))))
        .map_err(|_| ScimError::config("The user name or password cannot be sent."))?;
    value.set_sensitive(true);
    Ok(value)
}

async fn fetch(http: &outbound::Client, url: &str, id: &str, secret: &Secret, scope: &str) -> Result<Token, ScimError> {
    let scope = scope.split([',', ' ']).filter(|s| !s.is_empty()).collect::<Vec<_>>().join(" ");
    // RFC 6749 section 2.3.1 prefers the header; many services only take the body.
    let mut answer = ask(http, url, id, secret, &scope, true).await?;
    if matches!(answer.status.as_u16(), 400 | 401) {
        answer = ask(http, url, id, secret, &scope, false).await?;
    }
    let refused = |detail: &str| ScimError::Token { status: answer.status.as_u16(), detail: detail.to_owned() };
    if !answer.status.is_success() {
        return Err(refused(&wire::error_detail(&answer.body)));
    }
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let token = body.get("access_token").and_then(Value::as_str).ok_or_else(|| refused("The answer holds no access_token."))?;
    let seconds = match body.get("expires_in") {
        Some(Value::Number(n)) => n.as_u64(),
        Some(Value::String(s)) => s.parse().ok(),
        _ => None,
    };
    // Renewed a little early, so that a token does not run out on its way.
    let until =
        seconds.map(|s| Instant::now() + Duration::from_secs(s.min(30 * 86_400)).saturating_sub(Duration::from_secs(s.min(60) / 2)));
    Ok(Token { header: bearer(token)?, until })
}

async fn ask(http: &outbound::Client, url: &str, id: &str, secret: &Secret, scope: &str, in_header: bool) -> Result<Response, ScimError> {
    let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let mut form = "grant_type=client_credentials".to_owned();
    if !scope.is_empty() {
        form.push_str(&format!("&scope={}", encode(scope)));
    }
    if !in_header {
        form.push_str(&format!("&client_id={}&client_secret={}", encode(id), encode(secret.expose())));
    }
    let mut request = Request::new(Method::POST, url.trim())
        .map_err(ScimError::Unreachable)?
        .header(header::ACCEPT, HeaderValue::from_static("application/json"))
        .with_body("application/x-www-form-urlencoded", form);
    if in_header {
        request = request.secret_header(header::AUTHORIZATION, basic(&encode(id), &encode(secret.expose()))?);
    }
    http.send(request).await.map_err(ScimError::Unreachable)
}
