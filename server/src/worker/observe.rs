//! Seeing what is at the target: everything before the first plan, afterwards only the few objects that a create ran into.

use crate::worker::prepare::Job;
use crate::worker::target::stop_of;
use crate::worker::{Context, Stop};
use domain::model::cycle::Step;
use domain::model::link::ObjectKind;
use domain::model::plan::{Value, Values};
use engine::{Observed, ObservedObject, lookups};
use scim::RemoteObject;

/// What must be seen before planning; `None` when the links say it all.
pub(crate) async fn observe(
    context: &Context,
    job: &Job,
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
    mark_elsewhere(context, job, observed.users.iter_mut().chain(&mut observed.groups)).await?;
    Ok(Some(observed))
}

/// The objects with one match value.
pub(crate) async fn look_up(context: &Context, job: &Job, kind: ObjectKind, name: &str) -> Result<Vec<ObservedObject>, Stop> {
    let mut found = find(job, kind, name).await?;
    mark_elsewhere(context, job, found.iter_mut()).await?;
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

/// Marks what another channel of the connection keeps: it is not this one's to adopt.
async fn mark_elsewhere(context: &Context, job: &Job, objects: impl Iterator<Item = &mut ObservedObject>) -> Result<(), Stop> {
    let others = job.connection.provisioning.channels.iter().filter(|c| c.id != job.channel.id);
    let load = async {
        let mut conn = context.store.read().await?;
        let mut kept = std::collections::HashSet::new();
        for other in others {
            conn.each_link_head(&other.id, |head| {
                kept.insert(head.target_id.0);
            })
            .await?;
        }
        Ok(kept)
    };
    let kept = load.await.map_err(|e: store::StoreError| Stop::store(&e))?;
    for object in objects {
        object.elsewhere = kept.contains(&object.target);
    }
    Ok(())
}
