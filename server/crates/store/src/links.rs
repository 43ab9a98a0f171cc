//! Links: which source object is which target object, and what was last written there.
//!
//! Two tables. `links` holds the heads, short rows that a cycle loads for all of its channel; `link_records` holds names and
//! values, loaded only for objects that changed.
//!
//! Where a query looks up given objects it says `channel_id || '' = ..`: SQLite would else read all of a channel by the index
//! on `channel_id` (60 ms instead of 4 for 1,000 of 100,000), since it does not know how long the list of objects is.

mod writing;

use crate::batch::{batches, keys_of, text};
use crate::{Conn, Result, StoreError};
use domain::id::{ChannelId, ConnectionId, SourceId, TargetId};
use domain::model::link::{Digest, Link, LinkHead, LinkMark, ObjectKind, Origin};
use futures::TryStreamExt as _;
use sqlx::{FromRow, Row as _};
use std::collections::HashMap;

/// A link that was not written, since another one stands in its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRefusal {
    /// User or group.
    pub kind: ObjectKind,
    /// The link that was not written.
    pub source_id: SourceId,
    /// Why.
    pub because: Refused,
}

/// Why a link was not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Another channel of the same connection owns the source object.
    OwnedBy(ChannelId),
    /// The target object is linked to another source object.
    TargetLinked {
        /// That source object.
        source_id: SourceId,
        /// The channel that owns that link.
        channel: ChannelId,
    },
}

#[derive(FromRow)]
struct LinkRow {
    connection_id: String,
    kind: String,
    source_id: String,
    channel_id: String,
    target_id: String,
    dn_digest: String,
    value_digest: String,
    unique_digests: String,
    members_digest: String,
    member_count: i64,
    active: i64,
    left_at: i64,
    origin: String,
    mark: String,
    name: String,
    dn: String,
    written: String,
}

impl TryFrom<LinkRow> for Link {
    type Error = StoreError;
    fn try_from(row: LinkRow) -> Result<Self> {
        let corrupt = |what: &'static str| StoreError::corrupt("links", format!("{} {}", row.kind, row.source_id), what);
        let digest = |text: &str| Digest::parse(text).ok_or_else(|| corrupt(DIGEST));
        Ok(Self {
            connection: ConnectionId::parse(&row.connection_id).map_err(|_| corrupt("its connection is not an id"))?,
            channel: ChannelId::parse(&row.channel_id).map_err(|_| corrupt("its channel is not an id"))?,
            head: LinkHead {
                kind: ObjectKind::of(&row.kind).ok_or_else(|| corrupt(KIND))?,
                dn_digest: digest(&row.dn_digest)?,
                value_digest: digest(&row.value_digest)?,
                unique_digests: split_digests(&row.unique_digests).ok_or_else(|| corrupt(DIGEST))?,
                members_digest: digest(&row.members_digest)?,
                member_count: u32::try_from(row.member_count).map_err(|_| corrupt(COUNT))?,
                active: row.active != 0,
                left_at: Some(row.left_at).filter(|at| *at != 0),
                origin: parse_origin(&row.origin).ok_or_else(|| corrupt(ORIGIN))?,
                mark: parse_mark(&row.mark).ok_or_else(|| corrupt(MARK))?,
                source_id: SourceId(row.source_id.clone()),
                target_id: TargetId(row.target_id),
            },
            name: row.name,
            dn: row.dn,
            written: serde_json::from_str(&row.written)
                .map_err(|e| StoreError::corrupt("link_records", format!("{} {}", row.kind, row.source_id), e))?,
        })
    }
}

const KIND: &str = "its kind is neither user nor group";
const DIGEST: &str = "a digest in it is not 32 hex digits";
const COUNT: &str = "a count in it is out of range";
const TIME: &str = "a time in it is not a number";
const ORIGIN: &str = "its origin is not known";
const MARK: &str = "its mark is not known";

