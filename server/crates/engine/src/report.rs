//! A plan in words: how much of what, why, and the first few names. Says also why nothing would happen.

use crate::config::Config;
use domain::model::link::ObjectKind;
use domain::model::plan::{Action, ActionKind, Change, ObjectRef, Op, Plan, ScopeCoverage, Value};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Objects that share kind, action and reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// User or group.
    pub kind: ObjectKind,
    /// What would be done; `None`: left out.
    pub action: Option<ActionKind>,
    /// Why, with the values in it left out.
    pub reason: String,
    /// How many.
    pub count: u32,
    /// Names of the first few.
    pub examples: Vec<String>,
}

const EXAMPLES: usize = 5;

/// Counts a plan by kind, action and reason: what would be done in the plan's order, then what is left out.
pub fn tally(plan: &Plan) -> Vec<Tally> {
    let done = plan.ops.iter().map(|op| (Some((op.phase(), op.action.kind())), &op.object, &op.reason));
    let left_out = plan.skipped.iter().map(|s| (None, &s.object, &s.reason));
    let mut groups: BTreeMap<_, Tally> = BTreeMap::new();
    for (what, object, reason) in done.chain(left_out) {
        let reason = without_values(reason);
        // What is left out comes last.
        let key = (what.is_none(), what, object.kind, reason.clone());
        let action = what.map(|(_, action)| action);
        let tally = groups.entry(key).or_insert_with(|| Tally { kind: object.kind, action, reason, count: 0, examples: Vec::new() });
        tally.count += 1;
        if tally.examples.len() < EXAMPLES {
            tally.examples.push(object.name.clone());
        }
    }
    groups.into_values().collect()
}

/// A plan as text, for the command line. Values the mapping masks are shown as dots.
pub fn render(plan: &Plan, config: &Config) -> String {
    let mut out = String::new();
    let coverage = &plan.coverage;
    line(&mut out, 0, &format!("Read {}, {}.", scope(coverage.users, ObjectKind::User), scope(coverage.groups, ObjectKind::Group)));
    coverage.problem.iter().for_each(|problem| line(&mut out, 0, &format!("The read was not complete: {problem}")));
    coverage.notes.iter().for_each(|note| line(&mut out, 0, &format!("Note: {note}")));
    if plan.ops.is_empty() {
        line(&mut out, 0, "Nothing to do.");
    } else {
        line(&mut out, 0, &format!("Would do, {} in all:", amount(plan.ops.len(), "operation")));
        ops(&mut out, &plan.ops, config);
    }
    for held in &plan.held {
        let count = if held.ops.is_empty() { String::new() } else { format!(", {}", amount(held.ops.len(), "operation")) };
        line(&mut out, 0, &format!("Held{count}: {}", held.reason));
        ops(&mut out, &held.ops, config);
    }
    let left_out: Vec<_> = tally(plan).into_iter().filter(|t| t.action.is_none()).collect();
    if !left_out.is_empty() {
        line(&mut out, 0, &format!("Left out, {} in all:", plan.skipped.len()));
    }
    for tally in left_out {
        line(&mut out, 1, &format!("{}: {}", objects(tally.count as usize, tally.kind), tally.reason));
        line(&mut out, 2, &examples(&tally.examples, tally.count as usize));
    }
    if !plan.waiting.is_empty() {
        let names: Vec<_> = plan.waiting.iter().map(|(object, _)| object.name.clone()).take(EXAMPLES).collect();
        line(&mut out, 0, &format!("Waiting after a failure: {}", examples(&names, plan.waiting.len())));
    }
    if !plan.refreshed.is_empty() {
        line(&mut out, 0, &format!("Recorded without a call: {}.", amount(plan.refreshed.len(), "link")));
    }
    let (users, groups) =
        (objects(plan.unchanged_users as usize, ObjectKind::User), objects(plan.unchanged_groups as usize, ObjectKind::Group));
    line(&mut out, 0, &format!("Unchanged: {users}, {groups}."));
    out
}

fn ops(out: &mut String, ops: &[Op], config: &Config) {
    for same in ops.chunk_by(|a, b| (a.phase(), a.action.kind()) == (b.phase(), b.action.kind())) {
        line(out, 1, &format!("{} {}", same[0].action.kind().label(), objects(same.len(), same[0].object.kind)));
        for op in same.iter().take(EXAMPLES) {
            line(out, 2, &format!("{}: {}", name(&op.object), op.reason));
            detail(out, op, config);
        }
        if same.len() > EXAMPLES {
            line(out, 2, &format!("and {} more", same.len() - EXAMPLES));
        }
    }
}

fn detail(out: &mut String, op: &Op, config: &Config) {
    let show = |attribute: &str, value: &Option<Value>| match value {
        None => "nothing".to_owned(),
        Some(_) if op.object.kind == ObjectKind::User && config.is_masked(attribute) => "•••".to_owned(),
        Some(Value::Text(text)) => format!("‘{text}’"),
        Some(Value::Ref(id)) => format!("person {id}"),
    };
    match &op.action {
        Action::Update { changes } => {
            for Change { attribute, from, to } in changes {
                line(out, 3, &format!("{attribute}: {} -> {}", show(attribute, from), show(attribute, to)));
            }
        }
        Action::AddMembers { members } | Action::RemoveMembers { members } => {
            let ids: Vec<_> = members.iter().take(EXAMPLES).map(|m| m.0.clone()).collect();
            line(out, 3, &examples(&ids, members.len()));
        }
        Action::Adopt { target } => line(out, 3, &format!("target id {target}")),
        _ => {}
    }
}

fn name(object: &ObjectRef) -> String {
    if object.dn.is_empty() { object.name.clone() } else { format!("{} ({})", object.name, object.dn) }
}

fn scope(scope: ScopeCoverage, kind: ObjectKind) -> String {
    let how = match (scope.ids_complete, scope.full) {
        (true, true) => "",
        (true, false) => " (changes only)",
        (false, _) => " (not complete)",
    };
    format!("{}{how}", objects(scope.seen as usize, kind))
}

fn objects(count: usize, kind: ObjectKind) -> String {
    amount(count, kind.id())
}

fn amount(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn examples(names: &[String], count: usize) -> String {
    let rest = count.saturating_sub(names.len());
    if rest == 0 { names.join(", ") } else { format!("{} and {rest} more", names.join(", ")) }
}

/// The same sentence for every value in it: what stands between quotation marks becomes an ellipsis.
fn without_values(reason: &str) -> String {
    let mut out = String::with_capacity(reason.len());
    let mut rest = reason;
    while let Some((before, quoted)) = rest.split_once('‘') {
        let Some((_, after)) = quoted.split_once('’') else { break };
        out.push_str(before);
        out.push_str("‘…’");
        rest = after;
    }
    out.push_str(rest);
    out
}

fn line(out: &mut String, depth: usize, text: &str) {
    // Writing to a text cannot fail.
    let _ = writeln!(out, "{:indent$}{text}", "", indent = depth * 2);
}
