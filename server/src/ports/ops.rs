//! Operations, what they change and what came of them, as rows.

use super::words::count;
use app::views::{ChangeRow, CycleObjectRow, HeldView, ObjectNote, OpRow, Tone};
use domain::id::SourceId;
use domain::model::channel::Channel;
use domain::model::cycle::CycleObject;
use domain::model::link::ObjectKind;
use domain::model::plan::{Action, ActionKind, Change, Guard, Held, ObjectRef, Op, Outcome, Value};
use std::collections::HashMap;
use std::ops::Range;

/// Shown instead of a value that must not be shown.
const DOTS: &str = "••••••";

/// *User* or *Group*.
pub fn kind(kind: ObjectKind) -> String {
    match kind {
        ObjectKind::User => "User",
        ObjectKind::Group => "Group",
    }
    .to_owned()
}

/// A guard's name.
pub fn guard(guard: Guard) -> &'static str {
    match guard {
        Guard::IncompleteRead => "Incomplete read",
        Guard::NobodyFound => "Nobody found",
        Guard::Drop => "Far fewer than before",
        Guard::TooManyRemovals => "Too many removals",
        Guard::GroupLoss => "A group loses most of its members",
        Guard::Rejected => "Rejected",
    }
}

/// Names of people whom operations mention by source id, as far as they are known.
pub type Names = HashMap<SourceId, String>;

/// A planned operation. Values of attributes that the mapping masks are dots.
pub fn op_row(op: &Op, channel: &Channel, names: &Names) -> OpRow {
    let masked = |attribute: &str| channel.mapping.iter().any(|row| row.mask && row.field.eq_ignore_ascii_case(attribute));
    let show = |attribute: &str, value: &Value| match value {
        _ if masked(attribute) => DOTS.to_owned(),
        Value::Ref(id) => names.get(id).cloned().unwrap_or_else(|| id.0.clone()),
        Value::Text(text) => text.clone(),
    };
    let active = |from: bool| vec![ChangeRow { attribute: "active".into(), from: Some(from.to_string()), to: Some((!from).to_string()) }];
    let changes = match &op.action {
        Action::Update { changes } => changes
            .iter()
            .map(|c| ChangeRow {
                attribute: c.attribute.clone(),
                from: c.from.as_ref().map(|v| show(&c.attribute, v)),
                to: c.to.as_ref().map(|v| show(&c.attribute, v)),
            })
            .collect(),
        Action::Create { .. } => {
            let row = |(attribute, value): (&String, &Value)| ChangeRow {
                attribute: attribute.clone(),
                from: None,
                to: Some(show(attribute, value)),
            };
            op.after.values.iter().map(row).collect()
        }
        Action::Enable => active(false),
        Action::Disable => active(true),
        _ => Vec::new(),
    };
    let mut people: Vec<String> = match &op.action {
        Action::AddMembers { members } | Action::RemoveMembers { members } => {
            members.iter().filter_map(|id| names.get(id).cloned()).collect()
        }
        _ => Vec::new(),
    };
    people.sort();
    let action = match &op.action {
        Action::AddMembers { members } => format!("Add {}", count(super::as_u32(members.len()), "member", "members")),
        Action::RemoveMembers { members } => format!("Remove {}", count(super::as_u32(members.len()), "member", "members")),
        other => other.kind().label().to_owned(),
    };
    let object = &op.object;
    OpRow { kind: kind(object.kind), name: object.name.clone(), dn: object.dn.clone(), action, reason: op.reason.clone(), changes, people }
}

/// Removals that one guard holds, and those of them at `places`.
pub fn held(held: &Held, channel: &Channel, names: &Names, places: Range<usize>) -> HeldView {
    HeldView {
        guard: guard(held.guard).to_owned(),
        reason: held.reason.clone(),
        ops: held.ops.iter().skip(places.start).take(places.len()).map(|op| op_row(op, channel, names)).collect(),
        total: super::as_u32(held.ops.len()),
    }
}

/// An object that was left out.
pub fn note(object: &ObjectRef, reason: &str) -> ObjectNote {
    ObjectNote { kind: kind(object.kind), name: object.name.clone(), dn: object.dn.clone(), reason: reason.to_owned(), next: None }
}

