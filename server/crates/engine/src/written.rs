//! What a link says is at the target, after each kind of answer.

use crate::config::Config;
use crate::hash;
use domain::id::SourceId;
use domain::model::link::{Link, LinkMark};
use domain::model::plan::{Action, After, Change, ObjectRef, Op};
use std::collections::BTreeSet;

/// Notes where the object is now; one that is not in scope stays where it was.
pub(crate) fn locate(link: &mut Link, object: &ObjectRef, after: &After) {
    if !object.dn.is_empty() {
        link.dn.clone_from(&object.dn);
        link.head.dn_digest = after.dn_digest;
    }
}

pub(crate) fn wrote(config: &Config, link: &mut Link, op: &Op, members: Vec<SourceId>) {
    locate(link, &op.object, &op.after);
    match &op.action {
        Action::Update { changes } => {
            for Change { attribute, to, .. } in changes {
                match to {
                    Some(value) => link.written.values.insert(attribute.clone(), value.clone()),
                    None => link.written.values.remove(attribute),
                };
            }
            if let Some(name) = config.name_in(link.head.kind, &link.written.values) {
                link.name = name.to_owned();
            }
        }
        Action::Enable => (link.head.active, link.head.left_at) = (true, None),
        Action::Disable => (link.head.active, link.head.left_at) = (false, op.after.left_at),
        Action::AddMembers { .. } => add(link, &members),
        Action::RemoveMembers { .. } => subtract(link, &members),
        Action::Adopt { .. } | Action::Create { .. } | Action::Delete | Action::Unlink | Action::HandOver { .. } => {}
    }
}

/// The target may hold the old or the new: remember all that may be there, and that it must be stated again.
pub(crate) fn may_have_written(link: &mut Link, op: &Op, members: Vec<SourceId>, done: Option<&[SourceId]>) {
    link.head.mark = LinkMark::Stale;
    match &op.action {
        Action::Update { changes } => {
            for Change { attribute, to, .. } in changes {
                if let Some(value) = to {
                    link.written.values.insert(attribute.clone(), value.clone());
                }
            }
        }
        Action::Enable | Action::Disable => link.head.active = true,
        Action::AddMembers { .. } => add(link, &members),
        Action::RemoveMembers { .. } => subtract(link, done.unwrap_or_default()),
        Action::Adopt { .. } | Action::Create { .. } | Action::Delete | Action::Unlink | Action::HandOver { .. } => {}
    }
}

/// Refused, but some batches of members went through before.
pub(crate) fn in_part(link: &mut Link, op: &Op, done: Option<&[SourceId]>) {
    match &op.action {
        Action::AddMembers { .. } => add(link, done.unwrap_or_default()),
        Action::RemoveMembers { .. } => subtract(link, done.unwrap_or_default()),
        _ => {}
    }
}

fn add(link: &mut Link, members: &[SourceId]) {
    link.written.members.extend_from_slice(members);
    link.written.members.sort();
    link.written.members.dedup();
}

fn subtract(link: &mut Link, members: &[SourceId]) {
    let gone: BTreeSet<&SourceId> = members.iter().collect();
    link.written.members.retain(|m| !gone.contains(m));
}

impl Config {
    /// Makes the digests of a link from what was written. While it is stale the old unique keys stay claimed too: the target may
    /// still have them.
    pub(crate) fn digest_link(&self, link: &mut Link) {
        let (head, written) = (&mut link.head, &link.written);
        head.value_digest = self.value_digest(head.kind, &written.values);
        let mut unique = self.unique_digests(head.kind, &written.values);
        if head.mark == LinkMark::Stale {
            unique.extend(head.unique_digests.iter().filter(|old| !unique.contains(old)).copied().collect::<Vec<_>>());
        }
        head.unique_digests = unique;
        head.members_digest = hash::members(written.members.iter().map(|m| m.0.as_str()));
        head.member_count = written.members.len() as u32;
    }
}
