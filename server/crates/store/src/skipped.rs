//! Skipped: source objects left out, each with its reason and since when.

use crate::batch::{batches, text};
use crate::{Conn, Page, Result, StoreError, Tx};
use domain::id::{ChannelId, SourceId};
use domain::model::link::ObjectKind;
use domain::model::plan::{ObjectRef, Skipped};
use serde::Serialize;
use sqlx::FromRow;
use std::borrow::Cow;
use std::collections::HashMap;

/// A source object left out, and since when for that reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedSince {
    /// What, and why.
    pub skipped: Skipped,
    /// Since (unix ms).
    pub since: i64,
}

#[derive(FromRow)]
struct SkippedRow {
    kind: String,
    source_id: String,
    dn: String,
    name: String,
    reason: String,
    since: i64,
    by_entry: i64,
}

impl TryFrom<SkippedRow> for SkippedSince {
    type Error = StoreError;
    fn try_from(row: SkippedRow) -> Result<Self> {
        let kind = ObjectKind::of(&row.kind).ok_or_else(|| StoreError::corrupt("skipped", &row.dn, "its kind is not known"))?;
        let object = ObjectRef { kind, source_id: SourceId(row.source_id), name: row.name, dn: row.dn };
        Ok(Self { skipped: Skipped { object, reason: row.reason, by_entry: row.by_entry != 0 }, since: row.since })
    }
}

#[derive(Serialize)]
struct NewSkipped<'a> {
    kind: &'static str,
    source_id: Cow<'a, str>,
    dn: Cow<'a, str>,
    name: Cow<'a, str>,
    reason: Cow<'a, str>,
    since: i64,
    by_entry: i64,
}

impl Conn {
    /// What a channel leaves out, by name.
    pub async fn list_skipped(&mut self, channel: &ChannelId, page: Page) -> Result<Vec<SkippedSince>> {
        fetch_all!(
            self,
            "read what was skipped",
            SkippedRow,
            "select kind, source_id, dn, name, reason, since, by_entry from skipped where channel_id = $1 \
             order by lower(name), kind, source_id, dn limit $2 offset $3",
            channel.as_str(),
            i64::from(page.limit),
            i64::from(page.offset)
        )?
        .into_iter()
        .map(SkippedSince::try_from)
        .collect()
    }

    /// What a channel leaves out of one kind, in no order.
    pub async fn load_skipped(&mut self, channel: &ChannelId, kind: ObjectKind) -> Result<Vec<Skipped>> {
        fetch_all!(
            self,
            "read what was skipped",
            SkippedRow,
            "select kind, source_id, dn, name, reason, since, by_entry from skipped where channel_id = $1 and kind = $2",
            channel.as_str(),
            kind.id()
        )?
        .into_iter()
        .map(|row| SkippedSince::try_from(row).map(|found| found.skipped))
        .collect()
    }

    /// Everything a channel leaves out, in no order.
    async fn load_all_skipped(&mut self, channel: &ChannelId) -> Result<Vec<Skipped>> {
        let mut all = self.load_skipped(channel, ObjectKind::User).await?;
        all.extend(self.load_skipped(channel, ObjectKind::Group).await?);
        Ok(all)
    }

    /// How many objects a channel leaves out.
    pub async fn count_skipped(&mut self, channel: &ChannelId) -> Result<u32> {
        let found = fetch_optional!(
            self,
            "count what was skipped",
            (i64,),
            "select count(*) from skipped where channel_id = $1",
            channel.as_str()
        )?;
        let (count,) = found.unwrap_or_default();
        u32::try_from(count).map_err(|e| StoreError::corrupt("skipped", channel.as_str(), e))
    }
}

impl Tx {
    /// The same for one object alone: the list of the others stays as it is.
    pub async fn replace_skipped_of(
        &mut self,
        channel: &ChannelId,
        kind: ObjectKind,
        id: &SourceId,
        skipped: &[Skipped],
        now: i64,
    ) -> Result<u64> {
        let mut all = self.load_all_skipped(channel).await?;
        all.retain(|one| !(one.object.kind == kind && one.object.source_id == *id));
        all.extend(skipped.iter().filter(|one| one.object.kind == kind && one.object.source_id == *id).cloned());
        self.replace_skipped(channel, &all, now).await
    }

    /// Makes the list of what a channel leaves out equal to `skipped`, and answers how many rows that took: only differences
    /// are written, and an object that is left out for the same reason as before keeps its time.
    pub async fn replace_skipped(&mut self, channel: &ChannelId, skipped: &[Skipped], now: i64) -> Result<u64> {
        let rows = fetch_all!(
            self,
            "read what was skipped",
            SkippedRow,
            "select kind, source_id, dn, name, reason, since, by_entry from skipped where channel_id = $1",
            channel.as_str()
        )?;
        let mut before: HashMap<(&str, Cow<'_, str>, Cow<'_, str>), &SkippedRow> =
            rows.iter().map(|r| ((r.kind.as_str(), Cow::Borrowed(r.source_id.as_str()), Cow::Borrowed(r.dn.as_str())), r)).collect();
        let mut written = HashMap::new();
        for one in skipped {
            let row = NewSkipped {
                kind: one.object.kind.id(),
                source_id: text(&one.object.source_id.0),
                dn: text(&one.object.dn),
                name: text(&one.object.name),
                reason: text(&one.reason),
                since: now,
                by_entry: i64::from(one.by_entry),
            };
            written.insert((row.kind, row.source_id.clone(), row.dn.clone()), row);
        }
        let mut changed = Vec::new();
        for (key, mut row) in written {
            if let Some(old) = before.remove(&key)
                && old.reason == row.reason
            {
                if old.name == row.name && old.by_entry == row.by_entry {
                    continue;
                }
                row.since = old.since;
            }
            changed.push(row);
        }
        let gone: Vec<NewSkipped<'_>> = before
            .into_values()
            .filter_map(|old| {
                Some(NewSkipped {
                    kind: ObjectKind::of(&old.kind)?.id(),
                    source_id: text(&old.source_id),
                    dn: text(&old.dn),
                    name: Cow::Borrowed(""),
                    reason: Cow::Borrowed(""),
                    since: 0,
                    by_entry: 0,
                })
            })
            .collect();
        let noted = gone.iter().chain(&changed).filter_map(|row| Some((ObjectKind::of(row.kind)?, SourceId(row.source_id.to_string()))));
        let noted: Vec<_> = noted.collect();
        self.touch(channel, noted.iter().map(|(kind, id)| (*kind, id)));
        let mut touched = 0;
        for batch in batches(gone)? {
            touched += execute_rows!(
                self,
                "forget what was skipped",
                [
                    "delete from skipped where channel_id = $2 and (kind, source_id, dn) in \
                     (select value ->> 'kind', value ->> 'source_id', value ->> 'dn' from ",
                    ")"
                ],
                batch,
                channel.as_str()
            )?;
        }
        for batch in batches(changed)? {
            touched += execute_rows!(
                self,
                "note what was skipped",
                [
                    "insert into skipped (channel_id, kind, source_id, dn, name, reason, since, by_entry) \
                     select $2, value ->> 'kind', value ->> 'source_id', value ->> 'dn', value ->> 'name', value ->> 'reason', \
                     cast(value ->> 'since' as bigint), cast(value ->> 'by_entry' as bigint) from ",
                    " where true on conflict (channel_id, kind, source_id, dn) do update set name = excluded.name, \
                     reason = excluded.reason, since = excluded.since, by_entry = excluded.by_entry"
                ],
                batch,
                channel.as_str()
            )?;
        }
        Ok(touched)
    }
}
