//! What other channels of the same connection keep at the target: one object has one owner, and whoever else claims it is told.

use crate::hash::{self, ByHash, HashSetOf};
use domain::id::{ChannelId, SourceId};
use domain::model::link::{Digest, LinkHead, LinkMark, ObjectKind};
use domain::model::plan::Skipped;

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
    /// People of this channel whom another one has in its scope and leaves to this one; the first to say so.
    claims: ByHash<u128, ChannelId>,
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

    /// Takes what another channel leaves out: whom it leaves to the channel of this name, it provisions once they are given to it. Only
    /// of a channel that runs, since nobody else would look after them.
    pub fn claimed<'s>(&mut self, own: &str, other: &ChannelId, skipped: impl IntoIterator<Item = &'s Skipped>) {
        let kind = ObjectKind::User;
        let reasons = [claim(own, kind, true), claim(own, kind, false)];
        for one in skipped.into_iter().filter(|s| s.object.kind == kind && reasons.contains(&s.reason)) {
            self.claims.entry(hash::object(kind, &one.object.source_id)).or_insert_with(|| other.clone());
        }
    }

    /// The channel that provisions a person of this one as soon as they are given to it.
    pub(crate) fn claimant(&self, person: &SourceId) -> Option<&ChannelId> {
        if self.claims.is_empty() { None } else { self.claims.get(&hash::object(ObjectKind::User, person)) }
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
        Some(claim(channel, kind, !self.inactive.contains(&object)))
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

/// Why an object that the named channel keeps is left to it. [`Elsewhere::claimed`] tells claims by these sentences.
fn claim(channel: &str, kind: ObjectKind, active: bool) -> String {
    match active {
        true => format!("The channel ‘{channel}’ of this connection provisions this {} already.", word(kind)),
        false => format!(
            "The channel ‘{channel}’ of this connection keeps this {}, inactive since it left there, and hands it over in its next cycle. If \
             that channel is switched off, reset it to let this one adopt it.",
            word(kind)
        ),
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
