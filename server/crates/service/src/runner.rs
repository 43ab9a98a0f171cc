//! What the use cases ask of the worker.

use crate::Result;
use async_trait::async_trait;
use domain::id::{ChannelId, CycleId};
use domain::model::channel::Channel;
use domain::model::cycle::{Step, Trigger};
use domain::model::plan::Plan;
use domain::model::sp_connection::SpConnection;

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
    /// Done so far in this step.
    pub done: u32,
    /// Of so many, when known.
    pub total: Option<u32>,
}
