//! Writing links.

use super::{LinkRefusal, Refused, channel_id, mark_id, origin_id};
use crate::batch::{batches, json, keys, last_of_each, text};
use crate::{Result, Tx};
use domain::id::{ChannelId, SourceId};
use domain::model::link::{Digest, Link, LinkMark, ObjectKind};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;

#[derive(Serialize)]
struct NewLink<'a> {
    connection_id: &'a str,
    kind: &'static str,
    source_id: Cow<'a, str>,
    channel_id: &'a str,
    target_id: Cow<'a, str>,
    dn_digest: String,
    value_digest: String,
    unique_digests: String,
    members_digest: String,
    member_count: u32,
    active: i64,
    left_at: i64,
    origin: &'static str,
    mark: &'static str,
    name: Cow<'a, str>,
    dn: Cow<'a, str>,
    written: String,
}

impl<'a> NewLink<'a> {
    fn of(link: &'a Link) -> Result<Self> {
        let head = &link.head;
        Ok(Self {
            connection_id: link.connection.as_str(),
            kind: head.kind.id(),
            source_id: text(&head.source_id.0),
            channel_id: link.channel.as_str(),
            target_id: text(&head.target_id.0),
            dn_digest: head.dn_digest.to_string(),
            value_digest: head.value_digest.to_string(),
            unique_digests: join_digests(&head.unique_digests),
            members_digest: head.members_digest.to_string(),
            member_count: head.member_count,
            active: i64::from(head.active),
            left_at: head.left_at.unwrap_or_default(),
            origin: origin_id(head.origin),
            mark: mark_id(head.mark),
            name: text(&link.name),
            dn: text(&link.dn),
            written: json(&link.written)?,
        })
    }
}

impl Tx {
    /// Writes links, new or not; the last of several with the same key. What stands in the way is answered, not written over:
    /// the other links are written all the same. Delete links that give up a target object before those that take it over.
    pub async fn put_links(&mut self, links: &[Link]) -> Result<Vec<LinkRefusal>> {
        let links = last_of_each(links, |l| (&l.connection, l.head.kind, &l.head.source_id));
        for link in &links {
            self.touch(&link.channel, [(link.head.kind, &link.head.source_id)]);
        }
        let mut refusals = Vec::new();
        let mut targets = HashMap::new();
        for part in links.chunks(1_000) {
            let (owners, holders) = self.load_obstacles(part).await?;
            let mut free = Vec::with_capacity(part.len());
            for link in part {
                let head = &link.head;
                let own = (link.connection.as_str(), head.kind.id(), text(&head.source_id.0));
                let target = (link.connection.as_str(), text(&head.target_id.0));
                let refuse = |because| LinkRefusal { kind: head.kind, source_id: head.source_id.clone(), because };
                if let Some(owner) = owners.get(&(own.0.to_owned(), own.1.to_owned(), own.2.to_string()))
                    && *owner != link.channel
                {
                    refusals.push(refuse(Refused::OwnedBy(owner.clone())));
                    continue;
                }
                let holder = holders.get(&(target.0.to_owned(), target.1.to_string()));
                if let Some((kind, source_id, channel)) = holder
                    && (kind.as_str(), source_id.as_str()) != (own.1, own.2.as_ref())
                {
                    let (source_id, channel) = (SourceId(source_id.clone()), channel.clone());
                    refusals.push(refuse(Refused::TargetLinked { source_id, channel }));
                    continue;
                }
                if let Some(first) = targets.insert(target, *link) {
                    let (source_id, channel) = (first.head.source_id.clone(), first.channel.clone());
                    refusals.push(refuse(Refused::TargetLinked { source_id, channel }));
                    targets.insert((link.connection.as_str(), text(&head.target_id.0)), first);
                    continue;
                }
                free.push(NewLink::of(link)?);
            }
            for batch in batches(free)? {
                self.insert_links(&batch).await?;
            }
        }
        Ok(refusals)
    }

