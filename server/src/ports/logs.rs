//! The log viewer: which entries of which log an address asks for.

use super::{Ports, log_internal, refuse};
use crate::telemetry::files::Log;
use crate::telemetry::reading::{self, Entry, Found, Place, Query};
use app::backend::Logs;
use app::error::AppError;
use app::routes::Page;
use app::views::Tone;
use app::views::connections::FilterView;
use app::views::logs::{LogCell, LogPage, LogRow};
use async_trait::async_trait;
use domain::actor::Actor;
use domain::id::{ChannelId, CycleId};
use std::collections::BTreeMap;
use tracing::Level;
use url::form_urlencoded::{Serializer, parse};

/// Entries of a page.
const ENTRIES: usize = 100;
/// Letters that anybody searches for.
const LONGEST_TEXT: usize = 200;

const LEVELS: [Level; 4] = [Level::DEBUG, Level::INFO, Level::WARN, Level::ERROR];

/// What an address asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    log: Log,
    query: Query,
    before: Option<Place>,
    follows: bool,
}

impl Asked {
    /// Reads the query of an address; what it does not know is as if it were not there.
    fn read(text: &str) -> Self {
        let mut asked = Self { log: Log::Server, query: Query::default(), before: None, follows: true };
        for (name, value) in parse(text.trim_start_matches('?').as_bytes()) {
            match &*name {
                "log" => asked.log = Log::named(&value).unwrap_or(Log::Server),
                "level" => asked.query.level = value.parse().ok().filter(|level| LEVELS.contains(level)),
                "channel" => asked.query.channel = ChannelId::parse(&value).map(|id| id.to_string()).unwrap_or_default(),
                "q" => asked.query.text = value.trim().chars().take(LONGEST_TEXT).collect(),
                "before" => asked.before = Place::parse(&value),
                "follow" => asked.follows = value != "0",
                _ => {}
            }
        }
        asked
    }

    fn href(&self) -> String {
        let before = self.before.as_ref().map(Place::id).unwrap_or_default();
        let level = self.query.level.map(|level| level.to_string()).unwrap_or_default();
        let pairs = [
            ("log", self.log.name()),
            ("level", &level),
            ("channel", &self.query.channel),
            ("q", &self.query.text),
            ("before", &before),
            ("follow", if self.follows { "" } else { "0" }),
        ];
        let text = Serializer::new(String::new()).extend_pairs(pairs.into_iter().filter(|(_, value)| !value.is_empty())).finish();
        format!("{}?{text}", Page::Logs.href())
    }
}

/// The log whose newest entries an address shows as they are written; `None` where it shows older ones, or asked to be left alone.
pub(crate) fn followed(address: &str) -> Option<Log> {
    let asked = Asked::read(address);
    (asked.follows && asked.before.is_none()).then_some(asked.log)
}

#[async_trait]
impl Logs for Ports {
    async fn read(&self, actor: &Actor, address: &str) -> Result<LogPage, AppError> {
        self.service.may_read_logs(actor).map_err(refuse)?;
        let asked = Asked::read(address);
        let names: BTreeMap<String, String> = self
            .service
            .list_channels(actor)
            .await
            .map_err(refuse)?
            .into_iter()
            .map(|glance| (glance.channel.id.to_string(), format!("{} ({})", glance.channel.name, glance.channel.connection_name)))
            .collect();
        let (folder, of) = (self.log_folder.clone(), asked.clone());
        // Files are read where waiting for them keeps nobody else.
        let found = tokio::task::spawn_blocking(move || reading::read(&folder, of.log, &of.query, of.before.as_ref(), ENTRIES)).await;
        let found = match found {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => return Err(AppError::Internal { code: log_internal(&error) }),
            Err(error) => return Err(AppError::Internal { code: log_internal(&error) }),
        };
        Ok(page(asked, found, &names))
    }
}

