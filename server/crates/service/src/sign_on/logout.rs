//! Signing off: here, and at every service provider that was told of the session, one after the other through the browser.

use super::partner::Partner;
use super::receive::{check_binding, replayed, unmet};
use super::record::{Event, Note};
use super::session::hashed;
use super::{Turned, Visitor, random_id};
use crate::Service;
use domain::id::{ConnectionId, IdpAdapterId};
use saml::logout::{LogoutMessage, LogoutOutcome, Outgoing, check_logout_request, check_logout_response};
use saml::message::MessageKind;
use saml::{NameId, Received, Refusal, Status};
use serde::{Deserialize, Serialize};
use store::SsoVisit;
use url::Url;

/// A service provider has so long to answer.
const PATIENCE_MS: i64 = 10 * 60_000;
/// A request to sign somebody off is good for so long.
const REQUEST_MINUTES: u32 = 5;

/// What the browser does next.
#[derive(Debug)]
pub enum Farewell {
    /// It takes a message to a service provider.
    Send {
        /// The message.
        outgoing: Outgoing,
        /// Under what the logout waits for an answer; none: it is over.
        waiting: Option<String>,
    },
    /// It goes to an address.
    Go(String),
    /// It shows that the person is signed off.
    Show {
        /// What the adapter says of it; empty: nothing.
        text: String,
        /// Somebody may still be signed on somewhere.
        is_partial: bool,
    },
}

/// Where a logout leads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leave {
    /// An address, if it is one of ours or of a service provider.
    pub target: Option<String>,
    /// The Logout Path of an adapter that it began at.
    pub path: Option<String>,
    /// Under what an earlier logout of this browser waits, which goes on with this one.
    pub waiting: Option<String>,
}

/// A logout under way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Logout {
    tracking: String,
    /// Who is still to be asked.
    left: Vec<Goodbye>,
    /// Who was asked last: the connection, and the ID of the request.
    asked: Option<(ConnectionId, String)>,
    /// Who asked: the connection, the ID of the request, and the relay state.
    origin: Option<(ConnectionId, String, Option<String>)>,
    /// Where it leads if nobody asked.
    target: Option<String>,
    adapter: Option<IdpAdapterId>,
    is_partial: bool,
}

/// Somebody's session at a service provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Goodbye {
    connection: ConnectionId,
    name: Name,
    session_index: String,
}

/// A name as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Name(String, Option<String>, Option<String>, Option<String>);

impl From<&NameId> for Name {
    fn from(name: &NameId) -> Self {
        let NameId { value, format, name_qualifier, sp_name_qualifier } = name.clone();
        Self(value, format, name_qualifier, sp_name_qualifier)
    }
}

impl From<Name> for NameId {
    fn from(Name(value, format, name_qualifier, sp_name_qualifier): Name) -> Self {
        Self { value, format, name_qualifier, sp_name_qualifier }
    }
}

impl Service {
    /// Signs a browser off that asks for it.
    pub async fn leave(&self, leave: &Leave, tracking: &str, visitor: &Visitor) -> Result<Farewell, Turned> {
        let mut logout = self.waiting_logout(leave.waiting.as_deref()).await?;
        tracking.clone_into(&mut logout.tracking);
        let mut conn = self.store.read().await?;
        if let Some(path) = &leave.path {
            let adapters = conn.list_idp_adapters().await?;
            let named = |path: &str| adapters.iter().find(|stored| stored.value.form.logout_path().eq_ignore_ascii_case(path));
            let found = named(path.trim_matches('/')).filter(|stored| !stored.value.form.logout_path().is_empty());
            let found = found.ok_or_else(|| Turned::refused("sign-off-path", format!("No IdP Adapter has the Logout Path ‘{path}’.")))?;
            logout.adapter = Some(found.value.id.clone());
        }
        if let Some(target) = &leave.target {
            match self.is_ours(&mut conn, target).await? {
                true => logout.target = Some(target.clone()),
                false => {
                    tracing::warn!(tracking, target, "a logout does not lead to an address that is not of a connection or of this server")
                }
            }
        }
        let mut gone = Vec::new();
        if let Some(browser) = &visitor.browser {
            let sessions = conn.list_sso_sessions(&hashed(browser), self.now()).await?;
            for session in sessions {
                // An adapter signs off its own sessions, and those that hold for all.
                let is_meant = |adapter: &IdpAdapterId| session.adapter_id == adapter.as_str() || session.scope.as_deref() == Some("");
                if logout.adapter.as_ref().is_none_or(is_meant) {
                    logout.left.extend(conn.list_sso_visits(&session.id).await?.into_iter().filter_map(goodbye));
                    gone.push((session.id, session.username));
                }
            }
        }
        drop(conn);
        self.end(&gone, &logout.tracking, visitor).await?;
        self.go_on(logout).await
    }

