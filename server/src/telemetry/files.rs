//! The log files: what they are called, and whoever looks at one hears when something is written to it.

use std::sync::LazyLock;
use tokio::sync::watch;
use tracing_subscriber::fmt::MakeWriter;

/// A log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Log {
    /// Everything of the process.
    Server,
    /// Cycles.
    Provisioner,
    /// One line an operation.
    ProvisionerAudit,
    /// What people changed.
    Admin,
    /// One line a sign-on.
    Audit,
}

static WRITTEN: LazyLock<[watch::Sender<()>; Log::ALL.len()]> = LazyLock::new(|| Log::ALL.map(|_| watch::Sender::new(())));

impl Log {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Server, Self::Provisioner, Self::ProvisionerAudit, Self::Admin, Self::Audit];

    /// As people know it, without its ending: the name of a link to its newest file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Provisioner => "provisioner",
            Self::ProvisionerAudit => "provisioner-audit",
            Self::Admin => "admin",
            Self::Audit => "audit",
        }
    }

    /// The one with a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|log| log.name() == name)
    }

    /// What its files' names begin with. Old files are found by it, so none begins another's.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::ProvisionerAudit => "audit-provisioner",
            Self::Audit => "sign-ons",
            other => other.name(),
        }
    }

    /// Headings of its columns, where a line is values between bars; empty where it is an event.
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::ProvisionerAudit => &["Time", "Cycle", "Channel", "Event", "Source ID", "Target ID", "Success", "Cause"],
            Self::Audit => &[
                "Time",
                "Tracking ID",
                "Event",
                "Subject",
                "Address",
                "Connection",
                "Entity ID",
                "Protocol",
                "Host",
                "Role",
                "Status",
                "Adapter",
                "Description",
                "ms",
            ],
            _ => &[],
        }
    }

    /// Changes after each line.
    pub fn written(self) -> watch::Receiver<()> {
        WRITTEN[self as usize].subscribe()
    }
}

/// Writes as another does, and says so.
pub(super) struct Told<W> {
    pub(super) log: Log,
    pub(super) writer: W,
}

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for Told<W> {
    type Writer = W::Writer;

    fn make_writer(&'a self) -> Self::Writer {
        WRITTEN[self.log as usize].send_replace(());
        self.writer.make_writer()
    }
}