fn page(asked: Asked, found: Found, names: &BTreeMap<String, String>) -> LogPage {
    let is_narrow = asked.query != Query::default();
    let newest = Asked { before: None, ..asked.clone() };
    let follow = Asked { follows: !asked.follows, before: None, ..asked.clone() };
    let n = found.entries.len();
    let what = if n == 1 { "entry" } else { "entries" };
    let counted = match (&found.older, is_narrow) {
        (Some(place), true) => format!("{n} {what}, searched back into {}", place.day),
        (Some(_), false) => format!("{n} {what}, and older ones"),
        (None, _) => format!("{n} {what}"),
    };
    let columns = match asked.log.columns() {
        [] => vec!["Time".to_owned(), "Level".to_owned(), "Entry".to_owned()],
        columns => columns.iter().map(|column| (*column).to_owned()).collect(),
    };
    LogPage {
        name: asked.log.name().to_owned(),
        sentence: sentence(asked.log).to_owned(),
        filters: filters(&asked, names),
        counted,
        columns,
        rows: found.entries.into_iter().map(|entry| row(asked.log, entry, names)).collect(),
        older: found.older.map(|place| Asked { before: Some(place), ..asked.clone() }.href()).unwrap_or_default(),
        newest: asked.before.as_ref().map(|_| newest.href()).unwrap_or_default(),
        follow: if asked.before.is_none() { follow.href() } else { String::new() },
        follows: asked.follows,
        is_narrow,
        text: asked.query.text,
    }
}

fn sentence(log: Log) -> &'static str {
    match log {
        Log::Server => "Everything the server says of itself.",
        Log::Provisioner => "Cycles. A channel's page can have every step of it written here for a while.",
        Log::ProvisionerAudit => "One line for each operation of a cycle.",
        Log::Admin => "Who changed what.",
        Log::Audit => "One line for each sign-on and sign-off.",
    }
}

fn filters(asked: &Asked, names: &BTreeMap<String, String>) -> Vec<FilterView> {
    let filter = |name: &str, label: &str, choices: Vec<(String, String)>, chosen: &str| FilterView {
        name: name.to_owned(),
        label: label.to_owned(),
        choices,
        chosen: chosen.to_owned(),
    };
    let any = |label: &str| std::iter::once((String::new(), label.to_owned()));
    let logs = Log::ALL.map(|log| (log.name().to_owned(), format!("{}.log", log.name()))).to_vec();
    let levels: Vec<_> = match asked.log {
        Log::ProvisionerAudit | Log::Audit => any("All").chain([(Level::WARN.to_string(), "What was not done".to_owned())]).collect(),
        _ => any("All").chain(LEVELS.iter().skip(1).map(|level| (level.to_string(), and_graver(*level)))).collect(),
    };
    let mut filters = vec![
        filter("log", "Log", logs, asked.log.name()),
        filter("level", "Level", levels, &asked.query.level.map(|level| level.to_string()).unwrap_or_default()),
    ];
    let mut channels: Vec<_> = names.iter().map(|(id, name)| (id.clone(), name.clone())).collect();
    // One that is gone is still in the log.
    if !asked.query.channel.is_empty() && !names.contains_key(&asked.query.channel) {
        channels.push((asked.query.channel.clone(), asked.query.channel.clone()));
    }
    channels.sort_by_key(|(_, name)| name.to_lowercase());
    if !channels.is_empty() && asked.log != Log::Audit {
        filters.push(filter("channel", "Channel", any("All").chain(channels).collect(), &asked.query.channel));
    }
    filters
}

fn and_graver(level: Level) -> String {
    if level == Level::ERROR { level.to_string() } else { format!("{level} and graver") }
}

