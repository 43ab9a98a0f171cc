//! Answers to service providers: who somebody is, or that it is not said; signed.

use super::partner::Partner;
use super::receive::{replayed, unmet};
use super::{Flow, Person, Turned, Way, random_id};
use crate::{Service, ServiceError};
use domain::model::sp_metadata::AssertionConsumer;
use keys::SigningPair;
use saml::response::Subject;
use saml::send::{Parameter, PostForm, post_form};
use saml::signature::KeyInfo;
use saml::{Assertion, Response, Signing, Status};

impl Service {
    /// Says who somebody is who signed on at `authn_instant`.
    pub(crate) async fn answer(
        &self,
        partner: &Partner,
        way: &Way,
        flow: Flow,
        person: &Person,
        authn_instant: i64,
    ) -> Result<PostForm, Turned> {
        let consumer = self.consumer_of(partner, &flow)?;
        let told = self.tell(partner, way, person).await?;
        let name_id = self.name_of(partner, &way.adapter, person, told.subject).await?;
        let wanted = &flow.wanted;
        if !wanted.is_about(&name_id) {
            let connection = &partner.connection.general.name;
            tracing::warn!(tracking = flow.tracking, connection, "somebody else signed on than the service provider asked for");
            let (request, relay_state) = (wanted.request.as_deref(), wanted.relay_state.as_deref());
            return self.answer_error(partner, &consumer, request, relay_state, Status::UnknownPrincipal).await;
        }
        let now = self.now();
        let sso = &partner.connection.browser_sso;
        let assertion = Assertion {
            id: random_id(),
            audience: partner.connection.general.entity_id.clone(),
            subject: Subject {
                name_id,
                authn_instant,
                authn_context: told.authn_context.unwrap_or_else(|| wanted.authn_context.clone()),
                session_index: Some(random_id()),
                session_not_on_or_after: None,
            },
            minutes_before: sso.lifetime.minutes_before,
            minutes_after: sso.lifetime.minutes_after,
            attributes: told.attributes,
        };
        let key = self.signing_pair_of(partner).await?;
        let signing = signing(partner, &key);
        let response = response(partner, &consumer, wanted.request.as_deref(), now);
        let document = response.success(&assertion, &signing).map_err(|error| not_written(partner, &error))?;
        if let Some((key, until)) = &wanted.seen {
            let mut tx = self.store.begin().await?;
            if !tx.insert_answered_message(key, (*until).max(flow.ends_at)).await? {
                return Err(replayed(partner));
            }
            tx.commit().await?;
        }
        Ok(post_form(&consumer.url, Parameter::Response, &document, wanted.relay_state.as_deref()))
    }

    /// Says that it is not said.
    pub(crate) async fn answer_error(
        &self,
        partner: &Partner,
        consumer: &AssertionConsumer,
        request: Option<&str>,
        relay_state: Option<&str>,
        status: Status,
    ) -> Result<PostForm, Turned> {
        let key = self.signing_pair_of(partner).await?;
        let response = response(partner, consumer, request, self.now());
        let document = response.error(status, None, &signing(partner, &key)).map_err(|error| not_written(partner, &error))?;
        Ok(post_form(&consumer.url, Parameter::Response, &document, relay_state))
    }

    /// What signs messages to a partner.
    pub(crate) async fn signing_pair_of(&self, partner: &Partner) -> Result<SigningPair, Turned> {
        let no_key = || unmet(partner, "the connection has no Signing Certificate, so nothing could be signed");
        let id = partner.connection.credentials.signing_key.as_ref().ok_or_else(no_key)?;
        let key = self.store.read().await?.find_signing_key(id).await?.ok_or_else(no_key)?.value;
        Ok(self.open_signing_key(&key)?)
    }
}

fn response(partner: &Partner, consumer: &AssertionConsumer, request: Option<&str>, now: i64) -> Response {
    Response {
        id: random_id(),
        issuer: partner.federation.entity_id.clone(),
        destination: consumer.url.clone(),
        in_response_to: request.map(str::to_owned),
        issued_at: now,
    }
}

fn signing<'k>(partner: &Partner, key: &'k SigningPair) -> Signing<'k> {
    let protocol = &partner.connection.browser_sso.protocol;
    let key_info = if partner.connection.credentials.include_certificate { KeyInfo::Certificate } else { KeyInfo::Nothing };
    Signing { key, key_info, assertion: protocol.sign_assertion, response: protocol.sign_response }
}

fn not_written(partner: &Partner, error: &saml::response::IssueError) -> Turned {
    let connection = &partner.connection.general.name;
    match error {
        saml::response::IssueError::Signature(_) => ServiceError::broken(crate::error::chain(error)).into(),
        error => Turned::refused("sign-on-attribute", format!("The answer of the connection ‘{connection}’ cannot be written: {error}.")),
    }
}
