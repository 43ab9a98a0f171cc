//! What the list of SP Connections can be asked for. The ids are those of its address.

use super::data_store::choices;

/// What the list is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionQuery {
    /// Part of a name or entity ID, whatever its case; empty: all.
    pub text: String,
    /// Only those that are on, or off.
    pub status: Status,
    /// Only those for this.
    pub kind: Kind,
    /// By what they are sorted.
    pub sort: Sort,
    /// The other way round.
    pub descending: bool,
}

impl ConnectionQuery {
    /// Whether it leaves anything out.
    pub fn is_narrow(&self) -> bool {
        !self.text.is_empty() || self.status != Status::Any || self.kind != Kind::Any
    }
}

choices! {
    /// On or off.
    #[derive(Default)]
    Status {
        /// Either.
        #[default]
        Any = "", "Any";
        /// On.
        Enabled = "enabled", "Enabled";
        /// Off.
        Disabled = "disabled", "Disabled";
    }
}

choices! {
    /// What a connection is for. One may be for both.
    #[derive(Default)]
    Kind {
        /// Anything.
        #[default]
        Any = "", "Any";
        /// People sign on there.
        BrowserSso = "browser-sso", "Browser SSO";
        /// People and groups are sent there.
        OutboundProvisioning = "outbound-provisioning", "Outbound Provisioning";
    }
}

choices! {
    /// The order of the list.
    #[derive(Default)]
    Sort {
        /// Connection Name.
        #[default]
        Name = "name", "Connection Name";
        /// Connection ID.
        EntityId = "entity-id", "Connection ID";
        /// When it was saved first.
        Created = "created", "Created";
        /// When it was saved last.
        Updated = "updated", "Last Modified";
    }
}
