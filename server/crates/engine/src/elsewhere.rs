//! What other channels of the same connection keep at the target: one object has one owner, and whoever else claims it is told.

use crate::hash::{self, ByHash, HashSetOf};
use domain::id::SourceId;
use domain::model::link::{Digest, LinkHead, LinkMark, ObjectKind};

/// What other channels keep.
#[derive(Clone, Debug, Default)]
pub struct Elsewhere {
    /// Their names.
    channels: Vec<String>,
    /// By source object, by object at the target, and by unique key; the position of the channel.
    objects: ByHash<u128, u32>,
    targets: ByHash<u128, u32>,
    keys: ByHash<u128, u32>,
    /// Source objects that it keeps inactive.
    inactive: HashSetOf<u128>,
}

impl Elsewhere {
    /// Takes the links of another channel.
    pub fn add(&mut self, channel: &str, heads: impl IntoIterator<Item = LinkHead>) {
        let at = self.channels.len() as u32;
        self.channels.push(channel.to_owned());
        for head in heads {
            let object = hash::object(head.kind, &head.source_id);
            self.objects.insert(object, at);
            if !head.active {
                self.inactive.insert(object);
            }
            if head.mark != LinkMark::Gone {
                self.targets.insert(of_kind(head.kind, Digest(hash::member(&head.target_id.0))), at);
                self.keys.extend(head.unique_digests.iter().map(|key| (of_kind(head.kind, *key), at)));
            }
        }
    }

    /// Whether another channel keeps this object of the target.
    pub fn has_target(&self, kind: ObjectKind, target: &str) -> bool {
        !self.targets.is_empty() && self.targets.contains_key(&of_kind(kind, Digest(hash::member(target))))
    }

    /// Why a source object without a link is not this channel's.
    pub(crate) fn claims(&self, kind: ObjectKind, id: &SourceId) -> Option<String> {
        if self.objects.is_empty() {
            return None;
        }
        let object = hash::object(kind, id);
        let channel = self.channel(&self.objects, object)?;
        Some(match self.inactive.contains(&object) {
            false => format!("The channel ‘{channel}’ of this connection provisions this {} already.", word(kind)),
            true => format!(
                "The channel ‘{channel}’ of this connection keeps this {}, inactive since it left there. Reset that channel to let another \
                 one adopt it.",
                word(kind)
            ),
        })
    }

    /// Why a value is not this channel's to use.
    pub(crate) fn uses(&self, kind: ObjectKind, attribute: &str, key: Digest) -> Option<String> {
        if self.keys.is_empty() {
            return None;
        }
        let channel = self.channel(&self.keys, of_kind(kind, key))?;
        Some(format!("A {} that the channel ‘{channel}’ of this connection provisions has this {attribute} already.", word(kind)))
    }

    fn channel(&self, map: &ByHash<u128, u32>, key: u128) -> Option<&str> {
        self.channels.get(*map.get(&key)? as usize).map(String::as_str)
    }
}

fn word(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::User => "person",
        ObjectKind::Group => "group",
    }
}

/// A person and a group may be called the same.
fn of_kind(kind: ObjectKind, key: Digest) -> u128 {
    match kind {
        ObjectKind::User => key.0,
        ObjectKind::Group => !key.0,
    }
}
