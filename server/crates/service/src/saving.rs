//! Saving the object of a draft, over the version the draft was begun from and no other.

use crate::drafts::Next;
use crate::{Result, Service, ServiceError};
use domain::actor::Actor;
use domain::form::Fields;
use domain::id::{ConnectionId, DataStoreId, IdpAdapterId, PcvId};
use domain::model::notifications::Notifications;
use domain::model::server_settings::{MetadataExport, ProtocolSettings};
use domain::view::{LastSave, LastSaveKind};
use domain::wizard::draft::{Draft, DraftBody, Nav};
use domain::wizard::path::Path;
use store::{ClosedDraft, Conn, Draft as Row, ServerSettings, StoreError, Stored, Tx};

/// Kinds of objects that are edited in drafts, as in [`DraftBody::kind`].
const KINDS: [&str; 7] = ["data_store", "pcv", "idp_adapter", "sp_connection", "signing_key", "protocol_settings", "metadata_export"];

/// An object as it is saved now.
pub(crate) type Saved = Stored<DraftBody>;

impl Service {
    /// Stores the object of a draft that has no problem, and takes the draft away. Where somebody saved or deleted the object after the draft was
    /// begun, nothing is stored: the two meet.
    pub(crate) async fn save(&self, actor: &Actor, row: &Row, mut draft: Draft) -> Result<Next> {
        if let DraftBody::SpConnection(connection) = &mut draft.body {
            connection.forget_removed();
        }
        let kind = draft.body.kind();
        let by = actor.to_string();
        let now = self.now();
        // Making a key takes a while, and a transaction holds up everybody.
        let key = match &draft.body {
            DraftBody::SigningKey(new) => Some(self.make_signing_key(new).await?),
            _ => None,
        };
        let mut tx = self.store.begin().await?;
        let before = find_saved(&mut tx, &draft.body).await?;
        let version = before.as_ref().map_or(0, |saved| saved.version);
        if version != row.base_version {
            return Ok(Next::Meeting(row.id.clone()));
        }
        let put = match &key {
            Some(key) => tx.insert_signing_key(key, &by, now).await,
            None => put(&mut tx, &draft.body, version, &by, now).await,
        };
        match put {
            // Another server on the same database saved between the look and the write.
            Err(StoreError::Stale { .. }) => return Ok(Next::Meeting(row.id.clone())),
            other => other?,
        }
        crate::welcome::note_secrets(&mut tx, before.as_ref().map(|saved| &saved.value), &draft.body, now).await?;
        tx.close_draft(row, draft.body.name(), true, now).await?;
        tx.commit().await?;
        tracing::info!(target: "admin", actor = %by, kind, object = draft.body.name(), "saved");
        self.after_save(&draft.body).await?;
        Ok(Next::List(kind))
    }

    /// Takes a post of a window whose draft was closed meanwhile. Nothing is saved a second time; what was typed there and is not what was
    /// saved becomes a draft of its own.
    pub(crate) async fn take_late(&self, actor: &Actor, closed: ClosedDraft, path: &Path, nav: &Nav, fields: &Fields) -> Result<Next> {
        let told = |closed, kept| Err(ServiceError::Closed { closed: Box::new(closed), kept });
        if !closed.saved || *nav == Nav::Cancel {
            // Thrown away is what Cancel asks for.
            let list = KINDS.iter().find(|kind| !closed.saved && *nav == Nav::Cancel && **kind == closed.kind);
            return list.map_or_else(|| told(closed, None), |kind| Ok(Next::List(kind)));
        }
        let begun = match self.edit(actor, &closed.kind, &closed.target_id).await {
            Err(ServiceError::NotFound) => return told(closed, None),
            begun => begun?,
        };
        let Next::Tab(id, _) = &begun else { return told(closed, None) };
        let (row, before) = self.load(actor, id).await?;
        if row.version > 1 {
            // Editing went on already; an old window changes nothing of that.
            return told(closed, None);
        }
        let stay = Nav::Goto(path.tab().to_owned());
        let (row, after, _) = self.take(actor, id, path, &stay, fields).await?;
        if after.body == before.body && after.pending.is_empty() && after.editing.is_empty() {
            let mut tx = self.store.begin().await?;
            tx.delete_draft(&row.id).await?;
            tx.commit().await?;
            return told(closed, None);
        }
        told(closed, Some(Next::Tab(row.id, row.path)))
    }

