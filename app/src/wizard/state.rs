//! What changes on a tab while it is shown.

use domain::model::report::Report;
use domain::problem::Problems;
use domain::view::StepView;
use leptos::prelude::*;

/// What changes on a tab while it is shown. Everything else is in the form itself.
#[derive(Clone, Copy)]
pub struct State {
    /// What is wrong, by field.
    pub problems: RwSignal<Problems>,
    /// What is said at the top: the problems of the last attempt to go on.
    pub summary: RwSignal<Problems>,
    /// What the last test found.
    pub report: RwSignal<Option<Report>>,
    /// Why the test could not be run at all.
    pub refused: RwSignal<Option<String>>,
    /// A test is running.
    pub testing: RwSignal<bool>,
}

impl State {
    /// As the server sent it.
    pub fn new(view: &StepView) -> Self {
        Self { report: RwSignal::new(view.report.clone()), ..Self::with_problems(view.problems.clone()) }
    }

    /// Of a form without tests.
    pub fn with_problems(problems: Problems) -> Self {
        Self {
            problems: RwSignal::new(problems.clone()),
            summary: RwSignal::new(problems),
            report: RwSignal::new(None),
            refused: RwSignal::new(None),
            testing: RwSignal::new(false),
        }
    }

    /// The problems of one field as one text; empty when there is none.
    pub fn problem_of(self, field: &str) -> String {
        self.problems.with(|problems| problems.of(field).collect::<Vec<_>>().join(" "))
    }

    /// Replaces the problem of one field. Nothing happens once the tab is not shown any more: a field is left a moment before the page is.
    pub fn set_problem(self, field: &str, problem: Option<String>) {
        let same = self.problems.try_with_untracked(|problems| problems.of(field).eq(problem.as_deref()));
        if same == Some(false) {
            self.problems.update(|problems| {
                problems.0.retain(|p| p.field != field);
                if let Some(message) = problem {
                    problems.add(field, message);
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_problem_of_a_field_is_replaced_while_its_tab_is_shown() {
        let owner = Owner::new();
        let state = owner.with(|| State::with_problems(Problems::at("name", "Enter the Name.")));
        state.set_problem("name", Some("Too long.".into()));
        state.set_problem("port", Some("Not a number.".into()));
        assert_eq!(owner.with(|| (state.problem_of("name"), state.problem_of("port"))), ("Too long.".into(), "Not a number.".into()));
        state.set_problem("name", None);
        assert_eq!(owner.with(|| state.problem_of("name")), "");
        owner.cleanup();
        state.set_problem("name", Some("Nobody reads this.".into()));
    }
}
