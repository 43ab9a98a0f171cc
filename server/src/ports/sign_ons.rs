//! What became of sign-ons, and what would be said of somebody.

use super::words::past;
use super::{Ports, as_u32, refuse};
use app::backend::SignOns;
use app::error::AppError;
use app::routes::Page;
use app::views::connections::FilterView;
use app::views::sign_ons::{SignOnList, SignOnRow, TrialOutcome, TrialPage};
use app::views::{StateView, Tone};
use async_trait::async_trait;
use domain::actor::Actor;
use domain::id::ConnectionId;
use domain::model::browser_sso::ValueSource;
use service::sign_on::{Said, Trial};
use store::{SignOn, SignOnQuery};
use url::form_urlencoded::{Serializer, parse};

/// Rows of a page.
const ROWS: u32 = 20;

/// What an address asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Asked {
    query: SignOnQuery,
    page: u32,
}

impl Asked {
    /// Reads the query of an address; what it does not know is as if it were not there.
    fn read(text: &str) -> Self {
        let mut asked = Self { query: SignOnQuery::default(), page: 1 };
        for (name, value) in parse(text.trim_start_matches('?').as_bytes()) {
            match &*name {
                "person" => asked.query.person = value.trim().chars().take(200).collect(),
                "result" => asked.query.is_success = result_of(&value),
                "connection" => asked.query.connection = ConnectionId::parse(&value).ok(),
                "page" => asked.page = value.parse().unwrap_or(1).max(1),
                _ => {}
            }
        }
        asked
    }

    /// The address of a page without its number.
    fn base(query: &SignOnQuery) -> String {
        let connection = query.connection.as_ref().map_or("", ConnectionId::as_str);
        let pairs = [("person", query.person.as_str()), ("result", result(query.is_success)), ("connection", connection)];
        let set = pairs.into_iter().filter(|(_, value)| !value.is_empty());
        let text = Serializer::new(String::new()).extend_pairs(set).append_pair("page", "").finish();
        format!("{}?{text}", Page::SignOns.href())
    }
}

fn result(is_success: Option<bool>) -> &'static str {
    match is_success {
        None => "",
        Some(true) => "success",
        Some(false) => "failure",
    }
}

fn result_of(value: &str) -> Option<bool> {
    [true, false].into_iter().find(|is| result(Some(*is)) == value)
}

fn filter(name: &str, label: &str, choices: Vec<(String, String)>, chosen: &str) -> FilterView {
    FilterView { name: name.to_owned(), label: label.to_owned(), choices, chosen: chosen.to_owned() }
}

#[async_trait]
impl SignOns for Ports {
    async fn list(&self, actor: &Actor, query: &str) -> Result<SignOnList, AppError> {
        let Asked { query, page } = Asked::read(query);
        let read =
            |page: u32| self.service.list_sign_ons(actor, &query, store::Page { offset: (page - 1).saturating_mul(ROWS), limit: ROWS });
        let (mut rows, total) = read(page).await.map_err(refuse)?;
        let total = u32::try_from(total).unwrap_or(u32::MAX);
        let pages = total.div_ceil(ROWS).max(1);
        // An address of a page that is not there any more shows the last.
        let page = page.min(pages);
        if rows.is_empty() && total > 0 {
            rows = read(page).await.map_err(refuse)?.0;
        }
        let names = self.service.list_connections(actor).await.map_err(refuse)?;
        let signing_on = names.into_iter().filter(|connection| connection.browser_sso_profiles);
        let connections = std::iter::once((String::new(), "All".to_owned()))
            .chain(signing_on.map(|connection| (connection.id.to_string(), connection.general.name)))
            .collect();
        let results = [("", "All"), ("success", "Signed on or off"), ("failure", "Refused")];
        let results = results.map(|(id, label)| (id.to_owned(), label.to_owned())).to_vec();
        let chosen = query.connection.as_ref().map_or("", ConnectionId::as_str);
        let first = (page - 1) * ROWS;
        Ok(SignOnList {
            is_empty: total == 0 && query == SignOnQuery::default(),
            counted: match total {
                0 => "None".to_owned(),
                _ => format!("{} to {} of {total}", first + 1, first + as_u32(rows.len())),
            },
            filters: vec![
                filter("result", "Result", results, result(query.is_success)),
                filter("connection", "Connection", connections, chosen),
            ],
            base: Asked::base(&query),
            rows: rows.into_iter().map(|sign_on| row(sign_on, self.now())).collect(),
            person: query.person,
            page,
            pages,
        })
    }

    async fn try_assertion(&self, actor: &Actor, id: &ConnectionId, query: &str) -> Result<TrialPage, AppError> {
        let (mut username, mut adapter) = (String::new(), String::new());
        for (name, value) in parse(query.trim_start_matches('?').as_bytes()) {
            match &*name {
                "username" => username = value.chars().take(1024).collect(),
                "adapter" => adapter = value.into_owned(),
                _ => {}
            }
        }
        let chosen = Some(adapter.as_str()).filter(|adapter| !adapter.is_empty());
        let trial = self.service.try_assertion(actor, id, chosen, &username).await.map_err(refuse)?;
        let Trial { connection, adapters, outcome } = trial;
        Ok(TrialPage {
            id: connection.id,
            name: connection.general.name,
            username,
            adapter: (adapters.len() > 1).then(|| filter("adapter", "IdP Adapter", adapters, &adapter)),
            outcome: outcome.map(|outcome| match outcome {
                Ok(said) => came(*said),
                Err(why) => TrialOutcome::Refused(why),
            }),
        })
    }
}

