//! A directory that breaks off, lies or is gone: nothing is removed, and the cycle says why.

use crate::company::{Company, anchor};
use crate::house::{Channel, House, says, sentence};
use crate::relay::{Breaker, Exchange};
use crate::stage::Stage;
use domain::model::cycle::{Cycle, CycleState};
use domain::model::plan::{ActionKind, Guard};
use sandbox::directory::{Directory, Fault, SearchFailure};

/// More people than go on a page, found by filters; a service without AWS's rate limits.
async fn two_pages() -> (Stage, Channel) {
    let stage = Stage::new(Directory::generated(1, 1_060, 2)).await;
    let mut setup = stage.setup();
    setup.connector = "scim-2.0";
    setup.target.push(("auth_method", "bearer".into()));
    let base = setup.location.remove(0);
    setup.location = vec![base, ("users.filter", "(mail=*)".into()), ("groups.filter", "(cn=Group *)".into())];
    let channel = stage.configure_with(&setup).await;
    (stage, channel)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_that_is_not_whole_removes_nobody() {
    let (stage, channel) = two_pages().await;
    let house = &stage.house;
    let first = house.newest(&channel).await.unwrap();
    assert_eq!(first.state, CycleState::Succeeded, "{first:?}");
    let people = stage.aws.users().len();
    assert!(people > 1_000 && stage.aws.users().iter().all(|u| u.active));

    // Three people are really gone, so that there is something to remove for who believes the read.
    for login in &stage.in_scope()[..3] {
        let dn = stage.dn(login);
        stage.change(|d| d.delete(&dn).unwrap());
    }
    let (revision, asked) = (stage.aws.revision(), stage.aws.request_count());
    let unharmed = |cycles: &[Cycle], what: &str| {
        assert_eq!(cycles.last().unwrap().state, CycleState::Failed, "{what}: {cycles:?}");
        assert_eq!((stage.aws.revision(), stage.aws.request_count()), (revision, asked), "{what}: {cycles:?}");
    };
    let failing = |with, after_entries| Fault::FailSearch { with, after_entries };
    for (fault, parts) in [
        (Fault::DropAfter { entries: 1_020 }, &["users", "connection"][..]),
        (Fault::DropAfter { entries: 30 }, &["users", "connection"]),
        (failing(SearchFailure::SizeLimitExceeded, 1_000), &["users", "limit"]),
        (failing(SearchFailure::TimeLimitExceeded, 400), &["users", "time"]),
        (failing(SearchFailure::Busy, 1_010), &["users", "busy"]),
        (Fault::RefuseCookie, &["users"]),
        (Fault::InsufficientRights, &["rights"]),
        (Fault::RefuseConnections, &[]),
    ] {
        stage.directory.set_fault(fault);
        let cycles = house.run(&channel).await;
        unharmed(&cycles, &format!("{fault:?}"));
        says(sentence(&cycles), parts);
    }

    // Success with nothing in it is the most dangerous answer of all.
    stage.directory.set_fault(Fault::EmptySearches);
    let cycle = house.run(&channel).await.pop().unwrap();
    assert_eq!(cycle.state, CycleState::Held, "{cycle:?}");
    let reasons: Vec<_> = cycle.held_reasons.iter().filter(|(guard, _)| *guard == Guard::NobodyFound).collect();
    assert_eq!(reasons.len(), 2, "{cycle:?}");
    for found in ["nobody", "no groups"] {
        let reason = reasons.iter().find(|(_, text)| text.contains(found));
        says(&reason.unwrap().1, &["at all", "Source Location"]);
    }
    assert_eq!((stage.aws.revision(), stage.aws.request_count()), (revision, asked));

    stage.directory.clear_faults();
    let cycle = house.run_well(&channel).await;
    assert_eq!(House::done(&cycle, ActionKind::Disable), 3, "{cycle:?}");
    assert_eq!(stage.aws.users().iter().filter(|u| !u.active).count(), 3);
    assert_eq!(stage.aws.users().len(), people);
}

/// The same for a channel as the guide sets it up, whose people and groups are members of groups.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_that_cannot_be_read_keep_their_members() {
    let stage = Stage::new(Directory::generated(3, 40, 3)).await;
    let (house, channel) = (&stage.house, stage.configure().await);
    stage.check("the first cycle");
    let gone = stage.in_scope().remove(0);
    stage.leave(&[gone]);
    let (revision, asked) = (stage.aws.revision(), stage.aws.request_count());
    for fault in [
        Fault::EmptySearches,
        Fault::DropAfter { entries: 5 },
        Fault::FailSearch { with: SearchFailure::SizeLimitExceeded, after_entries: 20 },
        Fault::FailSearch { with: SearchFailure::AdminLimitExceeded, after_entries: 0 },
        Fault::InsufficientRights,
    ] {
        stage.directory.set_fault(fault);
        let cycles = house.run(&channel).await;
        let last = cycles.last().unwrap();
        assert!(matches!(last.state, CycleState::Failed | CycleState::Held), "{fault:?}: {last:?}");
        assert!(last.error.is_some() || !last.held_reasons.is_empty(), "{fault:?}: it does not say why: {last:?}");
        assert_eq!((stage.aws.revision(), stage.aws.request_count()), (revision, asked), "{fault:?}: {last:?}");
    }
    stage.directory.clear_faults();
    house.run_well(&channel).await;
    stage.check("the directory is well again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_location_that_is_not_there_or_empty_removes_nobody() {
    let stage = Stage::new(Directory::generated(4, 30, 3)).await;
    let (house, channel) = (&stage.house, stage.configure().await);
    stage.check("the first cycle");
    let (revision, asked) = (stage.aws.revision(), stage.aws.request_count());
    let setup = stage.setup().location;
    let [base, users, _, groups, _] = &setup[..] else { unreachable!() };
    for (field, wrong) in [
        ("users.group_dn", "CN=No Such Group,OU=Groups,DC=canal,DC=example"),
        ("groups.group_dn", "CN=No Such Group,OU=Groups,DC=canal,DC=example"),
        ("base_dn", "OU=Nowhere,DC=canal,DC=example"),
    ] {
        let cycles = house.edit(&channel, "source-location", &[(field, wrong.into())]).await;
        let last = cycles.last().unwrap();
        assert!(matches!(last.state, CycleState::Failed | CycleState::Held), "{field}: {last:?}");
        let words: Vec<&str> =
            last.error.iter().map(String::as_str).chain(last.held_reasons.iter().map(|(_, text)| text.as_str())).collect();
        says(&words.join(" "), &[wrong]);
        assert_eq!((stage.aws.revision(), stage.aws.request_count()), (revision, asked), "{field}: {last:?}");
        house.edit(&channel, "source-location", &[base.clone(), users.clone(), groups.clone()]).await;
    }
    house.run_idle(&channel).await;

    // Everybody left the group: perhaps somebody emptied it by mistake.
    let everybody = stage.in_scope();
    stage.leave(&everybody);
    let cycle = house.run(&channel).await.pop().unwrap();
    assert_eq!(cycle.state, CycleState::Held, "{cycle:?}");
    assert!(cycle.held_reasons.iter().any(|(guard, text)| *guard == Guard::NobodyFound && text.contains("nobody")), "{cycle:?}");
    assert_eq!((stage.aws.revision(), stage.aws.request_count()), (revision, asked));
    stage.change(|d| {
        let group = d.users_group_dn();
        for login in &everybody {
            let dn = d.people().find(|p| p.value("sAMAccountName").as_deref() == Some(login)).unwrap().dn();
            d.add_member(&group, &dn).unwrap();
        }
    });
    house.run_idle(&channel).await;
    stage.check("nobody was lost");
}

fn writes(exchanges: &[Exchange]) -> usize {
    exchanges.iter().filter(|e| e.is_write()).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openldap_that_breaks_off_or_is_killed() {
    let mut company = Company::start(80, 5).await;
    let breaker = Breaker::start(company.slapd.addr()).await;
    let folder = tempfile::tempdir().unwrap();
    let house = House::open(folder.path()).await;
    let store = house.data_store(&company.slapd.fields(breaker.addr)).await;
    let channel = house.channel(&store, &company.setup()).await;
    company.check("the first cycle").await;
    let whole = breaker.carried();
    assert!(whole > 10_000, "{whole}");

    let content = company.slapd.content();
    let leaver = company.ordinary(&content, None).remove(0);
    let leaver_anchor = anchor(&content, &leaver);
    company.slapd.remove_member(&company.slapd.told("users_group_dn"), &leaver);
    company.relay.take();
    // In the middle of the people, and in the middle of the groups.
    for share in [20, 40, 60, 90] {
        breaker.break_after(Some(whole * share / 100));
        let cycles = house.run(&channel).await;
        assert_eq!(cycles.last().unwrap().state, CycleState::Failed, "{share} %: {cycles:?}");
        says(sentence(&cycles), &["connection"]);
        let sent = company.relay.take();
        // Once all people were read, a leaver is known to have left, whatever becomes of the groups.
        assert!(sent.iter().filter(|e| e.is_write()).all(|e| e.path.starts_with("/Users/")), "{share} %: {sent:?}");
        assert!(writes(&sent) <= 1, "{share} %: {sent:?}");
    }
    company.slapd.kill();
    let cycles = house.run(&channel).await;
    assert_eq!(cycles.last().unwrap().state, CycleState::Failed, "{cycles:?}");
    says(sentence(&cycles), &[&breaker.addr.to_string()]);
    assert_eq!(writes(&company.relay.take()), 0);

    company.slapd.up();
    breaker.break_after(None);
    house.run(&channel).await;
    company.departed.insert(leaver_anchor);
    company.check("the directory is well again").await;
    house.stop().await;
}
