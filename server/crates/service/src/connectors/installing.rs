//! Connectors installed while the server runs: uploaded, found in the folder, deleted; and connections moved to newer ones.

use super::{ConnectorProblem, Connectors, Installed, Source, read};
use crate::drafts::Next;
use crate::{Result, Service, ServiceError};
use domain::actor::Actor;
use domain::id::{ConnectionId, ConnectorId};
use domain::model::connector::Connector;
use domain::wizard::draft::{Draft, DraftBody};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use store::{StoreError, UploadedConnector};

/// Longest text of a connector, in bytes.
pub const LONGEST: usize = 256 * 1024;
/// Most connectors besides those in the binary, every version counted.
pub const MOST: usize = 100;
/// Connections that are named as users of one version.
const NAMED: usize = 20;
/// Whose refused texts are remembered at once.
const REMEMBERED: usize = 50;

/// A text that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedConnector {
    /// The name of its file; empty for one that was uploaded.
    pub file: String,
    /// The text, to be put right.
    pub text: String,
    /// What is wrong with it.
    pub problems: Vec<ConnectorProblem>,
}

/// The last refused text of each actor, and those of the folder. They are of use for minutes, so they are in no database.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refusals {
    uploads: Arc<Mutex<BTreeMap<String, RefusedConnector>>>,
    folder: Arc<Mutex<Vec<RefusedConnector>>>,
}

impl Refusals {
    fn set(&self, actor: &Actor, refused: Option<RefusedConnector>) {
        let mut uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        match refused {
            Some(refused) => {
                if uploads.len() >= REMEMBERED {
                    uploads.pop_first();
                }
                uploads.insert(actor.to_string(), refused);
            }
            None => drop(uploads.remove(&actor.to_string())),
        }
    }

    fn of(&self, actor: &Actor) -> Option<RefusedConnector> {
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner).get(&actor.to_string()).cloned()
    }
}

/// A connection that is made from a connector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectorUse {
    /// Its id.
    pub connection: ConnectionId,
    /// Its name.
    pub name: String,
}

/// One version of a connector.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectorGlance {
    /// Its id.
    pub id: ConnectorId,
    /// Its version.
    pub version: String,
    /// What is installed of it; `None`: connections are made from it, and it is not there any more.
    pub installed: Option<Installed>,
    /// The newest version of it that is installed, when that is another one.
    pub newer: Option<String>,
    /// How many connections are made from it.
    pub users: u32,
    /// The first of them by name.
    pub named: Vec<ConnectorUse>,
}

/// The connectors, and what was refused.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectorsGlance {
    /// Every version, the newest of each id first.
    pub connectors: Vec<ConnectorGlance>,
    /// This actor's last upload, if it was refused.
    pub refused: Option<RefusedConnector>,
    /// The folder, if this server has one.
    pub folder: Option<String>,
    /// What lies in the folder and was refused.
    pub folder_refused: Vec<RefusedConnector>,
}

impl Service {
    /// Loads the connectors that were added, besides those in the binary. One that this version cannot read is left out and logged.
    pub async fn load_connectors(&self) -> Result<()> {
        let mut connectors = Connectors::built_in().map_err(|error| ServiceError::broken(error.to_string()))?;
        for stored in self.store.read().await?.list_connectors().await? {
            let source = if stored.from_folder { Source::Folder } else { Source::Uploaded };
            match read(&stored.toml) {
                // What came with a newer binary is the same, or means something else by the same version: the binary's counts.
                Ok(connector) if connectors.version(&connector.id, &connector.version).is_some() => {}
                Ok(connector) => connectors.add(Installed { connector, source }),
                Err(problems) => {
                    let problem = problems.first().map_or("", |problem| problem.message.as_str());
                    tracing::error!(connector = %stored.id, version = stored.version, problem, "a connector that was added before cannot be read any more");
                }
            }
        }
        *self.connectors.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(connectors);
        Ok(())
    }

