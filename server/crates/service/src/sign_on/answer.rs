//! Answers to service providers: who somebody is, or that it is not said; signed.

use super::contract::Told;
use super::logout::Name;
use super::partner::Partner;
use super::password::{MASK, person};
use super::receive::{replayed, unmet};
use super::record::{Event, Note, line};
use super::session::{Proved, hashed, index_of};
use super::{Answered, Flow, Turned, Visitor, Way, random_id};
use crate::{Service, ServiceError};
use domain::model::browser_sso::{SAML_SUBJECT, ValueSource};
use domain::model::idp_adapter::{IdpAdapter, SessionState};
use domain::model::sp_metadata::AssertionConsumer;
use keys::SigningPair;
use saml::response::Subject;
use saml::send::{Parameter, PostForm, post_form};
use saml::signature::KeyInfo;
use saml::{Assertion, NameId, Response, Signing, Status};
use store::{SsoSession, SsoVisit, Tx};

impl Service {
    /// Says who somebody is who proved it.
    pub(crate) async fn answer(
        &self,
        partner: &Partner,
        way: &Way,
        flow: Flow,
        proved: Proved,
        visitor: &Visitor,
    ) -> Result<Answered, Turned> {
        let consumer = self.consumer_of(partner, &flow)?;
        let person = person(&way.adapter, &proved.given);
        let told = self.tell(partner, way, &person).await?;
        let name_id = self.name_of(partner, &way.adapter, &person, told.subject.clone()).await?;
        let wanted = &flow.wanted;
        if !wanted.is_about(&name_id) {
            let why = "Somebody else signed on than the service provider asked for.";
            self.note_unmet(partner, &flow.tracking, visitor, why).await;
            let (request, relay_state) = (wanted.request.as_deref(), wanted.relay_state.as_deref());
            return Ok(self.answer_error(partner, &consumer, request, relay_state, Status::UnknownPrincipal).await?.into());
        }
        let (begun, session, browser) = self.session_of(partner, way, &proved);
        let session_index = session.as_ref().map_or_else(random_id, |session| index_of(&session.id, &partner.connection.id));
        let now = self.now();
        let assertion = assertion_of(partner, told, name_id.clone(), &proved, &wanted.authn_context, session_index.clone());
        let document = self.write_response(partner, &consumer, wanted.request.as_deref(), &assertion).await?;

        let note = Note {
            tracking: &flow.tracking,
            event: Event::SignOn,
            connection: Some(&partner.connection),
            partner: "",
            adapter: &way.adapter.instance_id,
            person: if is_masked(way) { MASK } else { &name_id.value },
            visitor,
            code: if proved.session.is_some() { "session" } else { "password" },
            reason: "",
        };
        let row = note.row(now);
        // Nobody is signed on without that it is kept: that the request is answered, the session, and the note.
        let is_all = wanted.seen.is_none() && session.is_none();
        let mut tx = if is_all { self.store.record().await? } else { self.store.begin_record().await? };
        if let Some((key, until)) = &wanted.seen
            && !tx.insert_answered_message(key, (*until).max(flow.ends_at)).await?
        {
            return Err(replayed(partner));
        }
        if let Some(session) = &session {
            match begun {
                true => self.begin_session(&mut tx, session, &way.adapter, visitor).await?,
                false => tx.touch_sso_session(&session.id, self.renewed(session)).await?,
            }
            let visit = SsoVisit {
                session_id: session.id.clone(),
                connection_id: partner.connection.id.to_string(),
                session_index,
                name: name_id.value.clone(),
                name_id: serde_json::to_string(&Name::from(&name_id)).unwrap_or_default(),
            };
            tx.put_sso_visit(&visit).await?;
        }
        tx.insert_sign_on(&row).await?;
        self.prune_in(&mut tx).await?;
        tx.commit().await?;
        line(&row, &partner.connection.general.entity_id, &partner.federation.base_url);
        let form = post_form(&consumer.url, Parameter::Response, &document, wanted.relay_state.as_deref());
        let offers = way.adapter.form.remember_username && proved.session.is_none();
        Ok(Answered { form, browser, remember_days: offers.then_some(way.adapter.form.remember_username_days) })
    }

    /// Whether the person of a session is who is wanted.
    pub(crate) async fn is_wanted(&self, partner: &Partner, way: &Way, flow: &Flow, proved: &Proved) -> Result<bool, Turned> {
        if flow.wanted.subject.is_none() {
            return Ok(true);
        }
        let person = person(&way.adapter, &proved.given);
        let told = self.tell(partner, way, &person).await?;
        Ok(flow.wanted.is_about(&self.name_of(partner, &way.adapter, &person, told.subject).await?))
    }

