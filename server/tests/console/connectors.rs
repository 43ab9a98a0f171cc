//! Connectors that are added, used, replaced by newer ones and deleted while the server runs.

use crate::browser::Browser;
use crate::house::House;
use crate::security::{press, upload};
use crate::wizard::{Wizard, make_connection};

const SCIM: &str = include_str!("../../connectors/scim-2.0.toml");

/// The built-in SCIM connector as another one.
fn wiki(version: &str) -> String {
    SCIM.replacen("id = \"scim-2.0\"", "id = \"wiki\"", 1)
        .replacen("version = \"1.0.0\"", &format!("version = \"{version}\""), 1)
        .replacen("template = \"SCIM Connector\"", "template = \"Wiki Connector\"", 1)
        .replacen("name = \"SCIM 2.0\"", "name = \"Wiki\"", 1)
}

async fn install(b: &mut Browser, text: &str) -> String {
    let answer = upload(b, "/connectors/upload", text.as_bytes(), &[]).await;
    assert_eq!((answer.status, answer.location()), (303, "/connectors"), "{}", answer.body);
    b.page("/connectors").await
}

#[tokio::test]
async fn what_is_wrong_with_a_text_is_said_line_by_line() {
    let house = House::open_without_worker().await;
    let mut b = house.administrator().await;
    let page = b.page("/connectors").await;
    for said in [
        "AWS IAM Identity Center",
        "Built in",
        "1.0.0",
        "Real servers",
        "SCIMMY",
        "An emulation",
        "GitHub Enterprise Managed Users",
        "never run against the service",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let text = wiki("1.0.0").replacen("required = true", "requird = true", 1);
    let line = text.split('\n').position(|line| line.contains("requird")).unwrap() + 1;
    // The pages' own marks between texts are no part of what is read.
    let page = install(&mut b, &text).await.replace("<!>", "");
    assert!(page.contains("This connector was not installed") && page.contains("requird = true"), "{page}");
    assert!(page.contains(&format!("<td data-label=\"Line\" class=\"table__number\">{line}</td>")), "line {line}: {page}");
    // The text is there to be put right; a colleague does not see it.
    assert!(page.contains("requird = true\n"), "{page}");

    let page = install(&mut b, &wiki("1.0.0")).await;
    assert!(!page.contains("was not installed") && page.contains("Uploaded") && page.contains("wiki"), "{page}");
    let page = install(&mut b, &wiki("1.0.0").replace("Wiki Connector", "Other")).await;
    assert!(page.contains("a version never changes its meaning"), "{page}");
    press(&mut b, "/connectors", "/api/connectors/forget").await;
    assert!(!b.page("/connectors").await.contains("was not installed"));
    let page = install(&mut b, &"#".repeat(300 * 1024)).await;
    assert!(page.contains("at most 256 KiB, and this file has 300 KiB"), "{page}");
    house.stop().await;
}

#[tokio::test]
async fn a_newer_version_is_offered_at_once_and_connections_move_to_it() {
    let house = House::open_without_worker().await;
    let mut b = house.administrator().await;
    install(&mut b, &wiki("1.9.0")).await;

    // It is offered without a restart, and used in its version.
    let mut w = Wizard::begin(&mut b, "/sp-connections/new").await;
    assert!(b.page(&w.at).await.contains("Wiki Connector"));
    w.to(&mut b, "next", &[("connector", "wiki")], "connection-type").await;
    w.to(&mut b, "next", &[], "general-info").await;
    w.to(&mut b, "next", &[("name", "Our wiki"), ("entity_id", "wiki")], "outbound-provisioning").await;
    w.to(&mut b, "open:configure", &[], "target").await;
    w.press(&mut b, "save", &[("scim_url", "http://127.0.0.1:1/"), ("auth_method", "none")]).await;
    assert_eq!(w.at, "/sp-connections", "{}", b.page(&w.at).await);

    // Another version: the connection keeps its own until it is moved.
    let page = install(&mut b, &wiki("1.10.0")).await;
    assert!(page.contains("Move to 1.10.0") && page.contains("Our wiki"), "{page}");
    let local = crate::command_line::LOCAL;
    let version = async |house: &House| house.service.list_connections(&local).await.unwrap()[0].connector.clone().unwrap().version;
    assert_eq!(version(&house).await, "1.9.0");
    let location = press(&mut b, "/connectors", "/connectors/move").await;
    w.at = location;
    assert!(b.page(&w.at).await.contains("moves from version 1.9.0 to version 1.10.0"), "{}", w.at);
    assert_eq!(version(&house).await, "1.9.0", "nothing is stored before it is saved");
    w.press(&mut b, "save", &[]).await;
    assert_eq!(w.at, "/sp-connections");
    assert_eq!(version(&house).await, "1.10.0");

    // The one that is used stays; the other one goes.
    let delete = async |b: &mut Browser, version: &str| {
        let referer = "http://localhost/connectors";
        let headers = [
            ("sec-fetch-site", "same-origin"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("accept", "text/html"),
            ("referer", referer),
        ];
        let answer = b.send("POST", "/api/connectors/delete", &headers, format!("id=wiki&version={version}").into()).await;
        let location = answer.location().strip_prefix("http://localhost").unwrap_or(answer.location()).to_owned();
        b.page(&location).await
    };
    let page = delete(&mut b, "1.10.0").await;
    assert!(page.contains("is used by the SP Connection ‘Our wiki’"), "{page}");
    let page = delete(&mut b, "1.9.0").await;
    assert!(!page.contains("1.9.0") && page.contains("1.10.0"), "{page}");
    house.stop().await;
}

#[tokio::test]
async fn a_file_in_the_folder_is_taken_at_the_start_and_on_request() {
    let house = House::open_without_worker().await;
    let mut b = house.administrator().await;
    make_connection(&house, &mut b).await;
    let folder = house.data_dir().join("connectors");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("wiki.toml"), wiki("1.0.0")).unwrap();
    std::fs::write(folder.join("bad.toml"), "schema_version = ").unwrap();
    std::fs::write(folder.join("notes.txt"), "not looked at").unwrap();
    press(&mut b, "/connectors", "/api/connectors/folder").await;
    let page = b.page("/connectors").await;
    assert!(page.contains("From the folder") && page.contains("bad.toml in the folder was not installed"), "{page}");
    std::fs::remove_file(folder.join("bad.toml")).unwrap();
    press(&mut b, "/connectors", "/api/connectors/folder").await;
    assert!(!b.page("/connectors").await.contains("was not installed"));
    let installed = house.service.list_connectors(&crate::command_line::LOCAL).await.unwrap().connectors;
    assert_eq!(
        installed.iter().map(|c| (c.id.as_str(), c.users)).collect::<Vec<_>>(),
        [("aws-iam-identity-center", 1), ("github-emu", 0), ("scim-2.0", 0), ("slack", 0), ("wiki", 0)]
    );
    house.stop().await;
}
