//! Preview is the engine's own answer: what it lists is what the next cycle does, and looking changes nothing. Of what is saved, and of what is
//! being edited.

use crate::house::{ADMIN, Channel, House, says};
use crate::stage::Stage;
use domain::form::Fields;
use domain::id::DraftId;
use domain::model::cycle::{Cycle, CycleState};
use domain::model::link::ObjectKind;
use domain::model::plan::{Action, ActionKind, Change, Guard, Op};
use sandbox::aws::{Aws, AwsServer, Config};
use sandbox::directory::Directory;
use serde_json::Value;
use service::drafts::Next;
use service::preview::Preview;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Output;
use tokio::process::Command;

type Done = BTreeSet<(&'static str, String, ActionKind, String)>;

fn listed<'a>(ops: impl IntoIterator<Item = &'a Op>) -> Done {
    let one = |op: &Op| (op.object.kind.id(), op.object.source_id.0.clone(), op.action.kind(), op.reason.clone());
    ops.into_iter().map(one).collect()
}

async fn preview(stage: &Stage, channel: &Channel) -> Preview {
    let before = (stage.aws.revision(), stage.house.newest(channel).await.map(|c| c.id));
    let preview = stage.house.service.preview_channel(&ADMIN, &channel.id).await.unwrap();
    assert_eq!((stage.aws.revision(), stage.house.newest(channel).await.map(|c| c.id)), before, "looking changes nothing");
    preview
}

