//! What is remembered of each answer.

use crate::fixture::{config, group, person, with};
use crate::model::{Channel, Directory, Fault, HOUR, Target, complete};
use domain::id::{ChannelId, ConnectionId, SourceId, TargetId};
use domain::model::cycle::Setback;
use domain::model::link::{LinkMark, ObjectKind};
use domain::model::plan::{Action, ActionKind, Op, Outcome};
use engine::{Answer, Config, LinkChange, Planned, Prepared, Recorder, SetbackChange, Settled, lookups};

const MINUTE: i64 = 60_000;

/// Ann and Bob in one group.
fn directory() -> Directory {
    let people = vec![person("1", "Ann"), person("2", "Bob")];
    let members: Vec<String> = people.iter().map(|p| p.dn.clone()).collect();
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    Directory { people, groups: vec![group("g", "Sales", &members)] }
}

/// Plans, and settles the first operation of a kind with an answer, as if those before it were done.
fn settle(config: &Config, channel: &Channel, directory: &Directory, action: ActionKind, answer: Answer) -> (Op, Settled) {
    let target = Target::default();
    let Planned { plan, index } = channel.plan(config, directory, &target, complete());
    let links = Recorder::needs(&plan).into_iter().filter_map(|k| channel.links.get(&k).cloned());
    let (connection, id) = (ConnectionId::parse("c").unwrap(), ChannelId::parse("h").unwrap());
    let mut recorder = Recorder::new(config, connection, id, &plan, index, links, channel.setbacks.values().cloned());
    for (n, op) in plan.ops.iter().enumerate() {
        if op.action.kind() == action {
            return (op.clone(), recorder.settle(op, answer, channel.now));
        }
        let target = Some(TargetId(format!("t{n}")));
        recorder.settle(op, Answer { target, ..Answer::of(Outcome::Done) }, channel.now);
    }
    panic!("no {action:?} in {:#?}", plan.ops);
}

fn settled() -> (Config, Channel, Target) {
    let (config, mut channel, mut target) = (config(), Channel::default(), Target::default());
    channel.settle(&config, &directory(), &mut target);
    (config, channel, target)
}

fn put(settled: &Settled) -> &domain::model::link::Link {
    match &settled.link {
        Some(LinkChange::Put(link)) => link,
        other => panic!("{other:?}"),
    }
}

fn set_back(settled: &Settled) -> &Setback {
    match &settled.setback {
        Some(SetbackChange::Put(setback)) => setback,
        other => panic!("{other:?}"),
    }
}

fn unknown() -> Answer {
    Answer::of(Outcome::Unknown { detail: "time-out".into() })
}

fn refused() -> Answer {
    Answer::of(Outcome::Rejected { status: 400, detail: "title is odd".into() })
}

#[test]
fn a_create() {
    let (config, channel) = (config(), Channel { now: 5, ..Channel::default() });
    let with_answer = |answer| settle(&config, &channel, &directory(), ActionKind::Create, answer).1;

    let done = with_answer(Answer { target: Some(TargetId("t".into())), ..Answer::of(Outcome::Done) });
    let link = put(&done);
    assert_eq!((link.head.target_id.0.as_str(), link.head.mark, link.head.active), ("t", LinkMark::Good, true));
    assert_eq!(link.name, "Ann@example.com");
    assert!(done.intent_over && done.setback.is_none() && !done.follow_up);

    let lost = with_answer(unknown());
    assert!(lost.link.is_none() && !lost.intent_over && lost.follow_up);
    assert_eq!((set_back(&lost).next_at, set_back(&lost).attempts), (5, 1));

    let no_id = with_answer(Answer::of(Outcome::Done));
    assert!(no_id.link.is_none() && !no_id.intent_over && no_id.follow_up);

    let conflict = with_answer(Answer::of(Outcome::Conflict { detail: "userName".into() }));
    assert!(conflict.link.is_none() && conflict.intent_over && conflict.follow_up);
    assert_eq!(lookups(&[set_back(&conflict).clone()], 5), [(ObjectKind::User, "Ann@example.com".to_owned())]);

    let refused = with_answer(refused());
    assert!(refused.intent_over && !refused.follow_up);
    assert_eq!(set_back(&refused).next_at, 5 + MINUTE);
    assert_eq!(set_back(&refused).detail, "The target refused it (HTTP 400): title is odd");
    assert!(lookups(&[set_back(&refused).clone()], i64::MAX).is_empty());

    let stopped = with_answer(Answer::of(Outcome::NotTried { detail: "stop".into() }));
    assert!(stopped.link.is_none() && stopped.setback.is_none() && stopped.intent_over);
}

