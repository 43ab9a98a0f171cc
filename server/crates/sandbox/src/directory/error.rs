//! What can go wrong with the sample directory, apart from what an LDAP client is answered.

use std::net::SocketAddr;
use std::path::PathBuf;

/// A refused change, or a failure to listen, save or load.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// No such entry.
    #[error("The sample directory has no entry ‘{name}’.")]
    NotFound {
        /// As asked for.
        name: String,
    },
    /// A distinguished name that cannot be parsed, or a common name that cannot be one.
    #[error("‘{name}’ cannot be a name in the sample directory: {reason}")]
    InvalidName {
        /// As given.
        name: String,
        /// What is wrong, as a sentence.
        reason: String,
    },
    /// Another entry has that place already.
    #[error("‘{dn}’ exists already; choose another name.")]
    Exists {
        /// The place asked for.
        dn: String,
    },
    /// Another account signs on by that name.
    #[error("The logon name ‘{login}’ belongs to another account; choose another.")]
    LoginTaken {
        /// The `sAMAccountName` asked for.
        login: String,
    },
    /// The entry is not of the kind the change is for.
    #[error("‘{dn}’ is not {wanted}.")]
    WrongKind {
        /// The entry.
        dn: String,
        /// With its article.
        wanted: &'static str,
    },
    /// A container that still holds entries cannot be deleted.
    #[error("‘{dn}’ still holds other entries; move or delete them first.")]
    NotEmpty {
        /// The container.
        dn: String,
    },
    /// An entry that the sandbox itself relies on.
    #[error("‘{dn}’ is needed by the sandbox and cannot be deleted.")]
    Needed {
        /// The entry.
        dn: String,
    },
    /// The unit that a deleted person was in is gone.
    #[error("‘{name}’ cannot be brought back: the unit it was in is not there any more.")]
    NoParent {
        /// The common name.
        name: String,
    },
    /// A container cannot be moved below itself.
    #[error("‘{dn}’ cannot be moved to ‘{to}’, which lies below it.")]
    BelowItself {
        /// The entry.
        dn: String,
        /// Where it should have gone.
        to: String,
    },
    /// The member is there already.
    #[error("‘{member}’ is a member of ‘{group}’ already.")]
    AlreadyMember {
        /// The group.
        group: String,
        /// The member.
        member: String,
    },
    /// The member to be removed is not there.
    #[error("‘{member}’ is not a direct member of ‘{group}’.")]
    NotMember {
        /// The group.
        group: String,
        /// The member.
        member: String,
    },
    /// An attribute that the directory computes.
    #[error("The directory sets {attribute} itself; it cannot be written.")]
    Computed {
        /// Its name.
        attribute: String,
    },
    /// A value that the attribute cannot hold.
    #[error("{attribute} cannot be ‘{value}’: {reason}")]
    InvalidValue {
        /// Its name.
        attribute: String,
        /// As given.
        value: String,
        /// What is wrong, as a sentence.
        reason: String,
    },
    /// The address cannot be listened on.
    #[error("The sample directory cannot listen on {addr}; another program may use it.")]
    Listen {
        /// As asked for.
        addr: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file could not be written.
    #[error("The sample directory cannot be saved to {}; check that the folder exists and may be written.", path.display())]
    Save {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file could not be read.
    #[error("The sample directory cannot be read from {}.", path.display())]
    Load {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not JSON of the expected shape.
    #[error("{} is not a saved sample directory; move it away to start with a new one.", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The file is of the expected shape but says things that cannot be true together.
    #[error("{} contradicts itself: {reason} Move it away to start with a new sample directory.", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong, as a sentence.
        reason: String,
    },
}
