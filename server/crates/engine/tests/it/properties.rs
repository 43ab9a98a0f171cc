//! What must hold for every directory, every target and every row of failures.

use crate::fixture::{self, dn, group, person, with};
use crate::model::{Channel, Directory, Fault, HOUR, Target, complete};
use domain::id::SourceId;
use domain::model::channel::{ExistingObjects, Guards};
use domain::model::link::ObjectKind;
use domain::model::plan::{Action, ActionKind, Guard, Op, Value};
use domain::model::sp_connection::{ProvisioningOptions, RemoveAction};
use engine::Config;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// One person of the model: small numbers, so that people share mails, move, leave and refer to each other often.
#[derive(Clone, Debug)]
pub(crate) struct Someone {
    id: u8,
    mail: u8,
    title: Option<u8>,
    pub(crate) manager: Option<u8>,
    enabled: bool,
    named: bool,
    moved: bool,
}

#[derive(Clone, Debug)]
struct SomeGroup {
    id: u8,
    name: u8,
    people: BTreeSet<u8>,
    groups: BTreeSet<u8>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    pub(crate) people: BTreeMap<u8, Someone>,
    groups: BTreeMap<u8, SomeGroup>,
}

fn someone() -> impl Strategy<Value = Someone> {
    let mail = prop_oneof![4 => Just(None), 1 => (0u8..12).prop_map(Some)];
    let rest = (
        proptest::option::of(0u8..3),
        proptest::option::weighted(0.4, 0u8..12),
        prop::bool::weighted(0.85),
        prop::bool::weighted(0.93),
        any::<bool>(),
    );
    (0u8..12, mail, rest).prop_map(|(id, mail, (title, manager, enabled, named, moved))| Someone {
        id,
        mail: mail.unwrap_or(id),
        title,
        manager,
        enabled,
        named,
        moved,
    })
}

fn some_group() -> impl Strategy<Value = SomeGroup> {
    let name = prop_oneof![5 => Just(None), 1 => (0u8..5).prop_map(Some)];
    (0u8..5, name, prop::collection::btree_set(0u8..12, 0..6), prop::collection::btree_set(0u8..5, 0..2))
        .prop_map(|(id, name, people, groups)| SomeGroup { id, name: name.unwrap_or(id), people, groups })
}

pub(crate) fn world() -> impl Strategy<Value = World> {
    (prop::collection::vec(someone(), 0..12), prop::collection::vec(some_group(), 0..5)).prop_map(|(people, groups)| World {
        people: people.into_iter().map(|p| (p.id, p)).collect(),
        groups: groups.into_iter().map(|g| (g.id, g)).collect(),
    })
}

pub(crate) fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        5 => Just(Fault::None),
        2 => Just(Fault::Refused),
        2 => Just(Fault::Deaf),
        2 => Just(Fault::Lost),
        1 => Just(Fault::Killed),
        1 => Just(Fault::Stopped),
    ]
}

/// Objects that are at the target before Towpath: some may be adopted, some have nothing to do with the directory.
pub(crate) fn others() -> impl Strategy<Value = (BTreeSet<u8>, BTreeSet<u8>)> {
    (prop::collection::btree_set(0u8..16, 0..5), prop::collection::btree_set(0u8..7, 0..3))
}

pub(crate) fn target_with(others: &(BTreeSet<u8>, BTreeSet<u8>)) -> Target {
    let mut target = Target::default();
    for n in &others.0 {
        let mail = mail(*n);
        target.add(ObjectKind::User, &format!("old{n}"), &[("userName", &mail), ("title", "old"), ("phone", "1")]);
    }
    for n in &others.1 {
        target.add(ObjectKind::Group, &format!("oldg{n}"), &[("displayName", &format!("Team {n}"))]);
        let members: Vec<String> = others.0.iter().map(|n| format!("old{n}")).collect();
        target.groups.get_mut(&format!("oldg{n}")).unwrap().members.extend(members);
    }
    target
}

fn mail(n: u8) -> String {
    format!("p{n}@example.com")
}

fn person_dn(p: &Someone) -> String {
    dn(&format!("Person {}{}", p.id, if p.moved { " (moved)" } else { "" }))
}

