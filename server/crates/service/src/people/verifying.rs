//! Verify: what is at the target compared with what was written there, and made to be written again.

use crate::{Result, Service, ServiceError};
use domain::actor::Actor;
use domain::id::ChannelId;
use domain::model::channel::Channel;
use domain::model::cycle::Trigger;
use domain::model::verification::Verification;

impl Service {
    /// A channel with its newest comparison, and whether another one is under way.
    pub async fn show_verification(&self, actor: &Actor, channel: &ChannelId) -> Result<(Channel, Option<Verification>, bool)> {
        self.require(actor)?;
        let mut conn = self.store.read().await?;
        let (_, channel) = self.saved(&mut conn, channel).await?;
        let found = conn.find_verification(&channel.id).await?;
        let is_running = self.runner().is_some_and(|runner| runner.is_verifying(&channel.id));
        Ok((channel, found, is_running))
    }

    /// Compares now, and waits for the end of it. Who stops waiting does not stop it.
    pub async fn verify_channel(&self, actor: &Actor, channel: &ChannelId) -> Result<Verification> {
        let glance = self.glance(actor, channel).await?;
        tracing::info!(target: "admin", actor = %actor, kind = "channel", object = glance.channel.name, "verify");
        self.worker()?.verify(channel).await
    }

    /// Has what differed written again by the next cycle, which begins at once where the channel is on. Answers how many.
    pub async fn repair_channel(&self, actor: &Actor, channel: &ChannelId) -> Result<u32> {
        let glance = self.glance(actor, channel).await?;
        let found = self.store.read().await?.find_verification(channel).await?;
        let found = found.filter(|found| !found.drifts.is_empty() && found.repaired_at.is_none());
        let Some(found) = found else { return Err(ServiceError::refused("There is nothing to repair. Verify first.")) };
        let marked = self.worker()?.repair(channel, &found).await?;
        tracing::info!(target: "admin", actor = %actor, kind = "channel", object = glance.channel.name, objects = marked, "repair");
        if let Some(runner) = self.runner().filter(|_| glance.is_on() && !glance.state.paused) {
            runner.signal(channel, Trigger::Person);
        }
        Ok(marked)
    }
}
