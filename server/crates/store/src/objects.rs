//! People and groups of channels, a row each: what the list of them is searched, filtered and cut into pages by.
//!
//! The rows say nothing of their own. Whatever changes a link, a setback, an intent, what was skipped or what is held notes the object
//! in its transaction, and the row is made anew from those tables when that is committed.

mod settling;

use crate::batch::text;
use crate::connection_list::pattern;
use crate::{Conn, Result, StoreError};
use domain::id::{ChannelId, SourceId, TargetId};
use domain::model::link::ObjectKind;
use domain::model::object_list::{ListedObject, ObjectQuery, ObjectReason, ObjectState, Part, Place};
use sqlx::FromRow;
use std::collections::{BTreeMap, BTreeSet};

/// Reasons that are told apart.
const REASONS: i64 = 30;

/// Objects whose rows are to be made anew, by channel.
pub(crate) type Touched = BTreeMap<ChannelId, BTreeSet<(ObjectKind, SourceId)>>;

/// A part of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectPage {
    /// Its rows.
    pub rows: Vec<ListedObject>,
    /// There are others before these.
    pub has_before: bool,
    /// There are others after these.
    pub has_after: bool,
}

#[derive(FromRow)]
struct ListedRow {
    channel_id: String,
    kind: String,
    source_id: String,
    target_id: String,
    name: String,
    dn: String,
    name_key: String,
    state: String,
    reason: String,
    at: i64,
}

impl TryFrom<ListedRow> for ListedObject {
    type Error = StoreError;
    fn try_from(row: ListedRow) -> Result<Self> {
        let corrupt = |what: &'static str| StoreError::corrupt("channel_objects", format!("{} {}", row.kind, row.source_id), what);
        Ok(Self {
            state: ObjectState::of(&row.state).ok_or_else(|| corrupt("its state is not known"))?,
            place: Place {
                kind: ObjectKind::of(&row.kind).ok_or_else(|| corrupt("its kind is neither user nor group"))?,
                channel: ChannelId::parse(&row.channel_id).map_err(|_| corrupt("its channel is not an id"))?,
                source_id: SourceId(row.source_id),
                name_key: row.name_key,
            },
            target_id: Some(row.target_id).filter(|id| !id.is_empty()).map(TargetId),
            name: row.name,
            dn: row.dn,
            reason: row.reason,
            at: Some(row.at).filter(|at| *at > 0),
        })
    }
}

macro_rules! rows {
    ($of:literal, $from:literal, $order:literal) => {
        concat!(
            "select channel_id, kind, source_id, target_id, name, dn, name_key, state, reason, at from channel_objects where ",
            $of,
            " and ($3 = '' or find_key like $3 escape '\\') and ($4 = '' or reason_key = $4) and ($5 = '' or kind = $5) ",
            $from,
            " order by ",
            $order,
            " limit $6"
        )
    };
}

// A parameter that a list has no use for is named all the same, since the engines count them.
macro_rules! of {
    (all, $($rest:tt)*) => { rows!("$1 = '' and $2 = ''", $($rest)*) };
    (state, $($rest:tt)*) => { rows!("$1 = '' and state = $2", $($rest)*) };
    (channel, $($rest:tt)*) => { rows!("channel_id = $1 and $2 = ''", $($rest)*) };
    (channel_state, $($rest:tt)*) => { rows!("channel_id = $1 and state = $2", $($rest)*) };
}

macro_rules! ordered {
    ($of:tt, first, up) => {
        of!($of, "", "name_key, kind, source_id, channel_id")
    };
    ($of:tt, first, down) => {
        of!($of, "", "name_key desc, kind desc, source_id desc, channel_id desc")
    };
    ($of:tt, on, up) => {
        of!($of, "and (name_key, kind, source_id, channel_id) > ($7, $8, $9, $10)", "name_key, kind, source_id, channel_id")
    };
    ($of:tt, on, down) => {
        of!(
            $of,
            "and (name_key, kind, source_id, channel_id) < ($7, $8, $9, $10)",
            "name_key desc, kind desc, source_id desc, channel_id desc"
        )
    };
}

macro_rules! sql {
    ($query:expr, $descending:expr, $at:tt) => {
        match ($query.channel.is_some(), $query.state.is_some(), $descending) {
            (false, false, false) => ordered!(all, $at, up),
            (false, false, true) => ordered!(all, $at, down),
            (false, true, false) => ordered!(state, $at, up),
            (false, true, true) => ordered!(state, $at, down),
            (true, false, false) => ordered!(channel, $at, up),
            (true, false, true) => ordered!(channel, $at, down),
            (true, true, false) => ordered!(channel_state, $at, up),
            (true, true, true) => ordered!(channel_state, $at, down),
        }
    };
}