pub(crate) fn read(world: &World) -> Directory {
    let group_dn = |id: u8| format!("CN=g{id},OU=Groups,DC=example,DC=com");
    let people = world.people.values().map(|p| {
        let mut entry = person(&format!("u{}", p.id), &format!("Person {}", p.id));
        entry.dn = person_dn(p);
        entry = with(entry, "mail", &[&mail(p.mail)]);
        entry = with(entry, "userAccountControl", &[if p.enabled { "512" } else { "514" }]);
        if let Some(title) = p.title {
            entry = with(entry, "title", &[&format!("t{title}")]);
        }
        if let Some(manager) = p.manager {
            let of = world.people.get(&manager).map_or_else(|| dn("Nobody"), person_dn);
            entry = with(entry, "manager", &[&of]);
        }
        if !p.named {
            entry = with(entry, "sn", &[]);
        }
        with(entry, "sAMAccountName", &[&format!("nick{}", p.id)])
    });
    let groups = world.groups.values().map(|g| {
        let people = g.people.iter().map(|id| world.people.get(id).map_or_else(|| dn("Nobody"), person_dn));
        let members: Vec<String> = people.chain(g.groups.iter().map(|id| group_dn(*id))).collect();
        let mut read = group(&format!("g{}", g.id), &format!("Team {}", g.name), &[]);
        read.dn = group_dn(g.id);
        read.members = members;
        read
    });
    Directory { people: people.collect(), groups: groups.collect() }
}

pub(crate) fn config_with(options: ProvisioningOptions, existing: ExistingObjects, guards: Option<Guards>) -> Config {
    let mut channel = fixture::channel();
    channel.existing = existing;
    if let Some(guards) = guards {
        channel.guards = guards;
    }
    Config::new(&fixture::connector(), &options, &channel).unwrap()
}

pub(crate) fn options() -> impl Strategy<Value = ProvisioningOptions> {
    let action = prop_oneof![Just(RemoveAction::Disable), Just(RemoveAction::Delete), Just(RemoveAction::DeleteLater)];
    (any::<bool>(), action).prop_map(|(provision_disabled, remove_action)| ProvisioningOptions {
        provision_disabled,
        remove_action,
        delete_after_days: 1,
        ..ProvisioningOptions::default()
    })
}

