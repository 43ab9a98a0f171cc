//! Pages over many SP Connections, each with a channel, for `make bench`.
//!
//! `bench_lists CONNECTIONS RUNS` makes one connection as a person does, as many more like it, and asks for each page RUNS times. Prints a
//! page and the milliseconds of its median a line. Nothing provisions.

use anyhow::{Context, Result, bail, ensure};
use domain::actor::Actor;
use domain::id::{ChannelId, ConnectionId};
use domain::secret::Secret;
use http::{Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use server::config::{Config, Flags};
use service::walk::Walk;
use std::io::Write;
use std::net::SocketAddr;
use std::time::Instant;
use tokio::net::TcpStream;
use url::form_urlencoded::Serializer;

const PASSWORD: &str = "correct horse battery";
const PAGES: &[&str] = &[
    "/",
    "/sp-connections",
    "/sp-connections?q=service+1&sort=updated&order=descending",
    "/channels",
    "/data-stores",
    "/pcvs",
    "/idp-adapters",
    "/signing-keys",
    "/trusted-cas",
    "/connectors",
    "/search?q=service+1",
];

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [many, runs] = &arguments[..] else { bail!("CONNECTIONS RUNS") };
    let (many, runs): (usize, usize) = (many.parse()?, runs.parse()?);
    let dir = tempfile::tempdir()?;
    let flags = Flags { data_dir: Some(dir.path().to_owned()), provisioner_mode: Some("OFF".into()), ..Flags::default() };
    let mut config = Config::load(&flags)?;
    config.listen.value = ([127, 0, 0, 1], 0).into();
    let server = server::build(config).await?;
    server.service.create_account("admin", &Secret::new(PASSWORD), false).await?;
    let channel = fill(&server, many).await?;
    let listener = server.listen().await?;
    let address = listener.local_addr()?;
    tokio::spawn(server.run(listener, std::future::pending()));
    let mut browser = Browser::sign_on(address).await?;
    let channel = format!("/channels/{channel}");
    for page in PAGES.iter().copied().chain([channel.as_str()]) {
        browser.page(page).await?;
        let mut took = Vec::new();
        for _ in 0..runs {
            let begun = Instant::now();
            browser.page(page).await?;
            took.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
        took.sort_by(f64::total_cmp);
        let name = if page.starts_with("/channels/") { "/channels/{id}" } else { page };
        writeln!(std::io::stdout(), "{name}\t{:.1}", took.get(took.len() / 2).copied().unwrap_or_default())?;
    }
    Ok(())
}

/// One connection with a channel, by the wizard, and copies of it with other names. Answers the id of its channel.
async fn fill(server: &server::Server, many: usize) -> Result<ChannelId> {
    let (service, actor) = (&server.service, Actor::Local { uid: 0 });
    let mut store = Walk::new(service, &actor, service.new_data_store(&actor).await?);
    store.press("next", &[("name", "Bench"), ("type", "ldap")]).await?;
    let ldap = [("hostnames", "127.0.0.1:1"), ("tls", "none"), ("user_dn", "CN=svc,DC=example,DC=com"), ("password", "bench-bench")];
    store.press("save", &ldap).await?;
    let store = service.list_data_stores(&actor).await?.first().context("no Data Store")?.0.id.to_string();
    let mut connection = Walk::new(service, &actor, service.new_connection(&actor).await?);
    connection.press("next", &[("use_template", "yes"), ("connector", "scim-2.0")]).await?;
    connection.press("next", &[("outbound_provisioning", "on")]).await?;
    connection.press("next", &[]).await?;
    connection.press("open:configure", &[]).await?;
    connection.press("next", &[("scim_url", "http://127.0.0.1:1"), ("auth_method", "bearer"), ("access_token", "bench")]).await?;
    connection.press("create", &[]).await?;
    connection.press("next", &[("name", "Bench")]).await?;
    connection.press("next", &[("data_store", &store)]).await?;
    connection.press("next", &[]).await?;
    let base = "DC=example,DC=com";
    connection.press("next", &[("base_dn", base), ("users.filter", "(mail=*)"), ("groups.filter", "(cn=*)")]).await?;
    connection.press("save", &[("map.userName", "mail")]).await?;
    let first = service.list_connections(&actor).await?.pop().context("no connection")?;
    let channel = first.provisioning.channels.first().context("no channel")?.id.clone();
    let mut tx = server.store.begin().await?;
    for at in 1..many {
        let mut copy = first.clone();
        copy.id = ConnectionId::parse(&format!("c{at:06}")).map_err(anyhow::Error::msg)?;
        copy.general.name = format!("Service {at:06}");
        copy.general.entity_id = format!("https://partner-{at:06}.example.com/saml");
        for channel in &mut copy.provisioning.channels {
            channel.id = ChannelId::parse(&format!("ch{at:06}")).map_err(anyhow::Error::msg)?;
        }
        tx.insert_connection(&copy, "bench", 1_700_000_000_000 + i64::try_from(at)?).await?;
    }
    tx.commit().await?;
    Ok(channel)
}

/// A person's browser, signed on.
struct Browser {
    sender: SendRequest<Full<Bytes>>,
    host: String,
    cookie: String,
}

impl Browser {
    async fn sign_on(address: SocketAddr) -> Result<Self> {
        let (sender, connection) = http1::handshake(TokioIo::new(TcpStream::connect(address).await?)).await?;
        tokio::spawn(connection);
        let mut browser = Self { sender, host: address.to_string(), cookie: String::new() };
        let form = Serializer::new(String::new()).extend_pairs([("username", "admin"), ("password", PASSWORD)]).finish();
        let request = Request::post("/sign-in")
            .header(header::HOST, &browser.host)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Full::new(Bytes::from(form)))?;
        let answer = browser.sender.send_request(request).await?;
        let cookie = answer.headers().get(header::SET_COOKIE).context("no session")?.to_str()?;
        browser.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        answer.into_body().collect().await?;
        Ok(browser)
    }

    async fn page(&mut self, path: &str) -> Result<()> {
        self.sender.ready().await?;
        let request = Request::get(path).header(header::HOST, &self.host).header(header::COOKIE, &self.cookie).body(Full::default())?;
        let answer = self.sender.send_request(request).await?;
        ensure!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.into_body().collect().await?;
        Ok(())
    }
}
