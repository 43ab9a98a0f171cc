//! What only a browser does: read the form, check while one types, run a test without leaving the page.
//!
//! The checks are the server's own. What a field *requires* can depend on another field of the same tab, and only the server
//! knows how, so a missing value never keeps a form from being sent: the server answers at once, at the field.

use super::state::State;
use crate::api::drafts::{Tested, test_step};
use crate::reading::Sent;
use domain::form::{FieldKind, FieldSpec, Fields, check_one};
use domain::id::DraftId;
use domain::problem::Problems;
use domain::view::StepView;
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::{Element, FormData, HtmlElement, HtmlFormElement};

/// What the handlers need of a tab.
#[derive(Clone)]
pub struct Checked {
    /// Fields, with what they held when the page came.
    fields: Arc<[(FieldSpec, String)]>,
    draft: Arc<str>,
    path: Arc<str>,
    state: State,
    verdict: StoredValue<Verdict>,
}

/// What was last said of the whole tab, and of which values. It may be about what a field alone does not show, such as a name that is
/// taken, so it stands as long as the value does.
struct Verdict {
    values: Fields,
    problems: Problems,
}

impl Checked {
    /// Of a tab.
    pub fn new(view: &StepView, state: State) -> Self {
        let of_row = view.rows.iter().flat_map(|rows| &rows.rows).filter_map(|row| row.edit.as_ref()).flatten();
        let fields: Arc<[(FieldSpec, String)]> = view.fields.iter().chain(of_row).map(|f| (f.spec.clone(), f.value.clone())).collect();
        let values = fields.iter().map(|(spec, held)| (spec.name.clone(), held.clone())).collect();
        Self {
            fields,
            draft: view.draft.as_str().into(),
            path: view.path.as_str().into(),
            state,
            verdict: StoredValue::new(Verdict { values, problems: view.problems.clone() }),
        }
    }

    /// A field was left: says what is wrong with it now.
    pub fn left(&self, event: &ev::FocusEvent) {
        let Some(element) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
        let (Some(name), Some(form)) = (element.get_attribute("name"), form_of(&element)) else { return };
        let Some((spec, held)) = self.fields.iter().find(|(spec, _)| spec.name == name) else { return };
        if !is_typed_into(spec) {
            return;
        }
        let typed = read(&form, self.fields.iter());
        let value = typed.get(&name);
        let cleared = value.trim().is_empty() && !held.is_empty() && !self.has_other_choices(&typed);
        let said = self.verdict.with_value(|verdict| {
            let unchanged = verdict.values.get(&name) == value;
            unchanged.then(|| Some(verdict.problems.of(&name).collect::<Vec<_>>().join(" ")).filter(|text| !text.is_empty()))
        });
        let problem = match said {
            Some(said) => said,
            None if value.trim().is_empty() && !cleared => None,
            None => check_one(spec, value).err(),
        };
        // A click elsewhere leaves the field first. Were its line shown or hidden at once, what is clicked would move away from
        // under the pointer and get no click.
        let state = self.state;
        set_timeout(move || state.set_problem(&name, problem), std::time::Duration::from_millis(200));
    }

    /// A button was pressed: keeps malformed text from being sent, and runs a test here.
    pub fn submitted(&self, event: &ev::SubmitEvent) {
        let Some(nav) = event.submitter().and_then(|button| button.get_attribute("value")) else { return };
        let Some(form) = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok()) else { return };
        if !matches!(nav.as_str(), "next" | "done" | "save" | "test") {
            return;
        }
        let typed = read(&form, self.fields.iter());
        let problems = self.malformed(&typed);
        if !problems.is_empty() {
            event.prevent_default();
            self.refuse(typed, problems);
        } else if nav == "test" && !self.fields.iter().any(|(spec, _)| spec.reads.is_some()) {
            // What the server reads of a file, or at an address, changes the whole tab: then the page comes anew.
            event.prevent_default();
            self.test(typed);
        }
    }

    fn malformed(&self, typed: &Fields) -> Problems {
        let mut problems = Problems::none();
        for (spec, _) in self.fields.iter().filter(|(spec, _)| is_typed_into(spec)) {
            let value = typed.get(&spec.name);
            if let (false, Err(message)) = (value.trim().is_empty(), check_one(spec, value)) {
                problems.add(&spec.name, message);
            }
        }
        problems
    }

    /// Whether a choice was changed that may change what is required.
    fn has_other_choices(&self, typed: &Fields) -> bool {
        self.fields.iter().any(|(spec, held)| match spec.kind {
            FieldKind::Checkbox => typed.is_checked(&spec.name) != matches!(held.as_str(), "on" | "true" | "1"),
            FieldKind::Select(_) | FieldKind::Radio(_) => typed.get(&spec.name) != held,
            _ => false,
        })
    }

    fn refuse(&self, values: Fields, problems: Problems) {
        self.verdict.set_value(Verdict { values, problems: problems.clone() });
        self.state.problems.set(problems.clone());
        self.state.summary.set(problems);
        focus_summary();
    }

    fn test(&self, typed: Fields) {
        let state = self.state;
        if state.testing.get_untracked() {
            return;
        }
        let Ok(draft) = DraftId::parse(&self.draft) else { return };
        state.testing.set(true);
        state.report.set(None);
        state.refused.set(None);
        state.problems.set(Problems::none());
        state.summary.set(Problems::none());
        let this = self.clone();
        spawn_local(async move {
            match test_step(draft, this.path.to_string(), typed.clone()).await.and_then(Sent::open) {
                Ok(Tested::Found(report)) => state.report.set(Some(report)),
                Ok(Tested::Refused(problems)) => this.refuse(typed, problems),
                Err(error) => state.refused.set(Some(error.to_string())),
            }
            state.testing.set(false);
        });
    }
}

/// Moves the focus to the list of problems, once it is there.
pub fn focus_summary() {
    request_animation_frame(|| focus("problems"));
}

/// Moves the focus to an element, opening what it is folded into.
fn focus(id: &str) {
    let Some(element) = document().get_element_by_id(id) else { return };
    if let Ok(Some(folded)) = element.closest("details") {
        let _ = folded.set_attribute("open", "");
    }
    if let Ok(element) = element.dyn_into::<HtmlElement>() {
        let _ = element.focus();
    }
}

/// Follows a link of the list of problems to its field. A link alone would not open what the field is folded into.
pub fn go_to(event: &ev::MouseEvent, id: &str) {
    event.prevent_default();
    focus(id);
}

fn form_of(element: &Element) -> Option<HtmlFormElement> {
    element.closest("form").ok().flatten()?.dyn_into().ok()
}

/// Whether text is typed into it, which can be malformed.
fn is_typed_into(spec: &FieldSpec) -> bool {
    matches!(spec.kind, FieldKind::Text | FieldKind::Secret { .. } | FieldKind::Number { .. } | FieldKind::TextArea { .. })
}

fn read<'a>(form: &HtmlFormElement, fields: impl Iterator<Item = &'a (FieldSpec, String)>) -> Fields {
    let Ok(data) = FormData::new_with_form(form) else { return Fields::new() };
    let value = |name: &str| data.get(name).as_string().unwrap_or_default();
    fields.map(|(spec, _)| (spec.name.clone(), value(&spec.name))).collect()
}
