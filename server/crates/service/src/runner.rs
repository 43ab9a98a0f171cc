//! What the use cases ask of the worker.

use crate::Result;
use crate::people::{Ask, Inspection, Synced};
use async_trait::async_trait;
use domain::id::{ChannelId, ConnectionId, CycleId, SourceId};
use domain::model::channel::Channel;
use domain::model::cycle::{Step, Trigger};
use domain::model::link::ObjectKind;
use domain::model::plan::Plan;
use domain::model::sp_connection::SpConnection;
use domain::model::verification::Verification;
use scim::Slowed;

/// The worker as the use cases see it.
#[async_trait]
pub trait Runner: Send + Sync {
    /// Asks for a cycle now. One cycle a channel at a time: a signal during a cycle starts the next right after it.
    fn signal(&self, channel: &ChannelId, trigger: Trigger);
    /// Says that connections, channels, Data Stores or pauses changed: the worker reads them anew and stops cycles of channels that are off.
    fn changed(&self);
    /// How a channel stands now; `None` when the worker does not run it.
    fn status(&self, channel: &ChannelId) -> Option<Status>;
    /// Whether channels are looked after at all.
    fn is_alive(&self) -> bool;
    /// What is wrong with this machine, as far as any channel has met it.
    fn trouble(&self) -> Option<Trouble>;
    /// What the service of a connection slowed down, since it said that it is too much.
    fn slowed(&self, connection: &ConnectionId) -> Vec<Slowed>;
    /// Looks at one object in the directory, and says what a cycle would do about it.
    async fn inspect(&self, connection: &SpConnection, channel: &Channel, ask: &Ask) -> Result<Inspection>;
    /// Writes one object now, by the saved configuration, and nobody else.
    async fn sync(&self, channel: &ChannelId, kind: ObjectKind, id: &SourceId) -> Result<Synced>;
    /// Lists the target, compares it with what was written, and keeps what was found. One at a time for a channel.
    async fn verify(&self, channel: &ChannelId) -> Result<Verification>;
    /// Whether that is under way.
    fn is_verifying(&self, channel: &ChannelId) -> bool;
    /// Marks what differed, so that the next cycle writes it again; answers how many objects.
    async fn repair(&self, channel: &ChannelId, found: &Verification) -> Result<u32>;
    /// The plan of a cycle with this configuration and the saved state, applied to nothing.
    async fn preview(&self, connection: &SpConnection, channel: &Channel) -> Result<Plan>;
}

/// How a channel stands now. Times are unix milliseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    /// The cycle under way.
    pub running: Option<Running>,
    /// When the next is due.
    pub next_at: Option<i64>,
    /// What is wrong with this machine; the channel goes on trying.
    pub trouble: Option<Trouble>,
}

/// What is wrong with the machine that Towpath runs on, as a sentence. It is over as soon as a cycle goes well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The database cannot be written, so that nothing is provisioned.
    Database(String),
    /// The clock jumped; what it was relied on for goes on by what it says now.
    Clock(String),
}

impl Trouble {
    /// The sentence.
    pub fn sentence(&self) -> &str {
        match self {
            Self::Database(sentence) | Self::Clock(sentence) => sentence,
        }
    }
}

/// The cycle under way.
#[derive(Clone, Debug, PartialEq)]
pub struct Running {
    /// Its id.
    pub cycle: CycleId,
    /// Why it runs.
    pub trigger: Trigger,
    /// Begun.
    pub started_at: i64,
    /// Where it is.
    pub step: Step,
    /// Since when.
    pub step_at: i64,
    /// Done so far in this step.
    pub done: u32,
    /// Of so many, when known.
    pub total: Option<u32>,
}
