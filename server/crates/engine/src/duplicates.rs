//! Unique keys: no two source objects may claim one.
//!
//! The rule does not depend on the order of reading. The linked owner of a key keeps it; if nobody in scope owns it, none of those
//! who claim it gets it, and every one of them is reported. A key that its owner gives up in this plan is free in the next.

use crate::config::Config;
use crate::index::{LinkIndex, NONE};
use crate::planner::{Side, Standing, Subject};
use domain::id::SourceId;
use domain::model::link::{Digest, LinkMark, ObjectKind};
use domain::model::plan::{ObjectRef, Skipped, Value};
use std::collections::HashMap;

/// One object that holds a key at the target (`head`), wants it (`subject`), or both.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Claim {
    key: u128,
    head: u32,
    subject: u32,
}

/// Leaves out who claims a key that is not theirs.
pub(crate) fn leave_out(config: &Config, index: &LinkIndex, kind: ObjectKind, side: &mut Side, met: &[u32]) -> Vec<Skipped> {
    let mut claims = claims(index, kind, side, met);
    claims.sort_unstable();
    let mut losers: HashMap<u32, (bool, String)> = HashMap::new();
    for same in claims.chunk_by(|a, b| a.key == b.key).filter(|same| same.len() > 1) {
        let wanted = same.iter().filter(|c| c.subject != NONE);
        let keepers = same.iter().filter(|c| c.subject != NONE && c.head != NONE).count();
        let holder = same.iter().find(|c| c.head != NONE);
        for claim in wanted.clone().filter(|c| keepers != 1 || c.head == NONE) {
            let what = describe(config, kind, side, claim);
            let reason = match holder {
                Some(holder) if keepers < 2 => {
                    let owner = &index.heads[holder.head as usize].source_id;
                    match holder.subject {
                        NONE if met[holder.head as usize] == NONE && !index.heads[holder.head as usize].active => format!(
                            "{what} belongs at the target to the inactive object of source id ‘{owner}’, which left the source location. For \
                             somebody else, choose another one in the directory; if it is the same person with a new entry, reset the channel, \
                             and the object is adopted."
                        ),
                        NONE => format!(
                            "{what} is still used at the target by the object of source id ‘{owner}’, which is not renamed or removed yet. It \
                             is free in the cycle after that; where two exchange theirs, give one of them another one for a cycle."
                        ),
                        _ => format!("{what} already belongs to the object of source id ‘{owner}’. Make it unique in the directory."),
                    }
                }
                _ => format!(
                    "{what} is shared by {} objects in scope; none of them is written until it is unique in the directory.",
                    wanted.clone().count()
                ),
            };
            // Of several the one that names people, since that is the one they know.
            let names = attribute(side, claim) == Some(config.match_attribute(kind));
            let (known, said) = losers.entry(claim.subject).or_default();
            if said.is_empty() || (names && !*known) {
                (*known, *said) = (names, reason);
            }
        }
    }
    let mut skipped = Vec::with_capacity(losers.len());
    for (at, (_, reason)) in losers {
        let object = object(index, kind, side, at);
        side.subjects[at as usize].standing = Standing::LeftOut;
        skipped.push(Skipped { object, reason, by_entry: false });
    }
    skipped
}

fn claims(index: &LinkIndex, kind: ObjectKind, side: &Side, met: &[u32]) -> Vec<Claim> {
    let mut claims = Vec::with_capacity(side.subjects.len() * 2);
    for (at, head) in index.heads.iter().enumerate().filter(|(_, h)| h.kind == kind && h.mark != LinkMark::Gone) {
        let subject = met[at];
        let wanted = wanted_keys(index, side, subject);
        for key in &head.unique {
            let wants = wanted.as_ref().is_some_and(|keys| keys.contains(key));
            claims.push(Claim { key: key.0, head: at as u32, subject: if wants { subject } else { NONE } });
        }
    }
    for (at, subject) in side.subjects.iter().enumerate() {
        // Who is as written was met above, with every key it wants.
        let (Standing::Wanted, Some(candidate)) = (subject.standing, candidate(side, subject)) else { continue };
        let held: &[Digest] = match subject.head {
            NONE => &[],
            head if index.heads[head as usize].mark == LinkMark::Gone => &[],
            head => &index.heads[head as usize].unique,
        };
        let new = candidate.keys.iter().map(|(_, key)| *key).filter(|key| !held.contains(key));
        claims.extend(new.map(|key| Claim { key: key.0, head: NONE, subject: at as u32 }));
    }
    claims
}

/// The keys a linked subject wants; `None` when it wants nothing.
fn wanted_keys(index: &LinkIndex, side: &Side, subject: u32) -> Option<Vec<Digest>> {
    let subject = side.subjects.get(subject as usize).filter(|s| s.standing == Standing::Wanted)?;
    Some(match candidate(side, subject) {
        Some(candidate) => candidate.keys.iter().map(|(_, key)| *key).collect(),
        None => index.heads[subject.head as usize].unique.to_vec(),
    })
}

fn candidate<'s>(side: &'s Side, subject: &Subject) -> Option<&'s crate::planner::Candidate> {
    side.candidates.get(subject.candidate as usize)
}

fn attribute<'s>(side: &'s Side, claim: &Claim) -> Option<&'s str> {
    let candidate = candidate(side, &side.subjects[claim.subject as usize])?;
    candidate.keys.iter().find(|(_, key)| key.0 == claim.key).map(|(name, _)| name.as_str())
}

fn describe(config: &Config, kind: ObjectKind, side: &Side, claim: &Claim) -> String {
    let candidate = candidate(side, &side.subjects[claim.subject as usize]);
    let named = candidate.and_then(|c| {
        let attribute = attribute(side, claim)?;
        let value = c.values.get(attribute).map(Value::show)?;
        Some(match kind {
            ObjectKind::User if config.is_masked(attribute) => format!("The value of {attribute}"),
            ObjectKind::User => format!("The {attribute} ‘{value}’"),
            ObjectKind::Group => format!("The name ‘{value}’"),
        })
    });
    named.unwrap_or_else(|| "A value that must be unique".into())
}

fn object(index: &LinkIndex, kind: ObjectKind, side: &Side, at: u32) -> ObjectRef {
    let subject = &side.subjects[at as usize];
    match candidate(side, subject) {
        Some(candidate) => candidate.object(kind),
        None => {
            let id = index.heads[subject.head as usize].source_id.as_ref().to_owned();
            ObjectRef { kind, name: id.clone(), source_id: SourceId(id), dn: String::new() }
        }
    }
}