    /// A logout whose service provider has not answered, without it; else a new one.
    async fn waiting_logout(&self, waiting: Option<&str>) -> Result<Logout, Turned> {
        let Some(waiting) = waiting else { return Ok(Logout::default()) };
        let mut tx = self.store.begin_record().await?;
        let body = tx.take_sso_logout(&hashed(waiting), self.now()).await?;
        tx.commit().await?;
        let Some(mut logout) = body.and_then(|body| serde_json::from_str::<Logout>(&body).ok()) else { return Ok(Logout::default()) };
        if let Some((connection, _)) = logout.asked.take() {
            tracing::warn!(tracking = logout.tracking, %connection, "a service provider did not say whether it signed somebody off");
            logout.is_partial = true;
        }
        Ok(logout)
    }

    /// Takes a message about signing off.
    pub async fn receive_sign_off(&self, received: &Received, tracking: &str, visitor: &Visitor) -> Result<Farewell, Turned> {
        let partner = self.partner_by_entity_id(received.issuer()).await?;
        if !partner.connection.browser_sso.profiles.has_slo() {
            return Err(unmet(&partner, "Single Logout is not among the connection's SAML Profiles"));
        }
        check_binding(&partner, received.binding())?;
        let here = self.here(vec![partner.federation.slo_url()]);
        match received.kind() {
            MessageKind::LogoutRequest => self.asked_to_sign_off(received, &partner, &here, tracking, visitor).await,
            MessageKind::LogoutResponse => self.answered_sign_off(received, &partner, &here).await,
            MessageKind::AuthnRequest => Err(Refusal::OtherMessage("AuthnRequest".to_owned()).into()),
        }
    }

    async fn asked_to_sign_off(
        &self,
        received: &Received,
        partner: &Partner,
        here: &saml::Here,
        tracking: &str,
        visitor: &Visitor,
    ) -> Result<Farewell, Turned> {
        if !partner.connection.browser_sso.profiles.sp_slo {
            return Err(unmet(partner, "SP-Initiated SLO is not among the connection's SAML Profiles"));
        }
        let sp = partner.service_provider();
        let request = received.logout_request(&sp.certificates)?;
        let seen = check_logout_request(&request, sp, here)?;
        let mut tx = self.store.begin_record().await?;
        if !tx.insert_answered_message(&seen.key, seen.until).await? {
            return Err(replayed(partner));
        }
        let own = &partner.connection.id;
        let visits = tx.find_sso_visits(own, &request.name_id.value).await?;
        let is_meant = |visit: &SsoVisit| request.session_indexes.is_empty() || request.session_indexes.contains(&visit.session_index);
        let mut logout = Logout {
            tracking: tracking.to_owned(),
            origin: Some((own.clone(), request.root.id, request.root.relay_state)),
            ..Logout::default()
        };
        let mut gone = Vec::new();
        for visit in visits.into_iter().filter(is_meant) {
            let others = tx.list_sso_visits(&visit.session_id).await?.into_iter().filter(|other| other.connection_id != own.as_str());
            logout.left.extend(others.filter_map(goodbye));
            gone.push((visit.session_id, visit.name));
        }
        tx.commit().await?;
        self.end(&gone, tracking, visitor).await?;
        self.go_on(logout).await
    }

    async fn answered_sign_off(&self, received: &Received, partner: &Partner, here: &saml::Here) -> Result<Farewell, Turned> {
        let unknown = || Turned::from(Refusal::OtherRequest(partner.connection.general.entity_id.clone()));
        let key = received.relay_state().map(hashed).ok_or_else(unknown)?;
        let sp = partner.service_provider();
        let response = received.logout_response(&sp.certificates)?;
        let mut tx = self.store.begin_record().await?;
        let body = tx.take_sso_logout(&key, self.now()).await?.ok_or_else(unknown)?;
        let mut logout: Logout = serde_json::from_str(&body).map_err(|_| unknown())?;
        let (_, request) = logout.asked.take().filter(|(asked, _)| *asked == partner.connection.id).ok_or_else(unknown)?;
        // One that is refused leaves the logout where it was, for the right one.
        let outcome = check_logout_response(&response, sp, here, &request)?;
        tx.commit().await?;
        let connection = &partner.connection.general.name;
        match outcome {
            LogoutOutcome::Done => {}
            LogoutOutcome::Partial => logout.is_partial = true,
            LogoutOutcome::Failed(why) => {
                tracing::warn!(tracking = logout.tracking, connection, why, "somebody was not signed off at a service provider");
                logout.is_partial = true;
            }
        }
        self.go_on(logout).await
    }

