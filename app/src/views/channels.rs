//! Channels and cycles.

use super::{HeldView, ObjectNote, OpRow, StateView, TimeView, Tone};
use domain::id::{ChannelId, ConnectionId, CycleId};
use serde::{Deserialize, Serialize};

/// A cycle in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CycleRow {
    /// Its id.
    pub id: CycleId,
    /// How it ended.
    pub state: StateView,
    /// Why it ran.
    pub trigger: String,
    /// When it began.
    pub started: TimeView,
    /// How long it took, such as `1.2 s`; empty while it runs.
    pub duration: String,
    /// What it did in words: `12 created, 3 updated`; `nothing to change`.
    pub did: String,
    /// Objects that failed.
    pub failed: u32,
}

/// How far a running cycle is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProgressView {
    /// The step, such as *Reading users*.
    pub step: String,
    /// Done so far in this step.
    pub done: u32,
    /// Of so many, when known.
    pub total: Option<u32>,
}

/// A channel at a glance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChannelRow {
    /// Its id.
    pub id: ChannelId,
    /// Its name.
    pub name: String,
    /// Its connection.
    pub connection: ConnectionId,
    /// Name of its connection.
    pub connection_name: String,
    /// Name of its Data Store.
    pub data_store: String,
    /// How it is.
    pub state: StateView,
    /// The running cycle.
    pub progress: Option<ProgressView>,
    /// Its last finished cycle.
    pub last: Option<CycleRow>,
    /// When the next begins.
    pub next: Option<TimeView>,
    /// People linked.
    pub users: u32,
    /// Groups linked.
    pub groups: u32,
    /// Objects that failed and wait.
    pub failing: u32,
    /// Source objects left out.
    pub skipped: u32,
    /// Operations a guard holds.
    pub held: u32,
    /// A person paused it.
    pub paused: bool,
    /// It can run: channel active, connection enabled.
    pub on: bool,
}

/// The page of a channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChannelPage {
    /// At a glance.
    pub row: ChannelRow,
    /// What is configured, in short: label and value.
    pub facts: Vec<(String, String)>,
    /// Removals that wait, as the last cycle left them.
    pub held: Vec<HeldView>,
    /// Objects that failed and wait; at most 200.
    pub failing: Vec<ObjectNote>,
    /// Objects left out; at most 200.
    pub skipped: Vec<ObjectNote>,
    /// Latest cycles first.
    pub cycles: Vec<CycleRow>,
}

/// A touched object of a cycle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CycleObjectRow {
    /// What was planned.
    pub op: OpRow,
    /// What came of it, with its colour.
    pub outcome: String,
    /// Its colour.
    pub tone: Tone,
    /// What the target said.
    pub detail: String,
    /// The object there.
    pub target_id: String,
    /// The target's request id.
    pub request_id: String,
    /// When, as `22:58:03.123`.
    pub at: String,
}

/// The page of a cycle.
#[derive(Clone, Debug, PartialEq)]
pub struct CyclePage {
    /// In short.
    pub row: CycleRow,
    /// Its channel.
    pub channel: ChannelId,
    /// Name of the channel.
    pub channel_name: String,
    /// Name of the connection.
    pub connection_name: String,
    /// Why it failed, or what it found, in sentences.
    pub sentences: Vec<String>,
    /// What it asked of the service, in words; empty: nothing.
    pub calls: String,
    /// Objects by what came of them; all of them first, none when it touched none.
    pub outcomes: Vec<ChoiceView>,
    /// Objects by what was done to them, the same.
    pub actions: Vec<ChoiceView>,
    /// What names are searched for.
    pub text: String,
    /// What else the address narrows by, for the form: name and value.
    pub kept: Vec<(String, String)>,
    /// The objects are narrowed in some way.
    pub is_narrow: bool,
    /// Objects of this page.
    pub objects: Vec<CycleObjectRow>,
    /// Which page, from 1.
    pub page: u32,
    /// How many pages.
    pub pages: u32,
    /// Objects that match.
    pub total: u32,
    /// The address of a page, but for its number.
    pub base: String,
}

