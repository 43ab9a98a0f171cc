//! What the list of people and groups can be asked for. The ids are those of its address.

use super::data_store::choices;
use super::link::ObjectKind;
use crate::id::{ChannelId, SourceId, TargetId};

choices! {
    /// How it is with one person or group of a channel.
    ObjectState {
        /// At the target as the directory says.
        InSync = "in_sync", "In sync";
        /// The next cycle has something to settle about it.
        Pending = "pending", "Pending";
        /// The target refused it; it is tried again.
        Failed = "failed", "Failed";
        /// In the directory, and left out.
        Skipped = "skipped", "Skipped";
        /// Its removal waits for a person.
        Held = "held", "Held";
        /// At the target and inactive there.
        Disabled = "disabled", "Disabled";
    }
}

/// What the list is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectQuery {
    /// Those of one channel; `None`: of all.
    pub channel: Option<ChannelId>,
    /// Part of a name, e-mail address, DN or target id, whatever its case; empty: all.
    pub text: String,
    /// Only those that are so.
    pub state: Option<ObjectState>,
    /// Only people, or only groups.
    pub kind: Option<ObjectKind>,
    /// Only those with this reason, as [`ObjectReason::reason`] has it; empty: whatever it is.
    pub reason: String,
    /// By name the other way round.
    pub descending: bool,
}

impl ObjectQuery {
    /// Whether it leaves anything of its channels out.
    pub fn is_narrow(&self) -> bool {
        !self.text.is_empty() || self.state.is_some() || self.kind.is_some() || !self.reason.is_empty()
    }
}

/// The place of a row in the list, from which the list goes on in either direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// What the list is sorted by.
    pub name_key: String,
    /// User or group.
    pub kind: ObjectKind,
    /// Its anchor.
    pub source_id: SourceId,
    /// Its channel.
    pub channel: ChannelId,
}

/// Which part of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// From the beginning.
    #[default]
    First,
    /// What comes after this row.
    After(Place),
    /// What comes before this row.
    Before(Place),
}

/// A person or a group of a channel, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedObject {
    /// Its place.
    pub place: Place,
    /// What people call it.
    pub name: String,
    /// Where it was last seen in the directory; empty where that is not known.
    pub dn: String,
    /// The object at the target, if there is one.
    pub target_id: Option<TargetId>,
    /// How it is.
    pub state: ObjectState,
    /// Why, where that has to be said.
    pub reason: String,
    /// When something was last done about it (unix ms); `None` where nothing is known of that.
    pub at: Option<i64>,
}

/// A reason that several objects share, and how many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectReason {
    /// The sentence, with an ellipsis for what differs from one object to the next.
    pub reason: String,
    /// How many.
    pub count: u32,
}

/// A sentence without what differs from one object to the next: what stands in quotation marks, numbers, e-mail addresses.
pub fn general(sentence: &str) -> String {
    const LONGEST: usize = 200;
    let mut out = String::with_capacity(sentence.len().min(LONGEST));
    let mut inside = 0u32;
    for word in sentence.split_inclusive(|c: char| c.is_whitespace()) {
        let (bare, blank) = word.split_at(word.trim_end().len());
        if inside == 0 && (bare.contains('@') && !bare.contains('‘')) {
            out.push('…');
        } else {
            for c in bare.chars() {
                match c {
                    '‘' => {
                        if inside == 0 {
                            out.push_str("‘…");
                        }
                        inside += 1;
                    }
                    '’' if inside > 0 => {
                        inside -= 1;
                        if inside == 0 {
                            out.push('’');
                        }
                    }
                    _ if inside > 0 => {}
                    c if c.is_ascii_digit() => {
                        if !out.ends_with('…') {
                            out.push('…');
                        }
                    }
                    c => out.push(c),
                }
            }
        }
        if inside == 0 {
            out.push_str(blank);
        }
    }
    out.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_left_out_of_a_reason() {
        for (said, reason) in [
            ("Disabled in the directory.", "Disabled in the directory."),
            (
                "The userName ‘ann@x’ is shared by 2 objects in scope; none is written.",
                "The userName ‘…’ is shared by … objects in scope; none is written.",
            ),
            ("email (from mail) ‘a b’ is not an e-mail address.", "email (from mail) ‘…’ is not an e-mail address."),
            ("The target refused it (HTTP 400): bad name for ann@x.org", "The target refused it (HTTP …): bad name for …"),
            ("It said ‘one ‘two’ three’ and 12,5.", "It said ‘…’ and …,…."),
            ("An open ‘quotation", "An open ‘…"),
            ("", ""),
        ] {
            assert_eq!(general(said), reason);
        }
        assert_eq!(general(&"ä".repeat(500)).chars().count(), 200);
    }

    #[test]
    fn states_have_an_id_each() {
        for state in ObjectState::ALL {
            assert_eq!(ObjectState::of(state.id()), Some(*state));
        }
    }
}
