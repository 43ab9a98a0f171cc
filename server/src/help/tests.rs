//! The help is whole: every screen has a text, every tab a section, and every field of a tab is named in it. What is asked comes from the
//! flows' own tables, so a new tab or field fails here until the help speaks of it.

use super::*;
use domain::flow;
use domain::form::{FieldKind, FieldSpec};
use domain::id::{ChannelId, ConnectionId, DataStoreId, IdpAdapterId, PcvId, SigningKeyId, TrustedCaId};
use domain::model::browser_sso::{AdapterMapping, SsoProtocol};
use domain::model::channel::Channel;
use domain::model::connector::Connector;
use domain::model::data_store::{DataStore, LdapSettings};
use domain::model::idp_adapter::IdpAdapter;
use domain::model::mapping::MappingRow;
use domain::model::pcv::{Pcv, PcvKind};
use domain::model::signing_key::NewSigningKey;
use domain::model::sp_connection::{Provisioning, SpConnection};
use domain::view::Body;
use domain::wizard::{Catalog, Flow, TrustedCaRef};
use leptos_axum::generate_route_list;
use service::connectors::Connectors;
use std::collections::BTreeSet;
use std::path::Path;

fn connectors() -> Vec<Connector> {
    Connectors::built_in().unwrap().offered().to_vec()
}

/// Catalogs that bring everything to the screen that any could.
fn catalogs() -> Vec<Catalog> {
    let ca = TrustedCaRef { id: TrustedCaId::parse("c1").unwrap(), label: "CA".into() };
    let with = |connector: Option<Connector>, is_saved| Catalog {
        connectors: connectors(),
        connector,
        is_saved,
        trusted_cas: vec![ca.clone()],
        ..Catalog::default()
    };
    let all = std::iter::once(None).chain(connectors().into_iter().map(Some));
    all.flat_map(|connector| [with(connector.clone(), false), with(connector, true)]).collect()
}

/// What a person reads as the label of a field of a tab, of the tab's table too.
fn labels<D>(tab: &domain::wizard::Tab<D>, draft: &D, catalog: &Catalog) -> Vec<String> {
    let mut specs: Vec<FieldSpec> = (tab.fields)(draft, catalog);
    // Of each attribute of a contract its source and its value are asked.
    specs.retain(|spec| !spec.label.starts_with("Source of ") && !spec.label.starts_with("Value of "));
    // Rows of the mapping are the service's own names, which the connector explains.
    if let Body::Mapping(rows) = (tab.body)(draft, catalog) {
        specs.retain(|spec| !rows.iter().any(|row| row.input == spec.name));
    }
    if let Some(table) = &tab.rows {
        specs.extend((table.fields)(draft, 0, catalog));
    }
    specs.retain(|spec| spec.kind != FieldKind::Fixed);
    specs.into_iter().map(|spec| spec.label).collect()
}

/// The help of a flow; every tab of its table, shown or not.
fn check<D>(text: &str, flow: &Flow<D>, drafts: &[D]) -> Vec<String> {
    let mut missing = BTreeSet::new();
    let Some(source) = source(text) else { return vec![format!("docs/help/{text}.md is missing")] };
    for tab in flow.tabs {
        let Some((title, part)) = section(&source, tab.id) else {
            missing.insert(format!("docs/help/{text}.md has no section ## {} {{#{}}}", tab.title, tab.id));
            continue;
        };
        if title != tab.title {
            missing.insert(format!("docs/help/{text}.md calls the tab {} ‘{title}’", tab.title));
        }
        for catalog in catalogs() {
            for draft in drafts {
                for label in labels(tab, draft, &catalog) {
                    // Labels that count, such as *Remove its 2 channels*, are told by their first form.
                    if !part.contains(&format!("**{label}**")) {
                        missing.insert(format!("docs/help/{text}.md, {}: **{label}** is not named", tab.title));
                    }
                }
            }
        }
    }
    missing.into_iter().collect()
}

fn connection() -> SpConnection {
    SpConnection::new(ConnectionId::parse("s1").unwrap())
}

fn channel() -> Channel {
    Channel::new(ChannelId::parse("ch1").unwrap())
}

/// Connections that are asked everything: as begun, with all types, and with all types taken away again.
fn connections() -> Vec<SpConnection> {
    let mut full = connection();
    full.browser_sso_profiles = true;
    full.outbound_provisioning = true;
    full.provisioning.channels = vec![channel()];
    full.credentials.signing_key = Some(SigningKeyId::parse("k1").unwrap());
    full.metadata.taken = Some(domain::model::sp_connection::TakenMetadata::default());
    let mut taken_away = full.clone();
    (taken_away.browser_sso_profiles, taken_away.outbound_provisioning) = (false, false);
    vec![connection(), full, taken_away]
}

