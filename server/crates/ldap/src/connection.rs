//! One connection: frames in, requests out. It knows message ids and time-outs, and nothing of what is asked.

use crate::ber::{Malformed, header};
use crate::error::LdapError;
use crate::message::{self, Answer, BIND_RESPONSE, EXTENDED_RESPONSE, Message, PolicyError};
use crate::meter;
use crate::resolve::Server;
use crate::result_code::{SUCCESS, describe};
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// No answer of a directory is larger: a group of a million members takes about 100 MB, and no server sends that in one piece.
const LARGEST_MESSAGE: usize = 128 * 1024 * 1024;
/// How much is asked of the socket at once.
const CHUNK: usize = 128 * 1024;

/// Plain or encrypted.
pub(crate) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    fn tcp(&self) -> &TcpStream {
        match self {
            Stream::Plain(tcp) => tcp,
            Stream::Tls(tls) => tls.get_ref().0,
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Stream::Tls(tls) => Pin::new(tls).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(tcp) => Pin::new(tcp).poll_write(cx, buf),
            Stream::Tls(tls) => Pin::new(tls).poll_write(cx, buf),
        }
    }
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Stream::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Stream::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}

/// What was received and not yet taken, in one piece. It grows with what really arrives, never with what a header claims.
#[derive(Debug, Default)]
struct Buffer {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Buffer {
    /// Room to read into.
    fn room(&mut self) -> &mut [u8] {
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.bytes.len() - self.end < CHUNK / 2 {
            let larger = (self.end * 2).min(self.claimed() + CHUNK).max(self.end + CHUNK);
            self.bytes.reserve_exact(larger - self.bytes.len());
            self.bytes.resize(larger, 0);
        } else if self.end == 0 && self.bytes.len() > 4 * CHUNK {
            // One large group must not keep its memory for the rest of the read.
            self.bytes = vec![0; CHUNK];
        }
        &mut self.bytes[self.end..]
    }

    /// How long the first message says it is, head and all: it needs no more room than that.
    fn claimed(&self) -> usize {
        header(&self.bytes[self.start..self.end]).ok().flatten().map_or(0, |(head, length)| head.saturating_add(length))
    }

    /// Where the first whole message at or after `from` lies.
    fn message_at(&self, from: usize) -> Result<Option<Range<usize>>, Malformed> {
        let Some((head, length)) = header(&self.bytes[from..self.end])? else { return Ok(None) };
        if self.bytes[from] != crate::ber::SEQUENCE {
            return Err(Malformed("it does not begin like an LDAP message"));
        }
        let total = head + length;
        if total > LARGEST_MESSAGE {
            return Err(Malformed("a message of more than 128 MB"));
        }
        Ok((self.end - from >= total).then(|| from..from + total))
    }
}

/// A connection to one server, bound or on its way to be.
pub(crate) struct Connection {
    stream: Stream,
    buffer: Buffer,
    /// How far `peek_ahead` has looked.
    looked: usize,
    next_id: i32,
    /// Operations begun and not ended: message id, what it is, since when.
    open: Vec<(i32, &'static str, Instant)>,
    broken: bool,
    server: Server,
    read_timeout: Duration,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Connection({})", self.server)
    }
}

impl Connection {
    pub(crate) fn new(stream: Stream, server: Server, read_timeout: Duration) -> Self {
        Self { stream, buffer: Buffer::default(), looked: 0, next_id: 1, open: Vec::new(), broken: false, server, read_timeout }
    }

    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    /// Whether it may serve another operation: nothing is under way and the server has neither closed it nor said anything unasked.
    pub(crate) fn is_reusable(&self) -> bool {
        if self.broken || !self.open.is_empty() || self.buffer.start != self.buffer.end {
            return false;
        }
        let mut byte = [0; 1];
        let mut buf = ReadBuf::new(&mut byte);
        let mut cx = Context::from_waker(std::task::Waker::noop());
        self.stream.tcp().poll_peek(&mut cx, &mut buf).is_pending()
    }

    fn malformed(&mut self, malformed: Malformed) -> LdapError {
        self.broken = true;
        meter::failed("malformed");
        self.not_understood(malformed)
    }

    /// The error for a message that is not understood. The operation it belongs to never ends, so the connection is not used again.
    pub(crate) fn not_understood(&self, malformed: Malformed) -> LdapError {
        LdapError::Protocol { server: self.server.to_string(), reason: malformed.0 }
    }

