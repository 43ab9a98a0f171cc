//! Logs: `server.log` (everything of the process), `provisioner.log` (cycles), `provisioner-audit.log` (one line an operation),
//! `admin.log` (what people changed), `audit.log` (one line a sign-on), in `<data-dir>/log`, and the process's own on standard error.

pub mod files;
pub(crate) mod levels;
pub mod reading;

use anyhow::{Context, Result};
use files::{Log, Told};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use tracing::Metadata;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::filter::{FilterFn, LevelFilter, Targets, filter_fn};
use tracing_subscriber::fmt::format::{FmtSpan, Format};
use tracing_subscriber::prelude::*;

/// Target of events about cycles.
pub const PROVISIONER: &str = "provisioner";
/// Target of one event an operation; the message is the whole line.
pub const PROVISIONER_AUDIT: &str = "provisioner_audit";
/// Target of events about what people changed.
pub const ADMIN: &str = "admin";

/// What Towpath's own events come from.
const OWN: [&str; 13] =
    ["server", "service", "app", "engine", "ldap", "scim", "outbound", "store", "sandbox", "saml", "notify", PROVISIONER, ADMIN];

/// Where the logs of a data directory are.
pub fn folder(data_dir: &Path) -> PathBuf {
    data_dir.join("log")
}

/// Keeps the writers of the log files alive; dropping it flushes them.
pub struct Logs {
    _guards: Vec<WorkerGuard>,
}

/// Starts logging. `level` holds for Towpath's own events in the files, `terminal` on standard error; libraries are heard from `warn` on.
pub fn start(data_dir: &Path, level: &str, terminal: &str) -> Result<Logs> {
    let dir = folder(data_dir);
    std::fs::create_dir_all(&dir).with_context(|| format!("the log folder {} cannot be made", dir.display()))?;
    let level: LevelFilter = level.parse().unwrap_or(LevelFilter::INFO);
    let terminal: LevelFilter = terminal.parse().unwrap_or(LevelFilter::INFO);
    let mut guards = Vec::new();
    let mut file = |log: Log| {
        let name = log.name();
        let appender = RollingFileAppender::builder()
            .rotation(Rotation::DAILY)
            .filename_prefix(log.prefix())
            .filename_suffix("log")
            .max_log_files(30)
            .latest_symlink(format!("{name}.log"))
            .build(&dir);
        let appender = appender.with_context(|| format!("{name}.log cannot be written in {}", dir.display()))?;
        let (writer, guard) = tracing_appender::non_blocking(appender);
        guards.push(guard);
        anyhow::Ok(Told { log, writer })
    };
    let (server, provisioner, audit, admin, sign_ons) =
        (file(Log::Server)?, file(Log::Provisioner)?, file(Log::ProvisionerAudit)?, file(Log::Admin)?, file(Log::Audit)?);
    let own = |level: LevelFilter| {
        Targets::new()
            .with_default(LevelFilter::WARN)
            .with_targets(OWN.map(|target| (target, level)))
            .with_target(PROVISIONER_AUDIT, LevelFilter::OFF)
            .with_target(service::sign_on::AUDIT, LevelFilter::OFF)
    };
    let plain = || Format::default().with_ansi(false);
    tracing_subscriber::registry()
        .with(
            tracing_subscriber::fmt::layer()
                .with_ansi(std::io::stderr().is_terminal())
                .with_writer(std::io::stderr)
                .with_span_events(FmtSpan::NONE)
                .with_filter(own(terminal)),
        )
        .with(tracing_subscriber::fmt::layer().event_format(plain()).with_writer(server).with_filter(own(level)))
        .with(
            tracing_subscriber::fmt::layer()
                .event_format(plain())
                .with_writer(provisioner)
                .with_filter(levels::Provisioning { level, now: crate::clock::now }),
        )
        .with(tracing_subscriber::fmt::layer().event_format(plain()).with_writer(admin).with_filter(only(ADMIN)))
        .with(tracing_subscriber::fmt::layer().event_format(Bare).with_writer(audit).with_filter(only(PROVISIONER_AUDIT)))
        .with(tracing_subscriber::fmt::layer().event_format(Bare).with_writer(sign_ons).with_filter(only(service::sign_on::AUDIT)))
        .try_init()
        .context("logging was already started")?;
    Ok(Logs { _guards: guards })
}

fn only(target: &'static str) -> FilterFn<impl Fn(&Metadata<'_>) -> bool + Clone> {
    filter_fn(move |metadata| metadata.target() == target)
}

/// The message alone: a line that was made whole by its writer.
struct Bare;

impl<S, N> tracing_subscriber::fmt::FormatEvent<S, N> for Bare
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
    N: for<'a> tracing_subscriber::fmt::FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &tracing_subscriber::fmt::FmtContext<'_, S, N>,
        mut writer: tracing_subscriber::fmt::format::Writer<'_>,
        event: &tracing::Event<'_>,
    ) -> std::fmt::Result {
        struct Message(String);
        impl tracing::field::Visit for Message {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                if field.name() == "message" {
                    self.0 = format!("{value:?}");
                }
            }
        }
        let mut message = Message(String::new());
        event.record(&mut message);
        writeln!(writer, "{}", message.0)
    }
}
