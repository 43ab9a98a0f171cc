//! The memory of a channel as the planner uses it: every link's head, found by source object.

use crate::hash::{self, ByHash};
use domain::id::{SourceId, TargetId};
use domain::model::link::{Digest, LinkHead, LinkMark, ObjectKind};

/// No position.
pub(crate) const NONE: u32 = u32::MAX;

/// Every link of a channel, packed: about 250 bytes each.
#[derive(Clone, Debug, Default)]
pub struct LinkIndex {
    pub(crate) heads: Vec<Head>,
    by_source: ByHash<u128, u32>,
}

/// [`LinkHead`] without spare room.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) source_id: Box<str>,
    pub(crate) target_id: Box<str>,
    pub(crate) dn_digest: Digest,
    pub(crate) value_digest: Digest,
    pub(crate) members_digest: Digest,
    pub(crate) unique: Box<[Digest]>,
    pub(crate) kind: ObjectKind,
    pub(crate) active: bool,
    /// Unix milliseconds; 0: not known, or it did not leave.
    pub(crate) left_at: i64,
    pub(crate) mark: LinkMark,
}

impl Head {
    pub(crate) fn source(&self) -> SourceId {
        SourceId(self.source_id.as_ref().to_owned())
    }
    pub(crate) fn target(&self) -> TargetId {
        TargetId(self.target_id.as_ref().to_owned())
    }
}

impl LinkIndex {
    /// Packs the heads of a channel, in whatever order they come.
    pub fn from_heads(heads: impl IntoIterator<Item = LinkHead>) -> Self {
        let mut index = Self::default();
        heads.into_iter().for_each(|head| index.add(head));
        index
    }

    /// Packs one more. Of two for one object the last counts.
    pub fn add(&mut self, head: LinkHead) {
        let at = self.heads.len() as u32;
        let key = hash::object(head.kind, &head.source_id);
        let head = Head {
            source_id: head.source_id.0.into(),
            target_id: head.target_id.0.into(),
            dn_digest: head.dn_digest,
            value_digest: head.value_digest,
            members_digest: head.members_digest,
            unique: head.unique_digests.into(),
            kind: head.kind,
            active: head.active,
            left_at: head.left_at.unwrap_or_default(),
            mark: head.mark,
        };
        match self.by_source.get(&key) {
            Some(&old) => self.heads[old as usize] = head,
            None => {
                self.by_source.insert(key, at);
                self.heads.push(head);
            }
        }
    }

    /// How many links of one kind there are.
    pub fn count(&self, kind: ObjectKind) -> u32 {
        self.heads.iter().filter(|h| h.kind == kind).count() as u32
    }

    /// The target object of a link that is not known to be gone.
    pub fn target(&self, kind: ObjectKind, source: &SourceId) -> Option<TargetId> {
        let head = &self.heads[self.find(hash::object(kind, source))? as usize];
        (head.mark != LinkMark::Gone).then(|| head.target())
    }

    pub(crate) fn find(&self, object: u128) -> Option<u32> {
        self.by_source.get(&object).copied()
    }
}
