//! SP Connections: listed, enabled, deleted. They are saved through drafts.

use crate::flaws::Rest;
use crate::usage::{User, refuse_used};
use crate::{Result, Service, ServiceError};
use domain::actor::Actor;
use domain::id::ConnectionId;
use domain::model::connection_list::ConnectionQuery;
use domain::model::cycle::Trigger;
use domain::model::sp_connection::SpConnection;
use domain::wizard::draft::DraftBody;
use store::{ListedConnection, Page, Stored};

/// A connection at a glance.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionGlance {
    /// The connection.
    pub connection: SpConnection,
    /// What it lacks, in sentences.
    pub flaws: Vec<String>,
    /// When it was saved first (unix ms).
    pub created_at: i64,
    /// When it was saved last (unix ms).
    pub updated_at: i64,
}

impl Service {
    /// All connections by name.
    pub async fn list_connections(&self, actor: &Actor) -> Result<Vec<SpConnection>> {
        self.require(actor)?;
        let stored = self.store.read().await?.list_connections().await?;
        Ok(stored.into_iter().map(|s| s.value).collect())
    }

    /// A page of the connections that a query asks for, and how many match it.
    pub async fn list_connection_page(&self, actor: &Actor, query: &ConnectionQuery, page: Page) -> Result<(Vec<ConnectionGlance>, u64)> {
        self.require(actor)?;
        let mut conn = self.store.read().await?;
        let found = conn.list_connection_page(query, page).await?;
        let rest = Rest::read(&mut conn, found.rows.iter().any(|row| row.connection.value.browser_sso_profiles)).await?;
        let glance = |listed: ListedConnection| {
            let Stored { value, updated_at, .. } = listed.connection;
            let flaws = self.flaws_of_connection(&value, &rest);
            ConnectionGlance { connection: value, flaws, created_at: listed.created_at, updated_at }
        };
        Ok((found.rows.into_iter().map(glance).collect(), found.total))
    }

    /// How many connections there are.
    pub async fn count_connections(&self, actor: &Actor) -> Result<u64> {
        self.require(actor)?;
        Ok(self.store.read().await?.count_connections().await?)
    }

    /// A connection's name with who uses it.
    pub async fn connection_usage(&self, actor: &Actor, id: &ConnectionId) -> Result<(String, Vec<User>)> {
        self.require(actor)?;
        let mut conn = self.store.read().await?;
        let connection = conn.find_connection(id).await?.ok_or(ServiceError::NotFound)?.value;
        let users = self.users_of_connection(&mut conn, id).await?;
        Ok((connection.general.name, users))
    }

    /// Turns a connection on or off.
    pub async fn enable_connection(&self, actor: &Actor, id: &ConnectionId, enabled: bool) -> Result<()> {
        self.require(actor)?;
        let mut tx = self.store.begin().await?;
        let mut stored = tx.find_connection(id).await?.ok_or(ServiceError::NotFound)?;
        if stored.value.enabled == enabled {
            return Ok(());
        }
        stored.value.enabled = enabled;
        tx.update_connection(&stored.value, stored.version, &actor.to_string(), self.now()).await?;
        tx.commit().await?;
        tracing::info!(target: "admin", actor = %actor, kind = "sp_connection", object = stored.value.general.name, enabled, "switched");
        self.after_save(&DraftBody::SpConnection(Box::new(stored.value))).await
    }

    /// Deletes a connection with its channels and what they remember. Nothing is changed at the target.
    pub async fn delete_connection(&self, actor: &Actor, id: &ConnectionId) -> Result<()> {
        self.require(actor)?;
        let mut tx = self.store.begin().await?;
        let stored = tx.find_connection(id).await?.ok_or(ServiceError::NotFound)?;
        let users = self.users_of_connection(&mut tx, id).await?;
        refuse_used(&stored.value.general.name, "connection", &users)?;
        tx.delete_connection(id).await?;
        tx.note_deleted("sp_connection", id.as_str(), &actor.to_string(), self.now()).await?;
        tx.commit().await?;
        tracing::info!(target: "admin", actor = %actor, kind = "sp_connection", object = stored.value.general.name, "deleted");
        if let Some(runner) = self.runner() {
            runner.changed();
        }
        Ok(())
    }

    /// Lets channels that the saved object concerns run at once; a stop for refused credentials ends, since they may be new.
    pub(crate) async fn after_save(&self, body: &DraftBody) -> Result<()> {
        let channels: Vec<_> = match body {
            DraftBody::DataStore(store) => {
                let uses = self.store.read().await?.list_data_store_usage(&store.id).await?;
                uses.into_iter().map(|u| u.channel).collect()
            }
            // Nothing that runs hangs on them.
            DraftBody::Pcv(_) | DraftBody::IdpAdapter(_) => return Ok(()),
            DraftBody::SpConnection(connection) => connection.provisioning.channels.iter().map(|c| c.id.clone()).collect(),
            // The driver looks at the Synchronization Frequency anew below.
            DraftBody::ProtocolSettings(_) => Vec::new(),
            DraftBody::SigningKey(_) | DraftBody::MetadataExport(_) | DraftBody::Notifications(_) => return Ok(()),
        };
        let now = self.now();
        let mut tx = self.store.begin().await?;
        for channel in &channels {
            tx.update_channel_state(channel, now, |state| state.stopped_reason = None).await?;
        }
        tx.commit().await?;
        if let Some(runner) = self.runner() {
            // Signalled first, so that a channel that begins to run begins with this.
            for channel in &channels {
                runner.signal(channel, Trigger::Saved);
            }
            runner.changed();
        }
        Ok(())
    }
}
