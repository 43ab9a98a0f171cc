//! The rows of objects about which something changed, made anew from all tables that know of them.

use crate::batch::{batches, text};
use crate::{Conn, Result, Tx};
use domain::id::{ChannelId, CycleId, SourceId};
use domain::model::link::ObjectKind;
use domain::model::object_list::{ObjectState, general};
use domain::model::plan::{ActionKind, Value, Values};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use std::borrow::Cow;

/// Most characters of a name that are sorted by, and of all that is searched: an index refuses longer ones.
const LONGEST_NAME: usize = 120;
const LONGEST_FIND: usize = 500;

/// All that is known of one object.
#[derive(FromRow)]
struct Known {
    kind: String,
    source_id: String,
    target_id: Option<String>,
    mark: Option<String>,
    active: Option<i64>,
    link_name: Option<String>,
    link_dn: Option<String>,
    written: Option<String>,
    setback_name: Option<String>,
    setback_action: Option<String>,
    setback_detail: Option<String>,
    setback_attempts: Option<i64>,
    skipped_name: Option<String>,
    skipped_dn: Option<String>,
    skipped_reason: Option<String>,
    since: Option<i64>,
    intent_name: Option<String>,
    is_held: Option<i64>,
    last_at: Option<i64>,
    last_dn: Option<String>,
}

#[derive(Serialize)]
struct NewObject {
    kind: String,
    source_id: String,
    target_id: String,
    name: String,
    dn: String,
    name_key: String,
    find_key: String,
    state: &'static str,
    reason: String,
    reason_key: String,
    at: i64,
}

/// Of [`Written`](domain::model::link::Written) only the values: a group may have very many members.
#[derive(Deserialize)]
struct WrittenValues {
    values: Values,
}

impl Known {
    /// The row; `None` when nothing is known of the object any more.
    fn into_row(self) -> Option<NewObject> {
        let is_blocked = self.setback_action.as_deref() == Some(ActionKind::Adopt.id());
        let is_linked = self.target_id.is_some();
        // Another channel of the connection may have it linked: that is not this one's to tell.
        let (link_name, link_dn, written) = if is_linked { (self.link_name, self.link_dn, self.written) } else { (None, None, None) };
        let (state, reason) = match (self.setback_detail, self.skipped_reason) {
            _ if self.is_held.is_some() => (ObjectState::Held, String::new()),
            // What is in the way at the target is told as why it is left out.
            (Some(_), Some(reason)) if is_blocked => (ObjectState::Skipped, reason),
            // A person had it tried again, or unlinked.
            (Some(detail), _) if self.setback_attempts == Some(0) => (ObjectState::Pending, detail),
            (Some(detail), _) => (ObjectState::Failed, detail),
            (None, Some(reason)) => (ObjectState::Skipped, reason),
            (None, None) if is_linked => match (self.mark.as_deref(), self.active) {
                (Some("gone"), _) => {
                    (ObjectState::Pending, "It was gone at the target; the next cycle matches or creates it again.".into())
                }
                (Some("stale"), _) => {
                    (ObjectState::Pending, "What is at the target is not certain; the next cycle writes it again.".into())
                }
                (_, Some(0)) => (ObjectState::Disabled, String::new()),
                _ => (ObjectState::InSync, String::new()),
            },
            (None, None) if self.intent_name.is_some() => {
                (ObjectState::Pending, "A create was begun and its outcome is not known; the next cycle looks it up.".into())
            }
            (None, None) => return None,
        };
        let name = link_name.or(self.skipped_name).or(self.setback_name).or(self.intent_name).unwrap_or_default();
        let dn = [link_dn, self.skipped_dn, self.last_dn].into_iter().flatten().find(|dn| !dn.is_empty()).unwrap_or_default();
        let target_id = self.target_id.unwrap_or_default();
        let values = written.and_then(|written| serde_json::from_str::<WrittenValues>(&written).ok()).map(|w| w.values);
        let find_key = find_key(&name, values.as_ref(), &dn, &target_id);
        Some(NewObject {
            name_key: cut(&name, LONGEST_NAME).to_lowercase(),
            find_key,
            state: state.id(),
            reason_key: general(&reason),
            at: self.since.into_iter().chain(self.last_at).max().unwrap_or_default(),
            kind: self.kind,
            source_id: self.source_id,
            target_id,
            name,
            dn,
            reason,
        })
    }
}

