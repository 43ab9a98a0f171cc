//! People and groups of channels: who is there, who is not, and why.

mod inspection;
mod verifying;

pub use inspection::{Ask, End, GroupOf, Inspection, Synced};

use crate::{Result, Service, ServiceError};
use domain::actor::Actor;
use domain::id::{ChannelId, SourceId};
use domain::model::channel::Channel;
use domain::model::cycle::{Setback, Trigger};
use domain::model::link::{Link, LinkMark, ObjectKind};
use domain::model::object_list::{ListedObject, ObjectQuery, ObjectReason, ObjectState, Part};
use domain::model::sp_connection::SpConnection;
use domain::wizard::draft::DraftBody;
use store::{ChannelRow, HistoryEntry, ObjectPage, Page};

/// Operations of an object that are shown.
const HISTORY_SHOWN: u32 = 100;

/// A part of the list, and what it can be narrowed to.
#[derive(Clone, Debug)]
pub struct PeopleFound {
    /// All channels, of which these may be.
    pub channels: Vec<ChannelRow>,
    /// The part.
    pub page: ObjectPage,
    /// How many are in which state.
    pub counts: Vec<(ObjectState, u32)>,
    /// Reasons that several have.
    pub reasons: Vec<ObjectReason>,
}

/// What is remembered of one object.
#[derive(Clone, Debug)]
pub struct PersonFound {
    /// Its connection.
    pub connection: SpConnection,
    /// Its channel.
    pub channel: Channel,
    /// How it stands; `None` when the channel knows nothing of it any more.
    pub listed: Option<ListedObject>,
    /// What it is linked with, by whichever channel of the connection.
    pub link: Option<Link>,
    /// What failed and waits.
    pub setback: Option<Setback>,
    /// What was done about it, the newest first.
    pub history: Vec<HistoryEntry>,
}

impl Service {
    /// A part of the list of people and groups.
    pub async fn list_people(&self, actor: &Actor, query: &ObjectQuery, part: &Part, limit: u32) -> Result<PeopleFound> {
        self.require(actor)?;
        let mut conn = self.store.read().await?;
        let channels = conn.list_channels().await?;
        if query.channel.as_ref().is_some_and(|id| !channels.iter().any(|channel| &channel.id == id)) {
            return Err(ServiceError::NotFound);
        }
        let page = conn.list_objects(query, part, limit).await?;
        let counts = conn.count_objects(query.channel.as_ref()).await?;
        let has_reasons = counts.iter().any(|(state, _)| matches!(state, ObjectState::Failed | ObjectState::Skipped));
        let reasons = if has_reasons { conn.list_object_reasons(query.channel.as_ref()).await? } else { Vec::new() };
        Ok(PeopleFound { channels, page, counts, reasons })
    }

    /// What is remembered of one person or group.
    pub async fn show_person(&self, actor: &Actor, channel: &ChannelId, kind: ObjectKind, id: &SourceId) -> Result<PersonFound> {
        self.require(actor)?;
        let mut conn = self.store.read().await?;
        let (connection, channel) = self.saved(&mut conn, channel).await?;
        let found = PersonFound {
            listed: conn.find_object(&channel.id, kind, id).await?,
            link: conn.find_link(&connection.id, kind, id).await?,
            setback: conn.list_setbacks(&channel.id).await?.into_iter().find(|s| s.kind == kind && s.source_id == *id),
            history: conn.list_object_history(&channel.id, kind, id, Page::first(HISTORY_SHOWN)).await?,
            connection,
            channel,
        };
        let is_known = found.listed.is_some() || found.link.is_some() || !found.history.is_empty();
        if is_known { Ok(found) } else { Err(ServiceError::NotFound) }
    }

    /// Why somebody is or is not at the target, with the saved configuration. Nothing is changed.
    pub async fn explain(&self, actor: &Actor, channel: &ChannelId, ask: &Ask) -> Result<(SpConnection, Channel, Inspection)> {
        self.require(actor)?;
        let (connection, channel) = self.saved(&mut self.store.read().await?, channel).await?;
        let inspection = self.worker()?.inspect(&connection, &channel, ask).await?;
        Ok((connection, channel, inspection))
    }

    /// Writes one object now, and nobody else.
    pub async fn sync_object(&self, actor: &Actor, channel: &ChannelId, kind: ObjectKind, id: &SourceId) -> Result<Synced> {
        let name = self.may_write(actor, channel).await?;
        let synced = self.worker()?.sync(channel, kind, id).await?;
        tracing::info!(target: "admin", actor = %actor, kind = "channel", object = name, source_id = %id, "sync now");
        Ok(synced)
    }

