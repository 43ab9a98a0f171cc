//! The sample Data Store, sign-on, signing key, SP Connection and Channel: made by walking the wizards, as an administrator would, so that every rule holds.

use super::Ready;
use super::companions::Companions;
use super::pages;
use anyhow::{Context, Result};
use domain::actor::Actor;
use domain::secret::Secret;
use sandbox::aws::portal::read_idp_metadata;
use service::Service;
use service::walk::Walk;

const DATA_STORE: &str = "Canal Works Directory";
const PCV: &str = "Canal Works Passwords";
const IDP_ADAPTER: &str = "Canal Works Sign-On";
const KEY: &str = "sso.canal.example";
const CHANNEL: &str = "Canal Works to AWS";

/// Makes what is not there yet.
pub async fn configure(service: &Service, companions: &Companions) -> Result<()> {
    let ready = companions.ready(String::new(), String::new(), Secret::new(""));
    // Nobody but this process: the drafts are saved at once, so no person's list shows them.
    let actor = Actor::Local { uid: 0 };
    if service.list_data_stores(&actor).await?.is_empty() {
        data_store(service, &actor, &ready).await.context("the sample Data Store could not be made")?;
    }
    if service.list_pcvs(&actor).await?.is_empty() {
        pcv(service, &actor, &ready).await.context("the sample Password Credential Validator could not be made")?;
    }
    if service.list_idp_adapters(&actor).await?.is_empty() {
        idp_adapter(service, &actor).await.context("the sample IdP Adapter could not be made")?;
    }
    if service.list_signing_keys(&actor).await?.is_empty() {
        signing_key(service, &actor).await.context("the sample signing key could not be made")?;
    }
    if service.list_connections(&actor).await?.is_empty() {
        let metadata = pages::sp_metadata(&companions.counterparts());
        connection(service, &actor, &ready, &metadata).await.context("the sample SP Connection could not be made")?;
    }
    if service.metadata_export(&actor).await?.export.signing_key.is_none() {
        metadata_export(service, &actor).await.context("the sample Metadata Export could not be made")?;
    }
    Ok(())
}

/// The guide's step 6.2, once the server's address is known: the emulated AWS is told of this identity provider, unless an administrator
/// told it of another one.
pub async fn trust(service: &Service, companions: &Companions) -> Result<()> {
    let aws = companions.counterparts().aws;
    let Some(own) = aws.service_provider() else { return Ok(()) };
    let Some(metadata) = service.public_metadata(Some(&own.entity_id)).await? else { return Ok(()) };
    let provider = read_idp_metadata(&metadata).map_err(|why| anyhow::anyhow!("the emulated AWS does not take the metadata: {why}"))?;
    if aws.identity_provider().is_none_or(|known| known.entity_id == provider.entity_id) {
        aws.set_identity_provider(Some(provider));
    }
    Ok(())
}

async fn data_store(service: &Service, actor: &Actor, ready: &Ready) -> Result<()> {
    let mut wizard = Walk::new(service, actor, service.new_data_store(actor).await?);
    wizard.press("next", &[("name", DATA_STORE), ("type", "ldap")]).await?;
    let hostnames = ready.ldap_url.trim_start_matches("ldap://");
    let fields = [
        ("hostnames", hostnames),
        ("tls", "none"),
        ("ldap_type", "active_directory"),
        ("user_dn", ready.bind_dn.as_str()),
        ("password", ready.bind_password.expose()),
    ];
    wizard.press("next", &fields).await?;
    wizard.press("save", &[]).await?;
    Ok(())
}

/// The guide's step 2.
async fn pcv(service: &Service, actor: &Actor, ready: &Ready) -> Result<()> {
    let stores = service.list_data_stores(actor).await?;
    let (store, _) = stores.first().context("there is no Data Store")?;
    let mut wizard = Walk::new(service, actor, service.new_pcv(actor).await?);
    wizard.press("next", &[("name", PCV), ("instance_id", "canalPCV"), ("type", "ldap")]).await?;
    let fields = [("data_store", store.id.as_str()), ("base_dn", ready.base_dn.as_str()), ("filter", "mail=${username}")];
    wizard.press("next", &fields).await?;
    wizard.press("next", &[]).await?;
    wizard.press("save", &[]).await?;
    Ok(())
}

