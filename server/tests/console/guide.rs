//! What leads through the console: areas, Home, the search, the help; and codes of what went wrong.

use crate::command_line::LOCAL;
use crate::company::words;
use crate::form::Form;
use crate::house::House;
use crate::wizard::{Wizard, make_connection, make_data_store};
use domain::id::DraftId;
use std::time::{Duration, Instant};
use store::{Keys, Store};

/// The part of a page between two texts.
fn between<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    page.split(from).nth(1).and_then(|rest| rest.split(to).next()).unwrap_or_else(|| panic!("no {from}: {page}"))
}

#[tokio::test]
async fn a_page_shows_its_area_and_its_menu() {
    let house = House::open_without_worker().await;
    let mut b = house.administrator().await;
    let wizard = Wizard::begin(&mut b, "/pcvs/new").await;
    for (path, area, screen) in [
        ("/channels", "Applications", "Channels"),
        ("/trusted-cas/import", "Security", "Trusted CAs"),
        (wizard.at.as_str(), "System", "Password Credential Validators"),
    ] {
        let page = b.page(path).await.replace("<!>", "");
        let areas = between(&page, "aria-label=\"Areas\"", "</nav>");
        let current: Vec<_> = areas.split("<a ").filter(|link| link.contains("aria-current")).collect();
        assert!(current.len() == 1 && current[0].contains(&format!(">{area}<")), "{path}: {areas}");
        let menu = between(&page, &format!("<nav aria-label=\"{area}\" class=\"nav\""), "</nav>");
        let current: Vec<_> = menu.split("<a ").filter(|link| link.contains("aria-current")).collect();
        assert!(current.len() == 1 && current[0].contains(&format!(">{screen}<")), "{path}: {menu}");
        assert!(!page.contains(">Sandbox<"), "{path}");
    }
    // A wizard says where it was opened from, and how deep it is.
    let crumbs = between(&b.page(&wizard.at).await, "Tasks above", "</ol>").to_owned();
    assert!(crumbs.contains("href=\"/pcvs\"") && crumbs.contains("Password Credential Validators"), "{crumbs}");
    make_connection(&house, &mut b).await;
    let edit = format!("/sp-connections/{}/edit", house.service.list_connections(&LOCAL).await.unwrap()[0].id);
    let mut w = Wizard::begin(&mut b, &edit).await;
    w.press(&mut b, "goto:outbound-provisioning", &[]).await;
    w.press(&mut b, "open:configure", &[]).await;
    w.press(&mut b, "goto:manage-channels", &[]).await;
    let open = w.form(&mut b).await.buttons.into_iter().find(|button| button.starts_with("open:")).unwrap();
    w.press(&mut b, &open, &[]).await;
    let page = b.page(&w.at).await.replace("<!>", "");
    let crumbs = between(&page, "Tasks above", "</ol>");
    let at = |text: &str| crumbs.find(text).unwrap_or_else(|| panic!("no {text}: {crumbs}"));
    assert!(at(">SP Connections<") < at(">SP Connection: ") && at(">SP Connection: ") < at(">Configure Channels<"), "{crumbs}");
    house.stop().await;
}

