//! One person in the sandbox: explained before a cycle knows them, written alone, failed, retried, unlinked and protected.

use crate::browser::Browser;
use crate::company::{change, find, ready, user, wait_for, words};
use crate::form::Form;
use crate::sandbox::Sandbox;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::process::Command;

/// The channel of the sandbox.
async fn channel(browser: &mut Browser) -> String {
    let page = browser.page("/channels").await;
    let rest = page.split("href=\"/channels/").nth(1).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

async fn explain(browser: &mut Browser, channel: &str, name: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("name", name).finish();
    browser.page(&format!("/people/{channel}/explain?{query}")).await
}

/// Presses a button of a page by what it does; answers the page it leads to and its address.
async fn press(browser: &mut Browser, page: &str, what: &str) -> (String, String) {
    let mut rest = page;
    let form = loop {
        let at = rest.find("<form method=\"post\" action=\"/people/").unwrap_or_else(|| panic!("no button does {what}: {}", words(page)));
        let form = Form::of(&rest[at..], "/people/");
        if form.get("do") == Some(what) {
            break form;
        }
        rest = &rest[at + 1..];
    };
    let fields: Vec<_> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = browser.post(&form.action, &fields).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let to = answer.location().to_owned();
    (browser.page(&to).await, to)
}

async fn towpath(data_dir: &Path, args: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_towpath"));
    let out = command.args(args).arg("--data-dir").arg(data_dir).env_clear().current_dir(data_dir).output().await.unwrap();
    (out.status.code(), format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr)))
}

#[tokio::test]
async fn a_person_is_explained_written_failed_and_retried() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]).await;
    let mut browser = ready(&sandbox).await;
    let channel = channel(&mut browser).await;

    // Hired, and no cycle told: Explain says what the next one does, and writes her alone.
    let hire = [("given_name", "Jane"), ("family_name", "Doe"), ("mail", "jane.doe@canal.example"), ("title", "Diver"), ("run", "")];
    change(&mut browser, "/sandbox/company/hire", &hire).await;
    let page = explain(&mut browser, &channel, "jane.doe@canal.example").await;
    for said in
        ["The next cycle writes it", "In the directory", "Nobody else is called so", "AWS Users", "Every required attribute", "Create"]
    {
        assert!(page.contains(said), "{said}: {}", words(&page));
    }
    let (page, address) = press(&mut browser, &page, "sync").await;
    assert!(page.contains("Done in") && page.contains("In sync"), "{}", words(&page));
    let users = sandbox.users().await;
    let made = user(&users, "jane.doe@canal.example");
    assert_eq!((&made["title"], &made["active"]), (&"Diver".into(), &true.into()));
    let (target, source) = (made["id"].as_str().unwrap(), made["externalId"].as_str().unwrap());
    for said in [target, source, "What was done", "Request id", "Diver", "Last written", "AWS Users"] {
        assert!(page.contains(said), "{said}: {}", words(&page));
    }
    let cycle = address.split("cycle=").nth(1).unwrap();
    assert!(browser.page(&format!("/cycles/{cycle}")).await.contains("Sync now"));
    assert!(
        wait_for(&mut browser, "/channels", &["Up to date"]).await.contains("Up to date"),
        "a cycle about one says nothing of the channel"
    );
    let person = address.split("&did=").next().unwrap().to_owned();
    let list = browser.page("/people?q=jane.doe").await;
    assert!(list.contains("badge--good") && list.contains("1 person or group found"), "{}", words(&list));

    // The service fails; Retry writes it once it does not.
    let id = find(&mut browser, "people", "jane.doe").await;
    change(
        &mut browser,
        &format!("/sandbox/company/people/{id}/change-job"),
        &[("title", "Head Diver"), ("department", "Docks"), ("run", "")],
    )
    .await;
    let page = browser.page(&person).await;
    assert!(page.contains("Head Diver") && page.contains("differs"), "{}", words(&page));
    assert!(explain(&mut browser, &channel, &format!("CN=Jane Doe,{}", "OU=nowhere")).await.contains("Nobody in the directory"));
    browser.post("/sandbox/aws/faults/errors", &[("run", "on")]).await;
    let (mut page, _) = press(&mut browser, &page, "sync").await;
    assert!(page.contains(">Retry<") && page.contains("Not all of it went well"), "{}", words(&page));
    for _ in 0..10 {
        if !page.contains(">Retry<") {
            break;
        }
        page = press(&mut browser, &page, "retry").await.0;
    }
    assert!(page.contains("In sync") && !page.contains(">Retry<"), "{}", words(&page));
    assert_eq!(user(&sandbox.users().await, "jane.doe@canal.example")["title"], "Head Diver");

    // Protected, she stays whatever happens; then unlinked, the next cycle adopts her again.
    let (page, _) = press(&mut browser, &page, "protect").await;
    assert!(page.contains("Protected: nothing is taken away") && !page.contains("Protect it"), "{}", words(&page));
    // The cycle that follows a save may be under way, which is said.
    let begun = Instant::now();
    let mut page = press(&mut browser, &page, "unlink").await.0;
    while !page.contains("Unlinked. The next cycle matches it anew.") {
        assert!(page.contains("is running") && begun.elapsed() < Duration::from_secs(45), "{}", words(&page));
        tokio::time::sleep(Duration::from_millis(100)).await;
        let again = browser.page(&person).await;
        page = press(&mut browser, &again, "unlink").await.0;
    }
    let page = wait_for(&mut browser, &person, &["In sync", "Adopt"]).await;
    assert!(page.contains(target) && page.contains("was adopted"), "{}", words(&page));

    // In a shell.
    let explained = ["channel", "explain", "Canal Works to AWS", "jane.doe@canal.example"];
    let (code, said) = towpath(folder.path(), &explained).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("In sync") && said.contains("Passed") && said.contains("Protected"), "{said}");
    let (code, said) = towpath(folder.path(), &[&explained[..], &["--json"]].concat()).await;
    let json: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, &json["end"], &json["kind"]), (Some(0), &"in_sync".into(), &"User".into()));
    let (code, said) = towpath(folder.path(), &["channel", "explain", "Canal Works to AWS", "nobody@canal.example"]).await;
    assert_eq!(code, Some(3), "{said}");
    sandbox.stop().await;
}

