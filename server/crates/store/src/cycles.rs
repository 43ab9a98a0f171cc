//! Cycles and the objects they touched.

use crate::batch::{batches, json, text};
use crate::connection_list::{key, pattern};
use crate::{Conn, Page, Result, StoreError, Tx};
use domain::id::{ChannelId, CycleId, SourceId, TargetId};
use domain::model::cycle::{Cycle, CycleObject, CycleState};
use domain::model::link::ObjectKind;
use domain::model::plan::ActionKind;
use serde::Serialize;
use sqlx::FromRow;
use std::borrow::Cow;

/// How long cycles of a channel are kept. Times are unix milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prune {
    /// Cycles that changed something or did not succeed, and began before this, go ...
    pub notable_before: i64,
    /// ... as do cycles that found nothing to do, and began before this ...
    pub quiet_before: i64,
    /// ... except the newest this many, and those under way.
    pub keep: u32,
}

/// Which cycles of a channel are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CycleQuery {
    /// Those in one state; `None`: all.
    pub state: Option<CycleState>,
    /// Those that changed something.
    pub changed: bool,
}

/// A page of them.
#[derive(Clone, Debug, PartialEq)]
pub struct CyclesFound {
    /// The newest first.
    pub cycles: Vec<Cycle>,
    /// How many there are on all pages.
    pub total: u64,
}

/// Which objects of a cycle are asked for; what is empty narrows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectQuery {
    /// Those that came out so (`Outcome::id`).
    pub outcome: String,
    /// Those to which this was done (`ActionKind::id`).
    pub action: String,
    /// Those with this in their name, whatever its case.
    pub text: String,
}

/// How many objects of a cycle came out how.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ObjectTally {
    /// `Outcome::id`.
    pub outcome: String,
    /// `ActionKind::id`.
    pub action: String,
    /// How many.
    pub count: i64,
}

/// One touch of an object, in the history of that object.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryEntry {
    /// The cycle.
    pub cycle: CycleId,
    /// What it did.
    pub object: CycleObject,
}

#[derive(FromRow)]
struct CycleRow {
    id: String,
    body: String,
}

impl TryFrom<CycleRow> for Cycle {
    type Error = StoreError;
    fn try_from(row: CycleRow) -> Result<Self> {
        serde_json::from_str(&row.body).map_err(|e| StoreError::corrupt("cycles", row.id, e))
    }
}

#[derive(Serialize)]
struct NewObject<'a> {
    seq: u32,
    kind: &'static str,
    source_id: Cow<'a, str>,
    name: Cow<'a, str>,
    name_key: String,
    dn: Cow<'a, str>,
    action: &'static str,
    reason: Cow<'a, str>,
    changes: String,
    outcome: &'static str,
    answer: String,
    target_id: Option<Cow<'a, str>>,
    request_id: Option<Cow<'a, str>>,
    at: i64,
}

impl<'a> NewObject<'a> {
    fn of(object: &'a CycleObject) -> Result<Self> {
        Ok(Self {
            seq: object.seq,
            kind: object.kind.id(),
            source_id: text(&object.source_id.0),
            name: text(&object.name),
            name_key: text(&key(&object.name)).into_owned(),
            dn: text(&object.dn),
            action: object.action.id(),
            reason: text(&object.reason),
            changes: json(&object.changes)?,
            outcome: object.outcome.id(),
            answer: json(&object.outcome)?,
            target_id: object.target_id.as_ref().map(|t| text(&t.0)),
            request_id: object.request_id.as_deref().map(text),
            at: object.at,
        })
    }
}

#[derive(FromRow)]
struct ObjectRow {
    cycle_id: String,
    seq: i64,
    kind: String,
    source_id: String,
    name: String,
    dn: String,
    action: String,
    reason: String,
    changes: String,
    answer: String,
    target_id: Option<String>,
    request_id: Option<String>,
    at: i64,
}

impl TryFrom<ObjectRow> for HistoryEntry {
    type Error = StoreError;
    fn try_from(row: ObjectRow) -> Result<Self> {
        let id = || format!("{} {}", row.cycle_id, row.seq);
        let corrupt = |what: &'static str| StoreError::corrupt("cycle_objects", id(), what);
        let object = CycleObject {
            seq: u32::try_from(row.seq).map_err(|_| corrupt("its position is out of range"))?,
            kind: ObjectKind::of(&row.kind).ok_or_else(|| corrupt("its kind is neither user nor group"))?,
            action: ActionKind::of(&row.action).ok_or_else(|| corrupt("its action is not known"))?,
            changes: serde_json::from_str(&row.changes).map_err(|e| StoreError::corrupt("cycle_objects", id(), e))?,
            outcome: serde_json::from_str(&row.answer).map_err(|e| StoreError::corrupt("cycle_objects", id(), e))?,
            source_id: SourceId(row.source_id),
            name: row.name,
            dn: row.dn,
            reason: row.reason,
            target_id: row.target_id.map(TargetId),
            request_id: row.request_id,
            at: row.at,
        };
        let cycle = CycleId::parse(&row.cycle_id).map_err(|e| StoreError::corrupt("cycle_objects", row.cycle_id, e))?;
        Ok(Self { cycle, object })
    }
}