#[test]
fn an_update() {
    let (config, mut channel, _) = settled();
    let mut changed = directory();
    changed.people[0] = with(changed.people[0].clone(), "title", &["Head"]);
    let with_answer = |channel: &Channel, answer| settle(&config, channel, &changed, ActionKind::Update, answer).1;

    let done = with_answer(&channel, Answer::of(Outcome::Done));
    assert_eq!(put(&done).written.values["title"].show(), "Head");
    assert_eq!(put(&done).head.mark, LinkMark::Good);

    let gone = with_answer(&channel, Answer::of(Outcome::Gone));
    assert_eq!((put(&gone).head.mark, gone.follow_up), (LinkMark::Gone, true));

    let lost = with_answer(&channel, unknown());
    assert_eq!((put(&lost).head.mark, lost.follow_up), (LinkMark::Stale, true));
    assert_eq!(put(&lost).written.values["title"].show(), "Head", "it may be there");

    // Each failure with the same goal doubles the delay, up to six hours.
    let mut delays = Vec::new();
    for _ in 0..12 {
        let answer = with_answer(&channel, refused());
        let setback = set_back(&answer).clone();
        delays.push((setback.next_at - channel.now) / MINUTE);
        channel.now = setback.next_at;
        channel.setbacks.insert((setback.kind, setback.source_id.clone()), setback);
    }
    assert_eq!(delays, [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]);

    let settled = with_answer(&channel, Answer::of(Outcome::Done));
    assert_eq!(settled.setback, Some(SetbackChange::Clear(ObjectKind::User, SourceId("1".into()))));
}

#[test]
fn a_setback_waits_for_its_own_goal_only() {
    let (config, mut channel, target) = settled();
    let mut changed = directory();
    changed.people[0] = with(changed.people[0].clone(), "title", &["Head"]);
    let answer = settle(&config, &channel, &changed, ActionKind::Update, refused()).1;
    channel.setbacks.insert((ObjectKind::User, SourceId("1".into())), set_back(&answer).clone());

    let waiting = channel.plan(&config, &changed, &target, complete()).plan;
    assert!(waiting.ops.is_empty());
    assert_eq!(
        waiting.waiting.iter().map(|(o, at)| (o.name.as_str(), *at)).collect::<Vec<_>>(),
        [("Ann@example.com", channel.now + MINUTE)]
    );

    // The clock went back by a day since: nobody waits for a day because of that.
    channel.now -= 24 * HOUR;
    assert_eq!(channel.plan(&config, &changed, &target, complete()).plan.ops.len(), 1);
    channel.now += 24 * HOUR;

    changed.people[0] = with(changed.people[0].clone(), "title", &["Chief"]);
    assert_eq!(channel.plan(&config, &changed, &target, complete()).plan.ops.len(), 1, "another value is tried at once");

    let as_before = channel.plan(&config, &directory(), &target, complete()).plan;
    assert_eq!(as_before.recovered, [(ObjectKind::User, SourceId("1".into()))]);
}

#[test]
fn members_in_part() {
    let (config, channel) = (config(), Channel::default());
    let one = || Some(vec![SourceId("2".into())]);
    let (op, part) = settle(&config, &channel, &directory(), ActionKind::AddMembers, Answer { members: one(), ..refused() });
    assert!(matches!(&op.action, Action::AddMembers { members } if members.len() == 2));
    assert_eq!((put(&part).written.members.clone(), put(&part).head.member_count), (one().unwrap(), 1));

    let (_, lost) = settle(&config, &channel, &directory(), ActionKind::AddMembers, unknown());
    assert_eq!((put(&lost).head.member_count, put(&lost).head.mark), (2, LinkMark::Stale));
}

#[test]
fn a_removal() {
    let (config, channel, _) = settled();
    let mut without = directory();
    without.people.remove(0);
    let with_answer = |answer| settle(&config, &channel, &without, ActionKind::Disable, answer).1;
    assert!(!put(&with_answer(Answer::of(Outcome::Done))).head.active);
    let lost = with_answer(unknown());
    assert!(put(&lost).head.active && put(&lost).head.mark == LinkMark::Stale);

    without.groups[0] = group("other", "Other", &[]);
    let deleted = settle(&config, &channel, &without, ActionKind::Delete, Answer::of(Outcome::Gone)).1;
    assert_eq!(deleted.link, Some(LinkChange::Forget(ObjectKind::Group, SourceId("g".into()))));
}