fn row(sign_on: SignOn, now: i64) -> SignOnRow {
    let is_off = sign_on.event == "SLO";
    let (label, tone) = match (sign_on.is_success, is_off) {
        (true, false) => ("Signed on", Tone::Good),
        (true, true) => ("Signed off", Tone::Quiet),
        (false, _) => ("Refused", Tone::Warning),
    };
    let sentence = match (sign_on.is_success, sign_on.code.as_str()) {
        (false, code) => format!("{} ({code})", sign_on.reason),
        (true, "session") => "By a session that was open.".to_owned(),
        _ => String::new(),
    };
    let adapter = Some(&sign_on.adapter).filter(|adapter| !adapter.is_empty());
    SignOnRow {
        at: past(sign_on.at, now),
        state: StateView { label: label.to_owned(), tone, sentence },
        how: adapter.map_or_else(String::new, |adapter| format!("{adapter}, {} ms", sign_on.took_ms)),
        person: sign_on.person,
        connection: sign_on.connection,
        address: sign_on.address,
        tracking: sign_on.tracking,
    }
}

fn came(said: Said) -> TrialOutcome {
    let fact = |label: &str, value: String| (label.to_owned(), value);
    let mut facts = vec![
        fact("NameID", said.name),
        fact("Format", said.format),
        fact("IdP Adapter", said.adapter),
        fact("Entry of the look-up", said.found),
        fact("Sent to", said.consumer),
    ];
    facts.retain(|(_, value)| !value.is_empty());
    let from = |source: ValueSource, from: String| match source {
        ValueSource::None => source.label().to_owned(),
        _ => format!("{}: {from}", source.label()),
    };
    let rows = said.rows.into_iter().map(|row| {
        let values = if row.values.is_empty() { "no value".to_owned() } else { row.values.join(", ") };
        (row.attribute, from(row.source, row.from), values)
    });
    TrialOutcome::Said { facts, warnings: said.warnings, rows: rows.collect(), xml: indented(&said.xml) }
}

/// XML with a line for each element, for reading.
fn indented(xml: &str) -> String {
    let mut out = String::with_capacity(xml.len() * 2);
    let mut depth = 0usize;
    // The declaration stands on a line of its own.
    let body = xml.find("?>").map_or(0, |end| end + 2);
    let (declaration, mut rest) = xml.split_at(body);
    if !declaration.is_empty() {
        out.push_str(declaration);
        out.push('\n');
    }
    rest = rest.trim_start();
    while let Some(at) = end_of_line(rest) {
        let (line, after) = rest.split_at(at);
        depth = push(&mut out, line, depth);
        rest = after;
    }
    push(&mut out, rest, depth);
    out
}

/// Where a line ends: between two elements; an element with nothing in it is one line.
fn end_of_line(xml: &str) -> Option<usize> {
    let first = xml.find("><")? + 1;
    let is_empty = !xml.starts_with("</") && !xml[..first].contains("</") && xml[first..].starts_with("</");
    if is_empty { xml[first..].find("><").map(|more| first + more + 1) } else { Some(first) }
}

/// Adds a line; answers how deep the next one is.
fn push(out: &mut String, line: &str, depth: usize) -> usize {
    let closes = line.starts_with("</");
    let own = if closes { depth.saturating_sub(1) } else { depth };
    out.push_str(&"  ".repeat(own));
    out.push_str(line);
    out.push('\n');
    if closes || line.contains("</") || line.ends_with("/>") { own } else { own + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_asks_and_is_made_again() {
        let asked = Asked::read("?person=Ada+L&result=failure&connection=c1&page=3&x=y");
        let query = SignOnQuery { is_success: Some(false), connection: ConnectionId::parse("c1").ok(), person: "Ada L".into() };
        assert_eq!(asked, Asked { query: query.clone(), page: 3 });
        assert_eq!(Asked::base(&query), "/sign-ons?person=Ada+L&result=failure&connection=c1&page=");
        assert_eq!(Asked::read("page=0&result=x&connection=%2F"), Asked { page: 1, ..Asked::default() });
        assert_eq!(Asked::base(&SignOnQuery::default()), "/sign-ons?page=");
    }

    #[test]
    fn xml_is_indented_by_element() {
        let lines = ["<?xml version=\"1.0\"?>", "<a x=\"1\">", "  <b>t</b>", "  <c>", "    <d></d>", "    <e></e>", "  </c>", "</a>", ""];
        let xml = "<?xml version=\"1.0\"?>\n<a x=\"1\"><b>t</b><c><d></d><e></e></c></a>";
        assert_eq!(indented(xml), lines.join("\n"));
        assert_eq!(indented("<a></a>"), "<a></a>\n");
    }
}