    fn closed(&mut self, source: Option<io::Error>) -> LdapError {
        self.broken = true;
        meter::failed("closed");
        LdapError::Closed { server: self.server.to_string(), notice: None, source }
    }

    fn timed_out(&mut self) -> LdapError {
        self.broken = true;
        meter::failed("timeout");
        let ms = u32::try_from(self.read_timeout.as_millis()).unwrap_or(u32::MAX);
        LdapError::ReadTimeout { server: self.server.to_string(), ms }
    }

    /// Sends a request made with a fresh message id, and returns that id.
    pub(crate) async fn send(&mut self, request: impl FnOnce(i32) -> Vec<u8>) -> Result<i32, LdapError> {
        let id = self.next_id;
        self.next_id = if id == i32::MAX { 1 } else { id + 1 };
        let bytes = request(id);
        // Cancelled in the middle of a write, the connection is of no more use.
        let was_broken = std::mem::replace(&mut self.broken, true);
        let timeout = self.read_timeout;
        let sent = tokio::time::timeout(timeout, async {
            self.stream.write_all(&bytes).await?;
            self.stream.flush().await
        });
        match sent.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(self.closed(Some(error))),
            Err(_) => return Err(self.timed_out()),
        }
        self.broken = was_broken;
        self.open.push((id, meter::operation(&bytes), Instant::now()));
        Ok(id)
    }

    /// The operation of this message id has ended.
    pub(crate) fn ended(&mut self, id: i32) {
        if let Some(at) = self.open.iter().position(|(open, ..)| *open == id) {
            let (_, operation, since) = self.open.swap_remove(at);
            meter::took(operation, since.elapsed());
        }
    }

    /// Takes the next whole message out of the buffer, if there is one.
    pub(crate) fn take(&mut self) -> Result<Option<Range<usize>>, LdapError> {
        match self.buffer.message_at(self.buffer.start) {
            Ok(Some(range)) => {
                self.buffer.start = range.end;
                self.looked = self.looked.max(range.end);
                Ok(Some(range))
            }
            Ok(None) => Ok(None),
            Err(malformed) => Err(self.malformed(malformed)),
        }
    }

    /// The bytes of a message that was just taken; valid until the next [`Connection::fill`].
    pub(crate) fn bytes(&self, range: Range<usize>) -> &[u8] {
        &self.buffer.bytes[range]
    }

