//! The emulator on a port of its own, where it can drop a connection without answering.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::Aws;
use super::endpoint::Break;

/// A running emulator. It answers to everything an [`Aws`] does, and ends when stopped or dropped.
#[derive(Debug)]
pub struct AwsServer {
    aws: Aws,
    address: SocketAddr,
    stop: CancellationToken,
    task: Option<JoinHandle<()>>,
}

impl AwsServer {
    /// Serves `aws` on `address`, which must be a loopback address; port 0 takes a free one. Fails when the port is taken.
    pub async fn start(aws: Aws, address: SocketAddr) -> io::Result<Self> {
        if !address.ip().is_loopback() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("the AWS emulator only listens on loopback, and {address} is not"),
            ));
        }
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        aws.set_origin(format!("http://{address}"));
        let stop = CancellationToken::new();
        let task = tokio::spawn(accept(listener, aws.router(), stop.clone()));
        Ok(Self { aws, address, stop, task: Some(task) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The SCIM endpoint as the AWS console shows it, with the trailing slash; without a path while provisioning is not enabled.
    pub fn base_url(&self) -> String {
        format!("http://{}{}", self.address, self.aws.base_path())
    }

    /// The store being served.
    pub fn aws(&self) -> &Aws {
        &self.aws
    }

    /// Closes the port and every connection, also those with a request under way. The store can be started again.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Some(task) = self.task.take()
            && let Err(error) = task.await
        {
            tracing::error!(%error, "the AWS emulator did not end cleanly");
        }
    }
}

impl Deref for AwsServer {
    type Target = Aws;

    fn deref(&self) -> &Aws {
        &self.aws
    }
}

impl Drop for AwsServer {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn accept(listener: TcpListener, router: axum::Router, stop: CancellationToken) {
    // Dropping the set at the end aborts what is still open.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, router.clone()));
                }
                Err(error) => {
                    // Such as no file descriptors left: they come back when connections end.
                    tracing::warn!(%error, "the AWS emulator could not accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
        }
    }
    connections.shutdown().await;
}

async fn serve(stream: TcpStream, router: axum::Router) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    let reset = Arc::new(AtomicBool::new(false));
    let must_reset = reset.clone();
    let service = service_fn(move |request: http::Request<Incoming>| {
        let (router, must_reset) = (router.clone(), must_reset.clone());
        Box::pin(async move {
            let response = router.oneshot(request.map(Body::new)).await.unwrap_or_else(|never: Infallible| match never {});
            // An error from the service makes hyper end the connection without sending anything.
            match response.extensions().get::<Break>() {
                None => Ok(response),
                Some(how) => {
                    must_reset.store(*how == Break::Reset, Ordering::Relaxed);
                    Err(io::Error::other("ended on purpose"))
                }
            }
        })
    });
    let mut connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
    // Hyper would shut the connection down in order, which cannot be turned into a reset afterwards.
    if let Err(error) = std::future::poll_fn(|context| connection.poll_without_shutdown(context)).await {
        tracing::debug!(%error, "a connection to the AWS emulator ended");
    }
    let stream = connection.into_parts().io.into_inner();
    if reset.load(Ordering::Relaxed)
        && let Err(error) = stream.set_zero_linger()
    {
        tracing::warn!(%error, "the AWS emulator closes a connection that it was to reset");
    }
}