#[tokio::test]
async fn who_is_not_there_is_told_why() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]).await;
    let mut browser = ready(&sandbox).await;
    let channel = channel(&mut browser).await;
    let hire = |mail: &'static str, family: &'static str, scope: &'static str| {
        [("given_name", "Out"), ("family_name", family), ("mail", mail), ("in_scope", scope), ("run", "")]
    };
    change(&mut browser, "/sandbox/company/hire", &hire("out.sider@canal.example", "Sider", "")).await;
    let page = explain(&mut browser, &channel, "out.sider@canal.example").await;
    assert!(page.contains("Not provisioned") && page.contains("It is not a member of"), "{}", words(&page));
    assert!(!page.contains("value=\"sync\""), "there is nothing to write: {}", words(&page));

    // Disabled in the directory: the check that fails says so, and the page writes it at once.
    let id = find(&mut browser, "people", "Adaeze").await;
    let mail = {
        let page = browser.page(&format!("/sandbox/company/people/{id}")).await;
        let at = page.find("@canal").unwrap_or_else(|| page.find('@').unwrap());
        let from = page[..at].rfind(['>', ' ', '"']).unwrap() + 1;
        let to = at + page[at..].find(['<', ' ', '"']).unwrap();
        page[from..to].to_owned()
    };
    change(&mut browser, &format!("/sandbox/company/people/{id}/disable"), &[("run", "")]).await;
    let page = explain(&mut browser, &channel, &mail).await;
    assert!(page.contains("It is disabled in the directory") && page.contains("takes it away"), "{}", words(&page));
    let href = page.split("href=\"/people/").find(|rest| rest.contains("?id=")).map(|rest| rest.split('"').next().unwrap().to_owned());
    let page = browser.page(&format!("/people/{}", href.unwrap())).await;
    let (page, _) = press(&mut browser, &page, "sync").await;
    assert!(page.contains("Done in") && page.contains("Disabled"), "{}", words(&page));
    assert_eq!(user(&sandbox.users().await, &mail)["active"], false);

    // A group, by its name; and what is no name of anybody.
    let page = explain(&mut browser, &channel, "Cloud Billing").await;
    assert!(page.contains("Group") && page.contains("one of the channel") && page.contains("In sync"), "{}", words(&page));
    for odd in ["<script>alert(1)</script>", "(cn=", "*", "((((", "\u{202e}x"] {
        let page = explain(&mut browser, &channel, odd).await;
        assert!(page.contains("Not provisioned") && !page.contains("<script>alert"), "{odd}: {}", words(&page));
    }
    assert_eq!(browser.get("/people/nothing/explain?name=x").await.status, 404);
    assert_eq!(browser.get(&format!("/people/{channel}/user?id=nobody")).await.status, 404);
    let mut stranger = Browser::at(sandbox.get("console_url").strip_prefix("http://").unwrap().parse().unwrap());
    let answer = stranger.post(&format!("/people/{channel}/user"), &[("do", "unlink"), ("id", &id)]).await;
    assert_eq!((answer.status, answer.location()), (303, "/sign-in?error=expired"));
    let form = ("content-type", "application/x-www-form-urlencoded");
    let crossed = browser.send("POST", &format!("/people/{channel}/user"), &[("sec-fetch-site", "cross-site"), form], "".into()).await;
    assert_eq!(crossed.status, 403);
    sandbox.stop().await;
}

