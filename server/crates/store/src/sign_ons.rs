//! What became of sign-ons: the newest, a page at a time. Times are unix milliseconds.

use crate::connection_list::pattern;
use crate::{Conn, Page, Result, StoreError, Tx};
use domain::id::ConnectionId;
use sqlx::FromRow;

/// What became of a sign-on, or of signing off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignOn {
    /// Time-ordered.
    pub id: String,
    /// When.
    pub at: i64,
    /// Under which the logs have it.
    pub tracking: String,
    /// What was wanted.
    pub event: String,
    /// Whether it was done.
    pub is_success: bool,
    /// Where it led; none: that is not known.
    pub connection_id: Option<ConnectionId>,
    /// What that is called, or what it called itself.
    pub connection: String,
    /// The adapter that asked.
    pub adapter: String,
    /// Who: as the service provider was told, or as was typed.
    pub person: String,
    /// From where.
    pub address: String,
    /// The protocol.
    pub protocol: String,
    /// A word for how it went.
    pub code: String,
    /// Why not, for an administrator.
    pub reason: String,
    /// How long the last step took.
    pub took_ms: i64,
}

/// Which of them are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignOnQuery {
    /// Done or not; none: both.
    pub is_success: Option<bool>,
    /// Where they led.
    pub connection: Option<ConnectionId>,
    /// A part of who it was.
    pub person: String,
}

#[derive(FromRow)]
struct SignOnRow {
    id: String,
    at: i64,
    tracking: String,
    event: String,
    is_success: i64,
    connection_id: Option<String>,
    connection: String,
    adapter: String,
    person: String,
    address: String,
    protocol: String,
    code: String,
    reason: String,
    took_ms: i64,
}

impl TryFrom<SignOnRow> for SignOn {
    type Error = StoreError;
    fn try_from(row: SignOnRow) -> Result<Self> {
        let connection_id = row.connection_id.map(|id| ConnectionId::parse(&id)).transpose();
        Ok(Self {
            connection_id: connection_id.map_err(|error| StoreError::corrupt("sign_ons", &row.id, error))?,
            id: row.id,
            at: row.at,
            tracking: row.tracking,
            event: row.event,
            is_success: row.is_success != 0,
            connection: row.connection,
            adapter: row.adapter,
            person: row.person,
            address: row.address,
            protocol: row.protocol,
            code: row.code,
            reason: row.reason,
            took_ms: row.took_ms,
        })
    }
}

macro_rules! matching {
    ($before:literal $(, $after:literal)*) => {
        concat!(
            $before,
            " from sign_ons where ($1 < 0 or is_success = $1) and ($2 = '' or connection_id = $2) \
             and ($3 = '' or person_key like $3 escape '\\')",
            $($after),*
        )
    };
}

impl Conn {
    /// A page of those that a query asks for, newest first, and how many there are.
    pub async fn list_sign_ons(&mut self, query: &SignOnQuery, page: Page) -> Result<(Vec<SignOn>, u64)> {
        let success = query.is_success.map_or(-1, i64::from);
        let connection = query.connection.as_ref().map_or("", ConnectionId::as_str);
        let person = pattern(&query.person);
        let rows = fetch_all!(
            self,
            "list sign-ons",
            SignOnRow,
            matching!(
                "select id, at, tracking, event, is_success, connection_id, connection, adapter, person, address, protocol, code, reason, took_ms",
                " order by at desc, id desc limit $4 offset $5"
            ),
            success,
            connection,
            person.as_str(),
            i64::from(page.limit),
            i64::from(page.offset)
        )?;
        let total = fetch_optional!(self, "count sign-ons", (i64,), matching!("select count(*)"), success, connection, person.as_str())?;
        let rows: Result<Vec<_>> = rows.into_iter().map(SignOn::try_from).collect();
        Ok((rows?, total.map_or(0, |(total,)| total.unsigned_abs())))
    }
}

impl Tx {
    /// Notes what became of one.
    pub async fn insert_sign_on(&mut self, sign_on: &SignOn) -> Result<()> {
        execute!(
            self,
            "note a sign-on",
            "insert into sign_ons (id, at, tracking, event, is_success, connection_id, connection, adapter, person, person_key, address, \
             protocol, code, reason, took_ms) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
            sign_on.id.as_str(),
            sign_on.at,
            sign_on.tracking.as_str(),
            sign_on.event.as_str(),
            i64::from(sign_on.is_success),
            sign_on.connection_id.as_ref().map(ConnectionId::as_str),
            sign_on.connection.as_str(),
            sign_on.adapter.as_str(),
            sign_on.person.as_str(),
            sign_on.person.to_lowercase(),
            sign_on.address.as_str(),
            sign_on.protocol.as_str(),
            sign_on.code.as_str(),
            sign_on.reason.as_str(),
            sign_on.took_ms,
        )?;
        Ok(())
    }

    /// Forgets what is older than `before`, and all but the newest `keep`.
    pub async fn prune_sign_ons(&mut self, before: i64, keep: u32) -> Result<u64> {
        let old = execute!(self, "forget old sign-ons", "delete from sign_ons where at < $1", before)?;
        let limit = fetch_optional!(
            self,
            "find the oldest sign-on that is kept",
            (i64,),
            "select at from sign_ons order by at desc, id desc limit 1 offset $1",
            i64::from(keep)
        )?;
        let Some((at,)) = limit else { return Ok(old) };
        Ok(old + execute!(self, "forget old sign-ons", "delete from sign_ons where at <= $1", at)?)
    }
}