fn is_notable(cycle: &Cycle) -> bool {
    cycle.touched() > 0 || cycle.state != CycleState::Succeeded
}

/// What both the page and the count leave out.
macro_rules! matching_cycles {
    ($before:literal $(, $after:literal)?) => {
        concat!(
            $before,
            " from cycles where channel_id = $1 and ($2 = '' or state = $2) and ($3 = 0 or coalesce(operations, notable) > 0)"
            $(, $after)?
        )
    };
}

/// Objects of a cycle by outcome and name; those of before have no key of their name.
macro_rules! matching_objects {
    ($before:literal, $after:literal, $text:literal) => {
        concat!(
            $before,
            " from cycle_objects where cycle_id = $1 and ($2 = '' or outcome = $2) and (",
            $text,
            " = '' or coalesce(name_key, lower(name)) like ",
            $text,
            " escape '\\')",
            $after
        )
    };
}

impl Conn {
    /// The cycle of an id.
    pub async fn find_cycle(&mut self, id: &CycleId) -> Result<Option<Cycle>> {
        fetch_optional!(self, "read a cycle", CycleRow, "select id, body from cycles where id = $1", id.as_str())?
            .map(Cycle::try_from)
            .transpose()
    }

    /// Cycles of a channel, the newest first; with `notable_only`, those that changed something or did not succeed.
    pub async fn list_cycles(&mut self, channel: &ChannelId, notable_only: bool, page: Page) -> Result<Vec<Cycle>> {
        fetch_all!(
            self,
            "list cycles",
            CycleRow,
            "select id, body from cycles where channel_id = $1 and notable >= $2 \
             order by started_at desc, id desc limit $3 offset $4",
            channel.as_str(),
            i64::from(notable_only),
            i64::from(page.limit),
            i64::from(page.offset)
        )?
        .into_iter()
        .map(Cycle::try_from)
        .collect()
    }

    /// The newest cycle of each channel that ever ran, and the newest that ended where that one is under way; those about one object
    /// alone say nothing of a channel.
    pub async fn list_last_cycles(&mut self) -> Result<Vec<Cycle>> {
        fetch_all!(
            self,
            "list the last cycles",
            CycleRow,
            "select id, body from cycles where id in (select (select c.id from cycles c where c.channel_id = h.id and c.of_one = 0 \
             order by c.started_at desc, c.id desc limit 1) from channels h) \
             or id in (select (select c.id from cycles c where c.channel_id = h.id and c.of_one = 0 and c.state <> 'running' \
             order by c.started_at desc, c.id desc limit 1) from channels h) order by channel_id, started_at desc, id desc"
        )?
        .into_iter()
        .map(Cycle::try_from)
        .collect()
    }

    /// A page of the cycles of a channel that a query asks for.
    pub async fn list_cycle_page(&mut self, channel: &ChannelId, query: &CycleQuery, page: Page) -> Result<CyclesFound> {
        let state = query.state.map_or("", CycleState::id);
        let rows = fetch_all!(
            self,
            "list cycles",
            CycleRow,
            matching_cycles!("select id, body", " order by started_at desc, id desc limit $4 offset $5"),
            channel.as_str(),
            state,
            i64::from(query.changed),
            i64::from(page.limit),
            i64::from(page.offset)
        )?;
        let (total,) = fetch_optional!(
            self,
            "count cycles",
            (i64,),
            matching_cycles!("select count(*)"),
            channel.as_str(),
            state,
            i64::from(query.changed)
        )?
        .unwrap_or_default();
        let cycles: Result<_> = rows.into_iter().map(Cycle::try_from).collect();
        Ok(CyclesFound { cycles: cycles?, total: total.unsigned_abs() })
    }

    /// Objects of a cycle that a query asks for, in their order.
    pub async fn list_cycle_objects(&mut self, cycle: &CycleId, query: &ObjectQuery, page: Page) -> Result<Vec<CycleObject>> {
        let rows = fetch_all!(
            self,
            "list what a cycle did",
            ObjectRow,
            matching_objects!("select *", " and ($3 = '' or action = $3) order by seq limit $4 offset $5", "$6"),
            cycle.as_str(),
            query.outcome.as_str(),
            query.action.as_str(),
            i64::from(page.limit),
            i64::from(page.offset),
            pattern(&query.text)
        )?;
        rows.into_iter().map(|row| HistoryEntry::try_from(row).map(|entry| entry.object)).collect()
    }

    /// How many objects of a cycle came out how, of those with a text in their name.
    pub async fn count_cycle_objects(&mut self, cycle: &CycleId, text: &str) -> Result<Vec<ObjectTally>> {
        fetch_all!(
            self,
            "count what a cycle did",
            ObjectTally,
            matching_objects!("select outcome, action, count(*) as count", " group by outcome, action order by outcome, action", "$3"),
            cycle.as_str(),
            "",
            pattern(text)
        )
    }

