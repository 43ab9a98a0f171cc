//! What somebody had entered, or was going to, when they signed off or their session ended.

use crate::browser::{Answer, Browser};
use crate::form::Form;
use crate::house::{PASSWORD, USER};
use crate::meeting::{edit, text, two, two_at_a_data_store};
use crate::wizard::{SECRET, Wizard};

async fn send(browser: &mut Browser, form: &Form) -> Answer {
    let pairs: Vec<_> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post(&form.action, &pairs).await
}

#[tokio::test]
async fn what_was_typed_when_the_session_ended_waits_behind_the_sign_on() {
    let (house, mut admin, mut berta) = two().await;
    let mut wizard = Wizard::begin(&mut admin, "/data-stores/new").await;
    wizard.to(&mut admin, "next", &[("name", "AD")], "ldap-configuration").await;
    let mut form = wizard.form(&mut admin).await;
    form.fill("hostnames", "dc1.example.com & more");
    form.fill("password", SECRET);
    let mut pairs: Vec<_> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    pairs.push(("nav", "next"));

    admin.cookies.clear();
    let ended = admin.post(&form.action, &pairs).await;
    assert_eq!(ended.status, 401);
    assert!(!ended.body.contains(SECRET), "a secret waits nowhere: {}", ended.body);
    let mut door = Form::of(&ended.body, "/sign-in");
    door.fill("username", crate::house::USER);
    door.fill("password", "mistyped");
    let again = send(&mut admin, &door).await;
    assert_eq!(again.status, 401);
    let mut door = Form::of(&again.body, "/sign-in");
    assert_eq!(door.get("username"), Some(crate::house::USER));

    // Somebody else who signs on there finds nothing of it.
    berta.cookies.clear();
    let mut hers = Form::of(&ended.body, "/sign-in");
    hers.fill("username", "berta");
    hers.fill("password", "another password");
    let signed_on = send(&mut berta, &hers).await;
    assert_eq!((signed_on.status, berta.get(signed_on.location()).await.status), (303, 404));

    door.fill("password", crate::house::PASSWORD);
    let back = send(&mut admin, &door).await;
    assert_eq!((back.status, back.location()), (303, wizard.at.as_str()));
    let tab = admin.page(&wizard.at).await;
    assert!(!tab.contains(SECRET));
    let form = Form::of(&tab, "/wizard/");
    assert_eq!((form.get("hostnames"), form.get("password")), (Some("dc1.example.com & more"), Some("")));
    assert!(text(&tab).contains("Enter the Password."), "it was not put away either: {}", text(&tab));
    house.stop().await;
}

/// Two have changed the same tab, and the first one is at the choice.
async fn at_a_choice(admin: &mut Browser, berta: &mut Browser) -> String {
    let mut mine = edit(admin, "/data-stores", "data-store-type").await;
    mine.press(admin, "next", &[("name", "Mine")]).await;
    let mut hers = edit(berta, "/data-stores", "data-store-type").await;
    hers.press(berta, "save", &[("name", "Hers")]).await;
    mine.press(admin, "save", &[]).await;
    assert!(mine.at.ends_with("/changes"), "{}", mine.at);
    mine.at
}

const UNIT: &str = "take.data-store-type";

fn chosen(page: &str) -> Option<String> {
    Form::of(page, "/drafts/").get(UNIT).map(str::to_owned)
}

#[tokio::test]
async fn choices_are_kept_through_signing_off_and_through_the_end_of_a_session() {
    let (house, mut admin, mut berta) = two_at_a_data_store().await;
    let page = at_a_choice(&mut admin, &mut berta).await;
    let shown = admin.page(&page).await;
    assert_eq!(chosen(&shown), None);
    let mut form = Form::of(&shown, "/drafts/");
    assert!(form.buttons.iter().any(|button| button == "sign-off"), "Sign Off sends them: {:?}", form.buttons);
    form.fill(UNIT, "mine");
    form.fill("nav", "sign-off");
    let off = send(&mut admin, &form).await;
    assert_eq!((off.status, off.location()), (303, "/sign-in"));
    assert_eq!(admin.get(&page).await.status, 303, "nobody is signed on");
    admin.post("/sign-in", &[("username", USER), ("password", PASSWORD)]).await;
    assert_eq!(chosen(&admin.page(&page).await).as_deref(), Some("mine"));

    // The session ends by itself, and another choice is posted.
    let cookies = std::mem::take(&mut admin.cookies);
    form.fill(UNIT, "theirs");
    form.fill("nav", "save");
    let ended = send(&mut admin, &form).await;
    assert_eq!(ended.status, 401);
    let mut door = Form::of(&ended.body, "/sign-in");
    door.fill("username", USER);
    door.fill("password", PASSWORD);
    let back = send(&mut admin, &door).await;
    assert_eq!((back.status, back.location()), (303, page.as_str()));
    assert_eq!(chosen(&admin.page(&page).await).as_deref(), Some("theirs"), "put back, and not saved");
    assert!(!cookies.is_empty());

    // A way back to the draft keeps them too; what somebody saves meanwhile makes them void.
    form.fill(UNIT, "mine");
    form.fill("nav", "leave");
    let left = send(&mut admin, &form).await;
    assert!(left.location().contains("/wizard/"), "{}", left.location());
    assert_eq!(chosen(&admin.page(&page).await).as_deref(), Some("mine"));
    let mut again = edit(&mut berta, "/data-stores", "data-store-type").await;
    again.press(&mut berta, "save", &[("name", "Hers again")]).await;
    assert_eq!(chosen(&admin.page(&page).await), None, "it was about something else");
    house.stop().await;
}

