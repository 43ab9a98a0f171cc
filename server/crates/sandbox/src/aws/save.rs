//! Keeping the store over a restart, as one JSON file.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use domain::secret::Secret;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::io::AsyncWriteExt as _;

use super::provisioning::{Access, Held, Token};
use super::state::State;
use super::{Aws, Config, portal};

/// Why the store could not be saved or loaded.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The file could not be read.
    #[error("the emulated AWS store could not be read from {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file could not be written.
    #[error("the emulated AWS store could not be written to {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file is not what [`Aws::save`] writes.
    #[error("{} is not a saved AWS store; move it away to start with an empty one", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The file contradicts itself.
    #[error("{} holds a saved AWS store that is damaged ({what}); move it away to start with an empty one", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
}

/// What is kept besides users and groups, so that a client finds the same store after a restart.
pub(super) struct Kept {
    pub access: Access,
    pub id_prefix: String,
    pub clock_offset_ms: i64,
    pub portal: Option<portal::Kept>,
}

/// [`Kept`] as it is written. The tokens open nothing but this emulator.
#[derive(Serialize, Deserialize)]
struct Identity {
    /// `None` while provisioning is not enabled.
    tenant: Option<String>,
    id_prefix: String,
    #[serde(default)]
    tokens: Vec<SavedToken>,
    /// The only token of a store that was saved in version 1.
    #[serde(default, skip_serializing)]
    token: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct SavedToken {
    id: String,
    secret: String,
    created_ms: i64,
    expires_ms: i64,
    last_used_ms: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    version: u32,
    identity: Identity,
    #[serde(default)]
    clock_offset_ms: i64,
    /// A store that was saved before there was a portal has none.
    #[serde(default)]
    portal: Option<portal::Kept>,
    /// The greatest key ever given; keys are not given twice.
    #[serde(default)]
    last_key: u64,
    users: Vec<SavedUser>,
    groups: Vec<SavedGroup>,
}

#[derive(Serialize, Deserialize)]
struct SavedUser {
    /// Its place in lists, which cursors point at; version 1 had none.
    #[serde(default)]
    key: u64,
    id: String,
    attributes: Map<String, Value>,
    created_ms: i64,
    modified_ms: i64,
}

#[derive(Serialize, Deserialize)]
struct SavedGroup {
    #[serde(default)]
    key: u64,
    id: String,
    display_name: String,
    external_id: Option<String>,
    members: Vec<String>,
    created_ms: i64,
    modified_ms: i64,
}

/// Version 1 had one token that never expired.
const VERSION: u32 = 2;

impl Aws {
    /// Writes the store to `path`, readable by its owner only: into a file beside it first, so that a crash leaves the old one whole.
    pub async fn save(&self, path: &Path) -> Result<(), SaveError> {
        let failed = |source| SaveError::Write { path: path.to_owned(), source };
        let bytes = serde_json::to_vec(&self.snapshot()).map_err(|source| failed(source.into()))?;
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        write_private(Path::new(&beside), &bytes).await.map_err(failed)?;
        tokio::fs::rename(&beside, path).await.map_err(failed)
    }

    /// The store that [`Aws::save`] wrote to `path`, with its tenant and tokens unless `config` gives others. Without such a file, an empty store.
    pub async fn load(config: Config, path: &Path) -> Result<Self, SaveError> {
        let bytes = match tokio::fs::read(path).await {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::new(config)),
            Err(source) => return Err(SaveError::Read { path: path.to_owned(), source }),
        };
        let saved: Saved = serde_json::from_slice(&bytes).map_err(|source| SaveError::Parse { path: path.to_owned(), source })?;
        let corrupt = |what| SaveError::Corrupt { path: path.to_owned(), what };
        if !(1..=VERSION).contains(&saved.version) {
            return Err(corrupt(format!("version {} is unknown", saved.version)));
        }
        let state = restore(State::new(config.case_sensitive), saved.users, saved.groups, saved.last_key).map_err(corrupt)?;
        let kept = saved.identity.restore((config.clock)(), saved.clock_offset_ms, saved.portal);
        Ok(Self::with_state(config, state, Some(kept)))
    }

