//! What a channel did with single objects of its source since a moment, and what it knows of them now.

use crate::channels::{ChannelGlance, OBJECTS_SHOWN};
use crate::{Result, Service};
use domain::actor::Actor;
use domain::id::{ChannelId, SourceId};
use domain::model::channel::SourceLocation;
use domain::model::cycle::{Cycle, Setback};
use domain::model::link::{Link, ObjectKind};
use domain::model::plan::Op;
use store::{HistoryEntry, Page, SkippedSince};

/// Cycles looked through for those since the moment: what a person follows happened in the last minutes.
const CYCLES_READ: u32 = 50;

/// What a channel did with some objects since a moment.
#[derive(Clone, Debug)]
pub struct Trace {
    /// How the channel stands.
    pub glance: ChannelGlance,
    /// Who is in scope.
    pub location: SourceLocation,
    /// Cycles that began since, oldest first; the last one may be running.
    pub cycles: Vec<Cycle>,
    /// What there is to say of each object; those of which there is nothing are left out.
    pub objects: Vec<Traced>,
}

/// One object.
#[derive(Clone, Debug)]
pub struct Traced {
    /// User or group.
    pub kind: ObjectKind,
    /// Its anchor.
    pub id: SourceId,
    /// What it is linked with, if it is.
    pub link: Option<Link>,
    /// What was done with it since, oldest first.
    pub did: Vec<HistoryEntry>,
    /// Why it is left out, if it is.
    pub skipped: Option<SkippedSince>,
    /// What failed and waits, if something does.
    pub setback: Option<Setback>,
    /// What a guard holds.
    pub held: Vec<Op>,
}

impl Traced {
    fn is_nothing(&self) -> bool {
        self.link.is_none() && self.did.is_empty() && self.skipped.is_none() && self.setback.is_none() && self.held.is_empty()
    }
}

impl Service {
    /// What a channel did with these objects since a moment (unix ms), and what it knows of them now.
    pub async fn trace(&self, actor: &Actor, channel: &ChannelId, objects: &[(ObjectKind, SourceId)], since: i64) -> Result<Trace> {
        let glance = self.glance(actor, channel).await?;
        let mut conn = self.store.read().await?;
        let location = self.saved(&mut conn, channel).await?.1.location;
        let mut cycles = conn.list_cycles(channel, false, Page::first(CYCLES_READ)).await?;
        cycles.retain(|cycle| cycle.started_at >= since);
        cycles.reverse();
        let skipped = conn.list_skipped(channel, Page::first(OBJECTS_SHOWN)).await?;
        let setbacks = conn.list_setbacks(channel).await?;
        let held: Vec<Op> = match &glance.state.held_cycle {
            Some(cycle) => conn.list_plan_ops(cycle, 0, OBJECTS_SHOWN).await?.into_iter().map(|(_, op)| op).collect(),
            None => Vec::new(),
        };
        let mut links = Vec::new();
        for kind in [ObjectKind::User, ObjectKind::Group] {
            let ids: Vec<SourceId> = objects.iter().filter(|(of, _)| *of == kind).map(|(_, id)| id.clone()).collect();
            links.extend(conn.load_links(channel, kind, &ids).await?);
        }
        let mut traced = Vec::new();
        for (kind, id) in objects {
            let (kind, id) = (*kind, id.clone());
            let mut did = conn.list_object_history(channel, kind, &id, Page::first(OBJECTS_SHOWN)).await?;
            did.retain(|entry| entry.object.at >= since);
            did.reverse();
            let one = Traced {
                link: links.iter().find(|link| link.head.kind == kind && link.head.source_id == id).cloned(),
                did,
                skipped: skipped.iter().find(|s| s.skipped.object.kind == kind && s.skipped.object.source_id == id).cloned(),
                setback: setbacks.iter().find(|s| s.kind == kind && s.source_id == id).cloned(),
                held: held.iter().filter(|op| op.object.kind == kind && op.object.source_id == id).cloned().collect(),
                kind,
                id,
            };
            if !one.is_nothing() {
                traced.push(one);
            }
        }
        Ok(Trace { glance, location, cycles, objects: traced })
    }
}
