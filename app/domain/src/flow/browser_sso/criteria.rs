//! Issuance Criteria: conditions without which no assertion is issued.

use super::mapping::adapter;
use crate::flow::pcv::put;
use crate::form::{Check, FieldSpec, Fields, choices};
use crate::model::browser_sso::{AdapterMapping, CriterionCondition, CriterionSource, IssuanceCriterion, MappingMethod};
use crate::problem::Problems;
use crate::text::dn::Dn;
use crate::wizard::Catalog;
use crate::wizard::rows::RowTable;

/// The rows.
pub const ROWS: RowTable<AdapterMapping> = RowTable {
    name: "Issuance Criteria",
    empty: "No condition: an assertion is issued for everybody who signed on.",
    count: |mapping| mapping.criteria.len(),
    fields: |mapping, _, catalog| {
        let conditions = choices(CriterionCondition::ALL, CriterionCondition::id, CriterionCondition::label);
        let mut sources = choices(CriterionSource::ALL, CriterionSource::id, CriterionSource::label);
        sources.retain(|choice| choice.value != CriterionSource::DataStore.id() || mapping.method == MappingMethod::DataStore);
        let mut names: Vec<String> = adapter(mapping, catalog).map_or(Vec::new(), |adapter| adapter.contract.clone());
        names.extend(mapping.lookup.attributes.iter().cloned());
        names.extend(mapping.fulfillment.iter().map(|row| row.attribute.clone()));
        vec![
            FieldSpec::select("source", "Source", sources).required(),
            FieldSpec::text("attribute", "Attribute Name").required().checked(Check::Text(256)).suggestions(names),
            FieldSpec::select("condition", "Condition", conditions).required(),
            FieldSpec::text("value", "Value").required(),
            FieldSpec::text("error", "Error Result").help("What the person reads. Empty: a sentence of this server."),
        ]
    },
    read: |mapping, at| match mapping.criteria.get(at) {
        Some(row) => Fields::new()
            .with("source", row.source.id())
            .with("attribute", &row.attribute)
            .with("condition", row.condition.id())
            .with("value", &row.value)
            .with("error", &row.error),
        None => Fields::new(),
    },
    write: write_row,
    delete: |mapping, at| drop(mapping.criteria.remove(at)),
    swap: None,
    named_by: 1,
    is_below: false,
};

fn write_row(mapping: &mut AdapterMapping, at: usize, fields: &Fields, catalog: &Catalog) -> Problems {
    let (Some(source), Some(condition)) = (CriterionSource::of(fields.get("source")), CriterionCondition::of(fields.get("condition")))
    else {
        return Problems::none();
    };
    let row = IssuanceCriterion {
        source,
        attribute: fields.text("attribute"),
        condition,
        value: fields.text("value"),
        error: fields.text("error"),
    };
    let known = known(mapping, source, catalog);
    if let Some(known) = known.filter(|known| !known.iter().any(|name| name.eq_ignore_ascii_case(&row.attribute))) {
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        return Problems::at(
            "attribute",
            format!("There is no attribute ‘{}’ from {}; there are: {known}.", row.attribute, source.label()),
        );
    }
    if row.condition.is_dn()
        && let Err(why) = Dn::parse(&row.value)
    {
        return Problems::at("value", why);
    }
    put(&mut mapping.criteria, at, row);
    Problems::none()
}

/// The attributes of a source; `None` where they are not known.
fn known(mapping: &AdapterMapping, source: CriterionSource, catalog: &Catalog) -> Option<Vec<String>> {
    match source {
        CriterionSource::Adapter => adapter(mapping, catalog).map(|adapter| adapter.contract.clone()),
        CriterionSource::DataStore => Some(mapping.lookup.attributes.clone()),
        CriterionSource::Mapped => Some(mapping.fulfillment.iter().map(|row| row.attribute.clone()).collect()),
    }
}

/// The tab has nothing besides its rows.
pub fn write(_: &mut AdapterMapping, _: &Fields, _: &Catalog) -> Problems {
    Problems::none()
}
