//! Objects by a piece of their name, for whoever knows what it is called and not where it is.

use crate::{Result, Service};
use domain::actor::Actor;
use store::Found;

/// A longer text is the name of nothing.
const LONGEST: usize = 200;

impl Service {
    /// Objects whose name, Instance ID, entity ID or certificate holds a text, at most so many of each kind.
    pub async fn search(&self, actor: &Actor, text: &str, most: u32) -> Result<Vec<Found>> {
        self.require(actor)?;
        let text = text.trim();
        if text.is_empty() || text.chars().count() > LONGEST {
            return Ok(Vec::new());
        }
        let mut conn = self.store.read().await?;
        let mut found = conn.search(text, most).await?;
        // There are few of these, and what they are called is in their certificates.
        let wanted = text.to_lowercase();
        let holds = |label: &str| label.to_lowercase().contains(&wanted);
        let keys = conn.list_signing_keys().await?.into_iter();
        let keys = keys.map(|key| ("signing_key", key.value.id.to_string(), crate::signing_keys::label(&key.value)));
        found.extend(keys.filter(|(_, _, label)| holds(label)).take(most as usize).map(certificate));
        let cas = conn.list_trusted_cas().await?.into_iter().map(|ca| ("trusted_ca", ca.id.to_string(), crate::trusted_cas::label(&ca)));
        found.extend(cas.filter(|(_, _, label)| holds(label)).take(most as usize).map(certificate));
        Ok(found)
    }
}

fn certificate((kind, id, name): (&str, String, String)) -> Found {
    Found { kind: kind.to_owned(), id, name, detail: String::new() }
}
