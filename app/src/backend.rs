//! The ports: what the pages and the wizard's handler ask of the server. They exist so that the browser's crate never depends
//! on the server's. The server maps them onto its use cases; each call authorises its actor there.

use crate::error::AppError;
use crate::views::channels::{ChannelScreen, Dashboard};
use crate::views::connections::ConnectionList;
use crate::views::connectors::ConnectorsPage;
use crate::views::guide::{HelpView, HomeView, SearchView};
use crate::views::logs::LogPage;
use crate::views::people::{ExplainFound, ExplainPage, PeopleList, PersonPage, VerifyFound, VerifyPage};
use crate::views::preview::PreviewPage;
use crate::views::sandbox::SandboxPage;
use crate::views::sign_ons::{SignOnList, TrialPage};
use crate::views::{
    ChannelPage, ChannelRow, CyclePage, CyclesPage, DataStoreRow, IdpAdapterRow, Listed, MadePage, MetadataPage, PcvRow, SessionView,
    SettingsPage, SigningKeyRow, TrustedCaRow, UsageView,
};
use async_trait::async_trait;
use domain::actor::Actor;
use domain::form::Fields;
use domain::id::{
    ChannelId, ConnectionId, ConnectorId, CycleId, DataStoreId, DraftId, IdpAdapterId, PcvId, SigningKeyId, SourceId, TrustedCaId,
};
use domain::model::link::ObjectKind;
use domain::model::report::Report;
use domain::secret::Secret;
use domain::view::StepView;
use std::sync::Arc;

/// Everything the pages may ask, by capability.
#[derive(Clone)]
pub struct Backend {
    /// Data Stores.
    pub data_stores: Arc<dyn DataStores>,
    /// Password Credential Validators.
    pub pcvs: Arc<dyn Pcvs>,
    /// IdP Adapters.
    pub idp_adapters: Arc<dyn IdpAdapters>,
    /// SP Connections.
    pub connections: Arc<dyn Connections>,
    /// Connectors.
    pub connectors: Arc<dyn Connectors>,
    /// Drafts and the wizard.
    pub drafts: Arc<dyn Drafts>,
    /// Channels and cycles.
    pub channels: Arc<dyn Channels>,
    /// People and groups of channels.
    pub people: Arc<dyn People>,
    /// Who is signed on.
    pub session: Arc<dyn Sessions>,
    /// The sample company and the emulated AWS; only a sandbox has them.
    pub sandbox: Option<Arc<dyn Sandbox>>,
    /// Keys and certificates.
    pub security: Arc<dyn Security>,
    /// What is configured once for the whole server.
    pub settings: Arc<dyn Settings>,
    /// What became of sign-ons.
    pub sign_ons: Arc<dyn SignOns>,
    /// Home, the search and the help.
    pub guide: Arc<dyn Guide>,
    /// Logs.
    pub logs: Arc<dyn Logs>,
}

/// What the server wrote down.
#[async_trait]
pub trait Logs: Send + Sync {
    /// Entries of a log, as the query of an address asks. Administrators only.
    async fn read(&self, actor: &Actor, query: &str) -> Result<LogPage, AppError>;
}

/// What became of sign-ons, and what would.
#[async_trait]
pub trait SignOns: Send + Sync {
    /// A page of them, as the query of its address asks.
    async fn list(&self, actor: &Actor, query: &str) -> Result<SignOnList, AppError>;
    /// What a connection's partner would be told of the person in a query; nobody is signed on.
    async fn try_assertion(&self, actor: &Actor, id: &ConnectionId, query: &str) -> Result<TrialPage, AppError>;
}

/// What leads through the console.
#[async_trait]
pub trait Guide: Send + Sync {
    /// How far the set-up is, and how channels stand.
    async fn home(&self, actor: &Actor) -> Result<HomeView, AppError>;
    /// Screens and objects by a piece of their name: few of each kind, or as many as a page can show.
    async fn find(&self, actor: &Actor, text: &str, all: bool) -> Result<SearchView, AppError>;
    /// A page of the help.
    async fn help_page(&self, topic: &str) -> Result<HelpView, AppError>;
    /// What the help says of the page of a path.
    async fn help_for(&self, actor: &Actor, path: &str) -> Result<HelpView, AppError>;
}

