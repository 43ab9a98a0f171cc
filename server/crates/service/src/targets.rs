//! A connection's target as something that can be called.

use domain::model::connector::Connector;
use domain::model::sp_connection::Target;
use domain::secret::Secret;
use std::collections::BTreeMap;

/// The client for a target, with its secrets opened. The sentence says what to mend.
pub fn client(connector: &Connector, target: &Target, secrets: &BTreeMap<String, Secret>) -> Result<scim::Client, String> {
    let trusted = target.settings.get("trusted_ca").filter(|pem| !pem.trim().is_empty()).cloned();
    let settings = outbound::Settings { trusted_pem: trusted.into_iter().collect(), ..outbound::Settings::default() };
    let http = outbound::Client::new(settings).map_err(|e| e.to_string())?;
    let auth = scim::Auth::from_target(connector, &target.settings, secrets).map_err(|e| e.to_string())?;
    scim::Client::new(http, connector.clone(), target.url(), auth).map_err(|e| e.to_string())
}
