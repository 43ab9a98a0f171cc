//! Small values by name, for what is no page of its own.

use crate::{Conn, Result, Tx};
use std::collections::BTreeMap;

impl Conn {
    /// One setting.
    pub async fn find_setting(&mut self, key: &str) -> Result<Option<String>> {
        let found = fetch_optional!(self, "read a setting", (String,), "select value from settings where key = $1", key)?;
        Ok(found.map(|(value,)| value))
    }

    /// All settings.
    pub async fn list_settings(&mut self) -> Result<BTreeMap<String, String>> {
        let rows = fetch_all!(self, "read the settings", (String, String), "select key, value from settings")?;
        Ok(rows.into_iter().collect())
    }
}

impl Tx {
    /// Sets one.
    pub async fn put_setting(&mut self, key: &str, value: &str) -> Result<()> {
        execute!(
            self,
            "save a setting",
            "insert into settings (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value",
            key,
            value
        )?;
        Ok(())
    }

    /// Goes back to the default.
    pub async fn delete_setting(&mut self, key: &str) -> Result<()> {
        execute!(self, "delete a setting", "delete from settings where key = $1", key)?;
        Ok(())
    }
}
