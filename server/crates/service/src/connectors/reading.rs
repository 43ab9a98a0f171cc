//! A connector's text, read and checked; what is wrong with it is said line by line.

use super::settings;
use domain::id::ConnectorId;
use domain::model::connector::{Auth, Connector, SCHEMA_VERSION, TargetFieldKind};
use std::collections::BTreeSet;

/// Most problems that are said of one text.
const MOST: usize = 20;
/// Most characters of a line that are shown.
const LONGEST_LINE: usize = 160;

/// Something wrong with a connector's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectorProblem {
    /// The line, from 1; `None` for what is wrong with the whole.
    pub line: Option<u32>,
    /// What stands there.
    pub text: String,
    /// What is wrong.
    pub message: String,
}

/// Reads and checks a connector's text.
pub fn read(text: &str) -> Result<Connector, Vec<ConnectorProblem>> {
    let mut lines: Vec<&str> = text.split('\n').collect();
    let mut problems: Vec<ConnectorProblem> = Vec::new();
    // A line that cannot be understood is said and left out, to see what is wrong with the others.
    while problems.len() < MOST {
        let rest = lines.join("\n");
        let error = match toml::from_str::<Connector>(&rest) {
            Ok(connector) if problems.is_empty() => {
                let found = check(&connector);
                return if found.is_empty() {
                    Ok(connector)
                } else {
                    Err(found.into_iter().take(MOST).map(|wrong| wrong.at(text)).collect())
                };
            }
            Ok(_) => break,
            Err(error) => error,
        };
        let line = error.span().map(|span| rest.get(..span.start).unwrap_or("").matches('\n').count());
        let message = sentence(error.message());
        // What a line that was left out would have said is missing by our own doing.
        if !problems.is_empty() && message.starts_with("missing field") {
            break;
        }
        problems.push(ConnectorProblem {
            line: line.map(|line| line as u32 + 1),
            text: line.and_then(|line| text.split('\n').nth(line)).map(shorten).unwrap_or_default(),
            message,
        });
        match line.and_then(|line| lines.get_mut(line)).filter(|line| is_whole(line)) {
            Some(line) => *line = "",
            None => break,
        }
    }
    Err(problems)
}

/// Whether a line can be left out without breaking the others.
fn is_whole(line: &str) -> bool {
    let count = |c: char| line.matches(c).count();
    let is_empty = line.trim().is_empty() || line.trim_start().starts_with('[');
    !is_empty && count('[') == count(']') && count('{') == count('}') && !line.contains("\"\"\"") && !line.contains("\'\'\'")
}

/// A problem of a text that is well-formed, with what stands on its line.
pub(super) struct Wrong {
    pub(super) message: String,
    on: String,
}

impl Wrong {
    /// With its line: the last that holds it, since of two things with one name the second is one too many.
    fn at(self, text: &str) -> ConnectorProblem {
        let squeeze = |line: &str| line.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let on = squeeze(&self.on);
        let line = text.split('\n').enumerate().filter(|(_, line)| !on.is_empty() && squeeze(line).starts_with(&on)).last();
        ConnectorProblem {
            line: line.map(|(at, _)| at as u32 + 1),
            text: line.map(|(_, line)| shorten(line)).unwrap_or_default(),
            message: self.message,
        }
    }
}

/// What a well-formed text can still get wrong.
fn check(connector: &Connector) -> Vec<Wrong> {
    let mut found = check_values(connector);
    let misused = settings::misused(connector).into_iter();
    found.extend(misused.map(|(field, message)| Wrong { message, on: format!("name = \"{field}\"") }));
    found
}

