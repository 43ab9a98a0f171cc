//! Drafts: begun, resumed, posted to, tested, saved. A post changes only its own tab; Back, reload, a second tab and a restart
//! lose nothing.

use crate::{Result, Service, ServiceError, accounts, new_id};
use domain::actor::Actor;
use domain::form::{FieldKind, Fields};
use domain::id::{ConnectionId, DataStoreId, DraftId, IdpAdapterId, PcvId};
use domain::model::data_store::{DataStore, LdapSettings};
use domain::model::idp_adapter::IdpAdapter;
use domain::model::pcv::Pcv;
use domain::model::report::Report;
use domain::model::sp_connection::SpConnection;
use domain::problem::Problems;
use domain::secret::Secret;
use domain::view::{Body, StepView};
use domain::wizard::draft::{Draft, DraftBody, Nav, Reply};
use domain::wizard::path::Path;
use store::{Conn, Draft as Row};

/// Drafts that were not kept go after this.
pub const FORGET_AFTER_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// Where a post leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// A tab of a draft.
    Tab(DraftId, String),
    /// The list of this kind of object, as in [`DraftBody::kind`].
    List(&'static str),
    /// Where a draft meets what somebody else saved or deleted meanwhile.
    Meeting(DraftId),
    /// What a cycle would do with what is in a draft, from a tab of it.
    Preview(DraftId, String),
}

/// A draft in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftLine {
    /// Its id.
    pub id: DraftId,
    /// Name of the object.
    pub name: String,
    /// The object does not exist yet.
    pub is_new: bool,
    /// Last changed (unix ms).
    pub updated_at: i64,
}

/// Kinds of objects that a button of a tab may lead to.
const MANAGED: [&str; 4] = ["data_store", "pcv", "idp_adapter", "signing_key"];
/// A tab's post is tried again on top of somebody else's this often: two tabs of one browser may post at once.
const TRIES: u32 = 5;

impl Service {
    /// Begins a draft of a new Data Store.
    pub async fn new_data_store(&self, actor: &Actor) -> Result<Next> {
        self.require(actor)?;
        let id = DataStoreId::parse(&new_id()).map_err(ServiceError::broken)?;
        let store = DataStore { id: id.clone(), name: String::new(), mask_values: false, ldap: LdapSettings::default() };
        self.begin(actor, Draft::new(DraftBody::DataStore(Box::new(store)), true), id.as_str(), 0).await
    }

    /// Begins a draft of a Data Store, or goes on with the open one.
    pub async fn edit_data_store(&self, actor: &Actor, id: &DataStoreId) -> Result<Next> {
        self.require(actor)?;
        let stored = self.store.read().await?.find_data_store(id).await?.ok_or(ServiceError::NotFound)?;
        self.begin(actor, Draft::new(DraftBody::DataStore(Box::new(stored.value)), false), id.as_str(), stored.version).await
    }

    /// Begins a draft of a new SP Connection.
    pub async fn new_connection(&self, actor: &Actor) -> Result<Next> {
        self.require(actor)?;
        let id = ConnectionId::parse(&new_id()).map_err(ServiceError::broken)?;
        let connection = SpConnection::new(id.clone());
        self.begin(actor, Draft::new(DraftBody::SpConnection(Box::new(connection)), true), id.as_str(), 0).await
    }

    /// Begins a draft of an SP Connection, or goes on with the open one.
    pub async fn edit_connection(&self, actor: &Actor, id: &ConnectionId) -> Result<Next> {
        self.require(actor)?;
        let stored = self.store.read().await?.find_connection(id).await?.ok_or(ServiceError::NotFound)?;
        self.begin(actor, Draft::new(DraftBody::SpConnection(Box::new(stored.value)), false), id.as_str(), stored.version).await
    }

    /// Begins a draft of a new Password Credential Validator.
    pub async fn new_pcv(&self, actor: &Actor) -> Result<Next> {
        self.require(actor)?;
        let id = PcvId::parse(&new_id()).map_err(ServiceError::broken)?;
        let pcv = Pcv::new(id.clone());
        self.begin(actor, Draft::new(DraftBody::Pcv(Box::new(pcv)), true), id.as_str(), 0).await
    }