/// What the world asks for, said anew and simply: who is at the target in which state, as far as no key stands in the way.
pub(crate) fn check_converged(
    world: &World,
    channel: &Channel,
    target: &Target,
    options: &ProvisioningOptions,
) -> Result<(), TestCaseError> {
    let link = |kind, id: String| channel.links.get(&(kind, SourceId(id)));
    let wanted = |p: &&Someone| p.named && (p.enabled || options.provision_disabled);
    let mut mails: BTreeMap<u8, u32> = BTreeMap::new();
    world.people.values().filter(wanted).for_each(|p| *mails.entry(p.mail).or_default() += 1);
    for p in world.people.values() {
        let id = format!("u{}", p.id);
        let held_by_other = target.users.iter().any(|(t, thing)| {
            let mine = link(ObjectKind::User, id.clone()).is_some_and(|l| l.head.target_id.0 == *t);
            !mine && thing.values.get("userName") == Some(&mail(p.mail))
        });
        if wanted(&p) && mails[&p.mail] == 1 && !held_by_other {
            let Some(link) = link(ObjectKind::User, id) else { return Err(TestCaseError::fail(format!("{p:?} is not linked"))) };
            let thing = &target.users[&link.head.target_id.0];
            prop_assert_eq!(thing.active, p.enabled);
            prop_assert_eq!(&thing.values["userName"], &mail(p.mail));
            prop_assert_eq!(thing.values.get("title").cloned(), p.title.map(|t| format!("t{t}")));
            let manager = p.manager.filter(|m| world.people.contains_key(m)).map(|m| format!("u{m}"));
            let boss = manager.and_then(|m| channel.links.get(&(ObjectKind::User, SourceId(m))));
            prop_assert_eq!(thing.values.get("manager"), boss.map(|l| &l.head.target_id.0), "manager of {:?}", p);
        }
        if !p.enabled && !options.provision_disabled {
            let at = link(ObjectKind::User, format!("u{}", p.id)).map(|l| &target.users[&l.head.target_id.0]);
            prop_assert!(at.is_none_or(|t| !t.active), "{:?} is disabled and active at the target", p);
            prop_assert!(options.remove_action != RemoveAction::Delete || at.is_none());
        }
    }
    for ((kind, id), link) in &channel.links {
        let there = match kind {
            ObjectKind::User => target.users.get(&link.head.target_id.0),
            ObjectKind::Group => target.groups.get(&link.head.target_id.0),
        };
        prop_assert!(there.is_some(), "the link of {} points nowhere", id);
        let in_scope = world.people.keys().any(|n| id.0 == format!("u{n}")) || world.groups.keys().any(|n| id.0 == format!("g{n}"));
        prop_assert!(in_scope || (*kind == ObjectKind::User && !there.unwrap().active), "{} left and is still there", id);
    }
    let mut names: BTreeMap<u8, u32> = BTreeMap::new();
    world.groups.values().for_each(|g| *names.entry(g.name).or_default() += 1);
    for g in world.groups.values() {
        let Some(link) = link(ObjectKind::Group, format!("g{}", g.id)) else { continue };
        if names[&g.name] > 1 {
            continue;
        }
        let thing = &target.groups[&link.head.target_id.0];
        if thing.values["displayName"] != format!("Team {}", g.name) {
            let taken = target
                .groups
                .iter()
                .any(|(t, other)| *t != link.head.target_id.0 && other.values["displayName"] == format!("Team {}", g.name));
            prop_assert!(taken, "{:?} is not renamed", g);
            continue;
        }
        let mut people = BTreeSet::new();
        flatten(world, g.id, &mut BTreeSet::new(), &mut people);
        let linked = people.iter().filter_map(|n| channel.links.get(&(ObjectKind::User, SourceId(format!("u{n}")))));
        let expected: BTreeSet<String> = linked.map(|l| l.head.target_id.0.clone()).collect();
        let ours: BTreeSet<String> = channel.ours();
        let got: BTreeSet<String> = thing.members.iter().filter(|m| ours.contains(*m)).cloned().collect();
        prop_assert!(got.is_superset(&expected), "{:?} lacks members: {:?} {:?}", g, got, expected);
        // Who was in an adopted group before they were ours is a stranger's doing, as far as we can know.
        let old = |m: &String| m.starts_with("old") && link.head.target_id.0.starts_with("oldg");
        prop_assert!(got.difference(&expected).all(old), "{:?} has members too many: {:?} {:?}", g, got, expected);
    }
    Ok(())
}

fn flatten(world: &World, group: u8, walked: &mut BTreeSet<u8>, people: &mut BTreeSet<u8>) {
    let Some(g) = world.groups.get(&group).filter(|_| walked.insert(group)) else { return };
    people.extend(g.people.iter().filter(|n| world.people.contains_key(n)));
    g.groups.iter().for_each(|inner| flatten(world, *inner, walked, people));
}

