//! Configure Browser SSO: SAML Profiles, Assertion Lifetime, Assertion Creation, Protocol Settings, Summary.

pub mod assertion;
mod criteria;
mod fulfillment;
pub mod mapping;
pub mod protocol;

pub(in crate::flow) use assertion::adapter_name;

use crate::form::{FieldSpec, Fields};
use crate::model::around::Around;
use crate::model::browser_sso::{AssertionLifetime, BrowserSso, SamlProfiles};
use crate::problem::Problems;
use crate::view::Body;
use crate::wizard::{Catalog, Flow, Tab, Task, no_create, no_delete, task};

const ASSERTION: &str = "assertion-creation";
const PROTOCOL: &str = "protocol-settings";

/// The task.
pub const FLOW: Flow<BrowserSso> = Flow {
    title: |_| "Browser SSO".into(),
    tabs: &[
        Tab::plain("saml-profiles", "SAML Profiles", profile_fields, profile_read, profile_write)
            .intro("Where people may begin: at a link of this server (IdP-initiated) or at the partner's own page (SP-initiated).")
            .holds(&["profiles"]),
        Tab::plain("assertion-lifetime", "Assertion Lifetime", lifetime_fields, lifetime_read, lifetime_write)
            .intro("How long the partner may take an assertion. Clocks differ by some minutes, and browsers take their time.")
            .holds(&["lifetime"]),
        Tab::plain(ASSERTION, "Assertion Creation", no_fields, no_read, no_write)
            .intro("What the partner is told of the person who signed on, and from where that comes.")
            .body(assertion::body)
            .tasks_in(&["assertion"]),
        Tab::plain(PROTOCOL, "Protocol Settings", no_fields, no_read, no_write)
            .intro("The partner's addresses, and what is signed. Nothing is encrypted inside SAML messages: they travel over https.")
            .body(protocol::body)
            .tasks_in(&["protocol"]),
        Tab::summary("summary", "Summary"),
    ],
    nested,
    keys: |_, tab| if matches!(tab, ASSERTION | PROTOCOL) { vec!["configure".into()] } else { Vec::new() },
    create: no_create,
    delete: no_delete,
};

fn nested<'a>(sso: &'a mut BrowserSso, tab: &str, key: &str) -> Option<Box<dyn Task + 'a>> {
    match (tab, key) {
        (ASSERTION, "configure") => Some(task(&assertion::FLOW, &mut sso.assertion)),
        (PROTOCOL, "configure") => {
            sso.protocol.profiles = Around(sso.profiles);
            Some(task(&protocol::FLOW, &mut sso.protocol))
        }
        _ => None,
    }
}

fn no_fields<D>(_: &D, _: &Catalog) -> Vec<FieldSpec> {
    Vec::new()
}

fn no_read<D>(_: &D) -> Fields {
    Fields::new()
}

fn no_write<D>(_: &mut D, _: &Fields, _: &Catalog) -> Problems {
    Problems::none()
}

/// What a task behind a button holds, for the tab with the button.
pub(in crate::flow) fn configure(label: &str, rows: Vec<(&str, String)>) -> Body {
    let rows = rows.into_iter().filter(|(_, value)| !value.is_empty()).map(|(label, value)| (label.to_owned(), value)).collect();
    Body::Nested { key: "configure".into(), label: label.into(), rows }
}

/// What is told of it on the connection's own tab.
pub(in crate::flow) fn body(sso: &BrowserSso) -> Body {
    let consumer = sso.protocol.default_consumer().map_or(String::new(), |consumer| consumer.url.clone());
    let adapters = match sso.assertion.sources.len() {
        0 => String::new(),
        1 => "1 IdP Adapter".to_owned(),
        several => format!("{several} IdP Adapters"),
    };
    configure(
        "Configure Browser SSO",
        vec![
            ("SAML Profiles", sso.profiles.words()),
            ("Identity Mapping", sso.assertion.identity.label().to_owned()),
            ("Authentication Sources", adapters),
            ("Default Assertion Consumer Service URL", consumer),
        ],
    )
}

const SSO: &str = "Single Sign-On (SSO) Profiles";
const SLO: &str = "Single Logout (SLO) Profiles";

fn profile_fields(_: &BrowserSso, _: &Catalog) -> Vec<FieldSpec> {
    vec![
        FieldSpec::checkbox("idp_sso", "IdP-Initiated SSO").section(SSO),
        FieldSpec::checkbox("sp_sso", "SP-Initiated SSO").section(SSO),
        FieldSpec::checkbox("idp_slo", "IdP-Initiated SLO").section(SLO).help("Only where the partner supports logout. AWS does not."),
        FieldSpec::checkbox("sp_slo", "SP-Initiated SLO").section(SLO),
    ]
}

fn profile_read(sso: &BrowserSso) -> Fields {
    let profiles = sso.profiles;
    Fields::new()
        .with_check("idp_sso", profiles.idp_sso)
        .with_check("sp_sso", profiles.sp_sso)
        .with_check("idp_slo", profiles.idp_slo)
        .with_check("sp_slo", profiles.sp_slo)
}

fn profile_write(sso: &mut BrowserSso, fields: &Fields, _: &Catalog) -> Problems {
    sso.profiles = SamlProfiles {
        idp_sso: fields.is_checked("idp_sso"),
        sp_sso: fields.is_checked("sp_sso"),
        idp_slo: fields.is_checked("idp_slo"),
        sp_slo: fields.is_checked("sp_slo"),
    };
    if sso.profiles.has_sso() {
        return Problems::none();
    }
    let why = if sso.profiles.has_slo() { "There is nothing to log out of without a sign-on: " } else { "" };
    Problems::at("idp_sso", format!("{why}Tick IdP-Initiated SSO, SP-Initiated SSO or both."))
}

fn lifetime_fields(_: &BrowserSso, _: &Catalog) -> Vec<FieldSpec> {
    vec![
        FieldSpec::number("minutes_before", "Minutes Before", "minutes", 0, 60)
            .required()
            .help("Valid already this long before it is issued, for partners whose clock is behind."),
        FieldSpec::number("minutes_after", "Minutes After", "minutes", 1, 1440)
            .required()
            .help("Valid this long after it is issued. It is used once, at once: a few minutes do."),
    ]
}

fn lifetime_read(sso: &BrowserSso) -> Fields {
    let lifetime = sso.lifetime;
    Fields::new().with("minutes_before", lifetime.minutes_before.to_string()).with("minutes_after", lifetime.minutes_after.to_string())
}

fn lifetime_write(sso: &mut BrowserSso, fields: &Fields, _: &Catalog) -> Problems {
    let before = sso.lifetime;
    sso.lifetime = AssertionLifetime {
        minutes_before: fields.number("minutes_before", before.minutes_before),
        minutes_after: fields.number("minutes_after", before.minutes_after),
    };
    Problems::none()
}
