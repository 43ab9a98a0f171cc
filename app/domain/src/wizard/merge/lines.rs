//! What differs between versions, in words. A secret is never more than *Set* or *Changed*.

use super::{Merge, with};
use crate::form::{FieldKind, FieldSpec};
use crate::view::Body;
use crate::wizard::Catalog;
use crate::wizard::draft::{DraftBody, told};
use crate::wizard::path::Path;
use serde_json::{Map, Value};

/// One thing that differs, with what it was when both began, what it is with them, and with me. Lines in a value stay lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub label: String,
    /// When both began; `None` where that is not known, or where it was not there.
    pub base: Option<String>,
    /// As it is saved.
    pub theirs: Option<String>,
    /// As it is in the draft.
    pub mine: Option<String>,
}

/// Label and text of everything a tab holds.
type Told = Vec<(String, String)>;

/// What differs of some members of a tab, or of a whole task. `held` are the members in the base, theirs and mine.
pub(super) fn of_members(merge: &mut Merge<'_>, tab: &Path, held: [Option<&Map<String, Value>>; 3]) -> Vec<Line> {
    let catalog = merge.catalog;
    let specs = secrets_of(&mut merge.mine, tab, catalog);
    let tell = |body: Option<&mut DraftBody>| body.and_then(|body| tell_tab(body, tab, catalog));
    let mut told = [tell(merge.base.as_mut()), tell(Some(&mut merge.theirs)), tell(Some(&mut merge.mine))];
    for spec in &specs {
        let kept = held.map(|members| members.and_then(|members| find(members, &spec.name)));
        let from = kept[0].or(kept[1]);
        for (version, told) in told.iter_mut().enumerate().skip(1) {
            let is_other = kept[version].is_some() && from.is_some() && kept[version] != from;
            let lines = told.iter_mut().flatten().filter(|(label, _)| *label == spec.label);
            lines.filter(|_| is_other).for_each(|(_, text)| *text = "Changed".to_owned());
        }
    }
    let mut lines = if tab.tab() == "-" { of_task(merge, tab) } else { compare(&told) };
    if lines.is_empty() {
        // What is not shown, such as the password in a row of a table, is otherwise.
        let said = |version: usize| {
            let known = held[0].or(held[1]);
            held[version].map(|members| if Some(members) == known { "As it was" } else { "Changed" }.to_owned())
        };
        lines.push(Line { label: "Secrets and defaults".into(), base: said(0), theirs: said(1), mine: said(2) });
    }
    lines
}

/// What differs of a task that not every version has.
pub(super) fn of_task(merge: &mut Merge<'_>, task: &Path) -> Vec<Line> {
    let catalog = merge.catalog;
    let tell = |body: Option<&mut DraftBody>| body.and_then(|body| tell_task(body, task, catalog));
    let told = [tell(merge.base.as_mut()), tell(Some(&mut merge.theirs)), tell(Some(&mut merge.mine))];
    compare(&told)
}

/// Everything on the shown tabs of a task; `None` where there is no such task.
fn tell_task(body: &mut DraftBody, task: &Path, catalog: &Catalog) -> Option<Told> {
    let tabs = with(body, task, |task| task.tabs())?;
    let mut all = Vec::new();
    for tab in tabs {
        for (label, text) in tell_tab(body, &task.at(tab.id), catalog).unwrap_or_default() {
            all.push((format!("{} › {label}", tab.title), text));
        }
    }
    Some(all)
}

fn tell_tab(body: &mut DraftBody, tab: &Path, catalog: &Catalog) -> Option<Told> {
    with(body, tab, |task| {
        let body = match task.body(tab.tab(), catalog) {
            // The tasks inside are told one by one.
            Body::Nested { .. } | Body::List(_) | Body::Summary(_) => Body::Plain,
            body => body,
        };
        let mut all = told::fields(&task.fields(tab.tab(), catalog), &task.read(tab.tab()), body);
        if let Some(rows) = task.rows(tab.tab()) {
            all.extend(told::rows(&*rows, catalog));
        }
        all
    })
}

/// The secrets that a tab asks for, labelled as they are told.
fn secrets_of(body: &mut DraftBody, tab: &Path, catalog: &Catalog) -> Vec<FieldSpec> {
    let specs = with(body, tab, |task| task.fields(tab.tab(), catalog)).unwrap_or_default();
    let labelled = specs.iter().map(|spec| FieldSpec { label: told::label(spec, &specs), ..spec.clone() });
    labelled.filter(|spec| matches!(spec.kind, FieldKind::Secret { .. }) && !spec.trial).collect()
}

/// What is kept under a name, at any depth.
fn find<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let inside = |value: &'a Value| value.as_object().and_then(|members| find(members, name));
    members.get(name).filter(|value| !value.is_null()).or_else(|| members.values().find_map(inside))
}

/// The labels under which not all versions say the same.
fn compare(told: &[Option<Told>; 3]) -> Vec<Line> {
    let mut labels: Vec<&String> = Vec::new();
    for (label, _) in told.iter().rev().flatten().flatten() {
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    let text = |version: &Option<Told>, label: &String| {
        let all = version.as_ref()?.iter().filter(|(other, _)| other == label).map(|(_, text)| text.as_str());
        Some(all.collect::<Vec<_>>().join("\n"))
    };
    let line = |label: &String| {
        let [base, theirs, mine] = told.each_ref().map(|version| text(version, label));
        let differs = theirs != mine || (base.is_some() && base != mine);
        differs.then(|| Line { label: label.clone(), base, theirs, mine })
    };
    labels.into_iter().filter_map(line).collect()
}