/// People and groups of channels.
#[async_trait]
pub trait People: Send + Sync {
    /// A part of the list, as the query of its address asks.
    async fn list(&self, actor: &Actor, query: &str) -> Result<PeopleList, AppError>;
    /// The one that the query names.
    async fn person(&self, actor: &Actor, channel: &ChannelId, kind: ObjectKind, query: &str) -> Result<PersonPage, AppError>;
    /// Does something with one: `sync`, `retry`, `unlink`, `protect`.
    async fn act(&self, actor: &Actor, channel: &ChannelId, kind: ObjectKind, id: &SourceId, what: &str) -> Result<Then, AppError>;
    /// Why whoever the query names is or is not at the service.
    async fn explain(&self, actor: &Actor, channel: &ChannelId, query: &str) -> Result<ExplainPage, AppError>;
    /// The same for the command line.
    async fn explain_name(&self, actor: &Actor, channel: &ChannelId, name: &str) -> Result<ExplainFound, AppError>;
    /// What was found when the service was last compared with what was written there.
    async fn verify(&self, actor: &Actor, channel: &ChannelId) -> Result<VerifyPage, AppError>;
    /// Compares, and waits for it; `repair` has what differs written again.
    async fn verify_now(&self, actor: &Actor, channel: &ChannelId, repair: bool) -> Result<VerifyFound, AppError>;
    /// Does something about that: `verify`, `repair`.
    async fn act_on_drift(&self, actor: &Actor, channel: &ChannelId, what: &str) -> Result<Then, AppError>;
}

/// Data Stores.
#[async_trait]
pub trait DataStores: Send + Sync {
    /// All, by name, with this actor's open drafts.
    async fn list(&self, actor: &Actor) -> Result<Listed<DataStoreRow>, AppError>;
    /// Who uses one.
    async fn usage(&self, actor: &Actor, id: &DataStoreId) -> Result<UsageView, AppError>;
    /// Deletes one; refused while it is used.
    async fn delete(&self, actor: &Actor, id: &DataStoreId) -> Result<(), AppError>;
}

/// Password Credential Validators.
#[async_trait]
pub trait Pcvs: Send + Sync {
    /// All, by name, with this actor's open drafts.
    async fn list(&self, actor: &Actor) -> Result<Listed<PcvRow>, AppError>;
    /// Who uses one.
    async fn usage(&self, actor: &Actor, id: &PcvId) -> Result<UsageView, AppError>;
    /// Deletes one; refused while it is used.
    async fn delete(&self, actor: &Actor, id: &PcvId) -> Result<(), AppError>;
}

/// IdP Adapters.
#[async_trait]
pub trait IdpAdapters: Send + Sync {
    /// All, by name, with this actor's open drafts.
    async fn list(&self, actor: &Actor) -> Result<Listed<IdpAdapterRow>, AppError>;
    /// Who uses one.
    async fn usage(&self, actor: &Actor, id: &IdpAdapterId) -> Result<UsageView, AppError>;
    /// Deletes one; refused while it is used.
    async fn delete(&self, actor: &Actor, id: &IdpAdapterId) -> Result<(), AppError>;
}

/// SP Connections.
#[async_trait]
pub trait Connections: Send + Sync {
    /// A page of them, as the query of its address asks, with this actor's open drafts.
    async fn list(&self, actor: &Actor, query: &str) -> Result<ConnectionList, AppError>;
    /// How many there are.
    async fn count(&self, actor: &Actor) -> Result<u32, AppError>;
    /// Deletes one with its channels; nothing is changed at the target.
    async fn delete(&self, actor: &Actor, id: &ConnectionId) -> Result<(), AppError>;
    /// Turns one on or off.
    async fn set_enabled(&self, actor: &Actor, id: &ConnectionId, enabled: bool) -> Result<(), AppError>;
    /// Who uses one.
    async fn usage(&self, actor: &Actor, id: &ConnectionId) -> Result<UsageView, AppError>;
    /// Begins a draft of a copy.
    async fn copy(&self, actor: &Actor, id: &ConnectionId) -> Result<Then, AppError>;
    /// One as a file, without its secrets.
    async fn export(&self, actor: &Actor, id: &ConnectionId) -> Result<FileView, AppError>;
    /// The metadata for the partner of one.
    async fn metadata(&self, actor: &Actor, id: &ConnectionId) -> Result<FileView, AppError>;
    /// Begins or resumes a draft of one with its partner's metadata, of a file or an address.
    async fn update(&self, actor: &Actor, id: &ConnectionId, file: Vec<u8>, address: &str) -> Result<Then, AppError>;
    /// Begins a draft of what is in an exported file.
    async fn import(&self, actor: &Actor, text: &str) -> Result<Then, AppError>;
}

