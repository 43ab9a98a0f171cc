//! What a domain holds that is not plain: groups within groups and in circles, names that need escapes or are of other scripts, bytes,
//! several values, long values, and people who are disabled.

use super::{Domain, guid};
use crate::ldif::line;
use crate::samba::{BASE, Samba};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::model::cycle::CycleState;
use sandbox::aws::User;
use std::collections::BTreeSet;

/// Attributes of the directory and what they become, besides what the wizard maps.
const MAPPED: &[(&str, &str)] = &[
    ("map.nickName", "thumbnailPhoto"),
    ("map.userType", "objectSid"),
    ("map.phone", "otherTelephone"),
    ("map.streetAddress", "streetAddress"),
];

impl Domain {
    /// Who somebody is at AWS.
    fn there(&self, dn: &str) -> User {
        let mail = self.samba.value(dn, "mail");
        self.aws.user(&mail).unwrap_or_else(|| panic!("{dn} is not at AWS"))
    }

    /// One of the texts there; `None` when there is none.
    fn text(&self, dn: &str, pointer: &str) -> Option<String> {
        let there = serde_json::Value::Object(self.there(dn).attributes);
        there.pointer(pointer).and_then(|value| value.as_str()).map(str::to_owned)
    }

    /// Writes bytes.
    fn set_bytes(&self, dn: &str, attribute: &str, bytes: &[u8]) {
        let value = STANDARD.encode(bytes);
        self.samba.change(&format!("{}changetype: modify\nreplace: {attribute}\n{attribute}:: {value}\n-\n", line("dn", dn)));
    }

    /// A change of groups, after which AWS is asked once for each group in scope whose people differ.
    async fn regrouped(&mut self, step: &str, change: impl FnOnce(&Samba)) -> usize {
        let before = self.teams();
        change(&self.samba);
        let after = self.teams();
        let differ = after.iter().filter(|(name, people)| before.get(*name) != Some(people)).count();
        assert_eq!(self.changes(step).await, differ, "{step}");
        differ
    }
}

