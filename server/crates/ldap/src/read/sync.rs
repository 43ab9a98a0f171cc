//! Changes told by the server itself: LDAP Content Synchronization (RFC 4533), which OpenLDAP's overlay syncprov offers.
//!
//! A cookie is taken before anything is read, and a later cycle asks for what changed since. Of the names of entries that are there or are
//! gone nothing is made, since who is in scope is read for itself. Where the server cannot tell any more, or will not tell so much at
//! once, everybody is read.

use super::{Halt, Reading};
use crate::connection::Connection;
use crate::entry::Decoder;
use crate::filter::EncodedFilter;
use crate::message::{self, Answer, DONE, ENTRY, INTERMEDIATE, Message, REFERENCE, SearchRequest, With};
use crate::names::DnSet;
use crate::result_code::{
    ADMIN_LIMIT_EXCEEDED, INSUFFICIENT_ACCESS_RIGHTS, SIZE_LIMIT_EXCEEDED, SUCCESS, SYNC_REFRESH_REQUIRED, UNAVAILABLE_CRITICAL_EXTENSION,
    UNWILLING,
};
use crate::search::refused;
use crate::sync::{self, State};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::model::cycle::Watermark;

impl Reading<'_> {
    /// The cookie that stands for now. A search of the Base DN's own entry gets it, since it is about the server and not about entries.
    pub(super) async fn stand_in_sync(&mut self, connection: &mut Connection) -> Result<Option<Watermark>, Halt> {
        let mut request = Self::one(EncodedFilter::anything(), Vec::new());
        request.base = self.request.location.base_dn.trim().to_owned();
        let (answer, cookie) = self.synchronize(connection, request.clone(), b"", None).await?;
        let why = match (answer.code, cookie) {
            (SUCCESS, Some(cookie)) => {
                return Ok(Some(Watermark {
                    server: connection.server().to_string(),
                    life: String::new(),
                    value: STANDARD.encode(cookie),
                }));
            }
            (SUCCESS, None) => "it gave no cookie".to_owned(),
            // A server that does not know the control, or does not allow it. Everything else would stop any other search as well.
            (UNAVAILABLE_CRITICAL_EXTENSION | INSUFFICIENT_ACCESS_RIGHTS | UNWILLING, _) => answer.describe(),
            _ => return Err(refused(connection, "the request for synchronization", &request.base, answer).into()),
        };
        self.notes.no_changes = Some(format!(
            "Everybody is read in every cycle, because the directory does not offer LDAP Content Synchronization to the bind account: {why}. \
             In OpenLDAP it takes the overlay syncprov."
        ));
        Ok(None)
    }

    pub(super) fn follows_in_sync(&mut self, mark: &Watermark, now: &Watermark) -> bool {
        if mark.server != now.server {
            self.notes.not_followed = Some(format!("Everybody was read, because the last read came from another server, {}.", mark.server));
        }
        mark.server == now.server && STANDARD.decode(&mark.value).is_ok_and(|cookie| !cookie.is_empty())
    }

    /// Reads people of the set who changed since the cookie. Afterwards the read is full when the server could not tell them all:
    /// whoever is still missing in the set is then to be read.
    pub(super) async fn synchronized_users(
        &mut self,
        connection: &mut Connection,
        request: SearchRequest,
        decoder: Decoder,
        set: &mut DnSet,
    ) -> Result<(), Halt> {
        let cookie = self.request.since.and_then(|since| STANDARD.decode(&since.mark.value).ok()).unwrap_or_default();
        let base = request.base.clone();
        let (answer, cookie) = self.synchronize(connection, request, &cookie, Some((decoder, set))).await?;
        match answer.code {
            SUCCESS => {
                // Nothing happened where there is no new cookie; then the one of the beginning is as good.
                if let (Some(mark), Some(cookie)) = (&mut self.watermark, cookie) {
                    mark.value = STANDARD.encode(cookie);
                }
                return Ok(());
            }
            SYNC_REFRESH_REQUIRED | SIZE_LIMIT_EXCEEDED | ADMIN_LIMIT_EXCEEDED => {
                self.notes.not_followed =
                    Some(format!("Everybody was read, because the directory did not tell what changed: {}.", answer.describe()));
            }
            // OpenLDAP answers so to a cookie that is newer than all it has.
            UNWILLING => {
                self.doubt = Some(format!(
                    "The directory {} was restored since the last read and may have forgotten changes: {}. Everything was compared; removals \
                     wait for the next read.",
                    connection.server(),
                    answer.describe()
                ));
            }
            _ => return Err(refused(connection, "the synchronization of users", &base, answer).into()),
        }
        self.is_full = true;
        Ok(())
    }

    /// One synchronization: its result, and the newest cookie.
    async fn synchronize(
        &mut self,
        connection: &mut Connection,
        request: SearchRequest,
        cookie: &[u8],
        mut people: Option<(Decoder, &mut DnSet)>,
    ) -> Result<(Answer, Option<Vec<u8>>), Halt> {
        let id = connection.send(|id| message::search(id, &request, With::Sync(cookie))).await?;
        let mut newest = None;
        loop {
            let Some(range) = connection.take()? else {
                connection.fill().await?;
                continue;
            };
            let parsed = Message::parse(connection.bytes(range.clone())).map(|m| (m.id, m.op));
            match connection.read(parsed)? {
                (found, ENTRY) if found == id => {
                    let malformed = match &mut people {
                        Some((decoder, set)) => self.synchronized(connection.bytes(range), decoder, set),
                        None => Ok(()),
                    };
                    connection.read(malformed)?;
                    if self.is_batch_full()
                        && let Err(halt) = self.flush().await
                    {
                        connection.abandon(id).await;
                        return Err(halt);
                    }
                }
                (found, INTERMEDIATE) if found == id => {
                    let told = Message::parse(connection.bytes(range)).and_then(|m| Ok(sync::info(&m)?.map(<[u8]>::to_vec)));
                    newest = connection.read(told)?.or(newest);
                }
                // What is on another server is no part of this content.
                (found, REFERENCE) if found == id => {}
                (found, DONE) if found == id => {
                    let done = Message::parse(connection.bytes(range)).and_then(|m| Ok((m.result()?, sync::done(&m)?.map(<[u8]>::to_vec))));
                    let (answer, cookie) = connection.read(done)?;
                    connection.ended(id);
                    if let Some((decoder, _)) = &people {
                        self.notes.not_text(&decoder.not_text);
                    }
                    return Ok((answer, cookie.or(newest)));
                }
                _ => return Err(connection.unexpected(range).into()),
            }
        }
    }

    /// Takes one entry of a synchronization, if it is somebody in scope who changed.
    fn synchronized(&mut self, frame: &[u8], decoder: &mut Decoder, set: &mut DnSet) -> Result<(), crate::ber::Malformed> {
        let message = Message::parse(frame)?;
        if !matches!(sync::state(&message)?, Some(State::Changed)) {
            return Ok(());
        }
        let entry = message.entry()?;
        if set.find(entry.dn) {
            let found = decoder.decode(entry)?;
            self.user(found);
        }
        Ok(())
    }
}
