//! IdP Adapters.

use super::usage::usage;
use super::words::count;
use super::{Ports, refuse, refuse_delete};
use app::backend::IdpAdapters;
use app::error::{AppError, Used};
use app::views::{IdpAdapterRow, Listed, UsageView};
use async_trait::async_trait;
use domain::actor::Actor;
use domain::id::IdpAdapterId;
use service::flaws::flaw_of_adapter;
use service::idp_adapters::IdpAdapterGlance;

#[async_trait]
impl IdpAdapters for Ports {
    async fn list(&self, actor: &Actor) -> Result<Listed<IdpAdapterRow>, AppError> {
        let adapters = self.service.list_idp_adapters(actor).await.map_err(refuse)?;
        self.listed(actor, "idp_adapter", adapters.into_iter().map(row).collect()).await
    }

    async fn usage(&self, actor: &Actor, id: &IdpAdapterId) -> Result<UsageView, AppError> {
        let (adapter, users) = self.service.idp_adapter_usage(actor, id).await.map_err(refuse)?;
        Ok(usage(adapter.name, users))
    }

    async fn delete(&self, actor: &Actor, id: &IdpAdapterId) -> Result<(), AppError> {
        self.service.delete_idp_adapter(actor, id).await.map_err(|error| refuse_delete(error, Used::IdpAdapter(id.clone())))
    }
}

fn row(glance: IdpAdapterGlance) -> IdpAdapterRow {
    let IdpAdapterGlance { adapter, validators, users } = glance;
    let gone = validators.iter().filter(|name| name.is_none()).count();
    let warning = flaw_of_adapter(gone, validators.len()).unwrap_or_default();
    IdpAdapterRow {
        id: adapter.id,
        name: adapter.name,
        instance_id: adapter.instance_id,
        kind: adapter.kind.map_or_else(String::new, |kind| kind.label().to_owned()),
        validators: validators.into_iter().flatten().collect::<Vec<_>>().join(", "),
        warning: warning.to_owned(),
        used_by: if users > 0 { count(users, "connection", "connections") } else { String::new() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::model::idp_adapter::IdpAdapter;

    #[test]
    fn an_adapter_whose_validators_are_gone_says_so() {
        let shown = |validators: &[Option<&str>]| {
            let adapter = IdpAdapter::new(IdpAdapterId::parse("a1").unwrap());
            let row =
                row(IdpAdapterGlance { adapter, validators: validators.iter().map(|name| name.map(str::to_owned)).collect(), users: 0 });
            (row.validators, row.warning.split(' ').take(3).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(shown(&[Some("AD"), Some("List")]), ("AD, List".to_owned(), String::new()));
        assert_eq!(shown(&[Some("AD"), None]), ("AD".to_owned(), "One of its".to_owned()));
        assert_eq!(shown(&[None]), (String::new(), "Its validators are".to_owned()));
        assert_eq!(shown(&[]), (String::new(), "It asks no".to_owned()));
    }
}
