//! One server, put together from its configuration: data directory, store, use cases, worker, entrances. The command line starts it
//! on its address, the sandbox and tests on a free port.

mod chores;
mod data_dir;

pub(crate) use data_dir::DataDir;

use crate::auth::session;
use crate::config::{Config, ProvisionerMode, Setting, Source};
use crate::http::{self, AppState};
use crate::ports::previews::Previews;
use crate::ports::{Ports, chain};
use crate::sandbox::Counterparts;
use crate::worker::{self, Worker};
use crate::{clock, metrics, notifier, socket, telemetry};
use anyhow::{Context, Result};
use axum::Router;
use axum::serve::ListenerExt;
use domain::secret::Secret;
use leptos::config::LeptosOptions;
use service::connectors::Connectors;
use service::{Clock, Service};
use std::fmt::Debug;
use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store::{Keys, Store};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A stop waits this long for requests under way.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server that is put together and does not listen yet. Its worker runs.
pub struct Server {
    /// Everything a browser may ask.
    pub router: Router,
    /// The use cases.
    pub service: Service,
    /// The database.
    pub store: Store,
    config: Config,
    local: Router,
    worker: Option<Worker>,
    clock: Clock,
    stop: CancellationToken,
    // Last, so that the directory is let go only when nothing uses it any more.
    data_dir: DataDir,
}

/// Puts a server together. Fails with sentences for an administrator.
pub async fn build(config: Config) -> Result<Server> {
    build_by(config, clock::now).await
}

/// The same by another clock than the machine's.
pub async fn build_by(config: Config, clock: Clock) -> Result<Server> {
    build_in(DataDir::take(&config.data_dir.value)?, config, clock, None).await
}

/// Puts a server together in a data directory that was taken already; with counterparts it is a sandbox and shows them.
pub(crate) async fn build_in(data_dir: DataDir, config: Config, clock: Clock, counterparts: Option<Counterparts>) -> Result<Server> {
    data_dir.warn_if_open();
    metrics::install();
    let store = open_store(&config).await?;
    let connectors = Connectors::built_in().context("a connector in this binary is not well-formed")?;
    let service = Service::new(store.clone(), connectors, clock);
    service.set_defaults(config.server_defaults());
    service.load_connectors().await.context("the connectors that were added could not be loaded")?;
    service.set_connector_folder(&config.data_dir.value.join("connectors"));
    if let Err(error) = service.read_connector_folder().await {
        tracing::warn!(error = %error, "the folder of connectors could not be read");
    }
    for cycle in service.close_interrupted_cycles().await.context("cycles that were interrupted could not be closed")? {
        tracing::warn!(target: crate::telemetry::PROVISIONER, cycle_id = %cycle.id, channel_id = %cycle.channel, "closed a cycle that a stop had interrupted");
    }
    let provisions = config.provisioner_mode.value == ProvisionerMode::Standalone;
    let worker = provisions.then(|| worker::start(store.clone(), service.clone(), clock));
    if let Some(worker) = &worker {
        service.set_runner(worker.runner());
    }
    let stop = CancellationToken::new();
    let (environment, previews) = (config.environment.clone(), Previews::default());
    let log_folder = telemetry::folder(&config.data_dir.value).into();
    let ports = Ports { service: service.clone(), clock, environment, provisions, is_sandbox: false, log_folder, previews };
    let backend = ports.backend(counterparts);
    let state = AppState {
        service: service.clone(),
        backend: backend.clone(),
        store: store.clone(),
        clock,
        events: worker.as_ref().map_or_else(|| watch::channel(0).1, Worker::events),
        stop: stop.clone(),
        behind_proxy: config.public_url.value.is_some(),
        provisions,
        metrics_token: config.metrics_token.clone(),
        https: config.is_https(),
        pace: Arc::default(),
        leptos: LeptosOptions::builder().output_name("frontend").build(),
    };
    Ok(Server {
        router: http::router(state, session::layer(store.clone(), clock, config.is_https())),
        local: socket::router(service.clone(), backend.channels, backend.people),
        service,
        store,
        worker,
        clock,
        stop,
        data_dir,
        config,
    })
}

/// Key and database of a data directory.
async fn open_store(config: &Config) -> Result<Store> {
    let keys = Keys::load_or_create(&config.data_dir.value.join("towpath.key"))?;
    Ok(Store::open(&config.database_url.value, keys).await?)
}

