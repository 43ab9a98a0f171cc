//! The shell: tasks above, tabs, the fields and body of the tab, what is wrong, and the buttons.

use super::browser::{Checked, focus_summary, go_to};
use super::fields::input_id;
use super::state::State;
use super::{bodies, fields, report, rows, tabs};
use crate::routes::{Download, Page, UNKEPT};
use crate::ui::PageHeader;
use domain::form::FieldKind;
use domain::id::DraftId;
use domain::problem::Problem;
use domain::view::{Button, FileLink, LastSave, LastSaveKind, StepView};
use leptos::prelude::*;

/// Buttons of the bar at the bottom; every other one belongs to what the tab shows.
const BAR: [&str; 6] = ["cancel", "save-draft", "previous", "next", "done", "save"];

/// Runs the tab's test.
const TEST: &str = "test";

/// One page of a wizard.
pub fn step(view: StepView) -> AnyView {
    let state = State::new(&view);
    let checked = Checked::new(&view, state);
    let left = checked.clone();
    Effect::new(move |_| {
        if state.summary.with_untracked(|problems| !problems.is_empty()) {
            focus_summary();
        }
    });

    let has_file = view.fields.iter().any(|field| matches!(field.spec.kind, FieldKind::File { .. }));
    let enctype = has_file.then_some("multipart/form-data");
    let mark = mark(&view);
    let action = tabs::href(&view.draft, &view.path);
    let title = view.tasks.last().map(|task| task.title.clone()).unwrap_or_default();
    let crumbs = tabs::crumbs(&view.kind, &view.draft, &view.tasks);
    let tab = view.tabs.iter().find(|tab| tab.id == view.tab).map(|tab| tab.title.clone()).unwrap_or_default();
    let asks_for_a_trial_only = !view.fields.is_empty() && view.fields.iter().all(|field| field.spec.trial);
    let tried = view.buttons.iter().find(|button| asks_for_a_trial_only && button.nav == TEST);
    let default = tried.or(view.buttons.iter().find(|button| button.primary)).or(view.buttons.last()).cloned();
    let (bar, actions): (Vec<_>, Vec<_>) = view.buttons.into_iter().partition(|button| BAR.contains(&button.nav.as_str()));
    let asked_by_body = bodies::inputs(&view.body);
    let (inside, outside): (Vec<_>, Vec<_>) = view.fields.into_iter().partition(|field| asked_by_body.contains(&field.spec.name));
    let (trial, plain): (Vec<_>, Vec<_>) = outside.into_iter().partition(|field| field.spec.trial);
    let (tests, ways): (Vec<_>, Vec<_>) = actions.into_iter().partition(|button| button.nav == TEST);
    let (below, above) = match view.rows {
        Some(rows) if rows.is_below => (Some(rows), None),
        rows => (None, rows),
    };
    let intro = (!view.intro.is_empty()).then(|| view! { <p class="panel__intro">{view.intro}</p> });

    view! {
        <form class="wizard" id=UNKEPT method="post" action=action enctype=enctype novalidate=true
            on:submit=move |event| checked.submitted(&event)
            on:focusout=move |event| left.left(&event)
        >
            <input type="hidden" name=mark disabled=true/>
            {default.map(enter)}
            {crumbs}
            <PageHeader title=title/>
            {notes(view.notes)}
            {view.last_save.map(|last| last_save(last, &view.draft))}
            {tabs::bar(view.tabs)}
            <div class="panel">
                <h2 class="panel__title">{tab}</h2>
                {intro}
                {problems(state)}
                {above.map(|rows| rows::table(rows, state))}
                {fields::groups(plain, state)}
                {below.map(|rows| rows::table(rows, state))}
                {bodies::body(view.body, inside, &view.draft, state)}
                {files(view.files, &view.draft)}
                {report::trial(trial, tests, state)}
                {(!ways.is_empty()).then(|| view! { <p class="nested">{ways.into_iter().map(way).collect_view()}</p> })}
            </div>
            {buttons(bar)}
        </form>
    }
    .into_any()
}

