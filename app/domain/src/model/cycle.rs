//! Cycles and the run state of a channel: what happened, apart from what is configured.

use super::link::ObjectKind;
use super::plan::{ActionKind, Change, Coverage, Guard, Outcome};
use crate::id::{ChannelId, CycleId, SourceId, TargetId};
use serde::{Deserialize, Serialize};

/// Why a cycle ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Its time had come.
    Period,
    /// A person pressed Run now.
    Person,
    /// The saved configuration changed.
    Saved,
    /// The cycle before it left something to settle.
    FollowUp,
    /// An approval was given.
    Approval,
    /// A person pressed Sync now on one object: the cycle is about nobody else.
    Object,
}

impl Trigger {
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Period => "Schedule",
            Self::Person => "Run now",
            Self::Saved => "Configuration saved",
            Self::FollowUp => "Follow-up",
            Self::Approval => "Approval",
            Self::Object => "Sync now",
        }
    }
}

/// How a cycle ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CycleState {
    /// Under way.
    Running,
    /// Everything planned was done.
    Succeeded,
    /// Some objects failed; the rest was done.
    Partial,
    /// Nothing or not all could be done; `error` says why.
    Failed,
    /// Done except what a guard holds.
    Held,
    /// Stopped by a person, a pause or a shutdown.
    Stopped,
}

impl CycleState {
    /// For scripts and figures.
    pub fn id(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Held => "held",
            Self::Stopped => "stopped",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Partial => "Some failed",
            Self::Failed => "Failed",
            Self::Held => "Held",
            Self::Stopped => "Stopped",
        }
    }
}

/// One operation kind's count of one outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// User or group.
    pub kind: ObjectKind,
    /// What.
    pub action: ActionKind,
    /// Outcome id.
    pub outcome: String,
    /// How often.
    pub count: u32,
}

/// The step a running cycle is at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Not begun.
    #[default]
    Starting,
    /// Listing what is at the target.
    ReadingTarget,
    /// Reading users.
    ReadingUsers,
    /// Reading groups.
    ReadingGroups,
    /// Planning.
    Planning,
    /// Applying.
    Applying,
    /// Recording.
    Recording,
}

impl Step {
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Starting => "Starting",
            Self::ReadingTarget => "Reading the target",
            Self::ReadingUsers => "Reading users",
            Self::ReadingGroups => "Reading groups",
            Self::Planning => "Planning",
            Self::Applying => "Applying",
            Self::Recording => "Recording",
        }
    }
}

/// One cycle, as recorded. Times are unix milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cycle {
    /// Its id.
    pub id: CycleId,
    /// Of which channel.
    pub channel: ChannelId,
    /// Why it ran.
    pub trigger: Trigger,
    /// How it ended.
    pub state: CycleState,
    /// Begun.
    pub started_at: i64,
    /// Ended.
    pub ended_at: Option<i64>,
    /// What the read saw.
    pub coverage: Coverage,
    /// Operations by kind and outcome.
    pub counts: Vec<Count>,
    /// Linked and unchanged people.
    pub unchanged_users: u32,
    /// Linked and unchanged groups.
    pub unchanged_groups: u32,
    /// Source objects left out.
    pub skipped: u32,
    /// Objects that wait after a failure.
    pub waiting: u32,
    /// Operations a guard holds.
    pub held: u32,
    /// Which guards, each with its sentence.
    pub held_reasons: Vec<(Guard, String)>,
    /// Why it failed, as a sentence.
    pub error: Option<String>,
    /// What it asked of the target; `None`: nothing, or it was recorded before that was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<Calls>,
}

/// Requests to the target, and how long it took to answer them. Every try is a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calls {
    /// How many.
    pub count: u32,
    /// All answers together.
    pub total_ms: u64,
    /// Nineteen of twenty were answered within this.
    pub slow_ms: u32,
    /// How long they waited for the target's limits before they were sent, all together.
    pub waited_ms: u64,
}

impl Calls {
    /// Time until an answer, on average.
    pub fn mean_ms(&self) -> u64 {
        self.total_ms / u64::from(self.count.max(1))
    }
}

impl Cycle {
    /// One that begins.
    pub fn begun(id: CycleId, channel: ChannelId, trigger: Trigger, started_at: i64) -> Self {
        Self {
            id,
            channel,
            trigger,
            state: CycleState::Running,
            started_at,
            ended_at: None,
            coverage: Coverage::default(),
            counts: Vec::new(),
            unchanged_users: 0,
            unchanged_groups: 0,
            skipped: 0,
            waiting: 0,
            held: 0,
            held_reasons: Vec::new(),
            error: None,
            calls: None,
        }
    }

    /// Whether it is about one object alone, and says nothing of the channel.
    pub fn is_of_one(&self) -> bool {
        self.trigger == Trigger::Object
    }

