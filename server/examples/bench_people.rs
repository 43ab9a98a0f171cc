//! The list of people and groups over a large channel, for `make bench`.
//!
//! Fills a new database with so many people of one channel, of which one in a hundred failed, one in fifty was left out and one in ten is
//! disabled. Then asks for parts of the list as the page does, and prints for each the milliseconds of the median of its runs.
//!
//! `bench_people PEOPLE RUNS`

use anyhow::{Context, Result, bail};
use domain::actor::Actor;
use domain::id::{ChannelId, ConnectionId, ConnectorId, SourceId, TargetId};
use domain::model::channel::Channel;
use domain::model::cycle::Setback;
use domain::model::link::{Digest, Link, LinkHead, LinkMark, ObjectKind, Origin, Written};
use domain::model::object_list::{ObjectQuery, ObjectState, Part};
use domain::model::plan::{ActionKind, ObjectRef, Skipped, Value};
use domain::model::sp_connection::{ConnectorRef, SpConnection};
use service::Service;
use service::connectors::Connectors;
use std::io::Write;
use std::time::Instant;
use store::{Keys, Store};

/// Rows of a page.
const ROWS: u32 = 50;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [people, runs] = &arguments[..] else { bail!("PEOPLE RUNS") };
    let (people, runs): (u32, usize) = (people.parse()?, runs.parse()?);
    let dir = tempfile::tempdir()?;
    let place = dir.path().join("bench.db");
    let store = Store::open(place.to_str().context("the folder's name is not text")?, Keys::from_bytes([7; 32])).await?;
    let channel = id(ChannelId::parse("staff"))?;
    fill(&store, &channel, people).await?;
    let service = Service::new(store.clone(), Connectors::built_in()?, || 0);
    let actor = Actor::Local { uid: 0 };

    let of = ObjectQuery { channel: Some(channel), ..ObjectQuery::default() };
    let everything = service.list_people(&actor, &of, &Part::First, ROWS).await?;
    let middle =
        service.list_people(&actor, &ObjectQuery { text: format!("person{:06}@", people / 2), ..of.clone() }, &Part::First, 1).await?;
    let place = middle.page.rows.first().context("nobody is in the middle")?.place.clone();
    let last = everything.page.rows.last().context("nobody is listed")?.place.clone();
    let state = |state| ObjectQuery { state: Some(state), ..of.clone() };
    let text = |text: &str| ObjectQuery { text: text.into(), ..of.clone() };
    let reason = everything.reasons.first().context("there is no reason")?.reason.clone();
    let asked = [
        ("first part of a channel", of.clone(), Part::First),
        ("first part of all channels", ObjectQuery::default(), Part::First),
        ("the next part", of.clone(), Part::After(last)),
        ("from the middle on", of.clone(), Part::After(place.clone())),
        ("from the middle back", of.clone(), Part::Before(place)),
        ("those that failed", state(ObjectState::Failed), Part::First),
        ("those in sync", state(ObjectState::InSync), Part::First),
        ("those with one reason", ObjectQuery { reason, ..of.clone() }, Part::First),
        ("a name that many have", text("person"), Part::First),
        ("one person", text(&format!("person{:06}@", people - 1)), Part::First),
        ("nobody", text("nobody is called so"), Part::First),
    ];
    for (label, query, part) in asked {
        let mut took = Vec::with_capacity(runs);
        for _ in 0..runs {
            let begun = Instant::now();
            service.list_people(&actor, &query, &part, ROWS).await?;
            took.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
        took.sort_by(f64::total_cmp);
        writeln!(std::io::stdout(), "{:.1}\t{label}", took[runs / 2])?;
    }
    store.close().await;
    Ok(())
}

fn id<T>(parsed: Result<T, String>) -> Result<T> {
    parsed.map_err(anyhow::Error::msg)
}

async fn fill(store: &Store, channel: &ChannelId, people: u32) -> Result<()> {
    let connection_id = id(ConnectionId::parse("aws"))?;
    let mut connection = SpConnection::new(connection_id.clone());
    connection.connector = Some(ConnectorRef { id: id(ConnectorId::parse("scim-2.0"))?, version: "1.0.0".into() });
    connection.outbound_provisioning = true;
    connection.general.name = "AWS".into();
    connection.general.entity_id = "https://aws.example.com".into();
    connection.provisioning.channels = vec![Channel { name: "Staff".into(), ..Channel::new(channel.clone()) }];
    let mut tx = store.begin().await?;
    tx.insert_connection(&connection, "bench", 1).await?;
    tx.commit().await?;
    let numbers: Vec<u32> = (0..people).collect();
    for part in numbers.chunks(10_000) {
        let links: Vec<Link> = part.iter().map(|at| link(&connection_id, channel, *at)).collect();
        let failed = links.iter().step_by(100).map(|link| Setback {
            kind: ObjectKind::User,
            source_id: link.head.source_id.clone(),
            name: link.name.clone(),
            attempts: 1,
            next_at: 0,
            action: ActionKind::Update,
            detail: format!("The target refused it (HTTP 400): ‘{}’ is not good.", link.name),
            value_digest: Digest(1),
        });
        let mut tx = store.begin().await?;
        tx.put_links(&links).await?;
        tx.put_setbacks(channel, &failed.collect::<Vec<_>>()).await?;
        tx.commit().await?;
    }
    let skipped = (0..people / 50).map(|at| Skipped {
        object: ObjectRef {
            kind: ObjectKind::User,
            source_id: SourceId(format!("left-{at}")),
            name: format!("Left Out {at:05}"),
            dn: format!("CN=Left Out {at:05},OU=People,DC=canal,DC=example"),
        },
        reason: "Disabled in the directory.".into(),
        by_entry: true,
    });
    let mut tx = store.begin().await?;
    tx.replace_skipped(channel, &skipped.collect::<Vec<_>>(), 1).await?;
    tx.commit().await?;
    Ok(())
}

fn link(connection: &ConnectionId, channel: &ChannelId, at: u32) -> Link {
    let name = format!("person{at:06}@canal.example");
    let values = [("userName", name.clone()), ("displayName", format!("Grace Mbeki {at:06}")), ("emails", name.clone())];
    Link {
        connection: connection.clone(),
        channel: channel.clone(),
        head: LinkHead {
            kind: ObjectKind::User,
            source_id: SourceId(format!("6f9619ff-8b86-d011-b42d-{at:012}")),
            target_id: TargetId(format!("906712ab-30f1-7060-9e5a-{at:012}")),
            dn_digest: Digest(u128::from(at)),
            value_digest: Digest(u128::from(at)),
            unique_digests: vec![Digest(u128::from(at))],
            members_digest: Digest(0),
            member_count: 0,
            active: at % 10 != 9,
            origin: Origin::Created,
            mark: LinkMark::Good,
            left_at: None,
        },
        dn: format!("CN=Grace Mbeki {at:06},OU=Lock Keepers,OU=People,DC=canal,DC=example"),
        written: Written { values: values.map(|(name, value)| (name.to_owned(), Value::Text(value))).into(), members: Vec::new() },
        name,
    }
}
