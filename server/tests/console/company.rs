//! The sample company in the sandbox's console: each change, its way to AWS, and who may make it.

use crate::browser::Browser;
use crate::form::Form;
use crate::house::House;
use crate::sandbox::Sandbox;
use serde_json::Value;
use std::time::{Duration, Instant};

/// Does a task with its form as the page shows it, and answers the address of the way of the change.
pub async fn change(browser: &mut Browser, path: &str, fields: &[(&str, &str)]) -> String {
    let page = browser.page(path).await;
    let mut form = Form::of(&page, path);
    assert_eq!(form.get("run"), Some("on"), "the channel is run at once unless somebody unticks it");
    fields.iter().for_each(|(name, value)| form.fill(name, value));
    let fields: Vec<_> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = browser.post(path, &fields).await;
    assert_eq!(answer.status, 303, "{path}: {}", answer.body);
    let to = answer.location().to_owned();
    assert!(to.starts_with("/sandbox/company/changes/"), "{path} leads to {to}: {}", words(&browser.page(&to).await));
    to
}

/// What a person reads of a page, below the navigation.
pub fn words(page: &str) -> String {
    let main = page.split("id=\"main\"").nth(1).and_then(|main| main.split("</main>").next()).unwrap_or(page);
    let texts = main.split('<').filter_map(|piece| piece.split_once('>')).map(|(_, text)| text.trim()).filter(|text| !text.is_empty());
    texts.collect::<Vec<_>>().join(" | ")
}

/// Waits until a page says this.
pub async fn wait_for(browser: &mut Browser, path: &str, says: &[&str]) -> String {
    let begun = Instant::now();
    loop {
        let page = browser.page(path).await;
        if says.iter().all(|text| page.contains(text)) {
            return page;
        }
        assert!(begun.elapsed() < Duration::from_secs(45), "{path} does not say {says:?}: {}", words(&page));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The id of the person or group that a list of the company leads to.
pub async fn find(browser: &mut Browser, kind: &str, search: &str) -> String {
    let show = if kind == "groups" { "groups" } else { "" };
    let page = browser.page(&format!("/sandbox/company?show={show}&search={search}")).await;
    let marker = format!("/sandbox/company/{kind}/");
    let rest = page.split(&marker).find(|rest| rest.get(..36).is_some_and(|id| id.matches('-').count() == 4));
    rest.unwrap_or_else(|| panic!("no {kind} is called {search}: {}", words(&page)))[..36].to_owned()
}

pub async fn ready(sandbox: &Sandbox) -> Browser {
    let mut browser = sandbox.administrator().await;
    wait_for(&mut browser, "/channels", &["Up to date"]).await;
    browser
}

pub fn user<'a>(users: &'a [Value], name: &str) -> &'a Value {
    users.iter().find(|user| user["userName"] == name).unwrap_or_else(|| panic!("{name} is not in AWS: {users:?}"))
}

#[tokio::test]
async fn only_a_sandbox_has_these_pages() {
    let house = House::open_without_worker().await;
    let mut browser = house.administrator().await;
    for path in ["/sandbox/values", "/sandbox/company", "/sandbox/company/hire", "/sandbox/aws", "/sandbox/files/aws-sp-metadata.xml"] {
        assert_eq!(browser.get(path).await.status, 404, "{path}");
    }
    assert_eq!(browser.post("/sandbox/company/undo", &[("run", "on")]).await.status, 404);
    assert!(!browser.page("/channels").await.contains("/sandbox/"), "the navigation leads there");
    house.stop().await;
}