    /// Every version of every connector with who uses it.
    pub async fn list_connectors(&self, actor: &Actor) -> Result<ConnectorsGlance> {
        self.require(actor)?;
        let installed = self.connectors();
        let mut conn = self.store.read().await?;
        let mut known: Vec<(ConnectorId, String)> =
            installed.all().iter().map(|found| (found.connector.id.clone(), found.connector.version.clone())).collect();
        for used in conn.list_connectors_used().await? {
            if !known.contains(&used) {
                known.push(used);
            }
        }
        known.sort_by(|(a, v), (b, w)| a.as_str().cmp(b.as_str()).then_with(|| super::newer(w, v)));
        let mut glances = Vec::new();
        for (id, version) in known {
            let users = conn.list_connector_usage(&id, &version).await?;
            glances.push(ConnectorGlance {
                installed: installed.version(&id, &version).cloned(),
                newer: installed.newest(&id).filter(|newest| newest.version != version).map(|newest| newest.version.clone()),
                users: users.len() as u32,
                named: users.into_iter().take(NAMED).map(|(connection, name)| ConnectorUse { connection, name }).collect(),
                id,
                version,
            });
        }
        Ok(ConnectorsGlance {
            connectors: glances,
            refused: self.refusals.of(actor),
            folder: self.connector_folder.get().map(|folder| folder.display().to_string()),
            folder_refused: self.refusals.folder.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        })
    }

    /// Installs a connector from its text. One that is not well-formed is remembered with what is wrong, for its page.
    pub async fn upload_connector(&self, actor: &Actor, file: &[u8]) -> Result<bool> {
        self.require(actor)?;
        let text = String::from_utf8_lossy(file).into_owned();
        match self.install(&text, file.len(), false).await? {
            Ok(connector) => {
                self.refusals.set(actor, None);
                tracing::info!(target: "admin", actor = %actor, kind = "connector", object = %connector.id, version = connector.version, "installed");
                Ok(true)
            }
            Err(problems) => {
                // What is far too long is not shown again.
                let text = if text.len() > LONGEST { String::new() } else { text };
                self.refusals.set(actor, Some(RefusedConnector { file: String::new(), text, problems }));
                Ok(false)
            }
        }
    }

    /// Forgets a refused text.
    pub fn forget_refused_connector(&self, actor: &Actor) -> Result<()> {
        self.require(actor)?;
        self.refusals.set(actor, None);
        Ok(())
    }

    /// Says which folder new connectors may be put into. It need not exist.
    pub fn set_connector_folder(&self, folder: &Path) {
        let _ = self.connector_folder.set(folder.to_owned());
    }

    /// Installs what lies in the folder and is not installed yet, when a person asks for it.
    pub async fn read_connector_folder_for(&self, actor: &Actor) -> Result<u32> {
        self.require(actor)?;
        self.read_connector_folder().await
    }

