//! Specify Attribute Mapping: everything about one target attribute, and a try on a real entry.

use crate::form::{Check, FieldSpec, Fields, choices, split_attributes};
use crate::model::mapping::{CharacterCase, MappingRow, Parser};
use crate::problem::Problems;
use crate::wizard::{Catalog, Flow, Tab, no_create, no_delete, no_keys, no_nested};

/// The task.
pub const FLOW: Flow<MappingRow> = Flow {
    title: |row| format!("Attribute: {}", row.field),
    tabs: &[Tab::plain("specify-attribute-mapping", "Specify Attribute Mapping", fields, read, write)
        .intro("Where the value comes from and how it is shaped. Try it on an entry of the directory before you save.")
        .actions(&[("test", "Try")])
        .holds(&["field", "attributes", "default_value", "expression", "create_only", "trim", "mask", "case", "parser"])],
    nested: no_nested,
    keys: no_keys,
    create: no_create,
    delete: no_delete,
};

fn fields(row: &MappingRow, catalog: &Catalog) -> Vec<FieldSpec> {
    let attribute = catalog.connector.as_ref().and_then(|c| c.attribute(&row.field));
    let required = attribute.is_some_and(|a| a.required);
    let specification = attribute.map_or_else(String::new, |a| a.note.clone());
    vec![
        FieldSpec::area("attributes", "Attribute(s)", 3, Check::Attributes)
            .required_if(required && row.default_value.is_empty() && row.expression.is_empty())
            .help(format!("Directory attributes, one a line. Several need an expression. {specification}")),
        FieldSpec::text("default_value", "Default Value")
            .section("Value Definition")
            .help("Sent when the attribute has no value or the expression fails."),
        FieldSpec::area("expression", "Expression", 3, Check::Text(4096))
            .section("Value Definition")
            .help("For example: givenName ~ ' ' ~ sn, or: mail or userPrincipalName, or: mail | lower."),
        FieldSpec::checkbox("create_only", "Create Only")
            .section("Options")
            .help("Sent when the person is created, never changed afterwards."),
        FieldSpec::checkbox("trim", "Trim").section("Options").help("Remove blanks around the value."),
        FieldSpec::checkbox("mask", "Mask Log Values").section("Options"),
        FieldSpec::select("case", "Character Case", choices(CharacterCase::ALL, CharacterCase::id, CharacterCase::label))
            .required()
            .section("Options"),
        FieldSpec::select("parser", "Parsing", choices(Parser::ALL, Parser::id, Parser::label)).required().section("Options"),
        FieldSpec::text("try_entry", "Try on").trial().help("A DN, an e-mail address or a user name. Empty: the first person in scope."),
    ]
}

fn read(row: &MappingRow) -> Fields {
    Fields::new()
        .with("attributes", row.attributes.join("\n"))
        .with("default_value", &row.default_value)
        .with("expression", &row.expression)
        .with_check("create_only", row.create_only)
        .with_check("trim", row.trim)
        .with_check("mask", row.mask)
        .with("case", row.case.id())
        .with("parser", row.parser.id())
}

fn write(row: &mut MappingRow, fields: &Fields, _: &Catalog) -> Problems {
    row.attributes = split_attributes(fields.get("attributes"));
    row.default_value = fields.text("default_value");
    row.expression = fields.get("expression").trim().to_owned();
    row.create_only = fields.is_checked("create_only");
    row.trim = fields.is_checked("trim");
    row.mask = fields.is_checked("mask");
    row.case = CharacterCase::of(fields.get("case")).unwrap_or(row.case);
    row.parser = Parser::of(fields.get("parser")).unwrap_or(row.parser);
    if row.attributes.len() > 1 && row.expression.is_empty() {
        return Problems::at("expression", "Several attributes need an expression that says how to put them together.");
    }
    Problems::none()
}