    /// Begins a draft of a Password Credential Validator, or goes on with the open one.
    pub async fn edit_pcv(&self, actor: &Actor, id: &PcvId) -> Result<Next> {
        self.require(actor)?;
        let stored = self.store.read().await?.find_pcv(id).await?.ok_or(ServiceError::NotFound)?;
        self.begin(actor, Draft::new(DraftBody::Pcv(Box::new(stored.value)), false), id.as_str(), stored.version).await
    }

    /// Begins a draft of a new IdP Adapter.
    pub async fn new_idp_adapter(&self, actor: &Actor) -> Result<Next> {
        self.require(actor)?;
        let id = IdpAdapterId::parse(&new_id()).map_err(ServiceError::broken)?;
        let adapter = IdpAdapter::new(id.clone());
        self.begin(actor, Draft::new(DraftBody::IdpAdapter(Box::new(adapter)), true), id.as_str(), 0).await
    }

    /// Begins a draft of an IdP Adapter, or goes on with the open one.
    pub async fn edit_idp_adapter(&self, actor: &Actor, id: &IdpAdapterId) -> Result<Next> {
        self.require(actor)?;
        let stored = self.store.read().await?.find_idp_adapter(id).await?.ok_or(ServiceError::NotFound)?;
        self.begin(actor, Draft::new(DraftBody::IdpAdapter(Box::new(stored.value)), false), id.as_str(), stored.version).await
    }

    pub(crate) async fn begin(&self, actor: &Actor, mut draft: Draft, target_id: &str, base_version: i64) -> Result<Next> {
        let owner = actor.to_string();
        let mut tx = self.store.begin().await?;
        let mut id = DraftId::parse(&new_id()).map_err(ServiceError::broken)?;
        if let Some(open) = tx.find_draft_of(&owner, draft.body.kind(), target_id).await? {
            // A draft nobody changed and that began from an older save shows what is saved now, also in a window that shows it.
            if open.base_version == base_version || open.version > 1 {
                return Ok(Next::Tab(open.id, open.path));
            }
            tx.delete_draft(&open.id).await?;
            id = open.id;
        }
        let path = draft.first_path().to_string();
        let (body, problems) = write(&draft)?;
        let base = if draft.is_new { String::new() } else { write_body(&draft.body)? };
        let row = Row {
            id: id.clone(),
            kind: draft.body.kind().to_owned(),
            target_id: target_id.to_owned(),
            owner,
            base_version,
            kept: false,
            path: path.clone(),
            body,
            problems,
            version: 1,
            updated_at: self.now(),
            base,
            gone: None,
        };
        tx.insert_draft(&row).await?;
        tx.commit().await?;
        Ok(Next::Tab(id, path))
    }

    /// Goes on with a draft where it was left.
    pub async fn resume_draft(&self, actor: &Actor, id: &DraftId) -> Result<Next> {
        let row = self.change_draft(actor, id, |draft| draft.away = None).await?;
        Ok(Next::Tab(row.id, row.path))
    }

    /// This actor's drafts from which they went to the objects of a kind, to come back: id and title.
    pub async fn list_waiting_drafts(&self, actor: &Actor, kind: &str) -> Result<Vec<(DraftId, String)>> {
        self.require(actor)?;
        let rows = self.store.read().await?.list_drafts(&actor.to_string()).await?;
        let mut waiting = Vec::new();
        for row in rows {
            let mut draft = read(&row)?;
            if draft.away.as_deref() == Some(kind) {
                waiting.push((row.id, draft.body.root().title()));
            }
        }
        Ok(waiting)
    }