impl Conn {
    /// Hands every head of a channel to `each`, in no particular order, without keeping them.
    ///
    /// Each row travels as one text: a cycle over 100,000 links would spend more time on a dozen columns each than on reading.
    pub async fn each_link_head(&mut self, channel: &ChannelId, mut each: impl FnMut(LinkHead) + Send) -> Result<()> {
        const DOING: &str = "read the links of a channel";
        on_engine!(self, |c| {
            // Free texts come last, and the length of the first of them says where the second begins.
            let mut rows = sqlx::query(
                "select format('%s %s %s %s %s %s %s %s %s %s %s %s%s', kind, origin, mark, active, left_at, member_count, dn_digest, value_digest, \
                 members_digest, unique_digests, length(source_id), source_id, target_id) from links where channel_id = $1",
            )
            .bind(channel.as_str())
            .fetch(c);
            while let Some(row) = rows.try_next().await.map_err(|e| StoreError::of(DOING, e))? {
                let line: &str = row.try_get(0).map_err(|e| StoreError::of(DOING, e))?;
                each(parse_head(line).map_err(|what| StoreError::corrupt("links", line, what))?);
            }
        });
        Ok(())
    }

    /// Every head of a channel.
    pub async fn load_link_heads(&mut self, channel: &ChannelId) -> Result<Vec<LinkHead>> {
        let mut heads = Vec::new();
        self.each_link_head(channel, |head| heads.push(head)).await?;
        Ok(heads)
    }

    /// Names of objects of a channel's connection, as the target calls them; ids without a link are absent from the answer.
    pub async fn load_names(&mut self, channel: &ChannelId, kind: ObjectKind, ids: &[SourceId]) -> Result<HashMap<SourceId, String>> {
        let mut out = HashMap::with_capacity(ids.len());
        for batch in batches(keys_of(kind, ids))? {
            let rows = fetch_all_rows!(
                self,
                "read the names of objects",
                (String, String),
                [
                    "select source_id, name from link_records where kind = $3 \
                     and connection_id = (select connection_id from channels where id = $2) \
                     and source_id in (select value ->> 'source_id' from ",
                    ")"
                ],
                batch,
                channel.as_str(),
                kind.id()
            )?;
            out.extend(rows.into_iter().map(|(id, name)| (SourceId(id), name)));
        }
        Ok(out)
    }

    /// Whole links of a channel by source id; ids without a link are absent from the answer.
    pub async fn load_links(&mut self, channel: &ChannelId, kind: ObjectKind, ids: &[SourceId]) -> Result<Vec<Link>> {
        let mut out = Vec::with_capacity(ids.len());
        for batch in batches(keys_of(kind, ids))? {
            let rows = fetch_all_rows!(
                self,
                "read links",
                LinkRow,
                [
                    "select l.*, r.name, r.dn, r.written from links l join link_records r \
                     on r.connection_id = l.connection_id and r.kind = l.kind and r.source_id = l.source_id \
                     where l.channel_id || '' = $2 and l.kind = $3 and l.connection_id = (select connection_id from channels where id = $2) \
                     and l.source_id in (select value ->> 'source_id' from ",
                    ")"
                ],
                batch,
                channel.as_str(),
                kind.id()
            )?;
            for row in rows {
                out.push(Link::try_from(row)?);
            }
        }
        Ok(out)
    }

    /// Hands the source id and the name of everybody a channel has linked to `each`.
    pub async fn each_linked_person(&mut self, channel: &ChannelId, mut each: impl FnMut(String, String) + Send) -> Result<()> {
        const DOING: &str = "read the names of a channel's people";
        on_engine!(self, |c| {
            let mut rows = sqlx::query_as::<_, (String, String)>(
                "select l.source_id, r.name from links l join link_records r \
                 on r.connection_id = l.connection_id and r.kind = l.kind and r.source_id = l.source_id \
                 where l.channel_id = $1 and l.kind = 'user'",
            )
            .bind(channel.as_str())
            .fetch(c);
            while let Some((id, name)) = rows.try_next().await.map_err(|e| StoreError::of(DOING, e))? {
                each(id, name);
            }
        });
        Ok(())
    }

    /// The link of a source object, whichever channel of the connection owns it.
    pub async fn find_link(&mut self, connection: &ConnectionId, kind: ObjectKind, id: &SourceId) -> Result<Option<Link>> {
        fetch_optional!(
            self,
            "read a link",
            LinkRow,
            "select l.*, r.name, r.dn, r.written from links l join link_records r \
             on r.connection_id = l.connection_id and r.kind = l.kind and r.source_id = l.source_id \
             where l.connection_id = $1 and l.kind = $2 and l.source_id = $3",
            connection.as_str(),
            kind.id(),
            text(&id.0).as_ref()
        )?
        .map(Link::try_from)
        .transpose()
    }

