//! One connection: bind, search page by page, and a plain refusal of everything else.

use std::collections::HashMap;

use domain::text::dn;
use futures::{SinkExt, StreamExt};
use rasn::prelude::*;
use rasn_ldap::{
    AddResponse, AuthenticationChoice, BindRequest, BindResponse, CompareRequest, CompareResponse, Control, DelResponse, ExtendedRequest,
    ExtendedResponse, LdapMessage, LdapResult, ModifyDnResponse, ModifyResponse, ProtocolOp, ResultCode, SearchRequest, SearchRequestScope,
    SearchResultDone, SearchResultReference,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::codec::Framed;

use super::MAX_PAGE_SIZE;
use super::codec::{Codec, CodecError};
use super::entry::{Id, Kind};
use super::fault::{Counters, Fault, SearchFailure};
use super::filter::Matcher;
use super::guid::Guid;
use super::model::{Directory, guid_in_name};
use super::root_dse::{DOMAIN_SCOPE, PAGED_RESULTS, START_TLS, WHO_AM_I, root_dse};
use super::search::Scope;
use super::selection::Selection;
use super::server::Context;

/// Entries made while the directory is held; between two lots others may change it.
const LOT: usize = 64;
/// Searches left half read that a connection may have; the oldest is forgotten (`MaxResultSetsPerConn`).
const MOST_UNFINISHED: usize = 10;
/// Notice of Disconnection (RFC 4511 section 4.4.1).
const DISCONNECTION: &str = "1.3.6.1.4.1.1466.20036";

/// The value of the paged results control (RFC 2696 section 2).
#[derive(AsnType, Encode, Decode, Debug, Clone)]
struct PageControl {
    size: i64,
    cookie: OctetString,
}

/// A connection's state.
pub(super) struct Session {
    context: Context,
    /// Who is bound; `None` is anonymous.
    bound: Option<Guid>,
    unfinished: HashMap<u64, Found>,
    next_cookie: u64,
}

/// The result of a search, to be sent in pages.
struct Found {
    ids: Vec<Id>,
    /// How many of them were dealt with.
    at: usize,
    /// How many of them were sent; fewer when some were deleted meanwhile.
    sent: u64,
}

/// How a search ends, with the continuation references that come before it.
struct Ending {
    result: LdapResult,
    cookie: Option<u64>,
    references: Vec<String>,
}

/// The connection is to be closed.
struct Close;

impl From<CodecError> for Close {
    fn from(error: CodecError) -> Self {
        tracing::debug!(%error, "an answer could not be sent");
        Self
    }
}

impl Session {
    pub fn new(context: Context) -> Self {
        Self { context, bound: None, unfinished: HashMap::new(), next_cookie: 1 }
    }

    /// Serves until the client leaves or the server ends.
    pub async fn run<S: AsyncRead + AsyncWrite + Unpin>(mut self, stream: S) {
        let ended = self.context.ended.clone();
        ended.run_until_cancelled(self.serve(Framed::new(stream, Codec))).await;
    }

    async fn serve<S: AsyncRead + AsyncWrite + Unpin>(&mut self, mut wire: Framed<S, Codec>) {
        while let Some(request) = wire.next().await {
            let message = match request {
                Ok(message) => message,
                Err(error) => {
                    tracing::debug!(%error, "closing a connection to the sample directory");
                    let notice =
                        extended(LdapResult::new(ResultCode::ProtocolError, "".into(), error.to_string().into()), Some(DISCONNECTION));
                    // The client may be gone already; there is nobody else to tell.
                    wire.send(LdapMessage::new(0, notice)).await.ok();
                    return;
                }
            };
            if self.context.faults.has(Fault::RefuseConnections) || self.answer(&mut wire, message).await.is_err() {
                return;
            }
        }
    }

    async fn answer<S: AsyncRead + AsyncWrite + Unpin>(&mut self, wire: &mut Framed<S, Codec>, message: LdapMessage) -> Result<(), Close> {
        let counters = self.context.counters.clone();
        Counters::add(
            match &message.protocol_op {
                ProtocolOp::BindRequest(_) => &counters.binds,
                ProtocolOp::SearchRequest(_) => &counters.searches,
                _ => &counters.others,
            },
            1,
        );
        if let Some(delay) = self.context.faults.find(|fault| if let Fault::Delay(delay) = fault { Some(*delay) } else { None }) {
            tokio::time::sleep(delay).await;
        }
        let read_only = || result(ResultCode::UnwillingToPerform, "The sample directory is changed on its own page, not by LDAP.");
        let reply = match message.protocol_op {
            ProtocolOp::UnbindRequest(_) => return Err(Close),
            // Requests are served one after the other, so what is abandoned is answered already.
            ProtocolOp::AbandonRequest(_) => return Ok(()),
            ProtocolOp::SearchRequest(search) => {
                return self.search(wire, message.message_id, search, message.controls.unwrap_or_default()).await;
            }
            ProtocolOp::BindRequest(bind) => ProtocolOp::BindResponse(self.bind(bind)),
            ProtocolOp::CompareRequest(compare) => ProtocolOp::CompareResponse(CompareResponse(self.compare(compare))),
            ProtocolOp::ExtendedReq(request) => self.extended(request),
            ProtocolOp::ModifyRequest(_) => ProtocolOp::ModifyResponse(ModifyResponse(read_only())),
            ProtocolOp::AddRequest(_) => ProtocolOp::AddResponse(AddResponse(read_only())),
            ProtocolOp::DelRequest(_) => ProtocolOp::DelResponse(DelResponse(read_only())),
            ProtocolOp::ModDnRequest(_) => ProtocolOp::ModDnResponse(ModifyDnResponse(read_only())),
            // Answers are for servers to send.
            _ => return Err(Close),
        };
        Ok(wire.send(LdapMessage::new(message.message_id, reply)).await?)
    }

    fn bind(&mut self, bind: BindRequest) -> BindResponse {
        // A bind begins as anonymous, whatever comes of it (RFC 4511 section 4.2.1).
        self.bound = None;
        let result = match bind.authentication {
            _ if bind.version != 3 => result(ResultCode::ProtocolError, "Only LDAP version 3 is spoken here."),
            AuthenticationChoice::Simple(password) => {
                let outcome = self.context.directory.read(|directory| authenticate(directory, &bind.name, &password));
                outcome.map_or_else(
                    |refusal| refusal,
                    |bound| {
                        self.bound = bound;
                        result(ResultCode::Success, "")
                    },
                )
            }
            _ => result(ResultCode::AuthMethodNotSupported, "The sample directory knows simple binds only."),
        };
        BindResponse::new(result.result_code, result.matched_dn, result.diagnostic_message, None, None)
    }

    fn extended(&self, request: ExtendedRequest) -> ProtocolOp {
        if request.request_name == START_TLS.as_bytes() {
            // As a domain controller without a certificate.
            let text = "00000000: LdapErr: DSID-0C090E17, comment: Error initializing SSL/TLS, data 0, v4563";
            return extended(result(ResultCode::Unavailable, text), Some(START_TLS));
        }
        if request.request_name == WHO_AM_I.as_bytes() {
            let login = self.bound.and_then(|guid| {
                self.context.directory.read(|directory| directory.entry(&guid.as_name()).and_then(|entry| entry.value("sAMAccountName")))
            });
            let mut reply = blank_extended(result(ResultCode::Success, ""));
            reply.response_value = Some(login.map(|login| format!("u:CANAL\\{login}")).unwrap_or_default().into_bytes().into());
            return ProtocolOp::ExtendedResp(reply);
        }
        let text = "0000203D: LdapErr: DSID-0C090E06, comment: Unknown extended request OID, data 0, v4563";
        extended(result(ResultCode::ProtocolError, text), None)
    }

    fn compare(&self, compare: CompareRequest) -> LdapResult {
        if self.bound.is_none() {
            return not_bound();
        }
        self.context
            .directory
            .read(|directory| {
                let id = locate(directory, &compare.entry)?;
                let matcher = Matcher::of(&rasn_ldap::Filter::EqualityMatch(compare.ava.clone()), directory);
                let present = Matcher::of(&rasn_ldap::Filter::Present(compare.ava.attribute_desc), directory);
                Ok(match (matcher.matches(directory, id), present.matches(directory, id)) {
                    (Some(true), _) => result(ResultCode::CompareTrue, ""),
                    (Some(false), Some(true)) => result(ResultCode::CompareFalse, ""),
                    _ => result(ResultCode::NoSuchAttribute, ""),
                })
            })
            .unwrap_or_else(|refusal| refusal)
    }

    async fn search<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        wire: &mut Framed<S, Codec>,
        message_id: u32,
        search: SearchRequest,
        controls: Vec<Control>,
    ) -> Result<(), Close> {
        let selection = Selection::of(&search.attributes, search.types_only);
        if search.base_object.trim().is_empty() && search.scope == SearchRequestScope::BaseObject {
            let entry = self.context.directory.read(|directory| root_dse(directory, &selection));
            wire.feed(LdapMessage::new(message_id, ProtocolOp::SearchResEntry(entry))).await?;
            return Ok(wire.send(done(message_id, result(ResultCode::Success, ""), None)).await?);
        }
        let page = match page_control(&controls) {
            Ok(page) => page,
            Err(refusal) => return Ok(wire.send(done(message_id, refusal, None)).await?),
        };
        let ending = match self.begin(&search, page.as_ref()) {
            Ok(found) => self.send(wire, message_id, &search, &selection, &controls, page.as_ref(), found).await?,
            Err(refusal) => Ending { result: refusal, cookie: None, references: Vec::new() },
        };
        if !ending.references.is_empty() {
            let references = ending.references.into_iter().map(Into::into);
            for reference in references {
                wire.feed(LdapMessage::new(message_id, ProtocolOp::SearchResRef(SearchResultReference(vec![reference])))).await?;
            }
        }
        let cookie = page.is_some().then(|| ending.cookie.map(|cookie| cookie.to_be_bytes().to_vec()).unwrap_or_default());
        Ok(wire.send(done(message_id, ending.result, cookie)).await?)
    }

    /// What is to be sent: the rest of an earlier search, or the result of a new one.
    fn begin(&mut self, search: &SearchRequest, page: Option<&PageControl>) -> Result<Found, LdapResult> {
        if self.bound.is_none() {
            return Err(not_bound());
        }
        if self.context.faults.has(Fault::InsufficientRights) {
            let text = "00002098: SecErr: DSID-03150F94, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0";
            return Err(result(ResultCode::InsufficientAccessRights, text));
        }
        if let Some(page) = page.filter(|page| !page.cookie.is_empty()) {
            let key = <[u8; 8]>::try_from(&page.cookie[..]).ok().map(u64::from_be_bytes);
            let found = key.and_then(|key| self.unfinished.remove(&key)).filter(|_| !self.context.faults.has(Fault::RefuseCookie));
            let text = "00000057: LdapErr: DSID-0C090A2F, comment: Error processing control, data 0, v4563";
            return found.ok_or_else(|| result(ResultCode::UnwillingToPerform, text));
        }
        self.context.directory.read(|directory| {
            let base = locate(directory, &search.base_object)?;
            let scope = match search.scope {
                SearchRequestScope::BaseObject => Scope::Base,
                SearchRequestScope::SingleLevel => Scope::One,
                _ => Scope::Subtree,
            };
            let ids = if self.context.faults.has(Fault::EmptySearches) {
                Vec::new()
            } else {
                directory.search(base, scope, &Matcher::of(&search.filter, directory))
            };
            Ok(Found { ids, at: 0, sent: 0 })
        })
    }

    /// Sends entries up to the end of the page, or of what may be sent.
    #[expect(clippy::too_many_arguments, reason = "the parts of one request, used in this one place")]
    async fn send<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        wire: &mut Framed<S, Codec>,
        message_id: u32,
        search: &SearchRequest,
        selection: &Selection,
        controls: &[Control],
        page: Option<&PageControl>,
        mut found: Found,
    ) -> Result<Ending, Close> {
        let context = self.context.clone();
        let end = |result, cookie| Ending { result, cookie, references: Vec::new() };
        let mut room = match page {
            // A page of nothing gives the search up (RFC 2696 section 3).
            Some(page) if page.size <= 0 && !page.cookie.is_empty() => return Ok(end(result(ResultCode::Success, ""), None)),
            Some(page) => usize::try_from(page.size).ok().filter(|size| *size > 0).map_or(MAX_PAGE_SIZE, |size| size.min(MAX_PAGE_SIZE)),
            None => MAX_PAGE_SIZE,
        };
        let most = if search.size_limit == 0 { u64::MAX } else { u64::from(search.size_limit) };
        let (mut drop_after, mut fail_after) = (None, None);
        context.faults.find(|fault| -> Option<()> {
            match fault {
                Fault::DropAfter { entries } => drop_after = Some(*entries),
                Fault::FailSearch { with, after_entries } => fail_after = Some((*with, *after_entries)),
                _ => {}
            }
            None
        });
        loop {
            if drop_after.is_some_and(|entries| found.sent >= entries) {
                wire.flush().await?;
                return Err(Close);
            }
            if let Some((with, _)) = fail_after.filter(|(_, entries)| found.sent >= *entries) {
                return Ok(end(failure(with), None));
            }
            if found.at == found.ids.len() {
                return Ok(Ending { references: self.references(search, controls), ..end(result(ResultCode::Success, ""), None) });
            }
            if found.sent >= most {
                return Ok(end(result(ResultCode::SizeLimitExceeded, ""), None));
            }
            if room == 0 {
                return Ok(match page {
                    Some(_) => end(result(ResultCode::Success, ""), Some(self.keep(found))),
                    None => end(result(ResultCode::SizeLimitExceeded, ""), None),
                });
            }
            let limits = [Some(most), drop_after, fail_after.map(|(_, entries)| entries)];
            let allowed = limits.into_iter().flatten().map(|limit| limit - found.sent).min().unwrap_or(u64::MAX);
            let lot = LOT.min(room).min(usize::try_from(allowed).unwrap_or(usize::MAX));
            let until = found.ids.len().min(found.at + lot);
            let entries = context.directory.read(|directory| {
                let living = found.ids[found.at..until].iter().filter(|id| directory.entry_at(**id).is_some());
                living.map(|id| selection.entry(directory, *id)).collect::<Vec<_>>()
            });
            found.at = until;
            room -= entries.len();
            for entry in entries {
                let Ok(entry) = entry else {
                    let text = "00002121: DSID-03150D8F, problem 0 (Range error), data 0";
                    return Ok(end(result(ResultCode::OperationsError, text), None));
                };
                wire.feed(LdapMessage::new(message_id, ProtocolOp::SearchResEntry(entry))).await?;
                found.sent += 1;
                Counters::add(&context.counters.entries, 1);
            }
        }
    }

    /// Keeps the rest of a search for its next page.
    fn keep(&mut self, found: Found) -> u64 {
        if self.unfinished.len() >= MOST_UNFINISHED
            && let Some(oldest) = self.unfinished.keys().min().copied()
        {
            self.unfinished.remove(&oldest);
        }
        let cookie = self.next_cookie;
        self.next_cookie += 1;
        self.unfinished.insert(cookie, found);
        cookie
    }

    /// Where a search of the whole domain goes on: in partitions that are below it by name (MS-ADTS 3.1.1.3.1.3.1).
    fn references(&self, search: &SearchRequest, controls: &[Control]) -> Vec<String> {
        let unwanted = controls.iter().any(|control| control.control_type == DOMAIN_SCOPE.as_bytes());
        if unwanted || search.scope != SearchRequestScope::WholeSubtree {
            return Vec::new();
        }
        self.context.directory.read(|directory| match locate(directory, &search.base_object) {
            Ok(base) if directory.at(base).kind == Kind::Domain => {
                let (base, host) = (directory.base_dn(), super::attribute::dns_name(&directory.base_dn()));
                ["ForestDnsZones", "DomainDnsZones"]
                    .iter()
                    .map(|zone| format!("ldap://{zone}.{host}/DC={zone},{base}"))
                    .chain([format!("ldap://{host}/CN=Configuration,{base}")])
                    .collect()
            }
            _ => Vec::new(),
        })
    }
}