#[tokio::test]
async fn signing_off_keeps_what_was_typed_on_a_tab() {
    let (house, mut admin, _) = two().await;
    let wizard = Wizard::begin(&mut admin, "/data-stores/new").await;
    let page = admin.page(&wizard.at).await;
    assert!(page.contains(&format!(r#"formaction="{}""#, wizard.at)), "{page}");
    let off = admin.post(&wizard.at, &[("name", "Typed"), ("type", "ldap"), ("nav", "sign-off")]).await;
    assert_eq!((off.status, off.location()), (303, "/sign-in"));
    assert_eq!(admin.get(&wizard.at).await.status, 303);
    admin.post("/sign-in", &[("username", USER), ("password", PASSWORD)]).await;
    assert_eq!(wizard.form(&mut admin).await.get("name"), Some("Typed"));
    // Where there is no form any more, or never was a draft, one can still sign off.
    let gone = wizard.at.replace("/data-store-type", "x/data-store-type");
    assert!(admin.get(&gone).await.body.contains(r#"id="unkept""#), "the button has a form to send");
    let nowhere = admin.get("/wizard/a%20b/x").await.body;
    assert!(!nowhere.contains(r#"form="unkept""#), "{nowhere}");
    assert_eq!(admin.post(&gone, &[("nav", "sign-off")]).await.location(), "/sign-in");
    assert_eq!(admin.get("/").await.status, 303);
    house.stop().await;
}

/// The first button that belongs to a form is the one that the Enter key presses in it.
#[tokio::test]
async fn enter_presses_no_button_of_the_bar() {
    let (house, mut admin, _) = two().await;
    let wizard = Wizard::begin(&mut admin, "/data-stores/new").await;
    let buttons = wizard.form(&mut admin).await.buttons;
    assert_eq!(buttons.first().map(String::as_str), Some("next"), "{buttons:?}");
    assert_eq!(buttons.iter().filter(|button| *button == "sign-off").count(), 1, "{buttons:?}");
    house.stop().await;
}

#[tokio::test]
async fn a_password_that_must_be_changed_first_holds_up_nothing_that_waits() {
    let (house, mut admin, _) = two().await;
    let mut wizard = Wizard::begin(&mut admin, "/data-stores/new").await;
    wizard.to(&mut admin, "next", &[("name", "AD")], "ldap-configuration").await;
    let mut form = wizard.form(&mut admin).await;
    form.fill("hostnames", "dc1.example.com");
    form.fill("nav", "next");

    // Somebody gives this account a one-time password, which ends its sessions.
    let once = house.service.reset_password(USER).await.unwrap();
    let ended = send(&mut admin, &form).await;
    assert_eq!(ended.status, 401);
    let mut door = Form::of(&ended.body, "/sign-in");
    door.fill("username", USER);
    door.fill("password", once.expose());
    assert_eq!(send(&mut admin, &door).await.location(), "/password");
    let change = async |browser: &mut Browser, current: &str, new: &str, again: &str| {
        browser.post("/password", &[("current", current), ("new", new), ("confirm", again)]).await
    };
    assert_eq!(change(&mut admin, once.expose(), "a long new password", "mistyped").await.location(), "/password?error=mismatch");
    let back = change(&mut admin, once.expose(), "a long new password", "a long new password").await;
    assert_eq!((back.status, back.location()), (303, wizard.at.as_str()));
    assert_eq!(wizard.form(&mut admin).await.get("hostnames"), Some("dc1.example.com"));

    // An address alone is kept as well, and only until it was led to.
    let once = house.service.reset_password(USER).await.unwrap();
    let door = admin.get("/channels?x=1").await;
    assert_eq!(door.location(), "/sign-in?return_to=%2Fchannels%3Fx%3D1");
    let form = [("username", USER), ("password", once.expose()), ("return_to", "/channels?x=1")];
    assert_eq!(admin.post("/sign-in", &form).await.location(), "/password");
    assert_eq!(change(&mut admin, once.expose(), "a longer new password", "a longer new password").await.location(), "/channels?x=1");
    assert_eq!(change(&mut admin, "a longer new password", "the longest new password", "the longest new password").await.location(), "/");
    assert!(!text(&admin.page("/").await).is_empty());
    house.stop().await;
}
