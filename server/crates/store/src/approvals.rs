//! Approvals: a person's leave, or refusal, for removals that a guard held.

use crate::batch::{batches, last_of_each, text};
use crate::{Conn, Result, StoreError, Tx};
use domain::id::{ChannelId, SourceId};
use domain::model::cycle::Approval;
use domain::model::link::ObjectKind;
use domain::model::plan::ActionKind;
use serde::Serialize;
use std::borrow::Cow;

#[derive(Serialize)]
struct NewApproval<'a> {
    kind: &'static str,
    source_id: Cow<'a, str>,
    action: &'static str,
    approved: i64,
    expires_at: i64,
}

impl Conn {
    /// The approvals and refusals of a channel that hold at `now`.
    pub async fn list_approvals(&mut self, channel: &ChannelId, now: i64) -> Result<Vec<Approval>> {
        let rows = fetch_all!(
            self,
            "read approvals",
            (String, String, String, i64, i64),
            "select kind, source_id, action, approved, expires_at from approvals where channel_id = $1 and expires_at > $2 \
             order by kind, source_id, action",
            channel.as_str(),
            now
        )?;
        rows.into_iter()
            .map(|(kind, source_id, action, approved, expires_at)| {
                let corrupt = |what: &'static str| StoreError::corrupt("approvals", format!("{kind} {source_id}"), what);
                Ok(Approval {
                    kind: ObjectKind::of(&kind).ok_or_else(|| corrupt("its kind is not known"))?,
                    action: ActionKind::of(&action).ok_or_else(|| corrupt("its action is not known"))?,
                    approved: approved != 0,
                    expires_at,
                    source_id: SourceId(source_id.clone()),
                })
            })
            .collect()
    }
}

impl Tx {
    /// Writes approvals and refusals; a later word about the same removal replaces the earlier one.
    pub async fn put_approvals(&mut self, channel: &ChannelId, approvals: &[Approval]) -> Result<()> {
        let rows = last_of_each(approvals, |a| (a.kind, &a.source_id, a.action)).into_iter().map(|a| NewApproval {
            kind: a.kind.id(),
            source_id: text(&a.source_id.0),
            action: a.action.id(),
            approved: i64::from(a.approved),
            expires_at: a.expires_at,
        });
        for batch in batches(rows)? {
            execute_rows!(
                self,
                "note approvals",
                [
                    "insert into approvals (channel_id, kind, source_id, action, approved, expires_at) \
                     select $2, value ->> 'kind', value ->> 'source_id', value ->> 'action', cast(value ->> 'approved' as bigint), \
                     cast(value ->> 'expires_at' as bigint) from ",
                    " where true on conflict (channel_id, kind, source_id, action) do update set approved = excluded.approved, \
                     expires_at = excluded.expires_at"
                ],
                batch,
                channel.as_str()
            )?;
        }
        Ok(())
    }

    /// Uses up approvals: the removals were done.
    pub async fn delete_approvals(&mut self, channel: &ChannelId, removals: &[(ObjectKind, SourceId, ActionKind)]) -> Result<u64> {
        let rows = removals.iter().map(|(kind, id, action)| NewApproval {
            kind: kind.id(),
            source_id: text(&id.0),
            action: action.id(),
            approved: 0,
            expires_at: 0,
        });
        let mut touched = 0;
        for batch in batches(rows)? {
            touched += execute_rows!(
                self,
                "use up approvals",
                [
                    "delete from approvals where channel_id = $2 and (kind, source_id, action) in \
                     (select value ->> 'kind', value ->> 'source_id', value ->> 'action' from ",
                    ")"
                ],
                batch,
                channel.as_str()
            )?;
        }
        Ok(touched)
    }

    /// Forgets what no longer holds at `now`, for all channels.
    pub async fn delete_expired_approvals(&mut self, now: i64) -> Result<u64> {
        execute!(self, "forget expired approvals", "delete from approvals where expires_at <= $1", now)
    }
}