    /// The link of a target object, whichever channel of the connection owns it.
    pub async fn find_link_by_target(&mut self, connection: &ConnectionId, target: &TargetId) -> Result<Option<Link>> {
        fetch_optional!(
            self,
            "read a link",
            LinkRow,
            "select l.*, r.name, r.dn, r.written from links l join link_records r \
             on r.connection_id = l.connection_id and r.kind = l.kind and r.source_id = l.source_id \
             where l.connection_id = $1 and l.target_id = $2",
            connection.as_str(),
            text(&target.0).as_ref()
        )?
        .map(Link::try_from)
        .transpose()
    }

    /// The target objects of source objects that other channels of the same connection own; the rest is absent from the answer.
    pub async fn load_foreign_targets(
        &mut self,
        channel: &ChannelId,
        kind: ObjectKind,
        ids: &[SourceId],
    ) -> Result<HashMap<SourceId, TargetId>> {
        let mut out = HashMap::new();
        for batch in batches(keys_of(kind, ids))? {
            let rows = fetch_all_rows!(
                self,
                "read links of other channels",
                (String, String),
                [
                    "select source_id, target_id from links where kind = $3 and channel_id <> $2 \
                     and connection_id = (select connection_id from channels where id = $2) \
                     and source_id in (select value ->> 'source_id' from ",
                    ")"
                ],
                batch,
                channel.as_str(),
                kind.id()
            )?;
            out.extend(rows.into_iter().map(|(id, target)| (SourceId(id), TargetId(target))));
        }
        Ok(out)
    }
}

/// The line that [`Conn::each_link_head`] asks for.
fn parse_head(line: &str) -> Result<LinkHead, &'static str> {
    let mut parts = line.splitn(12, ' ');
    let mut next = || parts.next().ok_or("it is too short");
    let kind = ObjectKind::of(next()?).ok_or(KIND)?;
    let origin = parse_origin(next()?).ok_or(ORIGIN)?;
    let mark = parse_mark(next()?).ok_or(MARK)?;
    let active = next()? != "0";
    let left_at = next()?.parse().map_err(|_| TIME)?;
    let member_count = next()?.parse().map_err(|_| COUNT)?;
    let dn_digest = Digest::parse(next()?).ok_or(DIGEST)?;
    let value_digest = Digest::parse(next()?).ok_or(DIGEST)?;
    let members_digest = Digest::parse(next()?).ok_or(DIGEST)?;
    let unique_digests = split_digests(next()?).ok_or(DIGEST)?;
    let length: usize = next()?.parse().map_err(|_| COUNT)?;
    let ids = next()?;
    // Both engines count characters; nearly always that is bytes.
    let end = if ids.is_ascii() { Some(length) } else { ids.char_indices().map(|(at, _)| at).chain([ids.len()]).nth(length) };
    let (source_id, target_id) = end.and_then(|end| ids.split_at_checked(end)).ok_or("its source id is cut off")?;
    Ok(LinkHead {
        kind,
        source_id: SourceId(source_id.to_owned()),
        target_id: TargetId(target_id.to_owned()),
        dn_digest,
        value_digest,
        unique_digests,
        members_digest,
        member_count,
        active,
        left_at: Some(left_at).filter(|at| *at != 0),
        origin,
        mark,
    })
}

fn channel_id(text: String) -> Result<ChannelId> {
    ChannelId::parse(&text).map_err(|e| StoreError::corrupt("links", text, e))
}

fn split_digests(text: &str) -> Option<Vec<Digest>> {
    if text.is_empty() { Some(Vec::new()) } else { text.split(',').map(Digest::parse).collect() }
}

fn origin_id(origin: Origin) -> &'static str {
    match origin {
        Origin::Created => "created",
        Origin::Adopted => "adopted",
    }
}

fn parse_origin(id: &str) -> Option<Origin> {
    [Origin::Created, Origin::Adopted].into_iter().find(|o| origin_id(*o) == id)
}

fn mark_id(mark: LinkMark) -> &'static str {
    match mark {
        LinkMark::Good => "good",
        LinkMark::Gone => "gone",
        LinkMark::Stale => "stale",
    }
}

fn parse_mark(id: &str) -> Option<LinkMark> {
    [LinkMark::Good, LinkMark::Gone, LinkMark::Stale].into_iter().find(|m| mark_id(*m) == id)
}
