//! Two people change one object: what holds of every merge, and a few of them in words.

use super::laws::{NAVS, VALUES, paths_of};
use super::{catalog, filled, new_adapter, new_connection, new_pcv, new_store, press, server, sso_connection};
use crate::form::FieldKind;
use crate::wizard::draft::{Draft, DraftBody, Nav, NoWorld};
use crate::wizard::merge::{Fate, Merge, Side, Unit};
use crate::wizard::path::Path;
use proptest::prelude::*;
use serde_json::Value;

/// A post: which tab, which button, which fields get which values.
type Post = (usize, usize, Vec<(usize, usize)>);

/// In every secret that is typed, so that one that is shown is found.
const SECRET: &str = "c1pher";
const CHANNELS: &str = "outbound-provisioning/configure/manage-channels";

/// A connection with two channels, as somebody left it.
fn connection() -> Draft {
    let mut draft = new_connection();
    let d = &mut draft;
    press(d, &Path::root("connection-template"), "next", &[("connector", "aws")]);
    press(d, &Path::root("connection-type"), "next", &[("outbound_provisioning", "on")]);
    let target = [("scim_url", "https://scim.example.com/t/scim/v2/"), ("access_token", "c1pher-0")];
    press(d, &Path::parse("outbound-provisioning/configure/target").unwrap(), "next", &target);
    for id in ["one", "two"] {
        let list = Path::parse(CHANNELS).unwrap();
        let fields = filled(d, &list, &[]);
        d.post(&list, &Nav::Create, &fields, catalog(), &NoWorld, id);
        let tab = |tab: &str| list.into_task(id, tab);
        press(d, &tab("channel-info"), "next", &[("name", id)]);
        press(d, &tab("source"), "next", &[("data_store", "ds1")]);
        press(d, &tab("source-location"), "next", &[("base_dn", "DC=x"), ("users.group_dn", "CN=g,DC=x")]);
        press(d, &tab("attribute-mapping"), "next", &[("map.userName", "mail")]);
    }
    assert_eq!(d.all_problems(catalog(), &NoWorld), []);
    draft.is_new = false;
    draft
}

fn store() -> Draft {
    let mut draft = new_store();
    press(&mut draft, &Path::root("data-store-type"), "next", &[("name", "AD")]);
    let typed = [("hostnames", "dc1"), ("user_dn", "cn=a"), ("password", "c1pher-0")];
    press(&mut draft, &Path::root("ldap-configuration"), "next", &typed);
    draft.is_new = false;
    draft
}

/// Somebody's way through a draft. A task that is created gets an id of its own.
fn wander(draft: &Draft, who: &str, posts: &[Post]) -> DraftBody {
    let mut draft = draft.clone();
    for (number, (at, nav, changes)) in posts.iter().enumerate() {
        let paths = paths_of(&mut draft);
        let path = paths[at % paths.len()].clone();
        let mut fields = filled(&mut draft, &path, &[]);
        let inputs = draft.inputs(&path, catalog());
        for (input, value) in changes {
            if let Some(input) = (!inputs.is_empty()).then(|| &inputs[input % inputs.len()].spec) {
                let is_secret = matches!(input.kind, FieldKind::Secret { .. });
                let value = if is_secret { format!("{SECRET}-{who}-{number}") } else { VALUES[*value].to_owned() };
                fields.set(input.name.clone(), value);
            }
        }
        // Now and then a whole channel goes.
        let nav = match NAVS[*nav] {
            "cancel" if path.tab() == "manage-channels" => Nav::Delete("one".into()),
            nav => Nav::parse(nav).unwrap(),
        };
        draft.post(&path, &nav, &fields, catalog(), &NoWorld, &format!("ch-{who}-{number}"));
    }
    draft.body
}

