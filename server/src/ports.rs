//! The ports of the console: they map what the pages ask onto the use cases, and make views of the answers.
//!
//! Nothing is decided here. Words and times of the screen are made here, so that the browser needs neither clock nor locale.

mod channels;
mod charts;
mod connection_list;
mod connections;
mod connectors;
mod dashboard;
mod data_stores;
mod drafts;
mod facts;
mod figures;
mod guide;
mod history;
mod idp_adapters;
mod logs;
mod meeting;
pub(crate) mod ops;
mod pcvs;
pub(crate) mod people;
pub(crate) mod previews;
mod progress;
mod sandbox;
mod security;
mod sessions;
mod settings;
mod sign_ons;
pub(crate) mod standing;
mod usage;
pub(crate) mod words;

pub(crate) use logs::followed;

use crate::sandbox::{Counterparts, Pages};
use app::backend::Backend;
use app::error::{AppError, Used};
use service::{Clock, Service, ServiceError};
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

/// What the views need besides the use cases.
#[derive(Clone)]
pub struct Ports {
    /// The use cases.
    pub service: Service,
    /// Now.
    pub clock: Clock,
    /// Title of this installation; may be empty.
    pub environment: String,
    /// Whether this server provisions.
    pub provisions: bool,
    /// Whether the sandbox's pages are there.
    pub is_sandbox: bool,
    /// Where the logs are.
    pub log_folder: Arc<Path>,
    /// Previews whose other pages may be asked for.
    pub previews: previews::Previews,
}

impl Ports {
    /// All ports; the sandbox's pages only where this is one.
    pub fn backend(self, counterparts: Option<Counterparts>) -> Backend {
        let ports = Arc::new(Self { is_sandbox: counterparts.is_some(), ..self });
        let sandbox = counterparts.map(|at| Arc::new(Pages::new(Self::clone(&ports), at)) as Arc<dyn app::backend::Sandbox>);
        Backend {
            data_stores: ports.clone(),
            pcvs: ports.clone(),
            idp_adapters: ports.clone(),
            connections: ports.clone(),
            connectors: ports.clone(),
            drafts: ports.clone(),
            channels: ports.clone(),
            people: ports.clone(),
            session: ports.clone(),
            security: ports.clone(),
            settings: ports.clone(),
            sign_ons: ports.clone(),
            logs: ports.clone(),
            guide: ports,
            sandbox,
        }
    }

    pub(crate) fn now(&self) -> i64 {
        (self.clock)()
    }
}

/// What the browser may see of an error. What should not happen is logged here, once, with its causes, under a short code; only the
/// code goes on.
pub(crate) fn refuse(error: ServiceError) -> AppError {
    match error {
        ServiceError::Invalid(problems) => AppError::Invalid(problems),
        ServiceError::NotFound => AppError::NotFound,
        ServiceError::Closed { closed, kept } => meeting::closed(&closed, kept),
        ServiceError::Conflict { who } => AppError::Conflict { who },
        // Only a deletion is refused so, and says of what by `refuse_delete`.
        ServiceError::Refused { why } | ServiceError::InUse { why } => AppError::Refused { why },
        ServiceError::Forbidden => AppError::Forbidden,
        internal => AppError::Internal { code: log_internal(&internal) },
    }
}

/// The same for a deletion, which is refused with the way to what uses the object.
pub(crate) fn refuse_delete(error: ServiceError, of: Used) -> AppError {
    match error {
        ServiceError::InUse { why } => AppError::InUse { why, of },
        other => refuse(other),
    }
}

/// Logs an error with its causes; answers the code under which it is found.
pub(crate) fn log_internal(error: &(dyn Error + 'static)) -> String {
    // Six characters are enough to find one line among a day's.
    let id = service::new_id();
    let code = id[id.len() - 6..].to_uppercase();
    tracing::error!(code, error = %chain(error), "internal error");
    code
}

/// An error with its causes, outermost first.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

fn as_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