    /// What a channel did to one object, the newest first.
    pub async fn list_object_history(
        &mut self,
        channel: &ChannelId,
        kind: ObjectKind,
        id: &SourceId,
        page: Page,
    ) -> Result<Vec<HistoryEntry>> {
        fetch_all!(
            self,
            "read an object's history",
            ObjectRow,
            "select * from cycle_objects where channel_id = $1 and kind = $2 and source_id = $3 \
             order by at desc, cycle_id desc, seq desc limit $4 offset $5",
            channel.as_str(),
            kind.id(),
            text(&id.0).as_ref(),
            i64::from(page.limit),
            i64::from(page.offset)
        )?
        .into_iter()
        .map(HistoryEntry::try_from)
        .collect()
    }
}

impl Tx {
    /// A cycle that begins. [`StoreError::Gone`] when its channel was deleted.
    pub async fn insert_cycle(&mut self, cycle: &Cycle) -> Result<()> {
        execute!(
            self,
            "begin a cycle",
            "insert into cycles (id, channel_id, state, started_at, notable, operations, of_one, body) \
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            cycle.id.as_str(),
            cycle.channel.as_str(),
            cycle.state.id(),
            cycle.started_at,
            i64::from(is_notable(cycle)),
            i64::from(cycle.done()),
            i64::from(cycle.is_of_one()),
            json(cycle)?
        )?;
        Ok(())
    }

    /// A cycle as it stands now. [`StoreError::Gone`] when its channel was deleted.
    pub async fn update_cycle(&mut self, cycle: &Cycle) -> Result<()> {
        let touched = execute!(
            self,
            "record a cycle",
            "update cycles set state = $2, notable = $3, operations = $4, body = $5 where id = $1",
            cycle.id.as_str(),
            cycle.state.id(),
            i64::from(is_notable(cycle)),
            i64::from(cycle.done()),
            json(cycle)?
        )?;
        if touched == 0 { Err(StoreError::Gone { doing: "record a cycle" }) } else { Ok(()) }
    }

    /// Ends the cycles that a process left behind when it was killed, as stopped, and answers them.
    pub async fn close_running_cycles(&mut self, reason: &str, now: i64) -> Result<Vec<Cycle>> {
        let rows =
            fetch_all!(self, "read cycles left behind", CycleRow, "select id, body from cycles where state = 'running' order by id")?;
        let mut out = Vec::with_capacity(rows.len());
        for row in rows {
            let mut cycle = Cycle::try_from(row)?;
            cycle.state = CycleState::Stopped;
            cycle.ended_at = Some(now);
            cycle.error = Some(reason.to_owned());
            self.update_cycle(&cycle).await?;
            out.push(cycle);
        }
        Ok(out)
    }

    /// What a cycle did, in one or more parts; `seq` goes on from part to part.
    pub async fn insert_cycle_objects(&mut self, cycle: &CycleId, channel: &ChannelId, objects: &[CycleObject]) -> Result<()> {
        self.touch(channel, objects.iter().map(|o| (o.kind, &o.source_id)));
        let rows: Vec<NewObject<'_>> = objects.iter().map(NewObject::of).collect::<Result<_>>()?;
        for batch in batches(rows)? {
            execute_rows!(
                self,
                "record what a cycle did",
                [
                    "insert into cycle_objects (cycle_id, channel_id, seq, kind, source_id, name, name_key, dn, action, reason, changes, \
                     outcome, answer, target_id, request_id, at) \
                     select $2, $3, cast(value ->> 'seq' as bigint), value ->> 'kind', value ->> 'source_id', value ->> 'name', \
                     value ->> 'name_key', \
                     value ->> 'dn', value ->> 'action', value ->> 'reason', value ->> 'changes', value ->> 'outcome', value ->> 'answer', \
                     value ->> 'target_id', value ->> 'request_id', cast(value ->> 'at' as bigint) from ",
                    ""
                ],
                batch,
                cycle.as_str(),
                channel.as_str()
            )?;
        }
        Ok(())
    }

    /// Forgets old cycles of a channel with everything they recorded; answers how many. The one that recorded what is held now stays.
    pub async fn prune_cycles(&mut self, channel: &ChannelId, prune: Prune) -> Result<u64> {
        let held = self.find_channel_state(channel).await?.held_cycle;
        execute!(
            self,
            "forget old cycles",
            "delete from cycles where channel_id = $1 and state <> 'running' \
             and ((notable = 1 and started_at < $2) or (notable = 0 and started_at < $3)) \
             and id not in (select id from cycles where channel_id = $1 order by started_at desc, id desc limit $4) and id <> $5",
            channel.as_str(),
            prune.notable_before,
            prune.quiet_before,
            i64::from(prune.keep),
            held.as_ref().map_or("", |cycle| cycle.as_str())
        )
    }
}
