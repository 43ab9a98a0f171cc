//! Connection Type and Connection Options: what the connection is for. A type that is taken away takes with it what was set up for it,
//! and that is asked about.

use crate::form::{FieldSpec, Fields};
use crate::model::sp_connection::{Removal, SpConnection};
use crate::problem::Problems;
use crate::wizard::Catalog;

const SSO: &str = "browser_sso";
const PROVISIONING: &str = "outbound_provisioning";
const LOSE_SSO: &str = "remove_browser_sso";
const LOSE_CHANNELS: &str = "remove_channels";

/// What is asked.
pub fn fields(connection: &SpConnection, catalog: &Catalog) -> Vec<FieldSpec> {
    let kind = catalog.connector.as_ref().filter(|_| connection.use_template).map(|connector| connector.name.as_str());
    let imported = connection.metadata.taken.is_some() && !connection.browser_sso_profiles;
    let sso = if imported { " The metadata is imported already: tick this, and people can sign on there through this server." } else { "" };
    let mut fields = vec![FieldSpec::checkbox(SSO, "Browser SSO Profiles").help(format!("Protocol: SAML 2.0.{sso}"))];
    if connection.loses_browser_sso() {
        fields.push(
            FieldSpec::checkbox(LOSE_SSO, "Remove Browser SSO with its credentials")
                .required()
                .warning("Nobody can sign on there through this server any more. Save removes the profiles, mappings, addresses and the choice of key; to keep them, tick Browser SSO Profiles again."),
        );
    }
    match kind {
        Some(kind) => fields.push(FieldSpec::checkbox(PROVISIONING, "Outbound Provisioning").help(format!("Type: {kind}."))),
        None => fields
            .push(FieldSpec::fixed("no_provisioning", "Outbound Provisioning").help("Only connections from a template can provision.")),
    }
    if connection.loses_provisioning() {
        let names: Vec<_> = connection.provisioning.channels.iter().map(|channel| format!("‘{}’", channel.name)).collect();
        let label = if names.len() == 1 { "Remove its channel".to_owned() } else { format!("Remove its {} channels", names.len()) };
        fields.push(FieldSpec::checkbox(LOSE_CHANNELS, label).required().warning(format!(
            "Save removes {} with the target's token and the memory of who was provisioned. At the target everybody stays as they are. To keep them, tick Outbound Provisioning again.",
            names.join(", ")
        )));
    }
    fields
}

/// What is held.
pub fn read(connection: &SpConnection) -> Fields {
    Fields::new()
        .with_check(SSO, connection.browser_sso_profiles)
        .with_check(LOSE_SSO, connection.removal.browser_sso)
        .with("no_provisioning", "Not possible")
        .with_check(PROVISIONING, connection.outbound_provisioning)
        .with_check(LOSE_CHANNELS, connection.removal.provisioning)
}

/// Takes the types.
pub fn write(connection: &mut SpConnection, fields: &Fields, _: &Catalog) -> Problems {
    connection.browser_sso_profiles = fields.is_checked(SSO);
    connection.outbound_provisioning = connection.use_template && fields.is_checked(PROVISIONING);
    // A box that is not shown is not posted, and stands for nothing.
    connection.removal = Removal {
        browser_sso: connection.loses_browser_sso() && fields.is_checked(LOSE_SSO),
        provisioning: connection.loses_provisioning() && fields.is_checked(LOSE_CHANNELS),
    };
    if !connection.browser_sso_profiles && !connection.outbound_provisioning {
        let wanted = if connection.use_template {
            "Tick Browser SSO Profiles, Outbound Provisioning or both."
        } else {
            "Tick Browser SSO Profiles."
        };
        return Problems::at(SSO, wanted);
    }
    Problems::none()
}

/// Connection Options: nothing else is done beside Browser SSO, so there is nothing to choose.
pub fn option_fields(_: &SpConnection, _: &Catalog) -> Vec<FieldSpec> {
    vec![FieldSpec::fixed("options", "Browser SSO").help("IdP Discovery and Attribute Query are not part of this server.")]
}

/// What is read there.
pub fn option_read(_: &SpConnection) -> Fields {
    Fields::new().with("options", "Selected")
}
