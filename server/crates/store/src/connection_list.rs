//! The list of SP Connections, a page at a time: searched, filtered and sorted by columns of their own, which indexes hold.

use crate::body::BodyRow;
use crate::{Conn, Page, Result, Store, StoreError, Stored};
use domain::id::ConnectionId;
use domain::model::connection_list::{ConnectionQuery, Kind, Sort, Status};
use domain::model::sp_connection::SpConnection;
use serde::Deserialize;
use sqlx::FromRow;

/// Most characters of a name or an entity ID that are searched and sorted by: an index refuses longer ones.
const LONGEST_KEY: usize = 255;

/// A connection in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedConnection {
    /// The connection.
    pub connection: Stored<SpConnection>,
    /// When it was saved first (unix ms).
    pub created_at: i64,
}

/// A page of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionPage {
    /// Its rows.
    pub rows: Vec<ListedConnection>,
    /// How many there are that match, on all pages.
    pub total: u64,
}

#[derive(FromRow)]
struct ListedRow {
    #[sqlx(flatten)]
    body: BodyRow,
    created_at: i64,
}

/// What both the page and the count leave out.
macro_rules! matching {
    ($before:literal $(, $after:literal)*) => {
        concat!(
            $before,
            " from sp_connections where ($1 = '' or name_key like $1 escape '\\' or entity_id_key like $1 escape '\\') \
             and ($2 < 0 or enabled = $2) and ($3 = 0 or browser_sso = 1) and ($4 = 0 or outbound_provisioning = 1)",
            $($after),*
        )
    };
}

macro_rules! page_by {
    ($order:literal) => {
        matching!("select id, body, body_version, version, updated_by, updated_at, created_at", " order by ", $order, " limit $5 offset $6")
    };
}

impl Conn {
    /// A page of the connections that a query asks for.
    pub async fn list_connection_page(&mut self, query: &ConnectionQuery, page: Page) -> Result<ConnectionPage> {
        let pattern = pattern(&query.text);
        let enabled: i64 = match query.status {
            Status::Any => -1,
            Status::Enabled => 1,
            Status::Disabled => 0,
        };
        let (sso, provisioning) = (i64::from(query.kind == Kind::BrowserSso), i64::from(query.kind == Kind::OutboundProvisioning));
        let sql = match (query.sort, query.descending) {
            (Sort::Name, false) => page_by!("name_key, id"),
            (Sort::Name, true) => page_by!("name_key desc, id desc"),
            (Sort::EntityId, false) => page_by!("entity_id_key, id"),
            (Sort::EntityId, true) => page_by!("entity_id_key desc, id desc"),
            (Sort::Created, false) => page_by!("created_at, id"),
            (Sort::Created, true) => page_by!("created_at desc, id desc"),
            (Sort::Updated, false) => page_by!("updated_at, id"),
            (Sort::Updated, true) => page_by!("updated_at desc, id desc"),
        };
        let rows = fetch_all!(
            self,
            "list the SP Connections",
            ListedRow,
            sql,
            pattern.as_str(),
            enabled,
            sso,
            provisioning,
            i64::from(page.limit),
            i64::from(page.offset)
        )?;
        let rows: Result<Vec<_>> =
            rows.into_iter().map(|row| Ok(ListedConnection { connection: row.body.read()?, created_at: row.created_at })).collect();
        let (total,) = fetch_optional!(
            self,
            "count the SP Connections",
            (i64,),
            matching!("select count(*)"),
            pattern.as_str(),
            enabled,
            sso,
            provisioning
        )?
        .unwrap_or_default();
        Ok(ConnectionPage { rows: rows?, total: total.unsigned_abs() })
    }

    /// Id, name and entity ID of every connection, by name.
    pub async fn list_connection_names(&mut self) -> Result<Vec<(ConnectionId, String, String)>> {
        let rows = fetch_all!(
            self,
            "list the names of the SP Connections",
            (String, String, String),
            "select id, name, entity_id from sp_connections order by name_key, id"
        )?;
        let id = |id: String| ConnectionId::parse(&id).map_err(|e| StoreError::corrupt("sp_connections", id, e));
        rows.into_iter().map(|(row, name, entity_id)| Ok((id(row)?, name, entity_id))).collect()
    }

    /// Whether a connection has this name, whatever its case.
    pub async fn is_connection_name_taken(&mut self, name: &str) -> Result<bool> {
        let found = fetch_optional!(self, "look for a name", (i64,), "select count(*) from sp_connections where name_key = $1", key(name))?;
        Ok(found.is_some_and(|(n,)| n > 0))
    }

    /// Whether a connection has this entity ID, whatever its case.
    pub async fn is_entity_id_taken(&mut self, entity_id: &str) -> Result<bool> {
        let sql = "select count(*) from sp_connections where entity_id_key = $1";
        let found = fetch_optional!(self, "look for an entity ID", (i64,), sql, key(entity_id))?;
        Ok(found.is_some_and(|(n,)| n > 0))
    }

    /// How many connections there are.
    pub async fn count_connections(&mut self) -> Result<u64> {
        let found = fetch_optional!(self, "count the SP Connections", (i64,), "select count(*) from sp_connections")?;
        Ok(found.map_or(0, |(n,)| n.unsigned_abs()))
    }
}

/// The setting that says that the columns of the list hold what the bodies say.
const COMPLETE: &str = "connection_list_complete";

/// What of a body a list is narrowed by. Another body than today's may lack it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Types {
    browser_sso_profiles: bool,
    outbound_provisioning: bool,
}

impl Store {
    /// Fills the columns of the list for connections that were saved before there were such columns. Migration 0009 does what SQL can:
    /// SQLite's `lower` knows ASCII alone, and Browser SSO was not looked for. Done once.
    pub(crate) async fn complete_connection_list(&self) -> Result<()> {
        if self.read().await?.find_setting(COMPLETE).await?.is_some() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        let rows = fetch_all!(
            tx,
            "read the SP Connections for their list",
            (String, String, String, String),
            "select id, name, entity_id, body from sp_connections"
        )?;
        for (id, name, entity_id, body) in rows {
            // A body that cannot be read says so where it is opened, and does not keep the server from starting.
            let types: Types = serde_json::from_str(&body).unwrap_or_default();
            execute!(
                tx,
                "complete the list of SP Connections",
                "update sp_connections set name_key = $2, entity_id_key = $3, browser_sso = $4, outbound_provisioning = $5 where id = $1",
                id,
                key(&name),
                key(&entity_id),
                i64::from(types.browser_sso_profiles),
                i64::from(types.outbound_provisioning)
            )?;
        }
        tx.put_setting(COMPLETE, "1").await?;
        tx.commit().await
    }
}

/// What a name or an entity ID is searched and sorted by.
pub(crate) fn key(text: &str) -> String {
    text.chars().take(LONGEST_KEY).collect::<String>().to_lowercase()
}

/// What a text anywhere in a key is found by; empty for everything.
pub(crate) fn pattern(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() {
        return String::new();
    }
    let mut out = String::from("%");
    for c in text.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('%');
    out
}
