//! Towpath as it is served, on a free port and a data folder of the test's.

use domain::actor::Actor;
use domain::form::Fields;
use domain::id::{ChannelId, ConnectionId, DataStoreId, DraftId};
use domain::model::cycle::{Cycle, CycleObject, CycleState};
use domain::model::plan::ActionKind;
use domain::model::report::Report;
use server::config::{Config, Flags};
use service::channels::ChannelDetail;
use service::drafts::Next;
use service::{Service, ServiceError};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};
use store::{ObjectQuery, Page, Store};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Who does everything here.
pub const ADMIN: Actor = Actor::Local { uid: 0 };
/// A cycle here takes a second or two; this is for a machine that is busy with something else.
const PATIENCE: Duration = Duration::from_secs(60);
/// Cycles only run when they are asked for, or follow one that left something to settle.
const NEVER_SECS: u32 = 7 * 24 * 3600;
/// A next cycle further away than this is the period's, not a follow-up.
const SOON_MS: i64 = 5_000;

/// How far the clock of every house of this process is from the machine's.
static CLOCK_MOVED_MS: AtomicI64 = AtomicI64::new(0);

/// The clock that houses go by.
pub fn now() -> i64 {
    server::clock::now() + CLOCK_MOVED_MS.load(Ordering::Relaxed)
}

/// Moves that clock.
pub fn move_clock(ms: i64) {
    CLOCK_MOVED_MS.fetch_add(ms, Ordering::Relaxed);
}

