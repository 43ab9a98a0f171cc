//! The page on which a draft meets what somebody else saved or deleted meanwhile, as HTML made on the server.
//!
//! It is a plain form with nothing to be done in the browser, so the browser's code knows none of it.

use crate::reading::nothing_unkept;
use crate::routes::{Page, Post, UNKEPT};
use crate::ui::{Badge, Confirm, Look};
use crate::views::{TimeView, Tone};
use domain::id::DraftId;
use domain::wizard::merge::{Fate, Line, Side, Unit};
use leptos::prelude::*;
use std::collections::BTreeMap;

/// A draft and what it meets, for the page.
#[derive(Clone, Debug)]
pub struct MeetingView {
    /// The draft.
    pub draft: DraftId,
    /// The tab it stands at.
    pub path: String,
    /// Kind of the object, as people say it.
    pub kind: String,
    /// The list that it belongs to: title and path.
    pub list: Option<(String, String)>,
    /// Its name.
    pub name: String,
    /// What it meets.
    pub with: With,
    /// A choice was missing; what was chosen so far is in `chosen`.
    pub is_incomplete: bool,
    /// Somebody saved again while this page was read.
    pub has_moved: bool,
    /// What was chosen so far, by the path of the unit.
    pub chosen: BTreeMap<String, Side>,
}

/// What a draft meets.
#[derive(Clone, Debug)]
pub enum With {
    /// Nothing.
    Nothing,
    /// A save.
    Saved {
        /// Whose; `None` for the reader's own.
        by: Option<String>,
        /// When.
        at: TimeView,
        /// The version that is looked at.
        version: i64,
        /// How often it was saved meanwhile.
        saves: i64,
        /// What both began from is known.
        has_base: bool,
        /// What differs.
        units: Vec<Unit>,
    },
    /// The object was deleted: by whom and when, where that is known.
    Deleted(Option<(String, TimeView)>),
}

/// Title of the page.
pub fn title(view: &MeetingView) -> String {
    let what = if view.name.is_empty() { view.kind.clone() } else { format!("‘{}’", view.name) };
    match &view.with {
        With::Nothing => format!("{what} was not changed meanwhile"),
        With::Saved { .. } => format!("{what} was changed meanwhile"),
        With::Deleted(_) => format!("{what} was deleted meanwhile"),
    }
}

/// The page as HTML.
pub fn html(view: MeetingView) -> String {
    crate::reading::html(|| page(view))
}

fn page(view: MeetingView) -> AnyView {
    let title = title(&view);
    let back = Page::Wizard(view.draft.clone(), view.path.clone()).href();
    let action = Post::Meeting(view.draft.clone()).action();
    let content = match view.with.clone() {
        With::Nothing => {
            let sentence = "Nobody else saved this since you began. Go back to your draft and press Save there.";
            view! {
                <p class="meeting__lead">{sentence}</p>
                <p><a class="button button--primary" href=back rel="external">"Back to the draft"</a></p>
                {nothing_unkept()}
            }
            .into_any()
        }
        With::Deleted(by) => deleted(&view, by, action, back),
        With::Saved { by, at, version, saves, has_base, units } => {
            let who = Who(by);
            saved(&view, &who, at, saves, has_base, version, units, action)
        }
    };
    let above = view.list.into_iter().map(|(title, href)| view! { <li><a href=href rel="external">{title}</a></li> }).collect_view();
    view! {
        <header class="page">
            <ol class="crumbs" aria-label="Pages above">{above}</ol>
            <h1 class="page__title">{title}</h1>
        </header>
        {content}
    }
    .into_any()
}

fn deleted(view: &MeetingView, by: Option<(String, TimeView)>, action: String, back: String) -> AnyView {
    let who = match by {
        Some((who, at)) => format!("{who} deleted it, {}, after you began to change it.", at.words),
        None => "It was deleted after you began to change it.".to_owned(),
    };
    let draft =
        format!("{who} What you entered is still in your draft and nowhere else. You can save it as a new {}, or let it go.", view.kind);
    view! {
        <form method="post" action=action class="meeting" id=UNKEPT>
            <p class="meeting__lead">{draft}</p>
            <div class="buttons">
                <div class="buttons__leave">
                    <a class="button" href=back rel="external">"Back to the draft"</a>
                    {discard("What you entered is lost; there is no other copy of it.")}
                </div>
                <div class="buttons__go">
                    <button type="submit" name="nav" value="anew" class=Look::Primary.class()>"Save as new"</button>
                </div>
            </div>
        </form>
    }
    .into_any()
}

