//! Intents: creates that were begun and whose outcome is not known. Committed before the request is sent.

use crate::batch::{batches, keys, last_of_each, text};
use crate::{Conn, Result, StoreError, Tx};
use domain::id::{ChannelId, SourceId};
use domain::model::cycle::Intent;
use domain::model::link::ObjectKind;
use serde::Serialize;
use std::borrow::Cow;

#[derive(Serialize)]
struct NewIntent<'a> {
    kind: &'static str,
    source_id: Cow<'a, str>,
    match_value: Cow<'a, str>,
    begun_at: i64,
}

impl Conn {
    /// All intents of a channel, the oldest first.
    pub async fn list_intents(&mut self, channel: &ChannelId) -> Result<Vec<Intent>> {
        let rows = fetch_all!(
            self,
            "read intents",
            (String, String, String, i64),
            "select kind, source_id, match_value, begun_at from intents where channel_id = $1 order by begun_at, kind, source_id",
            channel.as_str()
        )?;
        rows.into_iter()
            .map(|(kind, source_id, match_value, begun_at)| {
                let kind = ObjectKind::of(&kind).ok_or_else(|| StoreError::corrupt("intents", &source_id, "its kind is not known"))?;
                Ok(Intent { kind, source_id: SourceId(source_id), match_value, begun_at })
            })
            .collect()
    }
}

impl Tx {
    /// Notes that creates begin; one that was begun before is begun anew.
    pub async fn put_intents(&mut self, channel: &ChannelId, intents: &[Intent]) -> Result<()> {
        // Their rows are not made yet: what comes of them follows in a moment, and who is never answered is noted by that outcome.
        let rows = last_of_each(intents, |i| (i.kind, &i.source_id)).into_iter().map(|i| NewIntent {
            kind: i.kind.id(),
            source_id: text(&i.source_id.0),
            match_value: text(&i.match_value),
            begun_at: i.begun_at,
        });
        for batch in batches(rows)? {
            execute_rows!(
                self,
                "note intents",
                [
                    "insert into intents (channel_id, kind, source_id, match_value, begun_at) \
                     select $2, value ->> 'kind', value ->> 'source_id', value ->> 'match_value', cast(value ->> 'begun_at' as bigint) from ",
                    " where true on conflict (channel_id, kind, source_id) do update set match_value = excluded.match_value, \
                     begun_at = excluded.begun_at"
                ],
                batch,
                channel.as_str()
            )?;
        }
        Ok(())
    }

    /// Settles intents: their outcome is known.
    pub async fn delete_intents(&mut self, channel: &ChannelId, objects: &[(ObjectKind, SourceId)]) -> Result<u64> {
        self.touch(channel, objects.iter().map(|(kind, id)| (*kind, id)));
        let mut touched = 0;
        for batch in batches(keys(objects))? {
            touched += execute_rows!(
                self,
                "settle intents",
                [
                    "delete from intents where channel_id = $2 \
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
