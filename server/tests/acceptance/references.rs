//! Managers: people first, references to them in a second pass.

use crate::company::Company;
use crate::house::{House, says};
use crate::scim_server::ScimServer;
use crate::slapd::BASE;
use crate::stage::Stage;
use domain::model::cycle::CycleState;
use domain::model::plan::ActionKind;
use http::Method;
use sandbox::aws::Operation;
use sandbox::directory::Directory;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// The userName of somebody's manager at AWS.
fn manager(stage: &Stage, login: &str) -> Option<String> {
    let id = stage.aws.user(&mail(login)).unwrap().attributes.get(ENTERPRISE)?["manager"]["value"].as_str()?.to_owned();
    Some(stage.aws.users().into_iter().find(|user| user.id == id).unwrap().user_name)
}

fn mail(login: &str) -> String {
    format!("{login}@canal.example")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn managers_at_aws() {
    let stage = Stage::new(Directory::generated(1, 12, 1)).await;
    let scope = stage.in_scope();
    let dns: Vec<String> = scope.iter().map(|login| stage.dn(login)).collect();
    let boss = stage.change(|d| {
        // Three who manage each other, so that whoever is made first refers to somebody who is made later.
        for (at, to) in [(0, 1), (1, 2), (2, 0)] {
            d.set(&dns[at], "manager", &[&dns[to]]).unwrap();
        }
        let person = sandbox::directory::NewPerson::new("Big", "Boss", "big.boss").with("mail", "big.boss@canal.example");
        let boss = d.add_person(&d.people_unit(), person).unwrap().as_name();
        d.set(&dns[3], "manager", &[&boss]).unwrap();
        d.entry(&boss).unwrap().dn()
    });
    let mut setup = stage.setup();
    setup.mapping.push(("map.manager", "manager".into()));
    let (house, channel) = (&stage.house, stage.configure_with(&setup).await);
    let first = house.newest(&channel).await.unwrap();
    assert_eq!(first.state, CycleState::Succeeded, "{first:?}\n{}", house.story(&first).await);
    for (at, to) in [(0, 1), (1, 2), (2, 0)] {
        assert_eq!(manager(&stage, &scope[at]), Some(mail(&scope[to])));
    }
    let log = stage.aws.request_log();
    let places = |operation| log.iter().enumerate().filter(move |(_, e)| e.operation == Some(operation)).map(|(at, _)| at);
    assert!(places(Operation::CreateUser).max() < places(Operation::PatchUser).min(), "everybody is there before anybody refers to them");
    assert_eq!(stage.asked(Operation::PatchUser), 3, "one reference each");
    assert_eq!(manager(&stage, &scope[3]), None);
    let notes = first.coverage.notes.join(" ");
    says(&notes, &["manager", &mail(&scope[3]), "left out", "not provisioned"]);
    assert_eq!(stage.refused(), Vec::new());
    house.run_idle(&channel).await;

    // The manager comes into scope, another one is taken away, and one is exchanged.
    stage.change(|d| {
        d.add_member(&d.users_group_dn(), &boss).unwrap();
        d.set(&dns[0], "manager", &[]).unwrap();
        d.set(&dns[1], "manager", &[&boss]).unwrap();
    });
    house.run_well(&channel).await;
    assert_eq!(manager(&stage, &scope[0]), None);
    for at in [1, 3] {
        assert_eq!(manager(&stage, &scope[at]).as_deref(), Some("big.boss@canal.example"));
    }
    assert!(!house.newest(&channel).await.unwrap().coverage.notes.iter().any(|note| note.contains("manager of")));
    house.run_idle(&channel).await;

    // The manager leaves; who had them has none.
    stage.leave(&["big.boss".to_owned()]);
    let cycle = house.run_well(&channel).await;
    assert_eq!((House::done(&cycle, ActionKind::Update), House::done(&cycle, ActionKind::Disable)), (2, 1), "{cycle:?}");
    assert_eq!((manager(&stage, &scope[1]), manager(&stage, &scope[3])), (None, None));
    says(&cycle.coverage.notes.join(" "), &["manager of 2 people", &mail(&scope[1]), &mail(&scope[3])]);
    house.run_idle(&channel).await;
    assert_eq!(stage.refused(), Vec::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn managers_at_servers_that_nobody_here_wrote() {
    for scim in [ScimServer::start(), ScimServer::scimmy()] {
        let folder = tempfile::tempdir().unwrap();
        let company = Company::start_with(scim, 70, 3).await;
        let content = company.slapd.content();
        let people = company.ordinary(&content, Some(&format!("cn=team-0001,ou=Groups,{BASE}")));
        let ring = &people[..3];
        for (at, who) in ring.iter().enumerate() {
            company.slapd.set(who, "manager", &[&ring[(at + 1) % 3]]);
        }
        let outsider = company.slapd.case("services").remove(0);
        company.slapd.set(&people[3], "manager", &[&outsider]);
        let house = House::open(folder.path()).await;
        let channel = company.configure(&house).await;
        // Compared with the directory, managers included.
        company.check("three who manage each other").await;
        let sent = company.relay.take();
        let creates = |e: &&crate::relay::Exchange| e.method == Method::POST && e.path.ends_with("/Users");
        let sends_manager = |e: &crate::relay::Exchange| e.body.to_string().contains("manager");
        assert!(sent.iter().filter(creates).all(|e| !sends_manager(e)), "no create refers to anybody");
        let last_create = sent.iter().rposition(|e| creates(&e)).unwrap();
        assert!(sent.iter().position(sends_manager).unwrap() > last_create);
        let notes = house.newest(&channel).await.unwrap().coverage.notes.join(" ");
        says(&notes, &["manager", "left out", content.value(&people[3], "mail").unwrap()]);

        company.slapd.set(&ring[0], "manager", &[]);
        company.slapd.set(&ring[1], "manager", &[&ring[0]]);
        house.run_well(&channel).await;
        company.check("one without and one with another").await;
        house.run_idle(&channel).await;
        house.stop().await;
    }
}
