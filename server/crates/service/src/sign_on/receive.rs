//! Requests to sign on: from service providers, and from links that lead to one.

use super::partner::{Partner, chosen, others};
use super::record::{Event, Note};
use super::{Asking, Flow, Next, Turned, Visitor, Wanted, Way};
use crate::Service;
use domain::model::sp_metadata::{AssertionConsumer, Binding};
use saml::authn_request::WantedSubject;
use saml::{Received, Refusal, Status, Verdict};

/// A link that leads to a service provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// The service provider's entity ID.
    pub partner: String,
    /// Where people want to be there.
    pub target: Option<String>,
    /// Which of its addresses the answer goes to, by number.
    pub index: Option<u16>,
    /// Which adapter asks, by its Instance ID.
    pub adapter: Option<String>,
}

/// A request that arrived.
#[derive(Debug)]
pub enum Arrived {
    /// It goes on.
    Flow(Box<Flow>),
    /// The service provider is told that it does not go.
    Answer(saml::send::PostForm),
}

impl Service {
    /// Takes a request of a service provider. `tracking`: under which the logs have it.
    pub async fn receive_sign_on(&self, received: &Received, tracking: &str, visitor: &Visitor) -> Result<Arrived, Turned> {
        let partner = self.partner_by_entity_id(received.issuer()).await?;
        let sso = &partner.connection.browser_sso;
        let name = &partner.connection.general.name;
        if !sso.profiles.sp_sso {
            return Err(unmet(&partner, "SP-Initiated SSO is not among the connection's SAML Profiles"));
        }
        check_binding(&partner, received.binding())?;
        let sp = partner.service_provider();
        let request = received.authn_request(&sp.certificates)?;
        let here = self.here(vec![partner.federation.sso_url()]);
        let signed_on = match saml::check(&request, sp, &here) {
            Verdict::SignOn(signed_on) => signed_on,
            Verdict::Refuse(refusal) => return Err(refusal.into()),
            Verdict::Answer { consumer, status, why } => {
                tracing::warn!(tracking, connection = name, why = %why, "a request to sign on is answered with an error");
                self.note_unmet(&partner, tracking, visitor, &why.to_string()).await;
                let relay_state = request.root.relay_state.as_deref();
                return self.answer_error(&partner, &consumer, Some(&request.root.id), relay_state, status).await.map(Arrived::Answer);
            }
        };
        let seen = signed_on.seen;
        if self.store.read().await?.is_message_answered(&seen.key).await? {
            return Err(replayed(&partner));
        }
        let subject = match request.subject {
            Some(WantedSubject::Name(name)) => Some((name.value, name.format)),
            // What cannot be read was answered above.
            _ => None,
        };
        let wanted = Wanted {
            request: Some(request.root.id),
            consumer: signed_on.consumer.url,
            relay_state: request.root.relay_state,
            name_id_format: signed_on.name_id_format,
            authn_context: signed_on.authn_context,
            force_authn: request.force_authn,
            is_passive: request.is_passive,
            subject,
            seen: Some((seen.key, seen.until)),
        };
        Ok(Arrived::Flow(Box::new(Flow::new(tracking, partner.connection.id.clone(), wanted, self.now()))))
    }

    /// Begins a sign-on that no service provider asked for.
    pub async fn start_sign_on(&self, start: &Start, tracking: &str) -> Result<Flow, Turned> {
        let partner = self.partner_by_entity_id(&start.partner).await?;
        if !partner.connection.browser_sso.profiles.idp_sso {
            return Err(unmet(&partner, "a link asks for a sign-on, and IdP-Initiated SSO is not among the connection's SAML Profiles"));
        }
        let sp = partner.service_provider();
        let posted = |consumer: &AssertionConsumer| consumer.binding == Binding::HttpPost;
        let consumer = match start.index {
            Some(index) => sp.consumers.iter().find(|consumer| posted(consumer) && consumer.index == index).cloned(),
            None => sp.default_consumer(),
        };
        let consumer = consumer.ok_or_else(|| unmet(&partner, "the connection has no such address for answers by HTTP-POST"))?;
        let wanted = Wanted {
            request: None,
            consumer: consumer.url,
            relay_state: start.target.clone().filter(|target| !target.is_empty()),
            name_id_format: sp.name_id_formats.first().cloned(),
            authn_context: sp.authn_contexts.first().cloned().unwrap_or_default(),
            force_authn: false,
            is_passive: false,
            subject: None,
            seen: None,
        };
        let adapter = start.adapter.clone().filter(|id| !id.is_empty());
        Ok(Flow { adapter, ..Flow::new(tracking, partner.connection.id.clone(), wanted, self.now()) })
    }

