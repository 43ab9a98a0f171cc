//! Verify: everything at the target is listed and compared with what was written there. Nothing is changed; repairing only makes the links
//! say what makes the next cycle write it again.

use crate::worker::prepare::{self, Job};
use crate::worker::{Context, Stop, observe};
use domain::id::{ChannelId, SourceId};
use domain::model::cycle::Step;
use domain::model::link::{Digest, ObjectKind};
use domain::model::verification::Verification;
use engine::{Comparison, LinkIndex};
use std::collections::HashMap;

/// Links compared at once.
const PART: usize = 1000;
/// Differences that are kept of one comparison: a target that lost everything is told by its numbers.
const MOST: usize = 20_000;

/// Compares, and keeps what was found.
pub(crate) async fn verify(context: &Context, channel: &ChannelId) -> Result<Verification, Stop> {
    let started_at = context.now();
    let mut found = match prepare::load(context, channel).await {
        Ok(job) => match compare(context, &job).await {
            Ok(found) => found,
            Err(stop) => Verification { problem: Some(stop.sentence), ..Verification::default() },
        },
        Err(stop) => Verification { problem: Some(stop.sentence), ..Verification::default() },
    };
    (found.started_at, found.ended_at) = (started_at, context.now().max(started_at));
    let keep = async {
        let mut tx = context.store.begin().await?;
        tx.put_verification(channel, &found).await?;
        tx.commit().await
    };
    keep.await.map_err(|e| Stop::store(&e))?;
    context.board.touch();
    Ok(found)
}

async fn compare(context: &Context, job: &Job) -> Result<Verification, Stop> {
    let channel = &job.channel.id;
    // Before the target is listed: whoever is made meanwhile was not to be there.
    let heads = async { context.store.read().await?.load_link_heads(channel).await };
    let heads = heads.await.map_err(|e| Stop::store(&e))?;
    let before: HashMap<(ObjectKind, SourceId), (Digest, Digest, bool)> =
        heads.iter().map(|h| ((h.kind, h.source_id.clone()), (h.value_digest, h.members_digest, h.active))).collect();
    let index = LinkIndex::from_heads(heads);
    let elsewhere = observe::elsewhere(context, job).await?;
    let observed = observe::observe(job, &elsewhere, true, &|_: Step| {}).await?.unwrap_or_default();
    let (users, groups) = (observed.users.len() as u32, observed.groups.len() as u32);
    let mut comparison = Comparison::new(&job.config, &index, observed);
    let mut drifts = Vec::new();
    let keys: Vec<(ObjectKind, SourceId)> = before.keys().cloned().collect();
    for part in keys.chunks(PART) {
        for link in prepare::load_links(context, channel, part).await? {
            let head = &link.head;
            let is_same = before.get(&(head.kind, head.source_id.clone())) == Some(&(head.value_digest, head.members_digest, head.active));
            let found = comparison.link(&link);
            // What a cycle wrote meanwhile was listed before or after that, and nothing follows from it.
            if is_same {
                drifts.extend(found);
            }
        }
    }
    drifts.sort_by(|a, b| (a.kind, &a.name, &a.source_id).cmp(&(b.kind, &b.name, &b.source_id)));
    drifts.truncate(MOST);
    let mut unknown = comparison.unknown();
    unknown.truncate(MOST);
    let (compared, unverified_groups) = (comparison.compared, comparison.unverified_groups);
    Ok(Verification { users, groups, compared, drifts, unknown, unverified_groups, ..Verification::default() })
}

/// Marks what differed, so that the next cycle writes it again; answers how many.
pub(crate) async fn repair(context: &Context, channel: &ChannelId, found: &Verification) -> Result<u32, Stop> {
    let job = prepare::load(context, channel).await?;
    let alone = context.alone(channel);
    let _alone = alone.lock().await;
    let keys: Vec<_> = found.drifts.iter().map(|drift| (drift.kind, drift.source_id.clone())).collect();
    let mut links: HashMap<_, _> = HashMap::new();
    for link in prepare::load_links(context, channel, &keys).await? {
        links.insert((link.head.kind, link.head.source_id.clone()), link);
    }
    for drift in &found.drifts {
        // One that is linked with something else by now was settled by a cycle.
        if let Some(link) = links.get_mut(&(drift.kind, drift.source_id.clone())).filter(|link| link.head.target_id == drift.target_id) {
            job.config.mend(link, &drift.what);
        }
    }
    let marked: Vec<_> = links.into_values().collect();
    let now = context.now();
    let write = async {
        let mut tx = context.store.begin().await?;
        tx.put_links(&marked).await?;
        tx.put_verification(channel, &Verification { repaired_at: Some(now), ..found.clone() }).await?;
        tx.commit().await
    };
    write.await.map_err(|e| Stop::store(&e))?;
    Ok(marked.len() as u32)
}
