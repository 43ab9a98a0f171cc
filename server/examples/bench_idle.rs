//! The idle cycle over Active Directory, for `make bench`: nothing changed, and everybody in scope is a member of one group.
//!
//! Configures a channel by the guide, lets the first cycle fill a service that keeps nothing, then runs cycles that find nothing to do.
//! Prints the milliseconds of the best one, this process's peak memory in kB, and how many requests the service got from those cycles,
//! as its `/_seen` tells. Fails when such a cycle reads everybody.
//!
//! `bench_idle SCIM_URL HOST BIND_DN PASSWORD BASE USERS_GROUP_DN GROUPS_GROUP_DN RUNS`

use anyhow::{Context, Result, bail};
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

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [scim_url, host, bind_dn, password, base, users, groups, runs] = &arguments[..] else {
        bail!("SCIM_URL HOST BIND_DN PASSWORD BASE USERS_GROUP_DN GROUPS_GROUP_DN RUNS")
    };
    let runs: usize = runs.parse()?;
    let dir = tempfile::tempdir()?;
    let flags = Flags { data_dir: Some(dir.path().to_owned()), ..Flags::default() };
    let mut config = Config::load(&flags)?;
    config.listen.value = ([127, 0, 0, 1], 0).into();
    let server = server::build(config).await?;
    let service = &server.service;
    let actor = Actor::Local { uid: 0 };
    configure(service, &actor, scim_url, [host, bind_dn, password], [base, users, groups]).await?;
    let channel = service.list_channels(&actor).await?.first().map(|g| g.channel.id.clone()).context("there is no channel")?;
    let first = next_cycle(service, &actor, &channel, 0).await?;
    if first.touched() == 0 || first.state != CycleState::Succeeded {
        bail!("the first cycle did not fill the target: {first:?}");
    }
    let mut last = first.started_at;
    let mut best = i64::MAX;
    // The first one after it may still have something to settle, and does not count.
    for run in 0..=runs {
        if run == 1 {
            // From here on the peak is that of idle cycles (proc(5), clear_refs).
            std::fs::write("/proc/self/clear_refs", "5").ok();
            seen(scim_url).await?;
        }
        service.run_channel(&actor, &channel, false).await?;
        let cycle = next_cycle(service, &actor, &channel, last).await?;
        last = cycle.started_at;
        if run > 0 {
            if cycle.touched() > 0 || cycle.coverage.users.full || !cycle.coverage.users.ids_complete {
                bail!("this was no idle cycle: {cycle:?}");
            }
            best = best.min(cycle.ended_at.unwrap_or(i64::MAX) - cycle.started_at);
        }
    }
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).context("no VmHWM")?;
    let asked = seen(scim_url).await?;
    writeln!(std::io::stdout(), "{best} {} {asked}", peak.trim().trim_end_matches(" kB"))?;
    Ok(())
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

async fn configure(
    service: &Service,
    actor: &Actor,
    scim_url: &str,
    [host, bind_dn, password]: [&str; 3],
    [base, users, groups]: [&str; 3],
) -> Result<()> {
    let mut store = Walk::new(service, actor, service.new_data_store(actor).await?);
    store.press("next", &[("name", "Bench"), ("type", "ldap")]).await?;
    let ldap = [("hostnames", host), ("tls", "none"), ("ldap_type", "active_directory"), ("user_dn", bind_dn), ("password", password)];
    store.press("save", &ldap).await?;
    let stores = service.list_data_stores(actor).await?;
    let store = stores.first().context("no Data Store")?.0.id.to_string();
    let mut connection = Walk::new(service, actor, service.new_connection(actor).await?);
    connection.press("next", &[("use_template", "yes"), ("connector", "scim-2.0")]).await?;
    connection.press("next", &[("outbound_provisioning", "on")]).await?;
    connection.press("next", &[]).await?;
    connection.press("open:configure", &[]).await?;
    connection.press("next", &[("scim_url", scim_url), ("auth_method", "bearer"), ("access_token", "bench")]).await?;
    connection.press("create", &[]).await?;
    connection.press("next", &[("name", "Bench"), ("max_threads", "8"), ("frequency_secs", "86400")]).await?;
    connection.press("next", &[("data_store", &store)]).await?;
    connection.press("next", &[]).await?;
    connection.press("next", &[("base_dn", base), ("users.group_dn", users), ("groups.group_dn", groups)]).await?;
    connection.press("save", &[("map.userName", "mail")]).await?;
    Ok(())
}

/// The next finished cycle that began after `after`.
async fn next_cycle(service: &Service, actor: &Actor, channel: &ChannelId, after: i64) -> Result<Cycle> {
    for _ in 0..60_000 {
        let newest = service.show_channel(actor, channel).await?.cycles.into_iter().next();
        if let Some(cycle) = newest.filter(|c| c.started_at > after && c.state != CycleState::Running) {
            return Ok(cycle);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    bail!("no cycle ended in time")
}
