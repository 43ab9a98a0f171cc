//! The browser's entrance: the routes, the layers around them, and what is answered when something cannot be done.
//!
//! Handlers stay thin: who acts, one call of a port or of the service, an answer. A form is answered 303, so that Back and reload
//! never post twice.

mod answer;
mod events;
mod forms;
mod health;
mod held;
mod help;
mod idp;
mod layers;
mod metrics;
mod people;
mod sandbox;
mod security;
mod settings;
mod sign_in;
mod wizard;

pub use answer::broken;
pub use idp::Pace;

use crate::auth::session::Sessions;
use crate::{assets, auth};
use app::App;
use app::backend::Backend;
use app::shell::{Assets, shell};
use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use domain::secret::Secret;
use leptos::config::LeptosOptions;
use leptos::prelude::provide_context;
use leptos_axum::{LeptosRoutes, generate_route_list};
use service::{Clock, Service};
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use tower_sessions::SessionManagerLayer;

/// A form with a few PEM certificates in it is far below this.
const LONGEST_BODY: usize = 1024 * 1024;
/// What a wizard's form may bring: a file that is read, a metadata file at most, besides its fields.
const LONGEST_UPLOAD: usize = 3 * 1024 * 1024;
/// A preview or a test of a slow directory may take its time-outs; beyond this nobody waits any more.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the handlers share.
#[derive(Clone)]
pub struct AppState {
    /// The use cases.
    pub service: Service,
    /// The ports of the console.
    pub backend: Backend,
    /// For readiness.
    pub store: Store,
    /// Now.
    pub clock: Clock,
    /// Changes whenever a channel's status, progress or state did.
    pub events: watch::Receiver<u64>,
    /// The server is being stopped.
    pub stop: CancellationToken,
    /// Browsers come through a proxy (`public_url` is set), whose word about their address counts when it is on this machine.
    pub behind_proxy: bool,
    /// Cycles run on this server.
    pub provisions: bool,
    /// What a monitoring system elsewhere brings to see the figures.
    pub metrics_token: Option<Secret>,
    /// Browsers come by https.
    pub https: bool,
    /// How often strangers ask.
    pub pace: Arc<Pace>,
    /// Leptos wants them; nothing here reads them.
    pub leptos: LeptosOptions,
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}

/// Every route with its layers. Of the layers, the last one added is the first to see a request.
pub fn router(state: AppState, sessions: SessionManagerLayer<Sessions>) -> Router {
    let backend = state.backend.clone();
    let site = site();
    let console = Router::new()
        .route("/sign-in", post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/password", post(sign_in::change_password))
        .route("/data-stores/new", post(forms::new_data_store))
        .route("/data-stores/{id}/edit", post(forms::edit_data_store))
        .route("/pcvs/new", post(forms::new_pcv))
        .route("/pcvs/{id}/edit", post(forms::edit_pcv))
        .route("/idp-adapters/new", post(forms::new_idp_adapter))
        .route("/idp-adapters/{id}/edit", post(forms::edit_idp_adapter))
        .route("/sp-connections/new", post(forms::new_connection))
        .route("/sp-connections/{id}/edit", post(forms::edit_connection))
        .route("/sp-connections/copy", post(forms::copy_connection))
        .route("/sp-connections/import", post(forms::import_connection))
        .route("/sp-connections/{id}/update", post(forms::update_connection))
        .route("/sp-connections/{id}/export.json", get(forms::export_connection))
        .route("/sp-connections/{id}/metadata.xml", get(forms::connection_metadata))
        .route("/connectors/upload", post(forms::upload_connector))
        .route("/connectors/move", post(forms::move_connection))
        .route("/drafts/{id}/resume", post(forms::resume_draft))
        .route("/drafts/{id}/changes", post(wizard::merge))
        .route("/people/{*path}", post(people::post))
        .route("/sandbox/files/{name}", get(sandbox::file))
        .route("/sandbox/{*path}", post(sandbox::post))
        .route("/drafts/{id}/files/{file}", get(settings::draft_file))
        .route("/signing-keys/new", post(security::new_key))
        .route("/signing-keys/import", post(security::import_key))
        .route("/signing-keys/{id}/{file}", get(security::key_file))
        .route("/trusted-cas/import", post(security::import_cas))
        .route("/trusted-cas/{id}/certificate.pem", get(security::ca_file))
        .route("/protocol-settings/edit", post(settings::edit_protocol))
        .route("/notifications/edit", post(settings::edit_notifications))
        .route("/metadata-export/edit", post(settings::edit_metadata))
        .route(app::routes::HELP_FOR, get(help::of_page))
        .route(app::routes::CHANNEL_EVENTS, get(events::channels))
        .route(app::routes::LOG_EVENTS, get(events::log))
        .leptos_routes_with_context(&state, generate_route_list(App), move || provide_context(backend.clone()), move || shell(site.clone()))
        .layer(RequestBodyLimitLayer::new(LONGEST_BODY))
        .merge(wizard_posts())
        .layer(from_fn_with_state(state.clone(), auth::identify))
        .layer(sessions)
        .layer(from_fn(auth::origin::guard));
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
        .route("/pkg/{name}", get(assets::serve))
        .route("/idp/metadata", get(settings::metadata))
        .route("/pf/federation_metadata.ping", get(settings::partner_metadata))
        .merge(idp::routes(state.clone()))
        .merge(console)
        .method_not_allowed_fallback(answer::not_allowed)
        .fallback(answer::nothing_here)
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, PATIENCE))
        .layer(CatchPanicLayer::custom(answer::panicked))
        .layer(from_fn(layers::headers))
        .layer(from_fn(layers::trace))
        .with_state(state)
}

/// Posts of tabs have a limit of their own, which the handler puts in words.
fn wizard_posts() -> Router<AppState> {
    Router::new().route("/wizard/{draft}/{*path}", post(wizard::post)).layer(DefaultBodyLimit::max(LONGEST_UPLOAD))
}

/// Names of the site's files; a server built before its site shows pages without styles and scripts.
fn site() -> Assets {
    let manifest = assets::manifest().and_then(|text| serde_json::from_str(&text).ok());
    manifest.unwrap_or_else(|| {
        tracing::warn!("this binary was built without its site: pages have no styles and no scripts (make build makes both)");
        Assets::default()
    })
}