/// A name made of what the draft holds of this tab. After Back a browser puts what was typed and not sent into the form it was typed
/// into, and knows that form by the names of its first fields. So it does as long as the draft is as it was then, and what the draft
/// has learnt since is not covered by something older. The field of this name is never sent.
fn mark(view: &StepView) -> String {
    let of_row = view.rows.iter().flat_map(|rows| &rows.rows).filter_map(|row| row.edit.as_ref()).flatten();
    let parts = view.fields.iter().chain(of_row).flat_map(|field| [field.spec.name.as_str(), field.value.as_str()]);
    // FNV-1a: the same for the browser as for the server.
    let sum =
        parts.flat_map(|part| part.bytes().chain([0])).fold(0x811c_9dc5_u32, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("of-{sum:08x}")
}

/// What its owner should know of how the draft came to be.
fn notes(notes: Vec<String>) -> Option<AnyView> {
    let items = notes.into_iter().map(|note| view! { <li>{note}</li> }).collect::<Vec<_>>();
    (!items.is_empty()).then(|| view! { <div class="alert alert--quiet" role="note"><ul class="alert__list">{items}</ul></div> }.into_any())
}

/// Who saved the object last; who saved after this draft was begun is said before Save meets it.
fn last_save(last: LastSave, draft: &str) -> AnyView {
    let LastSave { by, when, kind, .. } = last;
    let said = match kind {
        LastSaveKind::Known => return view! { <p class="wizard__last">{format!("Last changed by {by}, {when}")}</p> }.into_any(),
        LastSaveKind::Newer => format!("{by} saved this {when}, after you began. "),
        LastSaveKind::Deleted => format!("{by} deleted this {when}, after you began. "),
    };
    let href = DraftId::parse(draft).map_or_else(|_| Page::Home.href(), |id| Page::Meeting(id).href());
    view! {
        <div class="alert alert--warning" role="note">
            {said}<a href=href rel="external">"See what differs"</a>
        </div>
    }
    .into_any()
}

/// The first button of the form is what Enter presses: not seen, not reached with Tab, and the same as the primary one.
fn enter(button: Button) -> impl IntoView {
    view! { <button type="submit" name="nav" value=button.nav class="visually-hidden" tabindex="-1" aria-hidden="true">{button.label}</button> }
}

/// A button that leads somewhere else and back.
fn way(button: Button) -> impl IntoView {
    view! { <button type="submit" name="nav" value=button.nav class="button">{button.label}</button> }
}

/// What is wrong, each with a link to its field.
pub fn problems(state: State) -> impl IntoView {
    move || {
        let problems = state.summary.get().0;
        (!problems.is_empty()).then(|| {
            let one = problems.len() == 1;
            let items = problems.into_iter().map(item).collect_view();
            view! {
                <div class="alert alert--bad" id="problems" role="alert" tabindex="-1" autofocus=true>
                    <p class="alert__title">{if one { "One entry needs attention." } else { "Some entries need attention." }}</p>
                    <ul class="alert__list">{items}</ul>
                </div>
            }
        })
    }
}

fn item(problem: Problem) -> AnyView {
    if problem.field.is_empty() {
        return view! { <li>{problem.message}</li> }.into_any();
    }
    let id = input_id(&problem.field);
    let href = format!("#{id}");
    view! { <li><a href=href rel="external" on:click=move |event| go_to(&event, &id)>{problem.message}</a></li> }.into_any()
}

/// Files made of what is in the draft.
fn files(files: Vec<FileLink>, draft: &str) -> Option<AnyView> {
    let id = DraftId::parse(draft).ok()?;
    let link = |file: FileLink| {
        let href = Download::Draft(id.clone(), file.name.clone()).href();
        view! { <a class="button button--primary" href=href download=file.name rel="external">{file.label}</a> }
    };
    (!files.is_empty()).then(|| view! { <p class="files">{files.into_iter().map(link).collect_view()}</p> }.into_any())
}

fn buttons(bar: Vec<Button>) -> impl IntoView {
    let (leave, go): (Vec<_>, Vec<_>) = bar.into_iter().partition(|button| matches!(button.nav.as_str(), "cancel" | "save-draft"));
    let render = |button: Button| {
        let class = if button.primary { "button button--primary" } else { "button" };
        view! { <button type="submit" name="nav" value=button.nav class=class>{button.label}</button> }
    };
    view! {
        <div class="buttons">
            <div class="buttons__leave">{leave.into_iter().map(render).collect_view()}</div>
            <div class="buttons__go">{go.into_iter().map(render).collect_view()}</div>
        </div>
    }
}