fn row(log: Log, entry: Entry, names: &BTreeMap<String, String>) -> LogRow {
    let plain = |text: &str| LogCell { text: text.to_owned(), link: None };
    if log.columns().is_empty() {
        let (time, rest) = entry.text.split_once(char::is_whitespace).unwrap_or((&entry.text, ""));
        let rest = rest.trim_start();
        let rest = entry.level.map_or(rest, |level| rest.strip_prefix(level.as_str()).unwrap_or(rest).trim_start());
        let level = entry.level.map(|level| (level.to_string(), tone(level)));
        return LogRow { level: Some(level.unwrap_or_else(|| ("?".into(), Tone::Quiet))), cells: vec![plain(&clock(time)), plain(rest)] };
    }
    let columns = log.columns();
    let mut cells: Vec<_> = entry.text.splitn(columns.len(), '|').map(|cell| plain(cell.trim())).collect();
    cells.resize(columns.len(), LogCell::default());
    for (column, cell) in columns.iter().zip(&mut cells) {
        match *column {
            "Time" => cell.text = clock(&cell.text),
            "Cycle" => cell.link = CycleId::parse(&cell.text).ok().map(|id| Page::Cycle(id).href()),
            "Channel" => {
                if let (Some(name), Ok(id)) = (names.get(&cell.text), ChannelId::parse(&cell.text)) {
                    *cell = LogCell { text: name.clone(), link: Some(Page::Channel(id).href()) };
                }
            }
            _ => {}
        }
    }
    LogRow { level: None, cells }
}

/// A time as it is read: with a blank, and to the thousandth.
fn clock(time: &str) -> String {
    let (date, rest) = time.split_once('T').unwrap_or((time, ""));
    format!("{date} {}", rest.trim_end_matches('Z').get(..12).unwrap_or(rest))
}

fn tone(level: Level) -> Tone {
    match level {
        Level::ERROR => Tone::Bad,
        Level::WARN => Tone::Warning,
        Level::INFO => Tone::Good,
        _ => Tone::Quiet,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_is_shown_and_which_log_is_followed() {
        for (address, href) in [
            ("", "/logs?log=server"),
            ("?log=provisioner&level=WARN&channel=c1&q=a+b", "/logs?log=provisioner&level=WARN&channel=c1&q=a+b"),
            ("log=nonsense&level=LOUD&before=x&follow=1", "/logs?log=server"),
            ("log=admin&before=2026-11-24.77&follow=0", "/logs?log=admin&before=2026-11-24.77&follow=0"),
        ] {
            assert_eq!(Asked::read(address).href(), href, "{address}");
        }
        assert_eq!(followed("?log=audit"), Some(Log::Audit));
        assert_eq!((followed("log=audit&follow=0"), followed("log=audit&before=2026-11-24.77")), (None, None));
    }

    #[test]
    fn entries_are_taken_apart() {
        let names = BTreeMap::from([("c1".to_owned(), "Everybody (AWS)".to_owned())]);
        let event =
            Entry { level: Some(Level::WARN), text: "2026-11-24T16:00:01.123456Z  WARN channel{channel=c1}: scim: slow\nmore".into() };
        let shown = row(Log::Provisioner, event, &names);
        assert_eq!(shown.level, Some(("WARN".into(), Tone::Warning)));
        let texts = |row: &LogRow| row.cells.iter().map(|cell| cell.text.clone()).collect::<Vec<_>>();
        assert_eq!(texts(&shown), ["2026-11-24 16:00:01.123", "channel{channel=c1}: scim: slow\nmore"]);
        let line = Entry { level: None, text: "2026-11-24T16:00:01.123Z| cy1| c1| CREATE_USER| s1| t1| true| ".into() };
        let shown = row(Log::ProvisionerAudit, line, &names);
        assert_eq!(texts(&shown), ["2026-11-24 16:00:01.123", "cy1", "Everybody (AWS)", "CREATE_USER", "s1", "t1", "true", ""]);
        let links: Vec<_> = shown.cells.iter().filter_map(|cell| cell.link.as_deref()).collect();
        assert_eq!(links, ["/cycles/cy1", "/channels/c1"]);
        // A line that broke off.
        assert_eq!(texts(&row(Log::Audit, Entry { level: None, text: "2026".into() }, &names)).len(), 14);
    }
}
