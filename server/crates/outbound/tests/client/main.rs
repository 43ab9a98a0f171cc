//! The client against real sockets on loopback.

mod http;
mod peer;
mod tls;

use std::time::Duration;

use outbound::{Client, Settings};

/// Short time-outs, so that tests of them are quick.
fn settings() -> Settings {
    Settings {
        connect_timeout: Duration::from_millis(300),
        total_timeout: Duration::from_millis(600),
        max_response_bytes: 10_000,
        ..Settings::default()
    }
}

fn client() -> Client {
    Client::new(settings()).expect("client")
}