/// Connectors.
#[async_trait]
pub trait Connectors: Send + Sync {
    /// Every version of each, and what was refused.
    async fn list(&self, actor: &Actor) -> Result<ConnectorsPage, AppError>;
    /// Installs one from its text; the page says what is wrong with it.
    async fn upload(&self, actor: &Actor, file: &[u8]) -> Result<Then, AppError>;
    /// Forgets the upload that was refused.
    async fn forget(&self, actor: &Actor) -> Result<(), AppError>;
    /// Installs what lies in the folder.
    async fn read_folder(&self, actor: &Actor) -> Result<(), AppError>;
    /// Deletes a version; refused while it is used.
    async fn delete(&self, actor: &Actor, id: &ConnectorId, version: &str) -> Result<(), AppError>;
    /// Begins or resumes a draft of a connection that uses the newest version of its connector.
    async fn move_connection(&self, actor: &Actor, id: &ConnectionId) -> Result<Then, AppError>;
}

/// Where a post leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// To a page.
    Go(String),
}

/// Drafts and the wizard.
#[async_trait]
pub trait Drafts: Send + Sync {
    /// Begins a draft of a new Data Store, or resumes the open one. Answers where to go.
    async fn new_data_store(&self, actor: &Actor) -> Result<Then, AppError>;
    /// Begins or resumes a draft of a Data Store.
    async fn edit_data_store(&self, actor: &Actor, id: &DataStoreId) -> Result<Then, AppError>;
    /// Begins a draft of a new Password Credential Validator, or resumes the open one.
    async fn new_pcv(&self, actor: &Actor) -> Result<Then, AppError>;
    /// Begins or resumes a draft of a Password Credential Validator.
    async fn edit_pcv(&self, actor: &Actor, id: &PcvId) -> Result<Then, AppError>;
    /// Begins a draft of a new IdP Adapter, or resumes the open one.
    async fn new_idp_adapter(&self, actor: &Actor) -> Result<Then, AppError>;
    /// Begins or resumes a draft of an IdP Adapter.
    async fn edit_idp_adapter(&self, actor: &Actor, id: &IdpAdapterId) -> Result<Then, AppError>;
    /// Begins a draft of a new SP Connection, or resumes the open one.
    async fn new_connection(&self, actor: &Actor) -> Result<Then, AppError>;
    /// Begins or resumes a draft of an SP Connection.
    async fn edit_connection(&self, actor: &Actor, id: &ConnectionId) -> Result<Then, AppError>;
    /// Goes on with a draft where it was left.
    async fn resume(&self, actor: &Actor, id: &DraftId) -> Result<Then, AppError>;
    /// Drops a draft.
    async fn delete(&self, actor: &Actor, id: &DraftId) -> Result<(), AppError>;
    /// The page of a tab.
    async fn view(&self, actor: &Actor, id: &DraftId, path: &str) -> Result<StepView, AppError>;
    /// Where a draft meets what somebody else saved; `query` is what the page's address says besides, urlencoded.
    async fn meeting(&self, actor: &Actor, id: &DraftId, query: &str) -> Result<MadePage, AppError>;
    /// Takes what a person chose there.
    async fn merge(&self, actor: &Actor, id: &DraftId, fields: Fields) -> Result<Then, AppError>;
    /// Takes a post of a tab: `nav` is the button. Secrets in `fields` are clear and are sealed at once.
    async fn post(&self, actor: &Actor, id: &DraftId, path: &str, nav: &str, fields: Fields) -> Result<Then, AppError>;
    /// Takes a tab's fields and runs its test, for pages that stay. The report is kept in the draft too.
    async fn test(&self, actor: &Actor, id: &DraftId, path: &str, fields: Fields) -> Result<Report, AppError>;
}

