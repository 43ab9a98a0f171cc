//! A first sync out of the sample directory, for `make bench`.
//!
//! `bench_first_sync aws USERS GROUPS`: into the AWS emulator at AWS's rates. Prints the requests that write, the seconds from the first
//! to the last of them, and how many requests of all were answered 429.
//!
//! `bench_first_sync SCIM_URL USERS GROUPS`: into a service without limits. Prints the objects, the batches of members they need, and the
//! milliseconds of the cycle.
//!
//! `bench_first_sync join SCIM_URL USERS`: into such a service, with one group of all people but one. When that is there it says `synced` and
//! waits for a line; then that person joins the group, and the milliseconds of the cycle are printed.

use anyhow::{Context, Result, bail};
use domain::actor::Actor;
use domain::id::ChannelId;
use domain::model::cycle::{Cycle, CycleState};
use sandbox::aws::{Aws, AwsServer, Throttle};
use sandbox::directory::{Directory, DirectoryServer, Kind};
use server::config::{Config, Flags};
use service::Service;
use service::walk::Walk;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// The Max Threads of the channel, and the load generator's connections.
const CONCURRENCY: &str = "8";
/// Members in one request, as both connectors have it.
const MEMBERS: usize = 100;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [target, users, groups] = &arguments[..] else { bail!("aws|SCIM_URL USERS GROUPS, or join SCIM_URL USERS") };
    if target == "join" {
        return join(users, groups.parse()?).await;
    }
    let directory = Directory::generated(1, users.parse()?, groups.parse()?);
    let batches: usize = directory.groups().filter(is_listed).map(|group| group.members().len().div_ceil(MEMBERS)).sum();
    let directory = DirectoryServer::start(directory, LOOPBACK).await?;
    let dir = tempfile::tempdir()?;
    let server = server::build(settings(dir.path())?).await?;
    let service = &server.service;
    if target == "aws" {
        let mut config = sandbox::aws::Config::new(server::clock::now);
        (config.throttle, config.log_capacity) = (Some(Throttle::aws()), 1_000_000);
        let aws = AwsServer::start(Aws::new(config), LOOPBACK).await?;
        let cycle =
            first_cycle(service, &directory, "aws-iam-identity-center", &[("scim_url", &aws.base_url()), ("access_token", &aws.token())])
                .await?;
        check(&cycle)?;
        let log = aws.request_log();
        let writes: Vec<i64> = log.iter().filter(|e| e.operation.is_some_and(|o| o.is_write())).map(|e| e.at_ms).collect();
        let seconds = match (writes.first(), writes.last()) {
            (Some(first), Some(last)) => (last - first) as f64 / 1000.0,
            _ => bail!("nothing was written"),
        };
        let refused = log.iter().filter(|e| e.status == 429).count();
        writeln!(std::io::stdout(), "{} {seconds:.3} {refused} {}", writes.len(), log.len())?;
    } else {
        let cycle =
            first_cycle(service, &directory, "scim-2.0", &[("scim_url", target), ("auth_method", "bearer"), ("access_token", "bench")])
                .await?;
        check(&cycle)?;
        let objects = cycle.counts.iter().filter(|c| c.action == domain::model::plan::ActionKind::Create).map(|c| c.count).sum::<u32>();
        let took = cycle.ended_at.unwrap_or(cycle.started_at) - cycle.started_at;
        writeln!(std::io::stdout(), "{objects} {batches} {took}")?;
    }
    Ok(())
}

fn settings(dir: &Path) -> Result<Config> {
    let flags = Flags { data_dir: Some(dir.to_owned()), ..Flags::default() };
    let mut config = Config::load(&flags)?;
    config.listen.value = LOOPBACK;
    Ok(config)
}

