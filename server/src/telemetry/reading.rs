//! Reads logs from their end: as much as fits on a page and is asked for, through the files of earlier days, within a bound.

use super::files::Log;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use tracing::Level;

/// Read at once.
const CHUNK: u64 = 64 * 1024;
/// So much is looked through for one page; then the page says how far it came.
const MOST_READ: u64 = 8 * 1024 * 1024;
/// Of a longer entry only the beginning is kept.
const LONGEST: usize = 16 * 1024;

/// Which entries are asked for; what is empty narrows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Those with this in them, whatever its case.
    pub text: String,
    /// Those at this level or a graver one; of lines that say whether something was done, `WARN` is those where it was not.
    pub level: Option<Level>,
    /// Those with this id in them.
    pub channel: String,
}

/// A place in a log: entries before it are older.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Day of the file, as in its name.
    pub day: String,
    /// Byte in it.
    pub offset: u64,
}

impl Place {
    /// As in an address.
    pub fn id(&self) -> String {
        format!("{}.{}", self.day, self.offset)
    }

    /// The reverse; `None` for what is none.
    pub fn parse(id: &str) -> Option<Self> {
        let (day, offset) = id.split_once('.')?;
        let is_day = day.len() == 10 && day.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        Some(Self { day: day.to_owned(), offset: offset.parse().ok()? }).filter(|_| is_day)
    }
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its level; of a line that says whether something was done, `WARN` where it was not.
    pub level: Option<Level>,
    /// All of it, with its time; lines of one entry stay lines.
    pub text: String,
}

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The newest first.
    pub entries: Vec<Entry>,
    /// Where older ones are; `None`: there are none.
    pub older: Option<Place>,
}

/// Reads the newest entries before a place that a query asks for, at most `limit`.
pub fn read(folder: &Path, log: Log, query: &Query, before: Option<&Place>, limit: usize) -> io::Result<Found> {
    let mut found = Found::default();
    let mut left = MOST_READ;
    let text = query.text.to_lowercase();
    let days: Vec<String> = days(folder, log)?.into_iter().filter(|day| before.is_none_or(|at| *day <= at.day)).collect();
    for (n, day) in days.iter().enumerate() {
        let file = File::open(folder.join(format!("{}.{day}.log", log.prefix())))?;
        let end = file.metadata()?.len();
        let end = before.filter(|at| at.day == *day).map_or(end, |at| at.offset.min(end));
        let mut lines = Backward::new(file, end);
        let mut entry_end = end;
        // Lines that belong to the entry whose first line comes next.
        let mut rest = String::new();
        while let Some((offset, line)) = lines.next(&mut left)? {
            if !begins(&line) {
                rest.insert_str(0, &line);
                rest.insert(0, '\n');
                cut(&mut rest);
                continue;
            }
            entry_end = offset;
            let mut entry = Entry { level: level(log, &line), text: line };
            entry.text.push_str(&std::mem::take(&mut rest));
            cut(&mut entry.text);
            if is_asked_for(&entry, query, &text) {
                found.entries.push(entry);
                if found.entries.len() == limit {
                    let is_last = offset == 0 && n + 1 == days.len();
                    found.older = (!is_last).then(|| Place { day: day.clone(), offset });
                    return Ok(found);
                }
            }
            if left == 0 {
                found.older = Some(Place { day: day.clone(), offset });
                return Ok(found);
            }
        }
        if left == 0 && lines.end > 0 {
            // In the midst of an entry, which is read anew from its end. One that is longer than may be read loses that.
            let offset = if entry_end - lines.at < MOST_READ / 2 { entry_end } else { lines.at };
            found.older = Some(Place { day: day.clone(), offset });
            return Ok(found);
        }
    }
    Ok(found)
}

/// Days of which there is a file, the newest first.
fn days(folder: &Path, log: Log) -> io::Result<Vec<String>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut days = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        let day = name.to_str().and_then(|name| name.strip_prefix(log.prefix())?.strip_prefix('.')?.strip_suffix(".log"));
        days.extend(day.filter(|day| day.len() == 10).map(str::to_owned));
    }
    days.sort_unstable_by(|a, b| b.cmp(a));
    Ok(days)
}

/// Whether a line begins an entry: with a time.
fn begins(line: &str) -> bool {
    let bytes = line.as_bytes();
    bytes.len() > 20 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-' && bytes[10] == b'T'
}

