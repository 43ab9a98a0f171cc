//! What leads through the console: Home, the search, the help.

use super::{StateView, Tone};
use domain::id::ChannelId;
use serde::{Deserialize, Serialize};

/// A way to a page: a link, or a button that posts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    /// What is read.
    pub label: String,
    /// Where it leads.
    pub to: String,
    /// It posts.
    pub posts: bool,
}

/// The page Home.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomeView {
    /// Nothing is configured yet.
    pub is_new: bool,
    /// Steps that are done.
    pub done: u32,
    /// The steps of the guide, in order.
    pub steps: Vec<StepRow>,
    /// What should not wait.
    pub warnings: Vec<Warning>,
    /// How channels stand: how many in which state.
    pub standing: Vec<(u32, StateView)>,
    /// How many channels there are.
    pub channels: u32,
    /// Channels that want to be looked at.
    pub attention: Vec<Attention>,
    /// What AWS is told of this server.
    pub to_aws: Vec<Exchange>,
    /// What AWS tells this server.
    pub from_aws: Vec<Exchange>,
}

/// The page Home, as far as the server makes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomePage {
    /// The heading.
    pub title: String,
    /// A sentence below it; may be empty.
    pub sentence: String,
    /// Warnings, and how channels stand, as HTML.
    pub above: String,
    /// The steps of the guide, as HTML.
    pub steps: String,
    /// What AWS is told of this server.
    pub to_aws: Vec<Exchange>,
    /// What AWS tells this server.
    pub from_aws: Vec<Exchange>,
}

/// A step of the guide.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRow {
    /// What is done.
    pub title: String,
    /// Where, and how.
    pub text: String,
    /// It is done.
    pub done: bool,
    /// Its parts, with whether each is done.
    pub parts: Vec<(String, bool)>,
    /// Where it is done.
    pub ways: Vec<Way>,
}

/// What should not wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Its colour.
    pub tone: Tone,
    /// What it is.
    pub text: String,
    /// Where it is mended.
    pub way: Way,
}

/// A channel that wants to be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attention {
    /// Its id.
    pub id: ChannelId,
    /// Its name.
    pub name: String,
    /// How it is.
    pub state: StateView,
}

/// A value that one side tells the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// What the AWS console calls it.
    pub label: String,
    /// The value; empty: not known yet, or not to be shown.
    pub value: String,
    /// Where it goes, or where it is found.
    pub note: String,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchView {
    /// What was looked for, without blanks around it.
    pub text: String,
    /// Kinds of screens and objects, each with what was found.
    pub groups: Vec<HitGroup>,
}

/// What was found of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HitGroup {
    /// The kind, in the plural.
    pub title: String,
    /// What was found.
    pub hits: Vec<Hit>,
    /// There are more than are shown.
    pub more: bool,
}

/// A screen or an object that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// Its name, and where that leads.
    pub way: Way,
    /// Entity ID, Instance ID or where it is; may be empty.
    pub detail: String,
}

/// A page of the help, or the part of it that a screen is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelpView {
    /// Its title.
    pub title: String,
    /// HTML made of a text of this project.
    pub html: String,
    /// The whole page.
    pub href: String,
}