    /// Asks the next one, or ends it.
    async fn go_on(&self, mut logout: Logout) -> Result<Farewell, Turned> {
        while !logout.left.is_empty() {
            let next = logout.left.remove(0);
            match self.ask(&mut logout, next).await {
                Ok(Some((outgoing, waiting))) => return Ok(Farewell::Send { outgoing, waiting: Some(waiting) }),
                Ok(None) => logout.is_partial = true,
                Err(turned) => {
                    tracing::warn!(tracking = logout.tracking, why = %turned, "a service provider cannot be asked to sign somebody off");
                    logout.is_partial = true;
                }
            }
        }
        if let Some((connection, request, relay_state)) = &logout.origin {
            let partner = self.partner(connection).await?;
            let sp = partner.service_provider();
            let no_way = || unmet(&partner, "the connection has no SLO Service URL for the answer to a logout");
            let endpoint = sp.logout_endpoint().ok_or_else(no_way)?;
            let key = self.signing_pair_of(&partner).await?;
            let id = random_id();
            let message = LogoutMessage {
                id: &id,
                issuer: &partner.federation.entity_id,
                endpoint,
                issued_at: self.now(),
                relay_state: relay_state.as_deref(),
                key,
            };
            let status = if logout.is_partial { Status::PartialLogout } else { Status::Success };
            let outgoing = message.response(request, status).map_err(|error| Turned::refused("sign-off-answer", error.to_string()))?;
            return Ok(Farewell::Send { outgoing, waiting: None });
        }
        let adapter = match &logout.adapter {
            Some(id) => self.store.read().await?.find_idp_adapter(id).await?.map(|stored| stored.value),
            None => None,
        };
        let own = adapter.as_ref().map(|adapter| adapter.form.logout_redirect.trim().to_owned()).filter(|to| !to.is_empty());
        match own.or(logout.target).filter(|_| !logout.is_partial) {
            Some(to) => Ok(Farewell::Go(to)),
            None => Ok(Farewell::Show {
                text: adapter.map(|adapter| adapter.form.logout_text).unwrap_or_default(),
                is_partial: logout.is_partial,
            }),
        }
    }

    /// Asks one service provider, and says under what the logout waits for its answer; none: it cannot be asked.
    async fn ask(&self, logout: &mut Logout, next: Goodbye) -> Result<Option<(Outgoing, String)>, Turned> {
        let partner = self.partner(&next.connection).await?;
        let sp = partner.service_provider();
        let Some(endpoint) = sp.logout_endpoint().filter(|_| partner.connection.browser_sso.profiles.has_slo()) else { return Ok(None) };
        let key = self.signing_pair_of(&partner).await?;
        let (id, relay_state) = (random_id(), uuid::Uuid::new_v4().simple().to_string());
        let message = LogoutMessage {
            id: &id,
            issuer: &partner.federation.entity_id,
            endpoint,
            issued_at: self.now(),
            relay_state: Some(&relay_state),
            key,
        };
        let outgoing = message
            .request(&next.name.into(), Some(&next.session_index), REQUEST_MINUTES)
            .map_err(|error| Turned::refused("sign-off-request", error.to_string()))?;
        logout.asked = Some((next.connection, id.clone()));
        let body = serde_json::to_string(logout).map_err(|error| Turned::refused("sign-off-state", error.to_string()))?;
        let mut tx = self.store.begin_record().await?;
        tx.insert_sso_logout(&hashed(&relay_state), &body, self.now().saturating_add(PATIENCE_MS)).await?;
        tx.commit().await?;
        Ok(Some((outgoing, relay_state)))
    }

    /// Ends sessions here.
    async fn end(&self, sessions: &[(String, String)], tracking: &str, visitor: &Visitor) -> Result<(), Turned> {
        if sessions.is_empty() {
            return Ok(());
        }
        let mut tx = self.store.begin_record().await?;
        for (id, _) in sessions {
            tx.delete_sso_session(id).await?;
        }
        tx.commit().await?;
        for (_, person) in sessions {
            let note = Note {
                tracking,
                event: Event::SignOff,
                connection: None,
                partner: "",
                adapter: "",
                person,
                visitor,
                code: "signed-off",
                reason: "",
            };
            self.note(&note).await;
        }
        Ok(())
    }

    /// Whether an address is of this server, or of a service provider that people sign on to: nobody is led anywhere else by a link
    /// that begins here.
    async fn is_ours(&self, conn: &mut store::Conn, target: &str) -> Result<bool, Turned> {
        let Some(origin) = origin(target) else { return Ok(false) };
        if self::origin(&self.federation(conn).await?.base_url).as_ref() == Some(&origin) {
            return Ok(true);
        }
        let connections = conn.list_connections().await?;
        Ok(connections.iter().map(|stored| &stored.value).filter(|c| c.enabled && c.browser_sso_profiles).any(|connection| {
            let protocol = &connection.browser_sso.protocol;
            let urls = protocol.consumers.iter().map(|row| &row.url).chain(protocol.logout.iter().map(|row| &row.url));
            urls.chain([&connection.general.base_url]).any(|url| self::origin(url).as_ref() == Some(&origin))
        }))
    }
}

fn origin(url: &str) -> Option<String> {
    let url = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.username().is_empty())?;
    Some(url.origin().ascii_serialization())
}

fn goodbye(visit: SsoVisit) -> Option<Goodbye> {
    let connection = ConnectionId::parse(&visit.connection_id).ok()?;
    Some(Goodbye { connection, name: serde_json::from_str(&visit.name_id).ok()?, session_index: visit.session_index })
}
