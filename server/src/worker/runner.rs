//! The driver as the use cases see it.

use crate::worker::driver::Driver;
use crate::worker::prepare;
use async_trait::async_trait;
use domain::id::{ChannelId, ConnectionId};
use domain::model::channel::Channel;
use domain::model::cycle::Trigger;
use domain::model::plan::Plan;
use domain::model::sp_connection::SpConnection;
use scim::Slowed;
use service::{Runner, Status, Trouble};

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

    async fn preview(&self, connection: &SpConnection, channel: &Channel) -> service::Result<Plan> {
        prepare::preview(self.context(), connection, channel).await
    }
}