    /// The session that a sign-on belongs to: whether it begins now, which it is, and the browser's new cookie then.
    fn session_of(&self, partner: &Partner, way: &Way, proved: &Proved) -> (bool, Option<SsoSession>, Option<String>) {
        if let Some(session) = &proved.session {
            return (false, Some(session.clone()), None);
        }
        let remembers = way.adapter.form.session_state != SessionState::None;
        match remembers || partner.connection.browser_sso.profiles.has_slo() {
            true => {
                let (session, browser) = self.new_session(&way.adapter, proved);
                (true, Some(session), Some(browser))
            }
            false => (true, None, None),
        }
    }

    /// Keeps a new session. It takes the place of those that it holds for too, and the browser's others go on under its new name.
    async fn begin_session(&self, tx: &mut Tx, session: &SsoSession, adapter: &IdpAdapter, visitor: &Visitor) -> store::Result<()> {
        tx.insert_sso_session(session).await?;
        let Some(browser) = visitor.browser.as_deref().map(hashed) else { return Ok(()) };
        for other in tx.list_sso_sessions(&browser, self.now()).await? {
            if session.scope.is_some() && other.scope == session.scope {
                if who(adapter, &other) == who(adapter, session) {
                    // The same person once more: who was told of them stays to be told.
                    tx.move_sso_visits(&other.id, &session.id).await?;
                }
                tx.delete_sso_session(&other.id).await?;
            }
        }
        tx.move_sso_sessions(&browser, &session.browser).await
    }

    /// The message that says it, signed.
    pub(crate) async fn write_response(
        &self,
        partner: &Partner,
        consumer: &AssertionConsumer,
        request: Option<&str>,
        assertion: &Assertion,
    ) -> Result<String, Turned> {
        let key = self.signing_pair_of(partner).await?;
        let response = response(partner, consumer, request, self.now());
        response.success(assertion, &signing(partner, key)).map_err(|error| not_written(partner, &error))
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
        let document = response.error(status, None, &signing(partner, key)).map_err(|error| not_written(partner, &error))?;
        Ok(post_form(&consumer.url, Parameter::Response, &document, relay_state))
    }

    /// What signs messages to a partner.
    pub(crate) async fn signing_pair_of<'p>(&self, partner: &'p Partner) -> Result<&'p SigningPair, Turned> {
        partner.signing_pair.get_or_try_init(|| self.read_signing_pair(partner)).await
    }

    async fn read_signing_pair(&self, partner: &Partner) -> Result<SigningPair, Turned> {
        let no_key = || unmet(partner, "the connection has no Signing Certificate, so nothing could be signed");
        let id = partner.connection.credentials.signing_key.as_ref().ok_or_else(no_key)?;
        let key = self.store.read().await?.find_signing_key(id).await?.ok_or_else(no_key)?.value;
        Ok(self.open_signing_key(&key)?)
    }
}

/// What is said of somebody at a service provider.
pub(crate) fn assertion_of(
    partner: &Partner,
    told: Told,
    name_id: NameId,
    proved: &Proved,
    authn_context: &str,
    session_index: String,
) -> Assertion {
    let lifetime = partner.connection.browser_sso.lifetime;
    Assertion {
        id: random_id(),
        audience: partner.connection.general.entity_id.clone(),
        subject: Subject {
            name_id,
            authn_instant: proved.at,
            authn_context: told.authn_context.unwrap_or_else(|| authn_context.to_owned()),
            session_index: Some(session_index),
            session_not_on_or_after: None,
        },
        minutes_before: lifetime.minutes_before,
        minutes_after: lifetime.minutes_after,
        attributes: told.attributes,
    }
}

/// What sessions of one person are told from those of another by: the Unique User Key Attribute, else the username.
fn who(adapter: &IdpAdapter, session: &SsoSession) -> Option<Vec<String>> {
    let key = Some(adapter.unique_user_key.as_str()).filter(|key| !key.is_empty()).unwrap_or(IdpAdapter::CORE);
    let given: Vec<(String, Vec<String>)> = serde_json::from_str(&session.given).ok()?;
    given.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, values)| values)
}

/// Whether what the person is called is not to appear in logs.
fn is_masked(way: &Way) -> bool {
    let row = way.mapping.fulfillment_of(SAML_SUBJECT);
    row.is_some_and(|row| row.source == ValueSource::Adapter && way.adapter.masked.contains(&row.value))
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
