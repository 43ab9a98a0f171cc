//! A plan about one object: the same planner, and a coverage of nothing else. Nobody else is written, removed or said to have left.

use crate::config::Config;
use crate::guard::{Judgement, Leave, Verdict};
use crate::hash;
use crate::index::LinkIndex;
use crate::planner::Planner;
use domain::id::SourceId;
use domain::model::channel::Guards;
use domain::model::link::ObjectKind;
use domain::model::plan::{Action, ActionKind, Guard, ObjectRef, Op, Plan};
use domain::model::source::{SourceEntry, SourceGroup};

/// The one object.
#[derive(Clone, Debug)]
pub(crate) struct About {
    pub(crate) kind: ObjectKind,
    id: SourceId,
    object: u128,
    /// A guard holds its removal, with those of others: it is not let go alone.
    held: Option<Guard>,
}

impl Planner<'_> {
    /// Makes the plan one about this object alone. What is read of others only tells what is theirs: their keys, and that they are there.
    /// `held`: a guard holds its removal now.
    #[must_use]
    pub fn about(mut self, kind: ObjectKind, id: &SourceId, held: Option<Guard>) -> Self {
        self.about = Some(About { kind, id: id.clone(), object: hash::object(kind, id), held });
        self
    }
}

impl About {
    pub(crate) fn is(&self, object: u128) -> bool {
        self.object == object
    }

    pub(crate) fn is_ref(&self, object: &ObjectRef) -> bool {
        object.kind == self.kind && object.source_id == self.id
    }

    /// Whether a person may join or leave a group by this plan.
    pub(crate) fn moves(&self, group: &ObjectRef, person: &SourceId) -> bool {
        match self.kind {
            ObjectKind::User => *person == self.id,
            ObjectKind::Group => self.is_ref(group),
        }
    }

    /// What the guards say of its removal: there is no read of everybody that they could doubt.
    pub(crate) fn judge(&self, removals: &[(&SourceId, ActionKind)], linked: u32, guards: &Guards, leave: &Leave<'_>) -> Judgement {
        let limit = (u64::from(linked) * u64::from(guards.max_removals_percent) / 100).max(u64::from(guards.max_removals));
        let closed = match self.held {
            Some(guard) => Some((guard, "A guard holds this with the removals of others. Decide on the channel's page.".to_owned())),
            None if limit == 0 => {
                Some((Guard::TooManyRemovals, "Every removal of this channel needs approval; the next cycle asks for it.".to_owned()))
            }
            None => None,
        };
        let one = |(id, action): &(&SourceId, ActionKind)| match (leave.of(self.kind, id, *action), &closed) {
            (Some(false), _) => Verdict::Held(Guard::Rejected),
            (None, Some((guard, _))) => Verdict::Held(*guard),
            (Some(true), _) | (None, None) => Verdict::Go,
        };
        Judgement { verdicts: removals.iter().map(one).collect(), closed: closed.filter(|_| !removals.is_empty()) }
    }

    /// Takes everything out of a plan that is about somebody else.
    pub(crate) fn cut(&self, plan: &mut Plan, index: &LinkIndex) {
        let is_mine = |op: &Op| match &op.action {
            // A group that is not there takes nobody; the cycle that makes it adds them.
            Action::AddMembers { .. } | Action::RemoveMembers { .. } => {
                self.is_ref(&op.object) || index.target(op.object.kind, &op.object.source_id).is_some()
            }
            _ => self.is_ref(&op.object),
        };
        plan.ops.retain(is_mine);
        plan.held.iter_mut().for_each(|held| held.ops.retain(is_mine));
        plan.held.retain(|held| !held.ops.is_empty());
        plan.skipped.retain(|skipped| self.is_ref(&skipped.object));
        plan.waiting.retain(|(object, _)| self.is_ref(object));
        plan.refreshed.retain(|refresh| self.is_ref(&refresh.object));
        plan.blocked.retain(|blocked| self.is_ref(&blocked.object));
        plan.recovered.retain(|(kind, id)| *kind == self.kind && *id == self.id);
    }
}

/// What one row of the mapping made of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappedRow {
    /// The connector's attribute.
    pub attribute: String,
    /// Nobody is written without it.
    pub required: bool,
    /// Its values are not to be shown.
    pub masked: bool,
    /// It refers to another person, by DN.
    pub is_reference: bool,
    /// It is sent with the create only.
    pub create_only: bool,
    /// The directory's attributes that it reads, with their values.
    pub sources: Vec<(String, Vec<String>)>,
    /// The value that is wanted at the target; `None`: none.
    pub value: Option<String>,
    /// Why nobody can be written with it, as a sentence.
    pub problem: Option<String>,
}

impl Config {
    /// What each row of the mapping makes of one entry, for Explain.
    pub fn rows_of(&self, entry: &SourceEntry) -> Vec<MappedRow> {
        let rows = self.rows.iter().enumerate().map(|(at, row)| {
            let (value, problem) = match row.value(&self.source, entry) {
                Err(message) => (None, Some(format!("The expression of {} failed: {}.", row.name, message.trim_end_matches('.')))),
                Ok(None) => (None, row.required.then(|| format!("{}.", row.missing()))),
                Ok(Some(value)) => {
                    let problem = row.problem(&value).map(|p| format!("{p}."));
                    (Some(value.into_owned()), problem)
                }
            };
            MappedRow {
                attribute: row.name.clone(),
                required: row.required,
                masked: row.mask,
                is_reference: self.is_reference(at),
                create_only: row.create_only,
                sources: row.source_names().map(|name| (name.to_owned(), row.source_values(&self.source, entry, name))).collect(),
                value,
                problem,
            }
        });
        rows.collect()
    }

    /// The source attributes whose values another entry must share to claim a unique key of this one: one list for each key.
    pub fn key_sources(&self, entry: &SourceEntry) -> Vec<Vec<(String, String)>> {
        let unique = self.rows_of(entry).into_iter().zip(&self.rows).filter(|(mapped, row)| row.unique && mapped.value.is_some());
        let sources = unique.map(|(mapped, _)| {
            let first = |(name, values): (String, Vec<String>)| Some((name, values.into_iter().next()?));
            mapped.sources.into_iter().filter_map(first).collect::<Vec<_>>()
        });
        sources.filter(|names| !names.is_empty()).collect()
    }

    /// The values of a group, or why it cannot be written.
    pub fn desired_group(&self, group: &SourceGroup) -> Result<domain::model::plan::Values, String> {
        self.group_values(group)
    }
}