/// The same without what its Target fields may set.
pub(super) fn check_values(connector: &Connector) -> Vec<Wrong> {
    let mut found = Vec::new();
    let mut wrong = |on: &str, message: String| found.push(Wrong { message, on: on.to_owned() });
    if connector.schema_version != SCHEMA_VERSION {
        wrong("schema_version", format!("schema_version is {}; this Towpath reads {SCHEMA_VERSION}.", connector.schema_version));
    }
    let version = &connector.version;
    if version.is_empty() || version.len() > 40 || !version.bytes().all(|b| b.is_ascii_alphanumeric() || b".-+".contains(&b)) {
        wrong("version", "The version is 1 to 40 letters, digits and . - +, such as 1.0.0.".into());
    }
    for (key, value) in [("name", &connector.name), ("template", &connector.template)] {
        if value.trim().is_empty() {
            wrong(key, format!("{key} is empty: it is what people choose by."));
        }
    }
    let mut names = BTreeSet::new();
    for attribute in &connector.attributes {
        let name = &attribute.name;
        let line = format!("name = \"{name}\"");
        if !names.insert(name.to_lowercase()) {
            wrong(&line, format!("the attribute {name} is there twice."));
        }
        if ConnectorId::parse(name).is_err() {
            wrong(&line, format!("the attribute name ‘{name}’ has characters other than letters, digits and . _ -."));
        }
        if attribute.path.trim().is_empty() {
            wrong(&line, format!("the attribute {name} has no path."));
        } else if let Err(clause) = scim::check_path(&attribute.path) {
            wrong(&line, format!("the attribute {name} cannot be written: {clause}."));
        }
    }
    match connector.attributes.iter().filter(|a| a.matching).count() {
        1 => {}
        n => wrong("matching", format!("{n} attributes have matching = true; exactly one finds an existing user.")),
    }
    let url = connector.target.iter().find(|f| f.name == "scim_url");
    if !url.is_some_and(|f| f.kind == TargetFieldKind::Url && f.required) {
        wrong("name = \"scim_url\"", "a required target field scim_url of kind url is missing.".into());
    }
    let mut fields = BTreeSet::new();
    for field in &connector.target {
        if !fields.insert(&field.name) {
            wrong(&format!("name = \"{}\"", field.name), format!("the target field {} is there twice.", field.name));
        }
    }
    if let Auth::Bearer { token } = &connector.auth
        && !connector.target.iter().any(|f| &f.name == token && f.kind == TargetFieldKind::Secret)
    {
        wrong("token", format!("auth names the field {token}, which is not a target field of kind secret."));
    }
    if let Some(saml) = &connector.saml
        && !saml.subject.is_empty()
        && connector.attribute(&saml.subject).is_none()
    {
        wrong("subject", format!("saml.subject names {}, which is not an attribute.", saml.subject));
    }
    let limits = &connector.limits;
    let sane = |rate: f64| rate.is_finite() && (0.0..=10_000.0).contains(&rate);
    let mut rates = [limits.writes_per_second, limits.reads_per_second, limits.memberships_per_second]
        .into_iter()
        .chain([limits.all_writes_per_second, limits.all_reads_per_second])
        .chain(limits.operations.values().copied());
    if !rates.all(sane) || limits.max_concurrency == 0 || limits.max_concurrency > 64 {
        wrong("[limits]", "limits: rates are 0 to 10000 a second and max_concurrency is 1 to 64.".into());
    }
    let dialect = &connector.dialect;
    if dialect.page_size == 0 || dialect.members_per_request == 0 {
        wrong("[dialect]", "dialect: page_size and members_per_request are at least 1.".into());
    }
    if !dialect.match_filter.is_empty() && !dialect.match_filter.contains("%s") {
        wrong("match_filter", "dialect: match_filter has %s where the value stands, such as emails eq \"%s\".".into());
    }
    if !connector.retry.statuses.iter().all(|status| (400..=599).contains(status)) {
        wrong("statuses", "retry: statuses are those of refusals and failures, 400 to 599.".into());
    }
    for (key, path) in [("users_path", &dialect.users_path), ("groups_path", &dialect.groups_path)] {
        if !path.starts_with('/') {
            wrong(key, format!("dialect: {key} begins with a slash, such as /Users."));
        }
    }
    found
}

fn shorten(line: &str) -> String {
    let line = line.trim_end();
    if line.chars().count() <= LONGEST_LINE { line.to_owned() } else { line.chars().take(LONGEST_LINE).chain("…".chars()).collect() }
}

/// What the parser says, as one sentence.
pub(super) fn sentence(message: &str) -> String {
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    if message.ends_with('.') { message } else { format!("{message}.") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = include_str!("../../../../connectors/aws-iam-identity-center.toml");

    fn line_of(text: &str, part: &str) -> u32 {
        text.split('\n').position(|line| line.contains(part)).unwrap() as u32 + 1
    }

    #[test]
    fn every_line_that_is_wrong_is_said() {
        let text = GOOD.replacen("required = true", "requird = true", 1).replacen("description = ", "descripton = ", 1).replacen(
            "burst = 5",
            "burst = \"five\"",
            1,
        );
        let problems = read(&text).unwrap_err();
        let lines: BTreeSet<_> = problems.iter().filter_map(|problem| problem.line).collect();
        for part in ["requird", "descripton", "\"five\""] {
            let line = line_of(&text, part);
            assert!(lines.contains(&line), "{part} on {line}: {problems:?}");
            let problem = problems.iter().find(|problem| problem.line == Some(line)).unwrap();
            assert!(problem.text.contains(part) && problem.message.ends_with('.'), "{problem:?}");
        }
    }

    #[test]
    fn what_is_well_formed_and_wrong_has_its_line_too() {
        let text =
            GOOD.replacen("name = \"displayName\"", "name = \"userName\"", 1).replacen("schema_version = 1", "schema_version = 9", 1);
        let problems = read(&text).unwrap_err();
        assert_eq!(problems[0].line, Some(line_of(&text, "schema_version")));
        let twice = problems.iter().find(|problem| problem.message.contains("twice")).unwrap();
        assert!(twice.line > Some(line_of(&text, "name = \"userName\"")), "the second of them: {twice:?}");
        let empty = read("").unwrap_err();
        assert_eq!(empty.len(), 1);
        assert!(empty[0].message.contains("missing field"), "{empty:?}");
    }

    #[test]
    fn nonsense_ends() {
        let problems = read(&"= [ \n".repeat(5_000)).unwrap_err();
        assert!(!problems.is_empty() && problems.len() <= MOST);
    }

    #[test]
    fn a_text_that_was_cut_off_is_no_fault() {
        for end in (0..GOOD.len()).step_by(97).filter(|end| GOOD.is_char_boundary(*end)) {
            let _ = read(&GOOD[..end]);
        }
    }
}
