//! Attribute Contract Fulfillment: a row for each attribute of the contract, with its source and value.

use super::mapping::adapter;
use crate::form::{Check, FieldSpec, Fields, choices};
use crate::model::browser_sso::{AdapterMapping, Fulfillment, MappingMethod, SAML_SUBJECT, ValueSource};
use crate::problem::Problems;
use crate::view::{Body, CellsView};
use crate::wizard::Catalog;

fn source(attribute: &str) -> String {
    format!("source.{attribute}")
}

fn value(attribute: &str) -> String {
    format!("value.{attribute}")
}

/// What is asked.
pub fn fields(mapping: &AdapterMapping, catalog: &Catalog) -> Vec<FieldSpec> {
    let offered = |row: &Fulfillment| match row.source {
        ValueSource::Adapter => adapter(mapping, catalog).map_or(Vec::new(), |adapter| adapter.contract.clone()),
        ValueSource::DataStore => mapping.lookup.attributes.clone(),
        _ => Vec::new(),
    };
    let sources = choices(ValueSource::ALL, ValueSource::id, ValueSource::label);
    let sources =
        sources.into_iter().filter(|choice| choice.value != ValueSource::DataStore.id() || mapping.method == MappingMethod::DataStore);
    let sources: Vec<_> = sources.collect();
    let row = |row: &Fulfillment| {
        let name = &row.attribute;
        [
            FieldSpec::select(source(name), format!("Source of {name}"), sources.clone()).required(),
            FieldSpec::text(value(name), format!("Value of {name}")).checked(Check::Text(4096)).suggestions(offered(row)),
        ]
    };
    mapping.fulfillment.iter().flat_map(row).collect()
}

/// What is held.
pub fn read(mapping: &AdapterMapping) -> Fields {
    mapping
        .fulfillment
        .iter()
        .fold(Fields::new(), |fields, row| fields.with(source(&row.attribute), row.source.id()).with(value(&row.attribute), &row.value))
}

/// Takes every row.
pub fn write(mapping: &mut AdapterMapping, fields: &Fields, catalog: &Catalog) -> Problems {
    let contract = adapter(mapping, catalog).map(|adapter| (adapter.name.clone(), adapter.contract.clone()));
    let looked_up = mapping.lookup.attributes.clone();
    let mut problems = Problems::none();
    for row in &mut mapping.fulfillment {
        row.source = ValueSource::of(fields.get(&source(&row.attribute))).unwrap_or(row.source);
        row.value = fields.text(&value(&row.attribute));
        let at = value(&row.attribute);
        let is_among = |known: &[String]| known.iter().any(|known| known.eq_ignore_ascii_case(&row.value));
        match (row.source, row.value.as_str()) {
            (ValueSource::None, _) if row.attribute == SAML_SUBJECT => {
                problems.add(source(&row.attribute), "The subject must have a source: it says who signed on.");
            }
            (ValueSource::None, _) => {}
            (ValueSource::Adapter | ValueSource::DataStore, "") => problems.add(at, "Enter the name of the attribute that it comes from."),
            (_, "") => problems.add(at, "Enter a value, or choose No Mapping."),
            (ValueSource::Adapter, name) => {
                if let Some((adapter, known)) = contract.as_ref().filter(|(_, known)| !is_among(known)) {
                    problems.add(at, format!("‘{adapter}’ passes on no ‘{name}’; it passes on {}.", known.join(", ")));
                }
            }
            (ValueSource::DataStore, name) if !is_among(&looked_up) => problems.add(
                at,
                format!("‘{name}’ is not among the attributes that the search returns. Add it under Attribute Sources & User Lookup."),
            ),
            _ => {}
        }
    }
    problems
}

/// The table.
pub fn body(mapping: &AdapterMapping, _: &Catalog) -> Body {
    Body::Cells(CellsView {
        columns: ["Attribute Contract", "Source", "Value"].map(str::to_owned).to_vec(),
        rows: mapping.fulfillment.iter().map(|row| (row.attribute.clone(), vec![source(&row.attribute), value(&row.attribute)])).collect(),
    })
}