/// The use cases on a data directory that no server uses, for commands that work without one. The store is closed by the caller.
pub(crate) async fn offline(config: &Config) -> Result<(Service, Store, DataDir)> {
    let data_dir = DataDir::take(&config.data_dir.value)?;
    let store = open_store(config).await?;
    let connectors = Connectors::built_in().context("a connector in this binary is not well-formed")?;
    let service = Service::new(store.clone(), connectors, clock::now);
    service.load_connectors().await.context("the connectors that were added could not be loaded")?;
    Ok((service, store, data_dir))
}

impl Server {
    /// Makes the first account if there is none; answers its name and one-time password, to be shown once.
    pub async fn ensure_first_admin(&self) -> Result<Option<(&'static str, Secret)>> {
        let password = self.service.ensure_first_admin().await.context("the first account could not be made")?;
        Ok(password.map(|password| (service::accounts::FIRST_ADMIN, password)))
    }

    /// Takes the address of the configuration.
    pub async fn listen(&self) -> Result<TcpListener> {
        let address = self.config.listen.value;
        TcpListener::bind(address)
            .await
            .with_context(|| format!("{address} cannot be listened on: another program may use it. Choose another with --listen ADDR:PORT"))
    }

    /// How browsers reach it when it listens there.
    pub fn url(&self, address: SocketAddr) -> String {
        self.config.public_url.value.clone().unwrap_or_else(|| format!("http://{address}"))
    }

    /// The data directory.
    pub fn data_dir(&self) -> &Path {
        self.data_dir.path()
    }

    /// Says in the log what is in force and who said so.
    pub fn log_settings(&self) {
        fn say<T: Debug>(name: &str, setting: &Setting<T>) {
            let source = match setting.source {
                Source::Flag => "flag or variable",
                Source::File => "settings file",
                Source::Default => "default",
            };
            tracing::info!(setting = name, value = ?setting.value, source, "setting");
        }
        let config = &self.config;
        say("listen", &config.listen);
        say("data_dir", &config.data_dir);
        // The address of a database may hold a password.
        let engine = if config.database_url.value.starts_with("postgres") { "PostgreSQL" } else { "SQLite" };
        say("database_url", &Setting { value: engine, source: config.database_url.source });
        say("public_url", &config.public_url);
        say("provisioner.mode", &config.provisioner_mode);
        say("provisioner.frequency_secs", &config.frequency_secs);
        say("log.level", &config.log_level);
    }

    /// Serves until told to stop, then stops in order: no new connections, requests under way, worker, store.
    pub async fn run(self, listener: TcpListener, until: impl Future<Output = ()> + Send) -> Result<()> {
        let local = socket::listen(self.data_dir.path())?;
        if let Ok(address) = listener.local_addr() {
            self.service.set_address(&self.url(address));
        }
        let tasks = TaskTracker::new();
        let console = axum::serve(
            listener.tap_io(|stream| {
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(error = %chain(&error), "cannot set TCP_NODELAY");
                }
            }),
            self.router.into_make_service_with_connect_info::<SocketAddr>(),
        );
        let console = console.with_graceful_shutdown(self.stop.clone().cancelled_owned());
        let local = axum::serve(local, self.local.into_make_service_with_connect_info::<socket::Peer>());
        let local = local.with_graceful_shutdown(self.stop.clone().cancelled_owned());
        tasks.spawn(async move {
            if let Err(error) = console.await {
                tracing::error!(error = %chain(&error), "the console's listener ended");
            }
        });
        tasks.spawn(async move {
            if let Err(error) = local.await {
                tracing::error!(error = %chain(&error), "the local socket's listener ended");
            }
        });
        let events = self.worker.as_ref().map_or_else(|| watch::channel(0).1, Worker::events);
        let provisions = self.worker.is_some();
        tasks.spawn(notifier::keep(self.service.clone(), events, provisions, self.clock, self.stop.clone()));
        tasks.spawn(chores::keep(self.store.clone(), self.service.clone(), self.clock, self.stop.clone()));
        tasks.close();
        until.await;
        tracing::info!("stopping");
        self.stop.cancel();
        if tokio::time::timeout(PATIENCE, tasks.wait()).await.is_err() {
            tracing::warn!("requests did not end in {} s and are left", PATIENCE.as_secs());
        }
        if let Some(worker) = self.worker {
            worker.stop().await;
        }
        socket::remove(self.data_dir.path());
        self.store.close().await;
        tracing::info!("stopped");
        Ok(())
    }
}

/// Resolves when this process is asked to end, by SIGINT (Ctrl-C) or SIGTERM.
pub async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let wait = |kind| async move {
        match signal(kind) {
            Ok(mut signals) => {
                signals.recv().await;
            }
            Err(error) => {
                tracing::error!(error = %chain(&error), "a signal cannot be waited for");
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        () = wait(SignalKind::interrupt()) => {}
        () = wait(SignalKind::terminate()) => {}
    }
}
