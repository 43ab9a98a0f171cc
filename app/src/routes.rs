//! Every path of the console, once.

use domain::id::{ChannelId, ConnectionId, CycleId, DataStoreId, DraftId, IdpAdapterId, PcvId};

/// A page of the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// Where one lands.
    Home,
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
    /// All channels at a glance.
    Channels,
    /// One channel.
    Channel(ChannelId),
    /// What a channel would do now.
    ChannelPreview(ChannelId),
    /// One cycle.
    Cycle(CycleId),
    /// A tab of a draft, by its path.
    Wizard(DraftId, String),
    /// A page of the sandbox, by its path.
    Sandbox(&'static str),
}

impl Page {
    /// Its path.
    pub fn href(&self) -> String {
        match self {
            Page::Home => "/".into(),
            Page::SignIn => "/sign-in".into(),
            Page::Password => "/password".into(),
            Page::DataStores => "/data-stores".into(),
            Page::DataStoreUsage(id) => format!("/data-stores/{id}/usage"),
            Page::Pcvs => "/pcvs".into(),
            Page::PcvUsage(id) => format!("/pcvs/{id}/usage"),
            Page::IdpAdapters => "/idp-adapters".into(),
            Page::IdpAdapterUsage(id) => format!("/idp-adapters/{id}/usage"),
            Page::SpConnections => "/sp-connections".into(),
            Page::Channels => "/channels".into(),
            Page::Channel(id) => format!("/channels/{id}"),
            Page::ChannelPreview(id) => format!("/channels/{id}/preview"),
            Page::Cycle(id) => format!("/cycles/{id}"),
            Page::Wizard(id, path) => format!("/wizard/{id}/{path}"),
            Page::Sandbox(path) => format!("{SANDBOX}/{path}"),
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
    /// Open a draft from a list.
    ResumeDraft(DraftId),
    /// A tab of a draft.
    Wizard(DraftId, String),
    /// Sign on.
    SignIn,
    /// Sign off.
    SignOut,
    /// Change one's password.
    Password,
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
            Post::ResumeDraft(id) => format!("/drafts/{id}/resume"),
            Post::Wizard(id, path) => format!("/wizard/{id}/{path}"),
            Post::SignIn => "/sign-in".into(),
            Post::SignOut => "/sign-out".into(),
            Post::Password => "/password".into(),
        }
    }
}

/// Server-sent events: one `status` event, with no data worth reading, whenever a channel's state or progress changed.
pub const CHANNEL_EVENTS: &str = "/events/channels";

/// Below it are the pages of a sandbox, which come as data: all other paths below it are the server's.
pub const SANDBOX: &str = "/sandbox";

/// The pages of a sandbox that the navigation leads to, by their paths.
pub const SANDBOX_AREAS: [(&str, &str); 3] = [("values", "Values to paste"), ("company", "Company"), ("aws", "AWS console")];