#[tokio::test]
async fn what_somebody_changed_at_the_service_is_found_and_repaired() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]).await;
    let mut browser = ready(&sandbox).await;
    let channel = channel(&mut browser).await;
    let verify = format!("/people/{channel}/verify");
    assert!(browser.page(&verify).await.contains("It has not been verified yet"));
    let page = browser.page(&verify).await;
    let (page, _) = press(&mut browser, &page, "verify").await;
    assert!(page.contains("As written") && page.contains("could not be verified"), "{}", words(&page));

    // Behind Towpath's back somebody deletes one and renames another.
    let users = sandbox.users().await;
    let (gone, renamed) = (users[0].clone(), users[1].clone());
    scim(&sandbox, "DELETE", gone["id"].as_str().unwrap(), "").await;
    let patch = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"displayName","value":"Somebody Else"}]}"#;
    scim(&sandbox, "PATCH", renamed["id"].as_str().unwrap(), patch).await;
    let (code, said) = towpath(folder.path(), &["channel", "verify", "Canal Works to AWS", "--json"]).await;
    let json: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, &json["missing"], &json["changed"], &json["drifts_total"]), (Some(3), &1.into(), &1.into(), &2.into()), "{said}");
    let page = browser.page(&verify).await;
    assert!(
        page.contains("Missing") && page.contains("Somebody Else") && page.contains(gone["userName"].as_str().unwrap()),
        "{}",
        words(&page)
    );

    let (page, _) = press(&mut browser, &page, "repair").await;
    assert!(page.contains("Repair was asked for") && !page.contains("Repair with the next cycle"), "{}", words(&page));
    let begun = Instant::now();
    loop {
        let users = sandbox.users().await;
        let back = users.iter().find(|user| user["userName"] == gone["userName"]);
        if back.is_some_and(|user| user["id"] != gone["id"])
            && user(&users, renamed["userName"].as_str().unwrap())["displayName"] == renamed["displayName"]
        {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(45), "not repaired: {back:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    wait_for(&mut browser, "/channels", &["Up to date"]).await;
    let (code, said) = towpath(folder.path(), &["channel", "verify", "Canal Works to AWS"]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("As written") && said.contains("could not be verified"), "{said}");
    sandbox.stop().await;
}

/// One call of the emulated AWS, as somebody else with a token makes it.
async fn scim(sandbox: &Sandbox, method: &str, user: &str, body: &str) {
    let url = sandbox.get("scim_url").strip_prefix("http://").unwrap();
    let (address, path) = url.split_once('/').unwrap();
    let token = format!("Bearer {}", sandbox.get("scim_token"));
    let headers = [("authorization", token.as_str()), ("content-type", "application/scim+json"), ("user-agent", "somebody")];
    let path = format!("/{path}Users/{user}");
    let answer = Browser::at(address.parse().unwrap()).send(method, &path, &headers, body.to_owned().into()).await;
    assert!((200..300).contains(&answer.status), "{} {}", answer.status, answer.body);
}
