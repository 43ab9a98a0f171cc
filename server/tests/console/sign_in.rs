//! Signing on and off.

use crate::house::{House, PASSWORD, USER};

#[tokio::test]
async fn pages_want_a_sign_on_and_lead_back() {
    let house = House::open_without_worker().await;
    let mut browser = house.visitor();
    let answer = browser.get("/channels?x=1").await;
    assert_eq!((answer.status, answer.location()), (303, "/sign-in?return_to=%2Fchannels%3Fx%3D1"));
    let page = browser.page(answer.location()).await;
    assert!(page.contains(r#"value="/channels?x=1""#), "{page}");

    let answer = browser.post("/sign-in", &[("username", USER), ("password", PASSWORD), ("return_to", "/channels?x=1")]).await;
    assert_eq!((answer.status, answer.location()), (303, "/channels?x=1"));
    let cookie = answer.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && !cookie.contains("Secure"), "{cookie}");
    browser.page("/channels").await;
    let answer = browser.get("/sign-in").await;
    assert_eq!((answer.status, answer.location()), (303, "/"));
    house.stop().await;
}

#[tokio::test]
async fn nobody_is_led_to_another_server() {
    let house = House::open_without_worker().await;
    for return_to in ["//evil.example", "https://evil.example", "/\\evil.example", ""] {
        let form = [("username", USER), ("password", PASSWORD), ("return_to", return_to)];
        assert_eq!(house.visitor().post("/sign-in", &form).await.location(), "/", "{return_to}");
    }
    house.stop().await;
}

#[tokio::test]
async fn failures_are_said_and_make_wait() {
    let house = House::open_without_worker().await;
    let mut browser = house.visitor();
    for _ in 0..5 {
        let answer = browser.post("/sign-in", &[("username", USER), ("password", "wrong"), ("return_to", "/channels")]).await;
        assert_eq!((answer.status, answer.location()), (303, "/sign-in?error=bad&username=admin&return_to=%2Fchannels"));
    }
    let answer = browser.post("/sign-in", &[("username", USER), ("password", PASSWORD)]).await;
    let wait = answer.location().strip_prefix("/sign-in?error=throttled&username=admin&wait=").unwrap();
    assert!((1..=31).contains(&wait.parse::<u32>().unwrap()), "{wait}");
    let page = browser.page(answer.location()).await;
    assert!(page.contains(&format!("Try again in {wait} second")), "{page}");
    assert_eq!(browser.get("/channels").await.status, 303);
    // Another name at the same address does not wait yet.
    assert!(browser.post("/sign-in", &[("username", "eve"), ("password", "x")]).await.location().contains("error=bad"));
    house.stop().await;
}

#[tokio::test]
async fn the_session_has_a_new_id_and_ends_with_signing_off() {
    let house = House::open_without_worker().await;
    let mut browser = house.visitor();
    browser.cookies.insert("towpath".into(), "AAAAAAAAAAAAAAAAAAAAAA".into());
    browser.post("/sign-in", &[("username", USER), ("password", PASSWORD)]).await;
    let id = browser.cookies["towpath"].clone();
    assert_ne!(id, "AAAAAAAAAAAAAAAAAAAAAA");
    browser.page("/channels").await;
    let answer = browser.post("/sign-out", &[]).await;
    assert_eq!((answer.status, answer.location()), (303, "/sign-in"));
    assert!(!browser.cookies.contains_key("towpath"));
    browser.cookies.insert("towpath".into(), id);
    assert_eq!(browser.get("/channels").await.status, 303);
    house.stop().await;
}

#[tokio::test]
async fn the_cookie_is_secure_exactly_behind_https() {
    let house = House::open_as(|config| config.public_url.value = Some("https://towpath.example.com".into())).await;
    let answer = house.visitor().post("/sign-in", &[("username", USER), ("password", PASSWORD)]).await;
    assert!(answer.header("set-cookie").contains("Secure"));
    house.stop().await;
}
