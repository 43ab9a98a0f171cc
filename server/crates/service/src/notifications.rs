//! Notifications: what people are told of, once, and the messages about it until they are delivered.

use crate::drafts::{Next, secret_place};
use crate::testing::one;
use crate::{Result, Service, ServiceError, new_id};
use domain::actor::Actor;
use domain::id::ChannelId;
use domain::model::notifications::{Condition, Event, Notice, Notifications, Way};
use domain::model::report::{Level, Report};
use domain::model::signing_key::WARNING_DAYS as KEY_WARNING_DAYS;
use domain::secret::{Sealed, Secret};
use domain::wizard::draft::{Draft, DraftBody};
use keys::CertificateFacts;
use notify::{Message, NotifyError};
use std::collections::BTreeMap;
use store::{Lasting, Page, ServerSettings as _, Tx};

const MINUTE_MS: i64 = 60 * 1000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// Pauses between tries double from a minute up to this.
const LONGEST_PAUSE_MS: i64 = 60 * MINUTE_MS;
/// A message that could not be delivered for so long is given up: it is not news any more.
const GIVEN_UP_MS: i64 = DAY_MS;
/// Messages that are tried in one go.
const AT_ONCE: u32 = 20;
/// Messages shown on the page.
const SHOWN: u32 = 20;
/// Messages are kept so long after they came up.
const KEPT_MS: i64 = 90 * DAY_MS;

/// Notifications as they are.
#[derive(Clone, Debug)]
pub struct NotificationsGlance {
    /// What is stored.
    pub settings: Notifications,
    /// The newest messages.
    pub notices: Vec<Notice>,
}

impl Service {
    /// Notifications.
    pub async fn notifications(&self, actor: &Actor) -> Result<NotificationsGlance> {
        self.require(actor)?;
        let mut conn = self.store.read().await?;
        let settings = conn.find_server_settings::<Notifications>().await?.value;
        Ok(NotificationsGlance { settings, notices: conn.list_notices(Page::first(SHOWN)).await? })
    }

    /// Begins a draft of Notifications, or goes on with the open one.
    pub async fn edit_notifications(&self, actor: &Actor) -> Result<Next> {
        self.require(actor)?;
        let stored = self.store.read().await?.find_server_settings::<Notifications>().await?;
        let draft = Draft::new(DraftBody::Notifications(Box::new(stored.value)), false);
        self.begin(actor, draft, Notifications::ID, stored.version).await
    }

    /// Whether anybody is told of anything.
    pub async fn is_anybody_told(&self) -> Result<bool> {
        let mut conn = self.store.read().await?;
        Ok(!conn.find_server_settings::<Notifications>().await?.value.ways().is_empty())
    }

    /// Compares what lasts now with what lasted before: what began is put on its way to be told, and what is over too. Answers when
    /// to look again although nothing happened, for what is told only after a while. Of the `open` channels it is not known now; what
    /// lasted of them lasts. Nothing is written when nothing changed: who writes makes cycles wait.
    pub async fn note_conditions(&self, found: Vec<Condition>, open: &[ChannelId]) -> Result<Option<i64>> {
        let now = self.now();
        let (settings, known) = {
            let mut conn = self.store.read().await?;
            (conn.find_server_settings::<Notifications>().await?.value, conn.list_conditions().await?)
        };
        let told = Told::of(&settings, known, found, open, now);
        if told.begun.is_empty() && told.over.is_empty() {
            return Ok(told.look_again);
        }
        let ways = settings.ways();
        let mut tx = self.store.begin().await?;
        for lasting in &told.begun {
            tx.put_condition(lasting).await?;
        }
        for lasting in &told.over {
            tx.delete_condition(&lasting.condition.key).await?;
        }
        for (event, condition) in &told.messages {
            self.put_notices(&mut tx, &ways, *event, condition, now).await?;
        }
        tx.commit().await?;
        Ok(told.look_again)
    }

    async fn put_notices(&self, tx: &mut Tx, ways: &[Way], event: Event, condition: &Condition, now: i64) -> Result<()> {
        for way in ways {
            let notice = Notice {
                id: new_id(),
                way: *way,
                event,
                key: condition.key.clone(),
                title: condition.title.clone(),
                text: condition.text.clone(),
                page: condition.page.clone(),
                created_at: now,
                sent_at: None,
                attempts: 0,
                next_at: Some(now),
                error: String::new(),
            };
            tx.insert_notice(&notice).await?;
        }
        Ok(())
    }

