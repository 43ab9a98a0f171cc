//! The connectors installed: those in the binary. Their text is TOML (see `domain::model::connector`); problems name the line.

use domain::id::ConnectorId;
use domain::model::connector::{Connector, SCHEMA_VERSION, TargetFieldKind};
use domain::model::sp_connection::ConnectorRef;
use std::collections::BTreeSet;

const BUILT_IN: &[(&str, &str)] = &[
    ("aws-iam-identity-center.toml", include_str!("../../../connectors/aws-iam-identity-center.toml")),
    ("scim-2.0.toml", include_str!("../../../connectors/scim-2.0.toml")),
];

/// Every connector installed, by id and version.
#[derive(Clone, Debug)]
pub struct Connectors {
    all: Vec<Connector>,
}

/// What is wrong with a connector's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {message}")]
pub struct ConnectorError {
    /// The file.
    pub file: String,
    /// The place and what is wrong there.
    pub message: String,
}

impl Connectors {
    /// Those in the binary.
    pub fn built_in() -> Result<Self, ConnectorError> {
        let all = BUILT_IN.iter().map(|(file, text)| parse(file, text)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { all })
    }

    /// The newest of each id, in the order they are offered.
    pub fn offered(&self) -> &[Connector] {
        &self.all
    }

    /// The one a connection uses: its version, or the newest of its id when that version is no longer there.
    pub fn find(&self, reference: &ConnectorRef) -> Option<&Connector> {
        let of_id = |c: &&Connector| c.id == reference.id;
        self.all.iter().filter(of_id).find(|c| c.version == reference.version).or_else(|| self.all.iter().rfind(of_id))
    }

    /// One by id.
    pub fn newest(&self, id: &ConnectorId) -> Option<&Connector> {
        self.all.iter().rfind(|c| &c.id == id)
    }
}

/// Reads and checks a connector's text.
pub fn parse(file: &str, text: &str) -> Result<Connector, ConnectorError> {
    let refuse = |message: String| ConnectorError { file: file.to_owned(), message };
    let connector: Connector = toml::from_str(text).map_err(|error| refuse(error.to_string()))?;
    check(&connector).map_err(refuse)?;
    Ok(connector)
}

/// What a well-formed text can still get wrong.
fn check(connector: &Connector) -> Result<(), String> {
    if connector.schema_version != SCHEMA_VERSION {
        return Err(format!("schema_version is {}; this Towpath reads {SCHEMA_VERSION}.", connector.schema_version));
    }
    let mut names = BTreeSet::new();
    for attribute in &connector.attributes {
        if !names.insert(attribute.name.to_lowercase()) {
            return Err(format!("the attribute {} is there twice.", attribute.name));
        }
        if domain::id::ConnectorId::parse(&attribute.name).is_err() {
            return Err(format!("the attribute name ‘{}’ has characters other than letters, digits and . _ -.", attribute.name));
        }
        if attribute.path.trim().is_empty() {
            return Err(format!("the attribute {} has no path.", attribute.name));
        }
    }
    match connector.attributes.iter().filter(|a| a.matching).count() {
        1 => {}
        n => return Err(format!("{n} attributes have matching = true; exactly one finds an existing user.")),
    }
    let url = connector.target.iter().find(|f| f.name == "scim_url");
    if !url.is_some_and(|f| f.kind == TargetFieldKind::Url && f.required) {
        return Err("a required target field scim_url of kind url is missing.".into());
    }
    if let domain::model::connector::Auth::Bearer { token } = &connector.auth
        && !connector.target.iter().any(|f| &f.name == token && f.kind == TargetFieldKind::Secret)
    {
        return Err(format!("auth names the field {token}, which is not a target field of kind secret."));
    }
    if let Some(saml) = &connector.saml
        && !saml.subject.is_empty()
        && connector.attribute(&saml.subject).is_none()
    {
        return Err(format!("saml.subject names {}, which is not an attribute.", saml.subject));
    }
    let limits = &connector.limits;
    let sane = |rate: f64| rate.is_finite() && (0.0..=10_000.0).contains(&rate);
    let mut rates = [limits.writes_per_second, limits.reads_per_second, limits.memberships_per_second]
        .into_iter()
        .chain(limits.operations.values().copied());
    if !rates.all(sane) || limits.max_concurrency == 0 || limits.max_concurrency > 64 {
        return Err("limits: rates are 0 to 10000 a second and max_concurrency is 1 to 64.".into());
    }
    let dialect = &connector.dialect;
    if dialect.page_size == 0 || dialect.members_per_request == 0 {
        return Err("dialect: page_size and members_per_request are at least 1.".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::model::connector::OperationClass;

    #[test]
    fn the_built_in_ones_are_good() {
        let connectors = Connectors::built_in().unwrap();
        let templates: Vec<_> = connectors.offered().iter().map(|c| c.template.as_str()).collect();
        assert_eq!(templates, ["AWS SSO Cloud Connector", "SCIM Connector"]);
        let aws = &connectors.offered()[0];
        let required: Vec<_> = aws.attributes.iter().filter(|a| a.required).map(|a| a.name.as_str()).collect();
        assert_eq!(required, ["userName", "displayName", "givenName", "familyName", "workEmail"]);
        assert_eq!(aws.match_attribute().unwrap().name, "userName");
    }

    #[test]
    fn problems_name_the_line_or_the_thing() {
        let good = BUILT_IN[0].1;
        let wrong = |from: &str, to: &str| parse("x.toml", &good.replacen(from, to, 1)).unwrap_err().message;
        assert!(wrong("required = true", "requird = true").contains("line"), "{}", wrong("required = true", "requird = true"));
        assert!(wrong("schema_version = 1", "schema_version = 9").contains("schema_version is 9"));
        assert!(wrong("matching = true", "matching = false").contains("matching"));
        assert!(wrong("token = \"access_token\"", "token = \"other\"").contains("other"));
        assert!(wrong("subject = \"userName\"", "subject = \"uid\"").contains("saml.subject names uid"));
        assert!(wrong("name = \"displayName\"", "name = \"username\"").contains("twice"));
        assert!(wrong("burst = 5", "memberships_per_second = -1").contains("rates are 0 to 10000"));
        assert!(wrong("burst = 5", "operations = { create_user = 20000 }").contains("rates are 0 to 10000"));
        assert!(wrong("burst = 5", "operations = { make_user = 1 }").contains("make_user"));
    }

    #[test]
    fn an_operation_has_its_own_rate_or_the_usual_one() {
        let aws = &Connectors::built_in().unwrap().all[0].limits;
        for class in OperationClass::ALL {
            assert_eq!(aws.per_second(class), if class.is_write() { 24.5 } else { 39.0 }, "{class:?}");
        }
        let text =
            BUILT_IN[0].1.replacen("burst = 5", "memberships_per_second = 50\noperations = { change_members = 0.2, get_group = 1.5 }", 1);
        let limits = parse("x.toml", &text).unwrap().limits;
        let rates = [OperationClass::ChangeMembers, OperationClass::GetGroup, OperationClass::UpdateGroup].map(|c| limits.per_second(c));
        assert_eq!((rates, limits.memberships_per_second), ([0.2, 1.5, 24.5], 50.0));
    }
}
