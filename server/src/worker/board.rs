//! How every channel stands now, for pages and command line: data, changed by the cycles, watched by whoever shows it.

use domain::id::ChannelId;
use domain::model::cycle::Step;
use service::{Clock, Running, Status, Trouble};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use tokio::sync::watch;

/// How every channel stands now.
pub(crate) struct Board {
    statuses: Mutex<HashMap<ChannelId, Status>>,
    version: watch::Sender<u64>,
    clock: Clock,
}

impl Board {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { statuses: Mutex::default(), version: watch::Sender::new(0), clock }
    }

    pub(crate) fn status(&self, channel: &ChannelId) -> Option<Status> {
        self.statuses.lock().unwrap_or_else(PoisonError::into_inner).get(channel).cloned()
    }

    /// What is wrong with this machine; what keeps channels from provisioning comes first.
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        let statuses = self.statuses.lock().unwrap_or_else(PoisonError::into_inner);
        let all = || statuses.values().filter_map(|status| status.trouble.clone());
        all().find(|trouble| matches!(trouble, Trouble::Database(_))).or_else(|| all().next())
    }

    pub(crate) fn events(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    /// Something that pages show changed.
    pub(crate) fn touch(&self) {
        self.version.send_modify(|version| *version += 1);
    }

    pub(crate) fn remove(&self, channel: &ChannelId) {
        self.statuses.lock().unwrap_or_else(PoisonError::into_inner).remove(channel);
        self.touch();
    }

    pub(crate) fn change(&self, channel: &ChannelId, change: impl FnOnce(&mut Status)) {
        change(self.statuses.lock().unwrap_or_else(PoisonError::into_inner).entry(channel.clone()).or_default());
        self.touch();
    }

    /// The running cycle of a channel came to another step.
    pub(crate) fn step(&self, channel: &ChannelId, step: Step, total: Option<u32>) {
        let now = (self.clock)();
        self.progress(channel, |running| (running.step, running.step_at, running.done, running.total) = (step, now, 0, total));
    }

    /// The running cycle of a channel has done so much of its step.
    pub(crate) fn done(&self, channel: &ChannelId, done: u32) {
        self.progress(channel, |running| running.done = done);
    }

    fn progress(&self, channel: &ChannelId, change: impl FnOnce(&mut Running)) {
        let mut statuses = self.statuses.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = statuses.get_mut(channel).and_then(|s| s.running.as_mut()) {
            change(running);
        }
        drop(statuses);
        self.touch();
    }
}
