//! IdP Adapters: listed, their use, deleted. They are saved through drafts.

use crate::usage::{User, refuse_used};
use crate::{Result, Service, ServiceError};
use domain::actor::Actor;
use domain::id::{IdpAdapterId, PcvId};
use domain::model::idp_adapter::IdpAdapter;

/// An adapter at a glance.
#[derive(Clone, Debug, PartialEq)]
pub struct IdpAdapterGlance {
    /// The adapter.
    pub adapter: IdpAdapter,
    /// Names of the validators it asks, in order; `None` for one that is not there any more.
    pub validators: Vec<Option<String>>,
    /// How many SP Connections use it.
    pub users: u32,
}

impl Service {
    /// All adapters by name.
    pub async fn list_idp_adapters(&self, actor: &Actor) -> Result<Vec<IdpAdapterGlance>> {
        self.require(actor)?;
        let mut conn = self.store.read().await?;
        let pcvs = conn.list_pcvs().await?;
        let name = |id: &PcvId| pcvs.iter().find(|p| p.value.id == *id).map(|p| p.value.name.clone());
        let adapters: Vec<_> = conn.list_idp_adapters().await?.into_iter().map(|stored| stored.value).collect();
        let users = self.count_users_of_idp_adapters(&mut conn, &adapters.iter().map(|adapter| &adapter.id).collect::<Vec<_>>()).await?;
        let glance = |(adapter, users): (IdpAdapter, u32)| IdpAdapterGlance {
            validators: adapter.validators.iter().map(name).collect(),
            adapter,
            users,
        };
        Ok(adapters.into_iter().zip(users).map(glance).collect())
    }

    /// An adapter with who uses it.
    pub async fn idp_adapter_usage(&self, actor: &Actor, id: &IdpAdapterId) -> Result<(IdpAdapter, Vec<User>)> {
        self.require(actor)?;
        let mut conn = self.store.read().await?;
        let adapter = conn.find_idp_adapter(id).await?.ok_or(ServiceError::NotFound)?.value;
        let users = self.users_of_idp_adapter(&mut conn, id).await?;
        Ok((adapter, users))
    }

    /// Deletes an adapter that nobody uses.
    pub async fn delete_idp_adapter(&self, actor: &Actor, id: &IdpAdapterId) -> Result<()> {
        self.require(actor)?;
        let mut tx = self.store.begin().await?;
        let adapter = tx.find_idp_adapter(id).await?.ok_or(ServiceError::NotFound)?.value;
        refuse_used(&adapter.name, "IdP Adapter", &self.users_of_idp_adapter(&mut tx, id).await?)?;
        tx.delete_idp_adapter(id).await?;
        tx.note_deleted("idp_adapter", id.as_str(), &actor.to_string(), self.now()).await?;
        tx.commit().await?;
        tracing::info!(target: "admin", actor = %actor, kind = "idp_adapter", object = adapter.name, "deleted");
        Ok(())
    }
}
