//! The full cycle with nothing to change, for `make bench`.
//!
//! Configures a channel from an LDAP directory to a SCIM server, lets the first cycle fill that, then runs cycles that find nothing to
//! do. Prints the milliseconds of the best one and this process's peak memory in kB.
//!
//! `bench_cycle SCIM_URL SCIM_TOKEN URL BIND_DN PASSWORD BASE RUNS`

use anyhow::{Context, Result, bail};
use domain::actor::Actor;
use domain::model::cycle::{Cycle, CycleState};
use server::config::{Config, Flags};
use service::Service;
use service::walk::Walk;
use std::io::Write;
use std::time::Duration;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [scim_url, scim_token, url, bind_dn, password, base, runs] = &arguments[..] else {
        bail!("SCIM_URL SCIM_TOKEN URL BIND_DN PASSWORD BASE RUNS")
    };
    let runs: usize = runs.parse()?;
    let dir = tempfile::tempdir()?;
    let flags = Flags { data_dir: Some(dir.path().to_owned()), ..Flags::default() };
    let mut config = Config::load(&flags)?;
    config.listen.value = ([127, 0, 0, 1], 0).into();
    let server = server::build(config).await?;
    let service = &server.service;
    let actor = Actor::Local { uid: 0 };
    let host = url.trim_start_matches("ldap://");
    configure(service, &actor, [host, bind_dn, password, base], [scim_url, scim_token]).await?;
    let channel = service.list_channels(&actor).await?.first().map(|g| g.channel.id.clone()).context("there is no channel")?;
    let first = next_cycle(service, &actor, &channel, 0).await?;
    if first.touched() == 0 || !matches!(first.state, CycleState::Succeeded | CycleState::Partial) {
        bail!("the first cycle did not fill the target: {first:?}");
    }
    // From here on the peak is that of cycles with nothing to do (proc(5), clear_refs).
    std::fs::write("/proc/self/clear_refs", "5").ok();
    let mut best = i64::MAX;
    let mut last = first.started_at;
    for _ in 0..=runs {
        service.run_channel(&actor, &channel, true).await?;
        let cycle = next_cycle(service, &actor, &channel, last).await?;
        if cycle.touched() > 0 {
            bail!("a cycle with nothing to change did {} operations", cycle.touched());
        }
        last = cycle.started_at;
        best = best.min(cycle.ended_at.unwrap_or(i64::MAX) - cycle.started_at);
    }
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).context("no VmHWM")?;
    writeln!(std::io::stdout(), "{best} {}", peak.trim().trim_end_matches(" kB"))?;
    Ok(())
}

async fn configure(
    service: &Service,
    actor: &Actor,
    [host, bind_dn, password, base]: [&str; 4],
    [scim_url, token]: [&str; 2],
) -> Result<()> {
    let mut store = Walk::new(service, actor, service.new_data_store(actor).await?);
    store.press("next", &[("name", "Bench"), ("type", "ldap")]).await?;
    let ldap = [("hostnames", host), ("tls", "none"), ("ldap_type", "openldap"), ("user_dn", bind_dn), ("password", password)];
    store.press("save", &ldap).await?;
    let stores = service.list_data_stores(actor).await?;
    let store = stores.first().context("no Data Store")?.0.id.to_string();
    let mut connection = Walk::new(service, actor, service.new_connection(actor).await?);
    connection.press("next", &[("use_template", "yes"), ("connector", "scim-2.0")]).await?;
    connection.press("next", &[("outbound_provisioning", "on")]).await?;
    connection.press("next", &[]).await?;
    connection.press("open:configure", &[]).await?;
    connection.press("next", &[("scim_url", scim_url), ("auth_method", "bearer"), ("access_token", token)]).await?;
    connection.press("create", &[]).await?;
    connection.press("next", &[("name", "Bench"), ("max_threads", "8"), ("frequency_secs", "86400")]).await?;
    connection.press("next", &[("data_store", &store)]).await?;
    connection.press("next", &[("group_class", "groupOfMembers")]).await?;
    connection
        .press(
            "next",
            &[("base_dn", base), ("users.filter", "(objectClass=inetOrgPerson)"), ("groups.filter", "(objectClass=groupOfMembers)")],
        )
        .await?;
    connection.press("save", &[("map.userName", "mail")]).await?;
    Ok(())
}

/// The next finished cycle that began after `after`.
async fn next_cycle(service: &Service, actor: &Actor, channel: &domain::id::ChannelId, after: i64) -> Result<Cycle> {
    for _ in 0..12_000 {
        let detail = service.show_channel(actor, channel).await?;
        if let Some(cycle) = detail.cycles.into_iter().find(|c| c.started_at > after && c.state != CycleState::Running) {
            return Ok(cycle);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bail!("no cycle ended in time")
}
