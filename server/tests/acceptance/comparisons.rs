//! When everybody is read and compared, although the directory could tell what changed.

use crate::house::{ADMIN, Channel, House, says};
use crate::stage::Stage;
use domain::model::cycle::Cycle;
use domain::model::plan::Guard;
use sandbox::directory::{Directory, DirectoryServer};

const SCIM: &str = include_str!("../../connectors/scim-2.0.toml");

/// The built-in SCIM connector as another one.
fn wiki(version: &str) -> String {
    SCIM.replacen("id = \"scim-2.0\"", "id = \"wiki\"", 1)
        .replacen("version = \"1.0.0\"", &format!("version = \"{version}\""), 1)
        .replacen("template = \"SCIM Connector\"", "template = \"Wiki Connector\"", 1)
        .replacen("name = \"SCIM 2.0\"", "name = \"Wiki\"", 1)
}

/// Asserts that a change was followed by a cycle that read everybody, and that this was the only one.
async fn compared(house: &House, channel: &Channel, cycles: &[Cycle], what: &str) {
    let first = &cycles[0];
    assert!(first.coverage.users.full && first.coverage.users.ids_complete, "{what}: {cycles:?}");
    let next = house.run_well(channel).await;
    assert!(!next.coverage.users.full && next.coverage.users.ids_complete, "after {what}: {next:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_change_of_scope_mapping_or_connector_compares_everybody() {
    let stage = Stage::new(Directory::generated(41, 20, 3)).await;
    let house = &stage.house;
    house.service.upload_connector(&ADMIN, wiki("1.0.0").as_bytes()).await.unwrap();
    let mut setup = stage.setup();
    setup.connector = "wiki";
    setup.target.push(("auth_method", "bearer".into()));
    let channel = stage.configure_with(&setup).await;
    let (base, users, groups) = stage.directory.directory().read(|d| (d.base_dn(), d.users_group_dn(), d.groups_group_dn()));
    let (all_users, all_groups) = stage.change(|d| {
        let mut of = |name: &str, group: &str| {
            let above = d.add_group(&d.groups_unit(), name).unwrap().as_name();
            d.add_member(&above, group).unwrap();
            d.entry(&above).unwrap().dn()
        };
        (of("All Users", &users), of("All Groups", &groups))
    });
    assert!(!house.run_well(&channel).await.coverage.users.full, "nothing changed that matters");
    let edits = [
        ("source-location", "base_dn", base.to_lowercase()),
        ("source-location", "users.group_dn", all_users),
        ("source-location", "groups.nested", String::new()),
        ("source-location", "groups.nested", "on".into()),
        ("source-location", "groups.group_dn", all_groups),
        ("source-location", "users.group_dn", users),
        ("source-location", "users.nested", String::new()),
        ("source-settings", "default_enabled", String::new()),
        ("source-settings", "default_enabled", "on".into()),
        ("attribute-mapping", "map.nickName", "sAMAccountName".into()),
        ("attribute-mapping", "map.nickName", "cn".into()),
        ("target", "user_update", "put".into()),
        ("target", "provision_disabled", "on".into()),
    ];
    for (tab, field, value) in edits {
        let cycles = house.edit(&channel, tab, &[(field, value.clone())]).await;
        compared(house, &channel, &cycles, &format!("{field} = {value}")).await;
    }
    let filters = [
        [("users.group_dn", String::new()), ("users.filter", "(mail=*)".into())],
        [("users.group_dn", String::new()), ("users.filter", "(sAMAccountName=*)".into())],
        [("groups.group_dn", String::new()), ("groups.filter", "(cn=*)".into())],
    ];
    for edit in filters {
        let cycles = house.edit(&channel, "source-location", &edit).await;
        compared(house, &channel, &cycles, &format!("{edit:?}")).await;
    }

    // A connector that is uploaded anew changes nothing until the connection moves to it.
    let changed = wiki("1.1.0").replacen("max_concurrency = 8", "max_concurrency = 4", 1);
    assert_ne!(changed, wiki("1.1.0"));
    house.service.upload_connector(&ADMIN, changed.as_bytes()).await.unwrap();
    assert!(!house.run_well(&channel).await.coverage.users.full);
    let cycles = house.move_connector(&channel).await;
    compared(house, &channel, &cycles, "another version of the connector").await;
}

/// The same directory at another address.
async fn another(stage: &Stage) -> DirectoryServer {
    let copy = stage.directory.directory().read(Directory::clone);
    DirectoryServer::start(copy, ([127, 0, 0, 1], 0).into()).await.unwrap()
}

/// That a cycle removed nobody, and why it says so.
fn removed_nobody(stage: &Stage, cycles: &[Cycle], before: (u64, u64), parts: &[&str]) {
    assert_eq!((stage.aws.revision(), stage.aws.request_count()), before, "{cycles:?}");
    let last = cycles.last().unwrap();
    assert!(!last.coverage.users.ids_complete && !last.coverage.groups.ids_complete, "{last:?}");
    assert!(last.held_reasons.iter().all(|(guard, _)| *guard == Guard::IncompleteRead), "{last:?}");
    says(last.error.as_deref().unwrap(), parts);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fail_over_to_a_domain_controller_that_lags_removes_nobody_in_its_cycle() {
    let stage = Stage::new(Directory::generated(42, 20, 2)).await;
    let (house, channel) = (&stage.house, stage.configure().await);
    // The other one has not heard of the newest person yet.
    let other = another(&stage).await;
    let counted = stage.dn(&stage.in_scope()[1]);
    for n in 0..40 {
        other.directory().change(|d| d.set(&counted, "description", &[&n.to_string()]).unwrap());
    }
    stage.hire("New", "Comer", "new.comer");
    house.run_well(&channel).await;
    let active = || stage.aws.user("new.comer@canal.example").unwrap().active;
    let before = (stage.aws.revision(), stage.aws.request_count());
    let mut fields = stage.ldap_fields();
    fields[0].1 = other.addr().to_string();
    let newest = house.newest(&channel).await;
    house.edit_data_store(&fields).await;
    let cycles = house.settled(&channel, newest).await;
    removed_nobody(&stage, &cycles, before, &[&other.addr().to_string(), &stage.directory.addr().to_string(), "next read"]);
    assert!(active());

    // By the next cycle it has, and somebody else has left.
    let now = stage.directory.directory().read(Directory::clone);
    let leaver = stage.dn(stage.in_scope().iter().find(|login| *login != "new.comer").unwrap());
    other.directory().change(|d| {
        *d = now;
        d.remove_member(&d.users_group_dn(), &leaver).unwrap();
    });
    house.run_well(&channel).await;
    assert!(active(), "nobody was lost");
    assert_eq!(stage.aws.users().iter().filter(|u| !u.active).count(), 1, "who really left is removed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_domain_controller_restored_from_a_backup_removes_nobody_in_its_cycle() {
    let stage = Stage::new(Directory::generated(43, 20, 2)).await;
    let (house, channel) = (&stage.house, stage.configure().await);
    let backup = stage.directory.directory().read(Directory::clone);
    stage.hire("New", "Comer", "new.comer");
    let titled = stage.dn(&stage.in_scope()[0]);
    stage.change(|d| d.set(&titled, "title", &["Harbour Master"]).unwrap());
    house.run_well(&channel).await;
    let before = stage.aws.users().iter().filter(|u| u.active).count();
    stage.change(|d| *d = backup);
    let cycle = house.run(&channel).await.pop().unwrap();
    assert!(cycle.coverage.users.full && !cycle.coverage.users.ids_complete, "{cycle:?}");
    says(cycle.error.as_deref().unwrap(), &["was restored", "removals wait"]);
    assert_eq!(stage.aws.users().iter().filter(|u| u.active).count(), before, "nobody is removed by it");
    // It is what there is now: the next cycle takes it at its word.
    house.run_well(&channel).await;
    assert!(!stage.aws.user("new.comer@canal.example").unwrap().active);
    stage.check("as the backup says");
}