#[tokio::test]
async fn screens_and_objects_are_found_by_a_piece_of_their_names() {
    let house = House::open_without_worker().await;
    let mut b = house.administrator().await;
    make_connection(&house, &mut b).await;
    let page = b.page("/search?q=people").await;
    assert!(words(&page).contains("Channels | People") && page.contains("href=\"/channels/"), "{}", words(&page));
    let page = b.page("/search?q=AWS-iam").await;
    assert!(words(&page).contains("SP Connections | AWS IAM Identity Center | aws-iam-identity-center"), "by entity ID: {}", words(&page));
    // What was found can be opened.
    let open = Form::of(between(&page, "id=\"main\"", "</main>"), "/sp-connections/").action;
    assert!(b.post(&open, &[]).await.location().starts_with("/wizard/"));
    let page = b.page("/search?q=ad").await;
    assert!(page.contains("/data-stores/") && words(&page).contains("Data Stores"), "{}", words(&page));
    let page = b.page("/search?q=metadata%20export").await;
    assert!(page.contains("href=\"/metadata-export\""), "{}", words(&page));
    for nothing in ["%25", "_", "%3Cscript%3Ealert(1)%3C/script%3E", "no such thing"] {
        let page = b.page(&format!("/search?q={nothing}").replace(' ', "%20")).await;
        assert!(words(&page).contains("Nothing is called"), "{nothing}: {}", words(&page));
        assert!(!page.contains("<script>alert"), "{page}");
    }
    assert!(b.page("/search").await.contains("Type the name of a screen"));
    let mut stranger = house.visitor();
    assert_eq!(stranger.get("/search?q=AD").await.status, 303);
    assert!(stranger.post("/api/search/find", &[("text", "AD")]).await.body.contains("SignIn"));
    house.stop().await;
}

#[tokio::test]
async fn help_is_one_way_from_every_page() {
    let house = House::open_without_worker().await;
    let mut b = house.administrator().await;
    let wizard = Wizard::begin(&mut b, "/data-stores/new").await;
    let page = b.page(&wizard.at).await;
    let link = between(&page, "href=\"/help?for=", "\"").to_owned();
    let answer = b.get(&format!("/help?for={link}")).await;
    assert_eq!((answer.status, answer.location()), (303, "/help/wizard/data-store#data-store-type"));
    let help = b.page("/help/wizard/data-store").await;
    assert!(help.contains("id=\"data-store-type\"") && help.contains("<strong>Mask Values in Log</strong>"), "{}", words(&help));
    assert_eq!(b.get("/help?for=/channels").await.location(), "/help/channels");
    for path in ["/help?for=/no/such/page", "/help?for=/wizard/gone/x", "/help?for=https://evil.example/"] {
        assert_eq!(b.get(path).await.location(), "/help/contents", "{path}");
    }
    assert_eq!(b.get("/help/no-such-topic").await.status, 404);
    assert_eq!(b.get("/help/../../Cargo").await.status, 404);
    // The help of somebody else's draft is nobody else's.
    house.service.create_account("eve", &domain::secret::Secret::new("another password"), false).await.unwrap();
    let mut eve = house.visitor();
    eve.post("/sign-in", &[("username", "eve"), ("password", "another password")]).await;
    assert_eq!(eve.get(&format!("/help?for={}", wizard.at)).await.location(), "/help/contents");
    house.stop().await;
}

/// The store of a running house, beside its server.
async fn store_of(house: &House) -> Store {
    let keys = Keys::load_or_create(&house.data_dir().join("towpath.key")).unwrap();
    Store::open(&house.data_dir().join("towpath.db").display().to_string(), keys).await.unwrap()
}

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