    fn snapshot(&self) -> Saved {
        let inner = self.lock();
        let users = inner.state.users().map(|(key, user)| SavedUser {
            key: *key,
            id: user.id.clone(),
            attributes: user.attributes.clone(),
            created_ms: user.created_ms,
            modified_ms: user.modified_ms,
        });
        let groups = inner.state.groups().map(|(key, group)| SavedGroup {
            key: *key,
            id: group.id.clone(),
            display_name: group.display_name.clone(),
            external_id: group.external_id.clone(),
            members: group.members().iter().filter_map(|key| Some(inner.state.user(*key)?.id.clone())).collect(),
            created_ms: group.created_ms,
            modified_ms: group.modified_ms,
        });
        Saved {
            version: VERSION,
            identity: Identity::of(&inner.access, &inner.id_prefix),
            clock_offset_ms: self.clock_offset_ms(),
            portal: Some(inner.portal.kept.clone()),
            last_key: inner.state.last_key(),
            users: users.collect(),
            groups: groups.collect(),
        }
    }
}

impl Identity {
    fn of(access: &Access, id_prefix: &str) -> Self {
        let tokens = access.tokens.iter().map(|Held { token, secret }| SavedToken {
            id: token.id.clone(),
            secret: secret.expose().to_owned(),
            created_ms: token.created_ms,
            expires_ms: token.expires_ms,
            last_used_ms: token.last_used_ms,
        });
        Self { tenant: access.tenant.clone(), id_prefix: id_prefix.to_owned(), tokens: tokens.collect(), token: None }
    }

    fn restore(self, now_ms: i64, clock_offset_ms: i64, portal: Option<portal::Kept>) -> Kept {
        let held = |saved: SavedToken| Held {
            secret: Secret::new(saved.secret),
            token: Token { id: saved.id, created_ms: saved.created_ms, expires_ms: saved.expires_ms, last_used_ms: saved.last_used_ms },
        };
        let first = self.token.map(|secret| Held::new("first".to_owned(), secret, now_ms));
        let tokens = self.tokens.into_iter().map(held).chain(first).collect();
        Kept { access: Access { tenant: self.tenant, tokens }, id_prefix: self.id_prefix, clock_offset_ms, portal }
    }
}

fn restore(mut state: State, users: Vec<SavedUser>, groups: Vec<SavedGroup>, last_key: u64) -> Result<State, String> {
    let mut keys = HashMap::new();
    for user in users {
        if state.has_id(&user.id) {
            return Err(format!("the id {} occurs twice", user.id));
        }
        state.check_user_unique(&user.attributes, None).map_err(|refusal| format!("user {}: {}", user.id, refusal.reason))?;
        if user.key > 0 && !state.continue_after(user.key - 1) {
            return Err(format!("user {} has the place of another", user.id));
        }
        let key = state.insert_user(user.id.clone(), user.attributes, user.created_ms, user.modified_ms);
        keys.insert(user.id, key);
    }
    for group in groups {
        if state.has_id(&group.id) {
            return Err(format!("the id {} occurs twice", group.id));
        }
        state
            .check_group_unique(&group.display_name, group.external_id.as_deref(), None)
            .map_err(|refusal| format!("group {}: {}", group.id, refusal.reason))?;
        if group.key > 0 && !state.continue_after(group.key - 1) {
            return Err(format!("group {} has the place of another", group.id));
        }
        let name = group.display_name.clone();
        let group_key = state.insert_group(group.id, group.display_name, group.external_id, group.created_ms, group.modified_ms);
        for member in group.members {
            let user_key = keys.get(&member).ok_or_else(|| format!("group {name} has the member {member}, who is no user"))?;
            state.set_member(group_key, *user_key, true);
        }
    }
    let greatest = state.users().map(|(key, _)| *key).chain(state.groups().map(|(key, _)| *key)).max().unwrap_or_default();
    state.continue_after(greatest.max(last_key));
    Ok(state)
}

async fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    options.mode(0o600);
    let mut file = options.open(path).await?;
    file.write_all(bytes).await?;
    file.sync_all().await
}
