//! IdP Adapter Mapping: Adapter Instance, Mapping Method, Attribute Sources & User Lookup, Attribute Contract Fulfillment, Issuance
//! Criteria, Summary.

use super::{criteria, fulfillment};
use crate::form::{Check, Choice, FieldSpec, Fields, choices, split_attributes};
use crate::id::{DataStoreId, IdpAdapterId};
use crate::model::browser_sso::{AdapterMapping, MappingMethod, SAML_SUBJECT, ValueSource};
use crate::model::pcv::SearchScope;
use crate::problem::Problems;
use crate::text::filter::placeholders;
use crate::wizard::{Catalog, Flow, IdpAdapterRef, Tab, no_create, no_delete, no_keys, no_nested};

/// The task.
pub const FLOW: Flow<AdapterMapping> = Flow {
    title: |_| "IdP Adapter Mapping".into(),
    tabs: &[
        Tab::plain("adapter-instance", "Adapter Instance", adapter_fields, adapter_read, adapter_write)
            .intro("Choose how people sign on, and see what is known of them then.")
            .actions(&[("manage:idp_adapter", "Manage IdP Adapters")])
            .holds(&["adapter"]),
        Tab::plain("mapping-method", "Mapping Method", method_fields, method_read, method_write)
            .intro("What the adapter does not know can be looked up in a directory.")
            .holds(&["method"]),
        Tab::plain("attribute-sources", "Attribute Sources & User Lookup", lookup_fields, lookup_read, lookup_write)
            .when(|mapping| mapping.method == MappingMethod::DataStore)
            .intro("One search for the person who signed on. It must find exactly one entry, else no assertion is issued.")
            .actions(&[("manage:data_store", "Manage Data Stores")])
            .holds(&["lookup"]),
        Tab::plain("attribute-contract-fulfillment", "Attribute Contract Fulfillment", fulfillment::fields, fulfillment::read, fulfillment::write)
            .intro("Where each attribute of the contract comes from.")
            .body(fulfillment::body)
            .holds(&["fulfillment"]),
        Tab::plain("issuance-criteria", "Issuance Criteria", |_, _| Vec::new(), |_| Fields::new(), criteria::write)
            .intro("Conditions that somebody must meet, such as being in a group. All of them must hold, else no assertion is issued. None: everybody who signed on.")
            .rows(criteria::ROWS)
            .holds(&["criteria"]),
        Tab::summary("summary", "Summary"),
    ],
    nested: no_nested,
    keys: no_keys,
    create: no_create,
    delete: no_delete,
};

/// The adapter of a mapping, unless none is chosen or it is gone.
pub(super) fn adapter<'a>(mapping: &AdapterMapping, catalog: &'a Catalog) -> Option<&'a IdpAdapterRef> {
    mapping.adapter.as_ref().and_then(|id| catalog.idp_adapter(id))
}

fn adapter_fields(mapping: &AdapterMapping, catalog: &Catalog) -> Vec<FieldSpec> {
    let all: Vec<_> = catalog.idp_adapters.iter().map(|a| Choice { value: a.id.to_string(), label: a.name.clone() }).collect();
    let none = if all.is_empty() { "There is no IdP Adapter yet. Manage IdP Adapters leads to where one is made, and back." } else { "" };
    let help = adapter(mapping, catalog).map_or(String::new(), |adapter| format!("Adapter Contract: {}.", adapter.contract.join(", ")));
    vec![FieldSpec::select("adapter", "Adapter Instance", all).required().warning(none).help(help)]
}

fn adapter_read(mapping: &AdapterMapping) -> Fields {
    Fields::new().with("adapter", mapping.adapter.as_ref().map_or("", IdpAdapterId::as_str))
}

fn adapter_write(mapping: &mut AdapterMapping, fields: &Fields, catalog: &Catalog) -> Problems {
    let chosen = IdpAdapterId::parse(fields.get("adapter")).ok();
    let is_another = chosen != mapping.adapter;
    mapping.adapter = chosen;
    if let Some(adapter) = adapter(mapping, catalog).filter(|_| is_another) {
        prefill(mapping, adapter, &catalog.subject_source);
    }
    Problems::none()
}