/// Who a name and password are; `None` is anonymous.
fn authenticate(directory: &Directory, name: &str, password: &[u8]) -> Result<Option<Guid>, LdapResult> {
    let refuse = |data: &str| {
        Err(result(
            ResultCode::InvalidCredentials,
            &format!("80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data {data}, v4563"),
        ))
    };
    if name.trim().is_empty() && password.is_empty() {
        return Ok(None);
    }
    if password.is_empty() {
        // Unauthenticated binds look like success to careless clients (RFC 4513 section 6.3.1).
        return Err(result(ResultCode::UnwillingToPerform, "A name without a password is refused: the password is empty."));
    }
    let Some(account) = account(directory, name).and_then(|id| directory.entry_at(id)).filter(|entry| entry.kind.is_account()) else {
        return refuse("525");
    };
    let is_right = account.password.as_deref().map(str::as_bytes) == Some(password);
    match super::account::refusal(account, is_right, directory.now()) {
        Some(data) => refuse(data),
        None => Ok(Some(account.guid)),
    }
}

/// The account of a distinguished name, `DOMAIN\login`, user principal name, mail address or login.
fn account(directory: &Directory, name: &str) -> Option<Id> {
    let name = name.trim();
    if let Some((_, login)) = name.split_once('\\').filter(|_| !name.contains('=')) {
        return directory.login_of(login);
    }
    if name.contains('=') {
        return directory.resolve(name).ok();
    }
    let lower = name.to_lowercase();
    let has = |id: &Id, attribute: &str| directory.at(*id).stored(attribute).any(|text| text.to_lowercase() == lower);
    directory
        .login_of(name)
        .or_else(|| directory.ids().find(|id| has(id, "userPrincipalName")))
        .or_else(|| directory.ids().find(|id| has(id, "mail")))
}