/// A file to be downloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileView {
    /// The name it is saved under.
    pub name: String,
    /// Its media type.
    pub media_type: &'static str,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Keys and certificates.
#[async_trait]
pub trait Security: Send + Sync {
    /// All signing keys, oldest first, with this actor's open drafts.
    async fn list_keys(&self, actor: &Actor) -> Result<Listed<SigningKeyRow>, AppError>;
    /// One signing key.
    async fn show_key(&self, actor: &Actor, id: &SigningKeyId) -> Result<SigningKeyRow, AppError>;
    /// Begins a draft of a new signing key.
    async fn new_key(&self, actor: &Actor) -> Result<Then, AppError>;
    /// Takes the key of a PKCS#12 file.
    async fn import_key(&self, actor: &Actor, file: Vec<u8>, password: Secret) -> Result<Then, AppError>;
    /// A certificate of a signing key, by the name of its file.
    async fn key_file(&self, actor: &Actor, id: &SigningKeyId, file: &str) -> Result<FileView, AppError>;
    /// Makes the next key of one.
    async fn rotate_key(&self, actor: &Actor, id: &SigningKeyId) -> Result<(), AppError>;
    /// Lets the next key sign.
    async fn activate_key(&self, actor: &Actor, id: &SigningKeyId) -> Result<(), AppError>;
    /// Drops the next key.
    async fn cancel_rotation(&self, actor: &Actor, id: &SigningKeyId) -> Result<(), AppError>;
    /// Deletes one; refused while it is used.
    async fn delete_key(&self, actor: &Actor, id: &SigningKeyId) -> Result<(), AppError>;
    /// All trusted CAs, oldest first.
    async fn list_cas(&self, actor: &Actor) -> Result<Vec<TrustedCaRow>, AppError>;
    /// Takes the certificates of a file or text.
    async fn import_cas(&self, actor: &Actor, file: &[u8]) -> Result<Then, AppError>;
    /// The certificate of one.
    async fn ca_file(&self, actor: &Actor, id: &TrustedCaId) -> Result<FileView, AppError>;
    /// Who uses one.
    async fn ca_usage(&self, actor: &Actor, id: &TrustedCaId) -> Result<UsageView, AppError>;
    /// Deletes one; refused while it is used.
    async fn delete_ca(&self, actor: &Actor, id: &TrustedCaId) -> Result<(), AppError>;
}

/// What is configured once for the whole server.
#[async_trait]
pub trait Settings: Send + Sync {
    /// Notifications.
    async fn notifications(&self, actor: &Actor) -> Result<SettingsPage, AppError>;
    /// Begins or resumes a draft of Notifications.
    async fn edit_notifications(&self, actor: &Actor) -> Result<Then, AppError>;
    /// Protocol Settings.
    async fn protocol(&self, actor: &Actor) -> Result<SettingsPage, AppError>;
    /// Begins or resumes a draft of Protocol Settings.
    async fn edit_protocol(&self, actor: &Actor) -> Result<Then, AppError>;
    /// Metadata Export.
    async fn metadata(&self, actor: &Actor) -> Result<MetadataPage, AppError>;
    /// Begins or resumes a draft of Metadata Export.
    async fn edit_metadata(&self, actor: &Actor) -> Result<Then, AppError>;
    /// A file made of what is in a draft.
    async fn draft_file(&self, actor: &Actor, id: &DraftId, file: &str) -> Result<FileView, AppError>;
}

/// How much of a preview is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PreviewPart {
    /// Everything.
    All,
    /// A page of the operations.
    Page {
        /// The preview's name; empty, or not known any more: a new one is worked out.
        of: String,
        /// From 1.
        page: u32,
    },
}