    /// Tokens, keys and authorities that are near their end, as the console warns of them.
    pub async fn ending_conditions(&self) -> Result<Vec<Condition>> {
        let mut conn = self.store.read().await?;
        let mut found = Vec::new();
        for secret in self.ending_secrets(&mut conn).await? {
            let (name, label) = (&secret.connection_name, &secret.label);
            let when = days_until(secret.ends_at, self.now());
            found.push(Condition {
                key: format!("ending:secret:{}:{label}", secret.connection),
                event: Event::Ending,
                title: format!("{label} of {name} {when}"),
                text: format!("Make a new one at the service and enter it in the SP Connection ‘{name}’ before: without it nothing is provisioned there."),
                page: "/sp-connections".into(),
            });
        }
        let soon = self.now() + KEY_WARNING_DAYS * DAY_MS;
        let ends_soon = |pem: &str| CertificateFacts::of_pem(pem).filter(|facts| facts.not_after <= soon);
        for key in conn.list_signing_keys().await? {
            let key = key.value;
            let Some(facts) = ends_soon(&key.active.certificate) else { continue };
            found.push(Condition {
                key: format!("ending:key:{}:{}", key.id, facts.not_after),
                event: Event::Ending,
                title: format!("The certificate of the signing key {} {}", facts.name, days_until(facts.not_after, self.now())),
                text: "Rotate it, give partners the metadata with the next certificate, then activate that one. Partners refuse what is \
                       signed by a key whose certificate has ended."
                    .into(),
                page: format!("/signing-keys/{}", key.id),
            });
        }
        for ca in conn.list_trusted_cas().await? {
            let Some(facts) = ends_soon(&ca.certificate) else { continue };
            found.push(Condition {
                key: format!("ending:ca:{}", ca.id),
                event: Event::Ending,
                title: format!("The trusted CA {} {}", facts.name, days_until(facts.not_after, self.now())),
                text: "Import its successor, and choose it where this one is used.".into(),
                page: "/trusted-cas".into(),
            });
        }
        Ok(found)
    }

    /// Delivers what is due, and answers when the next is.
    pub async fn deliver_notices(&self) -> Result<Option<i64>> {
        let due = self.store.read().await?.list_due_notices(self.now(), AT_ONCE).await?;
        if !due.is_empty() {
            let settings = self.store.read().await?.find_server_settings::<Notifications>().await?.value;
            for mut notice in due {
                let delivered = self.deliver(&settings, &notice).await;
                let now = self.now();
                notice.attempts += 1;
                (notice.sent_at, notice.next_at, notice.error) = match delivered {
                    Ok(()) => (Some(now), None, String::new()),
                    Err(error) => (None, next_try(&notice, now), error.to_string()),
                };
                match &notice.sent_at {
                    Some(_) => tracing::info!(target: "admin", way = notice.way.id(), topic = notice.key, title = notice.title, "told"),
                    None => {
                        tracing::warn!(
                            way = notice.way.id(),
                            topic = notice.key,
                            attempts = notice.attempts,
                            error = notice.error,
                            "a message could not be delivered"
                        )
                    }
                }
                let mut tx = self.store.begin().await?;
                tx.update_notice(&notice).await?;
                tx.commit().await?;
            }
        }
        Ok(self.store.read().await?.next_due_notice().await?)
    }

    async fn deliver(&self, settings: &Notifications, notice: &Notice) -> Result<(), NotifyError> {
        if !settings.ways().contains(&notice.way) {
            return Err(NotifyError::Settings(format!("{} was turned off.", notice.way.label())));
        }
        let message = self.message(notice).await.map_err(|error| NotifyError::Settings(error.to_string()))?;
        self.send(settings, notice.way, &message).await
    }

    async fn send(&self, settings: &Notifications, way: Way, message: &Message) -> Result<(), NotifyError> {
        match way {
            Way::Email => {
                let password = self.opened("password", settings.email.password.as_ref())?;
                notify::send_mail(&settings.email, password.as_ref(), message).await
            }
            Way::Webhook => {
                let secret = self.opened("secret", settings.webhook.secret.as_ref())?;
                let secret = secret.ok_or_else(|| NotifyError::Settings("The Signing Secret is not set.".into()))?;
                notify::call(&settings.webhook, &secret, message, self.now()).await
            }
        }
    }

