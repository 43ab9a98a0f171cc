//! The list of SP Connections: searched, filtered, sorted and cut into pages by its address.

use crate::asked::Asked;
use crate::browser::Browser;
use crate::form::Form;
use crate::house::House;
use domain::id::{ConnectionId, ConnectorId, IdpAdapterId, TrustedCaId};
use domain::model::browser_sso::AdapterMapping;
use domain::model::idp_adapter::IdpAdapter;
use domain::model::signing_key::{KeyAlgorithm, Subject};
use domain::model::sp_connection::{ConnectorRef, SpConnection};
use domain::model::trusted_ca::TrustedCa;
use store::{Keys, Store};

fn connection(at: usize) -> SpConnection {
    let mut connection = SpConnection::new(ConnectionId::parse(&format!("c{at:05}")).unwrap());
    connection.connector = Some(ConnectorRef { id: ConnectorId::parse("scim-2.0").unwrap(), version: "1.0.0".into() });
    connection.outbound_provisioning = at.is_multiple_of(2);
    connection.enabled = !at.is_multiple_of(10);
    connection.general.name = format!("Service {at:05}");
    connection.general.entity_id = format!("https://partner-{:05}.example.com/saml", 99_999 - at);
    // As much as a real one has.
    connection.general.company = "x".repeat(3_000);
    connection
}

/// Puts connections into the database of a running server.
async fn fill(house: &House, many: usize) {
    let file = house.data_dir().join("towpath.db");
    let store = Store::open(file.to_str().unwrap(), Keys::from_bytes([7; 32])).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    for at in 0..many {
        tx.insert_connection(&connection(at), "admin", 1_700_000_000_000 + at as i64).await.unwrap();
    }
    tx.commit().await.unwrap();
    store.close().await;
}

/// Names on a page, in order.
fn names(page: &str) -> Vec<String> {
    let buttons = page.split("class=\"link-button\">").skip(1);
    buttons.filter_map(|rest| rest.split('<').next()).filter(|name| name.starts_with("Service ")).map(str::to_owned).collect()
}

fn numbers(page: &str) -> Vec<u32> {
    names(page).iter().map(|name| name.trim_start_matches("Service ").parse().unwrap()).collect()
}

#[tokio::test]
async fn two_thousand_connections_are_a_page_at_a_time() {
    let house = House::open_without_worker().await;
    let mut browser = house.administrator().await;
    let empty = browser.page("/sp-connections").await;
    assert!(empty.contains("No SP Connection yet") && !empty.split("id=\"main\"").nth(1).unwrap().contains("role=\"search\""), "{empty}");
    fill(&house, 2_000).await;

    let asked = Asked::count();
    for address in ["", "?sort=updated&order=descending", "?q=service&page=100", "?q=PARTNER-98000", "?status=disabled&sort=entity-id"] {
        let before = asked.so_far();
        let page = browser.page(&format!("/sp-connections{address}")).await;
        let statements = asked.so_far().0 - before.0;
        let rows = asked.so_far().1 - before.1;
        assert_eq!(names(&page).len(), if address.contains("PARTNER") { 1 } else { 20 }, "{address}");
        assert!((3..=15).contains(&statements) && rows <= 20 + 15, "{address}: {statements} statements, {rows} rows");
    }
    house.stop().await;
}