/// The guide's step 3.
async fn idp_adapter(service: &Service, actor: &Actor) -> Result<()> {
    let pcvs = service.list_pcvs(actor).await?;
    let pcv = pcvs.first().context("there is no Password Credential Validator")?.pcv.id.to_string();
    let mut wizard = Walk::new(service, actor, service.new_idp_adapter(actor).await?);
    wizard.press("next", &[("name", IDP_ADAPTER), ("instance_id", "canalForm"), ("type", "html_form")]).await?;
    wizard.press("row-add", &[]).await?;
    wizard.press("row-update:0", &[("rows.0.instance", &pcv)]).await?;
    wizard.press("next", &[]).await?;
    wizard.press("next", &[]).await?;
    wizard.press("next", &[("pseudonym.username", "on")]).await?;
    wizard.press("next", &[]).await?;
    wizard.press("save", &[]).await?;
    Ok(())
}

async fn signing_key(service: &Service, actor: &Actor) -> Result<()> {
    let mut wizard = Walk::new(service, actor, service.new_signing_key(actor).await?);
    wizard.press("next", &[("common_name", KEY), ("algorithm", "ec_p256")]).await?;
    wizard.press("save", &[]).await?;
    Ok(())
}

/// The guide's step 5.
async fn metadata_export(service: &Service, actor: &Actor) -> Result<()> {
    let key = service.list_signing_keys(actor).await?.first().context("there is no signing key")?.id.to_string();
    let mut wizard = Walk::new(service, actor, service.edit_metadata_export(actor).await?);
    wizard.press("next", &[]).await?;
    wizard.press("next", &[("signing_key", &key)]).await?;
    wizard.press("next", &[]).await?;
    wizard.press("save", &[]).await?;
    Ok(())
}

/// The guide's step 7, and how people sign on there.
async fn connection(service: &Service, actor: &Actor, ready: &Ready, metadata: &str) -> Result<()> {
    let stores = service.list_data_stores(actor).await?;
    let (store, _) = stores.first().context("there is no Data Store")?;
    let mut wizard = Walk::new(service, actor, service.new_connection(actor).await?);
    let template = [("use_template", "yes"), ("connector", "aws-iam-identity-center"), ("metadata_file", metadata)];
    wizard.press("next", &template).await?;
    wizard.press("next", &[("browser_sso", "on"), ("outbound_provisioning", "on")]).await?;
    wizard.press("next", &[]).await?;
    wizard.press("next", &[]).await?;
    wizard.press("next", &[]).await?;
    browser_sso(&mut wizard, service, actor).await?;
    wizard.press("next", &[]).await?;
    let key = service.list_signing_keys(actor).await?.first().context("there is no signing key")?.id.to_string();
    wizard.press("open:configure", &[]).await?;
    wizard.press("next", &[("signing_key", &key), ("algorithm", "ecdsa_sha256")]).await?;
    wizard.press("done", &[]).await?;
    wizard.press("next", &[]).await?;
    wizard.press("open:configure", &[]).await?;
    wizard.press("next", &[("scim_url", &ready.scim_url), ("access_token", ready.scim_token.expose())]).await?;
    wizard.press("create", &[]).await?;
    wizard.press("next", &[("name", CHANNEL), ("max_threads", "8")]).await?;
    wizard.press("next", &[("data_store", store.id.as_str())]).await?;
    wizard.press("next", &[]).await?;
    let location = [
        ("base_dn", ready.base_dn.as_str()),
        ("users.group_dn", ready.users_group_dn.as_str()),
        ("users.nested", "on"),
        ("groups.group_dn", ready.groups_group_dn.as_str()),
        ("groups.nested", "on"),
    ];
    wizard.press("next", &location).await?;
    wizard.press("next", &[("map.userName", "mail")]).await?;
    wizard.press("save", &[]).await?;
    Ok(())
}

/// Template and metadata have filled in what is not pressed past here.
async fn browser_sso(wizard: &mut Walk<'_>, service: &Service, actor: &Actor) -> Result<()> {
    let adapters = service.list_idp_adapters(actor).await?;
    let adapter = adapters.first().context("there is no IdP Adapter")?.adapter.id.to_string();
    wizard.press("open:configure", &[]).await?;
    wizard.press("next", &[]).await?;
    wizard.press("next", &[]).await?;
    wizard.press("open:configure", &[]).await?;
    wizard.press("next", &[]).await?;
    wizard.press("next", &[]).await?;
    wizard.press("create", &[]).await?;
    wizard.press("next", &[("adapter", &adapter)]).await?;
    // From the mapping to its list, to Assertion Creation, to Browser SSO.
    for _ in 0..3 {
        wizard.press("done", &[]).await?;
    }
    Ok(())
}