/// The order in which tasks were added tells nothing.
fn same(body: &DraftBody) -> Value {
    fn sort(value: &mut Value) {
        match value {
            Value::Array(items) => {
                items.iter_mut().for_each(sort);
                let name = |item: &Value| ["id", "field"].iter().find_map(|name| item.get(name)).map(Value::to_string);
                if items.iter().all(|item| name(item).is_some()) {
                    items.sort_by_key(name);
                }
            }
            Value::Object(members) => members.values_mut().for_each(sort),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(body).unwrap();
    sort(&mut value);
    value
}

fn merge(base: &DraftBody, mine: &DraftBody, theirs: &DraftBody) -> Merge<'static> {
    Merge::new(Some(base.clone()), mine.clone(), theirs.clone(), catalog())
}

/// What nobody is asked about, and this side where somebody is.
fn settled_or(side: Side) -> impl Fn(&Unit) -> Side {
    move |unit| unit.settled().unwrap_or(side)
}

fn posts() -> impl Strategy<Value = Vec<Post>> {
    let changes = proptest::collection::vec((0usize..12, 0usize..VALUES.len()), 0..6);
    proptest::collection::vec((0usize..60, 0usize..NAVS.len(), changes), 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn merges_keep_their_laws(mine in posts(), theirs in posts()) {
        let starts = [connection(), store(), new_pcv(), new_adapter(), server::new_settings(), server::new_export(), server::new_key()];
        for start in starts {
            let base = start.body.clone();
            let (mine, theirs) = (wander(&start, "m", &mine), wander(&start, "t", &theirs));

            let with_unchanged = merge(&base, &mine, &base).result(settled_or(Side::Theirs));
            prop_assert_eq!(same(&with_unchanged), same(&mine), "they changed nothing");
            let unchanged_with = merge(&base, &base, &theirs).result(settled_or(Side::Mine));
            prop_assert_eq!(same(&unchanged_with), same(&theirs), "I changed nothing");
            prop_assert_eq!(same(&merge(&base, &mine, &theirs).result(|_| Side::Mine)), same(&mine), "all mine");
            prop_assert_eq!(&merge(&base, &mine, &theirs).result(|_| Side::Theirs), &theirs, "all theirs");
            prop_assert!(merge(&base, &mine, &mine).units().iter().all(|unit| unit.alike), "both did the same");

            let one_way = merge(&base, &mine, &theirs).result(settled_or(Side::Mine));
            let other_way = merge(&base, &theirs, &mine).result(settled_or(Side::Theirs));
            prop_assert_eq!(same(&one_way), same(&other_way), "who comes second does not matter");

            let units = merge(&base, &mine, &theirs).units();
            prop_assert!(!format!("{units:?}").contains(SECRET), "a secret is shown: {units:?}");
            let mut names: Vec<_> = units.iter().map(|unit| &unit.path).collect();
            names.sort();
            names.dedup();
            prop_assert_eq!(names.len(), units.len(), "each unit has a name of its own");
            for unit in &units {
                prop_assert!(!unit.lines.is_empty() && !unit.title.is_empty(), "it says what differs: {unit:?}");
            }

            // Without the beginning every difference is asked about, and the two extremes are what they are.
            let blind = || Merge::new(None, mine.clone(), theirs.clone(), catalog());
            prop_assert!(blind().units().iter().all(|unit| unit.settled().is_none()));
            prop_assert_eq!(same(&blind().result(settled_or(Side::Mine))), same(&mine));
            prop_assert_eq!(&blind().result(settled_or(Side::Theirs)), &theirs);
        }
    }
}

#[test]
fn every_tab_says_what_it_holds() {
    let drafts = [
        connection(),
        sso_connection(),
        store(),
        new_pcv(),
        new_adapter(),
        server::new_settings(),
        server::new_export(),
        server::new_key(),
    ];
    for mut draft in drafts {
        let root = draft.first_path();
        let mut tasks: Vec<Path> = Vec::new();
        draft.walk(&root, &mut |at| tasks.push(at.at("-")));
        tasks.dedup();
        for task in tasks {
            let (parts, held) = super::super::merge::with(&mut draft.body, &task, |task| (task.parts(), task.snapshot())).unwrap();
            let mut claimed: Vec<_> = parts.iter().flat_map(|part| part.holds.iter().chain(part.tasks_in)).collect();
            for member in held.as_object().unwrap().keys().filter(|member| *member != "id") {
                let owners = claimed.iter().filter(|claimed| **claimed == member).count();
                assert_eq!(owners, 1, "‘{member}’ of the task {task} of a {} belongs to {owners} tabs", draft.body.kind());
            }
            claimed.dedup();
            assert!(claimed.iter().all(|member| **member != "id"), "an id is nobody's to change");
        }
    }
}

fn changed(draft: &Draft, path: &str, changes: &[(&str, &str)]) -> DraftBody {
    let mut draft = draft.clone();
    let path = Path::parse(path).unwrap();
    press(&mut draft, &path, "next", changes);
    draft.body
}

#[test]
fn tabs_that_one_side_changed_are_merged_by_themselves() {
    let start = connection();
    let mine = changed(&start, &format!("{CHANNELS}/one/source-location"), &[("base_dn", "DC=mine")]);
    let theirs = changed(&start, &format!("{CHANNELS}/two/channel-info"), &[("name", "Second")]);
    let units = merge(&start.body, &mine, &theirs).units();
    let told: Vec<_> = units.iter().map(|unit| (unit.title.as_str(), unit.mine, unit.theirs)).collect();
    let wanted =
        [("Channel: one › Source Location", Fate::Changed, Fate::Same), ("Channel: two › Channel Info", Fate::Same, Fate::Changed)];
    assert_eq!(told, wanted);
    let DraftBody::SpConnection(made) = merge(&start.body, &mine, &theirs).result(settled_or(Side::Theirs)) else { panic!("another kind") };
    let channels = &made.provisioning.channels;
    assert_eq!((channels[0].location.base_dn.as_str(), channels[1].name.as_str()), ("DC=mine", "Second"));
}

#[test]
fn a_tab_that_both_changed_is_asked_about_field_by_field_and_its_secret_is_not_told() {
    let start = store();
    let mine = changed(&start, "ldap-configuration", &[("hostnames", "dc2"), ("password", "c1pher-m")]);
    let theirs = changed(&start, "ldap-configuration", &[("hostnames", "dc3"), ("password", "c1pher-t")]);
    let units = merge(&start.body, &mine, &theirs).units();
    let [unit] = units.as_slice() else { panic!("{units:?}") };
    assert_eq!((unit.title.as_str(), unit.settled()), ("LDAP Configuration", None));
    let told: Vec<_> =
        unit.lines.iter().map(|line| (line.label.as_str(), line.base.as_deref(), line.theirs.as_deref(), line.mine.as_deref())).collect();
    let wanted = [("Hostname(s)", Some("dc1"), Some("dc3"), Some("dc2")), ("Password", Some("Set"), Some("Changed"), Some("Changed"))];
    assert_eq!(told, wanted);
}

#[test]
fn channels_that_one_side_added_or_deleted_are_units() {
    let start = connection();
    let list = Path::parse(CHANNELS).unwrap();
    let mut adding = start.clone();
    let fields = filled(&mut adding, &list, &[]);
    adding.post(&list, &Nav::Create, &fields, catalog(), &NoWorld, "three");
    press(&mut adding, &list.into_task("three", "channel-info"), "next", &[("name", "Third")]);
    let mut deleting = start.clone();
    press(&mut deleting, &list, "delete:one", &[]);
    let ids = |body: &DraftBody| match body {
        DraftBody::SpConnection(connection) => connection.provisioning.channels.iter().map(|c| c.id.to_string()).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };

    let both = || merge(&start.body, &adding.body, &deleting.body);
    let told: Vec<_> = both().units().iter().map(|unit| (unit.title.clone(), unit.mine, unit.theirs)).collect();
    let wanted = [("Channel: one".to_owned(), Fate::Same, Fate::Deleted), ("Channel: Third".to_owned(), Fate::Added, Fate::Same)];
    assert_eq!(told, wanted);
    assert_eq!(ids(&both().result(settled_or(Side::Theirs))), ["two", "three"]);

    // One deleted what the other changed: somebody must say which.
    let changing = changed(&start, &format!("{CHANNELS}/one/channel-info"), &[("name", "First")]);
    let units = merge(&start.body, &changing, &deleting.body).units();
    assert_eq!((units[0].mine, units[0].theirs, units[0].settled()), (Fate::Changed, Fate::Deleted, None));
    assert_eq!(ids(&merge(&start.body, &changing, &deleting.body).result(settled_or(Side::Theirs))), ["two"]);
    let kept = merge(&start.body, &changing, &deleting.body).result(settled_or(Side::Mine));
    assert_eq!(same(&kept), same(&changing));
}

#[test]
fn rows_of_a_mapping_are_merged_one_by_one() {
    let start = connection();
    let tab = format!("{CHANNELS}/one/attribute-mapping");
    let mine = changed(&start, &tab, &[("map.userName", "cn")]);
    let theirs = changed(&start, &tab, &[("map.displayName", "sn")]);
    let units = merge(&start.body, &mine, &theirs).units();
    assert_eq!(units.len(), 2, "{units:?}");
    assert!(units.iter().all(|unit| unit.settled().is_some()), "{units:?}");
}
