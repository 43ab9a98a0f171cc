//! Password Credential Validators.

use super::usage::usage;
use super::words::count;
use super::{Ports, as_u32, refuse, refuse_delete};
use app::backend::Pcvs;
use app::error::{AppError, Used};
use app::views::{Listed, PcvRow, UsageView};
use async_trait::async_trait;
use domain::actor::Actor;
use domain::id::PcvId;
use domain::model::pcv::{Pcv, PcvKind};
use service::flaws::flaw_of_pcv;
use service::pcvs::PcvGlance;

#[async_trait]
impl Pcvs for Ports {
    async fn list(&self, actor: &Actor) -> Result<Listed<PcvRow>, AppError> {
        let pcvs = self.service.list_pcvs(actor).await.map_err(refuse)?;
        self.listed(actor, "pcv", pcvs.into_iter().map(row).collect()).await
    }

    async fn usage(&self, actor: &Actor, id: &PcvId) -> Result<UsageView, AppError> {
        let (pcv, users) = self.service.pcv_usage(actor, id).await.map_err(refuse)?;
        Ok(usage(pcv.name, users))
    }

    async fn delete(&self, actor: &Actor, id: &PcvId) -> Result<(), AppError> {
        self.service.delete_pcv(actor, id).await.map_err(|error| refuse_delete(error, Used::Pcv(id.clone())))
    }
}

fn row(glance: PcvGlance) -> PcvRow {
    let warning = flaw_of_pcv(&glance.pcv, glance.data_store.is_some()).unwrap_or_default();
    let PcvGlance { pcv, data_store, users } = glance;
    let Pcv { id, name, instance_id, kind, simple, .. } = pcv;
    PcvRow {
        asks: match kind {
            Some(PcvKind::Simple) => format!("A list of {}", count(as_u32(simple.users.len()), "user", "users")),
            _ => data_store.unwrap_or_default(),
        },
        id,
        name,
        instance_id,
        kind: kind.map_or_else(String::new, |kind| kind.label().to_owned()),
        warning: warning.to_owned(),
        used_by: if users > 0 { count(users, "adapter", "adapters") } else { String::new() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id::DataStoreId;

    #[test]
    fn a_validator_whose_data_store_is_gone_says_so() {
        let mut pcv = Pcv::new(PcvId::parse("p1").unwrap());
        pcv.kind = Some(PcvKind::Ldap);
        pcv.ldap.data_store = Some(DataStoreId::parse("gone").unwrap());
        let broken = row(PcvGlance { pcv: pcv.clone(), data_store: None, users: 1 });
        assert!(broken.warning.contains("not there any more") && broken.used_by == "1 adapter", "{broken:?}");
        assert_eq!(row(PcvGlance { pcv: pcv.clone(), data_store: Some("AD".into()), users: 0 }).warning, "");
        pcv.kind = Some(PcvKind::Simple);
        let list = row(PcvGlance { pcv, data_store: None, users: 0 });
        assert_eq!((list.warning.as_str(), list.asks.as_str()), ("", "A list of 0 users"));
    }
}