/// A touched object of a cycle. Masked values were recorded as dots.
pub fn object_row(object: &CycleObject) -> CycleObjectRow {
    let change = |c: &Change| ChangeRow {
        attribute: c.attribute.clone(),
        from: c.from.as_ref().map(|v| v.show().to_owned()),
        to: c.to.as_ref().map(|v| v.show().to_owned()),
    };
    let (outcome, tone) = outcome(&object.outcome);
    CycleObjectRow {
        op: OpRow {
            kind: kind(object.kind),
            name: object.name.clone(),
            dn: object.dn.clone(),
            action: object.action.label().to_owned(),
            reason: object.reason.clone(),
            changes: object.changes.iter().map(change).collect(),
            people: Vec::new(),
        },
        outcome,
        tone,
        detail: object.outcome.detail().to_owned(),
        target_id: object.target_id.as_ref().map_or_else(String::new, ToString::to_string),
        request_id: object.request_id.clone().unwrap_or_default(),
        at: super::words::time_of_day(object.at),
    }
}

fn outcome(outcome: &Outcome) -> (String, Tone) {
    match outcome {
        Outcome::Rejected { status, .. } if *status > 0 => (format!("Rejected ({status})"), Tone::Bad),
        other => (outcome_label(other.id()).to_owned(), outcome_tone(other)),
    }
}

fn outcome_tone(outcome: &Outcome) -> Tone {
    match outcome {
        Outcome::Done => Tone::Good,
        Outcome::Rejected { .. } => Tone::Bad,
        Outcome::Conflict { .. } | Outcome::Gone | Outcome::Unknown { .. } | Outcome::Held => Tone::Warning,
        Outcome::NotTried { .. } => Tone::Quiet,
    }
}

/// An outcome's name by its id.
pub fn outcome_label(id: &str) -> &str {
    match id {
        "done" => "Done",
        "conflict" => "Conflict",
        "gone" => "Gone at the target",
        "rejected" => "Rejected",
        "unknown" => "Outcome unknown",
        "not_tried" => "Not tried",
        "held" => "Held",
        other => other,
    }
}

/// An operation on many objects.
pub fn operation(action: ActionKind, objects: &str) -> String {
    match action {
        ActionKind::AddMembers => "Add members to groups".to_owned(),
        ActionKind::RemoveMembers => "Remove members from groups".to_owned(),
        other => format!("{} {objects}", other.label()),
    }
}

/// What a plan would do, by kind of object and operation, in the order applied.
pub fn plan_counts(ops: &[Op]) -> Vec<(String, u32)> {
    let mut counts = Vec::new();
    for of in [ObjectKind::User, ObjectKind::Group] {
        for action in ActionKind::ALL {
            let n = ops.iter().filter(|op| op.object.kind == of && op.action.kind() == *action).count();
            if n > 0 {
                let objects = if of == ObjectKind::User { "users" } else { "groups" };
                let label = operation(*action, objects);
                counts.push((label, super::as_u32(n)));
            }
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id::{ChannelId, SourceId};
    use domain::model::mapping::MappingRow;
    use domain::model::plan::After;

    fn update() -> Op {
        let change = |attribute: &str| Change {
            attribute: attribute.into(),
            from: Some(Value::Text("before".into())),
            to: Some(Value::Text("after".into())),
        };
        Op {
            object: ObjectRef { kind: ObjectKind::User, source_id: SourceId("1".into()), name: "ann@x".into(), dn: "CN=Ann".into() },
            action: Action::Update { changes: vec![change("title"), change("employeeNumber")] },
            reason: "title changed".into(),
            after: After::default(),
        }
    }

    #[test]
    fn masked_attributes_are_dots() {
        let mut channel = Channel::new(ChannelId::parse("c").unwrap());
        channel.mapping = vec![MappingRow { mask: true, ..MappingRow::empty("employeeNumber") }];
        let row = op_row(&update(), &channel, &Names::new());
        assert_eq!((row.changes[0].from.as_deref(), row.changes[0].to.as_deref()), (Some("before"), Some("after")));
        assert_eq!((row.changes[1].from.as_deref(), row.changes[1].to.as_deref()), (Some(DOTS), Some(DOTS)));
    }

    #[test]
    fn a_plan_is_counted_by_kind_and_operation() {
        let mut join = update();
        join.object.kind = ObjectKind::Group;
        join.action = Action::AddMembers { members: vec![SourceId("1".into()), SourceId("2".into())] };
        let channel = Channel::new(ChannelId::parse("c").unwrap());
        assert_eq!(op_row(&join, &channel, &Names::new()).action, "Add 2 members");
        let counts = plan_counts(&[update(), join, update()]);
        assert_eq!(counts, [("Update users".to_owned(), 2), ("Add members to groups".to_owned(), 1)]);
    }
}
