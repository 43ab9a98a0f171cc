//! Every path of the console, once.

use domain::id::{ChannelId, ConnectionId, CycleId, DataStoreId, DraftId, IdpAdapterId, PcvId, SigningKeyId, TrustedCaId};

/// A page of the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// Where one lands.
    Home,
    /// Screens and objects by a piece of their name.
    Search,
    /// A page of the help, by its topic.
    Help(String),
    /// Sign on.
    SignIn,
    /// Change one's password.
    Password,
    /// List of Data Stores.
    DataStores,
    /// Who uses a Data Store.
    DataStoreUsage(DataStoreId),
    /// List of Password Credential Validators.
    Pcvs,
    /// Who uses a Password Credential Validator.
    PcvUsage(PcvId),
    /// List of IdP Adapters.
    IdpAdapters,
    /// Who uses an IdP Adapter.
    IdpAdapterUsage(IdpAdapterId),
    /// List of SP Connections.
    SpConnections,
    /// Who uses an SP Connection.
    SpConnectionUsage(ConnectionId),
    /// An exported SP Connection to be imported.
    ImportSpConnection,
    /// Newer metadata of the partner of an SP Connection.
    UpdateSpConnection(ConnectionId),
    /// What the partner of an SP Connection would be told of somebody.
    TryAssertion(ConnectionId),
    /// What became of sign-ons.
    SignOns,
    /// All channels at a glance.
    Channels,
    /// One channel.
    Channel(ChannelId),
    /// What a channel would do now.
    ChannelPreview(ChannelId),
    /// What a channel would do as it is edited, from a tab of the draft.
    DraftPreview(DraftId, String),
    /// Its cycles.
    ChannelCycles(ChannelId),
    /// People and groups of all channels.
    People,
    /// People and groups of a channel.
    ChannelPeople(ChannelId),
    /// Why somebody is or is not at a channel's service.
    ChannelExplain(ChannelId),
    /// What is at a channel's service compared with what was written there.
    ChannelVerify(ChannelId),
    /// One cycle.
    Cycle(CycleId),
    /// A tab of a draft, by its path.
    Wizard(DraftId, String),
    /// Where a draft meets what somebody else saved meanwhile.
    Meeting(DraftId),
    /// A page of the sandbox, by its path.
    Sandbox(&'static str),
    /// List of signing keys.
    SigningKeys,
    /// One signing key.
    SigningKey(SigningKeyId),
    /// A PKCS#12 file to be imported.
    ImportSigningKey,
    /// List of trusted CAs.
    TrustedCas,
    /// Certificates to be imported.
    ImportTrustedCas,
    /// Who uses a trusted CA.
    TrustedCaUsage(TrustedCaId),
    /// Connectors.
    Connectors,
    /// Protocol Settings.
    ProtocolSettings,
    /// Metadata Export.
    MetadataExport,
    /// Notifications.
    Notifications,
    /// What is in the logs.
    Logs,
}

impl Page {
    /// The screen that lists objects of a kind, as in the `kind` of a draft.
    pub fn list_of(kind: &str) -> Option<Self> {
        Some(match kind {
            "data_store" => Page::DataStores,
            "pcv" => Page::Pcvs,
            "idp_adapter" => Page::IdpAdapters,
            "sp_connection" => Page::SpConnections,
            "signing_key" => Page::SigningKeys,
            "protocol_settings" => Page::ProtocolSettings,
            "metadata_export" => Page::MetadataExport,
            "notifications" => Page::Notifications,
            _ => return None,
        })
    }

