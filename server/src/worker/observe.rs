//! Seeing what is at the target: everything before the first plan, afterwards only the few objects that a create ran into.

use crate::worker::prepare::Job;
use crate::worker::target::stop_of;
use crate::worker::{Context, Stop};
use domain::model::cycle::Step;
use domain::model::link::ObjectKind;
use domain::model::plan::{Value, Values};
use engine::{Elsewhere, Observed, ObservedObject, lookups};
use scim::RemoteObject;

/// What must be seen before planning; `None` when the links say it all.
pub(crate) async fn observe(
    job: &Job,
    elsewhere: &Elsewhere,
    everything: bool,
    step: &(dyn Fn(Step) + Sync),
) -> Result<Option<Observed>, Stop> {
    let wanted = lookups(&job.memory.setbacks, job.memory.now);
    if !everything && wanted.is_empty() {
        return Ok(None);
    }
    step(Step::ReadingTarget);
    let client = &job.client;
    let with_groups = client.connector().groups.supported && !job.channel.location.groups.is_empty();
    let mut observed = Observed { complete: everything, ..Observed::default() };
    if everything {
        let users = &mut observed.users;
        client.list_users(&mut |user| users.push(seen(user))).await.map_err(|e| stop_of(&e))?;
        if with_groups {
            let groups = &mut observed.groups;
            client.list_groups(&mut |group| groups.push(seen(group))).await.map_err(|e| stop_of(&e))?;
        }
    } else {
        for (kind, name) in wanted {
            let found = find(job, kind, &name).await?;
            match kind {
                ObjectKind::User => observed.users.extend(found),
                ObjectKind::Group => observed.groups.extend(found),
            }
        }
    }
    mark(elsewhere, ObjectKind::User, &mut observed.users);
    mark(elsewhere, ObjectKind::Group, &mut observed.groups);
    Ok(Some(observed))
}

/// The objects with one match value.
pub(crate) async fn look_up(job: &Job, elsewhere: &Elsewhere, kind: ObjectKind, name: &str) -> Result<Vec<ObservedObject>, Stop> {
    let mut found = find(job, kind, name).await?;
    mark(elsewhere, kind, &mut found);
    Ok(found)
}

async fn find(job: &Job, kind: ObjectKind, name: &str) -> Result<Vec<ObservedObject>, Stop> {
    let found = match kind {
        ObjectKind::User => job.client.find_users(name).await,
        ObjectKind::Group => job.client.find_groups(name).await,
    };
    Ok(found.map_err(|e| stop_of(&e))?.into_iter().map(seen).collect())
}

/// An object of the target in the engine's terms.
pub(crate) fn seen(object: RemoteObject) -> ObservedObject {
    let values: Values = object.values.into_iter().map(|(name, value)| (name, Value::Text(value))).collect();
    ObservedObject {
        target: object.id.0,
        match_value: object.match_value,
        values,
        active: object.active,
        members: object.members,
        elsewhere: false,
    }
}

/// What the other channels of the connection keep, and whom of this one they have in scope themselves.
pub(crate) async fn elsewhere(context: &Context, job: &Job) -> Result<Elsewhere, Stop> {
    let mut elsewhere = Elsewhere::default();
    let others = job.connection.provisioning.channels.iter().filter(|c| c.id != job.channel.id);
    let load = async {
        for other in others {
            let mut conn = context.store.read().await?;
            elsewhere.add(&other.name, conn.load_link_heads(&other.id).await?);
            let state = conn.find_channel_state(&other.id).await?;
            if other.active && !state.paused && state.stopped_reason.is_none() {
                elsewhere.claimed(&job.channel.name, &other.id, &conn.load_skipped(&other.id, ObjectKind::User).await?);
            }
        }
        Ok(())
    };
    load.await.map_err(|e: store::StoreError| Stop::store(&e))?;
    Ok(elsewhere)
}

/// Marks what another channel of the connection keeps: it is not this one's to adopt.
fn mark(elsewhere: &Elsewhere, kind: ObjectKind, objects: &mut [ObservedObject]) {
    for object in objects {
        object.elsewhere = elsewhere.has_target(kind, &object.target);
    }
}