    /// Installs what lies in the folder and is not installed yet; answers how many those are. For the server's start.
    pub async fn read_connector_folder(&self) -> Result<u32> {
        let Some(folder) = self.connector_folder.get() else { return Ok(0) };
        let mut files: Vec<_> = match std::fs::read_dir(folder) {
            Ok(entries) => {
                entries.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "toml")).collect()
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(ServiceError::refused(format!("The folder {} cannot be read: {error}.", folder.display()))),
        };
        files.sort();
        let (mut added, mut refused) = (0, Vec::new());
        for path in files {
            let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let length = std::fs::metadata(&path).map_or(0, |facts| usize::try_from(facts.len()).unwrap_or(usize::MAX));
            let text = if length > LONGEST { Ok(String::new()) } else { std::fs::read_to_string(&path) };
            let outcome = match text {
                Ok(text) if self.is_installed(&text).await? => continue,
                Ok(text) => self.install(&text, length, true).await?.map_err(|problems| (text, problems)),
                Err(error) => Err((String::new(), vec![whole(format!("The file cannot be read: {error}."))])),
            };
            match outcome {
                Ok(connector) => {
                    added += 1;
                    tracing::info!(target: "admin", actor = "folder", kind = "connector", object = %connector.id, version = connector.version, "installed");
                }
                Err((text, problems)) => {
                    let problem = problems.first().map_or("", |problem| problem.message.as_str());
                    tracing::warn!(file, problem, "a connector in the folder was refused");
                    refused.push(RefusedConnector { file, text, problems });
                }
            }
        }
        *self.refusals.folder.lock().unwrap_or_else(PoisonError::into_inner) = refused;
        Ok(added)
    }

    /// Whether this very text was installed before.
    async fn is_installed(&self, text: &str) -> Result<bool> {
        Ok(self.store.read().await?.list_connectors().await?.iter().any(|stored| stored.toml == text))
    }

    async fn install(&self, text: &str, length: usize, from_folder: bool) -> Result<Result<Connector, Vec<ConnectorProblem>>> {
        if length > LONGEST {
            return Ok(Err(vec![whole(format!(
                "A connector has at most {} KiB, and this file has {} KiB.",
                LONGEST / 1024,
                length.div_ceil(1024)
            ))]));
        }
        let text = text.trim_start_matches('\u{feff}').replace('\r', "");
        let connector = match read(&text) {
            Ok(connector) => connector,
            Err(problems) => return Ok(Err(problems)),
        };
        if text.contains('\0') {
            return Ok(Err(vec![whole("The file holds a character (NUL) that no text has.".into())]));
        }
        let taken = || {
            vec![whole(format!(
                "Version {} of {} is installed already, and a version never changes its meaning. Give this file another version.",
                connector.version, connector.id
            ))]
        };
        if self.connectors().version(&connector.id, &connector.version).is_some() {
            return Ok(Err(taken()));
        }
        let row = UploadedConnector {
            id: connector.id.clone(),
            version: connector.version.clone(),
            toml: text,
            added_at: self.now(),
            from_folder,
        };
        let mut tx = self.store.begin().await?;
        if tx.list_connectors().await?.len() >= MOST {
            return Ok(Err(vec![whole(format!("{MOST} connectors were added already. Delete those that nothing uses."))]));
        }
        match tx.insert_connector(&row).await {
            Ok(()) => tx.commit().await?,
            Err(StoreError::Taken { .. }) => return Ok(Err(taken())),
            Err(error) => return Err(error.into()),
        }
        self.load_connectors().await?;
        self.connectors_changed();
        Ok(Ok(connector))
    }

    /// Deletes a version that was added and that nothing uses.
    pub async fn delete_connector(&self, actor: &Actor, id: &ConnectorId, version: &str) -> Result<()> {
        self.require(actor)?;
        let installed = self.connectors();
        let found = installed.version(id, version).ok_or(ServiceError::NotFound)?;
        match found.source {
            Source::BuiltIn => return Err(ServiceError::refused("A connector that is built in stays as long as this version of Towpath.")),
            Source::Folder | Source::Uploaded => {}
        }
        let mut tx = self.store.begin().await?;
        let users = tx.list_connector_usage(id, version).await?;
        if let Some((_, first)) = users.first() {
            let more = if users.len() > 1 { format!(" and {} more", users.len() - 1) } else { String::new() };
            return Err(ServiceError::refused(format!(
                "Version {version} of {id} is used by the SP Connection ‘{first}’{more}. Move its connections to another version first."
            )));
        }
        tx.delete_connector(id, version).await?;
        tx.commit().await?;
        tracing::info!(target: "admin", actor = %actor, kind = "connector", object = %id, version, "deleted");
        self.load_connectors().await?;
        self.connectors_changed();
        Ok(())
    }

    /// Begins a draft of a connection, or goes on with the open one, that uses the newest version of its connector.
    pub async fn move_to_newest_connector(&self, actor: &Actor, id: &ConnectionId) -> Result<Next> {
        self.require(actor)?;
        let connection = self.store.read().await?.find_connection(id).await?.ok_or(ServiceError::NotFound)?.value;
        let reference = connection.connector.ok_or(ServiceError::NotFound)?;
        let connectors = self.connectors();
        let newest = connectors.newest(&reference.id).ok_or_else(|| ServiceError::refused("No version of its connector is installed."))?;
        if newest.version == reference.version {
            return Err(ServiceError::refused("This connection uses the newest version already."));
        }
        let Next::Tab(draft, path) = self.edit_connection(actor, id).await? else { return Err(ServiceError::NotFound) };
        let note = format!(
            "This connection moves from version {} to version {} of {}. Look through its tabs, and save it: until then it runs as before.",
            reference.version, newest.version, newest.name
        );
        let change = |draft: &mut Draft| {
            let DraftBody::SpConnection(connection) = &mut draft.body else { return };
            if let Some(used) = &mut connection.connector {
                used.version.clone_from(&newest.version);
            }
            draft.notes = vec![note.clone()];
        };
        self.change_draft(actor, &draft, change).await?;
        self.keep_draft(&draft).await?;
        Ok(Next::Tab(draft, path))
    }

    /// Channels that wait for a connector, or use another one now, look again.
    fn connectors_changed(&self) {
        if let Some(runner) = self.runner() {
            runner.changed();
        }
    }
}

/// A problem of the whole text.
fn whole(message: String) -> ConnectorProblem {
    ConnectorProblem { line: None, text: String::new(), message }
}
