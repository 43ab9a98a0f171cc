//! What an assertion says of somebody: every attribute of the contract, fulfilled.

use super::partner::Partner;
use super::{Person, Turned, Way, criteria};
use crate::Service;
use domain::model::browser_sso::{AttributeLookup, AttributeNameFormat, Fulfillment, MappingMethod, SAML_SUBJECT, ValueSource};
use domain::model::source::Attributes;
use domain::text::filter::placeholders;
use expr::{Expression, Lookup, Value};
use ldap::{FoundEntry, PersonSearch};
use saml::Attribute;
use saml::attribute::{AWS_ACCESS_CONTROL, NameFormat};

/// The attribute of a contract by which the class of authentication is stated instead of being said of the person.
const AUTHN_CONTEXT: &str = "SAML_AUTHN_CTX";

/// What is said of somebody.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    /// What becomes the `NameID`, where the contract has it.
    pub subject: Option<String>,
    /// As what the authentication is stated, where the contract says.
    pub authn_context: Option<String>,
    /// Everything else.
    pub attributes: Vec<Attribute>,
    /// Each attribute of the contract with where it came from and its values, for an administrator.
    pub rows: Vec<Row>,
    /// Who was found in the Data Store.
    pub found: Option<FoundEntry>,
}

/// One attribute of the contract, fulfilled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The attribute.
    pub attribute: String,
    /// Where it came from.
    pub source: ValueSource,
    /// The name, the text or the expression there.
    pub from: String,
    /// What came of it.
    pub values: Vec<String>,
}

/// The person and the entry that was found for them: where both have a name, the entry's counts.
struct Both<'a> {
    person: &'a Person,
    found: Option<&'a Attributes>,
}

impl Lookup for Both<'_> {
    fn each_value(&self, name: &str, take: &mut dyn FnMut(&str)) {
        match self.found.filter(|found| found.has(name)) {
            Some(found) => found.all(name).for_each(take),
            None => self.person.all(name).iter().for_each(|value| take(value)),
        }
    }
}

impl Service {
    /// What is said of somebody who signed on in this way, unless a criterion forbids to say it.
    pub(crate) async fn tell(&self, partner: &Partner, way: &Way, person: &Person) -> Result<Told, Turned> {
        let mapping = &way.mapping;
        let found = match mapping.method {
            MappingMethod::Adapter => None,
            MappingMethod::DataStore => Some(self.look_up(partner, &mapping.lookup, person).await?),
        };
        let both = Both { person, found: found.as_ref().map(|found| &found.attributes) };
        let contract = &partner.connection.browser_sso.assertion;
        let mut told = Told::default();
        for name in contract.contract() {
            let nothing = Fulfillment { attribute: name.to_owned(), source: ValueSource::None, value: String::new() };
            let row = mapping.fulfillment_of(name).unwrap_or(&nothing);
            let values = values(row, &both).map_err(|why| {
                let connection = &partner.connection.general.name;
                Turned::refused("sign-on-attribute", format!("‘{name}’ of the connection ‘{connection}’ cannot be fulfilled: {why}"))
            })?;
            let row = Row { attribute: name.to_owned(), source: row.source, from: row.value.clone(), values };
            told.take(&row, contract.extended.iter().find(|attribute| attribute.name == name).map(|attribute| attribute.format));
            told.rows.push(row);
        }
        criteria::check(&mapping.criteria, person, both.found, &told.rows)?;
        told.found = found;
        if contract.has_subject() && told.subject.as_ref().is_none_or(String::is_empty) {
            return Err(Turned::refused("sign-on-subject", no_subject(partner, mapping.fulfillment_of(SAML_SUBJECT))));
        }
        Ok(told)
    }

    /// The one entry of the person.
    async fn look_up(&self, partner: &Partner, lookup: &AttributeLookup, person: &Person) -> Result<FoundEntry, Turned> {
        let connection = &partner.connection.general.name;
        let refused = |why: String| Turned::refused("sign-on-lookup", format!("The look-up of the connection ‘{connection}’ fails: {why}"));
        let Some(id) = &lookup.data_store else { return Err(refused("it has no Data Store.".to_owned())) };
        let directory = self.known_directory(id).await?.map_err(&refused)?;
        let mut values = Vec::new();
        let names = placeholders(&lookup.filter);
        for name in &names {
            // A filter with nothing in a value could match anybody.
            match person.first(name).filter(|value| !value.trim().is_empty()) {
                Some(value) => values.push((name.as_str(), value)),
                None => return Err(refused(format!("the adapter passes on no value for ‘{name}’ of its filter {}.", lookup.filter))),
            }
        }
        let search = PersonSearch { base_dn: &lookup.base_dn, scope: lookup.scope, filter: &lookup.filter, attributes: &lookup.attributes };
        let mut found = directory.find_people(&search, &values).await.map_err(|error| refused(error.to_string()))?;
        match (found.len(), found.pop()) {
            (1, Some(found)) => Ok(found),
            (0, _) => Err(refused(format!("nobody below {} matches {}.", lookup.base_dn, lookup.filter))),
            _ => Err(refused(format!("more than one entry below {} matches {}.", lookup.base_dn, lookup.filter))),
        }
    }
}

