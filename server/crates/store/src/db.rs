//! The two engines behind one type, and the macros that give both the same SQL text.
//!
//! A query is written once: `execute!`, `fetch_all!` and their kin expand to one arm per engine with the same literal. The
//! only text that differs is the name of the function that turns a JSON array into rows (`*_rows!`): SQLite's `json_each` and
//! PostgreSQL's `json_array_elements`, which both call their column `value` and both know `value ->> 'key'`.

use crate::objects::Touched;
use crate::seal::{Keys, SealError};
use crate::{Result, StoreError, migrations};
use domain::secret::Secret;
use sqlx::migrate::MigrateError;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, Postgres};
use sqlx::sqlite::{Sqlite, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, Transaction};
use std::fs::OpenOptions;
use std::io;
use std::ops::{Deref, DerefMut};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::str::FromStr as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How long a query waits for a connection or a lock before it fails.
const PATIENCE: Duration = Duration::from_secs(30);
/// SQLite connections that read at once.
const READERS: u32 = 4;
/// PostgreSQL connections.
const CONNECTIONS: u32 = 10;

#[derive(Clone)]
enum Db {
    /// WAL: one writer, and readers that it does not block.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres(PgPool),
}

/// The store. Cheap to clone; every clone shares the connections.
#[derive(Clone)]
pub struct Store {
    db: Db,
    keys: Keys,
    saves: Arc<AtomicU64>,
}

impl Store {
    /// Opens the database and brings its tables up to date.
    ///
    /// `place` is a `postgres://` URL or else the path of a SQLite file, made if absent (0600; its folder must exist). A
    /// PostgreSQL server may be reached over a Unix socket (`postgres://user@%2Frun%2Fpostgresql/db`), loopback or TLS; to
    /// insist on TLS with a known certificate add `?sslmode=verify-full&sslrootcert=/path/ca.pem`.
    pub async fn open(place: &str, keys: Keys) -> Result<Self> {
        let db = match place.starts_with("postgres://") || place.starts_with("postgresql://") {
            true => open_postgres(place).await?,
            false => open_sqlite(Path::new(place)).await?,
        };
        let store = Self { db, keys, saves: Arc::default() };
        store.complete_connection_list().await?;
        Ok(store)
    }

    /// A connection for reading. On SQLite it is not disturbed by the writer; writing through it is not possible.
    pub async fn read(&self) -> Result<Conn> {
        const DOING: &str = "get a connection";
        let inner = match &self.db {
            Db::Sqlite { readers, .. } => Inner::Sqlite(readers.acquire().await.map_err(|e| StoreError::of(DOING, e))?),
            Db::Postgres(pool) => Inner::Postgres(pool.acquire().await.map_err(|e| StoreError::of(DOING, e))?),
        };
        Ok(Conn { inner })
    }

    /// Begins a transaction: everything done in it is there after [`Tx::commit`], or none of it.
    ///
    /// On SQLite it takes the one writer at once (`BEGIN IMMEDIATE`), so that reading first and writing later cannot deadlock.
    pub async fn begin(&self) -> Result<Tx> {
        let mut tx = self.begin_record().await?;
        tx.saves = Some(Saves(self.saves.clone()));
        Ok(tx)
    }

    /// Begins a transaction like [`Store::begin`] that writes down what happened and changes no configuration, so that
    /// [`Store::saves`] stays as it is.
    pub async fn begin_record(&self) -> Result<Tx> {
        const DOING: &str = "begin a transaction";
        let inner = match &self.db {
            Db::Sqlite { writer, .. } => Inner::SqliteTx(writer.begin_with("begin immediate").await.map_err(|e| StoreError::of(DOING, e))?),
            Db::Postgres(pool) => Inner::PostgresTx(pool.begin().await.map_err(|e| StoreError::of(DOING, e))?),
        };
        Ok(Tx { conn: Conn { inner }, saves: None, touched: Touched::default() })
    }

    /// For one statement that is a transaction of its own, like [`Store::begin_record`] in everything else: a beginning and an end
    /// would cost two more switches of threads, or round trips. What is committed is there before.
    pub async fn record(&self) -> Result<Tx> {
        const DOING: &str = "get a connection";
        let inner = match &self.db {
            Db::Sqlite { writer, .. } => Inner::Sqlite(writer.acquire().await.map_err(|e| StoreError::of(DOING, e))?),
            Db::Postgres(pool) => Inner::Postgres(pool.acquire().await.map_err(|e| StoreError::of(DOING, e))?),
        };
        Ok(Tx { conn: Conn { inner }, saves: None, touched: Touched::default() })
    }

    /// A number that changes after each transaction that may have changed configuration. Who keeps what was read of it takes this
    /// number before reading, and reads anew once it is another.
    pub fn saves(&self) -> u64 {
        self.saves.load(Ordering::Acquire)
    }

