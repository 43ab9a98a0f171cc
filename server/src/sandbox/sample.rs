//! The sample Data Store, SP Connection and Channel: made by walking the wizards, as an administrator would, so that every rule holds.

use super::Ready;
use super::companions::Companions;
use anyhow::{Context, Result, bail};
use domain::actor::Actor;
use domain::form::Fields;
use domain::view::StepView;
use service::Service;
use service::drafts::Next;

const DATA_STORE: &str = "Canal Works Directory";
const CHANNEL: &str = "Canal Works to AWS";

/// Makes what is not there yet.
pub async fn configure(service: &Service, companions: &Companions) -> Result<()> {
    let ready = companions.ready(String::new(), String::new(), String::new());
    // Nobody but this process: the drafts are saved at once, so no person's list shows them.
    let actor = Actor::Local { uid: 0 };
    let mut wizard = Wizard { service, actor: &actor, at: Next::List("data_store") };
    if service.list_data_stores(&actor).await?.is_empty() {
        data_store(&mut wizard, &ready).await.context("the sample Data Store could not be made")?;
    }
    if service.list_connections(&actor).await?.is_empty() {
        connection(&mut wizard, &ready).await.context("the sample SP Connection could not be made")?;
    }
    Ok(())
}

async fn data_store(wizard: &mut Wizard<'_>, ready: &Ready) -> Result<()> {
    wizard.at = wizard.service.new_data_store(wizard.actor).await?;
    wizard.post("next", &[("name", DATA_STORE), ("type", "ldap")]).await?;
    let hostnames = ready.ldap_url.trim_start_matches("ldap://");
    let fields = [
        ("hostnames", hostnames),
        ("tls", "none"),
        ("ldap_type", "active_directory"),
        ("user_dn", ready.bind_dn.as_str()),
        ("password", ready.bind_password.as_str()),
    ];
    wizard.post("next", &fields).await?;
    wizard.post("save", &[]).await
}

async fn connection(wizard: &mut Wizard<'_>, ready: &Ready) -> Result<()> {
    let stores = wizard.service.list_data_stores(wizard.actor).await?;
    let (store, _) = stores.first().context("there is no Data Store")?;
    wizard.at = wizard.service.new_connection(wizard.actor).await?;
    wizard.post("next", &[("use_template", "yes"), ("connector", "aws-iam-identity-center")]).await?;
    wizard.post("next", &[("outbound_provisioning", "on")]).await?;
    wizard.post("next", &[]).await?;
    wizard.post("open:configure", &[]).await?;
    wizard.post("next", &[("scim_url", &ready.scim_url), ("access_token", &ready.scim_token)]).await?;
    wizard.post("create", &[]).await?;
    wizard.post("next", &[("name", CHANNEL), ("max_threads", "8")]).await?;
    wizard.post("next", &[("data_store", store.id.as_str())]).await?;
    wizard.post("next", &[]).await?;
    let location = [
        ("base_dn", ready.base_dn.as_str()),
        ("users.group_dn", ready.users_group_dn.as_str()),
        ("users.nested", "on"),
        ("groups.group_dn", ready.groups_group_dn.as_str()),
        ("groups.nested", "on"),
    ];
    wizard.post("next", &location).await?;
    wizard.post("next", &[("map.userName", "mail")]).await?;
    wizard.post("save", &[]).await
}

/// Somebody at a wizard.
struct Wizard<'a> {
    service: &'a Service,
    actor: &'a Actor,
    at: Next,
}

impl Wizard<'_> {
    /// Presses a button of the current tab, with these fields changed and all others as the page shows them.
    async fn post(&mut self, nav: &str, changes: &[(&str, &str)]) -> Result<()> {
        let Next::Tab(draft, path) = &self.at else { bail!("the wizard is already closed") };
        let view = self.service.view_draft(self.actor, draft, path).await?;
        let mut fields: Fields = view.fields.iter().map(|f| (f.spec.name.clone(), f.value.clone())).collect();
        for (name, value) in changes {
            if !view.fields.iter().any(|f| f.spec.name == *name) {
                bail!("the tab {path} has no field {name}");
            }
            fields.set(*name, *value);
        }
        let next = self.service.post_draft(self.actor, draft, path, nav, fields).await?;
        if next == self.at {
            let view = self.service.view_draft(self.actor, draft, path).await?;
            bail!("the tab {path} refuses: {}", problems(&view));
        }
        self.at = next;
        Ok(())
    }
}

fn problems(view: &StepView) -> String {
    let messages: Vec<_> = view.problems.0.iter().map(|p| format!("{}: {}", p.field, p.message)).collect();
    messages.join("; ")
}
