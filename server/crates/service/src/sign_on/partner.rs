//! A service provider as its connection says, ready to be spoken with.

use super::{Turned, Way};
use crate::Service;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::id::ConnectionId;
use domain::model::idp_adapter::IdpAdapter;
use domain::model::server_settings::Federation;
use domain::model::sp_connection::SpConnection;
use domain::model::sp_metadata::AssertionConsumer;
use keys::SigningPair;
use saml::{Here, Refusal, ServiceProvider};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// A password over an encrypted way.
const PROTECTED_PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
/// A password.
const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password";

/// A service provider whose people may sign on, with this identity provider's own names.
pub(crate) struct Partner {
    pub connection: SpConnection,
    pub federation: Federation,
    service_provider: ServiceProvider,
    ways: OnceCell<Vec<Way>>,
    /// What signs messages to it.
    pub(super) signing_pair: OnceCell<SigningPair>,
}

impl Partner {
    pub fn new(connection: SpConnection, federation: Federation) -> Self {
        let service_provider = service_provider(&connection, &federation);
        Self { connection, federation, service_provider, ways: OnceCell::new(), signing_pair: OnceCell::new() }
    }

    /// As its messages are judged.
    pub fn service_provider(&self) -> &ServiceProvider {
        &self.service_provider
    }

    /// The address where an answer goes, if it is still one of the connection's.
    pub fn consumer(&self, url: &str) -> Option<AssertionConsumer> {
        self.service_provider.consumers.iter().find(|consumer| consumer.url == url).cloned()
    }
}

fn service_provider(connection: &SpConnection, federation: &Federation) -> ServiceProvider {
    let sso = &connection.browser_sso;
    let consumer = |row: &domain::model::browser_sso::ConsumerUrl| AssertionConsumer {
        binding: row.binding,
        url: row.url.clone(),
        index: row.index,
        is_default: row.is_default.then_some(true),
    };
    let certificates = &connection.credentials.verification;
    ServiceProvider {
        entity_id: connection.general.entity_id.clone(),
        consumers: sso.protocol.consumers.iter().map(consumer).collect(),
        logout: sso.protocol.logout.clone(),
        certificates: certificates.iter().filter_map(|certificate| STANDARD.decode(&certificate.der).ok()).collect(),
        requires_signed_requests: sso.protocol.require_signed_requests,
        name_id_formats: vec![sso.assertion.name_id_format().to_owned()],
        authn_contexts: authn_contexts(&federation.base_url),
    }
}

/// What signing on here amounts to, strongest first. A password that went over a network in clear was not protected.
fn authn_contexts(base: &str) -> Vec<String> {
    let host = base.strip_prefix("http://").map(|rest| rest.split(['/', ':']).next().unwrap_or_default());
    let is_protected = base.starts_with("https://") || matches!(host, Some("localhost" | "127.0.0.1")) || base.contains("://[::1]");
    let protected = is_protected.then_some(PROTECTED_PASSWORD);
    protected.into_iter().chain([PASSWORD, saml::check::UNSPECIFIED_CONTEXT]).map(str::to_owned).collect()
}

impl Service {
    /// The partner that a message says it is from.
    pub(crate) async fn partner_by_entity_id(&self, entity_id: &str) -> Result<Arc<Partner>, Turned> {
        if let Some(partner) = self.known_partner_by_entity_id(entity_id) {
            return Ok(partner);
        }
        let saves = self.store.saves();
        let mut conn = self.store.read().await?;
        let unknown = || Turned::from(Refusal::UnknownIssuer(entity_id.chars().take(256).collect()));
        let found = conn.find_connection_by_entity_id(entity_id).await?.map(|stored| stored.value);
        let connection = found.filter(speaks).ok_or_else(unknown)?;
        Ok(self.keep_partner(saves, Partner::new(connection, self.federation(&mut conn).await?)))
    }

    /// The partner of a connection, if it is still one.
    pub(crate) async fn partner(&self, id: &ConnectionId) -> Result<Arc<Partner>, Turned> {
        if let Some(partner) = self.known_partner(id) {
            return Ok(partner);
        }
        let saves = self.store.saves();
        let mut conn = self.store.read().await?;
        let found = conn.find_connection(id).await?.map(|stored| stored.value);
        let gone = || Turned::refused("sign-on-connection", format!("The connection {id} is not active any more."));
        let connection = found.filter(speaks).ok_or_else(gone)?;
        Ok(self.keep_partner(saves, Partner::new(connection, self.federation(&mut conn).await?)))
    }

    /// The adapters that may be used there and ask somebody, in order.
    pub(crate) async fn ways<'p>(&self, partner: &'p Partner) -> Result<&'p [Way], Turned> {
        partner.ways.get_or_try_init(|| self.read_ways(partner)).await.map(Vec::as_slice)
    }

    async fn read_ways(&self, partner: &Partner) -> Result<Vec<Way>, Turned> {
        let mut conn = self.store.read().await?;
        let mut ways = Vec::new();
        for mapping in &partner.connection.browser_sso.assertion.sources {
            let Some(id) = &mapping.adapter else { continue };
            let Some(adapter) = conn.find_idp_adapter(id).await?.map(|stored| stored.value) else { continue };
            if !adapter.validators.is_empty() {
                ways.push(Way { adapter, mapping: mapping.clone() });
            }
        }
        if ways.is_empty() {
            let name = &partner.connection.general.name;
            return Err(Turned::refused(
                "sign-on-adapter",
                format!("The connection ‘{name}’ has no IdP Adapter that asks a validator: nobody can sign on there."),
            ));
        }
        Ok(ways)
    }

    /// Where and when messages are judged that came to one of these addresses.
    pub(crate) fn here(&self, addresses: Vec<String>) -> Here {
        Here { addresses, now: self.now(), skew_ms: super::SKEW_MS, lifetime_ms: super::MESSAGE_MS }
    }
}

/// Whether people may sign on there at all.
fn speaks(connection: &SpConnection) -> bool {
    connection.enabled && connection.browser_sso_profiles
}

/// The way that was asked for by its Instance ID, else the first.
pub(crate) fn chosen<'a>(ways: &'a [Way], instance_id: Option<&str>) -> Option<&'a Way> {
    let named = instance_id.and_then(|id| ways.iter().find(|way| way.adapter.instance_id.eq_ignore_ascii_case(id)));
    named.or_else(|| ways.first())
}

/// The other ways: Instance ID and name.
pub(crate) fn others(ways: &[Way], chosen: &IdpAdapter) -> Vec<(String, String)> {
    let others = ways.iter().filter(|way| way.adapter.id != chosen.id);
    others.map(|way| (way.adapter.instance_id.clone(), way.adapter.name.clone())).collect()
}
