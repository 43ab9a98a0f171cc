//! The connectors installed: those in the binary, and those that were uploaded or lay in the folder. Their text is TOML (see
//! `domain::model::connector`).

mod installing;
mod reading;
mod settings;

pub(crate) use installing::Refusals;
pub use installing::{ConnectorGlance, ConnectorUse, ConnectorsGlance, RefusedConnector};
pub use reading::{ConnectorProblem, read};
pub use settings::{Unusable, with_settings};

use domain::id::ConnectorId;
use domain::model::connector::Connector;
use domain::model::sp_connection::ConnectorRef;
use std::cmp::Ordering;

const BUILT_IN: &[(&str, &str)] = &[
    ("aws-iam-identity-center.toml", include_str!("../../../connectors/aws-iam-identity-center.toml")),
    ("scim-2.0.toml", include_str!("../../../connectors/scim-2.0.toml")),
    ("github-emu.toml", include_str!("../../../connectors/github-emu.toml")),
    ("slack.toml", include_str!("../../../connectors/slack.toml")),
];

/// From where a connector came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// It is in the binary.
    BuiltIn,
    /// Somebody uploaded it.
    Uploaded,
    /// It lay in the folder.
    Folder,
}

/// A connector that is installed.
#[derive(Clone, Debug, PartialEq)]
pub struct Installed {
    /// What it says.
    pub connector: Connector,
    /// From where it came.
    pub source: Source,
}

/// Every connector installed, by id and version.
#[derive(Clone, Debug)]
pub struct Connectors {
    /// The built-in ones first, then as they were added; of one id the older versions first.
    all: Vec<Installed>,
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
        let installed = |(file, text): &(&str, &str)| Ok(Installed { connector: parse(file, text)?, source: Source::BuiltIn });
        Ok(Self { all: BUILT_IN.iter().map(installed).collect::<Result<Vec<_>, _>>()? })
    }

    /// With another one.
    fn add(&mut self, installed: Installed) {
        let (id, version) = (&installed.connector.id, &installed.connector.version);
        // Behind the last of its id that is older; a new id comes last.
        let at = self.all.iter().rposition(|other| &other.connector.id == id && newer(version, &other.connector.version) != Ordering::Less);
        let first = self.all.iter().position(|other| &other.connector.id == id);
        self.all.insert(at.map_or(first.unwrap_or(self.all.len()), |at| at + 1), installed);
    }

    /// Every version of each.
    pub fn all(&self) -> &[Installed] {
        &self.all
    }

    /// The newest of each id, in the order they are offered.
    pub fn offered(&self) -> Vec<Connector> {
        let is_newest = |connector: &&Connector| self.newest(&connector.id).is_some_and(|newest| newest.version == connector.version);
        self.all.iter().map(|installed| &installed.connector).filter(is_newest).cloned().collect()
    }

    /// The one a connection uses: its version, or the newest of its id when that version is no longer there.
    pub fn find(&self, reference: &ConnectorRef) -> Option<&Connector> {
        self.version(&reference.id, &reference.version).map(|found| &found.connector).or_else(|| self.newest(&reference.id))
    }

    /// One by id and version.
    pub fn version(&self, id: &ConnectorId, version: &str) -> Option<&Installed> {
        self.all.iter().find(|installed| &installed.connector.id == id && installed.connector.version == version)
    }

    /// The newest of an id.
    pub fn newest(&self, id: &ConnectorId) -> Option<&Connector> {
        self.all.iter().rfind(|installed| &installed.connector.id == id).map(|installed| &installed.connector)
    }
}

/// Compares versions: numbers between dots as numbers, anything else as text.
fn newer(a: &str, b: &str) -> Ordering {
    let parts = |version: &str| version.split('.').map(|part| (part.parse::<u64>().ok(), part.to_owned())).collect::<Vec<_>>();
    parts(a).cmp(&parts(b))
}

/// Reads and checks a connector's text; of several problems the first.
pub fn parse(file: &str, text: &str) -> Result<Connector, ConnectorError> {
    read(text).map_err(|problems| {
        let message = problems.first().map_or_else(String::new, |problem| match problem.line {
            Some(line) => format!("line {line}: {}", problem.message),
            None => problem.message.clone(),
        });
        ConnectorError { file: file.to_owned(), message }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::model::connector::OperationClass;

    #[test]
    fn the_built_in_ones_are_good() {
        let connectors = Connectors::built_in().unwrap();
        let offered = connectors.offered();
        let templates: Vec<_> = offered.iter().map(|c| c.template.as_str()).collect();
        assert_eq!(templates, ["AWS SSO Cloud Connector", "SCIM Connector", "GitHub EMU Connector", "Slack Connector"]);
        let aws = &offered[0];
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
        let aws = &Connectors::built_in().unwrap().offered()[0].limits;
        for class in OperationClass::ALL {
            assert_eq!(aws.per_second(class), if class.is_write() { 24.5 } else { 39.0 }, "{class:?}");
        }
        let text =
            BUILT_IN[0].1.replacen("burst = 5", "memberships_per_second = 50\noperations = { change_members = 0.2, get_group = 1.5 }", 1);
        let limits = parse("x.toml", &text).unwrap().limits;
        let rates = [OperationClass::ChangeMembers, OperationClass::GetGroup, OperationClass::UpdateGroup].map(|c| limits.per_second(c));
        assert_eq!((rates, limits.memberships_per_second), ([0.2, 1.5, 24.5], 50.0));
    }

    #[test]
    fn versions_are_compared_as_numbers_and_the_newest_is_offered() {
        assert_eq!(newer("1.10.0", "1.9.0"), Ordering::Greater);
        assert_eq!(newer("1.0", "1.0.1"), Ordering::Less);
        assert_eq!(newer("2.0-beta", "2.0-alpha"), Ordering::Greater);
        let mut connectors = Connectors::built_in().unwrap();
        let with = |version: &str| Installed {
            connector: Connector { version: version.into(), ..Connectors::built_in().unwrap().offered().remove(0) },
            source: Source::Uploaded,
        };
        for version in ["1.10.0", "0.9", "1.2.0"] {
            connectors.add(with(version));
        }
        let versions: Vec<_> = connectors.all().iter().map(|installed| installed.connector.version.as_str()).collect();
        assert_eq!(versions, ["0.9", "1.0.0", "1.2.0", "1.10.0", "1.0.0", "1.0.0", "1.0.0"]);
        assert_eq!(connectors.offered().iter().map(|c| c.version.as_str()).collect::<Vec<_>>(), ["1.10.0", "1.0.0", "1.0.0", "1.0.0"]);
        let aws = connectors.offered()[0].id.clone();
        let find = |version: &str| connectors.find(&ConnectorRef { id: aws.clone(), version: version.into() }).unwrap().version.clone();
        assert_eq!((find("1.2.0"), find("7")), ("1.2.0".to_owned(), "1.10.0".to_owned()));
    }
}