    /// Begins a draft of a saved object, or goes on with the open one.
    async fn edit(&self, actor: &Actor, kind: &str, id: &str) -> Result<Next> {
        let gone = |_| ServiceError::NotFound;
        match kind {
            "data_store" => self.edit_data_store(actor, &DataStoreId::parse(id).map_err(gone)?).await,
            "pcv" => self.edit_pcv(actor, &PcvId::parse(id).map_err(gone)?).await,
            "idp_adapter" => self.edit_idp_adapter(actor, &IdpAdapterId::parse(id).map_err(gone)?).await,
            "sp_connection" => self.edit_connection(actor, &ConnectionId::parse(id).map_err(gone)?).await,
            "protocol_settings" => self.edit_protocol_settings(actor).await,
            "metadata_export" => self.edit_metadata_export(actor).await,
            "notifications" => self.edit_notifications(actor).await,
            _ => Err(ServiceError::NotFound),
        }
    }

    /// Who saved or deleted the object of a draft last.
    pub(crate) async fn last_save(&self, conn: &mut Conn, row: &Row, draft: &Draft) -> Result<Option<LastSave>> {
        let told = |by: String, at: i64, kind| Some(LastSave { by, at, when: String::new(), kind });
        Ok(match find_saved(conn, &draft.body).await? {
            Some(saved) if saved.version == 0 => None,
            Some(saved) if saved.version == row.base_version => told(saved.updated_by, saved.updated_at, LastSaveKind::Known),
            Some(saved) => told(saved.updated_by, saved.updated_at, LastSaveKind::Newer),
            None if row.base_version == 0 => None,
            None => row.gone.clone().and_then(|(by, at)| told(by, at, LastSaveKind::Deleted)),
        })
    }
}

/// What is saved of the object of a draft.
pub(crate) async fn find_saved(conn: &mut Conn, body: &DraftBody) -> Result<Option<Saved>> {
    Ok(match body {
        DraftBody::DataStore(it) => conn.find_data_store(&it.id).await?.map(|found| boxed(found, DraftBody::DataStore)),
        DraftBody::Pcv(it) => conn.find_pcv(&it.id).await?.map(|found| boxed(found, DraftBody::Pcv)),
        DraftBody::IdpAdapter(it) => conn.find_idp_adapter(&it.id).await?.map(|found| boxed(found, DraftBody::IdpAdapter)),
        DraftBody::SpConnection(it) => conn.find_connection(&it.id).await?.map(|found| boxed(found, DraftBody::SpConnection)),
        // A key is made once; its draft is not about what is saved.
        DraftBody::SigningKey(_) => None,
        DraftBody::ProtocolSettings(_) => Some(boxed(conn.find_server_settings::<ProtocolSettings>().await?, DraftBody::ProtocolSettings)),
        DraftBody::MetadataExport(_) => Some(boxed(conn.find_server_settings::<MetadataExport>().await?, DraftBody::MetadataExport)),
        DraftBody::Notifications(_) => Some(boxed(conn.find_server_settings::<Notifications>().await?, DraftBody::Notifications)),
    })
}

fn boxed<T>(found: Stored<T>, body: fn(Box<T>) -> DraftBody) -> Saved {
    Stored { value: body(Box::new(found.value)), version: found.version, updated_by: found.updated_by, updated_at: found.updated_at }
}

/// Stores an object over a version of it; 0 for one that is not there.
async fn put(tx: &mut Tx, body: &DraftBody, version: i64, by: &str, now: i64) -> store::Result<()> {
    match body {
        DraftBody::DataStore(store) => match version {
            0 => tx.insert_data_store(store, by, now).await,
            _ => tx.update_data_store(store, version, by, now).await.map(drop),
        },
        DraftBody::Pcv(pcv) => match version {
            0 => tx.insert_pcv(pcv, by, now).await,
            _ => tx.update_pcv(pcv, version, by, now).await.map(drop),
        },
        DraftBody::IdpAdapter(adapter) => match version {
            0 => tx.insert_idp_adapter(adapter, by, now).await,
            _ => tx.update_idp_adapter(adapter, version, by, now).await.map(drop),
        },
        DraftBody::SpConnection(connection) => match version {
            0 => tx.insert_connection(connection, by, now).await,
            _ => tx.update_connection(connection, version, by, now).await.map(drop),
        },
        // Made before, and stored as what it became.
        DraftBody::SigningKey(_) => Ok(()),
        DraftBody::ProtocolSettings(settings) => put_settings(tx, &**settings, version, by, now).await,
        DraftBody::MetadataExport(export) => put_settings(tx, &**export, version, by, now).await,
        DraftBody::Notifications(settings) => put_settings(tx, &**settings, version, by, now).await,
    }
}

async fn put_settings<T: ServerSettings + Sync>(tx: &mut Tx, settings: &T, version: i64, by: &str, now: i64) -> store::Result<()> {
    tx.put_server_settings(settings, version, by, now).await
}