    fn opened(&self, field: &str, sealed: Option<&Sealed>) -> Result<Option<Secret>, NotifyError> {
        let place = secret_place("notifications", Notifications::ID, field);
        let opened = sealed.map(|sealed| self.store.unseal(&sealed.ciphertext, &place)).transpose();
        opened.map_err(|_| NotifyError::Settings("What is stored cannot be opened with the key of this server. Enter it again.".into()))
    }

    async fn message(&self, notice: &Notice) -> Result<Message> {
        let server = self.federation(&mut self.store.read().await?).await?.base_url;
        Ok(Message {
            id: notice.id.clone(),
            event: notice.event,
            key: notice.key.clone(),
            title: notice.title.clone(),
            text: notice.text.clone(),
            url: format!("{server}{}", notice.page),
            server,
            at: notice.created_at,
        })
    }

    /// Sends a message to see whether it arrives.
    pub(crate) async fn test_way(&self, settings: &Notifications, way: Way) -> Result<Report> {
        let notice = Notice {
            id: new_id(),
            way,
            event: Event::Test,
            key: "test".into(),
            title: "A test of Notifications".into(),
            text: "This message was asked for on the Notifications page. Nothing is wrong.".into(),
            page: "/notifications".into(),
            created_at: self.now(),
            sent_at: None,
            attempts: 0,
            next_at: None,
            error: String::new(),
        };
        let (step, is_complete) = match way {
            Way::Email => ("E-mail", !settings.email.host.is_empty() && !settings.email.from.is_empty() && !settings.email.to.is_empty()),
            Way::Webhook => ("Webhook", !settings.webhook.url.is_empty()),
        };
        if !is_complete {
            return Err(ServiceError::refused("Fill in the fields above first."));
        }
        let message = self.message(&notice).await?;
        Ok(match self.send(settings, way, &message).await {
            Ok(()) if way == Way::Email => {
                let to = settings.email.to.join(", ");
                one(Level::Ok, step, format!("The mail server {} took a message to {to}. See whether it arrives.", settings.email.host))
            }
            Ok(()) => one(Level::Ok, step, "The service took a signed call.".to_owned()),
            Err(error) => one(Level::Failed, step, error.to_string()),
        })
    }

    /// Forgets messages that nobody asks about any more.
    pub async fn forget_old_notices(&self) -> Result<u64> {
        let mut tx = self.store.begin().await?;
        let gone = tx.delete_old_notices(self.now() - KEPT_MS).await?;
        tx.commit().await?;
        Ok(gone)
    }
}

/// What a look at what lasts comes to.
#[derive(Debug, Default, PartialEq)]
struct Told {
    /// What lasts, where it is not known so already.
    begun: Vec<Lasting>,
    /// What does not last any more.
    over: Vec<Lasting>,
    /// What people are told.
    messages: Vec<(Event, Condition)>,
    /// When to look again.
    look_again: Option<i64>,
}

impl Told {
    fn of(settings: &Notifications, known: Vec<Lasting>, found: Vec<Condition>, open: &[ChannelId], now: i64) -> Self {
        let is_anybody_told = !settings.ways().is_empty();
        let mut known: BTreeMap<_, _> = known.into_iter().map(|lasting| (lasting.condition.key.clone(), lasting)).collect();
        let mut told = Self::default();
        for condition in found {
            let (is_told_of, delay) = match condition.event {
                Event::Held => (settings.held, 0),
                Event::Failing => (settings.failing, i64::from(settings.failing_after_mins) * MINUTE_MS),
                Event::Ending => (settings.ending, 0),
                Event::Over | Event::Test => (false, 0),
            };
            if !is_told_of || !is_anybody_told {
                continue;
            }
            let before = known.remove(&condition.key);
            let (since, was_told) = before.as_ref().map_or((now, false), |lasting| (lasting.since, lasting.told));
            let is_due = !was_told && now - since >= delay;
            if is_due {
                told.messages.push((condition.event, condition.clone()));
            } else if !was_told {
                let at = since + delay;
                told.look_again = Some(told.look_again.map_or(at, |other| other.min(at)));
            }
            // What it says may change from look to look; what counts is that it lasts, and that it was told.
            if before.is_none() || is_due {
                told.begun.push(Lasting { condition, since, told: was_told || is_due });
            }
        }
        let is_open = |key: &str| open.iter().any(|channel| key.rsplit(':').next() == Some(channel.as_str()));
        for lasting in known.into_values().filter(|lasting| !is_open(&lasting.condition.key)) {
            if lasting.told && settings.over && is_anybody_told {
                let title = format!("Over: {}", lasting.condition.title);
                told.messages.push((Event::Over, Condition { title, text: "It is over.".into(), ..lasting.condition.clone() }));
            }
            told.over.push(lasting);
        }
        told
    }
}