/// A list of a channel's cycles.
#[derive(Clone, Debug, PartialEq)]
pub struct CyclesPage {
    /// The channel.
    pub channel: ChannelId,
    /// Its name.
    pub channel_name: String,
    /// Name of the connection.
    pub connection_name: String,
    /// States to choose from: id and label; the first is all of them.
    pub states: Vec<(String, String)>,
    /// The state in force.
    pub state: String,
    /// Only those that changed something.
    pub changed: bool,
    /// How many of how many are shown.
    pub counted: String,
    /// The newest first.
    pub cycles: Vec<CycleRow>,
    /// How long they are kept, in a sentence.
    pub kept: String,
    /// Which page, from 1.
    pub page: u32,
    /// How many pages.
    pub pages: u32,
    /// The address of a page, but for its number.
    pub base: String,
}

/// All channels at a glance, or those that an address asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Dashboard {
    /// How many are in which state, each with the address that shows only those; all of them first.
    pub states: Vec<ChoiceView>,
    /// What was searched for.
    pub text: String,
    /// The state in force, for the form; empty for all.
    pub state: String,
    /// How many of how many are shown.
    pub counted: String,
    /// Those shown.
    pub rows: Vec<DashboardRow>,
    /// There is no channel at all.
    pub is_empty: bool,
}

/// One of several views of a page, with its address.
#[derive(Clone, Debug, PartialEq)]
pub struct ChoiceView {
    /// What it is called.
    pub label: String,
    /// How many are in it; `None` where that is not counted.
    pub count: Option<u32>,
    /// Its colour; `None` for one that is about all.
    pub tone: Option<Tone>,
    /// Its address.
    pub href: String,
    /// It is the one shown.
    pub is_shown: bool,
}

/// A channel on the dashboard.
#[derive(Clone, Debug, PartialEq)]
pub struct DashboardRow {
    /// At a glance.
    pub row: ChannelRow,
    /// How far it lags behind its directory, such as `12 s`; empty: it was never read to its end.
    pub lag: String,
    /// Its people.
    pub people: ObjectsView,
    /// Its groups.
    pub groups: ObjectsView,
    /// Operations of the running cycle that are still to be done.
    pub queue: u32,
    /// What it did within the last day.
    pub spark: SparkView,
}

/// How people or groups stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectsView {
    /// As the directory says, as far as is known.
    pub in_sync: u32,
    /// Failed, and waiting for another try.
    pub failed: u32,
    /// Left out.
    pub skipped: u32,
}

/// What a channel did over time, as a line of bars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SparkView {
    /// An SVG, which says itself what it shows; empty when there is nothing to show.
    pub svg: String,
    /// In words.
    pub words: String,
}

/// The page of a channel, with what it does now and what it did over time.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelScreen {
    /// What there is to say of it in any case.
    pub page: ChannelPage,
    /// How its people.
    pub people: ObjectsView,
    /// And its groups stand.
    pub groups: ObjectsView,
    /// How far it lags behind its directory, such as `12 s`; empty: it was never read to its end.
    pub lag: String,
    /// The running cycle.
    pub run: Option<RunView>,
    /// What the service slowed down, in sentences.
    pub slowed: Vec<String>,
    /// Which server of the directory is read, and from where on, in sentences.
    pub directory: Vec<String>,
    /// Figures over time.
    pub charts: ChartsView,
    /// Until when `provisioner.log` has it at DEBUG; `None`: it has it at the level of the server.
    pub debug: Option<TimeView>,
}

/// A running cycle.
#[derive(Clone, Debug, PartialEq)]
pub struct RunView {
    /// Its id.
    pub cycle: CycleId,
    /// Its steps in order.
    pub steps: Vec<(String, StepState)>,
    /// How far it is: label and value.
    pub figures: Vec<(String, String)>,
}

/// Where a running cycle is with a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    /// Over.
    Done,
    /// At it.
    Now,
    /// To come.
    Next,
}

/// Figures over a time, as charts and as a table.
#[derive(Clone, Debug, PartialEq)]
pub struct ChartsView {
    /// Over which times there are charts.
    pub ranges: Vec<ChoiceView>,
    /// The charts.
    pub charts: Vec<ChartView>,
    /// Headings of the table.
    pub heads: Vec<String>,
    /// Its rows, the latest first.
    pub rows: Vec<Vec<String>>,
}

/// A chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartView {
    /// What it shows.
    pub title: String,
    /// The colours in it: class, meaning.
    pub legend: Vec<(String, String)>,
    /// SVG.
    pub svg: String,
    /// In a sentence.
    pub sentence: String,
}