#[tokio::test]
async fn a_stranger_and_another_site_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &["--empty"]).await;
    let mut browser = sandbox.administrator().await;
    let mut stranger = Browser::at(sandbox.get("console_url").strip_prefix("http://").unwrap().parse().unwrap());
    for path in ["/sandbox/company/empty", "/sandbox/company/undo", "/sandbox/aws/provisioning/disable", "/sandbox/aws/faults/refuse-token"]
    {
        let answer = stranger.post(path, &[("run", "on")]).await;
        assert_eq!((answer.status, answer.location()), (303, "/sign-in?error=expired"), "{path}");
        let form = ("content-type", "application/x-www-form-urlencoded");
        assert_eq!(browser.send("POST", path, &[("sec-fetch-site", "cross-site"), form], "".into()).await.status, 403, "{path}");
    }
    assert_eq!(stranger.get("/sandbox/company").await.status, 303);
    let answer = stranger.post("/api/sandbox/show", &[("path", "values")]).await;
    assert!(answer.status >= 400 && answer.body.contains("SignIn"), "{} {}", answer.status, answer.body);
    let page = browser.page("/sandbox/company").await;
    assert!(page.contains("Marguerite") || page.contains("Adaeze"), "{}", words(&page));
    sandbox.stop().await;
}

#[tokio::test]
async fn the_values_to_paste_are_those_that_were_printed() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &["--empty"]).await;
    let mut browser = sandbox.administrator().await;
    let page = browser.page("/sandbox/values").await;
    for key in ["bind_dn", "bind_password", "base_dn", "users_group_dn", "groups_group_dn", "scim_url", "scim_token"] {
        assert!(page.contains(sandbox.get(key)), "{key}");
    }
    assert!(page.contains(sandbox.get("ldap_url").strip_prefix("ldap://").unwrap()));
    for step in ["1.4", "1.5", "7.9", "7.14", "7.15", "7.16"] {
        assert!(page.contains(&format!("step {step}")), "{step}");
    }
    // Without a channel the way ends where it must.
    let to =
        change(&mut browser, "/sandbox/company/hire", &[("given_name", "Ada"), ("family_name", "Byron"), ("mail", "ada@canal.example")])
            .await;
    assert!(browser.page(&to).await.contains("No channel yet"));
    sandbox.stop().await;
}

