//! What the pages show: made on the server for the screen, times already in words, no aggregate and no secret.

pub mod channels;
pub mod connections;
pub mod connectors;
pub mod guide;
pub mod logs;
pub mod people;
pub mod preview;
pub mod sandbox;
pub mod sign_ons;

pub use channels::{ChannelPage, ChannelRow, CycleObjectRow, CyclePage, CycleRow, CyclesPage, ProgressView};
use domain::id::{ChannelId, ConnectionId, DataStoreId, DraftId, IdpAdapterId, PcvId, SigningKeyId, TrustedCaId};
use serde::{Deserialize, Serialize};

/// Who is signed on, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// User name; `None` when nobody is.
    pub user: Option<String>,
    /// The password must be changed first.
    pub must_change: bool,
    /// Title of this installation, such as `Sandbox`; may be empty.
    pub environment: String,
    /// It is a sandbox, with pages of its own.
    pub sandbox: bool,
    /// What kind of object is edited on the page, as in the `kind` of a draft; empty where none is.
    pub kind: String,
    /// Version of the server.
    pub version: String,
}

/// How a state is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tone {
    /// As it should be.
    Good,
    /// At work.
    Busy,
    /// Wants to be looked at.
    Warning,
    /// Does not work.
    Bad,
    /// Off.
    Quiet,
}

/// A state in a word with its colour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateView {
    /// *Up to date*, *Running*, *Waiting*, *Held*, *Failing*, *Paused*, *Off*.
    pub label: String,
    /// Its colour.
    pub tone: Tone,
    /// One sentence: why, and what to do.
    pub sentence: String,
}

/// A time: exact, and as people say it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeView {
    /// RFC 3339, for `<time datetime>` and the tooltip.
    pub exact: String,
    /// `12 s ago`, `in 48 s`, `2026-11-23 22:58`.
    pub words: String,
}

/// A row of the Data Stores list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataStoreRow {
    /// Its id.
    pub id: DataStoreId,
    /// Its name.
    pub name: String,
    /// Its LDAP Type.
    pub kind: String,
    /// Hosts.
    pub hosts: String,
    /// LDAPS, StartTLS or None.
    pub security: String,
    /// Who uses it, in words; empty: nobody.
    pub used_by: String,
}

/// A row of the Password Credential Validators list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PcvRow {
    /// Its id.
    pub id: PcvId,
    /// Instance Name.
    pub name: String,
    /// Instance ID.
    pub instance_id: String,
    /// Its type.
    pub kind: String,
    /// What it asks: the name of a Data Store, or a list of its own.
    pub asks: String,
    /// Why nobody can sign on with it; empty where somebody can.
    pub warning: String,
    /// Who uses it, in words; empty: nobody.
    pub used_by: String,
}

/// A row of the IdP Adapters list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdpAdapterRow {
    /// Its id.
    pub id: IdpAdapterId,
    /// Instance Name.
    pub name: String,
    /// Instance ID.
    pub instance_id: String,
    /// Its type.
    pub kind: String,
    /// Names of the validators it asks, in order.
    pub validators: String,
    /// What is wrong with it; empty where nothing is.
    pub warning: String,
    /// Who uses it, in words; empty: nobody.
    pub used_by: String,
}

/// Who refers to an object, for a link there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UserLink {
    /// A channel.
    Channel(ChannelId),
    /// A Password Credential Validator.
    Pcv(PcvId),
    /// An IdP Adapter.
    IdpAdapter(IdpAdapterId),
    /// An SP Connection.
    SpConnection(ConnectionId),
    /// A Data Store.
    DataStore(DataStoreId),
    /// Metadata Export.
    MetadataExport,
}

/// One use of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageRow {
    /// Kind of the user, such as *Channel*.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// What it is part of, such as the name of its connection.
    pub part_of: String,
    /// For a link to it.
    pub to: UserLink,
}

/// Who uses an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageView {
    /// Its name.
    pub name: String,
    /// Its users.
    pub rows: Vec<UsageRow>,
}