    /// Looks at messages that were not yet taken, each once: the first one for which `wanted` gives something.
    pub(crate) fn peek_ahead<T>(&mut self, wanted: impl Fn(&Message<'_>) -> Option<T>) -> Result<Option<T>, LdapError> {
        loop {
            let range = match self.buffer.message_at(self.looked) {
                Ok(Some(range)) => range,
                Ok(None) => return Ok(None),
                Err(malformed) => return Err(self.malformed(malformed)),
            };
            self.looked = range.end;
            match Message::parse(&self.buffer.bytes[range]) {
                Ok(message) => {
                    if let Some(found) = wanted(&message) {
                        return Ok(Some(found));
                    }
                }
                Err(malformed) => return Err(self.malformed(malformed)),
            }
        }
    }

    /// Waits for more bytes.
    pub(crate) async fn fill(&mut self) -> Result<(), LdapError> {
        self.looked -= self.buffer.start;
        let timeout = self.read_timeout;
        let room = self.buffer.room();
        match tokio::time::timeout(timeout, self.stream.read(room)).await {
            Ok(Ok(0)) => Err(self.closed(None)),
            Ok(Ok(count)) => {
                self.buffer.end += count;
                Ok(())
            }
            Ok(Err(error)) => Err(self.closed(Some(error))),
            Err(_) => Err(self.timed_out()),
        }
    }

    /// Turns what could not be read into an error of this connection.
    pub(crate) fn read<T>(&mut self, read: Result<T, Malformed>) -> Result<T, LdapError> {
        read.map_err(|malformed| self.malformed(malformed))
    }

    /// A message that belongs to no operation of ours: the server says goodbye (RFC 4511 section 4.4.1), or is not understood.
    pub(crate) fn unexpected(&mut self, range: Range<usize>) -> LdapError {
        let notice = match Message::parse(&self.buffer.bytes[range]) {
            Ok(message) if message.id == 0 && message.op == EXTENDED_RESPONSE => message.result().ok(),
            _ => None,
        };
        self.broken = true;
        match notice {
            Some(answer) => LdapError::Closed { server: self.server.to_string(), notice: Some(describe(&answer)), source: None },
            None => LdapError::Protocol { server: self.server.to_string(), reason: "an answer to nothing that was asked" },
        }
    }

    /// Waits for the one answer to an operation.
    async fn answer(&mut self, id: i32, op: u8) -> Result<(Answer, Option<PolicyError>), LdapError> {
        loop {
            let Some(range) = self.take()? else {
                self.fill().await?;
                continue;
            };
            let parsed = Message::parse(self.bytes(range.clone())).and_then(|message| {
                let ours = message.id == id && message.op == op;
                if ours { Ok(Some((message.result()?, message.policy()?))) } else { Ok(None) }
            });
            return match self.read(parsed)? {
                Some(answer) => {
                    self.ended(id);
                    Ok(answer)
                }
                None => Err(self.unexpected(range)),
            };
        }
    }

    /// Simple bind; empty name and password bind anonymously.
    pub(crate) async fn bind(&mut self, name: &str, password: &str) -> Result<(), LdapError> {
        let id = self.send(|id| message::bind(id, name, password)).await?;
        let (answer, _) = self.answer(id, BIND_RESPONSE).await?;
        if answer.code == SUCCESS { Ok(()) } else { Err(self.refused(name, answer)) }
    }

    /// Simple bind whose refusal is an answer and no error, with what a password policy has against it.
    pub(crate) async fn try_bind(&mut self, name: &str, password: &str) -> Result<(Answer, Option<PolicyError>), LdapError> {
        let id = self.send(|id| message::bind_asking_policy(id, name, password)).await?;
        self.answer(id, BIND_RESPONSE).await
    }

    /// The error of a bind that was refused.
    pub(crate) fn refused(&self, name: &str, answer: Answer) -> LdapError {
        let anonymous = name.is_empty();
        let who = if anonymous { "without a name".to_owned() } else { format!("as ‘{name}’") };
        LdapError::Bind { server: self.server.to_string(), who, anonymous, answer: Box::new(answer) }
    }

    /// Asks for StartTLS and hands out the bare stream for the handshake.
    pub(crate) async fn start_tls(mut self) -> Result<TcpStream, LdapError> {
        let id = self.send(message::start_tls).await?;
        let (answer, _) = self.answer(id, EXTENDED_RESPONSE).await?;
        if answer.code != SUCCESS {
            return Err(LdapError::StartTls { server: self.server.to_string(), answer: Box::new(answer) });
        }
        // Bytes behind the answer were sent in plain text; taken over, they would be believed as if they had been encrypted.
        if self.buffer.start != self.buffer.end {
            return Err(self.malformed(Malformed("plain text after StartTLS was agreed on")));
        }
        match self.stream {
            Stream::Plain(tcp) => Ok(tcp),
            Stream::Tls(_) => Err(LdapError::Protocol { server: self.server.to_string(), reason: "StartTLS inside TLS" }),
        }
    }

    /// Says goodbye, as a server likes it, without waiting.
    pub(crate) async fn unbind(mut self) {
        if !self.broken {
            let _ = self.send(message::unbind).await;
            let _ = self.stream.shutdown().await;
        }
    }

    /// Asks the server to stop an operation; it is not answered, so the connection is not used again.
    pub(crate) async fn abandon(&mut self, id: i32) {
        if !self.broken {
            let _ = self.send(|new| message::abandon(new, id)).await;
        }
        self.broken = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A large group comes in many pieces: it is held once, and not with as much room again.
    #[test]
    fn a_large_message_takes_no_more_room_than_it_needs() {
        const LENGTH: usize = 5 << 20;
        let mut message = vec![crate::ber::SEQUENCE, 0x84];
        message.extend((LENGTH as u32).to_be_bytes());
        message.resize(message.len() + LENGTH, 0);
        let mut buffer = Buffer::default();
        let mut left = message.as_slice();
        while !left.is_empty() {
            let room = buffer.room();
            let count = room.len().min(left.len());
            room[..count].copy_from_slice(&left[..count]);
            buffer.end += count;
            left = &left[count..];
        }
        assert_eq!(buffer.message_at(0).unwrap(), Some(0..message.len()));
        assert!(buffer.bytes.capacity() <= message.len() + CHUNK, "{}", buffer.bytes.capacity());
    }
}