#[tokio::test]
async fn people_come_marry_change_and_go() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]).await;
    let mut browser = ready(&sandbox).await;

    let hire = [("given_name", "Jane"), ("family_name", "Doe"), ("mail", "jane.doe@canal.example"), ("title", "Diver")];
    let to = change(&mut browser, "/sandbox/company/hire", &hire).await;
    let way = wait_for(&mut browser, &to, &["AWS answered", "Done", "jane.doe@canal.example", "POST /Users", "HTTP 201"]).await;
    assert!(way.contains("Canal Works to AWS") && way.contains("was told to run at once") && way.contains("Create"), "{}", words(&way));
    let hired = user(&sandbox.users().await, "jane.doe@canal.example").clone();
    assert_eq!((&hired["active"], &hired["displayName"], &hired["title"]), (&true.into(), &"Jane Doe".into(), &"Diver".into()));

    let id = find(&mut browser, "people", "jane.doe").await;
    assert_eq!(hired["externalId"], id.as_str());
    let person = format!("/sandbox/company/people/{id}");
    assert!(browser.page(&person).await.contains("Active"));

    let to = change(&mut browser, &format!("{person}/marry"), &[("family_name", "Smith"), ("mail", "jane.smith@canal.example")]).await;
    wait_for(&mut browser, &to, &["PATCH /Users/", "jane.doe@canal.example", "jane.smith@canal.example", "HTTP 200"]).await;
    let users = sandbox.users().await;
    let married = user(&users, "jane.smith@canal.example");
    assert_eq!((&married["id"], &married["emails"][0]["value"]), (&hired["id"], &"jane.smith@canal.example".into()));
    assert!(!users.iter().any(|user| user["userName"] == "jane.doe@canal.example"));

    let to = change(&mut browser, &format!("{person}/change-job"), &[("title", "Head Diver"), ("department", "Operations")]).await;
    wait_for(&mut browser, &to, &["Head Diver", "HTTP 200"]).await;
    let to = change(&mut browser, &format!("{person}/rename"), &[("given_name", "Janet"), ("family_name", "Smith")]).await;
    wait_for(&mut browser, &to, &["Janet Smith", "HTTP 200"]).await;
    let to = change(&mut browser, &format!("{person}/move"), &[]).await;
    wait_for(&mut browser, &to, &["Nothing to do", "Nothing was sent to AWS"]).await;

    let group = find(&mut browser, "groups", "Billing").await;
    let to = change(&mut browser, &format!("{person}/join"), &[("group", &group)]).await;
    wait_for(&mut browser, &to, &["Cloud Billing", "PATCH /Groups/", "HTTP 204"]).await;
    let to = change(&mut browser, &format!("{person}/leave/{group}"), &[]).await;
    wait_for(&mut browser, &to, &["PATCH /Groups/", "HTTP 204"]).await;

    let to = change(&mut browser, &format!("{person}/disable"), &[]).await;
    wait_for(&mut browser, &to, &["PATCH /Users/", "Disable", "HTTP 200"]).await;
    assert_eq!(user(&sandbox.users().await, "jane.smith@canal.example")["active"], false);
    let to = change(&mut browser, &format!("{person}/enable"), &[]).await;
    wait_for(&mut browser, &to, &["PATCH /Users/", "HTTP 200"]).await;
    assert_eq!(user(&sandbox.users().await, "jane.smith@canal.example")["active"], true);

    let to = change(&mut browser, &format!("{person}/remove"), &[]).await;
    wait_for(&mut browser, &to, &["is deleted", "Disable", "HTTP 200"]).await;
    assert_eq!(user(&sandbox.users().await, "jane.smith@canal.example")["active"], false);
    assert_eq!(browser.get(&person).await.status, 404);
    let to = change(&mut browser, &format!("/sandbox/company/bring-back/{id}"), &[]).await;
    wait_for(&mut browser, &to, &["is back", "HTTP 200"]).await;
    assert_eq!(user(&sandbox.users().await, "jane.smith@canal.example")["id"], hired["id"]);
    assert_eq!(user(&sandbox.users().await, "jane.smith@canal.example")["active"], true);

    // Who is in no group that says who is in scope is not provisioned, and the page says why.
    let hire = [("given_name", "Out"), ("family_name", "Sider"), ("mail", "out.sider@canal.example"), ("in_scope", "")];
    let to = change(&mut browser, "/sandbox/company/hire", &hire).await;
    wait_for(&mut browser, &to, &["Nothing provisions Out Sider: not a member of ‘AWS Users’"]).await;
    sandbox.stop().await;

    // What was changed is still known after a restart.
    let sandbox = Sandbox::start(folder.path(), &[]).await;
    let mut browser = sandbox.administrator().await;
    assert!(browser.page(&to).await.contains("Nothing provisions Out Sider"));
    assert!(browser.page(&person).await.contains("jane.smith@canal.example"));
    sandbox.stop().await;
}

#[tokio::test]
async fn groups_are_made_nested_renamed_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]).await;
    let mut browser = ready(&sandbox).await;
    let to = change(&mut browser, "/sandbox/company/groups/new", &[("name", "Night Shift")]).await;
    wait_for(&mut browser, &to, &["Night Shift", "POST /Groups", "HTTP 201"]).await;
    let group = format!("/sandbox/company/groups/{}", find(&mut browser, "groups", "Night").await);
    let nested = find(&mut browser, "groups", "Billing").await;
    let to = change(&mut browser, &format!("{group}/nest"), &[("group", &nested)]).await;
    wait_for(&mut browser, &to, &["is a member of ‘Night Shift’ now", "Add members", "HTTP 204"]).await;
    let page = browser.page(&group).await;
    assert!(page.contains("Cloud Billing") && page.contains("3 people"), "{}", words(&page));
    let to = change(&mut browser, &format!("{group}/rename"), &[("name", "Late Shift")]).await;
    wait_for(&mut browser, &to, &["‘Night Shift’ is called ‘Late Shift’", "HTTP 204"]).await;
    let to = change(&mut browser, &format!("{group}/take-out/{nested}"), &[]).await;
    wait_for(&mut browser, &to, &["no longer", "Remove members", "HTTP 204"]).await;
    let to = change(&mut browser, &format!("{group}/remove"), &[]).await;
    wait_for(&mut browser, &to, &["is deleted", "DELETE /Groups/", "HTTP 204"]).await;
    assert_eq!(browser.get(&group).await.status, 404);
    sandbox.stop().await;
}