/// The entry of a name, or the refusal of the search.
fn locate(directory: &Directory, name: &str) -> Result<Id, LdapResult> {
    let missing = |nearest: String| {
        let text = format!("0000208D: NameErr: DSID-0310028D, problem 2001 (NO_OBJECT), data 0, best match of:\n\t'{nearest}'\n");
        LdapResult::new(ResultCode::NoSuchObject, nearest.into(), text.into())
    };
    if let Some(guid) = guid_in_name(name) {
        return guid.and_then(|guid| directory.guid_of(&guid)).ok_or_else(|| missing(String::new()));
    }
    if name.trim().is_empty() {
        return Err(missing(String::new()));
    }
    let canonical = dn::canonical(name).map_err(|_| {
        result(ResultCode::InvalidDnSyntax, "0000208F: NameErr: DSID-03100233, problem 2006 (BAD_NAME), data 8350, best match of:\n")
    })?;
    directory.locate(&canonical).map_err(|nearest| missing(nearest.map(|id| directory.dn(id)).unwrap_or_default()))
}

/// The paged results control, if it is there; refuses critical controls that are not known.
fn page_control(controls: &[Control]) -> Result<Option<PageControl>, LdapResult> {
    let unknown = controls
        .iter()
        .find(|control| control.criticality && ![PAGED_RESULTS, DOMAIN_SCOPE].iter().any(|known| control.control_type == known.as_bytes()));
    if unknown.is_some() {
        let text = "00000057: LdapErr: DSID-0C090B2F, comment: Error processing control, data 0, v4563";
        return Err(result(ResultCode::UnavailableCriticalExtension, text));
    }
    let Some(control) = controls.iter().find(|control| control.control_type == PAGED_RESULTS.as_bytes()) else {
        return Ok(None);
    };
    let value = control.control_value.as_deref().and_then(|value| rasn::ber::decode(value).ok());
    value.map(Some).ok_or_else(|| result(ResultCode::ProtocolError, "The value of the paged results control cannot be read."))
}