fn discard(consequence: &'static str) -> impl IntoView {
    view! {
        <Confirm id="discard" label="Discard my draft" question="Discard your draft?" consequence=consequence>
            <button type="submit" name="nav" value="drop" class=Look::Danger.class() formnovalidate=true>"Discard draft"</button>
        </Confirm>
    }
}

/// Who saved meanwhile; `None` is the reader, in another window or before.
struct Who(Option<String>);

impl Who {
    fn name(&self) -> String {
        self.0.clone().unwrap_or_else(|| "You".into())
    }
    fn verb(&self, fate: Fate) -> String {
        format!("{} {}", self.name(), word(fate))
    }
    /// Whose version is taken.
    fn take(&self) -> String {
        match &self.0 {
            Some(name) => format!("Take what {name} saved"),
            None => "Take what is saved".into(),
        }
    }
    fn column(&self) -> String {
        match &self.0 {
            Some(name) => format!("Saved by {name}"),
            None => "Saved".into(),
        }
    }
}

fn word(fate: Fate) -> &'static str {
    match fate {
        Fate::Same => "left it as it was",
        Fate::Changed => "changed it",
        Fate::Added => "added it",
        Fate::Deleted => "deleted it",
    }
}

#[expect(clippy::too_many_arguments, reason = "the parts of one page")]
fn saved(
    view: &MeetingView,
    who: &Who,
    at: TimeView,
    saves: i64,
    has_base: bool,
    version: i64,
    units: Vec<Unit>,
    action: String,
) -> AnyView {
    let (asked, merged): (Vec<_>, Vec<_>) = units.into_iter().partition(|unit| unit.settled().is_none());
    let often = if saves > 1 {
        format!("It was saved {saves} times since you began, the last time by {} {}. ", who.0.as_deref().unwrap_or("you"), at.words)
    } else {
        format!("{} saved it {}, after you began. ", who.name(), at.words)
    };
    let what = match (asked.len(), merged.is_empty()) {
        (0, true) => "Your draft and what is saved are the same now. ".to_owned(),
        (0, false) if merged.iter().all(|unit| unit.theirs == Fate::Same) => "Nothing was different after that. ".to_owned(),
        (0, false) => "You changed different parts, so both fit together. Look over what Save will make of it. ".to_owned(),
        (1, _) => "One part was changed on both sides: choose which one to keep. ".to_owned(),
        (n, _) => format!("{n} parts were changed on both sides: choose for each which one to keep. "),
    };
    let unknown = if has_base { "" } else { "What it was when you began is not known, so every difference is listed. " };
    let nothing_yet = "Nothing of yours is saved yet.";
    let lead = format!("{often}{what}{unknown}{nothing_yet}");
    let missing: Vec<_> = asked.iter().enumerate().filter(|(_, unit)| !view.chosen.contains_key(&unit.path)).collect();
    let problems = (view.is_incomplete && !missing.is_empty()).then(|| {
        let items = missing.iter().map(|(at, unit)| {
            view! { <li><a href=format!("#unit-{at}-theirs")>{format!("Choose for {}.", unit.title)}</a></li> }
        });
        view! {
            <div class="alert alert--bad" id="problems" role="alert" tabindex="-1" autofocus=true>
                <p class="alert__title">"Not saved: a choice is missing."</p>
                <ul class="alert__list">{items.collect_view()}</ul>
            </div>
        }
    });
    let moved = view.has_moved.then(|| {
        view! {
            <div class="alert alert--warning" role="alert" tabindex="-1" autofocus=true>
                "It was saved once more while you read this page. What follows is about the newest."
            </div>
        }
    });
    let marked = if has_base { " What is not as it was when you began is marked." } else { "" };
    let whole = format!("Each is kept or taken as a whole.{marked}");
    let choices = (!asked.is_empty()).then(|| {
        let units = asked.into_iter().enumerate().map(|(at, unit)| question(at, unit, who, has_base, view)).collect_view();
        view! {
            <section class="meeting__part">
                <h2 class="meeting__title">"For you to choose"</h2>
                <p class="meeting__sentence">{whole}</p>
                {units}
            </section>
        }
    });
    let fits = (!merged.is_empty()).then(|| {
        let units = merged.into_iter().map(|unit| fitting(unit, who, has_base)).collect_view();
        view! {
            <section class="meeting__part">
                <h2 class="meeting__title">"Merged by itself"</h2>
                <p class="meeting__sentence">"Only one side changed these, or both did the same. There is nothing to choose."</p>
                {units}
            </section>
        }
    });
    view! {
        <form method="post" action=action class="meeting" id=UNKEPT>
            <input type="hidden" name="version" value=version.to_string()/>
            <p class="meeting__lead">{lead}</p>
            {problems}
            {moved}
            {choices}
            {fits}
            <div class="buttons">
                <div class="buttons__leave">
                    <button type="submit" name="nav" value="leave" class=Look::Plain.class() formnovalidate=true>"Back to the draft"</button>
                    {discard("What you changed is lost. What is saved stays as it is.")}
                </div>
                <div class="buttons__go">
                    <button type="submit" name="nav" value="save" class=Look::Primary.class()>"Save"</button>
                </div>
            </div>
        </form>
    }
    .into_any()
}