#[test]
fn a_delete_that_may_have_been_done_is_looked_up_first() {
    let (config, mut channel, mut target) = settled();
    let mut without = directory();
    without.groups[0] = group("other", "Other", &[]);
    let begin = |channel: &Channel, target: &Target| {
        let Planned { plan, index } = channel.plan(&config, &without, target, complete());
        let op = plan.ops.iter().find(|op| op.action == Action::Delete).unwrap().clone();
        let recorder = Recorder::new(
            &config,
            ConnectionId::parse("c").unwrap(),
            ChannelId::parse("h").unwrap(),
            &plan,
            index,
            channel.links.values().cloned(),
            [],
        );
        let Prepared::Go { look_first, .. } = recorder.prepare(&op) else { panic!("{op:?}") };
        (recorder.doubt(&op), look_first)
    };
    let (doubt, look_first) = begin(&channel, &target);
    let doubt = doubt.unwrap();
    assert_eq!((doubt.head.mark, look_first), (LinkMark::Stale, false));

    // Stored before the delete is sent; a kill leaves it so.
    let key = (doubt.head.kind, doubt.head.source_id.clone());
    let before = channel.links.insert(key.clone(), doubt).unwrap();
    let (again, look_first) = begin(&channel, &target);
    assert_eq!((again, look_first), (None, true));

    // One that was not sent after all leaves no doubt.
    channel.links.insert(key, before.clone());
    let not_tried = Answer::of(Outcome::NotTried { detail: "stopped".into() });
    let settled = settle(&config, &channel, &without, ActionKind::Delete, not_tried).1;
    assert_eq!(put(&settled), &before);
    channel.settle(&config, &without, &mut target);
}

/// Killed after the target had created her, and she left before the next cycle.
#[test]
fn who_was_created_and_left_before_it_was_known_is_found_and_removed() {
    let (config, mut channel, mut target) = settled();
    let mut with_eve = directory();
    with_eve.people.push(person("9", "Eve"));
    channel.run(&config, &with_eve, &mut target, complete(), &[Fault::Killed]);
    assert_eq!((target.users.len(), channel.links.len(), channel.intents.len()), (3, 3, 1));

    let plan = channel.run(&config, &directory(), &mut target, complete(), &[]);
    assert_eq!(
        plan.ops.iter().map(|op| (op.object.name.as_str(), op.action.kind())).collect::<Vec<_>>(),
        [("Eve@example.com", ActionKind::Adopt)]
    );
    channel.settle(&config, &directory(), &mut target);
    let eve = target.users.values().find(|t| t.values["userName"] == "Eve@example.com").unwrap();
    assert!(!eve.active && channel.intents.is_empty());

    // Where nothing came to the target, the intent is over.
    let (config, mut channel, mut target) = settled();
    channel.run(&config, &with_eve, &mut target, complete(), &[Fault::Lost]);
    assert_eq!((target.users.len(), channel.intents.len()), (2, 1));
    channel.settle(&config, &directory(), &mut target);
    assert_eq!((target.users.len(), channel.links.len(), channel.intents.len()), (2, 3, 0));

    // Somebody else of that name is left alone, and a person is told.
    channel.run(&config, &with_eve, &mut target, complete(), &[Fault::Lost]);
    target.add(ObjectKind::User, "other", &[("userName", "Eve@example.com"), ("externalId", "somebody")]);
    let plan = channel.run(&config, &directory(), &mut target, complete(), &[]);
    assert!(plan.ops.is_empty(), "{:?}", plan.ops);
    assert!(plan.coverage.notes[0].contains("does not say that it is the same one"), "{:?}", plan.coverage.notes);
}

#[test]
fn what_stands_in_the_way_is_not_asked_about_in_every_cycle() {
    let mut channel_config = crate::fixture::channel();
    channel_config.existing = domain::model::channel::ExistingObjects::Report;
    let config = Config::new(&crate::fixture::connector(), &Default::default(), &channel_config).unwrap();
    let mut target = Target::default();
    target.add(ObjectKind::User, "old", &[("userName", "ann@example.com")]);
    let mut channel = Channel { observe: true, now: HOUR, ..Channel::default() };
    let first = channel.run(&config, &directory(), &mut target, complete(), &[]);
    let reason = "An object with the userName ‘Ann@example.com’ is already at the target, and existing objects are left alone.";
    assert_eq!(first.skipped.iter().map(|s| s.reason.as_str()).collect::<Vec<_>>(), [reason]);
    let setbacks: Vec<Setback> = channel.setbacks.values().cloned().collect();
    assert!(lookups(&setbacks, channel.now).is_empty(), "not in the next cycle");
    let calls = target.calls;
    let second = channel.run(&config, &directory(), &mut target, complete(), &[]);
    assert_eq!((second.ops.len(), second.skipped), (0, first.skipped), "and it is still said");
    assert_eq!(lookups(&setbacks, channel.now + MINUTE).len(), 1, "but later");
    assert_eq!(target.calls, calls);
}
