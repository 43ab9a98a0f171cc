//! One operation as calls to the target. Nothing is decided here: what to send stands in the operation, what it means is the
//! recorder's.

use crate::worker::observe::seen;
use crate::worker::prepare::Job;
use crate::worker::{Context, Stop};
use domain::id::{SourceId, TargetId};
use domain::model::cycle::Intent;
use domain::model::link::ObjectKind;
use domain::model::plan::{Action, Change, Op, Outcome, Value, Values};
use engine::Answer;
use scim::{Applied, Attributes, Kind, Membership, ScimError};
use std::collections::{BTreeMap, HashMap};

/// What came of sending an operation.
pub(crate) struct Sent {
    pub(crate) answer: Answer,
    /// The object it was sent to.
    pub(crate) target: Option<TargetId>,
    pub(crate) request_id: Option<String>,
    /// Nothing more is to be sent.
    pub(crate) stop: Option<Stop>,
}

/// What a failure of the client means for a cycle.
pub(crate) fn stop_of(error: &ScimError) -> Stop {
    match error.kind() {
        Kind::Auth | Kind::Config => Stop::refused(error.to_string()),
        Kind::Transient | Kind::Rejected => Stop::failed(error.to_string()),
    }
}

/// Sends one operation.
pub(crate) async fn send(
    context: &Context,
    job: &Job,
    op: &Op,
    target: Option<&TargetId>,
    members: &[(SourceId, TargetId)],
    references: &BTreeMap<SourceId, TargetId>,
    look_first: bool,
) -> Sent {
    let client = &job.client;
    let target_id = || target.cloned().unwrap_or_else(|| TargetId(String::new()));
    let user = op.object.kind == ObjectKind::User;
    let done = || Ok(Applied { outcome: Outcome::Done, id: None, request_id: None });
    let applied = match &op.action {
        Action::Adopt { .. } | Action::Unlink | Action::HandOver { .. } => done(),
        Action::Create { look_first } => return create(context, job, op, *look_first, &texts(&op.after.values, references)).await,
        Action::Update { changes } if user => {
            client.update_user(&target_id(), &texts(&op.after.values, references), op.after.active, &changed(changes, references)).await
        }
        Action::Update { changes } => client.update_group(&target_id(), &changed(changes, references)).await,
        Action::Enable | Action::Disable => {
            let active = matches!(op.action, Action::Enable);
            client.set_active(&target_id(), &texts(&op.after.values, references), active).await
        }
        Action::Delete if look_first => match is_there(job, op.object.kind, &target_id()).await {
            Ok(true) if user => client.delete_user(&target_id()).await,
            Ok(true) => client.delete_group(&target_id()).await,
            Ok(false) => done(),
            Err(error) => Err(error),
        },
        Action::Delete if user => client.delete_user(&target_id()).await,
        Action::Delete => client.delete_group(&target_id()).await,
        Action::AddMembers { .. } | Action::RemoveMembers { .. } => {
            let ids: Vec<TargetId> = members.iter().map(|(_, target)| target.clone()).collect();
            let group = target_id();
            let change = match op.action {
                Action::AddMembers { .. } => client.add_members(&group, &ids).await,
                _ => client.remove_members(&group, &ids).await,
            };
            return membership(change, members, group);
        }
    };
    sent(applied, target.cloned())
}

/// Whether an object is at the target.
async fn is_there(job: &Job, kind: ObjectKind, id: &TargetId) -> Result<bool, ScimError> {
    Ok(match kind {
        ObjectKind::User => job.client.get_user(id).await?.is_some(),
        ObjectKind::Group => job.client.get_group(id).await?.is_some(),
    })
}

/// A create whose forerunner's outcome is not known is looked up first: it may be there.
async fn create(context: &Context, job: &Job, op: &Op, look_first: bool, values: &Attributes) -> Sent {
    let client = &job.client;
    let user = op.object.kind == ObjectKind::User;
    if look_first {
        for name in names_begun(job, op) {
            let found = match user {
                true => client.find_user(name).await,
                false => client.find_group(name).await,
            };
            match found {
                Ok(Some(object)) => {
                    let answer =
                        Answer { target: Some(object.id.clone()), found: Some(Box::new(seen(object))), ..Answer::of(Outcome::Done) };
                    return Sent { answer, target: None, request_id: None, stop: None };
                }
                Ok(None) => {}
                Err(error) => return failed(&error, None),
            }
        }
        if let Err(stop) = begin_anew(context, job, op).await {
            let detail = stop.sentence.clone();
            return Sent { answer: Answer::of(Outcome::NotTried { detail }), target: None, request_id: None, stop: Some(stop) };
        }
    }
    let applied = match user {
        true => client.create_user(values, op.after.active).await,
        false => client.create_group(values).await,
    };
    sent(applied, None)
}

/// The names under which a create that was begun may have made its object: the one it was begun with, which may be an older one, and
/// the present one.
fn names_begun<'a>(job: &'a Job, op: &'a Op) -> impl Iterator<Item = &'a str> {
    let begun = intent_of(job, op).map(|intent| intent.match_value.as_str());
    begun.filter(|name| *name != op.object.name).into_iter().chain([op.object.name.as_str()])
}