/// Channels and cycles.
#[async_trait]
pub trait Channels: Send + Sync {
    /// All, by connection and name.
    async fn list(&self, actor: &Actor) -> Result<Vec<ChannelRow>, AppError>;
    /// All, or those that the query of an address asks for, with what they did lately.
    async fn dashboard(&self, actor: &Actor, query: &str) -> Result<Dashboard, AppError>;
    /// One channel.
    async fn show(&self, actor: &Actor, id: &ChannelId) -> Result<ChannelPage, AppError>;
    /// One channel with what it does now, and with what it did over a time: `hour`, `day` or `week`.
    async fn screen(&self, actor: &Actor, id: &ChannelId, over: &str) -> Result<ChannelScreen, AppError>;
    /// The cycles of a channel that the query of an address asks for.
    async fn cycles(&self, actor: &Actor, id: &ChannelId, query: &str) -> Result<CyclesPage, AppError>;
    /// One cycle, with those of its objects that the query of an address asks for.
    async fn cycle(&self, actor: &Actor, id: &CycleId, query: &str) -> Result<CyclePage, AppError>;
    /// What a cycle would do now.
    async fn preview(&self, actor: &Actor, id: &ChannelId, part: &PreviewPart) -> Result<PreviewPage, AppError>;
    /// What a cycle would do with what is in a draft, asked from a tab of the channel.
    async fn preview_draft(&self, actor: &Actor, id: &DraftId, path: &str, part: &PreviewPart) -> Result<PreviewPage, AppError>;
    /// Starts a cycle now.
    async fn run(&self, actor: &Actor, id: &ChannelId, full: bool) -> Result<(), AppError>;
    /// Pauses.
    async fn pause(&self, actor: &Actor, id: &ChannelId) -> Result<(), AppError>;
    /// Resumes.
    async fn resume(&self, actor: &Actor, id: &ChannelId) -> Result<(), AppError>;
    /// From now on `provisioner.log` has the channel at DEBUG for so many minutes; 0: no longer.
    async fn log_level(&self, actor: &Actor, id: &ChannelId, debug_minutes: u32) -> Result<(), AppError>;
    /// Forgets the links: the next cycle matches everything anew.
    async fn reset(&self, actor: &Actor, id: &ChannelId) -> Result<(), AppError>;
    /// Lets the removals held now happen once.
    async fn approve(&self, actor: &Actor, id: &ChannelId) -> Result<(), AppError>;
    /// Keeps the removals held now from being asked about for a while.
    async fn reject(&self, actor: &Actor, id: &ChannelId) -> Result<(), AppError>;
}

/// The sample company and the emulated AWS beside a sandbox's console. Their pages come as data, by the path below
/// [`SANDBOX`](crate::routes::SANDBOX); each form posts to the path of its page or of its button.
#[async_trait]
pub trait Sandbox: Send + Sync {
    /// A page; `query` is what its address says besides, urlencoded.
    async fn show(&self, actor: &Actor, path: &str, query: &str) -> Result<SandboxPage, AppError>;
    /// Does what was posted. What was typed wrong leads back to the form, which says so.
    async fn act(&self, actor: &Actor, path: &str, fields: Fields) -> Result<Then, AppError>;
    /// A file to download: its name, media type and text.
    async fn file(&self, actor: &Actor, path: &str) -> Result<(String, String, String), AppError>;
}

/// Who is signed on.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// For the frame of a page; `draft` is the draft in its address, empty where there is none.
    async fn show(&self, actor: Option<&Actor>, draft: &str) -> Result<SessionView, AppError>;
}

/// The actor of the request that a server function serves; refuses while nobody is signed on or a password change is owed.
///
/// The server puts the [`Backend`] into the context, and the [`Actor`] into the request's extensions.
pub async fn context() -> Result<(Actor, Backend), AppError> {
    let (actor, backend) = visitor()?;
    match actor {
        Some(actor) if actor.may_administer() => Ok((actor, backend)),
        Some(_) => Err(AppError::Forbidden),
        None => Err(AppError::SignIn),
    }
}

/// The actor of the request, if any.
pub fn visitor() -> Result<(Option<Actor>, Backend), AppError> {
    let backend = leptos::prelude::use_context::<Backend>().ok_or(AppError::Unavailable)?;
    let actor = leptos::prelude::use_context::<http::request::Parts>().and_then(|parts| parts.extensions.get::<Actor>().cloned());
    Ok((actor, backend))
}