fn removals(ops: &[Op]) -> Vec<&Op> {
    ops.iter().filter(|op| op.action.kind().is_removal()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 4000, ..ProptestConfig::default() })]

    /// Converge; quiet on the second run; any subset of failures converges later.
    #[test]
    fn it_converges_whatever_fails(
        worlds in prop::collection::vec((world(), prop::collection::vec(prop::collection::vec(fault(), 0..10), 0..3)), 1..4),
        others in others(), options in options(), observe in any::<bool>(),
    ) {
        let config = config_with(options.clone(), ExistingObjects::Adopt, None);
        let mut target = target_with(&others);
        let mut channel = Channel { observe, ..Channel::default() };
        for (world, runs) in &worlds {
            let directory = read(world);
            for faults in runs {
                channel.now += HOUR / 60;
                channel.run(&config, &directory, &mut target, complete(), faults);
            }
            channel.settle(&config, &directory, &mut target);
            check_converged(world, &channel, &target, &options)?;
            let calls = target.calls;
            let plan = channel.run(&config, &directory, &mut target, complete(), &[]);
            prop_assert!(plan.ops.is_empty() && plan.refreshed.is_empty(), "{:#?}", plan);
            prop_assert_eq!(target.calls, calls);
        }
    }

    /// Objects that are not ours stay as they are, and so does what we do not map.
    #[test]
    fn unmanaged_objects_are_never_touched(
        worlds in prop::collection::vec(world(), 1..4), others in others(), options in options(), observe in any::<bool>(),
        report in any::<bool>(), faults in prop::collection::vec(fault(), 0..12),
    ) {
        let existing = if report { ExistingObjects::Report } else { ExistingObjects::Adopt };
        let config = config_with(options, existing, None);
        let before = target_with(&others);
        let mut target = before.clone();
        let mut channel = Channel { observe, ..Channel::default() };
        let mut ours = BTreeSet::new();
        for world in &worlds {
            let directory = read(world);
            channel.run(&config, &directory, &mut target, complete(), &faults);
            ours.extend(channel.ours());
            channel.settle(&config, &directory, &mut target);
            ours.extend(channel.ours());
        }
        if report && !faults.contains(&Fault::Deaf) && !faults.contains(&Fault::Lost) && !faults.contains(&Fault::Killed) {
            prop_assert_eq!(channel.adopted(), 0);
            prop_assert!(ours.iter().all(|id| !id.starts_with("old")));
        }
        for (id, thing) in &before.users {
            if !ours.contains(id) {
                prop_assert_eq!(target.users.get(id), Some(thing));
            } else if let Some(now) = target.users.get(id) {
                prop_assert_eq!(now.values.get("phone"), thing.values.get("phone"));
            }
        }
        for (id, thing) in &before.groups {
            let strangers = |t: &crate::model::Thing| t.members.iter().filter(|m| !ours.contains(*m)).cloned().collect::<BTreeSet<_>>();
            // Who is ours may have been deleted, and then is in no group any more.
            match target.groups.get(id) {
                Some(now) => {
                    prop_assert_eq!(strangers(now), strangers(thing));
                    prop_assert!(ours.contains(id) || now.values == thing.values);
                }
                None => prop_assert!(ours.contains(id)),
            }
        }
    }

    /// The order of reading does not matter, and a preview is what the next cycle does.
    #[test]
    fn the_plan_does_not_depend_on_the_order(
        (first, second) in (world(), world()), others in others(), options in options(), seed in any::<u64>(),
        faults in prop::collection::vec(fault(), 0..10), whole in any::<bool>(),
    ) {
        let config = config_with(options, ExistingObjects::Adopt, Some(Guards::default()));
        let mut target = target_with(&others);
        let mut channel = Channel { observe: true, ..Channel::default() };
        channel.run(&config, &read(&first), &mut target, complete(), &faults);
        let directory = read(&second);
        let mut shuffled = directory.clone();
        let mut state = seed | 1;
        let mut random = |n: usize| { state ^= state << 13; state ^= state >> 7; state ^= state << 17; (state % n as u64) as usize };
        for at in (1..shuffled.people.len()).rev() { shuffled.people.swap(at, random(at + 1)); }
        for at in (1..shuffled.groups.len()).rev() { shuffled.groups.swap(at, random(at + 1)); }
        for group in &mut shuffled.groups { group.members.reverse(); }
        let mut coverage = complete();
        coverage.users.ids_complete = whole;
        let preview = channel.plan(&config, &directory, &target, coverage.clone()).plan;
        prop_assert_eq!(&preview, &channel.plan(&config, &shuffled, &target, coverage.clone()).plan);
        prop_assert_eq!(&preview, &channel.run(&config, &directory, &mut target, coverage, &[]));
    }

    /// Every reference exists before it is used, in the plan itself and not only by the grace of the recorder.
    #[test]
    fn every_reference_exists_before_it_is_used(first in world(), second in world(), options in options(), faults in prop::collection::vec(fault(), 0..8)) {
        let config = config_with(options, ExistingObjects::Adopt, None);
        let mut target = Target::default();
        let mut channel = Channel { observe: true, ..Channel::default() };
        channel.run(&config, &read(&first), &mut target, complete(), &faults);
        channel.now += HOUR;
        let plan = channel.plan(&config, &read(&second), &target, complete()).plan;
        let good = |l: &&domain::model::link::Link| l.head.mark != domain::model::link::LinkMark::Gone;
        let mut there: BTreeSet<(ObjectKind, SourceId)> =
            channel.links.values().filter(good).map(|l| (l.head.kind, l.head.source_id.clone())).collect();
        let mut phase = None;
        for op in &plan.ops {
            prop_assert!(phase <= Some(op.phase()));
            phase = Some(op.phase());
            let key = (op.object.kind, op.object.source_id.clone());
            match &op.action {
                Action::Create { .. } => {
                    prop_assert!(op.after.values.values().all(|v| matches!(v, Value::Text(_))));
                    there.insert(key);
                }
                Action::Adopt { .. } => { there.insert(key); }
                Action::Update { changes } => {
                    prop_assert!(there.contains(&key) && !changes.is_empty());
                    let refs = changes.iter().filter(|c| matches!(c.to, Some(Value::Ref(_)))).count();
                    prop_assert!(refs == 0 || refs == changes.len());
                    for change in changes {
                        if let Some(Value::Ref(id)) = &change.to { prop_assert!(there.contains(&(ObjectKind::User, id.clone()))); }
                    }
                }
                Action::AddMembers { members } => {
                    prop_assert!(there.contains(&key) && !members.is_empty());
                    for id in members { prop_assert!(there.contains(&(ObjectKind::User, id.clone()))); }
                }
                Action::Delete => { prop_assert!(there.remove(&key)); }
                Action::Unlink | Action::HandOver { .. } => {}
                _ => prop_assert!(there.contains(&key)),
            }
        }
    }

    /// A read that did not see every id removes nothing, approved or not, and the target loses nothing.
    #[test]
    fn an_incomplete_scope_removes_nothing(first in world(), second in world(), options in options(), users in any::<bool>(), problem in proptest::option::of("[a-z]{3}")) {
        let config = config_with(options, ExistingObjects::Adopt, None);
        let mut target = Target::default();
        let mut channel = Channel::default();
        channel.settle(&config, &read(&first), &mut target);
        let before = target.clone();
        let mut coverage = complete();
        coverage.problem = problem;
        coverage.users.ids_complete = !users;
        coverage.groups.ids_complete = users;
        let plan = channel.plan(&config, &read(&second), &target, coverage.clone()).plan;
        channel.approve(&plan);
        let plan = channel.run(&config, &read(&second), &mut target, coverage, &[]);
        let kind = if users { ObjectKind::User } else { ObjectKind::Group };
        for op in removals(&plan.ops) {
            prop_assert!(op.action.kind() != ActionKind::RemoveMembers && op.object.kind != kind, "{:?}", op);
        }
        if users {
            for (id, thing) in &before.users {
                prop_assert!(target.users.get(id).is_some_and(|now| now.active || !thing.active), "{} was removed", id);
            }
            let gone = channel.links.keys().filter(|(k, id)| *k == kind && !read(&second).people.iter().any(|p| p.id == *id)).count();
            prop_assert!(gone == 0 || plan.held.iter().any(|h| h.guard == Guard::IncompleteRead));
        }
        let ours = channel.ours();
        for (id, thing) in &before.groups {
            let Some(now) = target.groups.get(id) else { prop_assert!(users); continue };
            let lost: Vec<_> = thing.members.difference(&now.members).filter(|m| ours.contains(*m) && target.users.contains_key(*m)).collect();
            prop_assert!(lost.is_empty(), "{} lost {:?}", id, lost);
        }
    }

    /// The guards hold, whatever there is to remove: the target never loses more than they allow, and approval is exact.
    #[test]
    fn the_guards_hold(first in world(), second in world(), options in options(), max in 0u32..3, drop in prop_oneof![Just(20u32), Just(100)]) {
        let guards = Guards { max_drop_percent: drop, max_removals: max, max_removals_percent: 0, group_min_members: 2, ..Guards::default() };
        let config = config_with(options, ExistingObjects::Adopt, Some(guards));
        let mut target = Target::default();
        let mut channel = Channel::default();
        channel.settle(&config, &read(&first), &mut target);
        let directory = read(&second);
        let before = channel.plan(&config, &directory, &target, complete()).plan;
        let is_removal = |op: &&Op| op.action.kind() != ActionKind::RemoveMembers;
        for kind in [ObjectKind::User, ObjectKind::Group] {
            let flowing = removals(&before.ops).into_iter().filter(is_removal).filter(|op| op.object.kind == kind).count();
            prop_assert!(flowing <= max as usize);
        }
        if directory.people.is_empty() {
            prop_assert!(removals(&before.ops).iter().all(|op| op.object.kind == ObjectKind::Group));
        }
        let last = channel.last.0.unwrap();
        if u32::try_from(directory.people.len()).unwrap() * 100 < last * (100 - drop) {
            prop_assert!(removals(&before.ops).iter().all(|op| op.object.kind != ObjectKind::User));
        }
        for op in &before.ops {
            if let Action::RemoveMembers { members } = &op.action {
                let had = channel.links[&(ObjectKind::Group, op.object.source_id.clone())].written.members.len();
                prop_assert!(had < 2 || members.len() * 2 <= had);
            }
        }
        // Approve one of those held: it flows, the others do not.
        let held: Vec<Op> = before.held.iter().flat_map(|h| h.ops.clone()).filter(|op| is_removal(&op)).collect();
        if let Some(one) = held.first() {
            channel.approve(&before);
            channel.approvals.retain(|a| a.source_id == one.object.source_id && a.kind == one.object.kind && a.action == one.action.kind());
            let after = channel.plan(&config, &directory, &target, complete()).plan;
            prop_assert!(after.ops.iter().any(|op| op.object.source_id == one.object.source_id && op.action.kind() == one.action.kind()));
            channel.approvals.iter_mut().for_each(|a| a.approved = false);
            let after = channel.plan(&config, &directory, &target, complete()).plan;
            let rejected = after.held.iter().filter(|h| h.guard == Guard::Rejected).flat_map(|h| &h.ops);
            prop_assert_eq!(rejected.map(|op| op.object.source_id.clone()).collect::<Vec<_>>(), vec![one.object.source_id.clone()]);
        }
    }

    /// Whoever is protected keeps everything, whatever else is removed and whoever approves it.
    #[test]
    fn nothing_is_taken_away_from_the_protected(first in world(), second in world(), options in options()) {
        let mut of_channel = fixture::channel();
        of_channel.protected = vec!["P1@example.*".into(), "p?@nowhere".into(), "p2@*".into()];
        let config = Config::new(&fixture::connector(), &options, &of_channel).unwrap();
        let mut target = Target::default();
        let mut channel = Channel::default();
        channel.settle(&config, &read(&first), &mut target);
        let before = target.clone();
        channel.settle(&config, &read(&second), &mut target);
        channel.now += 100 * HOUR;
        channel.settle(&config, &read(&second), &mut target);
        for n in [1, 2] {
            let Some((id, thing)) = before.users.iter().find(|(_, t)| t.values["userName"] == mail(n)) else { continue };
            let now = target.users.get(id);
            if now.is_some_and(|now| now.values["userName"] != mail(n)) {
                continue;
            }
            prop_assert!(now.is_some_and(|now| now.active || !thing.active), "{} is {:?}", mail(n), now);
            for (group, thing) in before.groups.iter().filter(|(_, g)| g.members.contains(id)) {
                let now = target.groups.get(group);
                prop_assert!(now.is_some_and(|now| now.members.contains(id)), "{} lost {}: {:?}", thing.values["displayName"], mail(n), now);
            }
        }
    }

    /// People or groups that share a unique value are reported, each of them, and none of them is written over the other.
    #[test]
    fn duplicates_are_reported_and_never_applied(first in world(), second in world()) {
        let config = config_with(ProvisioningOptions::default(), ExistingObjects::Adopt, None);
        let mut target = Target::default();
        let mut channel = Channel::default();
        channel.settle(&config, &read(&first), &mut target);
        let plan = channel.plan(&config, &read(&second), &target, complete()).plan;
        for a in second.people.values().filter(|p| p.enabled && p.named) {
            let same: Vec<_> = second.people.values().filter(|b| b.enabled && b.named && b.mail == a.mail).collect();
            if same.len() < 2 {
                continue;
            }
            let owner = |p: &Someone| {
                let key = (ObjectKind::User, SourceId(format!("u{}", p.id)));
                channel.links.get(&key).is_some_and(|l| l.written.values["userName"] == Value::Text(mail(a.mail)))
            };
            let reported = |p: &Someone| plan.skipped.iter().any(|s| s.object.source_id.0 == format!("u{}", p.id));
            let unreported = same.iter().filter(|p| !reported(p)).count();
            prop_assert!(unreported <= 1);
            for p in same {
                prop_assert!(reported(p) || owner(p), "{:?} is neither the owner nor reported", p);
                let writes = plan.ops.iter().filter(|op| op.object.source_id.0 == format!("u{}", p.id));
                prop_assert!(!reported(p) || writes.count() == 0);
            }
        }
    }
}
