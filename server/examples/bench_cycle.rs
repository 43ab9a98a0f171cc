//! Cycles with nothing to change, for `make bench`: a full comparison over OpenLDAP, an idle cycle over Active Directory. Two processes
//! after each other, so that the memory of the first sync is not counted to the cycles after it:
//!
//! `bench_cycle fill DATA_DIR SCIM_URL openldap|active_directory HOST BIND_DN PASSWORD BASE [USERS_GROUP_DN GROUPS_GROUP_DN]` configures a
//! channel by the guide and lets its first cycle fill the service. Prints the milliseconds and this process's peak memory in kB.
//! `bench_cycle run DATA_DIR SCIM_URL full|changes RUNS` runs cycles which find nothing to do. Prints the milliseconds of the best one,
//! this process's peak memory in kB, and how many requests the service got from them, as its `/_seen` tells. Fails when a cycle touches
//! anything, or when one that should ask for changes alone reads everybody.

use anyhow::{Context, Result, bail, ensure};
use domain::actor::Actor;
use domain::id::ChannelId;
use domain::model::cycle::{Cycle, CycleState};
use server::config::{Config, Flags};
use service::Service;
use service::walk::Walk;
use std::io::Write;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const ACTOR: Actor = Actor::Local { uid: 0 };

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["fill", dir, scim_url, ldap_type, directory @ ..] => fill(dir, scim_url, ldap_type, directory).await,
        ["run", dir, scim_url, kind @ ("full" | "changes"), runs] => run(dir, scim_url, *kind == "full", runs.parse()?).await,
        _ => bail!("fill | run"),
    }
}

async fn built(dir: &str) -> Result<server::Server> {
    let mut config = Config::load(&Flags { data_dir: Some(dir.into()), ..Flags::default() })?;
    config.listen.value = ([127, 0, 0, 1], 0).into();
    server::build(config).await
}

async fn fill(dir: &str, scim_url: &str, ldap_type: &str, directory: &[&str]) -> Result<()> {
    let server = built(dir).await?;
    let service = &server.service;
    configure(service, scim_url, ldap_type, directory).await?;
    let first = next_cycle(service, &the_channel(service).await?, 0).await?;
    ensure!(first.touched() > 0 && first.state == CycleState::Succeeded, "the first cycle did not fill the target: {first:?}");
    say(&[&milliseconds(&first), &peak()?])
}

async fn run(dir: &str, scim_url: &str, full: bool, runs: usize) -> Result<()> {
    let server = built(dir).await?;
    let service = &server.service;
    let channel = the_channel(service).await?;
    let mut last = service.show_channel(&ACTOR, &channel).await?.cycles.first().context("nothing ran yet")?.started_at;
    let mut best = i64::MAX;
    // The first one after the fill may still have something to settle, and does not count.
    for nth in 0..=runs {
        if nth == 1 {
            seen(scim_url).await?;
        }
        service.run_channel(&ACTOR, &channel, full).await?;
        let cycle = next_cycle(service, &channel, last).await?;
        last = cycle.started_at;
        if nth > 0 {
            let whole = cycle.coverage.users.full;
            ensure!(
                cycle.touched() == 0 && whole == full && cycle.coverage.users.ids_complete,
                "not the cycle that was asked for: {cycle:?}"
            );
            best = best.min(milliseconds(&cycle));
        }
    }
    say(&[&best, &peak()?, &seen(scim_url).await?])
}

fn say(parts: &[&dyn std::fmt::Display]) -> Result<()> {
    let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
    Ok(writeln!(std::io::stdout(), "{}", parts.join(" "))?)
}

fn milliseconds(cycle: &Cycle) -> i64 {
    cycle.ended_at.unwrap_or(i64::MAX) - cycle.started_at
}

/// The most memory this process ever had, in kB (proc(5)).
fn peak() -> Result<String> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    Ok(peak.trim().trim_end_matches(" kB").to_owned())
}

/// How many requests the service got since the last question.
async fn seen(scim_url: &str) -> Result<u64> {
    let mut stream = TcpStream::connect(scim_url.trim_start_matches("http://")).await?;
    stream.write_all(b"GET /_seen HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let body = answer.split("\r\n\r\n").nth(1).context("no answer")?;
    Ok(body.split(' ').next().context("no number")?.trim().parse()?)
}

async fn the_channel(service: &Service) -> Result<ChannelId> {
    service.list_channels(&ACTOR).await?.first().map(|group| group.channel.id.clone()).context("there is no channel")
}

async fn configure(service: &Service, scim_url: &str, ldap_type: &str, directory: &[&str]) -> Result<()> {
    let [host, bind_dn, password, base, scope @ ..] = directory else { bail!("HOST BIND_DN PASSWORD BASE") };
    let mut store = Walk::new(service, &ACTOR, service.new_data_store(&ACTOR).await?);
    store.press("next", &[("name", "Bench"), ("type", "ldap")]).await?;
    let ldap = [("hostnames", *host), ("tls", "none"), ("ldap_type", ldap_type), ("user_dn", bind_dn), ("password", password)];
    store.press("save", &ldap).await?;
    let stores = service.list_data_stores(&ACTOR).await?;
    let store = stores.first().context("no Data Store")?.0.id.to_string();
    let mut connection = Walk::new(service, &ACTOR, service.new_connection(&ACTOR).await?);
    connection.press("next", &[("use_template", "yes"), ("connector", "scim-2.0")]).await?;
    connection.press("next", &[("outbound_provisioning", "on")]).await?;
    connection.press("next", &[]).await?;
    connection.press("open:configure", &[]).await?;
    connection.press("next", &[("scim_url", scim_url), ("auth_method", "bearer"), ("access_token", "bench")]).await?;
    connection.press("create", &[]).await?;
    connection.press("next", &[("name", "Bench"), ("max_threads", "8"), ("frequency_secs", "86400")]).await?;
    connection.press("next", &[("data_store", &store)]).await?;
    match scope {
        [] => {
            connection.press("next", &[("group_class", "groupOfMembers")]).await?;
            let filters = [("users.filter", "(objectClass=inetOrgPerson)"), ("groups.filter", "(objectClass=groupOfMembers)")];
            connection.press("next", &[[("base_dn", *base)].as_slice(), &filters].concat()).await?;
        }
        [users, groups] => {
            connection.press("next", &[]).await?;
            connection.press("next", &[("base_dn", base), ("users.group_dn", users), ("groups.group_dn", groups)]).await?;
        }
        _ => bail!("USERS_GROUP_DN GROUPS_GROUP_DN"),
    }
    connection.press("save", &[("map.userName", "mail")]).await?;
    Ok(())
}

/// The next finished cycle that began after `after`.
async fn next_cycle(service: &Service, channel: &ChannelId, after: i64) -> Result<Cycle> {
    for _ in 0..60_000 {
        let newest = service.show_channel(&ACTOR, channel).await?.cycles.into_iter().next();
        if let Some(cycle) = newest.filter(|c| c.started_at > after && c.state != CycleState::Running) {
            return Ok(cycle);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    bail!("no cycle ended in time")
}
