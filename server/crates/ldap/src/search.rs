//! Searches over one connection: page by page, or many entries by name at once. Entries are lent from the receive buffer.

use crate::connection::Connection;
use crate::error::LdapError;
use crate::message::{self, Answer, DONE, ENTRY, EntryView, Message, REFERENCE, SearchRequest, With};
use crate::result_code::{REFERRAL, SIZE_LIMIT_EXCEEDED, SUCCESS};
use std::collections::HashMap;

/// A server may send empty pages with a cookie while it skips what an account may not see; it may not do so for ever.
const MOST_EMPTY_PAGES: u32 = 10_000;

/// What a search brings.
pub(crate) enum Event<'c> {
    Entry(EntryView<'c>),
    /// The search goes on elsewhere, at any one of these URLs; `whole`: nothing of it is here.
    Reference {
        urls: Vec<String>,
        whole: bool,
    },
    /// The connection is free for other operations until the next call, unless the search reads ahead.
    PageEnd,
}

/// One search, in pages (RFC 2696) when a page size is given.
pub(crate) struct Scan {
    request: SearchRequest,
    /// For error messages: `the search of users`.
    what: &'static str,
    page_size: u32,
    /// Ask for the next page as soon as the end of this one is in the buffer, before what lies before it is decoded.
    read_ahead: bool,
    /// What was found up to the size limit is enough.
    is_limited: bool,
    follow: bool,
    state: State,
    next_page: Option<i32>,
    entries_in_page: u32,
    empty_pages: u32,
}

enum State {
    /// The next request carries this cookie.
    Idle(Vec<u8>),
    Running(i32),
    Finished,
}

impl Scan {
    /// A search in pages; 0 asks without the paging control.
    pub(crate) fn new(request: SearchRequest, page_size: u32, what: &'static str) -> Self {
        Self {
            request,
            what,
            page_size,
            read_ahead: false,
            is_limited: false,
            follow: false,
            state: State::Idle(Vec::new()),
            next_page: None,
            entries_in_page: 0,
            empty_pages: 0,
        }
    }

    /// Keeps the server busy while entries are decoded. The connection is then not free at the end of a page.
    pub(crate) fn reading_ahead(mut self) -> Self {
        self.read_ahead = true;
        self
    }

    /// Reaching the size limit is no error.
    pub(crate) fn limited(mut self) -> Self {
        self.is_limited = true;
        self
    }

    /// A referral as the result is an event and not an error.
    pub(crate) fn following(mut self, follow: bool) -> Self {
        self.follow = follow;
        self
    }

    async fn request(&mut self, connection: &mut Connection, cookie: &[u8]) -> Result<i32, LdapError> {
        let with = if self.page_size > 0 { With::Pages(self.page_size, cookie) } else { With::Nothing };
        let is_first = cookie.is_empty();
        tracing::debug!(what = self.what, base = %self.request.base, page_size = self.page_size, is_first, "directory search");
        connection.send(|id| message::search(id, &self.request, with)).await
    }

