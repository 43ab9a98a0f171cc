//! All channels at a glance.

use crate::asked::Asked;
use crate::house::House;
use domain::id::{ChannelId, ConnectionId, CycleId, SourceId, TargetId};
use domain::model::channel::Channel;
use domain::model::cycle::{Count, Cycle, CycleState, Setback, Trigger};
use domain::model::link::{Digest, Link, LinkHead, LinkMark, ObjectKind, Origin, Written};
use domain::model::plan::ActionKind;
use domain::model::sp_connection::SpConnection;
use store::{Figures, Keys, Store, Tx};

pub const MINUTE_MS: i64 = 60_000;

pub fn now() -> i64 {
    server::clock::now()
}

/// The database of a running server.
pub async fn store_of(house: &House) -> Store {
    let file = house.data_dir().join("towpath.db");
    Store::open(file.to_str().unwrap(), Keys::from_bytes([7; 32])).await.unwrap()
}

/// A cycle that ended a second after it began.
pub fn cycle(id: &str, channel: &str, started_at: i64, state: CycleState) -> Cycle {
    Cycle {
        state,
        ended_at: (state != CycleState::Running).then_some(started_at + 1_000),
        ..Cycle::begun(CycleId::parse(id).unwrap(), ChannelId::parse(channel).unwrap(), Trigger::Period, started_at)
    }
}

pub fn counted(action: ActionKind, outcome: &str, count: u32) -> Count {
    Count { kind: ObjectKind::User, action, outcome: outcome.into(), count }
}

/// A connection with so many active channels `c0`, `c1` and so on, named `Channel 0` and so on.
pub fn connection(channels: usize) -> SpConnection {
    let mut connection = SpConnection::new(ConnectionId::parse("con").unwrap());
    connection.general.name = "Service".into();
    connection.enabled = true;
    connection.outbound_provisioning = true;
    let channel = |at: usize| {
        let mut channel = Channel::new(ChannelId::parse(&format!("c{at}")).unwrap());
        channel.name = format!("Channel {at}");
        channel.active = true;
        channel
    };
    connection.provisioning.channels = (0..channels).map(channel).collect();
    connection
}

async fn link(tx: &mut Tx, channel: &str, source: &str) {
    let head = LinkHead {
        kind: ObjectKind::User,
        source_id: SourceId(source.into()),
        target_id: TargetId(format!("t-{channel}-{source}")),
        dn_digest: Digest(1),
        value_digest: Digest(1),
        unique_digests: Vec::new(),
        members_digest: Digest(0),
        member_count: 0,
        active: true,
        origin: Origin::Created,
        mark: LinkMark::Good,
        left_at: None,
    };
    let link = Link {
        connection: ConnectionId::parse("con").unwrap(),
        channel: ChannelId::parse(channel).unwrap(),
        head,
        name: source.into(),
        dn: format!("CN={source}"),
        written: Written::default(),
    };
    assert_eq!(tx.put_links(&[link]).await.unwrap(), []);
}

fn setback(source: &str) -> Setback {
    Setback {
        kind: ObjectKind::User,
        source_id: SourceId(source.into()),
        name: source.into(),
        attempts: 1,
        next_at: now(),
        action: ActionKind::Update,
        detail: "refused".into(),
        value_digest: Digest(1),
    }
}

/// The row of a channel.
fn row<'a>(page: &'a str, channel: &str) -> &'a str {
    let rest = page.split(&format!("<tr id=\"channel-{channel}\">")).nth(1).unwrap_or_else(|| panic!("{page}"));
    rest.split("</tr>").next().unwrap()
}

#[tokio::test]
async fn two_hundred_channels_cost_as_many_statements_as_two() {
    let mut cost = Vec::new();
    let asked = Asked::count();
    for many in [2, 200] {
        let house = House::open_without_worker().await;
        let mut browser = house.administrator().await;
        let store = store_of(&house).await;
        let mut tx = store.begin().await.unwrap();
        tx.insert_connection(&connection(many), "admin", 1).await.unwrap();
        for at in 0..many {
            let channel = format!("c{at}");
            let mut done = cycle(&format!("a{at}"), &channel, now() - 5 * MINUTE_MS, CycleState::Succeeded);
            done.counts = vec![counted(ActionKind::Create, "done", 3)];
            tx.insert_cycle(&done).await.unwrap();
            tx.add_figures(&done.channel, &Figures::of(&done)).await.unwrap();
            // Under way: what is shown is the one before it.
            tx.insert_cycle(&cycle(&format!("b{at}"), &channel, now(), CycleState::Running)).await.unwrap();
            link(&mut tx, &channel, &format!("u{at}")).await;
        }
        tx.commit().await.unwrap();
        store.close().await;
        // What the server does by itself meanwhile counts too, now and then.
        let mut least = u64::MAX;
        let mut page = String::new();
        for _ in 0..4 {
            let before = asked.so_far().0;
            page = browser.page("/channels").await;
            least = least.min(asked.so_far().0 - before);
        }
        cost.push(least);
        assert_eq!(page.matches("<tr id=\"channel-").count(), many);
        assert_eq!(page.matches("<svg viewBox=\"0 0 144 28\"").count(), many);
        assert!(row(&page, "c1").contains("3 changes"));
        house.stop().await;
    }
    assert!(cost[0] > 3 && cost[0] == cost[1] && cost[1] <= 20, "{cost:?} statements");
}

