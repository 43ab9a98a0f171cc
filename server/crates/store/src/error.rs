//! What can go wrong with the store, in words for an administrator. Causes are sources, never part of the message.

use sqlx::error::ErrorKind;
use std::error::Error;

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The place is neither a usable file name nor a PostgreSQL URL.
    #[error("{place} is not a place for the database: use a file in an existing folder, or postgres://user@host/database")]
    Place {
        /// The place, without a password.
        place: String,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The engine did not let us in.
    #[error("the database {place} cannot be opened: check that it is there, that its disk has room and that this user may write to it")]
    Open {
        /// The place, without a password.
        place: String,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// The tables could not be brought up to date.
    #[error("the tables of the database {place} could not be brought up to date; nothing was changed by the step that failed")]
    Migrate {
        /// The place, without a password.
        place: String,
        /// Why.
        #[source]
        source: Box<sqlx::migrate::MigrateError>,
    },
    /// The database was last used by a newer version.
    #[error(
        "the database {place} was made by a newer Towpath (its step {step} is not known here): start that version, or restore an older backup"
    )]
    Newer {
        /// The place, without a password.
        place: String,
        /// The first migration not known here.
        step: i64,
    },
    /// A query failed.
    #[error("the database could not {doing}")]
    Failed {
        /// What was wanted.
        doing: &'static str,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// The disk took nothing more.
    #[error("the database could not {doing}: its disk takes nothing more; make room on it, nothing has to be restarted")]
    Full {
        /// What was wanted.
        doing: &'static str,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// Somebody else held it all the time that was waited.
    #[error("the database could not {doing}: another program keeps it locked; end that program, nothing has to be restarted")]
    Locked {
        /// What was wanted.
        doing: &'static str,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// Something unique is there already.
    #[error("this {what} is already taken")]
    Taken {
        /// `username`, `name`, `entity_id`, `instance_id`, `logout_path`, `validator`, `version`, `draft`, `target_id`, `id`.
        what: &'static str,
    },
    /// What should be deleted is still referred to.
    #[error("this {what} is still in use")]
    InUse {
        /// What it is.
        what: &'static str,
    },
    /// What was meant is not there (any more), or what it would belong to is not.
    #[error("could not {doing}: what it belongs to is not there any more")]
    Gone {
        /// What was wanted.
        doing: &'static str,
    },
    /// Somebody else saved it in the meantime.
    #[error("{by} saved it in the meantime")]
    Stale {
        /// Who.
        by: String,
    },
    /// A row that this version cannot read.
    #[error("the row {id} of {table} cannot be read; it was damaged, or written by a newer version")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The row.
        id: String,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// A value that cannot be written as JSON.
    #[error("a value could not be written as JSON")]
    Encode {
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

/// Unique indexes a person can run into: the name, how SQLite reports it, and what it means.
const UNIQUE: &[(&str, &str, &str)] = &[
    ("accounts_username", "index 'accounts_username'", "username"),
    ("data_stores_name", "index 'data_stores_name'", "name"),
    ("pcvs_name", "index 'pcvs_name'", "name"),
    ("pcvs_instance_id", "index 'pcvs_instance_id'", "instance_id"),
    ("idp_adapters_name", "index 'idp_adapters_name'", "name"),
    ("idp_adapters_instance_id", "index 'idp_adapters_instance_id'", "instance_id"),
    ("idp_adapters_logout_path", "index 'idp_adapters_logout_path'", "logout_path"),
    ("sp_connections_entity_id", "sp_connections.entity_id", "entity_id"),
    ("sp_connections_name", "index 'sp_connections_name'", "name"),
    ("connectors_id_version", "connectors.id, connectors.version", "version"),
    ("drafts_owner_target", "drafts.owner, drafts.kind, drafts.target_id", "draft"),
    ("links_target", "links.connection_id, links.target_id", "target_id"),
    ("accounts_pkey", "accounts.id", "id"),
    ("data_stores_pkey", "data_stores.id", "id"),
    ("pcvs_pkey", "pcvs.id", "id"),
    ("idp_adapters_pkey", "idp_adapters.id", "id"),
    ("idp_adapter_pcvs_pkey", "idp_adapter_pcvs.adapter_id, idp_adapter_pcvs.pcv_id", "validator"),
    ("sp_connections_pkey", "sp_connections.id", "id"),
    ("drafts_pkey", "drafts.id", "id"),
    ("cycles_pkey", "cycles.id", "id"),
    ("sessions_pkey", "sessions.id", "id"),
];

impl StoreError {
    /// Sorts an error of a query: unique and foreign key violations have a meaning, the rest failed.
    pub(crate) fn of(doing: &'static str, source: sqlx::Error) -> Self {
        let Some(database) = source.as_database_error() else { return Self::Failed { doing, source } };
        match database.kind() {
            ErrorKind::UniqueViolation => {
                // PostgreSQL names the index. SQLite names its columns, or the index if it is over an expression.
                let found = UNIQUE.iter().find(|(index, columns, _)| match database.constraint() {
                    Some(name) => name == *index,
                    None => database.message().strip_prefix("UNIQUE constraint failed: ") == Some(columns),
                });
                match found {
                    Some((_, _, what)) => Self::Taken { what },
                    None => Self::Failed { doing, source },
                }
            }
            ErrorKind::ForeignKeyViolation => Self::Gone { doing },
            _ => match database.code().as_deref() {
                // SQLite: SQLITE_FULL and SQLITE_IOERR_WRITE with its kin; PostgreSQL: disk_full.
                Some("13" | "778" | "1034" | "1546" | "4874" | "53100") => Self::Full { doing, source },
                // SQLite: SQLITE_BUSY with its kin; PostgreSQL: lock_not_available.
                Some("5" | "261" | "517" | "773" | "55P03") => Self::Locked { doing, source },
                _ => Self::Failed { doing, source },
            },
        }
    }

    /// A row that cannot be read.
    pub(crate) fn corrupt(table: &'static str, id: impl Into<String>, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Corrupt { table, id: id.into(), source: source.into() }
    }

    pub(crate) fn encode(source: serde_json::Error) -> Self {
        Self::Encode { source }
    }
}