fn intent_of<'a>(job: &'a Job, op: &Op) -> Option<&'a Intent> {
    job.memory.intents.iter().find(|intent| intent.kind == op.object.kind && intent.source_id == op.object.source_id)
}

/// Notes the present name before it is sent: under the older one nothing was made, as has just been seen.
async fn begin_anew(context: &Context, job: &Job, op: &Op) -> Result<(), Stop> {
    let Some(intent) = intent_of(job, op).filter(|intent| intent.match_value != op.object.name) else { return Ok(()) };
    let intent = Intent { match_value: op.object.name.clone(), begun_at: context.now(), ..intent.clone() };
    let write = async {
        let mut tx = context.store.begin_record().await?;
        tx.put_intents(&job.channel.id, &[intent]).await?;
        tx.commit().await
    };
    write.await.map_err(|e| Stop::store(&e))
}

fn sent(applied: Result<Applied, ScimError>, target: Option<TargetId>) -> Sent {
    match applied {
        Ok(Applied { outcome, id, request_id }) => {
            let answer = Answer { target: id, ..Answer::of(outcome) };
            Sent { answer, target, request_id, stop: None }
        }
        Err(error) => failed(&error, target),
    }
}

fn failed(error: &ScimError, target: Option<TargetId>) -> Sent {
    let request_id = error.request_id().map(str::to_owned);
    let detail = error.to_string();
    let (outcome, stop) = match error.kind() {
        // Refused before anything was done; the channel stops.
        Kind::Auth | Kind::Config => (Outcome::NotTried { detail }, Some(stop_of(error))),
        Kind::Transient => (Outcome::Unknown { detail }, None),
        Kind::Rejected => match error {
            ScimError::Rejected { status, .. } => (Outcome::Rejected { status: *status, detail }, None),
            ScimError::Ambiguous { .. } => (Outcome::Conflict { detail }, None),
            _ => (Outcome::Unknown { detail }, None),
        },
    };
    Sent { answer: Answer::of(outcome), target, request_id, stop }
}

/// Some batches may have gone through before one was refused.
fn membership(change: Membership, members: &[(SourceId, TargetId)], group: TargetId) -> Sent {
    let sources: HashMap<&TargetId, &SourceId> = members.iter().map(|(source, target)| (target, source)).collect();
    let done = change.done.iter().filter_map(|id| sources.get(id).map(|s| (*s).clone())).collect();
    let mut stop = None;
    let outcome = match (&change.error, change.failed.first()) {
        (Some(error), _) => {
            let sent = failed(error, None);
            stop = sent.stop;
            match sent.answer.outcome {
                // Earlier batches were done, so this one must be settled, not skipped.
                Outcome::NotTried { detail } if !change.done.is_empty() => Outcome::Unknown { detail },
                other => other,
            }
        }
        (None, Some(_)) if change.group_is_gone => Outcome::Gone,
        (None, Some((id, outcome))) => {
            let more =
                if change.failed.len() > 1 { format!(" ({} members in all were refused.)", change.failed.len()) } else { String::new() };
            let who = sources.get(id).map_or(id.0.as_str(), |s| s.0.as_str());
            match outcome {
                // 404 for a member is not 404 for the group.
                Outcome::Gone => Outcome::Rejected { status: 404, detail: format!("The target does not know the member {who}.{more}") },
                Outcome::Rejected { status, detail } => {
                    Outcome::Rejected { status: *status, detail: format!("Member {who}: {detail}{more}") }
                }
                Outcome::Unknown { detail } => Outcome::Unknown { detail: format!("Member {who}: {detail}{more}") },
                other => other.clone(),
            }
        }
        (None, None) => Outcome::Done,
    };
    let is_gone = |failed: &&(TargetId, Outcome)| !change.group_is_gone && failed.1 == Outcome::Gone;
    let gone = change.failed.iter().filter(is_gone).filter_map(|(id, _)| sources.get(id).map(|s| (*s).clone())).collect();
    let answer = Answer { members: Some(done), gone, ..Answer::of(outcome) };
    Sent { answer, target: Some(group), request_id: change.request_id, stop }
}

fn text(value: &Value, references: &BTreeMap<SourceId, TargetId>) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Ref(id) => references.get(id).map(|target| target.0.clone()),
    }
}

fn texts(values: &Values, references: &BTreeMap<SourceId, TargetId>) -> Attributes {
    values.iter().filter_map(|(name, value)| Some((name.clone(), text(value, references)?))).collect()
}

fn changed(changes: &[Change], references: &BTreeMap<SourceId, TargetId>) -> Vec<scim::Change> {
    let one = |c: &Change| scim::Change {
        attribute: c.attribute.clone(),
        from: c.from.as_ref().and_then(|v| text(v, references)),
        to: c.to.as_ref().and_then(|v| text(v, references)),
    };
    changes.iter().map(one).collect()
}