    /// Its path.
    pub fn href(&self) -> String {
        match self {
            Page::Home => "/".into(),
            Page::Search => "/search".into(),
            Page::Help(topic) => format!("/help/{topic}"),
            Page::SignIn => "/sign-in".into(),
            Page::Password => "/password".into(),
            Page::DataStores => "/data-stores".into(),
            Page::DataStoreUsage(id) => format!("/data-stores/{id}/usage"),
            Page::Pcvs => "/pcvs".into(),
            Page::PcvUsage(id) => format!("/pcvs/{id}/usage"),
            Page::IdpAdapters => "/idp-adapters".into(),
            Page::IdpAdapterUsage(id) => format!("/idp-adapters/{id}/usage"),
            Page::SpConnections => "/sp-connections".into(),
            Page::SpConnectionUsage(id) => format!("/sp-connections/{id}/usage"),
            Page::ImportSpConnection => "/sp-connections/import".into(),
            Page::UpdateSpConnection(id) => format!("/sp-connections/{id}/update"),
            Page::TryAssertion(id) => format!("/sp-connections/{id}/test"),
            Page::SignOns => "/sign-ons".into(),
            Page::Channels => "/channels".into(),
            Page::Channel(id) => format!("/channels/{id}"),
            Page::ChannelPreview(id) => format!("/channels/{id}/preview"),
            Page::DraftPreview(id, path) => format!("/drafts/{id}/preview/{path}"),
            Page::ChannelCycles(id) => format!("/channels/{id}/cycles"),
            Page::People => "/people".into(),
            Page::ChannelPeople(id) => format!("/people?channel={id}"),
            Page::ChannelExplain(id) => format!("/people/{id}/explain"),
            Page::ChannelVerify(id) => format!("/people/{id}/verify"),
            Page::Cycle(id) => format!("/cycles/{id}"),
            Page::Wizard(id, path) => format!("/wizard/{id}/{path}"),
            Page::Meeting(id) => format!("/drafts/{id}/changes"),
            Page::Sandbox(path) => format!("{SANDBOX}/{path}"),
            Page::SigningKeys => "/signing-keys".into(),
            Page::SigningKey(id) => format!("/signing-keys/{id}"),
            Page::ImportSigningKey => "/signing-keys/import".into(),
            Page::TrustedCas => "/trusted-cas".into(),
            Page::ImportTrustedCas => "/trusted-cas/import".into(),
            Page::TrustedCaUsage(id) => format!("/trusted-cas/{id}/usage"),
            Page::Connectors => "/connectors".into(),
            Page::ProtocolSettings => "/protocol-settings".into(),
            Page::MetadataExport => "/metadata-export".into(),
            Page::Notifications => "/notifications".into(),
            Page::Logs => "/logs".into(),
        }
    }
}

/// A file that is downloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Download {
    /// A certificate of a signing key: `active.pem`, `active.der`, `next.pem`, `next.der`.
    SigningKey(SigningKeyId, &'static str),
    /// A trusted CA, `certificate.pem`.
    TrustedCa(TrustedCaId),
    /// A file made of what is in a draft.
    Draft(DraftId, String),
    /// An SP Connection without its secrets.
    SpConnection(ConnectionId),
    /// The metadata for the partner of an SP Connection.
    SpConnectionMetadata(ConnectionId),
}

impl Download {
    /// Its path.
    pub fn href(&self) -> String {
        match self {
            Download::SigningKey(id, file) => format!("/signing-keys/{id}/{file}"),
            Download::TrustedCa(id) => format!("/trusted-cas/{id}/certificate.pem"),
            Download::SpConnection(id) => format!("/sp-connections/{id}/export.json"),
            Download::SpConnectionMetadata(id) => format!("/sp-connections/{id}/metadata.xml"),
            Download::Draft(id, file) => format!("/drafts/{id}/files/{file}"),
        }
    }
}

