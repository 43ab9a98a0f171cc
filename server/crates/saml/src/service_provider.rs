//! What a connection says of a service provider, as far as its messages are concerned.

use domain::model::sp_metadata::{AssertionConsumer, Binding, LogoutEndpoint, SpMetadata};

/// A service provider as it is configured here. Nothing that a message says of these things counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceProvider {
    /// Its name.
    pub entity_id: String,
    /// Where assertions may be sent.
    pub consumers: Vec<AssertionConsumer>,
    /// Where logout messages are sent.
    pub logout: Vec<LogoutEndpoint>,
    /// Certificates (DER) that may verify its signatures.
    pub certificates: Vec<Vec<u8>>,
    /// A request without a signature is not its own.
    pub requires_signed_requests: bool,
    /// The `NameID` formats that it can be given, first the one that it is given if it asks for none.
    pub name_id_formats: Vec<String>,
    /// The classes of authentication that signing on here amounts to, strongest first. The first is stated if none is asked for.
    pub authn_contexts: Vec<String>,
}

impl ServiceProvider {
    /// Where an answer goes that no address is wanted for, out of those by HTTP-POST.
    pub fn default_consumer(&self) -> Option<AssertionConsumer> {
        let posted = self.consumers.iter().filter(|consumer| consumer.binding == Binding::HttpPost);
        SpMetadata { assertion_consumers: posted.cloned().collect(), ..SpMetadata::default() }.default_consumer().cloned()
    }

    /// How and where a logout message goes: by HTTP-POST if it can, which has no bound on length.
    pub fn logout_endpoint(&self) -> Option<&LogoutEndpoint> {
        let by = |binding| self.logout.iter().find(move |endpoint| endpoint.binding == binding);
        by(Binding::HttpPost).or_else(|| by(Binding::HttpRedirect))
    }
}