    /// Seals a secret for one place; see [`Keys::seal`].
    pub fn seal(&self, secret: &Secret, aad: &str) -> Result<String, SealError> {
        self.keys.seal(secret, aad)
    }

    /// Opens a sealed secret of that place; see [`Keys::open`].
    pub fn unseal(&self, sealed: &str, aad: &str) -> Result<Secret, SealError> {
        self.keys.open(sealed, aad)
    }

    /// Waits for what is under way and closes all connections; SQLite's log is folded into its file.
    pub async fn close(&self) {
        match &self.db {
            Db::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Db::Postgres(pool) => pool.close().await,
        }
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.db {
            Db::Sqlite { .. } => "Store(SQLite)",
            Db::Postgres(_) => "Store(PostgreSQL)",
        })
    }
}

async fn open_postgres(url: &str) -> Result<Db> {
    // The URL may hold a password; messages name the host and the database only.
    let shown = match url.split_once('@') {
        Some((_, rest)) => format!("postgres://..@{}", rest.split('?').next().unwrap_or(rest)),
        None => url.split('?').next().unwrap_or(url).to_owned(),
    };
    let options = PgConnectOptions::from_str(url)
        .map_err(|source| StoreError::Place { place: shown.clone(), source: source.into() })?
        .application_name("towpath");
    // Not through the pool: it would try a refused connection again until its patience ends, and then say only that it ended.
    let mut connection = PgConnection::connect_with(&options).await.map_err(|source| StoreError::Open { place: shown.clone(), source })?;
    migrations::migrator().run_direct(None, &mut connection, false).await.map_err(|source| migrate_error(shown.clone(), source))?;
    connection.close().await.map_err(|source| StoreError::Open { place: shown, source })?;
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE).connect_lazy_with(options);
    Ok(Db::Postgres(pool))
}

async fn open_sqlite(path: &Path) -> Result<Db> {
    let shown = path.display().to_string();
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    if folder.is_some_and(|folder| !folder.is_dir()) {
        let source = io::Error::new(io::ErrorKind::NotFound, "its folder does not exist");
        return Err(StoreError::Place { place: shown, source: source.into() });
    }
    // Made here and not by SQLite, so that nobody else can read it from its first moment; SQLite's other files follow its mode.
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(source) if source.kind() != io::ErrorKind::AlreadyExists => {
            return Err(StoreError::Place { place: shown, source: source.into() });
        }
        _ => {}
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // An intent must outlive a power cut: it says that something may be at the target already.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(PATIENCE);
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        // There is no server that could have gone away, and each sign of life costs two switches of threads.
        .test_before_acquire(false)
        // SQLite rolls back by itself when the disk is full, and the driver, whose own rollback then fails, takes the transaction for
        // open for ever. Such a connection makes room for a new one, else nothing could be written until a restart.
        .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
        .acquire_timeout(PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options.clone())
        .await
        .map_err(|source| StoreError::Open { place: shown.clone(), source })?;
    let mut connection = writer.acquire().await.map_err(|source| StoreError::Open { place: shown.clone(), source })?;
    migrations::migrator().run_direct(None, &mut *connection, false).await.map_err(|source| migrate_error(shown.clone(), source))?;
    drop(connection);
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS)
        .test_before_acquire(false)
        .acquire_timeout(PATIENCE)
        .idle_timeout(Duration::from_secs(60))
        .max_lifetime(None)
        .connect_with(options.pragma("query_only", "on"))
        .await
        .map_err(|source| StoreError::Open { place: shown, source })?;
    Ok(Db::Sqlite { writer, readers })
}

fn migrate_error(place: String, source: MigrateError) -> StoreError {
    match source {
        MigrateError::VersionMissing(step) => StoreError::Newer { place, step },
        source => StoreError::Migrate { place, source: Box::new(source) },
    }
}

/// A connection: what can be read, inside a transaction or outside.
pub struct Conn {
    inner: Inner,
}

enum Inner {
    Sqlite(PoolConnection<Sqlite>),
    SqliteTx(Transaction<'static, Sqlite>),
    Postgres(PoolConnection<Postgres>),
    PostgresTx(Transaction<'static, Postgres>),
}

/// The engine's own connection, for the macros.
pub(crate) enum Raw<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
}

impl Conn {
    pub(crate) fn raw(&mut self) -> Raw<'_> {
        match &mut self.inner {
            Inner::Sqlite(c) => Raw::Sqlite(c),
            Inner::SqliteTx(c) => Raw::Sqlite(c),
            Inner::Postgres(c) => Raw::Postgres(c),
            Inner::PostgresTx(c) => Raw::Postgres(c),
        }
    }

    /// Asks the database for a sign of life, for readiness checks.
    pub async fn ping(&mut self) -> Result<()> {
        match self.raw() {
            Raw::Sqlite(c) => c.ping().await,
            Raw::Postgres(c) => c.ping().await,
        }
        .map_err(|e| StoreError::of("answer", e))
    }
}