fn level(log: Log, line: &str) -> Option<Level> {
    let column = |name: &str| {
        let at = log.columns().iter().position(|column| *column == name)?;
        line.split('|').nth(at).map(str::trim)
    };
    match log {
        Log::ProvisionerAudit => (column("Success")? == "false").then_some(Level::WARN),
        Log::Audit => (column("Status")? == "failure").then_some(Level::WARN),
        Log::Server | Log::Provisioner | Log::Admin => line.split_whitespace().nth(1)?.parse().ok(),
    }
}

fn is_asked_for(entry: &Entry, query: &Query, text: &str) -> bool {
    // Graver levels are lesser.
    let is_grave = query.level.is_none_or(|most| entry.level.is_some_and(|level| level <= most));
    is_grave
        && (query.channel.is_empty() || entry.text.contains(&query.channel))
        && (text.is_empty() || entry.text.to_lowercase().contains(text))
}

fn cut(text: &mut String) {
    if text.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST));
        text.push('…');
    }
}

/// Lines of a file from a place backward.
struct Backward {
    file: File,
    /// Begin of what is in `bytes`.
    at: u64,
    /// End of what was not yet given away.
    end: u64,
    bytes: Vec<u8>,
}

impl Backward {
    fn new(file: File, end: u64) -> Self {
        Self { file, at: end, end, bytes: Vec::new() }
    }

