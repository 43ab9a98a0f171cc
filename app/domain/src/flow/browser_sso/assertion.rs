//! Assertion Creation: Identity Mapping, Attribute Contract, Authentication Source Mapping, Summary.

use super::{configure, mapping, no_fields, no_read};
use crate::flow::pcv::put;
use crate::form::{Check, FieldSpec, Fields, choices};
use crate::model::browser_sso::{
    AdapterMapping, AssertionCreation, AttributeNameFormat, BrowserSso, ContractAttribute, IdentityMapping, SAML_SUBJECT, SubjectFormat,
};
use crate::model::connector::SamlTemplate;
use crate::problem::Problems;
use crate::view::{Body, ListBody, ListRow};
use crate::wizard::rows::RowTable;
use crate::wizard::{Catalog, Flow, Tab, Task, task};

const SOURCES: &str = "authentication-source-mapping";

/// The task.
pub const FLOW: Flow<AssertionCreation> = Flow {
    title: |_| "Assertion Creation".into(),
    tabs: &[
        Tab::plain("identity-mapping", "Identity Mapping", identity_fields, identity_read, identity_write)
            .intro("How the partner knows who somebody is.")
            .holds(&["identity", "with_attributes"]),
        Tab::plain("attribute-contract", "Attribute Contract", contract_fields, contract_read, contract_write)
            .when(AssertionCreation::has_contract)
            .intro("What every assertion says: the subject, and attributes besides it where the partner wants some.")
            .rows(EXTENDED)
            .holds(&["subject_format", "extended"]),
        Tab::plain(SOURCES, "Authentication Source Mapping", no_fields, no_read, sources_write)
            .intro("People sign on with an IdP Adapter. Each one that may be used here says how its attributes fulfil the contract.")
            .body(sources_body)
            .tasks_in(&["sources"]),
        Tab::summary("summary", "Summary"),
    ],
    nested,
    keys: |a, tab| if tab == SOURCES { a.sources.iter().map(|source| source.id.clone()).collect() } else { Vec::new() },
    create,
    delete: |a, tab, key| {
        if tab == SOURCES {
            a.sources.retain(|source| source.id != key);
        }
    },
};

fn nested<'a>(assertion: &'a mut AssertionCreation, tab: &str, key: &str) -> Option<Box<dyn Task + 'a>> {
    if tab != SOURCES {
        return None;
    }
    // Contract and mappings may have been changed by two people.
    assertion.align();
    let source = assertion.sources.iter_mut().find(|source| source.id == key)?;
    Some(task(&mapping::FLOW, source))
}

fn create(assertion: &mut AssertionCreation, tab: &str, id: &str, _: &Catalog) -> Option<String> {
    if tab != SOURCES {
        return None;
    }
    assertion.sources.push(AdapterMapping::new(id.to_owned()));
    assertion.align();
    Some(id.to_owned())
}

/// What is told of it on the tab with its button.
pub fn body(sso: &BrowserSso, catalog: &Catalog) -> Body {
    let assertion = &sso.assertion;
    let names: Vec<_> = assertion.sources.iter().map(|source| adapter_name(source, catalog)).collect();
    configure(
        "Configure Assertion Creation",
        vec![
            ("Identity Mapping", assertion.identity.label().to_owned()),
            ("Attribute Contract", assertion.contract().join(", ")),
            ("Authentication Source Mapping", names.join(", ")),
        ],
    )
}

pub(in crate::flow) fn adapter_name(source: &AdapterMapping, catalog: &Catalog) -> String {
    match &source.adapter {
        None => "(no adapter chosen)".to_owned(),
        Some(id) => catalog.idp_adapter(id).map_or("(an adapter that is gone)", |adapter| &adapter.name).to_owned(),
    }
}

/// The template of the connection, as far as it says something of signing on.
fn template(catalog: &Catalog) -> Option<(&SamlTemplate, &str)> {
    let connector = catalog.connector.as_ref()?;
    Some((connector.saml.as_ref()?, &connector.name))
}

/// What a partner of this template would say to a format.
fn format_warning(format: &str, catalog: &Catalog) -> String {
    match template(catalog) {
        Some((saml, name)) if !saml.name_id_formats.is_empty() && !saml.name_id_formats.iter().any(|taken| taken == format) => {
            let taken: Vec<_> = saml.name_id_formats.iter().filter_map(|format| format.rsplit(':').next()).collect();
            format!("{name} takes only a NameID of the format {}.", taken.join(" or "))
        }
        _ => String::new(),
    }
}

fn identity_fields(assertion: &AssertionCreation, catalog: &Catalog) -> Vec<FieldSpec> {
    let is_opaque = assertion.identity != IdentityMapping::Standard;
    let warning = if is_opaque { format_warning(assertion.name_id_format(), catalog) } else { String::new() };
    vec![
        FieldSpec::radio("identity", "Identity Mapping", choices(IdentityMapping::ALL, IdentityMapping::id, IdentityMapping::label))
            .required()
            .warning(warning)
            .help("Standard: by a name that the partner knows, such as the user name. Pseudonym: by an opaque name, always the same for one person there. Transient: by an opaque name that is new every time."),
        FieldSpec::checkbox("with_attributes", "Include attributes in addition to the pseudonym or transient identifier")
            .help("With Standard the contract always has attributes."),
    ]
}

fn identity_read(assertion: &AssertionCreation) -> Fields {
    Fields::new().with("identity", assertion.identity.id()).with_check("with_attributes", assertion.with_attributes)
}

fn identity_write(assertion: &mut AssertionCreation, fields: &Fields, _: &Catalog) -> Problems {
    assertion.identity = IdentityMapping::of(fields.get("identity")).unwrap_or(assertion.identity);
    assertion.with_attributes = fields.is_checked("with_attributes");
    assertion.align();
    Problems::none()
}

