//! Verifications: the newest comparison of each channel's target with what was written there.

use crate::batch::json;
use crate::{Conn, Result, StoreError, Tx};
use domain::id::ChannelId;
use domain::model::verification::Verification;

impl Conn {
    /// The newest of a channel.
    pub async fn find_verification(&mut self, channel: &ChannelId) -> Result<Option<Verification>> {
        let found = fetch_optional!(
            self,
            "read a verification",
            (String,),
            "select body from verifications where channel_id = $1",
            channel.as_str()
        )?;
        found.map(|(body,)| serde_json::from_str(&body).map_err(|e| StoreError::corrupt("verifications", channel.as_str(), e))).transpose()
    }
}

impl Tx {
    /// Keeps one instead of the one before.
    pub async fn put_verification(&mut self, channel: &ChannelId, verification: &Verification) -> Result<()> {
        execute!(
            self,
            "note a verification",
            "insert into verifications (channel_id, started_at, body) values ($1, $2, $3) \
             on conflict (channel_id) do update set started_at = excluded.started_at, body = excluded.body",
            channel.as_str(),
            verification.started_at,
            json(verification)?
        )?;
        Ok(())
    }
}
