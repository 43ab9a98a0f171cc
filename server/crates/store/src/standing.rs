//! How objects of each channel stand, counted.

use crate::{Conn, Result, StoreError};
use domain::id::ChannelId;
use domain::model::link::ObjectKind;

/// How people or groups of a channel stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ObjectCounts {
    /// Linked to an object of the service.
    pub linked: u32,
    /// Failed and waiting for another try.
    pub failing: u32,
    /// Those of them that are linked.
    pub failing_linked: u32,
    /// Left out, with a reason.
    pub skipped: u32,
}

impl ObjectCounts {
    /// Linked, and as it should be as far as is known.
    pub fn in_sync(&self) -> u32 {
        self.linked.saturating_sub(self.failing_linked)
    }
}

/// How objects of a channel stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Which channel.
    pub channel: ChannelId,
    /// Its people.
    pub users: ObjectCounts,
    /// Its groups.
    pub groups: ObjectCounts,
}

/// The objects of channels, counted: of all, or where something holds of `channel_id`.
macro_rules! counts {
    ($($where:literal)?) => {
        concat!(
            "select channel_id, kind, 'linked', count(*), cast(0 as bigint) from links ", $($where,)? " group by channel_id, kind \
             union all select s.channel_id, s.kind, 'failing', count(*), count(l.source_id) \
             from (select * from setbacks ", $($where,)? ") s \
             join channels c on c.id = s.channel_id left join links l on l.connection_id = c.connection_id and l.kind = s.kind \
             and l.source_id = s.source_id and l.channel_id = s.channel_id group by s.channel_id, s.kind \
             union all select channel_id, kind, 'skipped', count(*), cast(0 as bigint) from skipped ", $($where,)? " group by channel_id, kind \
             order by 1, 2, 3"
        )
    };
}

impl Conn {
    /// How objects of each channel stand; channels without any are absent.
    pub async fn list_standings(&mut self) -> Result<Vec<Standing>> {
        standings(fetch_all!(self, "count the objects of channels", (String, String, String, i64, i64), counts!())?)
    }

    /// How objects of one channel stand.
    pub async fn find_standing(&mut self, channel: &ChannelId) -> Result<Option<Standing>> {
        let rows = fetch_all!(
            self,
            "count the objects of a channel",
            (String, String, String, i64, i64),
            counts!("where channel_id = $1"),
            channel.as_str()
        )?;
        Ok(standings(rows)?.pop())
    }
}

/// Rows of one channel stand together.
fn standings(rows: Vec<(String, String, String, i64, i64)>) -> Result<Vec<Standing>> {
    let mut out: Vec<Standing> = Vec::new();
    for (channel, kind, what, count, linked) in rows {
        let number = |n: i64| u32::try_from(n).map_err(|e| StoreError::corrupt("links", &channel, e));
        let (count, linked) = (number(count)?, number(linked)?);
        let channel = ChannelId::parse(&channel).map_err(|e| StoreError::corrupt("links", &channel, e))?;
        if out.last().is_none_or(|last| last.channel != channel) {
            out.push(Standing { channel, users: ObjectCounts::default(), groups: ObjectCounts::default() });
        }
        let Some(last) = out.last_mut() else { continue };
        let counts = match ObjectKind::of(&kind) {
            Some(ObjectKind::User) => &mut last.users,
            Some(ObjectKind::Group) => &mut last.groups,
            None => return Err(StoreError::corrupt("links", kind, "its kind is neither user nor group")),
        };
        match what.as_str() {
            "linked" => counts.linked = count,
            "failing" => (counts.failing, counts.failing_linked) = (count, linked),
            _ => counts.skipped = count,
        }
    }
    Ok(out)
}