fn contract_fields(assertion: &AssertionCreation, catalog: &Catalog) -> Vec<FieldSpec> {
    if !assertion.has_subject() {
        return Vec::new();
    }
    let formats = choices(SubjectFormat::ALL, SubjectFormat::id, SubjectFormat::label);
    vec![
        FieldSpec::fixed("subject", "Attribute Contract"),
        FieldSpec::select("subject_format", "Subject Name Format", formats)
            .required()
            .warning(format_warning(assertion.subject_format.id(), catalog)),
    ]
}

fn contract_read(assertion: &AssertionCreation) -> Fields {
    Fields::new().with("subject", SAML_SUBJECT).with("subject_format", assertion.subject_format.id())
}

fn contract_write(assertion: &mut AssertionCreation, fields: &Fields, catalog: &Catalog) -> Problems {
    assertion.subject_format = SubjectFormat::of(fields.get("subject_format")).unwrap_or(assertion.subject_format);
    let Some((saml, name)) = template(catalog) else { return Problems::none() };
    let prefixed = assertion.extended.iter().filter(|a| !saml.attribute_prefix.is_empty() && a.name.starts_with(&saml.attribute_prefix));
    let (count, limit) = (prefixed.count(), saml.attribute_limit as usize);
    if limit > 0 && count > limit {
        return Problems::at(
            "",
            format!("{name} takes at most {limit} attributes that begin with {}; there are {count}.", saml.attribute_prefix),
        );
    }
    Problems::none()
}

const EXTENDED: RowTable<AssertionCreation> = RowTable {
    name: "Extend the Contract",
    empty: "Nothing besides the subject is sent.",
    count: |assertion| assertion.extended.len(),
    fields: |_, _, catalog| {
        let formats = choices(AttributeNameFormat::ALL, AttributeNameFormat::id, AttributeNameFormat::label);
        let template = template(catalog).map(|(saml, _)| saml);
        vec![
            FieldSpec::text("name", "Attribute Name")
                .required()
                .checked(Check::Text(256))
                .help(template.map_or("", |saml| &saml.attribute_note))
                .suggestions(template.map(|saml| saml.attribute_prefix.as_str()).filter(|prefix| !prefix.is_empty())),
            FieldSpec::select("format", "Attribute Name Format", formats).required(),
        ]
    },
    read: |assertion, at| match assertion.extended.get(at) {
        Some(attribute) => Fields::new().with("name", &attribute.name).with("format", attribute.format.id()),
        // The next one is usually of the kind of the last.
        None => Fields::new().with("format", assertion.extended.last().map_or(AttributeNameFormat::default(), |last| last.format).id()),
    },
    write: write_attribute,
    delete: |assertion, at| {
        assertion.extended.remove(at);
        assertion.align();
    },
    swap: None,
    named_by: 0,
    is_below: true,
};

fn write_attribute(assertion: &mut AssertionCreation, at: usize, fields: &Fields, _: &Catalog) -> Problems {
    let name = fields.text("name");
    if name.contains(char::is_whitespace) {
        return Problems::at("name", "An attribute's name has no blanks.");
    }
    if name.to_uppercase().starts_with("SAML_") {
        return Problems::at("name", "Names that begin with SAML_ are reserved. The subject is in the contract already.");
    }
    if assertion.extended.iter().enumerate().any(|(other, attribute)| other != at && attribute.name == name) {
        return Problems::at("name", format!("‘{name}’ is in the contract already."));
    }
    let format = AttributeNameFormat::of(fields.get("format")).unwrap_or_default();
    if let Some(before) = assertion.extended.get(at) {
        let before = before.name.clone();
        let renamed = assertion.sources.iter_mut().flat_map(|source| &mut source.fulfillment).filter(|row| row.attribute == before);
        renamed.for_each(|row| row.attribute.clone_from(&name));
    }
    put(&mut assertion.extended, at, ContractAttribute { name, format });
    assertion.align();
    Problems::none()
}

fn sources_write(assertion: &mut AssertionCreation, _: &Fields, catalog: &Catalog) -> Problems {
    let mut problems = Problems::none();
    if assertion.sources.is_empty() {
        problems.add("", "Map at least one adapter instance: without one nobody can sign on.");
    }
    for (at, source) in assertion.sources.iter().enumerate() {
        let same = |other: &AdapterMapping| other.adapter.is_some() && other.adapter == source.adapter;
        if assertion.sources[..at].iter().any(same) {
            problems.add("", format!("‘{}’ is mapped twice; delete one of the two.", adapter_name(source, catalog)));
        }
    }
    problems
}

fn sources_body(assertion: &AssertionCreation, catalog: &Catalog) -> Body {
    let row = |source: &AdapterMapping| {
        let subject = source.fulfillment_of(SAML_SUBJECT).map_or(String::new(), |row| match row.value.as_str() {
            "" => row.source.label().to_owned(),
            value => format!("{}: {value}", row.source.label()),
        });
        let criteria = match source.criteria.len() {
            0 => "None".to_owned(),
            count => count.to_string(),
        };
        ListRow { key: source.id.clone(), cells: vec![adapter_name(source, catalog), subject, criteria] }
    };
    Body::List(ListBody {
        columns: ["Adapter Instance Name", "SAML_SUBJECT", "Issuance Criteria"].map(str::to_owned).to_vec(),
        rows: assertion.sources.iter().map(row).collect(),
        create: "Map New Adapter Instance".into(),
        empty: "No adapter instance is mapped yet. Map one to say how people sign on.".into(),
    })
}