impl Told {
    fn take(&mut self, row: &Row, format: Option<AttributeNameFormat>) {
        let first = || row.values.first().cloned();
        match row.attribute.as_str() {
            SAML_SUBJECT => self.subject = first(),
            AUTHN_CONTEXT => self.authn_context = first(),
            _ if row.values.is_empty() => {}
            name => {
                let mut values = row.values.clone();
                if name.starts_with(AWS_ACCESS_CONTROL) {
                    // AWS refuses the sign-on when one of these has more than one.
                    values.truncate(1);
                }
                let name_format = match format.unwrap_or_default() {
                    AttributeNameFormat::Basic => NameFormat::Basic,
                    AttributeNameFormat::Uri => NameFormat::Uri,
                    AttributeNameFormat::Unspecified => NameFormat::Unspecified,
                };
                self.attributes.push(Attribute { name: name.to_owned(), name_format, friendly_name: None, values });
            }
        }
    }
}

/// The values of one attribute of the contract, none of them empty.
fn values(row: &Fulfillment, both: &Both<'_>) -> Result<Vec<String>, String> {
    let mut values = match row.source {
        ValueSource::None => Vec::new(),
        ValueSource::Text => vec![row.value.clone()],
        ValueSource::Adapter => both.person.all(&row.value).to_vec(),
        ValueSource::DataStore => both.found.map(|found| found.all(&row.value).map(str::to_owned).collect()).unwrap_or_default(),
        ValueSource::Expression => {
            let expression = Expression::parse(&row.value).map_err(|error| error.to_string())?;
            match expression.eval(both).map_err(|error| error.to_string())? {
                Value::Absent => Vec::new(),
                Value::One(text) => vec![text],
                Value::Many(texts) => texts,
            }
        }
    };
    values.retain(|value| !value.is_empty());
    Ok(values)
}

fn no_subject(partner: &Partner, row: Option<&Fulfillment>) -> String {
    let connection = &partner.connection.general.name;
    let from = match row {
        Some(row) if row.source != ValueSource::None => format!("{} ‘{}’ has no value for this person", row.source.label(), row.value),
        _ => format!("{SAML_SUBJECT} has no mapping"),
    };
    format!("The connection ‘{connection}’ cannot name somebody who signed on: {from}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_from_where_the_mapping_says() {
        let person = Person { attributes: vec![("username".into(), vec!["ada".into()]), ("mail".into(), vec!["typed@x".into()])] };
        let found: Attributes = [("mail", vec!["ada@example.com", "second@example.com"]), ("sn", vec!["Lovelace"])].into_iter().collect();
        let both = Both { person: &person, found: Some(&found) };
        let of = |source, value: &str| values(&Fulfillment { attribute: "a".into(), source, value: value.into() }, &both).unwrap();
        assert_eq!(of(ValueSource::Adapter, "USERNAME"), ["ada"]);
        assert_eq!(of(ValueSource::Adapter, "mail"), ["typed@x"]);
        assert_eq!(of(ValueSource::DataStore, "mail"), ["ada@example.com", "second@example.com"]);
        assert_eq!(of(ValueSource::Text, "Canal"), ["Canal"]);
        assert_eq!(of(ValueSource::Expression, "username ~ '.' ~ sn|lower"), ["ada.lovelace"]);
        assert_eq!(of(ValueSource::Expression, "mail"), ["ada@example.com"], "the entry's counts");
        assert_eq!(of(ValueSource::Expression, "values('mail')"), ["ada@example.com", "second@example.com"]);
        assert!(of(ValueSource::None, "").is_empty() && of(ValueSource::DataStore, "absent").is_empty());
        assert!(of(ValueSource::Text, "").is_empty());
        let bad = Fulfillment { attribute: "a".into(), source: ValueSource::Expression, value: "mail ~".into() };
        assert!(values(&bad, &both).is_err());
    }

    #[test]
    fn attributes_of_the_contract_become_what_they_are() {
        let mut told = Told::default();
        let row = |attribute: &str, values: &[&str]| Row {
            attribute: attribute.into(),
            source: ValueSource::Text,
            from: String::new(),
            values: values.iter().map(|&value| value.to_owned()).collect(),
        };
        told.take(&row(SAML_SUBJECT, &["ada@example.com", "b"]), None);
        told.take(&row(AUTHN_CONTEXT, &["urn:x"]), Some(AttributeNameFormat::Basic));
        told.take(&row("groups", &["a", "b"]), Some(AttributeNameFormat::Unspecified));
        told.take(&row("empty", &[]), Some(AttributeNameFormat::Basic));
        let tag = format!("{AWS_ACCESS_CONTROL}team");
        told.take(&row(&tag, &["a", "b"]), Some(AttributeNameFormat::Uri));
        assert_eq!((told.subject.as_deref(), told.authn_context.as_deref()), (Some("ada@example.com"), Some("urn:x")));
        let said: Vec<_> = told.attributes.iter().map(|a| (a.name.as_str(), a.name_format, a.values.len())).collect();
        assert_eq!(said, [("groups", NameFormat::Unspecified, 2), (tag.as_str(), NameFormat::Uri, 1)]);
    }
}
