//! What a test found.

use super::fields;
use super::state::State;
use crate::ui::Alert;
use domain::model::report::{Level, Report, ReportLine};
use domain::view::{Button, FieldView};
use leptos::prelude::*;

/// The tests of a tab, with what they are tried with.
pub fn trial(asked: Vec<FieldView>, tests: Vec<Button>, state: State) -> AnyView {
    if asked.is_empty() {
        return tests.into_iter().map(|button| test(button, state)).collect_view().into_any();
    }
    let legend = tests.first().map(|button| button.label.clone()).unwrap_or_default();
    view! {
        <fieldset class="section trial">
            <legend class="section__legend">{legend}</legend>
            <div class="section__fields">{fields::groups(asked, state)}</div>
            {tests.into_iter().map(|button| test(button, state)).collect_view()}
        </fieldset>
    }
    .into_any()
}

/// The button of a test and, below it, what the test found.
fn test(button: Button, state: State) -> AnyView {
    let label = button.label.clone();
    let name = button.label;
    let idle = label.clone();
    view! {
        <div class="test">
            <button type="submit" name="nav" value=button.nav class="button" disabled=move || state.testing.get()>
                {move || if state.testing.get() { "Testing…".to_owned() } else { idle.clone() }}
            </button>
            <div role="status" class="test__status">
                {move || {
                    let name = name.clone();
                    state.testing.get().then(|| view! { <p class="test__running">{format!("{name} is running.")}</p> })
                }}
                {move || {
                    let label = label.clone();
                    state.report.get().map(move |report| lines(label, report))
                }}
            </div>
            {move || state.refused.get().map(|why| view! { <Alert>{why}</Alert> })}
        </div>
    }
    .into_any()
}

fn lines(label: String, report: Report) -> impl IntoView {
    let verdict = if report.passed() { "Passed." } else { "Failed." };
    let class = if report.passed() { "report report--passed" } else { "report report--failed" };
    view! {
        <section class=class aria-label=label>
            <p class="report__verdict">{verdict}</p>
            <ul class="report__lines">{report.lines.into_iter().map(line).collect_view()}</ul>
        </section>
    }
}

fn line(line: ReportLine) -> impl IntoView {
    let (class, word) = match line.level {
        Level::Ok => ("report__line report__line--ok", "OK"),
        Level::Warning => ("report__line report__line--warning", "Warning"),
        Level::Failed => ("report__line report__line--failed", "Failed"),
        Level::Info => ("report__line report__line--info", "Note"),
    };
    view! {
        <li class=class>
            <span class="report__word">{word}</span>
            <span class="report__step">{line.step}</span>
            <span class="report__found">{line.found}</span>
        </li>
    }
}
