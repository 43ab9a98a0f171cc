//! What AWS would refuse is left out before any call, each with the sentence that says what to mend.

use crate::fixture::{config, group, person, with};
use crate::model::{Channel, Directory, Target, complete};
use domain::model::plan::Plan;
use domain::model::source::{SourceEntry, SourceGroup};

fn plan(people: Vec<SourceEntry>, groups: Vec<SourceGroup>) -> Plan {
    Channel::default().plan(&config(), &Directory { people, groups }, &Target::default(), complete()).plan
}

/// Who is left out and why, in the plan's order; the others are written.
fn left_out(people: Vec<SourceEntry>, groups: Vec<SourceGroup>, written: usize) -> Vec<(String, String)> {
    let plan = plan(people, groups);
    assert_eq!(plan.ops.len(), written, "{:?}", plan.ops);
    plan.skipped.into_iter().map(|s| (s.object.source_id.0, s.reason)).collect()
}

/// One person with one attribute as given, beside one who is as they must be.
fn alone(attribute: &str, value: &str, expect: &str) {
    let values: &[&str] = if value.is_empty() { &[] } else { &[value] };
    let people = vec![with(person("bad", "Ann"), attribute, values), person("good", "Bob")];
    assert_eq!(left_out(people, Vec::new(), 1), [("bad".to_owned(), expect.to_owned())], "{attribute}={value:?}");
}

#[test]
fn a_required_value_that_is_missing() {
    alone("sn", "", "familyName has no value: sn is empty in the directory.");
    alone("displayName", "", "displayName has no value: displayName is empty in the directory.");
    alone("mail", "", "userName has no value: mail is empty in the directory.");
}

#[test]
fn characters_that_are_refused() {
    let check = |value: &str, what: &str, position: u32| {
        let expect = format!("familyName (from sn) contains {what} at position {position}, which the service does not take.");
        alone("sn", value, &expect);
    };
    check("A\u{200b}nn", "U+200B (zero width space)", 2);
    check("Ann\u{a0}B", "U+00A0 (no-break space)", 4);
    check("\u{feff}Ann", "U+FEFF (byte order mark)", 1);
    check("An\u{ad}n", "U+00AD (soft hyphen)", 3);
    check("A\u{202e}nn", "U+202E (text direction mark)", 2);
    check("Ann\u{7}", "U+0007 (control character)", 4);
    check("Ann\u{2028}", "U+2028 (line separator)", 4);
    check("Ann\u{e000}", "U+E000 (invisible or unassigned character)", 4);
    let expect = "userName (from mail) contains a space at position 4, which the service does not take; workEmail (from mail) ‘ann b@example.com’ \
                  is not an e-mail address.";
    alone("mail", "ann b@example.com", expect);
}

#[test]
fn a_value_that_is_too_long() {
    let expect = "familyName (from sn) has 65 characters and the service takes at most 64.";
    alone("sn", &"é".repeat(65), expect);
    assert_eq!(left_out(vec![with(person("1", "Ann"), "sn", &[&"é".repeat(64)])], Vec::new(), 1), []);
}

#[test]
fn a_user_name_that_is_no_address() {
    let expect = "userName (from mail) ‘ann’ is not an e-mail address; workEmail (from mail) ‘ann’ is not an e-mail address.";
    alone("mail", "ann", expect);
}

#[test]
fn two_people_with_one_user_name_or_address() {
    let people = vec![person("1", "Ann"), with(person("2", "Bob"), "mail", &["ANN@example.com"]), person("3", "Eve")];
    let shared = |name: &str| {
        format!("The userName ‘{name}’ is shared by 2 objects in scope; none of them is written until it is unique in the directory.")
    };
    let expect = [("1".to_owned(), shared("Ann@example.com")), ("2".to_owned(), shared("ANN@example.com"))];
    assert_eq!(left_out(people, Vec::new(), 1), expect);

    // The address alone, where the user name is something else.
    let mut channel = crate::fixture::channel();
    channel.mapping[0] = crate::fixture::row("userName", "userPrincipalName");
    let config = engine::Config::new(&crate::fixture::connector(), &Default::default(), &channel).unwrap();
    let named = |id: &str, mail: &str| with(with(person(id, id), "userPrincipalName", &[&format!("{id}@example.com")]), "mail", &[mail]);
    let people = vec![named("1", "team@example.com"), named("2", "Team@Example.com"), named("3", "three@example.com")];
    let directory = Directory { people, groups: Vec::new() };
    let plan = Channel::default().plan(&config, &directory, &Target::default(), complete()).plan;
    let reasons: Vec<_> = plan.skipped.iter().map(|s| s.reason.as_str()).collect();
    let shared = |name: &str| {
        format!("The workEmail ‘{name}’ is shared by 2 objects in scope; none of them is written until it is unique in the directory.")
    };
    assert_eq!((plan.ops.len(), reasons), (1, vec![shared("team@example.com").as_str(), shared("Team@Example.com").as_str()]));
}

#[test]
fn a_user_name_that_somebody_has_already() {
    let (config, mut channel, mut target) = (config(), Channel::default(), Target::default());
    let mut directory = Directory { people: vec![person("1", "Ann")], groups: Vec::new() };
    channel.settle(&config, &directory, &mut target);
    directory.people.push(person("2", "ann"));
    let plan = channel.plan(&config, &directory, &target, complete()).plan;
    assert!(plan.ops.is_empty(), "{:?}", plan.ops);
    assert_eq!(plan.skipped[0].object.source_id.0, "2");
    assert_eq!(
        plan.skipped[0].reason,
        "The userName ‘ann@example.com’ already belongs to the object of source id ‘1’. Make it unique in the directory."
    );
}

#[test]
fn groups_that_share_a_name_or_cannot_have_it() {
    let groups = vec![group("1", "Sales", &[]), group("2", "SALES", &[]), group("3", "Staff", &[])];
    let shared = |name: &str| {
        format!("The name ‘{name}’ is shared by 2 objects in scope; none of them is written until it is unique in the directory.")
    };
    assert_eq!(left_out(Vec::new(), groups, 1), [("1".to_owned(), shared("Sales")), ("2".to_owned(), shared("SALES"))]);

    let groups = vec![group("1", "Sal\u{200b}es", &[]), group("2", &"x".repeat(65), &[]), group("3", "Staff", &[])];
    let expect = [
        ("1", "The group's name contains U+200B (zero width space) at position 4, which the service does not take."),
        ("2", "The group's name has 65 characters and the service takes at most 64."),
    ];
    assert_eq!(left_out(Vec::new(), groups, 1), expect.map(|(id, reason)| (id.to_owned(), reason.to_owned())));
}