    /// The line before, with the place where it begins. `left` is what may still be read: nothing is given when it is used up.
    fn next(&mut self, left: &mut u64) -> io::Result<Option<(u64, String)>> {
        loop {
            // The end of this line is the end of what is left; the one before it ends at the break before that.
            let until = self.bytes.len() - usize::from(self.bytes.last() == Some(&b'\n'));
            if let Some(found) = self.bytes[..until].iter().rposition(|byte| *byte == b'\n') {
                let begin = found + 1;
                let line = text(&self.bytes[begin..until]);
                self.bytes.truncate(begin);
                self.end = self.at + begin as u64;
                return Ok(Some((self.end, line)));
            }
            if self.at == 0 {
                if self.bytes.is_empty() {
                    return Ok(None);
                }
                let line = text(&self.bytes[..until]);
                self.bytes.clear();
                self.end = 0;
                return Ok(Some((0, line)));
            }
            if *left == 0 {
                return Ok(None);
            }
            let size = CHUNK.min(self.at);
            *left = left.saturating_sub(size);
            let mut chunk = vec![0; size as usize];
            self.file.seek(SeekFrom::Start(self.at - size))?;
            self.file.read_exact(&mut chunk)?;
            // What is longer than anybody reads loses its end.
            self.bytes.truncate(2 * LONGEST);
            chunk.append(&mut self.bytes);
            self.bytes = chunk;
            self.at -= size;
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.strip_suffix(b"\r").unwrap_or(bytes)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    fn line(second: u32, level: &str, text: &str) -> String {
        format!("2026-11-24T16:00:{second:02}.000000Z {level:>5} provisioner: {text}\n")
    }

    fn texts(found: &Found) -> Vec<&str> {
        found.entries.iter().map(|entry| entry.text.rsplit(": ").next().unwrap()).collect()
    }

    fn all(folder: &Path, log: Log, query: &Query, limit: usize) -> Vec<String> {
        let (mut before, mut all) = (None, Vec::new());
        loop {
            let found = read(folder, log, query, before.as_ref(), limit).unwrap();
            assert!(found.entries.len() <= limit);
            all.extend(texts(&found).into_iter().map(str::to_owned));
            match found.older {
                None => return all,
                // Through its text, as an address has it.
                Some(place) => before = Some(Place::parse(&place.id()).unwrap()),
            }
        }
    }

    #[test]
    fn the_newest_come_first_through_the_files_of_all_days() {
        let folder = folder(&[
            ("server.2026-11-24.log", &(line(1, "INFO", "c") + &line(2, "WARN", "d"))),
            ("server.2026-11-22.log", &line(0, "INFO", "a")),
            ("server.2026-11-23.log", &line(0, "ERROR", "b")),
            ("server.log", "a link"),
            ("server.2026-11-23.log.gz", "no log"),
            ("admin.2026-11-24.log", &line(1, "INFO", "another")),
        ]);
        for limit in 1..6 {
            assert_eq!(all(folder.path(), Log::Server, &Query::default(), limit), ["d", "c", "b", "a"], "{limit}");
        }
        let warn = Query { level: Some(Level::WARN), ..Query::default() };
        assert_eq!(all(folder.path(), Log::Server, &warn, 9), ["d", "b"]);
        assert_eq!(all(folder.path(), Log::Provisioner, &Query::default(), 9), [] as [&str; 0]);
        assert_eq!(read(&folder.path().join("none"), Log::Server, &warn, None, 9).unwrap(), Found::default());
    }

    #[test]
    fn a_text_and_a_channel_narrow_and_lines_of_one_entry_stay_together() {
        let text = line(1, "INFO", "Größe of channel=x1") + &line(2, "INFO", "first\n  second line\nthird") + &line(3, "DEBUG", "of x1");
        let folder = folder(&[("provisioner.2026-11-24.log", &text)]);
        let ask = |text: &str, channel: &str| Query { text: text.into(), channel: channel.into(), level: None };
        let found = |query| read(folder.path(), Log::Provisioner, &query, None, 9).unwrap();
        assert_eq!(texts(&found(ask("GRÖSSE", ""))), [] as [&str; 0], "no other letters");
        assert_eq!(texts(&found(ask("GRÖßE", ""))), ["Größe of channel=x1"]);
        assert_eq!(texts(&found(ask("", "x1"))), ["of x1", "Größe of channel=x1"]);
        assert_eq!(texts(&found(ask("THIRD", ""))), ["first\n  second line\nthird"]);
    }

    #[test]
    fn lines_that_say_whether_it_was_done_are_narrowed_by_that() {
        let done = "2026-11-24T16:00:00.123Z| cy| ch| CREATE_USER| s1| t1| true| \n";
        let failed = "2026-11-24T16:00:01.123Z| cy| ch| CREATE_USER| s2| | false| rejected: no\n";
        let folder = folder(&[("audit-provisioner.2026-11-24.log", &format!("{done}{failed}"))]);
        let failures = Query { level: Some(Level::WARN), ..Query::default() };
        let found = read(folder.path(), Log::ProvisionerAudit, &failures, None, 9).unwrap();
        assert_eq!(found.entries.iter().map(|entry| entry.text.as_str()).collect::<Vec<_>>(), [failed.trim_end()]);
    }

    #[test]
    fn what_is_read_is_bounded_and_what_is_long_is_cut() {
        let mut text = String::new();
        let (long, rows) = ("x".repeat(1_000), 12_000);
        for n in 0..rows {
            writeln!(text, "{}", line(n % 60, "INFO", &format!("{n} {long}")).trim_end()).unwrap();
        }
        text.push_str(&line(1, "INFO", &"y".repeat(3 * 64 * 1024)));
        let folder = folder(&[("server.2026-11-24.log", &text)]);
        let first = read(folder.path(), Log::Server, &Query::default(), None, 1).unwrap();
        assert!(first.entries[0].text.len() < LONGEST + 9 && first.entries[0].text.ends_with("yyy…"));
        // What only the oldest line has is found by going on, each time from where the last one ended.
        let rare = Query { text: format!(" 0 {long}"), ..Query::default() };
        let (mut before, mut rounds) = (None, 0);
        let found = loop {
            rounds += 1;
            let found = read(folder.path(), Log::Server, &rare, before.as_ref(), 9).unwrap();
            match found.older {
                Some(place) => {
                    assert_eq!(found.entries, []);
                    before = Some(place);
                }
                None => break found,
            }
        };
        assert_eq!((found.entries.len(), rounds), (1, 2));
    }

    #[test]
    fn an_entry_that_is_longer_than_all_that_may_be_read_does_not_end_the_search() {
        let text = line(0, "INFO", "old") + &line(1, "INFO", &"z".repeat(MOST_READ as usize + 200_000)) + &line(2, "INFO", "new");
        let folder = folder(&[("server.2026-11-24.log", &text)]);
        let names: Vec<_> =
            all(folder.path(), Log::Server, &Query::default(), 9).into_iter().map(|t| t.chars().take(3).collect::<String>()).collect();
        assert_eq!((names.first().map(String::as_str), names.last().map(String::as_str)), (Some("new"), Some("old")));
    }

    #[test]
    fn places_are_read_from_addresses_with_care() {
        for bad in ["", "2026-11-24", "2026-11-24.x", "../../etc/pw.1", "2026-11-2.1", "2026-11-24.-1"] {
            assert_eq!(Place::parse(bad), None, "{bad}");
        }
        assert_eq!(Place::parse("2026-11-24.12"), Some(Place { day: "2026-11-24".into(), offset: 12 }));
    }
}
