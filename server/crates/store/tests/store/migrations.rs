//! Databases of an earlier release, opened by this one.

use crate::peers::Peers;
use domain::model::connection_list::{ConnectionQuery, Kind, Sort};
use sqlx::migrate::{Migrate, Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, Connection as _, Executor, PgConnection, SqlSafeStr as _, SqliteConnection};
use std::path::Path;
use store::{Keys, Page, Store};

/// The migrations up to a number, as a release of that time had them.
fn until(last: i64) -> Migrator {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../migrations");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut migrations = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|end| end == "sql")) {
        let (number, about) = file.file_stem().unwrap().to_str().unwrap().split_once('_').unwrap();
        let number: i64 = number.parse().unwrap();
        let text = std::fs::read_to_string(file).unwrap();
        if number <= last {
            let sql = AssertSqlSafe(text).into_sql_str();
            migrations.push(Migration::new(number, about.replace('_', " ").into(), MigrationType::Simple, sql, false));
        }
    }
    assert_eq!(migrations.len() as i64, last, "numbered without gaps");
    Migrator::with_migrations(migrations)
}

/// Two connections as they were saved at migration 0008.
const AT_0008: &str = "\
    insert into sp_connections \
    (id, entity_id, name, connector_id, connector_version, enabled, body, body_version, version, updated_by, updated_at) values \
    ('c1', 'https://Sso.Example.com', 'Ünal GmbH', 'scim-2.0', '1.0.0', 1, \
     '{\"general\":{\"company\":\"\\\"outbound_provisioning\\\":true\"},\"browser_sso_profiles\":true,\"outbound_provisioning\":false}', 1, 1, 'admin', 20), \
    ('c2', 'urn:two', 'Alpha', 'scim-2.0', '1.0.0', 0, '{\"browser_sso_profiles\":false,\"outbound_provisioning\":true}', 1, 1, 'admin', 10), \
    ('c3', 'urn:three', 'damaged', 'scim-2.0', '1.0.0', 0, 'no JSON', 1, 1, 'admin', 30)";

async fn prepare<C>(mut connection: C)
where
    C: Migrate + sqlx::Connection,
    for<'a> &'a mut C: Executor<'a, Database = C::Database>,
{
    until(8).run_direct(None, &mut connection, false).await.unwrap();
    sqlx::raw_sql(AT_0008).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn the_list_of_connections_is_filled_from_what_was_there() {
    let peers = Peers::start();
    let (file, url) = (peers.new_file(), peers.new_database().await);
    prepare(SqliteConnection::connect(&format!("sqlite://{file}?mode=rwc")).await.unwrap()).await;
    prepare(PgConnection::connect(&url).await.unwrap()).await;
    for place in [file, url] {
        let store = Store::open(&place, Keys::from_bytes([7; 32])).await.unwrap();
        let mut conn = store.read().await.unwrap();
        let names: Vec<_> = conn.list_connection_names().await.unwrap().into_iter().map(|(id, ..)| id.to_string()).collect();
        assert_eq!(names, ["c2", "c3", "c1"], "by name, whatever the case: {place}");
        assert!(conn.is_connection_name_taken("ÜNAL GMBH").await.unwrap(), "{place}");
        assert!(conn.is_entity_id_taken("https://sso.example.com").await.unwrap(), "{place}");
        // What is counted needs no body to be read.
        let count = async |conn: &mut store::Conn, query: ConnectionQuery| {
            let page = conn.list_connection_page(&query, Page { offset: 9, limit: 1 }).await.unwrap();
            page.total
        };
        assert_eq!(count(&mut conn, ConnectionQuery { text: "ünal".into(), ..ConnectionQuery::default() }).await, 1, "{place}");
        assert_eq!(count(&mut conn, ConnectionQuery { kind: Kind::BrowserSso, ..ConnectionQuery::default() }).await, 1, "{place}");
        assert_eq!(
            count(&mut conn, ConnectionQuery { kind: Kind::OutboundProvisioning, ..ConnectionQuery::default() }).await,
            1,
            "{place}"
        );
        assert_eq!(count(&mut conn, ConnectionQuery { sort: Sort::Created, ..ConnectionQuery::default() }).await, 3, "{place}");
        drop(conn);
        // What another process changes later is not touched by the next start.
        let site = crate::peers::Site { store, place };
        site.sql("update sp_connections set created_at = created_at + 1, name_key = 'changed' where id = 'c3'").await;
        site.store.close().await;
        let again = Store::open(&site.place, Keys::from_bytes([7; 32])).await.unwrap();
        assert!(again.read().await.unwrap().is_connection_name_taken("changed").await.unwrap(), "done once");
        again.close().await;
    }
}