/// Asserts that a cycle did, and held, what was previewed before it.
async fn follows(stage: &Stage, channel: &Channel, preview: &Preview, cycle: &Cycle, step: &str) {
    let objects = stage.house.objects(cycle).await;
    let did: Done = objects.iter().map(|o| (o.kind.id(), o.source_id.0.clone(), o.action, o.reason.clone())).collect();
    assert_eq!(listed(&preview.plan.ops), did, "{step}");
    let changed: BTreeMap<(String, ActionKind, String), &[Change]> =
        objects.iter().map(|o| ((o.source_id.0.clone(), o.action, o.reason.clone()), o.changes.as_slice())).collect();
    for op in &preview.plan.ops {
        if let Action::Update { changes } = &op.action {
            let key = (op.object.source_id.0.clone(), ActionKind::Update, op.reason.clone());
            assert_eq!(changed[&key], changes.as_slice(), "{step}: {}", op.object.name);
        }
    }
    let held = stage.house.detail(channel).await.held;
    assert_eq!(listed(preview.plan.held.iter().flat_map(|h| &h.ops)), listed(&held), "{step}");
    assert_eq!(preview.plan.held.iter().map(|h| (h.guard, h.reason.clone())).collect::<Vec<_>>(), cycle.held_reasons, "{step}");
    assert_eq!(preview.plan.skipped.len(), cycle.skipped as usize, "{step}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_preview_lists_is_what_the_next_cycle_does() {
    let stage = Stage::new(Directory::generated(21, 60, 6)).await;
    let (house, channel) = (&stage.house, stage.configure().await);
    stage.check("the first cycle");
    let quiet = preview(&stage, &channel).await;
    follows(&stage, &channel, &quiet, &house.run_idle(&channel).await, "nothing to do").await;

    let scope = stage.in_scope();
    stage.hire("New", "Comer", "new.comer");
    stage.leave(&scope[..3]);
    let group = stage.aws.groups().into_iter().find(|g| !g.members.is_empty()).unwrap().display_name;
    let (titled, disabled, nameless, group) = (stage.dn(&scope[4]), stage.dn(&scope[5]), stage.dn(&scope[6]), stage.group_dn(&group));
    stage.change(|d| {
        d.set(&titled, "title", &["Guardian"]).unwrap();
        d.disable(&disabled).unwrap();
        d.clear(&nameless, "mail").unwrap();
        d.rename(&group, "Renamed").unwrap();
    });
    let busy = preview(&stage, &channel).await;
    assert!(busy.plan.ops.len() >= 6 && !busy.plan.skipped.is_empty(), "{:?}", busy.plan.ops);
    let joins = busy.plan.ops.iter().filter_map(|op| match &op.action {
        Action::AddMembers { members } | Action::RemoveMembers { members } => Some(members),
        _ => None,
    });
    assert!(joins.flatten().all(|id| busy.names[id].contains('@')), "who comes and goes is named");
    follows(&stage, &channel, &busy, house.run(&channel).await.first().unwrap(), "a busy day").await;

    stage.leave(&scope[10..25]);
    let held = preview(&stage, &channel).await;
    assert!(held.plan.held.iter().any(|h| h.guard == Guard::Drop || h.guard == Guard::TooManyRemovals));
    follows(&stage, &channel, &held, house.run(&channel).await.last().unwrap(), "many leave").await;

    // After a reset everything is matched with what is there.
    house.service.pause_channel(&ADMIN, &channel.id).await.unwrap();
    house.service.reset_channel(&ADMIN, &channel.id).await.unwrap();
    let anew = preview(&stage, &channel).await;
    assert!(anew.plan.ops.iter().any(|op| op.action.kind() == ActionKind::Adopt));
    let before = house.newest(&channel).await;
    house.service.resume_channel(&ADMIN, &channel.id).await.unwrap();
    follows(&stage, &channel, &anew, house.settled(&channel, before).await.first().unwrap(), "matched anew").await;
}

/// Fills a tab of the channel in, in a draft of its own, and asks for a preview.
async fn edited(house: &House, channel: &Channel, tab: &str, pairs: &[(&'static str, &str)]) -> (DraftId, Result<Preview, String>) {
    let Next::Tab(draft, _) = house.service.edit_connection(&ADMIN, &channel.connection).await.unwrap() else { panic!("no draft") };
    let path = format!("outbound-provisioning/configure/manage-channels/{}/{tab}", channel.id);
    let view = house.service.view_draft(&ADMIN, &draft, &path).await.unwrap();
    assert!(view.buttons.iter().any(|b| (b.nav.as_str(), b.label.as_str()) == ("preview", "Preview")), "{:?}", view.buttons);
    let mut fields: Fields = view.fields.into_iter().map(|f| (f.spec.name, f.value)).collect();
    pairs.iter().for_each(|(name, value)| fields.set(*name, *value));
    match house.service.post_draft(&ADMIN, &draft, &path, "preview", fields).await.unwrap() {
        Next::Preview(to, at) => {
            assert_eq!((&to, at.as_str()), (&draft, path.as_str()));
            let made = house.service.preview_draft(&ADMIN, &draft, &path).await;
            (draft, made.map_err(|error| error.to_string()))
        }
        Next::Tab(..) => {
            let problems = house.service.view_draft(&ADMIN, &draft, &path).await.unwrap().problems;
            (draft, Err(problems.0.into_iter().map(|p| p.message).collect()))
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_says_who_would_enter_and_leave_before_it_is_saved() {
    let stage = Stage::new(Directory::generated(22, 40, 3)).await;
    let mut setup = stage.setup();
    setup.location.retain(|(name, _)| !name.starts_with("users."));
    setup.location.push(("users.filter", "(|(mail=user00000*)(mail=user00001*))".into()));
    let (house, channel) = (&stage.house, stage.configure_with(&setup).await);
    let before = stage.aws.users();
    let (revision, asked) = (stage.aws.revision(), stage.aws.request_count());
    assert_eq!(before.len(), 19);

    // Everybody instead of some.
    let (draft, wider) = edited(house, &channel, "source-location", &[("users.filter", "(mail=*)")]).await;
    let wider = wider.unwrap();
    let moves = engine::moves(&wider.plan, ObjectKind::User);
    assert_eq!((moves.entering.len() + before.len(), moves.leaving.len()), (40, 0), "{moves:?}");
    assert!(moves.entering.iter().all(|o| o.name.contains('@') && !before.iter().any(|u| u.user_name == o.name)));
    house.service.delete_draft(&ADMIN, &draft).await.unwrap();

    // Nobody.
    let (draft, nobody) = edited(house, &channel, "source-location", &[("users.filter", "(department=No Such Department)")]).await;
    let nobody = nobody.unwrap();
    let leaving = engine::moves(&nobody.plan, ObjectKind::User).leaving;
    assert_eq!(leaving.len(), before.len());
    assert!(nobody.plan.ops.iter().all(|op| !op.action.kind().is_removal()), "{:?}", nobody.plan.ops);
    assert_eq!(nobody.plan.held[0].guard, Guard::NobodyFound);
    says(&nobody.plan.held[0].reason, &["nobody", &before.len().to_string()]);
    house.service.delete_draft(&ADMIN, &draft).await.unwrap();

    // Another mapping.
    let (draft, titled) = edited(house, &channel, "attribute-mapping", &[("map.title", "department")]).await;
    let titled = titled.unwrap();
    let changes = titled.plan.ops.iter().filter(|op| matches!(&op.action, Action::Update { changes } if changes[0].attribute == "title"));
    assert!(changes.count() > 5 && engine::moves(&titled.plan, ObjectKind::User) == engine::Moves::default(), "{:?}", titled.plan.ops);
    house.service.delete_draft(&ADMIN, &draft).await.unwrap();

    // What cannot be previewed says why.
    let (draft, typo) = edited(house, &channel, "source-location", &[("base_dn", "OU=Nowhere,DC=canal,DC=example")]).await;
    let typo = typo.unwrap();
    says(typo.plan.coverage.problem.as_deref().unwrap(), &["OU=Nowhere"]);
    assert!(typo.plan.ops.iter().all(|op| !op.action.kind().is_removal()));
    house.service.delete_draft(&ADMIN, &draft).await.unwrap();
    let (draft, empty) = edited(house, &channel, "source-location", &[("users.filter", "")]).await;
    says(&empty.unwrap_err(), &["Group DN or a Filter"]);
    house.service.delete_draft(&ADMIN, &draft).await.unwrap();

    // Nothing of all that was kept or done.
    assert_eq!((stage.aws.revision(), stage.aws.request_count()), (revision, asked));
    house.run_idle(&channel).await;
    // Saved, the edit does what it said.
    let (draft, said) = edited(house, &channel, "source-location", &[("users.filter", "(mail=*)")]).await;
    let said = engine::moves(&said.unwrap().plan, ObjectKind::User).entering;
    let newest = house.newest(&channel).await;
    let path = format!("outbound-provisioning/configure/manage-channels/{}/guards", channel.id);
    house.post(&draft, &path, &[], "save").await;
    let cycle = house.settled(&channel, newest).await.into_iter().next().unwrap();
    assert_eq!((cycle.state, House::done(&cycle, ActionKind::Create) as usize), (CycleState::Succeeded, said.len()), "{cycle:?}");
    assert!(said.iter().all(|o| stage.aws.user(&o.name).is_some()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_target_is_previewed_without_a_word_to_the_channel_that_runs() {
    let stage = Stage::new(Directory::generated(23, 12, 2)).await;
    let (house, channel) = (&stage.house, stage.configure().await);
    let other = AwsServer::start(Aws::new(Config::new(server::clock::now)), ([127, 0, 0, 1], 0).into()).await.unwrap();
    let Next::Tab(draft, _) = house.service.edit_connection(&ADMIN, &channel.connection).await.unwrap() else { panic!("no draft") };
    let target = [("scim_url", other.base_url()), ("access_token", other.token())];
    house.post(&draft, "outbound-provisioning/configure/target", &target, "next").await;
    let path = format!("outbound-provisioning/configure/manage-channels/{}/source-location", channel.id);
    let preview = house.service.preview_draft(&ADMIN, &draft, &path).await.unwrap();
    let creates = preview.plan.ops.iter().filter(|op| op.action.kind() == ActionKind::Create && op.object.kind == ObjectKind::User);
    assert_eq!(creates.count(), 12, "everything is new there: {:?}", preview.plan.ops);
    assert!(other.request_count() > 0 && other.users().is_empty() && other.groups().is_empty());
    house.run_idle(&channel).await;
    stage.check("as before");
}

async fn towpath(stage: &Stage, args: &[&str]) -> (Option<i32>, Output) {
    let folder = stage.folder.path().join("data");
    let out = Command::new(env!("CARGO_BIN_EXE_towpath"))
        .args(args)
        .arg("--data-dir")
        .arg(&folder)
        .env_clear()
        .current_dir(&folder)
        .output()
        .await
        .unwrap();
    (out.status.code(), out)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_tells_all_of_it_and_whether_a_guard_would_hold() {
    let stage = Stage::new(Directory::generated(24, 160, 2)).await;
    let (house, channel) = (&stage.house, stage.configure().await);
    let (code, out) = towpath(&stage, &["channel", "preview", "People"]).await;
    let text = String::from_utf8(out.stdout).unwrap();
    assert_eq!(code, Some(0), "{text}");
    says(&text, &["Nobody would enter and nobody would leave.", "Nothing to change."]);

    // More than a page of changes, and a leaver.
    let scope = stage.in_scope();
    for login in &scope[20..150] {
        let dn = stage.dn(login);
        stage.change(|d| d.set(&dn, "title", &["Lockkeeper"]).unwrap());
    }
    stage.hire("New", "Comer", "new.comer");
    stage.leave(&scope[..1]);
    let (code, out) = towpath(&stage, &["channel", "preview", "People", "--json"]).await;
    assert_eq!(code, Some(0), "{}", String::from_utf8_lossy(&out.stderr));
    let page: Value = serde_json::from_slice(&out.stdout).unwrap();
    let ops = page["ops"].as_array().unwrap();
    assert_eq!((page["total"].as_u64(), page["pages"].as_u64()), (Some(ops.len() as u64), Some(1)));
    assert!(ops.len() >= 129, "all of it, however long: {}", ops.len());
    let update = ops.iter().find(|op| op["action"] == "Update").unwrap();
    assert_eq!((update["changes"][0]["attribute"].as_str(), update["changes"][0]["to"].as_str()), (Some("title"), Some("Lockkeeper")));
    let disable = ops.iter().find(|op| op["action"] == "Disable").unwrap();
    assert_eq!((disable["reason"].as_str(), disable["changes"][0]["to"].as_str()), (Some("Left the source location."), Some("false")));
    let joins = ops.iter().find(|op| op["action"].as_str().unwrap().starts_with("Remove 1 member")).map(|op| op["people"][0].clone());
    assert!(joins.is_none_or(|name| name == format!("{}@canal.example", scope[0])));
    assert_eq!(page["users"]["entering"]["names"][0], "new.comer@canal.example");
    assert_eq!(page["users"]["leaving"]["names"][0], format!("{}@canal.example", scope[0]));
    let reasons: Vec<_> = page["reasons"].as_array().unwrap().iter().map(|r| (r["operation"].as_str(), r["count"].as_u64())).collect();
    assert!(reasons.contains(&(Some("Update users"), Some(127))) && reasons.contains(&(Some("Disable users"), Some(1))), "{reasons:?}");

    stage.leave(&scope[1..20]);
    let (code, out) = towpath(&stage, &["channel", "preview", "People", "--json"]).await;
    let page: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((code, page["held"][0]["guard"].as_str()), (Some(2), Some("Too many removals")));
    says(page["held"][0]["reason"].as_str().unwrap(), &["20 of 157 people", "the limit is 10"]);
    let (code, out) = towpath(&stage, &["channel", "preview", "People"]).await;
    assert_eq!(code, Some(2));
    says(
        &String::from_utf8(out.stdout).unwrap(),
        &["1 person would enter and 20 would leave", "removals would wait for approval", "Held (Too many removals)"],
    );
    let (_, out) = towpath(&stage, &["channel", "preview", "--help"]).await;
    says(&String::from_utf8(out.stdout).unwrap(), &["Exit code", "2 when a guard would hold"]);

    // A directory that cannot be read is no success.
    stage.directory.set_fault(sandbox::directory::Fault::DropAfter { entries: 5 });
    let (code, out) = towpath(&stage, &["channel", "preview", "People"]).await;
    assert_ne!(code, Some(0), "{}", String::from_utf8_lossy(&out.stdout));
    stage.directory.clear_faults();
    house.run(&channel).await;
}
