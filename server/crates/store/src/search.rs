//! Objects by a piece of their name. Few columns, few rows: however many connections there are, their bodies are not read.

use crate::{Conn, Result};
use sqlx::FromRow;

/// An object that was found.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Found {
    /// `data_store`, `pcv`, `idp_adapter`, `sp_connection` or `channel`.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// An entity ID, an Instance ID, the connection of a channel; may be empty.
    pub detail: String,
}

impl Conn {
    /// Objects whose name, Instance ID or entity ID holds a text, at most so many of each kind; names that begin with it first.
    pub async fn search(&mut self, text: &str, most: u32) -> Result<Vec<Found>> {
        let text = escape(text);
        fetch_all!(
            self,
            "search",
            Found,
            "select kind, id, name, detail from (\
               select * from (select 'data_store' as kind, id, name, '' as detail, \
                 case when lower(name) like lower($2) escape '!' then 0 else 1 end as place from data_stores \
                 where lower(name) like lower($1) escape '!' order by place, lower(name), id limit $3) as found_stores \
               union all \
               select * from (select 'pcv' as kind, id, name, instance_id as detail, \
                 case when lower(name) like lower($2) escape '!' then 0 else 1 end as place from pcvs \
                 where lower(name) like lower($1) escape '!' or lower(instance_id) like lower($1) escape '!' \
                 order by place, lower(name), id limit $3) as found_pcvs \
               union all \
               select * from (select 'idp_adapter' as kind, id, name, instance_id as detail, \
                 case when lower(name) like lower($2) escape '!' then 0 else 1 end as place from idp_adapters \
                 where lower(name) like lower($1) escape '!' or lower(instance_id) like lower($1) escape '!' \
                 order by place, lower(name), id limit $3) as found_adapters \
               union all \
               select * from (select 'sp_connection' as kind, id, name, entity_id as detail, \
                 case when lower(name) like lower($2) escape '!' then 0 else 1 end as place from sp_connections \
                 where lower(name) like lower($1) escape '!' or lower(entity_id) like lower($1) escape '!' \
                 order by place, lower(name), id limit $3) as found_connections \
               union all \
               select * from (select 'channel' as kind, c.id as id, c.name as name, s.name as detail, \
                 case when lower(c.name) like lower($2) escape '!' then 0 else 1 end as place \
                 from channels c join sp_connections s on s.id = c.connection_id \
                 where lower(c.name) like lower($1) escape '!' order by place, lower(c.name), c.id limit $3) as found_channels\
             ) as found order by kind, place, lower(name), id",
            format!("%{text}%"),
            format!("{text}%"),
            i64::from(most)
        )
    }
}

/// A text as LIKE takes it for itself.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '!') {
            out.push('!');
        }
        out.push(c);
    }
    out
}