/// Maps what has no mapping yet: the subject from the attribute that the user name there is provisioned from, so that the two are equal;
/// everything else from what is named alike.
fn prefill(mapping: &mut AdapterMapping, adapter: &IdpAdapterRef, subject_source: &str) {
    let known = |name: &str| adapter.contract.iter().find(|known| known.eq_ignore_ascii_case(name)).cloned();
    let is_open = mapping.fulfillment_of(SAML_SUBJECT).is_some_and(|row| row.source == ValueSource::None);
    let mut subject = known("username").map(|name| (ValueSource::Adapter, name));
    if is_open && !subject_source.is_empty() {
        if let Some(name) = known(subject_source) {
            subject = Some((ValueSource::Adapter, name));
        } else if let (Some(lookup), MappingMethod::Adapter) = (&adapter.lookup, mapping.method) {
            mapping.method = MappingMethod::DataStore;
            mapping.lookup = lookup.clone();
            mapping.lookup.attributes = vec![subject_source.to_owned()];
            subject = Some((ValueSource::DataStore, subject_source.to_owned()));
        }
    }
    for row in mapping.fulfillment.iter_mut().filter(|row| row.source == ValueSource::None) {
        let last = row.attribute.rsplit([':', '/']).next().unwrap_or_default();
        let found = if row.attribute == SAML_SUBJECT { subject.clone() } else { known(last).map(|name| (ValueSource::Adapter, name)) };
        if let Some((source, value)) = found {
            (row.source, row.value) = (source, value);
        }
    }
}

fn method_fields(_: &AdapterMapping, _: &Catalog) -> Vec<FieldSpec> {
    vec![FieldSpec::radio("method", "Mapping Method", choices(MappingMethod::ALL, MappingMethod::id, MappingMethod::label)).required()]
}

fn method_read(mapping: &AdapterMapping) -> Fields {
    Fields::new().with("method", mapping.method.id())
}

fn method_write(mapping: &mut AdapterMapping, fields: &Fields, catalog: &Catalog) -> Problems {
    let before = mapping.method;
    mapping.method = MappingMethod::of(fields.get("method")).unwrap_or(before);
    let is_new = before == MappingMethod::Adapter && mapping.method == MappingMethod::DataStore && mapping.lookup == Default::default();
    if let Some(lookup) = adapter(mapping, catalog).and_then(|adapter| adapter.lookup.clone()).filter(|_| is_new) {
        mapping.lookup = lookup;
    }
    Problems::none()
}

fn lookup_fields(_: &AdapterMapping, catalog: &Catalog) -> Vec<FieldSpec> {
    let stores: Vec<_> = catalog.data_stores.iter().map(|d| Choice { value: d.id.to_string(), label: d.name.clone() }).collect();
    let none = if stores.is_empty() { "There is no Data Store yet. Manage Data Stores leads to where one is made, and back." } else { "" };
    vec![
        FieldSpec::select("data_store", "Active Data Store", stores).required().warning(none),
        FieldSpec::text("base_dn", "Base DN").required().checked(Check::Dn),
        FieldSpec::select("scope", "Search Scope", choices(SearchScope::ALL, SearchScope::id, SearchScope::label)).required(),
        FieldSpec::text("filter", "Filter")
            .required()
            .checked(Check::Filter)
            .help("${username} stands for the adapter's attribute username; every attribute of the adapter can be named so."),
        FieldSpec::area("attributes", "Attributes to return from search", 4, Check::Attributes)
            .required()
            .help("One on each line, as in mail."),
    ]
}

fn lookup_read(mapping: &AdapterMapping) -> Fields {
    let lookup = &mapping.lookup;
    Fields::new()
        .with("data_store", lookup.data_store.as_ref().map_or("", DataStoreId::as_str))
        .with("base_dn", &lookup.base_dn)
        .with("scope", lookup.scope.id())
        .with("filter", &lookup.filter)
        .with("attributes", lookup.attributes.join("\n"))
}

fn lookup_write(mapping: &mut AdapterMapping, fields: &Fields, catalog: &Catalog) -> Problems {
    let contract = adapter(mapping, catalog).map(|adapter| adapter.contract.clone());
    let lookup = &mut mapping.lookup;
    lookup.data_store = DataStoreId::parse(fields.get("data_store")).ok();
    lookup.base_dn = fields.text("base_dn");
    lookup.scope = SearchScope::of(fields.get("scope")).unwrap_or(lookup.scope);
    lookup.filter = fields.text("filter");
    lookup.attributes = split_attributes(fields.get("attributes"));
    let named = placeholders(&lookup.filter);
    if !lookup.filter.is_empty() && named.is_empty() {
        return Problems::at(
            "filter",
            "This filter finds the same entry for everybody. Name an attribute of the adapter in it, as in mail=${username}.",
        );
    }
    let Some(contract) = contract else { return Problems::none() };
    match named.iter().find(|name| !contract.iter().any(|known| known == *name)) {
        Some(unknown) => {
            let known = contract.join(", ");
            Problems::at("filter", format!("The adapter passes on no ‘{unknown}’; it passes on {known}."))
        }
        None => Problems::none(),
    }
}