/// Where a form posts that is not a server function: these answer 303 to a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Post {
    /// Begin or resume a draft of a new Data Store.
    NewDataStore,
    /// Begin or resume a draft of this Data Store.
    EditDataStore(DataStoreId),
    /// Begin or resume a draft of a new Password Credential Validator.
    NewPcv,
    /// Begin or resume a draft of this Password Credential Validator.
    EditPcv(PcvId),
    /// Begin or resume a draft of a new IdP Adapter.
    NewIdpAdapter,
    /// Begin or resume a draft of this IdP Adapter.
    EditIdpAdapter(IdpAdapterId),
    /// Begin or resume a draft of a new SP Connection.
    NewSpConnection,
    /// Begin or resume a draft of this SP Connection.
    EditSpConnection(ConnectionId),
    /// Begin a draft of a copy; `id` is posted.
    CopySpConnection,
    /// Begin a draft of an exported SP Connection.
    ImportSpConnection,
    /// Begin or resume a draft of this SP Connection with newer metadata.
    UpdateSpConnection(ConnectionId),
    /// Open a draft from a list.
    ResumeDraft(DraftId),
    /// A tab of a draft.
    Wizard(DraftId, String),
    /// What a person chose where a draft met what somebody else saved.
    Meeting(DraftId),
    /// Sign on.
    SignIn,
    /// Sign off.
    SignOut,
    /// Change one's password.
    Password,
    /// Begin or resume a draft of a new signing key.
    NewSigningKey,
    /// A PKCS#12 file with its password.
    ImportSigningKey,
    /// Certificates, as a file or as text.
    ImportTrustedCas,
    /// A connector's text, as a file or pasted.
    UploadConnector,
    /// Begin or resume a draft of an SP Connection that uses the newest version of its connector; `id` is posted.
    MoveSpConnection,
    /// Begin or resume a draft of Protocol Settings.
    EditProtocolSettings,
    /// Begin or resume a draft of Metadata Export.
    EditMetadataExport,
    /// Begin or resume a draft of Notifications.
    EditNotifications,
}

impl Post {
    /// Its path.
    pub fn action(&self) -> String {
        match self {
            Post::NewDataStore => "/data-stores/new".into(),
            Post::EditDataStore(id) => format!("/data-stores/{id}/edit"),
            Post::NewPcv => "/pcvs/new".into(),
            Post::EditPcv(id) => format!("/pcvs/{id}/edit"),
            Post::NewIdpAdapter => "/idp-adapters/new".into(),
            Post::EditIdpAdapter(id) => format!("/idp-adapters/{id}/edit"),
            Post::NewSpConnection => "/sp-connections/new".into(),
            Post::EditSpConnection(id) => format!("/sp-connections/{id}/edit"),
            Post::CopySpConnection => "/sp-connections/copy".into(),
            Post::ImportSpConnection => "/sp-connections/import".into(),
            Post::UpdateSpConnection(id) => format!("/sp-connections/{id}/update"),
            Post::ResumeDraft(id) => format!("/drafts/{id}/resume"),
            Post::Wizard(id, path) => format!("/wizard/{id}/{path}"),
            Post::Meeting(id) => format!("/drafts/{id}/changes"),
            Post::SignIn => "/sign-in".into(),
            Post::SignOut => "/sign-out".into(),
            Post::Password => "/password".into(),
            Post::NewSigningKey => "/signing-keys/new".into(),
            Post::ImportSigningKey => "/signing-keys/import".into(),
            Post::ImportTrustedCas => "/trusted-cas/import".into(),
            Post::UploadConnector => "/connectors/upload".into(),
            Post::MoveSpConnection => "/connectors/move".into(),
            Post::EditProtocolSettings => "/protocol-settings/edit".into(),
            Post::EditMetadataExport => "/metadata-export/edit".into(),
            Post::EditNotifications => "/notifications/edit".into(),
        }
    }
}

/// The id of a form that holds what is not kept yet: a wizard's tab, the choices of a meeting. *Sign Off* sends it along.
pub const UNKEPT: &str = "unkept";

/// The button of such a form that keeps what is in it and stays.
pub const KEEP: &str = "keep";

/// The button of such a form that keeps what is in it and ends the session.
pub const SIGN_OFF: &str = "sign-off";

/// Leads to the help for the page whose path is in `for`.
pub const HELP_FOR: &str = "/help";

/// Server-sent events: one `status` event, with no data worth reading, whenever a channel's state or progress changed.
pub const CHANNEL_EVENTS: &str = "/events/channels";

/// Server-sent events: one `status` event, with no data worth reading, whenever something was written to the log that its query names.
/// A query of older entries, or one that follows nothing, is answered with nothing.
pub const LOG_EVENTS: &str = "/events/logs";

/// Below it are the pages of a sandbox, which come as data: all other paths below it are the server's.
pub const SANDBOX: &str = "/sandbox";