fn done(message_id: u32, result: LdapResult, cookie: Option<Vec<u8>>) -> LdapMessage {
    let mut message = LdapMessage::new(message_id, ProtocolOp::SearchResDone(SearchResultDone(result)));
    let value = cookie.and_then(|cookie| rasn::ber::encode(&PageControl { size: 0, cookie: cookie.into() }).ok());
    message.controls = value.map(|value| vec![Control::new(PAGED_RESULTS.as_bytes().into(), false, Some(value.into()))]);
    message
}

fn failure(with: SearchFailure) -> LdapResult {
    let (code, text) = match with {
        SearchFailure::OperationsError => {
            (ResultCode::OperationsError, "000020EF: SvcErr: DSID-0314090B, problem 5012 (DIR_ERROR), data 8")
        }
        SearchFailure::TimeLimitExceeded => (ResultCode::TimeLimitExceeded, ""),
        SearchFailure::SizeLimitExceeded => (ResultCode::SizeLimitExceeded, ""),
        SearchFailure::AdminLimitExceeded => {
            (ResultCode::AdminLimitExceeded, "00002024: SvcErr: DSID-02050CEA, problem 5008 (ADMIN_LIMIT_EXCEEDED), data -1102")
        }
        SearchFailure::Busy => (ResultCode::Busy, "00002094: SvcErr: DSID-02080490, problem 5001 (BUSY), data 0"),
        SearchFailure::Unavailable => (ResultCode::Unavailable, "000020D7: SvcErr: DSID-0315024A, problem 5002 (UNAVAILABLE), data 0"),
    };
    result(code, text)
}

fn not_bound() -> LdapResult {
    result(
        ResultCode::OperationsError,
        "000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind must be completed on the connection., data 0, v4563",
    )
}

fn result(code: ResultCode, text: &str) -> LdapResult {
    LdapResult::new(code, "".into(), text.into())
}

fn blank_extended(result: LdapResult) -> ExtendedResponse {
    ExtendedResponse {
        result_code: result.result_code,
        matched_dn: result.matched_dn,
        diagnostic_message: result.diagnostic_message,
        referral: None,
        response_name: None,
        response_value: None,
    }
}

fn extended(result: LdapResult, name: Option<&'static str>) -> ProtocolOp {
    let mut reply = blank_extended(result);
    reply.response_name = name.map(|name| name.as_bytes().into());
    ProtocolOp::ExtendedResp(reply)
}
