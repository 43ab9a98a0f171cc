//! The driver as the use cases see it.

use crate::worker::driver::Driver;
use crate::worker::{inspect, one, prepare, verify};
use async_trait::async_trait;
use domain::id::{ChannelId, ConnectionId, SourceId};
use domain::model::channel::Channel;
use domain::model::cycle::Trigger;
use domain::model::link::ObjectKind;
use domain::model::plan::Plan;
use domain::model::sp_connection::SpConnection;
use domain::model::verification::Verification;
use scim::Slowed;
use service::people::{Ask, Inspection, Synced};
use service::{Runner, ServiceError, Status, Trouble};

#[async_trait]
impl Runner for Driver {
    fn signal(&self, channel: &ChannelId, trigger: Trigger) {
        self.ring(channel, trigger);
    }

    fn changed(&self) {
        self.look_again();
    }

    fn status(&self, channel: &ChannelId) -> Option<Status> {
        self.board().status(channel)
    }

    fn is_alive(&self) -> bool {
        self.is_running()
    }

    fn trouble(&self) -> Option<Trouble> {
        self.board().trouble()
    }

    fn slowed(&self, connection: &ConnectionId) -> Vec<Slowed> {
        self.context().slowed(connection)
    }

    async fn inspect(&self, connection: &SpConnection, channel: &Channel, ask: &Ask) -> service::Result<Inspection> {
        inspect::inspect(self.context(), connection, channel, ask).await
    }

    async fn sync(&self, channel: &ChannelId, kind: ObjectKind, id: &SourceId) -> service::Result<Synced> {
        // A task of its own: who leaves the page does not leave it half done.
        let (context, channel, id) = (self.context().clone(), channel.clone(), id.clone());
        let done = tokio::spawn(async move { one::sync(&context, &channel, kind, &id).await }).await;
        let done = done.map_err(|_| ServiceError::refused("Writing this object ended by a fault of Towpath. The log has the cause."))?;
        done.map_err(|stop| ServiceError::refused(stop.sentence))
    }

    async fn verify(&self, channel: &ChannelId) -> service::Result<Verification> {
        let context = self.context().clone();
        if !context.verifying().insert(channel.clone()) {
            return Err(ServiceError::refused("The service is being listed already. Look again in a while."));
        }
        let channel = channel.clone();
        // A task of its own: who stops waiting does not stop it.
        let done = tokio::spawn(async move {
            let done = verify::verify(&context, &channel).await;
            context.verifying().remove(&channel);
            done
        });
        let done = done.await.map_err(|_| ServiceError::refused("Verifying ended by a fault of Towpath. The log has the cause."))?;
        done.map_err(|stop| ServiceError::refused(stop.sentence))
    }

    fn is_verifying(&self, channel: &ChannelId) -> bool {
        self.context().verifying().contains(channel)
    }

    async fn repair(&self, channel: &ChannelId, found: &Verification) -> service::Result<u32> {
        verify::repair(self.context(), channel, found).await.map_err(|stop| ServiceError::refused(stop.sentence))
    }

    async fn preview(&self, connection: &SpConnection, channel: &Channel) -> service::Result<Plan> {
        prepare::preview(self.context(), connection, channel).await
    }
}