/// One person joins a large group.
async fn join(url: &str, users: usize) -> Result<()> {
    let mut directory = Directory::generated(1, users, 0);
    let people = directory.entry(&directory.users_group_dn()).context("no group of people")?.members();
    let (last, others) = people.split_last().context("nobody")?;
    let group = directory.add_group(&directory.groups_unit(), "Group of everybody")?.as_name();
    for person in others {
        directory.add_member(&group, person)?;
    }
    directory.add_member(&directory.groups_group_dn(), &group)?;
    let directory = DirectoryServer::start(directory, LOOPBACK).await?;
    let dir = tempfile::tempdir()?;
    let server = server::build(settings(dir.path())?).await?;
    let service = &server.service;
    let target = [("scim_url", url), ("auth_method", "bearer"), ("access_token", "bench")];
    check(&first_cycle(service, &directory, "scim-2.0", &target).await?)?;
    writeln!(std::io::stdout(), "synced")?;
    std::io::stdin().read_line(&mut String::new())?;

    directory.directory().change(|d| d.add_member(&group, last))?;
    let actor = Actor::Local { uid: 0 };
    let channel = service.list_channels(&actor).await?.first().map(|g| g.channel.id.clone()).context("there is no channel")?;
    let known = service.show_channel(&actor, &channel).await?.cycles.len();
    service.run_channel(&actor, &channel, false).await?;
    let cycle = ended(service, &actor, &channel, known).await?;
    check(&cycle)?;
    writeln!(std::io::stdout(), "{}", cycle.ended_at.unwrap_or(cycle.started_at) - cycle.started_at)?;
    Ok(())
}

/// The newest cycle, once it has ended and is not one of those that are known.
async fn ended(service: &Service, actor: &Actor, channel: &ChannelId, known: usize) -> Result<Cycle> {
    for _ in 0..60_000 {
        let cycles = service.show_channel(actor, channel).await?.cycles;
        if cycles.len() > known
            && let Some(cycle) = cycles.into_iter().next().filter(|c| c.state != CycleState::Running)
        {
            return Ok(cycle);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    bail!("the cycle did not end in time")
}

/// The groups that are provisioned; the one of the people in scope is not.
fn is_listed(group: &sandbox::directory::EntryView<'_>) -> bool {
    group.kind() == Kind::Group && group.value("cn").is_some_and(|cn| cn.starts_with("Group "))
}

fn check(cycle: &Cycle) -> Result<()> {
    match cycle.state {
        CycleState::Succeeded => Ok(()),
        state => bail!("the first cycle ended as {state:?}: {:?} {:?}", cycle.error, cycle.counts),
    }
}

/// Configures a channel as the guide does, and waits for its first cycle.
async fn first_cycle(service: &Service, directory: &DirectoryServer, connector: &str, target: &[(&str, &str)]) -> Result<Cycle> {
    let actor = Actor::Local { uid: 0 };
    let (user, password, base, users, groups) =
        directory.directory().read(|d| (d.bind_dn(), d.bind_password(), d.base_dn(), d.users_group_dn(), d.groups_group_dn()));
    let mut store = Walk::new(service, &actor, service.new_data_store(&actor).await?);
    store.press("next", &[("name", "Bench"), ("type", "ldap")]).await?;
    let addr = directory.addr().to_string();
    let ldap =
        [("hostnames", addr.as_str()), ("tls", "none"), ("ldap_type", "active_directory"), ("user_dn", &user), ("password", &password)];
    store.press("save", &ldap).await?;
    let stores = service.list_data_stores(&actor).await?;
    let store = stores.first().context("no Data Store")?.0.id.to_string();
    let mut connection = Walk::new(service, &actor, service.new_connection(&actor).await?);
    connection.press("next", &[("use_template", "yes"), ("connector", connector)]).await?;
    connection.press("next", &[("outbound_provisioning", "on")]).await?;
    connection.press("next", &[]).await?;
    connection.press("open:configure", &[]).await?;
    connection.press("next", target).await?;
    connection.press("create", &[]).await?;
    connection.press("next", &[("name", "Bench"), ("max_threads", CONCURRENCY), ("frequency_secs", "86400")]).await?;
    connection.press("next", &[("data_store", &store)]).await?;
    connection.press("next", &[]).await?;
    let location = [("base_dn", base.as_str()), ("users.group_dn", &users), ("groups.group_dn", &groups)];
    connection.press("next", &location).await?;
    connection.press("save", &[("map.userName", "mail")]).await?;
    let channel = service.list_channels(&actor).await?.first().map(|g| g.channel.id.clone()).context("there is no channel")?;
    ended(service, &actor, &channel, 0).await
}