    /// What to show for a flow: nothing but the answer where a session does. `adapter`: the one that the person chose, by its Instance
    /// ID.
    pub async fn begin_flow(&self, mut flow: Flow, adapter: Option<&str>, visitor: &Visitor) -> Result<Next, Turned> {
        let partner = self.partner(&flow.connection).await?;
        let consumer = self.consumer_of(&partner, &flow)?;
        if let Some(adapter) = adapter {
            flow.adapter = Some(adapter.to_owned());
        }
        let ways = self.ways(&partner).await?;
        if !flow.wanted.force_authn
            && let Some((way, proved)) = self.session_for(usable(ways, flow.adapter.as_deref()), visitor).await?
            && self.is_wanted(&partner, way, &flow, &proved).await?
        {
            return self.answer(&partner, way, flow, proved, visitor).await.map(Next::Answer);
        }
        if flow.wanted.is_passive {
            let (request, relay_state) = (flow.wanted.request.as_deref(), flow.wanted.relay_state.as_deref());
            let why = "The service provider wants nobody to be asked, and nobody is signed on who does.";
            self.note_unmet(&partner, &flow.tracking, visitor, why).await;
            return Ok(Next::Answer(self.answer_error(&partner, &consumer, request, relay_state, Status::NoPassive).await?.into()));
        }
        let Some(way) = chosen(ways, flow.adapter.as_deref()) else {
            return Err(unmet(&partner, "it has no IdP Adapter"));
        };
        let (adapter, others) = (way.adapter.clone(), others(ways, &way.adapter));
        Ok(Next::Ask(Box::new(Asking { flow, partner: shown(&partner), adapter, others, problem: None })))
    }

    /// Notes that a service provider is told that something does not go.
    pub(crate) async fn note_unmet(&self, partner: &Partner, tracking: &str, visitor: &Visitor, why: &str) {
        let connection = Some(&partner.connection);
        let note = Note {
            tracking,
            event: Event::SignOn,
            connection,
            partner: "",
            adapter: "",
            person: "",
            visitor,
            code: "saml-request",
            reason: why,
        };
        self.note(&note).await;
    }

    /// The address where a flow's answer goes: an administrator may have taken it out meanwhile.
    pub(crate) fn consumer_of(&self, partner: &Partner, flow: &Flow) -> Result<AssertionConsumer, Turned> {
        let found = partner.consumer(&flow.wanted.consumer);
        found.ok_or_else(|| unmet(partner, "the address that it wants the answer at was taken out of the connection meanwhile"))
    }
}

/// The ways whose sessions do: the one that was asked for, else all.
fn usable<'a>(ways: &'a [Way], instance_id: Option<&str>) -> &'a [Way] {
    let named = instance_id.and_then(|id| ways.iter().position(|way| way.adapter.instance_id.eq_ignore_ascii_case(id)));
    named.map_or(ways, |at| std::slice::from_ref(&ways[at]))
}

/// What the partner is called on the page.
pub(crate) fn shown(partner: &Partner) -> String {
    partner.connection.general.name.clone()
}

/// Whether messages of the partner may come in this way.
pub(crate) fn check_binding(partner: &Partner, binding: Binding) -> Result<(), Turned> {
    let protocol = &partner.connection.browser_sso.protocol;
    let is_allowed = match binding {
        Binding::HttpPost => protocol.allow_post,
        _ => protocol.allow_redirect,
    };
    match is_allowed {
        true => Ok(()),
        false => {
            let why = format!("it came by {}, which is not among the connection's Allowable SAML Bindings", binding.label());
            Err(unmet(partner, &why))
        }
    }
}

/// Something a partner wants does not go.
pub(crate) fn unmet(partner: &Partner, why: &str) -> Turned {
    Refusal::Unmet { issuer: partner.connection.general.entity_id.clone(), why: why.to_owned() }.into()
}

/// A message that was here before.
pub(crate) fn replayed(partner: &Partner) -> Turned {
    let why = format!(
        "The message from ‘{}’ is refused: it was answered before. Either somebody went back in their browser, or somebody else sent it again.",
        partner.connection.general.entity_id
    );
    Turned::Refused {
        code: "saml-replay",
        why,
        told: Some("This sign-on was used already. Go back to the application that you came from and sign on again.".to_owned()),
    }
}
