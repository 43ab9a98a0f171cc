//! Password Credential Validators: listed, their use, deleted. They are saved through drafts.

use crate::usage::{User, in_use, refuse_used};
use crate::{Result, Service, ServiceError};
use domain::actor::Actor;
use domain::id::PcvId;
use domain::model::pcv::Pcv;
use store::StoreError;

const KIND: &str = "Password Credential Validator";

/// A validator at a glance.
#[derive(Clone, Debug, PartialEq)]
pub struct PcvGlance {
    /// The validator.
    pub pcv: Pcv,
    /// Name of the Data Store it asks; `None` where it asks none, or one that is not there any more.
    pub data_store: Option<String>,
    /// How many adapters use it.
    pub users: u32,
}

impl Service {
    /// All validators by name.
    pub async fn list_pcvs(&self, actor: &Actor) -> Result<Vec<PcvGlance>> {
        self.require(actor)?;
        let mut conn = self.store.read().await?;
        let stores = conn.list_data_stores().await?;
        let adapters = conn.list_idp_adapters().await?;
        let glance = |pcv: Pcv| PcvGlance {
            data_store: pcv.data_store().and_then(|id| stores.iter().find(|s| s.value.id == *id)).map(|s| s.value.name.clone()),
            users: adapters.iter().filter(|a| a.value.validators.contains(&pcv.id)).count() as u32,
            pcv,
        };
        Ok(conn.list_pcvs().await?.into_iter().map(|s| glance(s.value)).collect())
    }

    /// A validator with who uses it.
    pub async fn pcv_usage(&self, actor: &Actor, id: &PcvId) -> Result<(Pcv, Vec<User>)> {
        self.require(actor)?;
        let mut conn = self.store.read().await?;
        let pcv = conn.find_pcv(id).await?.ok_or(ServiceError::NotFound)?.value;
        let users = self.users_of_pcv(&mut conn, id).await?;
        Ok((pcv, users))
    }

    /// Deletes a validator that nobody uses.
    pub async fn delete_pcv(&self, actor: &Actor, id: &PcvId) -> Result<()> {
        let (pcv, users) = self.pcv_usage(actor, id).await?;
        refuse_used(&pcv.name, KIND, &users)?;
        let mut tx = self.store.begin().await?;
        tx.delete_pcv(id).await.map_err(|error| match error {
            StoreError::InUse { .. } => in_use(&pcv.name, KIND, "an IdP Adapter that was saved just now"),
            other => other.into(),
        })?;
        tx.note_deleted("pcv", id.as_str(), &actor.to_string(), self.now()).await?;
        tx.commit().await?;
        tracing::info!(target: "admin", actor = %actor, kind = "pcv", object = pcv.name, "deleted");
        Ok(())
    }
}