    /// Whether it changed or tried to change anything at the target.
    pub fn touched(&self) -> u32 {
        self.counts.iter().map(|c| c.count).sum()
    }

    /// Operations that were done.
    pub fn done(&self) -> u32 {
        self.counts.iter().filter(|c| c.outcome == "done").map(|c| c.count).sum()
    }

    /// Operations that were tried and not done.
    pub fn failed(&self) -> u32 {
        let tried = |outcome: &str| !matches!(outcome, "done" | "held" | "not_tried");
        self.counts.iter().filter(|c| tried(&c.outcome)).map(|c| c.count).sum()
    }
}

/// One touched object of a cycle: an operation and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CycleObject {
    /// Position in the cycle.
    pub seq: u32,
    /// User or group.
    pub kind: ObjectKind,
    /// Its anchor.
    pub source_id: SourceId,
    /// What people call it.
    pub name: String,
    /// Where it is.
    pub dn: String,
    /// What was done.
    pub action: ActionKind,
    /// Why.
    pub reason: String,
    /// What differed (masked values are shown as dots).
    pub changes: Vec<Change>,
    /// What came of it.
    pub outcome: Outcome,
    /// The object there.
    pub target_id: Option<TargetId>,
    /// The target's id of the request, for its support.
    pub request_id: Option<String>,
    /// When (unix ms).
    pub at: i64,
}

/// Run state of a channel: never in a draft, so that saving an old draft cannot undo a Pause.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChannelState {
    /// A person paused it.
    pub paused: bool,
    /// Since when (unix ms).
    pub paused_at: Option<i64>,
    /// Users in scope at the last complete read.
    pub last_complete_users: Option<u32>,
    /// Groups in scope at the last complete read.
    pub last_complete_groups: Option<u32>,
    /// When that was (unix ms).
    pub last_complete_at: Option<i64>,
    /// Digest of scope, mapping and connector at the last cycle; a change asks for a full comparison.
    pub config_digest: String,
    /// Target URL at the last cycle; a change asks for the target to be read and matched anew.
    pub target_place: String,
    /// Where reading changes alone begins; `None`: everything is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watermark: Option<Watermark>,
    /// A person asked for a comparison of everything (unix ms); gone once one that began later has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compare_asked_at: Option<i64>,
    /// When everything was last read and compared (unix ms).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compared_at: Option<i64>,
    /// When the next account of somebody in scope ends (unix ms): then everybody is read, since no change tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
    /// The server the last complete read came from, as `host:port`; the first read from another one removes nobody.
    pub last_server: Option<String>,
    /// The target must be listed before planning (first cycle, reset, new target).
    pub must_observe: bool,
    /// The cycle whose spilled operations are the removals held now; cycles that hold the same ones refer to it.
    pub held_cycle: Option<CycleId>,
    /// Digest of that set of removals.
    pub held_digest: String,
    /// Stopped since the target or directory refused the credentials; a save or Run now clears it.
    pub stopped_reason: Option<String>,
    /// Until when `provisioner.log` has everything of it (unix ms). Kept here, so that a restart does not end it and its time does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub debug_until: Option<i64>,
}

/// How far a directory's changes are known: up to here, of this server in this life of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermark {
    /// The name the server gives itself.
    pub server: String,
    /// What differs when nothing can be told from the value any more: Active Directory's invocationId, which a restore from a backup
    /// changes; where changes are told by time, a digest of where the containers are.
    pub life: String,
    /// The number, time or cookie of the last change that is known.
    pub value: String,
}

/// A failed object, waiting with a growing delay.
#[derive(Clone, Debug, PartialEq)]
pub struct Setback {
    /// User or group.
    pub kind: ObjectKind,
    /// Its anchor.
    pub source_id: SourceId,
    /// What people call it.
    pub name: String,
    /// Failures in a row.
    pub attempts: u32,
    /// Not before (unix ms).
    pub next_at: i64,
    /// What failed.
    pub action: ActionKind,
    /// What the target said, as a sentence.
    pub detail: String,
    /// Hash of the values that failed: other values are tried at once.
    pub value_digest: super::link::Digest,
}

/// A create that was begun and whose outcome is not yet known.
#[derive(Clone, Debug, PartialEq)]
pub struct Intent {
    /// User or group.
    pub kind: ObjectKind,
    /// Its anchor.
    pub source_id: SourceId,
    /// The value to look it up by.
    pub match_value: String,
    /// When (unix ms).
    pub begun_at: i64,
}

/// A person's leave, or refusal, for one removal.
#[derive(Clone, Debug, PartialEq)]
pub struct Approval {
    /// User or group.
    pub kind: ObjectKind,
    /// Its anchor.
    pub source_id: SourceId,
    /// What may be done.
    pub action: ActionKind,
    /// `false`: rejected, stays held without asking again until it expires.
    pub approved: bool,
    /// Until (unix ms).
    pub expires_at: i64,
}