async fn start(samba: Samba) -> Domain {
    let mut domain = Domain::start_with(samba, |setup| {
        setup.mapping.extend(MAPPED.iter().map(|(field, attribute)| (*field, (*attribute).to_owned())));
    })
    .await;
    let first = domain.house.newest(&domain.channel).await.unwrap();
    assert_eq!(first.state, CycleState::Succeeded, "{first:?}\n{}", domain.house.story(&first).await);
    domain.check("the first cycle");
    domain.asked = domain.aws.request_log().len();
    domain
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_and_groups_of_every_shape() {
    every_shape(Samba::start(60, 6)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_and_groups_of_every_shape_within_the_limits_of_windows() {
    every_shape(Samba::start_limited(60, 6)).await;
}

async fn every_shape(samba: Samba) {
    let mut domain = start(samba).await;
    values(&mut domain).await;
    names(&mut domain).await;
    groups(&mut domain).await;
}

async fn values(domain: &mut Domain) {
    let person = domain.somebody(0);
    // Bytes are told in base64, identifiers of entries in the form that people know.
    let sid = domain.samba.bytes(&person, "objectSid");
    assert_eq!(domain.text(&person, "/userType"), Some(STANDARD.encode(&sid)), "a security identifier");
    let id = domain.samba.bytes(&person, "objectGUID");
    assert_eq!(domain.there(&person).external_id, Some(guid(&id)));
    for photo in [&[0xff, 0xd8, 0xff, 0xe0, 0, 0x10, 0x4a, 0x46][..], b"plain text is bytes too", &[7; 300]] {
        domain.set_bytes(&person, "thumbnailPhoto", photo);
        assert_eq!(domain.changes("a photo").await, 1);
        assert_eq!(domain.text(&person, "/nickName"), Some(STANDARD.encode(photo)));
    }
    domain.samba.set(&person, "thumbnailPhoto", &[]);
    assert_eq!(domain.changes("no photo").await, 1);
    assert_eq!(domain.text(&person, "/nickName"), None);

    // Several values of one attribute: one of them, and the same one as long as it is there.
    let phone = |domain: &Domain| domain.text(&person, "/phoneNumbers/0/value");
    let numbers = ["+353 1 555 0001", "+353 1 555 0002", "+353 1 555 0003"];
    domain.samba.set(&person, "otherTelephone", &numbers);
    assert_eq!(domain.changes("three numbers").await, 1);
    let chosen = phone(domain).unwrap();
    assert!(numbers.contains(&chosen.as_str()), "{chosen}");
    assert_eq!(domain.changes("still three").await, 0);
    domain.samba.set(&person, "otherTelephone", &[&chosen]);
    assert_eq!(domain.changes("the other two are gone").await, 0);
    domain.samba.set(&person, "otherTelephone", &["+353 1 555 0009"]);
    assert_eq!(domain.changes("another number").await, 1);
    assert_eq!(phone(domain).as_deref(), Some("+353 1 555 0009"));
    domain.samba.set(&person, "otherTelephone", &[]);
    assert_eq!(domain.changes("no number").await, 1);
    assert_eq!(phone(domain), None);

    // Longer than 255 letters, of one byte each and of more.
    for street in ["Long Quay ".repeat(90), "Größenstraße 東 ".repeat(60)] {
        let street = street.trim_end();
        domain.samba.set(&person, "streetAddress", &[street]);
        assert_eq!(domain.changes("a long street").await, 1);
        assert_eq!(domain.text(&person, "/addresses/0/streetAddress").as_deref(), Some(street));
    }
}

async fn names(domain: &mut Domain) {
    // Names that RFC 4514 wants escaped are found, and their memberships.
    let escaped = domain.samba.case("escaped_dn");
    let team = format!("CN=team-0001,OU=Groups,{BASE}");
    for dn in &escaped {
        let mail = domain.samba.value(dn, "mail");
        assert!(domain.aws.user(&mail).is_some(), "{dn} is not at AWS");
    }
    let outside: Vec<String> = escaped.into_iter().filter(|dn| !domain.is_member(&team, dn)).collect();
    domain.regrouped("people whose names need escapes", |samba| outside.iter().for_each(|dn| samba.add_member(&team, dn))).await;

    // A unit and a person in letters of every kind, with a comma. A new unit is no change of anybody.
    let unit = format!("OU=Größe\\, Ärger & 日本,OU=People,{BASE}");
    domain.samba.change(&format!("{}changetype: add\nobjectClass: organizationalUnit\n", line("dn", &unit)));
    assert_eq!(domain.everybody("a new unit").await, 0);
    let moved = domain.samba.move_below(&domain.somebody(1), "CN=Żółć\\, Łukasz \\+ Елена", &unit);
    assert_eq!(domain.changes("moved and renamed").await, 0);
    domain.samba.set(&moved, "title", &["Моряк, 船長"]);
    assert_eq!(domain.changes("a title there").await, 1);
    if !domain.is_member(&team, &moved) {
        domain.regrouped("a membership there", |samba| samba.add_member(&team, &moved)).await;
    }
    // The unit moves, with whoever is in it.
    let unit = domain.samba.move_below(&unit, "OU=Größer\\, weiter", &format!("OU=Services,{BASE}"));
    assert_eq!(domain.everybody("the unit has moved").await, 0);
    let moved = format!("CN=Żółć\\, Łukasz \\+ Елена,{unit}");
    domain.samba.set(&moved, "title", &["Captain"]);
    assert_eq!(domain.changes("a title after the move of the unit").await, 1);

    // A group that moves is the same one; a group in scope that is deleted is so at AWS in the next cycle.
    domain.samba.move_below(&format!("CN=team-0005,OU=Groups,{BASE}"), "CN=team-0005", &unit);
    assert_eq!(domain.changes("a group has moved").await, 0);
    domain.samba.delete(&format!("CN=team-0006,OU=Groups,{BASE}"));
    assert_eq!(domain.changes("a group is deleted").await, 1);
}

async fn groups(domain: &mut Domain) {
    let [outer, middle, inner] = <[String; 3]>::try_from(domain.samba.case("nested")).unwrap();
    let [a, b] = <[String; 2]>::try_from(domain.samba.case("cycle")).unwrap();
    let in_any: BTreeSet<String> = domain.teams().into_values().flatten().collect();
    let free: Vec<String> = domain.wanted().into_iter().filter(|(mail, _)| !in_any.contains(mail)).map(|(_, (dn, _))| dn).collect();
    let [one, two, ..] = &free[..] else { panic!("nobody is in no group: {free:?}") };

    // Who joins the innermost group joins all three; each is asked for once.
    assert_eq!(domain.regrouped("a join three deep", |samba| samba.add_member(&inner, one)).await, 3);
    // Each of two groups that contain each other has the people of both.
    assert_eq!(domain.regrouped("a join in a circle", |samba| samba.add_member(&a, two)).await, 2);
    assert_eq!(domain.regrouped("a leave in a circle", |samba| samba.remove_member(&a, two)).await, 2);
    // A larger circle.
    domain.regrouped("the outermost in the innermost", |samba| samba.add_member(&inner, &outer)).await;
    domain.regrouped("a join in the larger circle", |samba| samba.add_member(&middle, two)).await;
    assert_eq!(domain.changes("nothing happened in circles").await, 0);
    domain.regrouped("the larger circle is cut", |samba| samba.remove_member(&inner, &outer)).await;
    domain.regrouped("the smaller circle is cut", |samba| samba.remove_member(&b, &a)).await;
    assert!(domain.regrouped("a group leaves a group", |samba| samba.remove_member(&middle, &inner)).await > 0);
    assert_eq!(domain.changes("nothing happened after it").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_who_are_disabled_are_provisioned_where_that_is_ticked() {
    provision_disabled(Samba::start(40, 4)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_who_are_disabled_are_provisioned_where_that_is_ticked_within_the_limits_of_windows() {
    provision_disabled(Samba::start_limited(40, 4)).await;
}

async fn provision_disabled(samba: Samba) {
    let mut domain = start(samba).await;
    let scope = domain.samba.told("users_group_dn");
    let disabled = domain.samba.case("disabled");
    let account = |domain: &Domain, dn: &str| domain.aws.user(&domain.samba.value(dn, "mail"));
    // Off: who is disabled is not made, and whoever becomes so is inactive.
    assert!(disabled.iter().all(|dn| account(&domain, dn).is_none()));
    let off = domain.somebody(0);
    domain.samba.set(&off, "userAccountControl", &["514"]);
    assert_eq!(domain.changes("a disable").await, 1);
    domain.samba.set(&off, "title", &["Not Told"]);
    assert_eq!(domain.changes("what becomes of who is disabled is not told").await, 0);

    // On: they are there, inactive, and kept up to date.
    domain.house.edit(&domain.channel, "target", &[("provision_disabled", "on".into())]).await;
    domain.check("who is disabled is not active");
    domain.asked = domain.aws.request_log().len();
    for dn in &disabled {
        let there = account(&domain, dn).unwrap_or_else(|| panic!("{dn} is not at AWS"));
        assert!(!there.active, "{dn}");
    }
    let there = account(&domain, &off).unwrap();
    assert_eq!((there.active, there.attributes["title"].as_str()), (false, Some("Not Told")));
    domain.samba.set(&disabled[0], "title", &["On Leave"]);
    assert_eq!(domain.changes("a title of somebody disabled").await, 1);
    assert_eq!(account(&domain, &disabled[0]).unwrap().attributes["title"], "On Leave");
    domain.samba.set(&disabled[0], "userAccountControl", &["544"]);
    assert_eq!(domain.changes("an enable").await, 1);
    assert!(account(&domain, &disabled[0]).unwrap().active);
    domain.samba.set(&disabled[0], "userAccountControl", &["514"]);
    assert_eq!(domain.changes("a disable once more").await, 1);
    assert_eq!(domain.changes("nothing after it").await, 0);
    // Who is inactive and leaves costs no more than their memberships.
    let groups = account(&domain, &disabled[1]).unwrap().groups.len();
    domain.samba.remove_member(&scope, &disabled[1]);
    assert_eq!(domain.changes("who is disabled leaves").await, groups);
    assert!(!account(&domain, &disabled[1]).unwrap().active);

    // Off again: nobody is deleted for it.
    let before = domain.aws.users().len();
    domain.house.edit(&domain.channel, "target", &[("provision_disabled", String::new())]).await;
    assert_eq!(domain.aws.users().len(), before);
    domain.check("off again");
}
