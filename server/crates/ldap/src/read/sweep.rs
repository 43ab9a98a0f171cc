//! Searches of the whole Base DN, going on where referrals lead when they are followed.

use super::{Halt, Reading};
use crate::connection::Connection;
use crate::entry::{Decoded, Decoder};
use crate::error::LdapError;
use crate::message::SearchRequest;
use crate::names::{DnKey, DnSet};
use crate::referral::Referral;
use crate::search::{Event, Scan};
use domain::id::SourceId;
use std::collections::HashSet;

/// How far from the first server a referral may lead.
const MOST_HOPS: u8 = 3;
/// How many referrals one read follows; a forest has fewer domains.
const MOST_REFERRALS: usize = 64;
/// Groups are large, so fewer of them make a page.
const GROUPS_PER_PAGE: u32 = 100;

/// A place where a search goes on, or (`whole`) where all of it is.
struct Reference {
    urls: Vec<String>,
    whole: bool,
}

/// What is done with each entry.
pub(super) enum Pass<'p> {
    /// People in scope: all of them, or those of a set of names.
    Users(Decoder, Option<&'p mut DnSet>),
    /// Groups in scope.
    Groups(Decoder),
    /// Groups by name alone.
    Names(&'p mut HashSet<DnKey>),
    /// As [`Pass::Names`], kept as text.
    NameTexts(&'p mut Vec<String>),
    /// Entries by what stays the same when they are renamed, and by name.
    Places(Decoder, &'p mut Vec<(Option<SourceId>, String)>),
}

impl Reading<'_> {
    /// Searches, and follows or counts referrals.
    pub(super) async fn sweep(
        &mut self,
        connection: &mut Connection,
        request: SearchRequest,
        what: &'static str,
        pass: &mut Pass<'_>,
    ) -> Result<(), Halt> {
        let mut referred = Vec::new();
        self.sweep_one(connection, request.clone(), what, pass, &mut referred).await?;
        let mut queue: Vec<(Reference, u8)> = referred.drain(..).map(|reference| (reference, 1)).collect();
        while let Some((Reference { urls, whole }, hops)) = queue.pop() {
            let here = connection.server().clone();
            let targets: Vec<Referral> = urls.iter().filter_map(|url| Referral::parse(url, self.directory.settings.tls, &here)).collect();
            if targets.is_empty() || hops > MOST_HOPS {
                if whole {
                    return Err(Halt::Inconsistent(format!(
                        "The directory refers to ‘{}’, which cannot be followed. Connect to the server that holds the Base DN.",
                        urls.join(" ")
                    )));
                }
                self.notes.referrals += 1;
                continue;
            }
            if self.followed.len() >= MOST_REFERRALS {
                return Err(Halt::Inconsistent(format!(
                    "The directory refers to more than {MOST_REFERRALS} other places. Narrow the Base DN, or untick Follow LDAP Referrals."
                )));
            }
            let (target, mut other) = match self.first_reachable(&targets).await? {
                Some(found) => found,
                // Every one of them has been searched already.
                None => continue,
            };
            let mut request = request.clone();
            request.base = target.base.clone().unwrap_or(request.base);
            request.depth = target.depth.unwrap_or(request.depth);
            self.sweep_one(&mut other, request, what, pass, &mut referred).await?;
            other.unbind().await;
            queue.extend(referred.drain(..).map(|reference| (reference, hops + 1)));
        }
        Ok(())
    }

    /// Connects to one of several servers that hold the same; `None` when that was searched before.
    async fn first_reachable(&mut self, targets: &[Referral]) -> Result<Option<(Referral, Connection)>, LdapError> {
        if targets.iter().any(|t| self.followed.contains(t)) {
            return Ok(None);
        }
        let mut first_error = None;
        for target in targets {
            match self.directory.follow(target).await {
                Ok(connection) => {
                    self.followed.extend(targets.iter().cloned());
                    return Ok(Some((target.clone(), connection)));
                }
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        first_error.map_or(Ok(None), Err)
    }

    async fn sweep_one(
        &mut self,
        connection: &mut Connection,
        request: SearchRequest,
        what: &'static str,
        pass: &mut Pass<'_>,
        referred: &mut Vec<Reference>,
    ) -> Result<(), Halt> {
        let follow = self.directory.settings.follow_referrals;
        let is_groups = matches!(pass, Pass::Groups(_));
        let page = if is_groups { self.page_size().min(GROUPS_PER_PAGE) } else { self.page_size() };
        let mut scan = Scan::new(request, page, what).following(follow);
        if !is_groups {
            scan = scan.reading_ahead();
        }
        let mut groups: Vec<Decoded> = Vec::new();
        while let Some(event) = scan.next(connection).await? {
            match event {
                Event::Entry(entry) => {
                    let decoded = match pass {
                        Pass::Users(decoder, set) => {
                            if set.as_mut().is_some_and(|set| !set.find(entry.dn)) {
                                continue;
                            }
                            decoder.decode(entry).map(|found| self.user(found))
                        }
                        Pass::Groups(decoder) => decoder.decode(entry).map(|found| groups.push(found)),
                        Pass::Names(names) => {
                            names.insert(self.keys.key(entry.dn));
                            Ok(())
                        }
                        Pass::NameTexts(names) => {
                            names.push(entry.dn.to_owned());
                            Ok(())
                        }
                        Pass::Places(decoder, places) => decoder.decode(entry).map(|found| places.push((found.id, found.dn))),
                    };
                    decoded.map_err(|malformed| connection.not_understood(malformed))?;
                    if self.is_batch_full()
                        && let Err(halt) = self.flush().await
                    {
                        scan.abandon(connection).await;
                        return Err(halt);
                    }
                }
                Event::Reference { urls, whole } => {
                    if whole || (follow && !urls.iter().all(|url| Referral::is_without_people(url))) {
                        referred.push(Reference { urls, whole });
                    } else if matches!(pass, Pass::Users(..) | Pass::Groups(_)) && !urls.iter().all(|url| Referral::is_without_people(url))
                    {
                        // Searches of names come across the same ones.
                        self.notes.referrals += 1;
                    }
                }
                Event::PageEnd => self.finish_groups(connection, &mut groups).await?,
            }
        }
        self.finish_groups(connection, &mut groups).await?;
        if let Pass::Users(decoder, _) | Pass::Groups(decoder) = pass {
            self.notes.not_text(&std::mem::take(&mut decoder.not_text));
        }
        Ok(())
    }
}