/// A list asks no more for thirty rows than for two.
#[tokio::test]
async fn lists_of_what_connections_use_ask_once() {
    let house = House::open_without_worker().await;
    let mut browser = house.administrator().await;
    let asked = Asked::count();
    let pem = keys::make(&Subject { common_name: "ca".into(), ..Subject::default() }, KeyAlgorithm::EcP256, 1_795_474_726_000, 3650)
        .unwrap()
        .certificate;
    for many in [2, 30] {
        let mut tx = house.store.begin().await.unwrap();
        for at in 0..many {
            let id = format!("o{many:03}{at:03}");
            let mut adapter = IdpAdapter::new(IdpAdapterId::parse(&id).unwrap());
            (adapter.name, adapter.instance_id) = (format!("Adapter {id}"), id.clone());
            tx.insert_idp_adapter(&adapter, "admin", 1).await.unwrap();
            let ca = TrustedCa { id: TrustedCaId::parse(&id).unwrap(), fingerprint: id.clone(), certificate: pem.clone() };
            tx.insert_trusted_ca(&ca, "admin", 1).await.unwrap();
            // The adapter of an even number is used, and the CA of an odd one.
            let mut user = connection(many * 100 + at);
            match at % 2 {
                0 => user
                    .browser_sso
                    .assertion
                    .sources
                    .push(AdapterMapping { adapter: Some(adapter.id.clone()), ..AdapterMapping::new("m1".into()) }),
                _ => user.provisioning.target.trusted_ca_id = Some(ca.id.clone()),
            }
            tx.insert_connection(&user, "admin", 1).await.unwrap();
        }
        tx.commit().await.unwrap();
        for list in ["/idp-adapters", "/trusted-cas"] {
            let begun = asked.so_far().0;
            let page = browser.page(list).await;
            let statements = asked.so_far().0 - begun;
            assert!((3..=15).contains(&statements), "{list} of {many}: {statements} statements");
            let used = page.matches("1 connection").count() + page.matches(">Service ").count();
            assert!(used >= many / 2, "{list}: {used} of {many} are used: {page}");
        }
    }
    house.stop().await;
}

#[tokio::test]
async fn the_address_says_which_page() {
    let house = House::open_without_worker().await;
    let mut browser = house.administrator().await;
    fill(&house, 45).await;

    let first = browser.page("/sp-connections").await;
    assert_eq!(numbers(&first), (0..20).collect::<Vec<_>>());
    assert!(first.contains("1 to 20 of 45 connections") && first.contains("Page 1 of 3"), "{first}");
    let last = browser.page("/sp-connections?page=9").await;
    assert_eq!(numbers(&last), (40..45).collect::<Vec<_>>(), "a page that is not there shows the last");
    assert!(last.contains("41 to 45 of 45 connections"));
    let by_id = browser.page("/sp-connections?sort=entity-id&page=2").await;
    assert_eq!(numbers(&by_id), (5..25).rev().collect::<Vec<_>>());
    let latest = browser.page("/sp-connections?sort=created&order=descending").await;
    assert_eq!(numbers(&latest)[..3], [44, 43, 42]);
    assert!(latest.contains("aria-sort=\"descending\""), "{latest}");
    let off = browser.page("/sp-connections?status=disabled").await;
    assert_eq!(numbers(&off), [0, 10, 20, 30, 40]);
    assert!(off.contains("5 connections"));
    let both = browser.page("/sp-connections?status=enabled&type=outbound-provisioning&q=0002").await;
    assert_eq!(numbers(&both), [2, 22, 24, 26, 28]);
    let none = browser.page("/sp-connections?q=%3Cscript%3E").await;
    assert!(none.contains("No SP Connection is like this") && none.contains("Show all") && !none.contains("<script>\""), "{none}");

    // The form keeps the order, and begins at the first page.
    let page = browser.page("/sp-connections?sort=updated&order=descending&page=2&q=ser").await;
    let form = Form::of(&page[page.find("<form method=\"get\"").unwrap()..], "/sp-connections");
    let kept: Vec<_> = form.fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(kept, ["q=ser", "status=", "type=", "sort=updated", "order=descending"]);
    house.stop().await;
}

#[tokio::test]
async fn turning_off_says_what_stops() {
    let house = House::open_without_worker().await;
    let mut browser: Browser = house.administrator().await;
    crate::wizard::make_connection(&house, &mut browser).await;
    let page = browser.page("/sp-connections").await;
    let question = page.split("Turn off the SP Connection ‘").nth(1).unwrap_or_else(|| panic!("{page}"));
    assert!(question.contains("Its channel ‘People’ stops") && question.contains("stay as they are"), "{question}");
    let form = Form::of(&page, "/api/sp-connections/set-enabled");
    assert_eq!(form.get("enabled"), Some("false"));
    let id = form.get("id").unwrap().to_owned();
    browser.post(&form.action, &[("id", &id), ("enabled", "false")]).await;
    let page = browser.page("/sp-connections").await;
    assert!(page.contains("aria-checked=\"false\"") && !page.contains("Turn off the SP Connection"), "{page}");
    // Turning on asks nothing: it takes nothing away.
    let form = Form::of(&page, "/api/sp-connections/set-enabled");
    assert_eq!(form.get("enabled"), Some("true"));
    house.stop().await;
}
