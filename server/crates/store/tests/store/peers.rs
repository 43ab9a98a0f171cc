//! The two engines: a SQLite file in a temporary folder, and a PostgreSQL server that this process starts and ends.

use sqlx::Connection as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use store::{Keys, Store};
use tempfile::TempDir;

/// A store to check, and where it is.
pub struct Site {
    pub store: Store,
    pub place: String,
}

impl Site {
    /// Runs a statement behind the store's back.
    pub async fn sql(&self, sql: &'static str) {
        if self.place.starts_with("postgres") {
            let mut connection = sqlx::PgConnection::connect(&self.place).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        } else {
            let mut connection = sqlx::SqliteConnection::connect(&format!("sqlite://{}", self.place)).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        }
    }
}

/// Ends with this value, by its own pid.
pub struct Peers {
    server: Child,
    pub port: u16,
    pub folder: TempDir,
    next: AtomicU32,
}

impl Peers {
    /// Starts PostgreSQL. A machine without it fails here, with the launcher's reason.
    pub fn start() -> Self {
        let launcher = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../end2end/peers/postgres.sh");
        // Directly below /tmp: PostgreSQL refuses to run as root, and the user it then runs as must reach the folder.
        let folder = tempfile::Builder::new().prefix("towpath-store-").tempdir_in("/tmp").unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut server = Command::new("bash")
            .arg(launcher)
            .arg(folder.path().join("postgres"))
            .arg(port.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .expect("bash starts end2end/peers/postgres.sh");
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        if line.trim() != "ready" {
            let _ = server.wait();
            panic!("PostgreSQL did not start; these tests need Debian's package postgresql, and the reason is above");
        }
        Self { server, port, folder, next: AtomicU32::new(0) }
    }

    /// Gives the server a certificate of its own for 127.0.0.1 and turns TLS on; answers the file to trust.
    pub async fn turn_tls_on(&self) -> String {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let data = self.folder.path().join("postgres/data");
        let (certificate, key) = (data.join("server.crt"), data.join("server.key"));
        fs::write(&certificate, made.cert.pem()).unwrap();
        fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        // The server may run as another user, and insists on owning its key alone.
        let owner = fs::metadata(&data).unwrap().uid();
        for file in [&certificate, &key] {
            chown(file, Some(owner), None).unwrap();
            fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
        }
        let mut connection = sqlx::PgConnection::connect(&format!("{}/postgres", self.server_url())).await.unwrap();
        sqlx::raw_sql("alter system set ssl = on").execute(&mut connection).await.unwrap();
        sqlx::raw_sql("select pg_reload_conf()").execute(&mut connection).await.unwrap();
        // New connections see it once the server has read its configuration anew.
        for _ in 0..100 {
            let mut connection = sqlx::PgConnection::connect(&format!("{}/postgres", self.server_url())).await.unwrap();
            let (ssl,): (String,) = sqlx::query_as("show ssl").fetch_one(&mut connection).await.unwrap();
            if ssl == "on" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let trusted = self.folder.path().join("trusted.pem");
        fs::write(&trusted, made.cert.pem()).unwrap();
        trusted.display().to_string()
    }

    fn server_url(&self) -> String {
        format!("postgres://towpath@127.0.0.1:{}", self.port)
    }

    /// A new PostgreSQL database; its URL.
    pub async fn new_database(&self) -> String {
        let name = format!("check{}", self.next.fetch_add(1, Ordering::Relaxed));
        let server = self.server_url();
        let mut connection = sqlx::PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("create database {name}"))).execute(&mut connection).await.unwrap();
        format!("{server}/{name}")
    }

    /// A new file name for SQLite.
    pub fn new_file(&self) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.folder.path().join(format!("check{number}.db")).display().to_string()
    }

    /// Runs a check on an empty store of each engine.
    pub async fn check(&self, check: impl AsyncFn(&Site)) {
        for place in [self.new_file(), self.new_database().await] {
            let store = Store::open(&place, Keys::from_bytes([7; 32])).await.unwrap();
            let site = Site { store, place };
            check(&site).await;
            site.store.close().await;
        }
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        // The launcher became the server, so this is its pid. SIGINT is PostgreSQL's fast shutdown; it frees what it shares.
        let _ = Command::new("kill").args(["-INT", &self.server.id().to_string()]).status();
        let _ = self.server.wait();
    }
}
