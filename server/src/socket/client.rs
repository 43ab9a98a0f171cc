//! The command line's end of the socket: one request, one connection.

use super::{Sentence, path};
use anyhow::{Context, Result, anyhow, bail};
use http::{Method, Request, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io;
use std::path::{Path, PathBuf};
use tokio::net::UnixStream;

/// The socket of a data directory.
pub struct Client {
    data_dir: PathBuf,
}

impl Client {
    /// For the server on this data directory.
    pub fn new(data_dir: &Path) -> Self {
        Self { data_dir: data_dir.to_owned() }
    }

    /// Whether a server answers there.
    pub async fn is_running(&self) -> Result<bool> {
        Ok(self.connect().await?.is_some())
    }

    /// Reads something.
    pub async fn get<T: DeserializeOwned>(&self, what: &str) -> Result<T> {
        self.ask(Method::GET, what, Bytes::new()).await
    }

    /// Tells something.
    pub async fn post<T: DeserializeOwned>(&self, what: &str, body: &impl Serialize) -> Result<T> {
        self.ask(Method::POST, what, serde_json::to_vec(body)?.into()).await
    }

    async fn connect(&self) -> Result<Option<UnixStream>> {
        let path = path(&self.data_dir);
        match UnixStream::connect(&path).await {
            Ok(stream) => Ok(Some(stream)),
            // Not there, or left behind by a process that is gone.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                bail!("{} may not be used by this user: run the command as the user that runs the server", path.display())
            }
            Err(error) => Err(error).with_context(|| format!("{} cannot be reached", path.display())),
        }
    }

    async fn ask<T: DeserializeOwned>(&self, method: Method, what: &str, body: Bytes) -> Result<T> {
        let stream = self.connect().await?.ok_or_else(|| {
            anyhow!(
                "no server is running on {}; start it with ‘towpath serve’, or name its directory with --data-dir",
                self.data_dir.display()
            )
        })?;
        const LOST: &str = "the server ended the connection before it answered";
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.context(LOST)?;
        let connection = tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(what)
            .header(header::HOST, "towpath")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(body))?;
        let response = sender.send_request(request).await.context(LOST)?;
        let status = response.status();
        let body = response.into_body().collect().await.context(LOST)?.to_bytes();
        connection.abort();
        if !status.is_success() {
            let sentence = serde_json::from_slice::<Sentence>(&body).map(|s| s.error);
            bail!("{}", sentence.unwrap_or_else(|_| format!("the server answered {status}")));
        }
        serde_json::from_slice(&body).context("the server's answer is not understood: is it of another version than this command?")
    }
}
