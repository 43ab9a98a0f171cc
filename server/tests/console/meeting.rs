//! Two administrators, or two windows of one, at the same object.

use crate::browser::{Answer, Browser};
use crate::command_line::LOCAL;
use crate::form::Form;
use crate::house::House;
use crate::wizard::{SECRET, Wizard, make_connection, make_data_store};
use domain::secret::Secret;

/// A house with two administrators: the usual one and Berta.
pub async fn two() -> (House, Browser, Browser) {
    let house = House::open_without_worker().await;
    let admin = house.administrator().await;
    house.service.create_account("berta", &Secret::new("another password"), false).await.unwrap();
    let mut berta = house.visitor();
    assert_eq!(berta.post("/sign-in", &[("username", "berta"), ("password", "another password")]).await.status, 303);
    (house, admin, berta)
}

/// The same, with a Data Store.
pub async fn two_at_a_data_store() -> (House, Browser, Browser) {
    let (house, mut admin, berta) = two().await;
    make_data_store(&mut admin).await;
    (house, admin, berta)
}

/// Begins to change the only object of a list, on one of its tabs.
pub async fn edit(browser: &mut Browser, list: &str, tab: &str) -> Wizard {
    let page = browser.page(list).await;
    let actions = page.split("action=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let action = actions.into_iter().find(|action| action.ends_with("/edit")).unwrap().to_owned();
    let mut wizard = Wizard::begin(browser, &action).await;
    wizard.press(browser, &format!("goto:{tab}"), &[]).await;
    assert_eq!(wizard.tab(), tab);
    wizard
}

async fn choose(browser: &mut Browser, page: &str, nav: &str, choices: &[(&str, &str)]) -> Answer {
    let mut form = Form::of(&browser.page(page).await, "/drafts/");
    choices.iter().for_each(|(unit, side)| form.fill(&format!("take.{unit}"), side));
    assert!(form.buttons.iter().any(|button| button == nav), "no button {nav}: {:?}", form.buttons);
    let mut pairs: Vec<_> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    pairs.push(("nav", nav));
    let answer = browser.post(&form.action, &pairs).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    answer
}

pub fn text(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        rest = after.split_once('>').map_or("", |(_, rest)| rest);
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn what_both_changed_is_chosen_and_the_rest_is_merged() {
    let (house, mut admin, mut berta) = two_at_a_data_store().await;

    let mut mine = edit(&mut admin, "/data-stores", "ldap-configuration").await;
    mine.press(&mut admin, "next", &[("user_dn", "CN=mine,DC=example,DC=com")]).await;
    let mut hers = edit(&mut berta, "/data-stores", "data-store-type").await;
    hers.press(&mut berta, "next", &[("name", "Hers")]).await;
    hers.press(&mut berta, "next", &[("user_dn", "CN=hers,DC=example,DC=com"), ("password", "another secret")]).await;
    hers.press(&mut berta, "save", &[]).await;
    assert_eq!(hers.at, "/data-stores");

    // Whoever comes second is warned before, and nothing is saved over.
    let page = admin.page(&mine.at).await;
    assert!(text(&page).contains("berta saved this just now, after you began."), "{}", text(&page));
    mine.press(&mut admin, "save", &[]).await;
    assert!(mine.at.ends_with("/changes"), "{}", mine.at);
    let page = admin.page(&mine.at).await;
    let said = text(&page);
    for wanted in [
        "‘AD’ was changed meanwhile",
        "berta saved it just now, after you began. One part was changed on both sides",
        "LDAP Configuration Changed on both sides.",
        "User DN CN=svc,DC=example,DC=com CN=hers,DC=example,DC=com CN=mine,DC=example,DC=com",
        "Password Set Changed Set",
        "Data Store Type berta changed it",
        "Name AD Hers AD",
    ] {
        assert!(said.contains(wanted), "‘{wanted}’ is not in: {said}");
    }
    assert!(!page.contains(SECRET) && !page.contains("another secret") && !page.contains("ciphertext"), "{page}");

    // A choice is wanted, and what differs stays until there is one.
    let unsaid = choose(&mut admin, &mine.at, "save", &[]).await;
    assert!(unsaid.location().contains("missing=1"), "{}", unsaid.location());
    assert!(text(&admin.page(unsaid.location()).await).contains("Choose for LDAP Configuration."));
    assert_eq!(house.service.list_data_stores(&LOCAL).await.unwrap()[0].0.ldap.user_dn, "CN=hers,DC=example,DC=com");

    let saved = choose(&mut admin, &mine.at, "save", &[("ldap-configuration", "mine")]).await;
    assert_eq!(saved.location(), "/data-stores");
    let store = house.service.list_data_stores(&LOCAL).await.unwrap().remove(0).0;
    assert_eq!((store.name.as_str(), store.ldap.user_dn.as_str()), ("Hers", "CN=mine,DC=example,DC=com"));
    let open = house.service.data_store_with_password(&mut house.store.read().await.unwrap(), &store.id).await.unwrap();
    assert_eq!(open.1.unwrap().expose(), SECRET, "my side's secret opens");
    house.stop().await;
}

#[tokio::test]
async fn theirs_can_be_taken_and_looking_changes_nothing() {
    let (house, mut admin, mut berta) = two_at_a_data_store().await;
    let mut mine = edit(&mut admin, "/data-stores", "data-store-type").await;
    mine.press(&mut admin, "next", &[("name", "Mine")]).await;
    let mut hers = edit(&mut berta, "/data-stores", "data-store-type").await;
    hers.press(&mut berta, "save", &[("name", "Hers")]).await;
    let tab = mine.at.clone();
    mine.press(&mut admin, "save", &[]).await;
    // There is a way back to the draft, which is as it was.
    let page = admin.page(&mine.at).await;
    assert_eq!(choose(&mut admin, &mine.at, "leave", &[]).await.location(), tab);
    assert_eq!(Form::of(&admin.page(&tab.replace("ldap-configuration", "data-store-type")).await, "/wizard/").get("name"), Some("Mine"));

    // Somebody saves again between the look and the choice: the choice was about something else.
    let mut again = edit(&mut berta, "/data-stores", "data-store-type").await;
    let old = Form::of(&page, "/drafts/");
    again.press(&mut berta, "save", &[("name", "Hers again")]).await;
    let version = old.get("version").unwrap();
    let fields = [("version", version), ("take.data-store-type", "mine"), ("nav", "save")];
    let moved = admin.post(&old.action, &fields).await;
    assert!(moved.location().ends_with("?moved=1"), "{}", moved.location());
    assert!(text(&admin.page(moved.location()).await).contains("saved once more while you read this page"));

    choose(&mut admin, &mine.at, "save", &[("data-store-type", "theirs")]).await;
    assert_eq!(house.service.list_data_stores(&LOCAL).await.unwrap()[0].0.name, "Hers again");
    house.stop().await;
}

#[tokio::test]
async fn channels_of_a_connection_are_merged_one_by_one() {
    let (house, mut admin, mut berta) = two().await;
    make_connection(&house, &mut admin).await;
    let channel = house.service.list_connections(&LOCAL).await.unwrap()[0].provisioning.channels[0].id.clone();

    let mut mine = edit(&mut admin, "/sp-connections", "outbound-provisioning").await;
    mine.press(&mut admin, "open:configure", &[]).await;
    mine.press(&mut admin, "goto:manage-channels", &[]).await;
    mine.press(&mut admin, &format!("open:{channel}"), &[]).await;
    mine.press(&mut admin, "goto:source-location", &[]).await;
    mine.press(&mut admin, "next", &[("base_dn", "OU=Mine,DC=example,DC=com")]).await;

    let mut hers = edit(&mut berta, "/sp-connections", "outbound-provisioning").await;
    hers.press(&mut berta, "open:configure", &[]).await;
    hers.press(&mut berta, "goto:manage-channels", &[]).await;
    hers.press(&mut berta, &format!("open:{channel}"), &[]).await;
    hers.press(&mut berta, "save", &[("name", "Everybody")]).await;
    assert_eq!(hers.at, "/sp-connections");

    mine.press(&mut admin, "save", &[]).await;
    let said = text(&admin.page(&mine.at).await);
    assert!(said.contains("both fit together"), "{said}");
    assert!(said.contains("› Channel Info berta changed it") && said.contains("› Source Location You changed it"), "{said}");
    assert_eq!(choose(&mut admin, &mine.at, "save", &[]).await.location(), "/sp-connections");
    let saved = house.service.list_connections(&LOCAL).await.unwrap().remove(0);
    let [channel] = saved.provisioning.channels.as_slice() else { panic!("{:?}", saved.provisioning.channels) };
    assert_eq!((channel.name.as_str(), channel.location.base_dn.as_str()), ("Everybody", "OU=Mine,DC=example,DC=com"));
    house.stop().await;
}

#[tokio::test]
async fn what_does_not_fit_together_leads_to_the_tab_that_says_so() {
    let (house, mut admin, mut berta) = two_at_a_data_store().await;
    let mut mine = edit(&mut admin, "/data-stores", "data-store-type").await;
    mine.press(&mut admin, "next", &[("name", "Mine")]).await;
    let mut hers = edit(&mut berta, "/data-stores", "ldap-configuration").await;
    hers.press(&mut berta, "save", &[("user_dn", "CN=hers,DC=example,DC=com")]).await;
    mine.press(&mut admin, "save", &[]).await;
    let meeting = mine.at.clone();
    // While the two meet, a third one takes the name.
    let mut other = Wizard::begin(&mut berta, "/data-stores/new").await;
    other.press(&mut berta, "next", &[("name", "Mine")]).await;
    let fields = [("hostnames", "127.0.0.1:1"), ("tls", "none"), ("bind_anonymously", "on")];
    other.press(&mut berta, "next", &fields).await;
    other.press(&mut berta, "save", &[]).await;
    assert_eq!(other.at, "/data-stores");

    let tab = choose(&mut admin, &meeting, "save", &[]).await.location().to_owned();
    assert!(tab.ends_with("/data-store-type"), "{tab}");
    assert!(admin.page(&tab).await.contains("Another Data Store is already named ‘Mine’"));
    // From now on the draft is one of what was met: a free name is all it wants.
    let mut mine = Wizard { at: tab };
    mine.press(&mut admin, "save", &[("name", "Mine too")]).await;
    assert_eq!(mine.at, "/data-stores");
    let stores = house.service.list_data_stores(&LOCAL).await.unwrap();
    let merged = stores.iter().find(|(store, _)| store.name == "Mine too").unwrap();
    assert_eq!(merged.0.ldap.user_dn, "CN=hers,DC=example,DC=com");
    house.stop().await;
}

#[tokio::test]
async fn what_was_deleted_meanwhile_is_saved_as_new_or_let_go() {
    let (house, mut admin, mut berta) = two_at_a_data_store().await;
    let id = house.service.list_data_stores(&LOCAL).await.unwrap()[0].0.id.clone();
    let mut mine = edit(&mut admin, "/data-stores", "data-store-type").await;
    mine.press(&mut admin, "next", &[("name", "Mine")]).await;
    assert_eq!(berta.post("/api/data-stores/delete", &[("id", id.as_str())]).await.status, 200);
    assert!(text(&admin.page("/data-stores").await).contains("Mine (changes)"), "the draft is still there");
    assert!(text(&admin.page(&mine.at).await).contains("berta deleted this just now, after you began."));

    mine.press(&mut admin, "save", &[]).await;
    let said = text(&admin.page(&mine.at).await);
    assert!(said.contains("‘Mine’ was deleted meanwhile") && said.contains("berta deleted it, just now"), "{said}");
    assert_eq!(choose(&mut admin, &mine.at, "anew", &[]).await.location(), "/data-stores");
    let store = house.service.list_data_stores(&LOCAL).await.unwrap().remove(0).0;
    assert_eq!((store.name.as_str(), &store.id), ("Mine", &id));
    let open = house.service.data_store_with_password(&mut house.store.read().await.unwrap(), &id).await.unwrap();
    assert_eq!(open.1.unwrap().expose(), SECRET, "its secret still opens");

    let mut mine = edit(&mut admin, "/data-stores", "data-store-type").await;
    mine.press(&mut admin, "next", &[("name", "Mine again")]).await;
    berta.post("/api/data-stores/delete", &[("id", id.as_str())]).await;
    mine.press(&mut admin, "save", &[]).await;
    assert_eq!(choose(&mut admin, &mine.at, "drop", &[]).await.location(), "/data-stores");
    assert_eq!(house.service.list_data_stores(&LOCAL).await.unwrap(), []);
    house.stop().await;
}

#[tokio::test]
async fn a_draft_from_before_its_beginning_was_kept_still_opens_and_merges() {
    let (house, mut admin, mut berta) = two_at_a_data_store().await;
    let mut mine = edit(&mut admin, "/data-stores", "data-store-type").await;
    mine.press(&mut admin, "next", &[("name", "Mine")]).await;
    let mut tx = house.store.begin().await.unwrap();
    let mut draft = tx.list_drafts(crate::house::USER).await.unwrap().remove(0);
    draft.base.clear();
    tx.update_draft(&draft).await.unwrap();
    tx.commit().await.unwrap();
    let mut hers = edit(&mut berta, "/data-stores", "ldap-configuration").await;
    hers.press(&mut berta, "save", &[("user_dn", "CN=hers,DC=example,DC=com")]).await;
    mine.press(&mut admin, "save", &[]).await;
    let said = text(&admin.page(&mine.at).await);
    assert!(said.contains("2 parts were changed on both sides") && said.contains("What it was when you began is not known"), "{said}");
    let choices = [("data-store-type", "mine"), ("ldap-configuration", "theirs")];
    assert_eq!(choose(&mut admin, &mine.at, "save", &choices).await.location(), "/data-stores");
    let store = house.service.list_data_stores(&LOCAL).await.unwrap().remove(0).0;
    assert_eq!((store.name.as_str(), store.ldap.user_dn.as_str()), ("Mine", "CN=hers,DC=example,DC=com"));
    house.stop().await;
}

#[tokio::test]
async fn settings_of_the_server_meet_too() {
    let (house, mut admin, mut berta) = two().await;
    let mut mine = Wizard::begin(&mut admin, "/protocol-settings/edit").await;
    mine.press(&mut admin, "next", &[("base_url", "https://mine.example.com")]).await;
    let mut hers = Wizard::begin(&mut berta, "/protocol-settings/edit").await;
    hers.press(&mut berta, "save", &[("base_url", "https://hers.example.com")]).await;
    assert_eq!(hers.at, "/protocol-settings");
    mine.press(&mut admin, "save", &[("frequency_secs", "90")]).await;
    assert!(mine.at.ends_with("/changes"), "{}", mine.at);
    choose(&mut admin, &mine.at, "save", &[("federation-info", "theirs")]).await;
    let settings = house.service.protocol_settings(&LOCAL).await.unwrap().settings;
    assert_eq!((settings.base_url.as_str(), settings.frequency_secs), ("https://hers.example.com", Some(90)));
    house.stop().await;
}

#[tokio::test]
async fn an_old_window_saves_nothing_a_second_time_and_loses_nothing() {
    let house = House::open_without_worker().await;
    let mut admin = house.administrator().await;
    make_data_store(&mut admin).await;
    let mut first = edit(&mut admin, "/data-stores", "data-store-type").await;
    let old = Form::of(&admin.page(&first.at).await, "/wizard/");
    let fields = |name: &'static str| [("name", name), ("type", "ldap"), ("nav", "save")];
    // Another window on another tab, still open.
    let other_tab = first.at.replace("data-store-type", "ldap-configuration");
    let unchanged = Form::of(&admin.page(&other_tab).await, "/wizard/");
    first.press(&mut admin, "save", &[("name", "Renamed")]).await;

    // The other window shows what was saved: nothing is to be kept.
    let mut pairs: Vec<_> = unchanged.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    pairs.push(("nav", "save"));
    let answer = admin.post(&unchanged.action, &pairs).await;
    assert_eq!(answer.status, 409);
    assert!(text(&answer.body).contains("This draft was saved already, just now, here or in another window."), "{}", answer.body);
    let edit_saved = Form::of(&answer.body, "/data-stores/");
    assert!(edit_saved.action.ends_with("/edit"), "{edit_saved:?}");
    assert!(!text(&admin.page("/data-stores").await).contains("(changes)"), "no draft of nothing");
    let gone = admin.get(&old.action).await;
    assert_eq!(gone.status, 410);
    assert!(text(&gone.body).contains("Saved already") && gone.body.contains("Open what is saved"), "{}", gone.body);

    // The first window typed something else meanwhile: that is in a draft of its own, and not saved.
    let answer = admin.post(&old.action, &fields("Typed late")).await;
    assert!(text(&answer.body).contains("It was not lost: it is in a new draft"), "{}", answer.body);
    assert_eq!(house.service.list_data_stores(&LOCAL).await.unwrap()[0].0.name, "Renamed");
    let kept = answer.body.split("href=\"/wizard/").nth(1).unwrap().split('"').next().unwrap();
    let form = Form::of(&admin.page(&format!("/wizard/{kept}")).await, "/wizard/");
    assert_eq!(form.get("name"), Some("Typed late"));

    // That draft is being edited now: an old window changes nothing of it.
    let answer = admin.post(&old.action, &fields("Typed later still")).await;
    assert_eq!(answer.status, 409);
    let form = Form::of(&admin.page(&format!("/wizard/{kept}")).await, "/wizard/");
    assert_eq!(form.get("name"), Some("Typed late"));
    house.stop().await;
}

#[tokio::test]
async fn cancel_in_a_window_whose_draft_is_closed_says_what_it_could_not_do() {
    let house = House::open_without_worker().await;
    let mut admin = house.administrator().await;
    make_data_store(&mut admin).await;
    let mut first = edit(&mut admin, "/data-stores", "data-store-type").await;
    let old = first.at.clone();
    first.press(&mut admin, "save", &[("name", "Renamed")]).await;
    let answer = admin.post(&old, &[("name", "AD"), ("nav", "cancel")]).await;
    let said = text(&answer.body);
    assert!(answer.status == 409 && said.contains("Nothing to cancel"), "{said}");
    assert!(said.contains("was saved, just now, here or in another window, before you pressed Cancel"), "{said}");
    assert!(!said.contains("a second time"), "nobody pressed Save: {said}");
    assert!(Form::of(&answer.body, "/data-stores/").action.ends_with("/edit"));
    assert_eq!(house.service.list_data_stores(&LOCAL).await.unwrap()[0].0.name, "Renamed");

    // What was thrown away already is what was asked for.
    let mut second = edit(&mut admin, "/data-stores", "data-store-type").await;
    let old = second.at.clone();
    second.press(&mut admin, "cancel", &[]).await;
    let answer = admin.post(&old, &[("name", "Changed"), ("nav", "cancel")]).await;
    assert_eq!((answer.status, answer.location()), (303, "/data-stores"));
    house.stop().await;
}

#[tokio::test]
async fn a_stale_post_of_another_window_changes_only_its_own_tab() {
    let house = House::open_without_worker().await;
    let mut admin = house.administrator().await;
    let mut first = Wizard::begin(&mut admin, "/data-stores/new").await;
    first.to(&mut admin, "next", &[("name", "AD")], "ldap-configuration").await;
    let stale = Form::of(&admin.page(&first.at).await, "/wizard/");
    first.to(&mut admin, "previous", &[], "data-store-type").await;
    first.to(&mut admin, "next", &[("name", "Renamed")], "ldap-configuration").await;
    let mut pairs: Vec<_> = stale.fields.iter().filter(|(name, _)| name != "hostnames").map(|(n, v)| (n.as_str(), v.as_str())).collect();
    pairs.extend([("hostnames", "dc9.example.com"), ("nav", "previous")]);
    assert_eq!(admin.post(&stale.action, &pairs).await.status, 303);
    let page = admin.page(&first.at).await;
    assert_eq!(Form::of(&page, "/wizard/").get("hostnames"), Some("dc9.example.com"));
    let type_tab = first.at.replace("ldap-configuration", "data-store-type");
    assert_eq!(Form::of(&admin.page(&type_tab).await, "/wizard/").get("name"), Some("Renamed"));
    house.stop().await;
}

/// Every entry of the list of problems leads to something that is on the page and says the same.
#[tokio::test]
async fn every_problem_leads_to_its_field() {
    let house = House::open_without_worker().await;
    let mut admin = house.administrator().await;
    make_data_store(&mut admin).await;
    let mut seen = 0;
    for (begin, way) in [
        (
            "/data-stores/new",
            &[("next", &[][..]), ("next", &[("name", "Other")]), ("next", &[("hostnames", "not a host!"), ("read_timeout_ms", "soon")])][..],
        ),
        (
            "/pcvs/new",
            &[
                ("next", &[][..]),
                ("next", &[("name", "List"), ("instance_id", "list"), ("type", "simple")]),
                ("next", &[]),
                ("row-add", &[]),
                ("row-update:0", &[]),
            ],
        ),
        (
            "/idp-adapters/new",
            &[
                ("next", &[("name", "Form"), ("instance_id", "form"), ("type", "html_form")][..]),
                ("next", &[]),
                ("row-add", &[]),
                ("row-update:0", &[]),
            ],
        ),
        ("/sp-connections/new", &[("next", &[][..])]),
        ("/signing-keys/new", &[("next", &[("common_name", ""), ("validity_days", "0"), ("country", "Germany")][..])]),
        ("/protocol-settings/edit", &[("next", &[("base_url", "not an address")][..])]),
        ("/metadata-export/edit", &[("next", &[("mode", "manual")][..]), ("next", &[])]),
    ] {
        let mut wizard = Wizard::begin(&mut admin, begin).await;
        for (nav, typed) in way {
            wizard.press(&mut admin, nav, typed).await;
            let page = admin.page(&wizard.at).await;
            let (_, summary) = page.split_once(r#"id="problems""#).unwrap_or_default();
            assert!(
                summary.is_empty() || page.contains(r#"id="problems" role="alert" tabindex="-1" autofocus"#),
                "the focus goes there: {page}"
            );
            let summary = summary.split_once("</ul>").map_or("", |(summary, _)| summary);
            for link in summary.split("href=\"#").skip(1) {
                let (id, rest) = link.split_once('"').unwrap();
                let message = rest.split_once('>').unwrap().1.split_once('<').unwrap().0;
                assert!(page.contains(&format!(r#"id="{id}""#)), "‘{message}’ leads to {id}, which is not on {}", wizard.at);
                let (_, at_field) =
                    page.split_once(&format!(r#"id="{id}-problem""#)).unwrap_or_else(|| panic!("nothing is said at {id} on {}", wizard.at));
                let said = at_field.split_once('>').unwrap().1.split_once('<').unwrap().0;
                assert!(said.contains(message), "{id} says ‘{said}’, not ‘{message}’");
                seen += 1;
            }
            for (name, value) in typed.iter().filter(|_| !summary.is_empty()) {
                let kept = Form::of(&page, "/wizard/").get(name).map(str::to_owned);
                assert_eq!(kept.as_deref(), Some(*value), "{name} on {}", wizard.at);
            }
        }
    }
    assert!(seen > 12, "only {seen} problems were looked at");
    house.stop().await;
}