/// A transaction: what can be read, and what can be written. Rolls back when dropped.
pub struct Tx {
    conn: Conn,
    saves: Option<Saves>,
    pub(crate) touched: Touched,
}

/// Counts one save when it is dropped: after the commit, and also where nobody waited for the end of one.
struct Saves(Arc<AtomicU64>);

impl Drop for Saves {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Release);
    }
}

impl Tx {
    /// Makes all of it last.
    pub async fn commit(mut self) -> Result<()> {
        self.settle_objects().await?;
        let Self { conn, saves, .. } = self;
        let done = match conn.inner {
            Inner::SqliteTx(tx) => tx.commit().await,
            Inner::PostgresTx(tx) => tx.commit().await,
            // Of `record`: each statement was committed by itself.
            Inner::Sqlite(_) | Inner::Postgres(_) => Ok(()),
        };
        drop(saves);
        done.map_err(|e| StoreError::of("commit a transaction", e))
    }
}

impl Deref for Tx {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}

/// The same expression for the connection of either engine.
macro_rules! on_engine {
    ($conn:expr, |$c:ident| $body:expr) => {
        match $conn.raw() {
            $crate::db::Raw::Sqlite($c) => $body,
            $crate::db::Raw::Postgres($c) => $body,
        }
    };
}

/// Runs a statement; answers how many rows it touched.
macro_rules! execute {
    ($conn:expr, $doing:literal, $sql:literal $(, $arg:expr)* $(,)?) => {
        on_engine!($conn, |c| sqlx::query($sql)$(.bind($arg))*.execute(c).await.map(|done| done.rows_affected()))
            .map_err(|e| $crate::StoreError::of($doing, e))
    };
}

/// Reads all rows.
macro_rules! fetch_all {
    ($conn:expr, $doing:literal, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        on_engine!($conn, |c| sqlx::query_as::<_, $row>($sql)$(.bind($arg))*.fetch_all(c).await)
            .map_err(|e| $crate::StoreError::of($doing, e))
    };
}

/// Reads one row, if there is one.
macro_rules! fetch_optional {
    ($conn:expr, $doing:literal, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        on_engine!($conn, |c| sqlx::query_as::<_, $row>($sql)$(.bind($arg))*.fetch_optional(c).await)
            .map_err(|e| $crate::StoreError::of($doing, e))
    };
}

/// The two texts of a statement over the rows of a JSON array, which is always `$1`.
macro_rules! sqlite_rows {
    ($($part:literal),+) => { sqlite_rows!(@ () $($part),+) };
    (@ ($($done:expr,)*) $last:literal) => { concat!($($done,)* $last) };
    (@ ($($done:expr,)*) $part:literal, $($rest:literal),+) => { sqlite_rows!(@ ($($done,)* $part, "json_each($1)",) $($rest),+) };
}
macro_rules! postgres_rows {
    ($($part:literal),+) => { postgres_rows!(@ () $($part),+) };
    (@ ($($done:expr,)*) $last:literal) => { concat!($($done,)* $last) };
    (@ ($($done:expr,)*) $part:literal, $($rest:literal),+) => {
        postgres_rows!(@ ($($done,)* $part, "json_array_elements(cast($1 as json))",) $($rest),+)
    };
}

/// Runs a statement over the rows of a JSON array; the array's rows stand between the parts of the text.
macro_rules! execute_rows {
    ($conn:expr, $doing:literal, [$($sql:literal),+], $json:expr $(, $arg:expr)* $(,)?) => {
        match $conn.raw() {
            $crate::db::Raw::Sqlite(c) => {
                sqlx::query(sqlite_rows!($($sql),+)).bind($json)$(.bind($arg))*.execute(c).await.map(|done| done.rows_affected())
            }
            $crate::db::Raw::Postgres(c) => {
                sqlx::query(postgres_rows!($($sql),+)).bind($json)$(.bind($arg))*.execute(c).await.map(|done| done.rows_affected())
            }
        }
        .map_err(|e| $crate::StoreError::of($doing, e))
    };
}

/// Reads all rows of a query over the rows of a JSON array; the array's rows stand between the parts of the text.
macro_rules! fetch_all_rows {
    ($conn:expr, $doing:literal, $row:ty, [$($sql:literal),+], $json:expr $(, $arg:expr)* $(,)?) => {
        match $conn.raw() {
            $crate::db::Raw::Sqlite(c) => sqlx::query_as::<_, $row>(sqlite_rows!($($sql),+)).bind($json)$(.bind($arg))*.fetch_all(c).await,
            $crate::db::Raw::Postgres(c) => {
                sqlx::query_as::<_, $row>(postgres_rows!($($sql),+)).bind($json)$(.bind($arg))*.fetch_all(c).await
            }
        }
        .map_err(|e| $crate::StoreError::of($doing, e))
    };
}
