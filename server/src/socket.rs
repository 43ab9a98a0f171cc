//! The local socket `<data-dir>/towpath.sock`: the command line's entrance to a running server, JSON over HTTP.
//!
//! Only this server's own user and root may speak to it: the file's mode keeps others out, and the kernel's word about the peer is
//! checked again. Its shapes belong to the command line of the same binary and are no interface for others.

pub mod client;

use crate::ports::refuse;
use anyhow::{Context, Result};
use app::backend::{Channels, People, PreviewPart};
use app::error::AppError;
use app::views::people::{ExplainFound, VerifyFound};
use app::views::preview::PreviewPage;
use app::views::{ChannelPage, ChannelRow};
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, FromRequestParts, Path as UrlPath, Query, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::IncomingStream;
use axum::{Json, Router};
use domain::actor::Actor;
use domain::id::ChannelId;
use domain::secret::Secret;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use service::Service;
use service::doctor::Examined;
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::{UnixListener, UnixStream};

/// Where a data directory's socket is.
pub fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("towpath.sock")
}

/// Takes the socket. The data directory's lock is held, so one that is there was left behind by a process that is gone.
pub fn listen(data_dir: &Path) -> Result<UnixListener> {
    let path = path(data_dir);
    remove(data_dir);
    let listener = UnixListener::bind(&path).with_context(|| {
        format!("the socket {} cannot be made: its path may be longer than the 107 bytes that sockets allow", path.display())
    })?;
    std::fs::set_permissions(&path, Permissions::from_mode(0o600)).with_context(|| format!("{} cannot be protected", path.display()))?;
    Ok(listener)
}

/// Removes the socket's file.
pub fn remove(data_dir: &Path) {
    match std::fs::remove_file(path(data_dir)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => tracing::warn!(%error, "the old socket cannot be removed"),
        _ => {}
    }
}

/// The kernel's word about who is at the other end; `None` where it gave none.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    uid: Option<u32>,
}

impl Connected<IncomingStream<'_, UnixListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Self {
        Self { uid: stream.io().peer_cred().ok().map(|cred| cred.uid()) }
    }
}

/// The user this process runs as: what the kernel says about the other end of a connection to ourselves.
fn own_uid() -> io::Result<u32> {
    let (ours, _other) = UnixStream::pair()?;
    Ok(ours.peer_cred()?.uid())
}

#[derive(Clone)]
struct Local {
    service: Service,
    channels: Arc<dyn Channels>,
    people: Arc<dyn People>,
}

/// The answers of the socket.
pub fn router(service: Service, channels: Arc<dyn Channels>, people: Arc<dyn People>) -> Router {
    let state = Local { service, channels, people };
    Router::new()
        .route("/channels", get(list))
        .route("/channels/{which}", get(show))
        .route("/channels/{which}/preview", get(preview))
        .route("/channels/{which}/explain", get(explain))
        .route("/channels/{which}/verify", post(verify))
        .route("/channels/{which}/{verb}", post(tell))
        .route("/doctor", get(examine))
        .route("/admin/create", post(create_admin))
        .route("/admin/reset-password", post(reset_password))
        .layer(from_fn(only_ours))
        .with_state(state)
}

/// Refuses users other than our own and root, and puts the [`Actor`] into the request.
async fn only_ours(ConnectInfo(peer): ConnectInfo<Peer>, mut request: Request, next: Next) -> Response {
    match (peer.uid, own_uid()) {
        (Some(uid), Ok(own)) if uid == own || uid == 0 => {
            request.extensions_mut().insert(Actor::Local { uid });
            next.run(request).await
        }
        _ => Refusal(AppError::Forbidden).into_response(),
    }
}

/// The actor that [`only_ours`] put there.
struct Caller(Actor);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        parts.extensions.get::<Actor>().cloned().map(Self).ok_or(Refusal(AppError::Forbidden))
    }
}

/// An error as the client reads it: its sentence.
struct Refusal(AppError);

impl From<AppError> for Refusal {
    fn from(error: AppError) -> Self {
        Self(error)
    }
}

/// The body of a refusal.
#[derive(Serialize, Deserialize)]
pub(crate) struct Sentence {
    pub(crate) error: String,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = match &self.0 {
            AppError::NotFound => StatusCode::NOT_FOUND,
            AppError::Forbidden | AppError::SignIn => StatusCode::FORBIDDEN,
            AppError::Internal { .. } | AppError::Unavailable | AppError::Transport(_) => StatusCode::INTERNAL_SERVER_ERROR,
            AppError::Invalid(_)
            | AppError::Closed { .. }
            | AppError::Conflict { .. }
            | AppError::Refused { .. }
            | AppError::InUse { .. } => StatusCode::CONFLICT,
        };
        let error = match &self.0 {
            AppError::Invalid(problems) => problems.0.iter().map(|p| p.message.as_str()).collect::<Vec<_>>().join(" "),
            AppError::Forbidden => "Only the user that runs the server, and root, may use its socket.".to_owned(),
            other => other.to_string(),
        };
        (status, Json(Sentence { error })).into_response()
    }
}