/// The statement that reads a part of the list: public so that a test can ask both engines how they would go about it.
pub fn list_objects_sql(query: &ObjectQuery, part: &Part) -> &'static str {
    let descending = query.descending != matches!(part, Part::Before(_));
    match part {
        Part::First => sql!(query, descending, first),
        Part::After(_) | Part::Before(_) => sql!(query, descending, on),
    }
}

impl Conn {
    /// A part of the people and groups that a query asks for.
    pub async fn list_objects(&mut self, query: &ObjectQuery, part: &Part, limit: u32) -> Result<ObjectPage> {
        let back = matches!(part, Part::Before(_));
        let sql = list_objects_sql(query, part);
        let channel = query.channel.as_ref().map_or("", |id| id.as_str());
        let state = query.state.map_or("", ObjectState::id);
        let kind = query.kind.map_or("", ObjectKind::id);
        let pattern = pattern(&query.text);
        // One more than asked for tells whether there are others.
        let most = i64::from(limit) + 1;
        let found = match part {
            Part::First => {
                fetch_all!(
                    self,
                    "list people and groups",
                    ListedRow,
                    sql,
                    channel,
                    state,
                    pattern.as_str(),
                    query.reason.as_str(),
                    kind,
                    most
                )
            }
            Part::After(place) | Part::Before(place) => {
                fetch_all!(
                    self,
                    "list people and groups",
                    ListedRow,
                    sql,
                    channel,
                    state,
                    pattern.as_str(),
                    query.reason.as_str(),
                    kind,
                    most,
                    text(&place.name_key).as_ref(),
                    place.kind.id(),
                    text(&place.source_id.0).as_ref(),
                    place.channel.as_str()
                )
            }
        };
        let mut rows: Vec<ListedObject> = found?.into_iter().map(ListedObject::try_from).collect::<Result<_>>()?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        if back {
            rows.reverse();
        }
        let (has_before, has_after) = match part {
            Part::First => (false, more),
            Part::After(_) => (true, more),
            Part::Before(_) => (more, true),
        };
        Ok(ObjectPage { rows, has_before, has_after })
    }

    /// One of them.
    pub async fn find_object(&mut self, channel: &ChannelId, kind: ObjectKind, id: &SourceId) -> Result<Option<ListedObject>> {
        fetch_optional!(
            self,
            "read a person or group",
            ListedRow,
            "select channel_id, kind, source_id, target_id, name, dn, name_key, state, reason, at from channel_objects \
             where channel_id = $1 and kind = $2 and source_id = $3",
            channel.as_str(),
            kind.id(),
            text(&id.0).as_ref()
        )?
        .map(ListedObject::try_from)
        .transpose()
    }

    /// How many are in which state, of one channel or of all.
    pub async fn count_objects(&mut self, channel: Option<&ChannelId>) -> Result<Vec<(ObjectState, u32)>> {
        let rows = match channel {
            Some(channel) => fetch_all!(
                self,
                "count people and groups",
                (String, i64),
                "select state, count(*) from channel_objects where channel_id = $1 group by state",
                channel.as_str()
            ),
            None => {
                fetch_all!(self, "count people and groups", (String, i64), "select state, count(*) from channel_objects group by state")
            }
        }?;
        rows.into_iter().map(|(state, count)| Ok((known(&state)?, counted(count)?))).collect()
    }

    /// The reasons of one channel's or all objects that failed or were skipped, the most frequent first.
    pub async fn list_object_reasons(&mut self, channel: Option<&ChannelId>) -> Result<Vec<ObjectReason>> {
        let rows = match channel {
            Some(channel) => fetch_all!(
                self,
                "list reasons",
                (String, i64),
                "select reason_key, count(*) from channel_objects where channel_id = $1 and state in ('failed', 'skipped') \
                 and reason_key <> '' group by reason_key order by count(*) desc, reason_key limit $2",
                channel.as_str(),
                REASONS
            ),
            None => fetch_all!(
                self,
                "list reasons",
                (String, i64),
                "select reason_key, count(*) from channel_objects where state in ('failed', 'skipped') \
                 and reason_key <> '' group by reason_key order by count(*) desc, reason_key limit $1",
                REASONS
            ),
        }?;
        rows.into_iter().map(|(reason, count)| Ok(ObjectReason { reason, count: counted(count)? })).collect()
    }
}

fn known(state: &str) -> Result<ObjectState> {
    ObjectState::of(state).ok_or_else(|| StoreError::corrupt("channel_objects", state, "its state is not known"))
}

fn counted(count: i64) -> Result<u32> {
    u32::try_from(count).map_err(|e| StoreError::corrupt("channel_objects", count.to_string(), e))
}
