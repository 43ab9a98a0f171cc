//! What is configured once for the whole server.

use super::words::{count, past, time};
use super::{Ports, refuse};
use app::backend::{FileView, Settings, Then};
use app::error::AppError;
use app::views::{MetadataPage, SettingsPage, StateView, Tone};
use async_trait::async_trait;
use domain::actor::Actor;
use domain::id::DraftId;
use domain::model::notifications::Notice;
use domain::model::server_settings::ProcessSetting;

/// What is stored, or what holds instead and why.
fn or_default(stored: &str, in_force: &str, from: &str) -> String {
    if stored.is_empty() { format!("{in_force} ({from})") } else { in_force.to_owned() }
}

fn set_by<T>(setting: &ProcessSetting<T>) -> String {
    if setting.set_by.is_empty() { "the default".to_owned() } else { format!("set by {}", setting.set_by) }
}

fn rows(rows: Vec<(&str, String)>) -> Vec<(String, String)> {
    rows.into_iter().map(|(label, value)| (label.to_owned(), value)).collect()
}

/// A message in one line: what, by which way, and what came of it.
fn told_how(notice: &Notice, now: i64) -> String {
    let came = match (notice.sent_at, notice.next_at) {
        (Some(_), _) => "delivered".to_owned(),
        (None, Some(_)) if notice.attempts == 0 => "about to be delivered".to_owned(),
        (None, Some(at)) => format!("not delivered yet, next try {}: {}", time(at, now).words, notice.error),
        (None, None) => format!("given up: {}", notice.error),
    };
    format!("{}. {}: {came}", notice.title, notice.way.label())
}

#[async_trait]
impl Settings for Ports {
    async fn protocol(&self, actor: &Actor) -> Result<SettingsPage, AppError> {
        let glance = self.service.protocol_settings(actor).await.map_err(refuse)?;
        let (settings, defaults, federation) = (&glance.settings, &glance.defaults, &glance.federation);
        let base_from = if defaults.base_url.set_by.is_empty() { "the address this server listens on" } else { "public_url" };
        let frequency = count(settings.frequency_secs(defaults), "second", "seconds");
        let frequency = match settings.frequency_secs {
            Some(_) => frequency,
            None => format!("{frequency} (provisioner.frequency_secs, {})", set_by(&defaults.frequency_secs)),
        };
        let mode = format!("{} ({})", defaults.provisioner_mode.value, set_by(&defaults.provisioner_mode));
        let federation = rows(vec![
            ("Base URL", or_default(&settings.base_url, &federation.base_url, base_from)),
            ("SAML 2.0 Entity ID", or_default(&settings.entity_id, &federation.entity_id, "made from the Base URL")),
        ]);
        let kept = settings.retention();
        let of = |own: Option<u32>, text: String| if own.is_some() { text } else { format!("{text} (the default)") };
        let provisioning = rows(vec![
            ("Synchronization Frequency", frequency),
            ("Provisioner Mode", mode),
            ("Keep Cycles with Changes", of(settings.keep_changed_days, count(kept.changed_days, "day", "days"))),
            ("Keep Cycles without Changes", of(settings.keep_quiet_days, count(kept.quiet_days, "day", "days"))),
            ("Always Keep the Newest", of(settings.keep_newest, count(kept.newest, "cycle", "cycles"))),
        ]);
        Ok(SettingsPage {
            parts: vec![("Federation Info".to_owned(), federation), ("Outbound Provisioning".to_owned(), provisioning)],
            drafts: self.draft_rows(actor, "protocol_settings").await?,
        })
    }

    async fn notifications(&self, actor: &Actor) -> Result<SettingsPage, AppError> {
        let glance = self.service.notifications(actor).await.map_err(refuse)?;
        let (settings, now) = (&glance.settings, self.now());
        let (mail, hook) = (&settings.email, &settings.webhook);
        let after = match settings.failing_after_mins {
            0 => "A channel is failing".to_owned(),
            mins => format!("A channel is failing for {}", count(mins, "minute", "minutes")),
        };
        let told = [
            (settings.held, "Removals are held".to_owned()),
            (settings.failing, after),
            (settings.ending, "A token, key or trusted CA is near its end".to_owned()),
            (settings.over, "What was told is over".to_owned()),
        ];
        let told: Vec<_> = told.into_iter().filter(|(on, _)| *on).map(|(_, what)| what).collect();
        let email = match mail.enabled {
            true => format!("To {} through {} ({})", mail.to.join(", "), mail.host, mail.security.label()),
            false => "Off".to_owned(),
        };
        let webhook = if hook.enabled { hook.url.clone() } else { "Off".to_owned() };
        let events = if told.is_empty() { "Nothing".to_owned() } else { told.join("; ") };
        let settings = rows(vec![("Told of", events), ("E-mail", email), ("Webhook", webhook)]);
        let sent = match glance.notices.as_slice() {
            [] => rows(vec![("Latest", "Nobody was told of anything yet.".to_owned())]),
            notices => notices.iter().map(|notice| (past(notice.created_at, now).words, told_how(notice, now))).collect(),
        };
        Ok(SettingsPage {
            parts: vec![("Settings".to_owned(), settings), ("Latest messages".to_owned(), sent)],
            drafts: self.draft_rows(actor, "notifications").await?,
        })
    }

    async fn edit_notifications(&self, actor: &Actor) -> Result<Then, AppError> {
        self.service.edit_notifications(actor).await.map(super::drafts::go).map_err(refuse)
    }

    async fn edit_protocol(&self, actor: &Actor) -> Result<Then, AppError> {
        self.service.edit_protocol_settings(actor).await.map(super::drafts::go).map_err(refuse)
    }

    async fn metadata(&self, actor: &Actor) -> Result<MetadataPage, AppError> {
        let glance = self.service.metadata_export(actor).await.map_err(refuse)?;
        let was_chosen = glance.export.signing_key.is_some();
        let is_served = glance.signing_key.is_some() && glance.export.signature_key.is_some() == glance.signature_key.is_some();
        let (label, tone, sentence) = match (is_served, was_chosen) {
            (true, _) => ("Served", Tone::Good, ""),
            (false, true) => {
                ("Not served", Tone::Bad, "A key that was chosen is not there any more. Export the metadata again with another one.")
            }
            (false, false) => ("Not served yet", Tone::Quiet, "Export the metadata once and save: partners can then read the same here."),
        };
        let state = StateView { label: label.to_owned(), tone, sentence: sentence.to_owned() };
        let facts = rows(vec![
            ("SAML 2.0 Entity ID", glance.federation.entity_id.clone()),
            ("Sign-on address", glance.federation.sso_url()),
            ("Logout address", glance.federation.slo_url()),
            ("Signing Key", glance.signing_key.unwrap_or_else(|| "None".to_owned())),
            ("Metadata Signing", glance.signature_key.unwrap_or_else(|| "Do not sign".to_owned())),
        ]);
        Ok(MetadataPage {
            state,
            url: is_served.then(|| glance.federation.metadata_url()),
            facts,
            drafts: self.draft_rows(actor, "metadata_export").await?,
        })
    }

    async fn edit_metadata(&self, actor: &Actor) -> Result<Then, AppError> {
        self.service.edit_metadata_export(actor).await.map(super::drafts::go).map_err(refuse)
    }

    async fn draft_file(&self, actor: &Actor, id: &DraftId, file: &str) -> Result<FileView, AppError> {
        let file = self.service.draft_file(actor, id, file).await.map_err(refuse)?;
        Ok(FileView { name: file.name, media_type: file.media_type, bytes: file.text.into_bytes() })
    }
}