    /// Who owns these source objects, and what is linked to these target objects.
    async fn load_obstacles(&mut self, links: &[&Link]) -> Result<(Owners, Holders)> {
        #[derive(Serialize)]
        struct Wanted<'a> {
            connection_id: &'a str,
            kind: &'static str,
            source_id: Cow<'a, str>,
            target_id: Cow<'a, str>,
        }
        let wanted = links.iter().map(|l| Wanted {
            connection_id: l.connection.as_str(),
            kind: l.head.kind.id(),
            source_id: text(&l.head.source_id.0),
            target_id: text(&l.head.target_id.0),
        });
        let (mut owners, mut holders) = (Owners::new(), Holders::new());
        for batch in batches(wanted)? {
            let rows = fetch_all_rows!(
                self,
                "read links",
                (String, String, String, String, String),
                [
                    "select connection_id, kind, source_id, target_id, channel_id from links where (connection_id, kind, source_id) in \
                     (select value ->> 'connection_id', value ->> 'kind', value ->> 'source_id' from ",
                    ") union select connection_id, kind, source_id, target_id, channel_id from links where (connection_id, target_id) in \
                     (select value ->> 'connection_id', value ->> 'target_id' from ",
                    ")"
                ],
                batch.as_str()
            )?;
            for (connection, kind, source_id, target_id, channel) in rows {
                let channel = channel_id(channel)?;
                owners.insert((connection.clone(), kind.clone(), source_id.clone()), channel.clone());
                holders.insert((connection, target_id), (kind, source_id, channel));
            }
        }
        Ok((owners, holders))
    }

    async fn insert_links(&mut self, batch: &str) -> Result<()> {
        execute_rows!(
            self,
            "write links",
            [
                "insert into links (connection_id, kind, source_id, channel_id, target_id, dn_digest, value_digest, unique_digests, \
                 members_digest, member_count, active, left_at, origin, mark) \
                 select value ->> 'connection_id', value ->> 'kind', value ->> 'source_id', value ->> 'channel_id', value ->> 'target_id', \
                 value ->> 'dn_digest', value ->> 'value_digest', value ->> 'unique_digests', value ->> 'members_digest', \
                 cast(value ->> 'member_count' as bigint), cast(value ->> 'active' as bigint), \
                 cast(value ->> 'left_at' as bigint), value ->> 'origin', value ->> 'mark' from ",
                " where true on conflict (connection_id, kind, source_id) do update set target_id = excluded.target_id, \
                 dn_digest = excluded.dn_digest, value_digest = excluded.value_digest, unique_digests = excluded.unique_digests, \
                 members_digest = excluded.members_digest, member_count = excluded.member_count, active = excluded.active, left_at = excluded.left_at, \
                 origin = excluded.origin, mark = excluded.mark where links.channel_id = excluded.channel_id"
            ],
            batch
        )?;
        execute_rows!(
            self,
            "write what was written",
            [
                "insert into link_records (connection_id, kind, source_id, name, dn, written) \
                 select value ->> 'connection_id', value ->> 'kind', value ->> 'source_id', value ->> 'name', value ->> 'dn', \
                 value ->> 'written' from ",
                " where true on conflict (connection_id, kind, source_id) do update set name = excluded.name, dn = excluded.dn, \
                 written = excluded.written"
            ],
            batch
        )?;
        Ok(())
    }

    /// Forgets links of a channel; those of other channels stay.
    ///
    /// Whose they are is asked in a way that PostgreSQL has no guess about: with `=` it takes a table that it has not looked at yet to
    /// hold one such link, and goes through all objects of the batch for each link that there is.
    pub async fn delete_links(&mut self, channel: &ChannelId, objects: &[(ObjectKind, SourceId)]) -> Result<u64> {
        self.touch(channel, objects.iter().map(|(kind, id)| (*kind, id)));
        let mut touched = 0;
        for batch in batches(keys(objects))? {
            touched += execute_rows!(
                self,
                "delete links",
                [
                    "delete from links where case when channel_id = $2 then true else false end and connection_id = (select connection_id from channels where id = $2) \
                     and (kind, source_id) in (select value ->> 'kind', value ->> 'source_id' from ",
                    ")"
                ],
                batch,
                channel.as_str()
            )?;
        }
        Ok(touched)
    }

    /// Gives links of a channel to another one of the same connection, as they are.
    pub async fn give_links(&mut self, channel: &ChannelId, objects: &[(ObjectKind, SourceId)], to: &ChannelId) -> Result<u64> {
        let mut touched = 0;
        for batch in batches(keys(objects))? {
            touched += execute_rows!(
                self,
                "give links to another channel",
                [
                    "update links set channel_id = $3 where channel_id || '' = $2 \
                     and connection_id = (select connection_id from channels where id = $2) \
                     and connection_id = (select connection_id from channels where id = $3) \
                     and (kind, source_id) in (select value ->> 'kind', value ->> 'source_id' from ",
                    ")"
                ],
                batch,
                channel.as_str(),
                to.as_str()
            )?;
        }
        Ok(touched)
    }

    /// Marks links of a channel; the last of several marks for one object.
    pub async fn mark_links(&mut self, channel: &ChannelId, marks: &[(ObjectKind, SourceId, LinkMark)]) -> Result<u64> {
        let marks = last_of_each(marks, |(kind, id, _)| (*kind, id));
        self.touch(channel, marks.iter().map(|(kind, id, _)| (*kind, id)));
        let mut touched = 0;
        for mark in [LinkMark::Good, LinkMark::Gone, LinkMark::Stale] {
            let objects: Vec<_> = marks.iter().filter(|m| m.2 == mark).map(|(kind, id, _)| (*kind, id.clone())).collect();
            for batch in batches(keys(&objects))? {
                touched += execute_rows!(
                    self,
                    "mark links",
                    [
                        "update links set mark = $3 where case when channel_id = $2 then true else false end \
                         and connection_id = (select connection_id from channels where id = $2) \
                         and (kind, source_id) in (select value ->> 'kind', value ->> 'source_id' from ",
                        ")"
                    ],
                    batch,
                    channel.as_str(),
                    mark_id(mark)
                )?;
            }
        }
        Ok(touched)
    }
}

/// By connection, kind and source id.
type Owners = HashMap<(String, String, String), ChannelId>;
/// By connection and target id.
type Holders = HashMap<(String, String), (String, String, ChannelId)>;

fn join_digests(digests: &[Digest]) -> String {
    let mut out = String::with_capacity(digests.len() * 33);
    for digest in digests {
        // Writing to a String does not fail.
        let _ = write!(out, "{}{digest}", if out.is_empty() { "" } else { "," });
    }
    out
}
