//! Protected people in groups: they stay members, and what they are members of stays.

use crate::decide::Unresolved;
use domain::id::SourceId;
use domain::model::link::{ObjectKind, Written};
use domain::model::plan::{ObjectRef, Skipped};
use std::collections::BTreeMap;

impl Unresolved<'_> {
    /// Why a group is not deleted, if protected people are members of it.
    pub(crate) fn stays_for_members(&self, kind: ObjectKind, written: Option<&Written>, reason: &str) -> Option<String> {
        let members = written.filter(|_| kind == ObjectKind::Group).map_or(&[][..], |w| &w.members);
        let mut protected = members.iter().filter_map(|id| self.recall.protected(id)).map(|p| p.name.as_str());
        let first = protected.next()?;
        let more = protected.count();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        Some(format!("{reason} Members of it are protected (‘{first}’{more}), so it stays as it is at the target."))
    }

    /// Protected people who stay in groups that they left, unless it is said of them already that they stay as they are.
    pub(crate) fn spared(&self, spared: BTreeMap<SourceId, Vec<String>>) -> Vec<Skipped> {
        let said = |id: &SourceId| self.findings.skipped.iter().any(|s| s.object.kind == ObjectKind::User && s.object.source_id == *id);
        let skipped = spared.into_iter().filter(|(id, _)| !said(id)).filter_map(|(source_id, mut groups)| {
            let protected = self.recall.protected(&source_id)?;
            groups.sort();
            let reason = format!(
                "No longer in the group {} in the directory. Protected by ‘{}’, so it stays a member at the target.",
                groups.join(", "),
                protected.pattern
            );
            let object = ObjectRef { kind: ObjectKind::User, source_id, name: protected.name.clone(), dn: String::new() };
            Some(Skipped { object, reason, by_entry: false })
        });
        skipped.collect()
    }
}
