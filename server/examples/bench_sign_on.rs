//! Complete sign-ons, for `make bench`. Three processes, so that the server's time is its own:
//!
//! `bench_sign_on directory PEOPLE` is the directory that answers searches and binds. Prints its address, the account and password that
//! read it, its Base DN, somebody's mail address and the password.
//! `bench_sign_on serve DIRECTORY...` with those is the server. Prints its address and the service provider's entity ID.
//! `bench_sign_on load ADDRESS ENTITY_ID MAIL PASSWORD COUNT CONCURRENCY` is the people. Prints the milliseconds they took.
//! `bench_sign_on signatures COUNT` is the signatures of so many sign-ons and nothing else. Prints the milliseconds of one processor.
//!
//! All but the last two end with their input.

use anyhow::{Context, Result, bail, ensure};
use domain::actor::Actor;
use domain::model::signing_key::{KeyAlgorithm, Subject};
use http::{Request, Response, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use keys::SigningPair;
use sandbox::directory::{Directory, DirectoryServer};
use server::config::{Config, Flags};
use service::walk::Walk;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Instant;
use tokio::net::TcpSocket;
use url::form_urlencoded::{Serializer, byte_serialize};

const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const ENTITY_ID: &str = "urn:bench:sp";
/// Assertion and response are signed each.
const SIGNATURES: u32 = 2;
/// One address may ask only so often; people have many.
const ADDRESSES: u32 = 200;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["directory", people] => directory(people.parse()?).await,
        ["serve", address, user_dn, password, base_dn, ..] => serve(address, user_dn, password, base_dn).await,
        ["load", address, entity_id, mail, password, count, concurrency] => {
            load(address.parse()?, entity_id, mail, password, count.parse()?, concurrency.parse()?).await
        }
        ["signatures", count] => signatures(count.parse()?),
        _ => bail!("directory | serve | load | signatures"),
    }
}

/// Waits for the end of the input, on a thread of its own.
async fn end_of_input() -> Result<()> {
    tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink())).await??;
    Ok(())
}

fn say(parts: &[&str]) -> Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "{}", parts.join("\t"))?;
    Ok(out.flush()?)
}

async fn directory(people: u32) -> Result<()> {
    let directory = DirectoryServer::start(Directory::generated(1, people.try_into()?, 1), LOOPBACK).await?;
    let (user_dn, password, base_dn, mail, person) = directory.directory().read(|d| {
        let mail = d.people().filter(|person| !person.is_disabled()).find_map(|person| person.value("mail")).unwrap_or_default();
        (d.bind_dn(), d.bind_password(), d.base_dn(), mail, d.person_password().to_owned())
    });
    say(&[&directory.addr().to_string(), &user_dn, &password, &base_dn, &mail, &person])?;
    end_of_input().await
}

async fn serve(directory: &str, user_dn: &str, password: &str, base_dn: &str) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let flags = Flags { data_dir: Some(dir.path().to_owned()), provisioner_mode: Some("OFF".into()), ..Flags::default() };
    let mut config = Config::load(&flags)?;
    config.listen.value = LOOPBACK;
    let server = server::build(config).await?;
    let service = server.service.clone();
    let actor = Actor::Local { uid: 0 };
    let mut w = Walk::new(&service, &actor, service.new_data_store(&actor).await?);
    w.press("next", &[("name", "Bench"), ("type", "ldap")]).await?;
    let ldap = [("hostnames", directory), ("tls", "none"), ("ldap_type", "active_directory"), ("user_dn", user_dn), ("password", password)];
    w.press("next", &ldap).await?;
    w.press("save", &[]).await?;
    let store = service.list_data_stores(&actor).await?.first().context("no Data Store")?.0.id.to_string();
    let mut w = Walk::new(&service, &actor, service.new_pcv(&actor).await?);
    w.press("next", &[("name", "Bench"), ("instance_id", "bench"), ("type", "ldap")]).await?;
    w.press("next", &[("data_store", &store), ("base_dn", base_dn), ("filter", "mail=${username}")]).await?;
    w.press("save", &[]).await?;
    let pcv = service.list_pcvs(&actor).await?.first().context("no validator")?.pcv.id.to_string();
    let mut w = Walk::new(&service, &actor, service.new_idp_adapter(&actor).await?);
    w.press("next", &[("name", "Bench"), ("instance_id", "bench"), ("type", "html_form")]).await?;
    w.press("row-add", &[]).await?;
    w.press("row-update:0", &[("rows.0.instance", &pcv)]).await?;
    w.press("next", &[]).await?;
    w.press("next", &[]).await?;
    w.press("next", &[("pseudonym.username", "on")]).await?;
    w.press("save", &[]).await?;
    let adapter = service.list_idp_adapters(&actor).await?.first().context("no adapter")?.adapter.id.to_string();
    let mut w = Walk::new(&service, &actor, service.new_signing_key(&actor).await?);
    w.press("next", &[("common_name", "bench.example"), ("algorithm", "rsa_2048")]).await?;
    w.press("save", &[]).await?;
    let key = service.list_signing_keys(&actor).await?.first().context("no key")?.id.to_string();
    connection(&mut Walk::new(&service, &actor, service.new_connection(&actor).await?), &adapter, &key).await?;
    let listener = server.listen().await?;
    say(&[&listener.local_addr()?.to_string(), ENTITY_ID])?;
    server.run(listener, async { drop(end_of_input().await) }).await
}