/// A unit that a person chooses about.
fn question(at: usize, unit: Unit, who: &Who, has_base: bool, view: &MeetingView) -> AnyView {
    let Unit { path, title, mine, theirs, lines, .. } = unit;
    let chosen = view.chosen.get(&path).copied();
    let name = format!("take.{path}");
    let described = format!("unit-{at}-said");
    let by = described.clone();
    let said = match (mine, theirs) {
        (Fate::Changed, Fate::Changed) if has_base => "Changed on both sides.".to_owned(),
        _ if has_base => format!("{}. You {}.", who.verb(theirs), word(mine)),
        _ => "The two differ.".to_owned(),
    };
    let radio = |side: Side, value: &'static str, label: String| {
        let id = format!("unit-{at}-{value}");
        let of = id.clone();
        view! {
            <label class="meeting__choice" for=of>
                <input type="radio" id=id name=name.clone() value=value required=true checked=chosen == Some(side)/>
                <span>{label}</span>
            </label>
        }
    };
    let keep = if mine == Fate::Deleted { "Keep mine: delete it".to_owned() } else { "Keep mine".to_owned() };
    let take = if theirs == Fate::Deleted { format!("{}: delete it", who.take()) } else { who.take() };
    view! {
        <fieldset class="meeting__unit meeting__unit--asked" aria-describedby=by>
            <legend class="meeting__legend">{title.clone()}</legend>
            <p class="meeting__sentence" id=described>{said}</p>
            {table(title, lines, who, has_base)}
            <div class="meeting__choices">
                {radio(Side::Theirs, "theirs", take)}
                {radio(Side::Mine, "mine", keep)}
            </div>
        </fieldset>
    }
    .into_any()
}

/// A unit that fits by itself.
fn fitting(unit: Unit, who: &Who, has_base: bool) -> AnyView {
    let badge = match (unit.alike, unit.settled()) {
        (true, _) => ("Both did the same".to_owned(), Tone::Quiet),
        (_, Some(Side::Mine)) => (format!("You {}", word(unit.mine)), Tone::Good),
        _ => (who.verb(unit.theirs), Tone::Busy),
    };
    view! {
        <details class="meeting__unit">
            <summary class="meeting__summary">
                <span class="meeting__legend">{unit.title.clone()}</span>
                <Badge label=badge.0 tone=badge.1/>
            </summary>
            {table(unit.title, unit.lines, who, has_base)}
        </details>
    }
    .into_any()
}

/// What differs, version beside version; below one another where the page is narrow.
fn table(title: String, lines: Vec<Line>, who: &Who, has_base: bool) -> AnyView {
    let began = has_base.then(|| "When you began".to_owned());
    let columns: Vec<String> = began.into_iter().chain([who.column(), "Yours".to_owned()]).collect();
    let heads = columns.iter().map(|column| view! { <th scope="col" class="table__head">{column.clone()}</th> }).collect_view();
    let rows = lines
        .into_iter()
        .map(|line| {
            let values = has_base.then_some((line.base.clone(), false)).into_iter();
            let is_other = |value: &Option<String>| has_base && *value != line.base;
            let (theirs, mine) = (is_other(&line.theirs), is_other(&line.mine));
            let values = values.chain([(line.theirs, theirs), (line.mine, mine)]);
            let cells = values.zip(&columns).map(|((value, is_new), column)| cell(value, is_new, column.clone())).collect_view();
            view! { <tr><th scope="row" class="meeting__label">{line.label}</th>{cells}</tr> }
        })
        .collect_view();
    view! {
        <table class="meeting__table" aria-label=title>
            <thead><tr><th scope="col" class="table__head">"Field"</th>{heads}</tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn cell(value: Option<String>, is_new: bool, column: String) -> AnyView {
    let class = if is_new { "meeting__value meeting__value--new" } else { "meeting__value" };
    let text = match value {
        None => view! { <span class="meeting__none">"not there"</span> }.into_any(),
        Some(text) if text.is_empty() => view! { <span class="meeting__none">"empty"</span> }.into_any(),
        Some(text) => view! { <span class="meeting__text">{text}</span> }.into_any(),
    };
    view! { <td class=class data-label=column>{text}</td> }.into_any()
}