    /// The next event; `None` when the search ended with success.
    pub(crate) async fn next<'c>(&mut self, connection: &'c mut Connection) -> Result<Option<Event<'c>>, LdapError> {
        loop {
            let id = match &mut self.state {
                State::Running(id) => *id,
                State::Finished => return Ok(None),
                State::Idle(cookie) => {
                    let cookie = std::mem::take(cookie);
                    let id = self.request(connection, &cookie).await?;
                    self.state = State::Running(id);
                    id
                }
            };
            let Some(range) = connection.take()? else {
                connection.fill().await?;
                if self.read_ahead && self.next_page.is_none() {
                    self.ask_ahead(connection, id).await?;
                }
                continue;
            };
            let parsed = Message::parse(connection.bytes(range.clone())).map(|m| (m.id, m.op));
            match connection.read(parsed)? {
                (found, ENTRY) if found == id => {
                    self.entries_in_page += 1;
                    return match Message::parse(connection.bytes(range)).and_then(|m| m.entry()) {
                        Ok(entry) => Ok(Some(Event::Entry(entry))),
                        Err(malformed) => Err(connection.not_understood(malformed)),
                    };
                }
                (found, REFERENCE) if found == id => {
                    let urls = Message::parse(connection.bytes(range)).and_then(|m| m.reference());
                    return connection.read(urls).map(|urls| Some(Event::Reference { urls, whole: false }));
                }
                (found, DONE) if found == id => {
                    let done = Message::parse(connection.bytes(range))
                        .and_then(|m| Ok((m.result()?, m.page_cookie()?.unwrap_or_default().to_vec())));
                    let (answer, cookie) = connection.read(done)?;
                    connection.ended(id);
                    return self.page_ended(connection, answer, cookie);
                }
                _ => return Err(connection.unexpected(range)),
            }
        }
    }

    fn page_ended<'c>(&mut self, connection: &mut Connection, answer: Answer, cookie: Vec<u8>) -> Result<Option<Event<'c>>, LdapError> {
        match answer.code {
            SUCCESS => {}
            SIZE_LIMIT_EXCEEDED if self.is_limited => {
                self.state = State::Finished;
                return Ok(None);
            }
            REFERRAL if self.follow => {
                self.state = State::Finished;
                return Ok(Some(Event::Reference { urls: answer.referral, whole: true }));
            }
            _ => return Err(refused(connection, self.what, &self.request.base, answer)),
        }
        self.empty_pages = if self.entries_in_page == 0 { self.empty_pages + 1 } else { 0 };
        self.entries_in_page = 0;
        self.state = match self.next_page.take() {
            Some(id) => State::Running(id),
            None if cookie.is_empty() || self.page_size == 0 => State::Finished,
            None => State::Idle(cookie),
        };
        if self.empty_pages > MOST_EMPTY_PAGES {
            return Err(LdapError::Protocol { server: connection.server().to_string(), reason: "empty pages without end" });
        }
        Ok(if matches!(self.state, State::Finished) { None } else { Some(Event::PageEnd) })
    }

    /// Asks for the next page if the end of this one has arrived.
    async fn ask_ahead(&mut self, connection: &mut Connection, id: i32) -> Result<(), LdapError> {
        let cookie = connection.peek_ahead(|message| {
            let is_end = message.op == DONE && message.id == id;
            let cookie = is_end.then(|| message.page_cookie().ok().flatten()).flatten()?;
            // A page that ended in an error is the last one, whatever its cookie says.
            let is_good = message.result().is_ok_and(|r| r.code == SUCCESS);
            (is_good && !cookie.is_empty()).then(|| cookie.to_vec())
        })?;
        if let Some(cookie) = cookie {
            self.next_page = Some(self.request(connection, &cookie).await?);
        }
        Ok(())
    }

    /// Stops in the middle.
    pub(crate) async fn abandon(self, connection: &mut Connection) {
        if let State::Running(id) = self.state {
            connection.abandon(self.next_page.unwrap_or(id)).await;
        }
    }
}

/// The error of a search that ended with something else than success.
pub(crate) fn refused(connection: &Connection, what: &str, base: &str, answer: Answer) -> LdapError {
    LdapError::Search { server: connection.server().to_string(), what: what.to_owned(), base: base.to_owned(), answer: Box::new(answer) }
}

/// What a look-up by name brings.
pub(crate) enum Lookup<'c> {
    /// The entry of this name.
    Entry(usize, EntryView<'c>),
    /// The look-up of this name is over.
    End(usize, Answer),
}

/// Reads entries by their names, several at once.
pub(crate) struct Lookups<'a> {
    names: &'a [String],
    request: SearchRequest,
    window: usize,
    next: usize,
    under_way: HashMap<i32, usize>,
}

impl<'a> Lookups<'a> {
    /// `request` is asked for each name as its base; at most `window` answers are waited for at once.
    pub(crate) fn new(names: &'a [String], request: SearchRequest, window: usize) -> Self {
        Self { names, request, window, next: 0, under_way: HashMap::with_capacity(window) }
    }

    /// The next event; `None` when every name was answered.
    pub(crate) async fn next<'c>(&mut self, connection: &'c mut Connection) -> Result<Option<Lookup<'c>>, LdapError> {
        loop {
            while self.under_way.len() < self.window
                && let Some(name) = self.names.get(self.next)
            {
                self.request.base.clone_from(name);
                let id = connection.send(|id| message::search(id, &self.request, With::Nothing)).await?;
                self.under_way.insert(id, self.next);
                self.next += 1;
            }
            if self.under_way.is_empty() {
                return Ok(None);
            }
            let Some(range) = connection.take()? else {
                connection.fill().await?;
                continue;
            };
            let parsed = Message::parse(connection.bytes(range.clone())).map(|m| (m.id, m.op));
            let (id, op) = connection.read(parsed)?;
            let Some(&at) = self.under_way.get(&id) else { return Err(connection.unexpected(range)) };
            match op {
                ENTRY => {
                    return match Message::parse(connection.bytes(range)).and_then(|m| m.entry()) {
                        Ok(entry) => Ok(Some(Lookup::Entry(at, entry))),
                        Err(malformed) => Err(connection.not_understood(malformed)),
                    };
                }
                // The base of a base-scope search is here or it is not; a continuation adds nothing.
                REFERENCE => {}
                DONE => {
                    let answer = Message::parse(connection.bytes(range)).and_then(|m| m.result());
                    let answer = connection.read(answer)?;
                    connection.ended(id);
                    self.under_way.remove(&id);
                    return Ok(Some(Lookup::End(at, answer)));
                }
                _ => return Err(connection.unexpected(range)),
            }
        }
    }
}