/// What an object is found by. The DN comes last but for the id, since it is the longest.
fn find_key(name: &str, values: Option<&Values>, dn: &str, target_id: &str) -> String {
    let mut parts = vec![name, target_id];
    let is_found_by = |attribute: &str, value: &str| attribute == "displayName" || value.contains('@');
    for (attribute, value) in values.into_iter().flatten() {
        if let Value::Text(value) = value
            && is_found_by(attribute, value)
            && !parts.contains(&value.as_str())
        {
            parts.push(value);
        }
    }
    parts.push(dn);
    cut(&parts.join("\n"), LONGEST_FIND).to_lowercase()
}

fn cut(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((at, _)) => Cow::Borrowed(&text[..at]),
        None => Cow::Borrowed(text),
    }
}

#[derive(Serialize)]
struct Key<'a> {
    kind: &'static str,
    source_id: Cow<'a, str>,
}

impl Conn {
    /// What each table knows of these objects, each looked up by its own key.
    ///
    /// Not by joins: PostgreSQL, before it has looked at new tables, takes them for nearly empty and goes through all of a channel for
    /// each object of a batch.
    async fn known_objects(&mut self, channel: &ChannelId, held: &str, batch: &str) -> Result<Vec<Known>> {
        fetch_all_rows!(
            self,
            "read what is known of people and groups",
            Known,
            [
                "select k.kind, \
                     k.source_id, \
                     (select l.target_id from links l where l.channel_id || '' = $2 and l.connection_id = (select connection_id \
                     from channels where id = $2) and l.kind = k.kind and l.source_id = k.source_id) as target_id, \
                     (select l.mark from links l where l.channel_id || '' = $2 and l.connection_id = (select connection_id from \
                     channels where id = $2) and l.kind = k.kind and l.source_id = k.source_id) as mark, \
                     (select l.active from links l where l.channel_id || '' = $2 and l.connection_id = (select connection_id from \
                     channels where id = $2) and l.kind = k.kind and l.source_id = k.source_id) as active, \
                     (select r.name from link_records r where r.connection_id = (select connection_id from channels where id = \
                     $2) and r.kind = k.kind and r.source_id = k.source_id) as link_name, \
                     (select r.dn from link_records r where r.connection_id = (select connection_id from channels where id = $2) \
                     and r.kind = k.kind and r.source_id = k.source_id) as link_dn, \
                     (select r.written from link_records r where r.connection_id = (select connection_id from channels where id = \
                     $2) and r.kind = k.kind and r.source_id = k.source_id and k.kind = 'user') as written, \
                     (select s.name from setbacks s where s.channel_id = $2 and s.kind = k.kind and s.source_id = k.source_id) as \
                     setback_name, \
                     (select s.action from setbacks s where s.channel_id = $2 and s.kind = k.kind and s.source_id = k.source_id) \
                     as setback_action, \
                     (select s.detail from setbacks s where s.channel_id = $2 and s.kind = k.kind and s.source_id = k.source_id) \
                     as setback_detail, \
                     (select s.attempts from setbacks s where s.channel_id = $2 and s.kind = k.kind and s.source_id = \
                     k.source_id) as setback_attempts, \
                     (select s.name from skipped s where s.channel_id = $2 and s.kind = k.kind and s.source_id = k.source_id \
                     order by s.reason, s.dn limit 1) as skipped_name, \
                     (select s.dn from skipped s where s.channel_id = $2 and s.kind = k.kind and s.source_id = k.source_id order \
                     by s.reason, s.dn limit 1) as skipped_dn, \
                     (select s.reason from skipped s where s.channel_id = $2 and s.kind = k.kind and s.source_id = k.source_id \
                     order by s.reason, s.dn limit 1) as skipped_reason, \
                     (select s.since from skipped s where s.channel_id = $2 and s.kind = k.kind and s.source_id = k.source_id \
                     order by s.reason, s.dn limit 1) as since, \
                     (select i.match_value from intents i where i.channel_id = $2 and i.kind = k.kind and i.source_id = \
                     k.source_id) as intent_name, \
                     (select min(p.seq) from plan_ops p where p.cycle_id = $3 and p.kind = k.kind and p.source_id = k.source_id) \
                     as is_held, \
                     (select o.at from cycle_objects o where o.channel_id = $2 and o.kind = k.kind and o.source_id = k.source_id \
                     order by o.at desc limit 1) as last_at, \
                     (select o.dn from cycle_objects o where o.channel_id = $2 and o.kind = k.kind and o.source_id = k.source_id \
                     order by o.at desc limit 1) as last_dn \
                     from (select value ->> 'kind' as kind, value ->> 'source_id' as source_id from ",
                ") k"
            ],
            batch,
            channel.as_str(),
            held
        )
    }
}