#[tokio::test]
async fn each_channel_says_how_its_objects_stand_and_what_it_did_lately() {
    let house = House::open_without_worker().await;
    let mut browser = house.administrator().await;
    assert!(browser.page("/channels").await.contains("No channel yet"));
    let store = store_of(&house).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_connection(&connection(3), "admin", 1).await.unwrap();
    for source in ["ann", "bob", "cid"] {
        link(&mut tx, "c0", source).await;
    }
    let channel = |id: &str| ChannelId::parse(id).unwrap();
    tx.put_setbacks(&channel("c0"), &[setback("ann"), setback("new")]).await.unwrap();
    let mut partial = cycle("a", "c0", now() - 3 * MINUTE_MS, CycleState::Partial);
    partial.counts = vec![counted(ActionKind::Create, "done", 1_200), counted(ActionKind::Update, "rejected", 2)];
    let old = Figures { at: now() - 25 * 60 * MINUTE_MS, operations: 77, ..Figures::default() };
    for cycle in [&partial, &cycle("b", "c1", now() - MINUTE_MS, CycleState::Succeeded)] {
        tx.insert_cycle(cycle).await.unwrap();
        tx.add_figures(&cycle.channel, &Figures::of(cycle)).await.unwrap();
    }
    tx.add_figures(&channel("c0"), &old).await.unwrap();
    tx.update_channel_state(&channel("c0"), now(), |state| state.last_complete_at = Some(now() - 3 * MINUTE_MS)).await.unwrap();
    tx.update_channel_state(&channel("c2"), now(), |state| state.paused = true).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;

    let page = browser.page("/channels").await;
    let failing = row(&page, "c0");
    for part in ["2 people</span>", "note--bad\">2 people", "3 min 0 s", "1200 changes, 2 failed", "var(--bad)", "Run now Channel 0"] {
        assert!(failing.contains(part), "{part}: {failing}");
    }
    let quiet = row(&page, "c1");
    assert!(quiet.contains("Nothing to change") && quiet.contains("Never read") && !quiet.contains("<svg"), "{quiet}");
    assert!(row(&page, "c2").contains("Resume Channel 2"));

    // By their state, and by a piece of a name.
    for (address, shown) in [
        ("?status=off", vec!["c0", "c1", "c2"]),
        ("?q=CHANNEL+1", vec!["c1"]),
        ("?q=serv", vec!["c0", "c1", "c2"]),
        ("?q=1&status=paused", vec![]),
    ] {
        let page = browser.page(&format!("/channels{address}")).await;
        let found: Vec<_> = ["c0", "c1", "c2"].into_iter().filter(|id| page.contains(&format!("<tr id=\"channel-{id}\">"))).collect();
        assert_eq!(found, shown, "{address}");
    }
    let none = browser.page("/channels?q=1&status=paused").await;
    assert!(none.contains("No channel is like this") && none.contains("0 of 3 channels"), "{none}");
    assert!(none.contains("href=\"/channels?q=1\"") && none.contains("name=\"status\" value=\"paused\""), "{none}");
    house.stop().await;
}

/// However many channels there are, the page of one reads its own rows.
#[tokio::test]
async fn a_channels_page_asks_for_nothing_of_others() {
    let house = House::open_without_worker().await;
    let mut browser = house.administrator().await;
    let mut tx = house.store.begin().await.unwrap();
    for at in 0..200 {
        let mut one = connection(1);
        one.id = ConnectionId::parse(&format!("con{at}")).unwrap();
        (one.general.name, one.general.entity_id) = (format!("Service {at}"), format!("urn:{at}"));
        one.provisioning.channels[0].id = ChannelId::parse(&format!("c{at}")).unwrap();
        tx.insert_connection(&one, "admin", 1).await.unwrap();
    }
    tx.insert_cycle(&cycle("ran", "c7", now() - MINUTE_MS, CycleState::Succeeded)).await.unwrap();
    tx.insert_cycle(&cycle("runs", "c7", now(), CycleState::Running)).await.unwrap();
    tx.commit().await.unwrap();
    let asked = Asked::count();
    let page = browser.page("/channels/c7").await;
    let rows = asked.so_far().1;
    assert!(page.contains("Service 7") && page.contains("nothing to change"), "{page}");
    assert!((3..=30).contains(&rows), "{rows} rows");
    house.stop().await;
}