    /// Drops a draft.
    pub async fn delete_draft(&self, actor: &Actor, id: &DraftId) -> Result<()> {
        let (row, draft) = self.load(actor, id).await?;
        let mut tx = self.store.begin().await?;
        tx.close_draft(&row, draft.body.name(), false, self.now()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// This actor's open drafts of a kind, latest first. A draft of an existing object that nothing was posted to is not listed.
    pub async fn list_drafts(&self, actor: &Actor, kind: &str) -> Result<Vec<DraftLine>> {
        self.require(actor)?;
        let rows = self.store.read().await?.list_drafts(&actor.to_string()).await?;
        let mut lines = Vec::new();
        for row in rows.into_iter().filter(|row| row.kind == kind && (row.kept || row.version > 1)) {
            let draft = read(&row)?;
            lines.push(DraftLine { name: draft.body.name().to_owned(), is_new: draft.is_new, id: row.id, updated_at: row.updated_at });
        }
        Ok(lines)
    }

    /// The kind of a draft of this actor, as in [`DraftBody::kind`]; `None` when there is no such draft.
    pub async fn draft_kind(&self, actor: &Actor, id: &DraftId) -> Result<Option<String>> {
        self.require(actor)?;
        let row = self.store.read().await?.find_draft(id).await?;
        Ok(row.filter(|row| row.owner == actor.to_string()).map(|row| row.kind))
    }

    /// The page of a tab.
    pub async fn view_draft(&self, actor: &Actor, id: &DraftId, path: &str) -> Result<StepView> {
        let path = Path::parse(path).ok_or(ServiceError::NotFound)?;
        let (row, mut draft) = self.load(actor, id).await?;
        let mut conn = self.store.read().await?;
        let catalog = self.catalog(&mut conn, &draft).await?;
        let rules = self.rules(&draft);
        let mut view = draft.view(id.as_str(), &path, &catalog, &rules);
        view.last_save = self.last_save(&mut conn, &row, &draft).await?;
        if !draft.is_new && matches!(view.body, Body::Summary(_)) {
            view.notes.extend(self.flaws_of_draft(&mut conn, &draft.body).await?);
        }
        Ok(view)
    }

    /// Takes a post of a tab.
    pub async fn post_draft(&self, actor: &Actor, id: &DraftId, path: &str, nav: &str, fields: Fields) -> Result<Next> {
        let path = Path::parse(path).ok_or(ServiceError::NotFound)?;
        let nav = Nav::parse(nav).ok_or_else(|| ServiceError::refused("This button is not known here. Reload the page."))?;
        let (row, draft, reply) = match self.take(actor, id, &path, &nav, &fields).await {
            Err(ServiceError::Closed { closed, .. }) => return self.take_late(actor, *closed, &path, &nav, &fields).await,
            other => other?,
        };
        match reply {
            Reply::Show(to) => Ok(Next::Tab(id.clone(), to.to_string())),
            Reply::Test(to) => {
                self.run_test(actor, &row, draft, &to, &fields).await?;
                Ok(Next::Tab(id.clone(), to.to_string()))
            }
            Reply::Preview(from) => Ok(Next::Preview(id.clone(), from.to_string())),
            Reply::Keep => {
                let mut tx = self.store.begin().await?;
                if let Some(mut row) = tx.find_draft(id).await? {
                    row.kept = true;
                    tx.update_draft(&row).await?;
                }
                tx.commit().await?;
                Ok(Next::List(draft.body.kind()))
            }
            Reply::Close => {
                self.delete_draft(actor, id).await?;
                Ok(Next::List(draft.body.kind()))
            }
            Reply::Away(kind) => {
                let kind = MANAGED.iter().find(|known| **known == kind);
                Ok(Next::List(kind.ok_or_else(|| ServiceError::refused("There is nothing of this kind to manage."))?))
            }
            Reply::Save => self.save(actor, &row, draft).await,
        }
    }

    /// What of a tab's post can wait in a page for somebody to sign on again: what the tab asks for, secrets excepted. Nobody is signed on,
    /// and nothing is told that was not posted.
    pub async fn without_secrets(&self, id: &DraftId, path: &str, typed: Fields) -> Result<Fields> {
        let mut conn = self.store.read().await?;
        let (Some(path), Some(row)) = (Path::parse(path), conn.find_draft(id).await?) else { return Ok(Fields::new()) };
        let mut draft = read(&row)?;
        let catalog = self.catalog(&mut conn, &draft).await?;
        let asked = draft.inputs(&path, &catalog).into_iter().map(|field| field.spec);
        let plain: Vec<_> =
            asked.filter(|spec| !spec.trial && !matches!(spec.kind, FieldKind::Secret { .. })).map(|spec| spec.name).collect();
        let kept = typed.iter().filter(|(name, _)| plain.iter().any(|plain| plain == name));
        Ok(kept.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// Takes a tab's fields and runs its test. The report is kept in the draft too.
    pub async fn test_draft(&self, actor: &Actor, id: &DraftId, path: &str, fields: Fields) -> Result<Report> {
        let path = Path::parse(path).ok_or(ServiceError::NotFound)?;
        let (row, mut draft, reply) = self.take(actor, id, &path, &Nav::Test, &fields).await?;
        match reply {
            Reply::Test(at) => self.run_test(actor, &row, draft, &at, &fields).await,
            _ => {
                let catalog = self.catalog(&mut self.store.read().await?, &draft).await?;
                let rules = self.rules(&draft);
                Err(ServiceError::Invalid(draft.view(id.as_str(), &path, &catalog, &rules).problems))
            }
        }
    }

    /// Puts one tab's post into the draft, again if another post came in between.
    pub(crate) async fn take(&self, actor: &Actor, id: &DraftId, path: &Path, nav: &Nav, typed: &Fields) -> Result<(Row, Draft, Reply)> {
        let typed = &self.with_readings(actor, id, path, nav, typed).await?;
        for _ in 0..TRIES {
            let (mut row, mut draft) = self.load(actor, id).await?;
            let catalog = self.catalog(&mut self.store.read().await?, &draft).await?;
            let fields = self.put_secrets_away(&mut draft, &row.target_id, path, typed, &catalog).await?;
            let rules = self.rules(&draft);
            let reply = draft.post(path, nav, &fields, &catalog, &rules, &new_id());
            (row.body, row.problems) = write(&draft)?;
            if let Reply::Show(to) | Reply::Test(to) | Reply::Preview(to) = &reply {
                row.path = to.to_string();
            }
            row.updated_at = self.now();
            let mut tx = self.store.begin().await?;
            match tx.update_draft(&row).await {
                Ok(version) => {
                    tx.commit().await?;
                    row.version = version;
                    return Ok((row, draft, reply));
                }
                Err(store::StoreError::Stale { .. }) => drop(tx),
                Err(error) => return Err(error.into()),
            }
        }
        Err(ServiceError::refused("This draft is being changed in another window at this very moment. Try again."))
    }

    /// Replaces every typed secret of a tab: by its sealed form, for the aggregate's own row, so that it need not be sealed anew at
    /// Save; by its hash where nothing more is wanted of it. What a test is tried with is not kept at all.
    async fn put_secrets_away(
        &self,
        draft: &mut Draft,
        target_id: &str,
        path: &Path,
        typed: &Fields,
        catalog: &domain::wizard::Catalog,
    ) -> Result<Fields> {
        let mut fields = typed.clone();
        let kind = draft.body.kind();
        for field in draft.inputs(path, catalog) {
            let spec = field.spec;
            let FieldKind::Secret { hashed, .. } = spec.kind else { continue };
            let Some(clear) = fields.remove(&spec.name).filter(|clear| !clear.is_empty() && !spec.trial) else { continue };
            let clear = Secret::new(clear);
            let kept = match hashed {
                true => accounts::hash(clear).await?.expose().to_owned(),
                false => self.store.seal(&clear, &secret_place(kind, target_id, &spec.name))?,
            };
            fields.set(spec.name, kept);
        }
        Ok(fields)
    }

    async fn run_test(&self, actor: &Actor, row: &Row, draft: Draft, path: &Path, fields: &Fields) -> Result<Report> {
        let report = self.test(&draft, path, fields).await?;
        self.change_draft(actor, &row.id, |draft| drop(draft.reports.insert(path.to_string(), report.clone()))).await?;
        Ok(report)
    }

    /// Changes what a draft knows besides its object, again if a post came in between; gives up quietly when posts keep coming.
    pub(crate) async fn change_draft(&self, actor: &Actor, id: &DraftId, change: impl Fn(&mut Draft) + Send + Sync) -> Result<Row> {
        let (mut row, mut draft) = self.load(actor, id).await?;
        for _ in 0..TRIES {
            change(&mut draft);
            (row.body, row.problems) = write(&draft)?;
            let mut tx = self.store.begin().await?;
            match tx.update_draft(&row).await {
                Ok(version) => {
                    tx.commit().await?;
                    row.version = version;
                    return Ok(row);
                }
                Err(store::StoreError::Stale { .. }) => drop(tx),
                Err(error) => return Err(error.into()),
            }
            (row, draft) = self.load(actor, id).await?;
        }
        Ok(row)
    }

    /// A draft, and what is wrong with it.
    pub(crate) async fn checked_draft(&self, actor: &Actor, id: &DraftId) -> Result<(Draft, Problems)> {
        let (_, mut draft) = self.load(actor, id).await?;
        let catalog = self.catalog(&mut self.store.read().await?, &draft).await?;
        let mut problems = Problems::none();
        let rules = self.rules(&draft);
        draft.all_problems(&catalog, &rules).into_iter().for_each(|(_, found)| problems.extend(found));
        Ok((draft, problems))
    }

    pub(crate) async fn load(&self, actor: &Actor, id: &DraftId) -> Result<(Row, Draft)> {
        self.require(actor)?;
        let mut conn = self.store.read().await?;
        let owner = actor.to_string();
        if let Some(row) = conn.find_draft(id).await?.filter(|row| row.owner == owner) {
            let draft = read(&row)?;
            return Ok((row, draft));
        }
        let closed = conn.find_closed_draft(id).await?.filter(|closed| closed.owner == owner);
        Err(closed.map_or(ServiceError::NotFound, |closed| ServiceError::Closed { closed: Box::new(closed), kept: None }))
    }

    /// Forgets drafts that nobody kept.
    pub async fn forget_old_drafts(&self) -> Result<u64> {
        let mut tx = self.store.begin().await?;
        let gone = tx.delete_old_drafts(self.now() - FORGET_AFTER_MS).await?;
        tx.delete_old_closed_drafts(self.now() - FORGET_AFTER_MS).await?;
        tx.commit().await?;
        Ok(gone)
    }

    /// A Data Store with its password opened.
    pub async fn data_store_with_password(&self, conn: &mut Conn, id: &DataStoreId) -> Result<(DataStore, Option<Secret>)> {
        let mut store = conn.find_data_store(id).await?.ok_or(ServiceError::NotFound)?.value;
        let password = self.password_of(&store)?;
        crate::trusted_cas::trust_chosen(conn, store.ldap.trusted_ca_id.as_ref(), &mut store.ldap.trusted_ca).await?;
        Ok((store, password))
    }

    /// The opened password of a Data Store or its draft.
    pub(crate) fn password_of(&self, store: &DataStore) -> Result<Option<Secret>> {
        let place = secret_place("data_store", store.id.as_str(), "password");
        store.ldap.password.as_ref().map(|sealed| self.store.unseal(&sealed.ciphertext, &place)).transpose().map_err(Into::into)
    }

    /// The opened secrets of a connection's target, by field name.
    pub fn target_secrets(&self, connection: &SpConnection) -> Result<std::collections::BTreeMap<String, Secret>> {
        let open = |(name, sealed): (&String, &domain::secret::Sealed)| {
            let place = secret_place("sp_connection", connection.id.as_str(), name);
            Ok((name.clone(), self.store.unseal(&sealed.ciphertext, &place)?))
        };
        connection.provisioning.target.secrets.iter().map(open).collect()
    }
}

/// Where a secret belongs: its aggregate's row and its field. A sealed secret copied to another row does not open.
pub(crate) fn secret_place(kind: &str, id: &str, field: &str) -> String {
    let table = match kind {
        "data_store" => "data_stores",
        "notifications" => "server_settings",
        _ => "sp_connections",
    };
    store::seal::aad(table, id, field)
}

/// What a draft is begun from, as it is kept beside it.
pub(crate) fn write_body(body: &DraftBody) -> Result<String> {
    serde_json::to_string(body).map_err(|e| ServiceError::broken(format!("an object could not be written: {e}")))
}

/// What was typed and cannot be held is kept in a column of its own.
pub(crate) fn write(draft: &Draft) -> Result<(String, String)> {
    let mut draft = draft.clone();
    let pending = std::mem::take(&mut draft.pending);
    let json = |value: serde_json::Result<String>| value.map_err(|e| ServiceError::broken(format!("a draft could not be written: {e}")));
    Ok((json(serde_json::to_string(&draft))?, json(serde_json::to_string(&pending))?))
}

fn read(row: &Row) -> Result<Draft> {
    let damaged = |e: serde_json::Error| ServiceError::broken(format!("the draft {} cannot be read: {e}", row.id));
    let mut draft: Draft = serde_json::from_str(&row.body).map_err(damaged)?;
    if !row.problems.is_empty() {
        draft.pending = serde_json::from_str(&row.problems).map_err(damaged)?;
    }
    Ok(draft)
}