#[tokio::test]
async fn an_emptied_directory_takes_nobodys_access() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]).await;
    let mut browser = ready(&sandbox).await;
    let active = |users: &[Value]| users.iter().filter(|user| user["active"] == true).count();
    let before = active(&sandbox.users().await);
    let to = change(&mut browser, "/sandbox/company/empty", &[]).await;
    let way = wait_for(&mut browser, &to, &["60 people are deleted", "are held, so nobody lost access"]).await;
    assert!(way.contains("Look at what is held"), "{}", words(&way));
    assert_eq!(active(&sandbox.users().await), before);
    let to = change(&mut browser, "/sandbox/company/bring-back", &[]).await;
    wait_for(&mut browser, &to, &["60 people are back", "What AWS has now"]).await;
    wait_for(&mut browser, "/channels", &["Up to date"]).await;
    assert_eq!(active(&sandbox.users().await), before);
    let to =
        change(&mut browser, "/sandbox/company/hire", &[("given_name", "A"), ("family_name", "B"), ("mail", "a.b@canal.example")]).await;
    wait_for(&mut browser, &to, &["HTTP 201"]).await;
    let to = change(&mut browser, "/sandbox/company/undo", &[]).await;
    wait_for(&mut browser, &to, &["is the sample company again", "Disable"]).await;
    assert_eq!(user(&sandbox.users().await, "a.b@canal.example")["active"], false);
    sandbox.stop().await;
}

#[tokio::test]
async fn a_form_says_what_is_wrong_and_keeps_what_was_typed() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &["--empty"]).await;
    let mut browser = sandbox.administrator().await;
    let unit = Form::of(&browser.page("/sandbox/company/hire").await, "/sandbox/company/hire").get("unit").unwrap().to_owned();
    let path = "/sandbox/company/hire";
    for (mail, family_name, says) in [
        ("nonsense", "Doe", "not an e-mail address"),
        ("mei.lin@canal.example", "Doe", "belongs to another account"),
        ("jane@canal.example", "", "Enter the Family name"),
    ] {
        let answer = browser.post(path, &[("given_name", "Jane"), ("family_name", family_name), ("mail", mail), ("unit", &unit)]).await;
        assert!(answer.location().starts_with("/sandbox/company/hire?said="), "{}", answer.location());
        let page = browser.page(answer.location()).await;
        assert!(page.contains(says), "{mail}: {}", words(&page));
        let form = Form::of(&page, path);
        assert_eq!((form.get("given_name"), form.get("mail"), form.get("run")), (Some("Jane"), Some(mail), None));
    }
    let people = browser.page("/sandbox/company?search=Jane").await;
    assert!(people.contains("Nobody is called so."), "{}", words(&people));
    // The second of two steps is refused: the first is not done either.
    let person = find(&mut browser, "people", "mei.lin").await;
    let answer =
        browser.post(&format!("/sandbox/company/people/{person}/rename"), &[("given_name", "Sanna"), ("family_name", "Virtanen")]).await;
    let page = browser.page(answer.location()).await;
    assert!(page.contains("exists already"), "{}", words(&page));
    // The sandbox needs this account.
    let service = find(&mut browser, "groups", "AWS+Users").await;
    let answer = browser.post(&format!("/sandbox/company/groups/{service}/remove"), &[]).await;
    assert!(browser.page(answer.location()).await.contains("is needed by the sandbox"));
    for bad in ["/sandbox/company/people/x", "/sandbox/company/changes/9", "/sandbox/company/people/x/fly", "/sandbox/nowhere"] {
        assert_eq!(browser.get(bad).await.status, 404, "{bad}");
    }
    sandbox.stop().await;
}
