//! Ten situations an administrator meets, and what the report says of them.

use crate::fixture::{channel, config, connector, dn, group, person, with};
use crate::model::{Channel, Directory, Target, complete};
use domain::model::channel::{ExistingObjects, Guards};
use domain::model::link::ObjectKind;
use domain::model::plan::Coverage;
use domain::model::sp_connection::{ProvisioningOptions, RemoveAction};
use engine::{Config, render};

/// So many people, each managed by the first, and one group of all of them.
fn company(people: usize) -> Directory {
    let names: Vec<String> = (1..=people).map(|n| format!("Person {n:02}")).collect();
    let dns: Vec<String> = names.iter().map(|n| dn(n)).collect();
    let entry = |(n, name): (usize, &String)| {
        let entry = with(person(&format!("u{:02}", n + 1), name), "mail", &[&format!("p{:02}@example.com", n + 1)]);
        if n == 0 { entry } else { with(entry, "manager", &[&dns[0]]) }
    };
    let everybody = group("g1", "Everybody", &dns.iter().map(String::as_str).collect::<Vec<_>>());
    Directory { people: names.iter().enumerate().map(entry).collect(), groups: vec![everybody] }
}

/// The company, provisioned.
fn provisioned(config: &Config, people: usize) -> (Channel, Directory, Target) {
    let (mut channel, mut target, directory) = (Channel::default(), Target::default(), company(people));
    channel.settle(config, &directory, &mut target);
    (channel, directory, target)
}

fn report(config: &Config, channel: &Channel, directory: &Directory, target: &Target, coverage: Coverage) -> String {
    render(&channel.plan(config, directory, target, coverage).plan, config)
}

fn guarded() -> Config {
    let mut channel = channel();
    channel.guards = Guards::default();
    Config::new(&connector(), &ProvisioningOptions::default(), &channel).unwrap()
}

#[test]
fn first_sync() {
    let config = config();
    insta::assert_snapshot!(report(&config, &Channel::default(), &company(7), &Target::default(), complete()));
}

#[test]
fn nothing_to_do() {
    let config = config();
    let (channel, directory, target) = provisioned(&config, 3);
    insta::assert_snapshot!(report(&config, &channel, &directory, &target, complete()));
}

#[test]
fn existing_objects_are_adopted() {
    let config = config();
    let mut target = Target::default();
    target.add(ObjectKind::User, "aws-1", &[("userName", "P01@example.com"), ("displayName", "Old name"), ("title", "Old title")]);
    target.add(ObjectKind::User, "aws-2", &[("userName", "p02@example.com")]);
    target.add(ObjectKind::User, "aws-3", &[("userName", "p02@example.com")]);
    target.add(ObjectKind::Group, "aws-g", &[("displayName", "everybody")]);
    let channel = Channel { observe: true, ..Channel::default() };
    insta::assert_snapshot!(report(&config, &channel, &company(3), &target, complete()));
}

#[test]
fn existing_objects_are_left_alone() {
    let mut settings = channel();
    settings.existing = ExistingObjects::Report;
    let config = Config::new(&connector(), &ProvisioningOptions::default(), &settings).unwrap();
    let mut target = Target::default();
    target.add(ObjectKind::User, "aws-1", &[("userName", "p01@example.com")]);
    target.add(ObjectKind::Group, "aws-g", &[("displayName", "Everybody")]);
    let channel = Channel { observe: true, ..Channel::default() };
    insta::assert_snapshot!(report(&config, &channel, &company(2), &target, complete()));
}

#[test]
fn people_change_move_and_leave() {
    let config = config();
    let (channel, mut directory, target) = provisioned(&config, 5);
    directory.people[0] = with(directory.people[0].clone(), "mail", &["boss@example.com"]);
    directory.people[1] = with(with(directory.people[1].clone(), "title", &["Head"]), "manager", &[]);
    directory.people[2].dn = dn("Person 03,OU=Moved").replace("\\,", ",");
    directory.people[3] = with(directory.people[3].clone(), "userAccountControl", &["514"]);
    directory.people.remove(4);
    let members = directory.people.iter().map(|p| p.dn.clone()).collect();
    directory.groups[0].members = members;
    directory.groups[0].attributes = [("cn", ["All"])].into_iter().collect();
    insta::assert_snapshot!(report(&config, &channel, &directory, &target, complete()));
}

#[test]
fn people_who_leave_are_deleted() {
    let options = ProvisioningOptions { remove_action: RemoveAction::Delete, ..ProvisioningOptions::default() };
    let config = Config::new(&connector(), &options, &channel()).unwrap();
    let (channel, mut directory, target) = provisioned(&config, 3);
    directory.people.remove(0);
    directory.groups.clear();
    insta::assert_snapshot!(report(&config, &channel, &directory, &target, complete()));
}

#[test]
fn entries_that_cannot_be_written() {
    let config = config();
    let mut directory = company(6);
    directory.people[0] = with(directory.people[0].clone(), "sn", &[]);
    directory.people[1] = with(directory.people[1].clone(), "displayName", &["Zo\u{200b}e"]);
    directory.people[2] = with(directory.people[2].clone(), "mail", &["nobody"]);
    directory.people[3] = with(directory.people[3].clone(), "mail", &["P05@example.com"]);
    directory.people[4] = with(directory.people[4].clone(), "mail", &["p05@example.com"]);
    directory.people[5] = with(directory.people[5].clone(), "userAccountControl", &["514"]);
    insta::assert_snapshot!(report(&config, &Channel::default(), &directory, &Target::default(), complete()));
}

#[test]
fn a_read_that_broke_off() {
    let config = guarded();
    let (channel, mut directory, target) = provisioned(&config, 4);
    directory.people.truncate(2);
    directory.people[1] = with(directory.people[1].clone(), "userAccountControl", &["514"]);
    directory.groups.clear();
    let mut coverage = complete();
    coverage.users.ids_complete = false;
    coverage.groups.ids_complete = false;
    coverage.problem = Some("the connection to dc1.example.com was lost on page 2".into());
    insta::assert_snapshot!(report(&config, &channel, &directory, &target, coverage));
}

#[test]
fn an_empty_answer() {
    let config = guarded();
    let (channel, _, target) = provisioned(&config, 3);
    insta::assert_snapshot!(report(&config, &channel, &Directory::default(), &target, complete()));
}

#[test]
fn too_many_leave_at_once() {
    let config = guarded();
    let (channel, mut directory, target) = provisioned(&config, 60);
    directory.people.truncate(48);
    directory.groups[0].members.truncate(20);
    directory.people.push(person("new", "Newcomer"));
    insta::assert_snapshot!(report(&config, &channel, &directory, &target, complete()));
}
