//! Setbacks: objects that failed and wait with a growing delay.

use crate::batch::{batches, keys, last_of_each, text};
use crate::{Conn, Result, StoreError, Tx};
use domain::id::{ChannelId, SourceId};
use domain::model::cycle::Setback;
use domain::model::link::{Digest, ObjectKind};
use domain::model::plan::ActionKind;
use serde::Serialize;
use sqlx::FromRow;
use std::borrow::Cow;

#[derive(Serialize)]
struct NewSetback<'a> {
    kind: &'static str,
    source_id: Cow<'a, str>,
    name: Cow<'a, str>,
    attempts: u32,
    next_at: i64,
    action: &'static str,
    detail: Cow<'a, str>,
    value_digest: String,
}

#[derive(FromRow)]
struct SetbackRow {
    kind: String,
    source_id: String,
    name: String,
    attempts: i64,
    next_at: i64,
    action: String,
    detail: String,
    value_digest: String,
}

impl TryFrom<SetbackRow> for Setback {
    type Error = StoreError;
    fn try_from(row: SetbackRow) -> Result<Self> {
        let corrupt = |what: &'static str| StoreError::corrupt("setbacks", format!("{} {}", row.kind, row.source_id), what);
        Ok(Self {
            kind: ObjectKind::of(&row.kind).ok_or_else(|| corrupt("its kind is not known"))?,
            attempts: u32::try_from(row.attempts).map_err(|_| corrupt("its attempts are out of range"))?,
            action: ActionKind::of(&row.action).ok_or_else(|| corrupt("its action is not known"))?,
            value_digest: Digest::parse(&row.value_digest).ok_or_else(|| corrupt("its digest is not 32 hex digits"))?,
            source_id: SourceId(row.source_id),
            name: row.name,
            next_at: row.next_at,
            detail: row.detail,
        })
    }
}

impl Conn {
    /// All setbacks of a channel, the next to be tried first.
    pub async fn list_setbacks(&mut self, channel: &ChannelId) -> Result<Vec<Setback>> {
        fetch_all!(
            self,
            "read setbacks",
            SetbackRow,
            "select kind, source_id, name, attempts, next_at, action, detail, value_digest from setbacks \
             where channel_id = $1 order by next_at, kind, source_id",
            channel.as_str()
        )?
        .into_iter()
        .map(Setback::try_from)
        .collect()
    }
}

impl Tx {
    /// Writes setbacks, new or not.
    pub async fn put_setbacks(&mut self, channel: &ChannelId, setbacks: &[Setback]) -> Result<()> {
        self.touch(channel, setbacks.iter().map(|s| (s.kind, &s.source_id)));
        let rows = last_of_each(setbacks, |s| (s.kind, &s.source_id)).into_iter().map(|s| NewSetback {
            kind: s.kind.id(),
            source_id: text(&s.source_id.0),
            name: text(&s.name),
            attempts: s.attempts,
            next_at: s.next_at,
            action: s.action.id(),
            detail: text(&s.detail),
            value_digest: s.value_digest.to_string(),
        });
        for batch in batches(rows)? {
            execute_rows!(
                self,
                "note setbacks",
                [
                    "insert into setbacks (channel_id, kind, source_id, name, attempts, next_at, action, detail, value_digest) \
                     select $2, value ->> 'kind', value ->> 'source_id', value ->> 'name', cast(value ->> 'attempts' as bigint), \
                     cast(value ->> 'next_at' as bigint), value ->> 'action', value ->> 'detail', value ->> 'value_digest' from ",
                    " where true on conflict (channel_id, kind, source_id) do update set name = excluded.name, \
                     attempts = excluded.attempts, next_at = excluded.next_at, action = excluded.action, detail = excluded.detail, \
                     value_digest = excluded.value_digest"
                ],
                batch,
                channel.as_str()
            )?;
        }
        Ok(())
    }

    /// Forgets setbacks of objects that went well, or are not there any more.
    pub async fn delete_setbacks(&mut self, channel: &ChannelId, objects: &[(ObjectKind, SourceId)]) -> Result<u64> {
        self.touch(channel, objects.iter().map(|(kind, id)| (*kind, id)));
        let mut touched = 0;
        for batch in batches(keys(objects))? {
            touched += execute_rows!(
                self,
                "forget setbacks",
                [
                    "delete from setbacks where channel_id = $2 \
                     and (kind, source_id) in (select value ->> 'kind', value ->> 'source_id' from ",
                    ")"
                ],
                batch,
                channel.as_str()
            )?;
        }
        Ok(touched)
    }
}