/// When a message that was not taken is tried again; `None`: it is given up.
fn next_try(notice: &Notice, now: i64) -> Option<i64> {
    let pause = (MINUTE_MS << notice.attempts.saturating_sub(1).min(10)).min(LONGEST_PAUSE_MS);
    Some(now + pause).filter(|at| at - notice.created_at < GIVEN_UP_MS)
}

fn days_until(end: i64, now: i64) -> String {
    match (end - now) / DAY_MS {
        _ if end <= now => "has ended".to_owned(),
        0 => "ends today".to_owned(),
        1 => "ends in 1 day".to_owned(),
        days => format!("ends in {days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_tried_again_ever_later_and_given_up_after_a_day() {
        let mut notice = Notice {
            id: String::new(),
            way: Way::Email,
            event: Event::Held,
            key: String::new(),
            title: String::new(),
            text: String::new(),
            page: String::new(),
            created_at: 0,
            sent_at: None,
            attempts: 0,
            next_at: Some(0),
            error: String::new(),
        };
        let mut pauses = Vec::new();
        let mut now = 0;
        loop {
            notice.attempts += 1;
            let Some(at) = next_try(&notice, now) else { break };
            pauses.push((at - now) / MINUTE_MS);
            now = at;
        }
        assert_eq!(&pauses[..8], [1, 2, 4, 8, 16, 32, 60, 60]);
        assert!(now > GIVEN_UP_MS - 2 * LONGEST_PAUSE_MS && now < GIVEN_UP_MS, "{now}");
    }

    fn condition(event: Event, channel: &str) -> Condition {
        Condition { key: format!("{}:{channel}", event.id()), event, title: "t".into(), text: "s".into(), page: "/".into() }
    }

    #[test]
    fn each_thing_is_told_once_and_when_it_is_over() {
        let mut settings = Notifications::default();
        settings.webhook.enabled = true;
        let held = condition(Event::Held, "c1");
        let first = Told::of(&settings, vec![], vec![held.clone()], &[], 100);
        assert_eq!((first.messages.as_slice(), first.begun.len()), ([(Event::Held, held.clone())].as_slice(), 1));
        let again = Told::of(&settings, first.begun.clone(), vec![held.clone()], &[], 200);
        assert_eq!(again, Told::default(), "nothing to tell, nothing to write");
        let open = [ChannelId::parse("c1").unwrap()];
        assert_eq!(Told::of(&settings, first.begun.clone(), vec![], &open, 300), Told::default(), "a cycle runs: nobody knows yet");
        let over = Told::of(&settings, first.begun.clone(), vec![], &[], 400);
        assert_eq!((over.messages[0].0, over.messages[0].1.title.as_str(), over.over.len()), (Event::Over, "Over: t", 1));
        settings.over = false;
        assert!(Told::of(&settings, first.begun, vec![], &[], 400).messages.is_empty());
    }

    #[test]
    fn what_fails_is_told_after_its_time_and_never_when_it_passes_before() {
        let mut settings = Notifications { failing_after_mins: 10, ..Notifications::default() };
        settings.email.enabled = true;
        let failing = condition(Event::Failing, "c1");
        let first = Told::of(&settings, vec![], vec![failing.clone()], &[], 0);
        assert_eq!((first.messages.len(), first.look_again), (0, Some(10 * MINUTE_MS)));
        let passed = Told::of(&settings, first.begun.clone(), vec![], &[], 5 * MINUTE_MS);
        assert_eq!((passed.messages.len(), passed.over.len()), (0, 1));
        let lasts = Told::of(&settings, first.begun, vec![failing.clone()], &[], 10 * MINUTE_MS);
        assert_eq!((lasts.messages.as_slice(), lasts.begun[0].told), ([(Event::Failing, failing.clone())].as_slice(), true));
        settings.email.enabled = false;
        assert_eq!(Told::of(&settings, vec![], vec![failing], &[], 0), Told::default(), "nobody is told, so nothing is kept");
    }

    #[test]
    fn an_end_is_said_in_days() {
        let day = |days: i64| days_until(days * DAY_MS + 1, 0);
        assert_eq!(
            (day(0), day(1), day(30), days_until(-1, 0)),
            ("ends today".into(), "ends in 1 day".into(), "ends in 30 days".into(), "has ended".into())
        );
    }
}
