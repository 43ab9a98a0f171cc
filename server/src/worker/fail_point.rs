//! Named places in a cycle at which a test ends the process, as a power cut or `kill -9` would: nothing is unwound, flushed or closed.
//!
//! `TOWPATH_FAIL_POINT=recorded` ends it when it comes there for the first time, `recorded:3` for the third. Only debug builds look;
//! in a release build reaching a place is nothing at all.

/// A boundary between two steps. What was done before it is done, and what comes after it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailPoint {
    /// The cycle is recorded as running.
    CycleBegun,
    /// What is at the target was listed.
    TargetRead,
    /// The directory was read.
    DirectoryRead,
    /// The plan is made and not yet recorded.
    Planned,
    /// What the plan changes without a call is recorded.
    PlanRecorded,
    /// The intents of creates and the doubts about deletes are written, and none of them is sent.
    IntentsWritten,
    /// An operation is about to be sent.
    BeforeRequest,
    /// Its answer came, and nothing was noted of it.
    Answered,
    /// Some outcomes are known and not recorded.
    BeforeRecord,
    /// They are recorded.
    Recorded,
    /// All operations of a phase were answered.
    PhaseDone,
    /// All of the plan was carried out and recorded; the cycle counts as running.
    Applied,
    /// The cycle's end is recorded.
    CycleEnded,
}

impl FailPoint {
    /// Every place.
    pub const ALL: [Self; 13] = [
        Self::CycleBegun,
        Self::TargetRead,
        Self::DirectoryRead,
        Self::Planned,
        Self::PlanRecorded,
        Self::IntentsWritten,
        Self::BeforeRequest,
        Self::Answered,
        Self::BeforeRecord,
        Self::Recorded,
        Self::PhaseDone,
        Self::Applied,
        Self::CycleEnded,
    ];

    /// Its name in the environment.
    pub fn name(self) -> &'static str {
        match self {
            Self::CycleBegun => "cycle-begun",
            Self::TargetRead => "target-read",
            Self::DirectoryRead => "directory-read",
            Self::Planned => "planned",
            Self::PlanRecorded => "plan-recorded",
            Self::IntentsWritten => "intents-written",
            Self::BeforeRequest => "before-request",
            Self::Answered => "answered",
            Self::BeforeRecord => "before-record",
            Self::Recorded => "recorded",
            Self::PhaseDone => "phase-done",
            Self::Applied => "applied",
            Self::CycleEnded => "cycle-ended",
        }
    }

    /// The process comes to this place.
    #[cfg(not(debug_assertions))]
    #[inline(always)]
    pub(crate) fn reach(self) {}

    /// The process comes to this place, and may end here.
    #[cfg(debug_assertions)]
    pub(crate) fn reach(self) {
        use std::sync::LazyLock;
        use std::sync::atomic::{AtomicU32, Ordering};
        /// The name to end at, and how often it is passed before.
        static WANTED: LazyLock<Option<(String, u32)>> = LazyLock::new(|| {
            let text = std::env::var("TOWPATH_FAIL_POINT").ok().filter(|text| !text.is_empty())?;
            Some(match text.split_once(':') {
                Some((name, count)) => (name.to_owned(), count.parse().unwrap_or(1)),
                None => (text, 1),
            })
        });
        static REACHED: AtomicU32 = AtomicU32::new(0);
        if let Some((name, count)) = &*WANTED
            && name == self.name()
            && REACHED.fetch_add(1, Ordering::SeqCst) + 1 == *count
        {
            // Nothing can be done about a kernel that does not kill; an abort is nearly the same.
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
            std::process::abort();
        }
    }
}