async fn connection(w: &mut Walk<'_>, adapter: &str, key: &str) -> Result<()> {
    let metadata = format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{ENTITY_ID}\"><md:SPSSODescriptor \
         protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><md:AssertionConsumerService \
         Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://sp.bench.example/acs\" index=\"0\"/>\
         </md:SPSSODescriptor></md:EntityDescriptor>"
    );
    w.press("next", &[("use_template", "yes"), ("connector", "aws-iam-identity-center"), ("metadata_file", &metadata)]).await?;
    w.press("next", &[("browser_sso", "on"), ("outbound_provisioning", "")]).await?;
    for _ in 0..3 {
        w.press("next", &[]).await?;
    }
    w.press("open:configure", &[]).await?;
    w.press("next", &[]).await?;
    w.press("next", &[]).await?;
    w.press("open:configure", &[]).await?;
    w.press("next", &[]).await?;
    w.press("next", &[]).await?;
    w.press("create", &[]).await?;
    w.press("next", &[("adapter", adapter)]).await?;
    for _ in 0..3 {
        w.press("done", &[]).await?;
    }
    w.press("next", &[]).await?;
    w.press("open:configure", &[]).await?;
    w.press("next", &[("signing_key", key)]).await?;
    w.press("done", &[]).await?;
    w.press("save", &[]).await?;
    Ok(())
}

/// `count` sign-ons by `concurrency` people at a time.
async fn load(server: SocketAddr, entity_id: &str, mail: &str, password: &str, count: u32, concurrency: u32) -> Result<()> {
    let begun = Instant::now();
    let mut people = tokio::task::JoinSet::new();
    for person in 0..concurrency {
        let (entity_id, mail, password) = (entity_id.to_owned(), mail.to_owned(), password.to_owned());
        people.spawn(async move {
            for n in (person..count).step_by(concurrency as usize) {
                // A browser of its own each time, from another address than the last.
                sign_on(server, n % ADDRESSES, &entity_id, &mail, &password).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = people.join_next().await {
        done??;
    }
    say(&[&begun.elapsed().as_millis().to_string()])
}

/// From the link to the page that carries the answer to the service provider.
async fn sign_on(server: SocketAddr, from: u32, entity_id: &str, mail: &str, password: &str) -> Result<()> {
    let socket = TcpSocket::new_v4()?;
    let [high, low] = u16::try_from(from + 2)?.to_be_bytes();
    socket.bind((Ipv4Addr::new(127, 9, high, low), 0).into())?;
    let stream = socket.connect(server).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake::<_, Full<Bytes>>(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let host = server.to_string();
    let mut send = async |method: &str, path: &str, cookie: &str, body: String| -> Result<Response<Incoming>> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, &host)
            .header(header::COOKIE, cookie)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        Ok(sender.send_request(request.body(Full::from(body))?).await?)
    };
    let partner: String = byte_serialize(entity_id.as_bytes()).collect();
    let led = send("GET", &format!("/idp/startSSO.ping?PartnerSpId={partner}"), "", String::new()).await?;
    let to = led.headers().get(header::LOCATION).context("a link leads to the form")?.to_str()?.to_owned();
    led.into_body().collect().await?;
    let form = send("GET", &to, "", String::new()).await?;
    let cookie = form.headers().get(header::SET_COOKIE).context("the form sets a cookie")?.to_str()?;
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    let page = String::from_utf8(form.into_body().collect().await?.to_bytes().to_vec())?;
    let flow = page.split("name=\"flow\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).context("the form has a state")?;
    let typed =
        Serializer::new(String::new()).append_pair("flow", flow).append_pair("username", mail).append_pair("password", password).finish();
    let answer = send("POST", "/idp/sign-on", &cookie, typed).await?;
    let status = answer.status();
    let page = answer.into_body().collect().await?.to_bytes();
    ensure!(page.windows(12).any(|part| part == b"SAMLResponse"), "no answer but {status}: {}", String::from_utf8_lossy(&page));
    connection.abort();
    Ok(())
}

/// The signatures of `count` sign-ons, on one processor.
fn signatures(count: u32) -> Result<()> {
    let subject = Subject { common_name: "bench.example".into(), ..Subject::default() };
    let made = keys::make(&subject, KeyAlgorithm::Rsa2048, server::clock::now(), 30)?;
    let key = SigningPair::load(&made.private_key, &made.certificate)?;
    let begun = used()?;
    for n in 0..count * SIGNATURES {
        key.sign(&n.to_be_bytes()).map_err(|_| anyhow::anyhow!("the key does not sign"))?;
    }
    say(&[&format!("{:.3}", (used()? - begun) / 1_000_000.0)])
}

/// Nanoseconds of processor time that this thread has used: others on the machine do not count.
fn used() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(stat.split(' ').next().context("the kernel counts no time")?.parse()?)
}
