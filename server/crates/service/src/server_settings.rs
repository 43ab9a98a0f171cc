//! Protocol Settings: what is stored, and what holds where nothing is.

use crate::drafts::Next;
use crate::{Result, Service};
use domain::actor::Actor;
use domain::model::server_settings::{Federation, ProtocolSettings, Retention, ServerDefaults};
use domain::wizard::draft::{Draft, DraftBody};
use std::sync::PoisonError;
use store::{Conn, ServerSettings as _};

/// Protocol Settings as they are.
#[derive(Clone, Debug)]
pub struct ProtocolGlance {
    /// What is stored.
    pub settings: ProtocolSettings,
    /// What the process was started with.
    pub defaults: ServerDefaults,
    /// What is in force.
    pub federation: Federation,
}

impl Service {
    /// Says what the process was started with.
    pub fn set_defaults(&self, defaults: ServerDefaults) {
        *self.defaults.write().unwrap_or_else(PoisonError::into_inner) = defaults;
    }

    /// Says how the server is reached, once that is known; a `public_url` that was set stays.
    pub fn set_address(&self, url: &str) {
        let mut defaults = self.defaults.write().unwrap_or_else(PoisonError::into_inner);
        if defaults.base_url.set_by.is_empty() {
            defaults.base_url.value = url.to_owned();
        }
    }

    /// What the process was started with.
    pub fn defaults(&self) -> ServerDefaults {
        self.defaults.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Protocol Settings.
    pub async fn protocol_settings(&self, actor: &Actor) -> Result<ProtocolGlance> {
        self.require(actor)?;
        let settings = self.store.read().await?.find_server_settings::<ProtocolSettings>().await?.value;
        let defaults = self.defaults();
        Ok(ProtocolGlance { federation: settings.federation(&defaults), settings, defaults })
    }

    /// Begins a draft of Protocol Settings, or goes on with the open one.
    pub async fn edit_protocol_settings(&self, actor: &Actor) -> Result<Next> {
        self.require(actor)?;
        let stored = self.store.read().await?.find_server_settings::<ProtocolSettings>().await?;
        let draft = Draft::new(DraftBody::ProtocolSettings(Box::new(stored.value)), false);
        self.begin(actor, draft, ProtocolSettings::ID, stored.version).await
    }

    /// Seconds between cycles of a channel without a frequency of its own.
    pub async fn frequency_secs(&self, conn: &mut Conn) -> store::Result<u32> {
        Ok(conn.find_server_settings::<ProtocolSettings>().await?.value.frequency_secs(&self.defaults()))
    }

    /// How long cycles are kept.
    pub async fn retention(&self, conn: &mut Conn) -> store::Result<Retention> {
        Ok(conn.find_server_settings::<ProtocolSettings>().await?.value.retention())
    }

    /// What this identity provider goes by.
    pub(crate) async fn federation(&self, conn: &mut Conn) -> Result<Federation> {
        Ok(conn.find_server_settings::<ProtocolSettings>().await?.value.federation(&self.defaults()))
    }
}
