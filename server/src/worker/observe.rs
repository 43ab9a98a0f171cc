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
            match kind {
                ObjectKind::User => observed.users.extend(client.find_users(&name).await.map_err(|e| stop_of(&e))?.into_iter().map(seen)),
                ObjectKind::Group => {
                    observed.groups.extend(client.find_groups(&name).await.map_err(|e| stop_of(&e))?.into_iter().map(seen))
                }
            }
        }
    }
    mark_elsewhere(context, job, &mut observed).await?;
    Ok(Some(observed))
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
async fn mark_elsewhere(context: &Context, job: &Job, observed: &mut Observed) -> Result<(), Stop> {
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
    for object in observed.users.iter_mut().chain(&mut observed.groups) {
        object.elsewhere = kept.contains(&object.target);
    }
    Ok(())
}