impl Tx {
    /// Notes objects about which something changed.
    pub(crate) fn touch<'a>(&mut self, channel: &ChannelId, objects: impl IntoIterator<Item = (ObjectKind, &'a SourceId)>) {
        let mut objects = objects.into_iter().filter(|(_, id)| !id.0.is_empty()).peekable();
        if objects.peek().is_some() {
            let touched = self.touched.entry(channel.clone()).or_default();
            touched.extend(objects.map(|(kind, id)| (kind, id.clone())));
        }
    }

    /// Notes the objects of a plan that is held now, or was.
    pub(crate) async fn touch_held(&mut self, channel: &ChannelId, cycle: Option<&CycleId>) -> Result<()> {
        let Some(cycle) = cycle else { return Ok(()) };
        let rows = fetch_all!(
            self,
            "read who is held",
            (String, String),
            "select kind, source_id from plan_ops where cycle_id = $1 and kind <> ''",
            cycle.as_str()
        )?;
        let objects: Vec<_> = rows.into_iter().filter_map(|(kind, id)| Some((ObjectKind::of(&kind)?, SourceId(id)))).collect();
        self.touch(channel, objects.iter().map(|(kind, id)| (*kind, id)));
        Ok(())
    }

    /// Forgets every row of a channel, and what was noted of it.
    pub(crate) async fn forget_objects(&mut self, channel: &ChannelId) -> Result<()> {
        self.touched.remove(channel);
        execute!(self, "forget people and groups", "delete from channel_objects where channel_id = $1", channel.as_str())?;
        Ok(())
    }

    /// Makes the rows of all that was noted anew.
    pub(crate) async fn settle_objects(&mut self) -> Result<()> {
        for (channel, objects) in std::mem::take(&mut self.touched) {
            let held = self.find_channel_state(&channel).await?.held_cycle;
            let held = held.as_ref().map_or("", |cycle| cycle.as_str());
            let keys = objects.iter().map(|(kind, id)| Key { kind: kind.id(), source_id: text(&id.0) });
            for batch in batches(keys)? {
                self.settle_batch(&channel, held, &batch).await?;
            }
        }
        Ok(())
    }

    async fn settle_batch(&mut self, channel: &ChannelId, held: &str, batch: &str) -> Result<()> {
        let known = self.known_objects(channel, held, batch).await?;
        let mut rows: Vec<NewObject> = Vec::with_capacity(known.len());
        let mut gone: Vec<(String, String)> = Vec::new();
        for one in known {
            let key = (one.kind.clone(), one.source_id.clone());
            match one.into_row() {
                Some(row) => rows.push(row),
                None => gone.push(key),
            }
        }
        for batch in batches(rows)? {
            execute_rows!(
                self,
                "note people and groups",
                [
                    "insert into channel_objects (channel_id, kind, source_id, target_id, name, dn, name_key, find_key, state, reason, \
                     reason_key, at) \
                     select $2, value ->> 'kind', value ->> 'source_id', value ->> 'target_id', value ->> 'name', value ->> 'dn', \
                     value ->> 'name_key', value ->> 'find_key', value ->> 'state', value ->> 'reason', value ->> 'reason_key', \
                     cast(value ->> 'at' as bigint) from ",
                    " where true on conflict (channel_id, kind, source_id) do update set target_id = excluded.target_id, \
                     name = excluded.name, dn = excluded.dn, name_key = excluded.name_key, find_key = excluded.find_key, \
                     state = excluded.state, reason = excluded.reason, reason_key = excluded.reason_key, \
                     at = case when excluded.at > 0 then excluded.at else channel_objects.at end"
                ],
                batch,
                channel.as_str()
            )?;
        }
        let gone = gone.into_iter().filter_map(|(kind, id)| Some((ObjectKind::of(&kind)?, id)));
        for batch in batches(gone.map(|(kind, id)| Key { kind: kind.id(), source_id: Cow::Owned(id) }))? {
            execute_rows!(
                self,
                "forget people and groups",
                [
                    "delete from channel_objects where channel_id = $2 \
                     and (kind, source_id) in (select value ->> 'kind', value ->> 'source_id' from ",
                    ")"
                ],
                batch,
                channel.as_str()
            )?;
        }
        Ok(())
    }
}