/// An open draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftRow {
    /// Its id.
    pub id: DraftId,
    /// Name of the object; may be empty.
    pub name: String,
    /// The object does not exist yet.
    pub is_new: bool,
    /// When it was last changed.
    pub updated: TimeView,
}

/// A page that the server makes whole, with nothing to be done in the browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadePage {
    /// Title of the document.
    pub title: String,
    /// What stands in the frame, as HTML.
    pub html: String,
}

/// A list with the drafts of it that this administrator has open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed<T> {
    /// Saved objects.
    pub rows: Vec<T>,
    /// Open drafts.
    pub drafts: Vec<DraftRow>,
    /// Drafts of other objects from which one came here.
    pub waiting: Vec<WaitingRow>,
}

/// A draft from which somebody went to a list, to come back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingRow {
    /// Its id.
    pub id: DraftId,
    /// Kind and name of its object.
    pub title: String,
}

/// A certificate, for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateView {
    /// Whose.
    pub subject: String,
    /// Its common name, for headings.
    pub name: String,
    /// Who issued it; *Itself* for one that is self-signed.
    pub issuer: String,
    /// Kind of key.
    pub algorithm: String,
    /// Serial number.
    pub serial: String,
    /// SHA-256.
    pub fingerprint: String,
    /// First day, as `2026-11-23`.
    pub starts: String,
    /// Last day with the distance to it, as `2029-11-23, in 3 years`.
    pub ends: String,
    /// *Valid*, *Expires soon*, *Expired*, *Not valid yet*, with a sentence on what to do.
    pub state: StateView,
}

/// A signing key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKeyRow {
    /// Its id.
    pub id: SigningKeyId,
    /// In use.
    pub active: CertificateView,
    /// To follow, while it is being rotated.
    pub next: Option<CertificateView>,
    /// What uses it.
    pub uses: Vec<UsageRow>,
}

/// A trusted CA.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedCaRow {
    /// Its id.
    pub id: TrustedCaId,
    /// Its certificate.
    pub certificate: CertificateView,
    /// What uses it.
    pub uses: Vec<UsageRow>,
}

/// A page of settings that are there once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsPage {
    /// Parts of it: heading, then label and value.
    pub parts: Vec<(String, Vec<(String, String)>)>,
    /// Open drafts of it.
    pub drafts: Vec<DraftRow>,
}

/// The page of Metadata Export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetadataPage {
    /// What is served, or why nothing is.
    pub state: StateView,
    /// Where, when something is.
    pub url: Option<String>,
    /// Label and value.
    pub facts: Vec<(String, String)>,
    /// Open drafts of it.
    pub drafts: Vec<DraftRow>,
}

/// An object with something wrong or left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectNote {
    /// *User* or *Group*.
    pub kind: String,
    /// What people call it.
    pub name: String,
    /// Where it is in the directory.
    pub dn: String,
    /// What is wrong and what to do.
    pub reason: String,
    /// When it is tried again, if it is.
    pub next: Option<TimeView>,
}

/// Removals that wait for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldView {
    /// Which guard, in words.
    pub guard: String,
    /// A sentence with the numbers.
    pub reason: String,
    /// What would be done to whom; at most 200.
    pub ops: Vec<OpRow>,
    /// How many there are in all.
    pub total: u32,
}

/// A planned operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpRow {
    /// *User* or *Group*.
    pub kind: String,
    /// What people call it.
    pub name: String,
    /// Where it is.
    pub dn: String,
    /// What, such as *Disable*.
    pub action: String,
    /// Why.
    pub reason: String,
    /// Attribute, before, after.
    pub changes: Vec<ChangeRow>,
    /// Members that are added or removed, by name, where they are known.
    pub people: Vec<String>,
}

/// One attribute that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeRow {
    /// The attribute.
    pub attribute: String,
    /// Before; `None` for no value.
    pub from: Option<String>,
    /// After; `None` for no value.
    pub to: Option<String>,
}