#[tokio::test]
async fn home_ticks_what_is_done_and_warns_of_what_ends() {
    let house = House::open_without_worker().await;
    let mut b = house.administrator().await;
    let page = words(&b.page("/").await);
    assert!(page.contains("Welcome to Towpath") && page.contains("0 of 7 done"), "{page}");
    assert!(page.contains("Start the server with provisioner.mode STANDALONE") && !page.contains("Channels | "), "{page}");
    make_data_store(&mut b).await;
    let page = words(&b.page("/").await);
    assert!(page.contains("1 of 7 done") && page.contains("Connect your directory | Done"), "{page}");
    let store = house.service.list_data_stores(&LOCAL).await.unwrap()[0].0.id.clone();
    house.service.delete_data_store(&LOCAL, &store).await.unwrap();
    assert!(words(&b.page("/").await).contains("0 of 7 done"), "what is taken away is not done");

    make_connection(&house, &mut b).await;
    let page = words(&b.page("/").await);
    assert!(page.contains("3 of 7 done") && page.contains("Turn on provisioning in AWS | Done"), "{page}");
    assert!(page.contains("http://127.0.0.1:1/t/scim/v2/") && page.contains("Entered today"), "{page}");
    assert!(page.contains(&format!("http://{}/idp/metadata", house.address)), "{page}");
    assert!(!page.contains("token-token-token"));

    let connection = house.service.list_connections(&LOCAL).await.unwrap()[0].id.clone();
    for (day, says) in [(274, None), (276, Some("entered 276 days ago: it ends about ")), (366, Some("by its age it ended on "))] {
        let store = store_of(&house).await;
        let mut tx = store.begin().await.unwrap();
        tx.put_secret_date(&connection, "access_token", server::clock::now() - day * DAY_MS).await.unwrap();
        tx.commit().await.unwrap();
        store.close().await;
        let page = words(&b.page("/").await);
        match says {
            Some(says) => assert!(page.contains(says) && page.contains("Access Token of ‘AWS IAM Identity Center’"), "day {day}: {page}"),
            None => assert!(!page.contains("Make a second one"), "day {day}: {page}"),
        }
    }
    // A save with another token begins anew; one without does not.
    let edit = format!("/sp-connections/{}/edit", house.service.list_connections(&LOCAL).await.unwrap()[0].id);
    for (token, warns) in [("", true), ("another-token", false)] {
        let mut w = Wizard::begin(&mut b, &edit).await;
        w.press(&mut b, "goto:outbound-provisioning", &[]).await;
        w.press(&mut b, "open:configure", &[]).await;
        w.press(&mut b, "save", &[("access_token", token)]).await;
        assert_eq!(w.at, "/sp-connections");
        let page = words(&b.page("/").await);
        assert_eq!(page.contains("Make a second one"), warns, "{page}");
    }
    house.stop().await;
}

#[tokio::test]
async fn every_code_of_what_went_wrong_is_in_the_log() {
    let house = House::open_without_worker().await;
    let logs = server::telemetry::start(house.data_dir(), "info", "error").unwrap();
    let mut b = house.administrator().await;
    // A draft that cannot be read.
    let store = store_of(&house).await;
    let id = DraftId::parse("damaged").unwrap();
    let mut tx = store.begin().await.unwrap();
    let row = store::Draft {
        id,
        kind: "data_store".into(),
        target_id: "d1".into(),
        owner: crate::house::USER.into(),
        base_version: 0,
        kept: true,
        base: String::new(),
        gone: None,
        path: "data-store-type".into(),
        body: "{".into(),
        problems: String::new(),
        version: 1,
        updated_at: 1,
    };
    tx.insert_draft(&row).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;

    let mut codes = Vec::new();
    for (answer, what) in [
        (b.get("/wizard/damaged/data-store-type").await, "a tab"),
        (b.post("/wizard/damaged/data-store-type", &[("nav", "next")]).await, "a tab's post"),
        (b.post("/drafts/damaged/resume", &[]).await, "a form"),
        (b.get("/drafts/damaged/files/metadata.xml").await, "a file"),
        (b.get("/data-stores").await, "a list"),
    ] {
        assert_eq!(answer.status, 500, "{what}: {}", answer.body);
        let code = between(&answer.body, "under code ", ".").to_owned();
        assert!(code.len() == 6 && answer.body.contains("Something went wrong on the server"), "{what}: {code}");
        codes.push((code, what));
    }
    // What the browser's code asks for.
    let answer = b.post("/api/drafts/view", &[("draft", "damaged"), ("path", "data-store-type")]).await;
    codes.push((between(&answer.body, "code", "}").chars().filter(char::is_ascii_alphanumeric).collect(), "a server function"));
    let dir = house.data_dir().join("log");
    drop(logs);

    let begun = Instant::now();
    loop {
        let written = std::fs::read_to_string(dir.join("server.log")).unwrap_or_default();
        let missing: Vec<_> = codes.iter().filter(|(code, _)| !written.contains(&format!("code=\"{code}\""))).collect();
        if missing.is_empty() {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "not in the log: {missing:?}: {written}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    house.stop().await;
}
