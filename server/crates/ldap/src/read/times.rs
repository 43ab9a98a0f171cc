//! Changes told by the time that each entry keeps of its last change: `modifyTimestamp`, `whenChanged`.
//!
//! Servers do not tell their time, so the newest time that was read stands for it. It is put back by as long as the read took (what
//! changed behind a read that was under way is then asked for again), and never lies ahead of our own clock: an entry with a time in the
//! future would hide all that happens until then. Each search begins some minutes before the watermark, and takes in entries of the very
//! second it begins with: clocks of servers differ, a change may become visible a moment after the time it carries, and a replica hands
//! on the times of another server.

use super::{Halt, Reading};
use crate::connection::Connection;
use crate::entry::Decoder;
use crate::error::LdapError;
use crate::filter::EncodedFilter;
use crate::read::sweep::Pass;
use crate::time;
use domain::model::cycle::Watermark;
use siphasher::sip128::{Hasher128, SipHasher13};
use std::hash::Hasher as _;
use tokio::time::Instant;

/// How far before the watermark a search begins.
const OVERLAP_SECS: i64 = 300;

/// What the times of entries said.
#[derive(Debug)]
pub(super) struct Times {
    began: Instant,
    /// The newest one.
    newest: Option<i64>,
    /// Entries without a time, or with none that can be read.
    missing: bool,
}

impl Default for Times {
    fn default() -> Self {
        Self { began: Instant::now(), newest: None, missing: false }
    }
}

impl Times {
    /// The time of one person's entry.
    pub(super) fn note(&mut self, changed_at: Option<i64>) {
        match changed_at {
            Some(at) => self.newest = self.newest.max(Some(at)),
            None => self.missing = true,
        }
    }
}

impl Reading<'_> {
    /// A watermark whose time comes once people were read. What it needs besides is where containers are: a renamed one renames the
    /// people below it, whose times do not move.
    pub(super) async fn begin_times(&mut self, connection: &mut Connection) -> Result<Watermark, Halt> {
        let server = connection.server().to_string();
        let decoder = Decoder::anchored(&self.directory.settings, self.request.source, &[]);
        let request = self.search(Self::containers(), decoder.names());
        let mut places = Vec::new();
        self.sweep(connection, request, "the search of containers", &mut Pass::Places(decoder, &mut places)).await?;
        places.sort_unstable();
        let mut mixer = SipHasher13::new();
        let mut text = |text: &str| {
            mixer.write(&(text.len() as u64).to_le_bytes());
            mixer.write(text.as_bytes());
        };
        for (id, dn) in &places {
            text(id.as_ref().map_or("", |id| id.0.as_str()));
            text(dn);
        }
        Ok(Watermark { server, life: format!("{:032x}", mixer.finish128().as_u128()), value: String::new() })
    }

    pub(super) async fn follows_by_time(&mut self, connection: &mut Connection, mark: &Watermark, now: &Watermark) -> Result<bool, Halt> {
        let because = |why: &str| Some(format!("Everybody was read, because {why}."));
        let Some(at) = time::parse(&mark.value) else { return Ok(false) };
        if mark.server != now.server {
            self.notes.not_followed = because(&format!("the last read came from another server, {}", mark.server));
            return Ok(false);
        }
        if mark.life != now.life {
            self.notes.not_followed = because("an organizational unit or container below the Base DN was added, renamed or removed");
            return Ok(false);
        }
        // The directory that had it has forgotten it: the entry was deleted, or the directory restored from a backup.
        let newest = EncodedFilter::all([self.user_filter(), self.at_or_after(at)?]);
        let request = self.search(newest, Vec::new());
        let mut names = Vec::new();
        self.sweep(connection, request, "the search of the newest users", &mut Pass::NameTexts(&mut names)).await?;
        if names.is_empty() {
            self.notes.not_followed =
                because("nobody is as new as the newest entry of the last read: it was deleted, or the directory restored");
            return Ok(false);
        }
        Ok(true)
    }

    /// Puts the time into the watermark once people were read.
    pub(super) fn stand_by_time(&mut self) {
        let took = i64::try_from(self.times.began.elapsed().as_secs()).unwrap_or(i64::MAX).saturating_add(1);
        let before = self.request.since.filter(|_| !self.is_full).and_then(|since| time::parse(&since.mark.value));
        let read = self.times.newest.map(|at| at.min(self.request.now.div_euclid(1000)).saturating_sub(took));
        match before.max(read).filter(|_| !self.times.missing) {
            Some(at) => {
                if let Some(mark) = &mut self.watermark {
                    mark.value = time::write(at);
                }
            }
            None => {
                self.watermark = None;
                if self.times.missing {
                    self.notes.no_changes = Some(format!(
                        "Everybody is read in every cycle, because entries have no time in the Timestamp Attribute ‘{}’. Check Source Settings, \
                         and that the bind account may read it.",
                        self.request.source.timestamp_attribute
                    ));
                }
            }
        }
    }

    /// Entries that changed at the watermark or later, and in the minutes before it.
    pub(super) fn changed_since_time(&self, mark: &Watermark, negated: bool) -> Result<EncodedFilter, LdapError> {
        let from = time::parse(&mark.value).unwrap_or_default().saturating_sub(OVERLAP_SECS);
        if !negated {
            return self.at_or_after(from);
        }
        let name = self.request.source.timestamp_attribute.trim();
        Self::filter(&format!("(!({name}<={}))", time::write(from - 1)), "Timestamp Attribute")
    }

    fn at_or_after(&self, second: i64) -> Result<EncodedFilter, LdapError> {
        let name = self.request.source.timestamp_attribute.trim();
        Self::filter(&format!("({name}>={})", time::write(second)), "Timestamp Attribute")
    }
}