    /// Tries an object again that failed, whatever its delay.
    pub async fn retry_object(&self, actor: &Actor, channel: &ChannelId, kind: ObjectKind, id: &SourceId) -> Result<Synced> {
        let name = self.may_write(actor, channel).await?;
        let worker = self.worker()?;
        let mut tx = self.store.begin().await?;
        let setback = tx.list_setbacks(channel).await?.into_iter().find(|s| s.kind == kind && s.source_id == *id);
        if let Some(setback) = setback {
            // Its time has come, and what is remembered of it stays until it went well: a kill in between loses nothing.
            tx.put_setbacks(channel, &[Setback { next_at: self.now(), attempts: 0, ..setback }]).await?;
        }
        tx.commit().await?;
        tracing::info!(target: "admin", actor = %actor, kind = "channel", object = name, source_id = %id, "retry");
        worker.sync(channel, kind, id).await
    }

    /// Forgets which object at the target is this one. The next cycle adopts it or makes another one, if it is in scope.
    pub async fn unlink_object(&self, actor: &Actor, channel: &ChannelId, kind: ObjectKind, id: &SourceId) -> Result<()> {
        let glance = self.glance(actor, channel).await?;
        if glance.status.as_ref().is_some_and(|s| s.running.is_some()) {
            return Err(ServiceError::refused(format!("‘{}’ is running. Try again when its cycle has ended.", glance.channel.name)));
        }
        let key = [(kind, id.clone())];
        let mut tx = self.store.begin().await?;
        let link = tx.load_links(channel, kind, std::slice::from_ref(id)).await?.pop();
        let Some(link) = link else { return Err(ServiceError::refused("It is not linked by this channel.")) };
        tx.delete_links(channel, &key).await?;
        tx.delete_intents(channel, &key).await?;
        // What is at the target under its name is looked for before another one is made.
        let setback = Setback {
            kind,
            source_id: id.clone(),
            name: link.name.clone(),
            attempts: 0,
            next_at: self.now(),
            action: domain::model::plan::ActionKind::Adopt,
            detail: "It was unlinked by an administrator; the next cycle looks for it at the service.".into(),
            value_digest: domain::model::link::Digest::default(),
        };
        tx.put_setbacks(channel, &[setback]).await?;
        tx.update_channel_state(channel, self.now(), |state| (state.watermark, state.compared_at) = (None, None)).await?;
        tx.commit().await?;
        tracing::info!(target: "admin", actor = %actor, kind = "channel", object = glance.channel.name, source_id = %id, target_id = %link.head.target_id, "unlinked");
        if let Some(runner) = self.runner().filter(|_| glance.is_on() && !glance.state.paused) {
            runner.signal(channel, Trigger::Person);
        }
        Ok(())
    }

    /// Adds a linked person to those from whom the channel takes nothing away.
    pub async fn protect_person(&self, actor: &Actor, channel: &ChannelId, id: &SourceId) -> Result<()> {
        self.require(actor)?;
        let mut tx = self.store.begin().await?;
        let mut stored = tx.find_connection_of(channel).await?.ok_or(ServiceError::NotFound)?;
        let link = tx.find_link(&stored.value.id, ObjectKind::User, id).await?;
        let link =
            link.filter(|link| link.channel == *channel).ok_or_else(|| ServiceError::refused("It is not linked by this channel."))?;
        if link.name.contains(['*', '?']) {
            return Err(ServiceError::refused(
                "Its name has a * or ?, which stand for other text in the list. Add it on the channel's tab Guards.",
            ));
        }
        let Some(of) = stored.value.provisioning.channels.iter_mut().find(|of| of.id == *channel) else {
            return Err(ServiceError::NotFound);
        };
        if !of.protected.contains(&link.name) {
            of.protected.push(link.name.clone());
        }
        tx.update_connection(&stored.value, stored.version, &actor.to_string(), self.now()).await?;
        tx.commit().await?;
        tracing::info!(target: "admin", actor = %actor, kind = "sp_connection", object = stored.value.general.name, person = link.name, "protected");
        self.after_save(&DraftBody::SpConnection(Box::new(stored.value))).await
    }

    /// Has everything about an object written again by the next cycle.
    pub async fn mark_objects(&self, channel: &ChannelId, marks: &[(ObjectKind, SourceId, LinkMark)]) -> Result<u64> {
        let mut tx = self.store.begin().await?;
        let marked = tx.mark_links(channel, marks).await?;
        tx.commit().await?;
        Ok(marked)
    }

    /// The name of a channel that may write, or why it may not.
    async fn may_write(&self, actor: &Actor, channel: &ChannelId) -> Result<String> {
        let glance = self.glance(actor, channel).await?;
        let name = glance.channel.name.clone();
        match () {
            () if !glance.is_on() => Err(ServiceError::refused(format!("‘{name}’ is off: it, or its connection, is not active."))),
            () if glance.state.paused => Err(ServiceError::refused(format!("‘{name}’ is paused. Resume it first."))),
            () => match glance.state.stopped_reason {
                Some(why) => Err(ServiceError::refused(format!("‘{name}’ has stopped: {why}"))),
                None => Ok(name),
            },
        }
    }

    pub(crate) fn worker(&self) -> Result<&std::sync::Arc<dyn crate::Runner>> {
        self.runner().ok_or_else(|| ServiceError::refused("Provisioning is off on this server (provisioner.mode)."))
    }
}