#[test]
fn every_tab_and_every_field_is_explained() {
    let store = DataStore { id: DataStoreId::parse("d1").unwrap(), name: String::new(), mask_values: false, ldap: LdapSettings::default() };
    let pcv = |kind| Pcv { kind: Some(kind), ..Pcv::new(PcvId::parse("p1").unwrap()) };
    let provisioning = Provisioning { channels: vec![channel()], ..Provisioning::default() };
    let mut checked = 0;
    let mut missing = Vec::new();
    let mut found = |said: Vec<String>| {
        checked += 1;
        missing.extend(said);
    };
    found(check("wizard/data-store", &flow::data_store::FLOW, &[store]));
    found(check("wizard/pcv", &flow::pcv::FLOW, &[pcv(PcvKind::Ldap), pcv(PcvKind::Simple)]));
    found(check("wizard/idp-adapter", &flow::idp_adapter::FLOW, &[IdpAdapter::new(IdpAdapterId::parse("a1").unwrap())]));
    found(check("wizard/signing-key", &flow::signing_key::FLOW, &[NewSigningKey::new(SigningKeyId::parse("k1").unwrap())]));
    found(check("wizard/protocol-settings", &flow::protocol_settings::FLOW, &[Default::default()]));
    found(check("wizard/notifications", &flow::notifications::FLOW, &[Default::default()]));
    found(check("wizard/metadata-export", &flow::metadata_export::FLOW, &[Default::default()]));
    found(check("wizard/sp-connection", &flow::sp_connection::FLOW, &connections()));
    found(check("wizard/sp-connection/browser-sso", &flow::browser_sso::FLOW, &[Default::default()]));
    found(check("wizard/sp-connection/assertion-creation", &flow::browser_sso::assertion::FLOW, &[Default::default()]));
    found(check(
        "wizard/sp-connection/authentication-source-mapping",
        &flow::browser_sso::mapping::FLOW,
        &[AdapterMapping::new("m1".into())],
    ));
    found(check(
        "wizard/sp-connection/protocol-settings",
        &flow::browser_sso::protocol::FLOW,
        &[SsoProtocol { require_signed_requests: true, ..SsoProtocol::default() }],
    ));
    found(check("wizard/sp-connection/credentials", &flow::credentials::FLOW, &[Default::default()]));
    found(check("wizard/sp-connection/outbound-provisioning", &flow::provisioning::FLOW, &[provisioning]));
    found(check("wizard/sp-connection/manage-channels", &flow::channel::FLOW, &[channel()]));
    found(check("wizard/sp-connection/attribute-mapping", &flow::mapping_row::FLOW, &[MappingRow::empty("userName")]));
    assert_eq!(missing, Vec::<String>::new());
    assert_eq!(checked, flows_written(), "a flow was added: check its help above");
}

/// How many flows the sources have.
fn flows_written() -> usize {
    fn count(dir: &Path) -> usize {
        let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
        entries
            .map(|path| match path.is_dir() {
                true => count(&path),
                false => std::fs::read_to_string(&path).unwrap().matches(": Flow<").count(),
            })
            .sum()
    }
    count(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/domain/src/flow"))
}

/// What the address of a tab leads to, for every tab that a draft shows, as deep as its tasks go.
#[test]
fn the_address_of_a_tab_leads_to_its_section() {
    use domain::wizard::draft::{Draft, DraftBody};
    let mut bodies: Vec<_> = connections().into_iter().map(|connection| DraftBody::SpConnection(Box::new(connection))).collect();
    bodies.push(DraftBody::IdpAdapter(Box::new(IdpAdapter::new(IdpAdapterId::parse("a1").unwrap()))));
    let mut seen = BTreeSet::new();
    for body in bodies {
        let kind = body.kind();
        let mut draft = Draft::new(body, true);
        let first = draft.first_path();
        draft.walk(&first, &mut |path| {
            let topic = topic_of(&format!("/wizard/d1/{path}"), Some(kind));
            let source = source(&topic.text).unwrap_or_else(|| panic!("{path}: docs/help/{}.md is missing", topic.text));
            assert!(section(&source, &topic.section).is_some(), "{path}: no section {{#{}}} in {}", topic.section, topic.text);
            seen.insert(topic.href());
        });
    }
    assert!(seen.contains("/help/wizard/sp-connection/manage-channels#source-location"), "{seen:?}");
    assert!(seen.contains("/help/wizard/idp-adapter#adapter-attributes"));
}

#[test]
fn every_screen_is_explained_and_every_link_leads_somewhere() {
    let routes: Vec<String> = generate_route_list(app::App).iter().map(|route| route.path().to_owned()).collect();
    assert!(routes.len() > 20, "{routes:?}");
    for route in routes {
        let is_door = matches!(route.as_str(), "/sign-in" | "/password");
        if is_door || route.starts_with("/wizard") || route.contains("*any") || route.starts_with("/help") {
            continue;
        }
        let path = route.replace("{id}", "x1").replace("{*path}", "values");
        assert!(!path.contains('{'), "{route}");
        let topic = topic_of(&path, None);
        assert!(source(&topic.text).is_some(), "{route}: docs/help/{}.md is missing", topic.text);
    }
    for text in texts() {
        let source = source(&text).unwrap();
        assert!(source.starts_with("# "), "{text} begins with its title");
        for link in source.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let topic = link.strip_prefix("/help/").unwrap_or_else(|| panic!("{text} leads to {link}"));
            assert!(super::source(topic.split('#').next().unwrap()).is_some(), "{text} leads to {link}");
        }
        assert!(
            text == CONTENTS || super::source(CONTENTS).unwrap().contains(&format!("](/help/{text})")),
            "the contents do not lead to {text}"
        );
    }
}

#[test]
fn the_texts_cannot_bring_scripts() {
    let html =
        render("<script>alert(1)</script>\n\n**Name** <img src=x onerror=y> [x](javascript:alert(1)) [y](/help/home)\n\n<div>z</div>");
    assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("<div") && !html.contains("javascript:"), "{html}");
    assert!(html.contains("<strong>Name</strong>") && html.contains("href=\"/help/home\""), "{html}");
}

#[test]
fn a_section_is_found_by_its_id() {
    let text = "# T\n\nIntro.\n\n## One {#one}\n\nA.\n\n### Sub\n\nB.\n\n## Two {#two}\n\nC.\n";
    assert_eq!(title(text).0, "T");
    assert_eq!(section(text, "one"), Some(("One", "\nA.\n\n### Sub\n\nB.\n")));
    assert_eq!(section(text, "two"), Some(("Two", "\nC.\n")));
    assert_eq!(section(text, "three"), None);
}