type Answer<T> = Result<Json<T>, Refusal>;

impl Local {
    /// A channel by id, or by name where only one has it.
    async fn find(&self, actor: &Actor, which: &str) -> Result<ChannelId, AppError> {
        let rows = self.channels.list(actor).await?;
        if let Some(row) = rows.iter().find(|row| row.id.as_str() == which) {
            return Ok(row.id.clone());
        }
        let named: Vec<_> = rows.iter().filter(|row| row.name.eq_ignore_ascii_case(which)).collect();
        let refused = |why: String| AppError::Refused { why };
        match named.as_slice() {
            [one] => Ok(one.id.clone()),
            [] => Err(refused(format!("There is no channel ‘{which}’. ‘towpath channel list’ shows all."))),
            several => {
                let ids: Vec<_> = several.iter().map(|row| format!("{} ({})", row.id, row.connection_name)).collect();
                Err(refused(format!("Several channels are named ‘{which}’; name one by its id: {}.", ids.join(", "))))
            }
        }
    }
}

async fn list(State(local): State<Local>, Caller(actor): Caller) -> Answer<Vec<ChannelRow>> {
    Ok(Json(local.channels.list(&actor).await?))
}

async fn show(State(local): State<Local>, Caller(actor): Caller, UrlPath(which): UrlPath<String>) -> Answer<ChannelPage> {
    let id = local.find(&actor, &which).await?;
    Ok(Json(local.channels.show(&actor, &id).await?))
}

async fn preview(State(local): State<Local>, Caller(actor): Caller, UrlPath(which): UrlPath<String>) -> Answer<PreviewPage> {
    let id = local.find(&actor, &which).await?;
    Ok(Json(local.channels.preview(&actor, &id, &PreviewPart::All).await?))
}

/// Whom to explain.
#[derive(Deserialize)]
struct Named {
    name: String,
}

async fn explain(
    State(local): State<Local>,
    Caller(actor): Caller,
    UrlPath(which): UrlPath<String>,
    Query(named): Query<Named>,
) -> Answer<ExplainFound> {
    let id = local.find(&actor, &which).await?;
    Ok(Json(local.people.explain_name(&actor, &id, &named.name).await?))
}

/// What to do with differences.
#[derive(Serialize, Deserialize)]
pub(crate) struct Verify {
    pub(crate) repair: bool,
}

async fn verify(
    State(local): State<Local>,
    Caller(actor): Caller,
    UrlPath(which): UrlPath<String>,
    Json(asked): Json<Verify>,
) -> Answer<VerifyFound> {
    let id = local.find(&actor, &which).await?;
    Ok(Json(local.people.verify_now(&actor, &id, asked.repair).await?))
}

async fn tell(State(local): State<Local>, Caller(actor): Caller, UrlPath((which, verb)): UrlPath<(String, String)>) -> Answer<Value> {
    let id = local.find(&actor, &which).await?;
    let channels = &local.channels;
    match verb.as_str() {
        "run" => channels.run(&actor, &id, false).await?,
        "run-full" => channels.run(&actor, &id, true).await?,
        "pause" => channels.pause(&actor, &id).await?,
        "resume" => channels.resume(&actor, &id).await?,
        "reset" => channels.reset(&actor, &id).await?,
        "approve" => channels.approve(&actor, &id).await?,
        "reject" => channels.reject(&actor, &id).await?,
        _ => return Err(Refusal(AppError::NotFound)),
    }
    Ok(Json(json!({ "channel": id })))
}

async fn examine(State(local): State<Local>, Caller(actor): Caller) -> Answer<Vec<Examined>> {
    Ok(Json(local.service.examine(&actor).await.map_err(refuse)?))
}

/// Which account.
#[derive(Serialize, Deserialize)]
pub(crate) struct AdminName {
    pub(crate) username: String,
}

/// A one-time password, for the one who asked.
fn told(password: &Secret) -> Json<Value> {
    Json(json!({ "password": password.expose() }))
}

async fn create_admin(State(local): State<Local>, Caller(actor): Caller, Json(admin): Json<AdminName>) -> Answer<Value> {
    let password = local.service.create_admin(&admin.username).await.map_err(refuse)?;
    tracing::info!(target: crate::telemetry::ADMIN, actor = %actor, kind = "account", object = admin.username, "created");
    Ok(told(&password))
}

async fn reset_password(State(local): State<Local>, Caller(actor): Caller, Json(admin): Json<AdminName>) -> Answer<Value> {
    let password = local.service.reset_password(&admin.username).await.map_err(refuse)?;
    tracing::info!(target: crate::telemetry::ADMIN, actor = %actor, kind = "account", object = admin.username, "password reset");
    Ok(told(&password))
}