/// Names and texts of form fields.
pub type Pairs = Vec<(&'static str, String)>;

/// What is filled in on the tabs of an SP Connection with one channel; everything else stays as the wizard offers it.
#[derive(Clone, Default)]
pub struct Setup {
    pub connector: &'static str,
    pub target: Pairs,
    pub info: Pairs,
    pub settings: Pairs,
    pub location: Pairs,
    pub mapping: Pairs,
}

pub struct House {
    pub service: Service,
    pub store: Store,
    /// Of the console.
    pub addr: SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<anyhow::Result<()>>,
}

/// A channel as it was set up.
#[derive(Clone)]
pub struct Channel {
    pub id: ChannelId,
    pub connection: ConnectionId,
}

impl House {
    /// Starts over a data folder, new or left by another.
    pub async fn open(folder: &Path) -> Self {
        Self::open_on(folder, None).await
    }

    /// The same with another database than the folder's own.
    pub async fn open_on(folder: &Path, database_url: Option<String>) -> Self {
        Self::open_with(folder, Flags { database_url, ..Flags::default() }).await
    }

    /// Without a worker: what is saved is not acted on.
    pub async fn open_console(folder: &Path) -> Self {
        Self::open_with(folder, Flags { provisioner_mode: Some("OFF".into()), ..Flags::default() }).await
    }

    async fn open_with(folder: &Path, flags: Flags) -> Self {
        let flags = Flags {
            listen: Some(([127, 0, 0, 1], 0).into()),
            data_dir: Some(folder.join("data")),
            provisioner_frequency_secs: Some(NEVER_SECS),
            ..flags
        };
        let server = server::build_by(Config::load(&flags).unwrap(), now).await.unwrap();
        let listener = server.listen().await.unwrap();
        let (service, store, addr) = (server.service.clone(), server.store.clone(), listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(server.run(listener, async move { drop(stopped.await) }));
        Self { service, store, addr, stop, served }
    }

    /// Stops as at SIGTERM.
    pub async fn stop(self) {
        self.stop.send(()).unwrap();
        self.served.await.unwrap().unwrap();
    }

    // --- the wizard

    /// Fills a tab in and presses a button. What is not named is posted as the page showed it.
    pub async fn post(&self, draft: &DraftId, path: &str, pairs: &[(&'static str, String)], nav: &str) -> Next {
        let view = self.service.view_draft(&ADMIN, draft, path).await.unwrap();
        assert_eq!(view.path, path, "another tab is shown");
        let mut fields: Fields = view.fields.into_iter().map(|f| (f.spec.name, f.value)).collect();
        for (name, value) in pairs {
            fields.set(*name, value);
        }
        self.service.post_draft(&ADMIN, draft, path, nav, fields).await.unwrap()
    }

    /// The same for a button that leads to another tab of the draft; answers its path.
    async fn go(&self, draft: &DraftId, path: &str, pairs: &[(&'static str, String)], nav: &str) -> String {
        match self.post(draft, path, pairs, nav).await {
            Next::Tab(_, to) if to != path => to,
            _ => panic!("{path} was refused: {:?}", self.service.view_draft(&ADMIN, draft, path).await.unwrap().problems),
        }
    }

    async fn save(&self, draft: &DraftId, path: &str, pairs: &[(&'static str, String)]) {
        if let Next::Tab(_, to) = self.post(draft, path, pairs, "save").await {
            panic!("{path} was not saved, for {to}: {:?}", self.service.view_draft(&ADMIN, draft, &to).await.unwrap().problems);
        }
    }

    fn draft(next: Next) -> DraftId {
        match next {
            Next::Tab(id, _) => id,
            other => panic!("a draft was expected, not {other:?}"),
        }
    }

    /// Creates a Data Store.
    pub async fn data_store(&self, pairs: &[(&'static str, String)]) -> DataStoreId {
        let draft = Self::draft(self.service.new_data_store(&ADMIN).await.unwrap());
        let to = self.go(&draft, "data-store-type", &[("name", "Directory".into())], "next").await;
        let to = self.go(&draft, &to, pairs, "next").await;
        self.save(&draft, &to, &[]).await;
        self.service.list_data_stores(&ADMIN).await.unwrap().remove(0).0.id
    }

    /// Changes the only Data Store on its LDAP Configuration tab.
    pub async fn edit_data_store(&self, pairs: &[(&'static str, String)]) {
        let id = self.service.list_data_stores(&ADMIN).await.unwrap().remove(0).0.id;
        let draft = Self::draft(self.service.edit_data_store(&ADMIN, &id).await.unwrap());
        self.save(&draft, "ldap-configuration", pairs).await;
    }

    /// What Test Connection says of the only Data Store, with other settings filled in; nothing is saved.
    pub async fn test_data_store(&self, pairs: &[(&'static str, String)]) -> Report {
        let id = self.service.list_data_stores(&ADMIN).await.unwrap().remove(0).0.id;
        let draft = Self::draft(self.service.edit_data_store(&ADMIN, &id).await.unwrap());
        self.test(draft, "ldap-configuration", pairs).await
    }

    /// What Test Connection says of a channel's Target, with other settings filled in; nothing is saved.
    pub async fn test_target(&self, channel: &Channel, pairs: &[(&'static str, String)]) -> Report {
        let draft = Self::draft(self.service.edit_connection(&ADMIN, &channel.connection).await.unwrap());
        self.test(draft, "outbound-provisioning/configure/target", pairs).await
    }

    /// What is wrong with other settings of a channel's Target, by field; nothing is saved.
    pub async fn target_problems(&self, channel: &Channel, pairs: &[(&'static str, String)]) -> BTreeMap<String, String> {
        let draft = Self::draft(self.service.edit_connection(&ADMIN, &channel.connection).await.unwrap());
        let path = "outbound-provisioning/configure/target";
        self.post(&draft, path, pairs, "next").await;
        let view = self.service.view_draft(&ADMIN, &draft, path).await.unwrap();
        self.service.delete_draft(&ADMIN, &draft).await.unwrap();
        view.problems.0.into_iter().map(|problem| (problem.field, problem.message)).collect()
    }

    async fn test(&self, draft: DraftId, path: &str, pairs: &[(&'static str, String)]) -> Report {
        self.post(&draft, path, pairs, "test").await;
        let view = self.service.view_draft(&ADMIN, &draft, path).await.unwrap();
        let report = view.report.unwrap_or_else(|| panic!("no report on {path}: {:?}", view.problems));
        self.service.delete_draft(&ADMIN, &draft).await.unwrap();
        report
    }

    /// Walks the tabs of an SP Connection with one channel, saves, and waits for the cycle that follows.
    pub async fn channel(&self, store: &DataStoreId, setup: &Setup) -> Channel {
        let channel = self.begin_channel(store, setup).await;
        self.settled(&channel, None).await;
        channel
    }

    /// The same without waiting.
    pub async fn begin_channel(&self, store: &DataStoreId, setup: &Setup) -> Channel {
        let draft = Self::draft(self.service.new_connection(&ADMIN).await.unwrap());
        let to = self.go(&draft, "connection-template", &[("connector", setup.connector.into())], "next").await;
        let to = self.go(&draft, &to, &[], "next").await;
        let provisioning = self.go(&draft, &to, &[], "next").await;
        let to = self.go(&draft, &provisioning, &[], "open:configure").await;
        let channels = self.go(&draft, &to, &setup.target, "next").await;
        let to = self.go(&draft, &channels, &[], "create").await;
        assert_eq!(self.fill_channel(&draft, &to, store, setup, "People").await, channels);
        let to = channels;
        let to = self.go(&draft, &to, &[], "done").await;
        assert_eq!(to, provisioning);
        let to = self.go(&draft, &to, &[], "next").await;
        self.save(&draft, &to, &[]).await;
        let glance = self.service.list_channels(&ADMIN).await.unwrap().remove(0);
        Channel { id: glance.channel.id, connection: glance.channel.connection.clone() }
    }

    /// Walks the tabs of a channel to its end; answers where that leads.
    async fn fill_channel(&self, draft: &DraftId, at: &str, store: &DataStoreId, setup: &Setup, name: &str) -> String {
        let mut info = setup.info.clone();
        info.push(("name", name.into()));
        let to = self.go(draft, at, &info, "next").await;
        let to = self.go(draft, &to, &[("data_store", store.to_string())], "next").await;
        let to = self.go(draft, &to, &setup.settings, "next").await;
        let to = self.go(draft, &to, &setup.location, "next").await;
        let to = self.go(draft, &to, &setup.mapping, "next").await;
        self.go(draft, &to, &[], "done").await
    }

    /// Adds another channel to the connection of one, saves, and waits for its first cycle.
    pub async fn second_channel(&self, first: &Channel, store: &DataStoreId, setup: &Setup, name: &str) -> Channel {
        let draft = Self::draft(self.service.edit_connection(&ADMIN, &first.connection).await.unwrap());
        let channels = "outbound-provisioning/configure/manage-channels";
        let to = self.go(&draft, channels, &[], "create").await;
        assert_eq!(self.fill_channel(&draft, &to, store, setup, name).await, channels);
        self.save(&draft, channels, &[]).await;
        let glances = self.service.list_channels(&ADMIN).await.unwrap();
        let glance = glances.into_iter().find(|glance| glance.channel.name == name).unwrap();
        let channel = Channel { id: glance.channel.id, connection: glance.channel.connection.clone() };
        self.settled(&channel, None).await;
        channel
    }

    /// Changes a channel's connection on one tab, saves, and waits for the cycle that follows. `tab` is below the channel unless it
    /// is `target`.
    pub async fn edit(&self, channel: &Channel, tab: &str, pairs: &[(&'static str, String)]) -> Vec<Cycle> {
        let before = self.newest(channel).await;
        let draft = Self::draft(self.service.edit_connection(&ADMIN, &channel.connection).await.unwrap());
        let path = match tab {
            "target" => "outbound-provisioning/configure/target".to_owned(),
            tab => format!("outbound-provisioning/configure/manage-channels/{}/{tab}", channel.id),
        };
        self.save(&draft, &path, pairs).await;
        self.settled(channel, before).await
    }

    /// Moves a channel's connection to the newest version of its connector, saves, and waits for the cycle that follows.
    pub async fn move_connector(&self, channel: &Channel) -> Vec<Cycle> {
        let before = self.newest(channel).await;
        let Next::Tab(draft, path) = self.service.move_to_newest_connector(&ADMIN, &channel.connection).await.unwrap() else {
            panic!("no draft")
        };
        self.save(&draft, &path, &[]).await;
        self.settled(channel, before).await
    }

    // --- cycles

    /// Runs a cycle and waits until it and whatever follows it at once have ended. Answers them, oldest first.
    pub async fn run(&self, channel: &Channel) -> Vec<Cycle> {
        let before = self.newest(channel).await;
        self.service.run_channel(&ADMIN, &channel.id, false).await.unwrap();
        self.settled(channel, before).await
    }

    /// Runs a cycle that compares everything, to its end; answers the last one.
    pub async fn compare(&self, channel: &Channel) -> Cycle {
        let before = self.newest(channel).await;
        self.service.run_channel(&ADMIN, &channel.id, true).await.unwrap();
        self.settled(channel, before).await.pop().unwrap()
    }

    /// Runs cycles until one finds nothing to do, as far apart as what waits asks for; answers how many it took before that one.
    pub async fn converge(&self, channel: &Channel, most: usize) -> usize {
        let mut count = 0;
        loop {
            let waits = self.detail(channel).await.setbacks.iter().map(|s| s.next_at - now()).max();
            move_clock(waits.unwrap_or_default().max(0));
            let cycles = self.run(channel).await;
            count += cycles.len();
            let last = cycles.last().unwrap();
            if (last.state, last.touched()) == (CycleState::Succeeded, 0) {
                return count - 1;
            }
            assert!(count < most, "no end of it: {last:?}\n{}", self.story(last).await);
        }
    }

    /// Runs a cycle that must go well to its end; answers the last one.
    pub async fn run_well(&self, channel: &Channel) -> Cycle {
        let cycle = self.run(channel).await.pop().unwrap();
        assert_eq!(cycle.state, CycleState::Succeeded, "{cycle:?}\n{}", self.story(&cycle).await);
        cycle
    }

    /// Runs a cycle that must have nothing to do.
    pub async fn run_idle(&self, channel: &Channel) -> Cycle {
        let cycles = self.run(channel).await;
        assert_eq!(cycles.len(), 1, "{cycles:?}");
        let cycle = cycles.into_iter().next().unwrap();
        assert_eq!((cycle.state, cycle.touched()), (CycleState::Succeeded, 0), "{cycle:?}\n{}", self.story(&cycle).await);
        cycle
    }

    pub async fn detail(&self, channel: &Channel) -> ChannelDetail {
        self.service.show_channel(&ADMIN, &channel.id).await.unwrap()
    }

    /// The newest cycle, under way or not.
    pub async fn newest(&self, channel: &Channel) -> Option<Cycle> {
        self.detail(channel).await.cycles.into_iter().next()
    }

    /// Waits until a cycle newer than `before` has ended and no other follows at once; answers all newer ones, oldest first.
    pub async fn settled(&self, channel: &Channel, before: Option<Cycle>) -> Vec<Cycle> {
        let begun = Instant::now();
        loop {
            let detail = self.detail(channel).await;
            let newer: Vec<Cycle> = detail.cycles.iter().take_while(|c| before.as_ref().is_none_or(|b| b.id != c.id)).cloned().collect();
            let glance = &detail.glance;
            let off = glance.state.paused || glance.state.stopped_reason.is_some() || !glance.is_on();
            let rests = match &glance.status {
                Some(status) => status.running.is_none() && status.next_at.is_some_and(|at| at > now() + SOON_MS),
                None => off,
            };
            if rests && !newer.is_empty() && newer.iter().all(|c| c.state != CycleState::Running) {
                return newer.into_iter().rev().collect();
            }
            assert!(begun.elapsed() < PATIENCE, "no cycle ended: {:?}, {newer:?}", glance.status);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Everything a cycle touched.
    pub async fn objects(&self, cycle: &Cycle) -> Vec<CycleObject> {
        self.service.show_cycle(&ADMIN, &cycle.id, &ObjectQuery::default(), Page::first(10_000)).await.unwrap().objects
    }

    /// What a cycle did, a line an object, for messages of failed tests.
    pub async fn story(&self, cycle: &Cycle) -> String {
        let line = |o: &CycleObject| {
            format!("{} {} {} ‘{}’: {} {}\n", o.kind.id(), o.action.id(), o.outcome.id(), o.name, o.reason, o.outcome.detail())
        };
        self.objects(cycle).await.iter().map(line).collect()
    }

    /// How many operations of a kind a cycle did with success.
    pub fn done(cycle: &Cycle, action: ActionKind) -> u32 {
        cycle.counts.iter().filter(|c| c.action == action && c.outcome == "done").map(|c| c.count).sum()
    }

    /// Why a channel does not run now.
    pub async fn stopped_reason(&self, channel: &Channel) -> Option<String> {
        self.detail(channel).await.glance.state.stopped_reason
    }

    pub async fn approve(&self, channel: &Channel) -> Vec<Cycle> {
        let before = self.newest(channel).await;
        self.service.approve_channel(&ADMIN, &channel.id).await.unwrap();
        self.settled(channel, before).await
    }

    pub async fn reject(&self, channel: &Channel) -> Vec<Cycle> {
        let before = self.newest(channel).await;
        self.service.reject_channel(&ADMIN, &channel.id).await.unwrap();
        self.settled(channel, before).await
    }

    /// The sentence with which a use case refuses.
    pub fn refusal<T>(result: service::Result<T>) -> String {
        match result {
            Err(ServiceError::Refused { why }) => why,
            Err(other) => panic!("another error: {other:?}"),
            Ok(_) => panic!("it was not refused"),
        }
    }
}

/// The first cycle that ended with an error, and its sentence.
pub fn sentence(cycles: &[Cycle]) -> &str {
    let failed = cycles.iter().find(|c| c.error.is_some());
    failed.and_then(|c| c.error.as_deref()).unwrap_or_else(|| panic!("no cycle says why: {cycles:?}"))
}

/// Asserts that a sentence has all the parts; the case of letters does not matter.
pub fn says(sentence: &str, parts: &[&str]) {
    let lower = sentence.to_lowercase();
    for part in parts {
        assert!(lower.contains(&part.to_lowercase()), "‘{part}’ is not in: {sentence}");
    }
}
