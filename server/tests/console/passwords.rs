//! One-time passwords and their change.

use crate::house::House;

#[tokio::test]
async fn a_one_time_password_is_good_for_its_change_only() {
    let house = House::open_without_worker().await;
    let once = house.service.create_admin("eve").await.unwrap();
    let mut browser = house.visitor();
    let sign_in = |password: String| async move { [("username", "eve".to_owned()), ("password", password)] };
    let form = sign_in(once.expose().to_owned()).await;
    let form: Vec<_> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let answer = browser.post("/sign-in", &form).await;
    assert_eq!((answer.status, answer.location()), (303, "/password"));

    assert_eq!(browser.get("/data-stores").await.location(), "/password");
    assert_eq!(browser.post("/data-stores/new", &[]).await.location(), "/password");
    assert_eq!(browser.post("/wizard/x/data-store-type", &[]).await.status, 401);
    let answer = browser.post("/api/data-stores/list", &[]).await;
    assert!(answer.status >= 400 && answer.body.contains("Forbidden"), "{}", answer.body);
    assert!(browser.page("/password").await.contains("one-time"));

    let long = "x".repeat(1025);
    for (current, new, confirm, code) in [
        (once.expose(), long.as_str(), long.as_str(), "long"),
        (once.expose(), "a long new password", "another one", "mismatch"),
        (once.expose(), "short", "short", "short"),
        ("wrong", "a long new password", "a long new password", "wrong"),
        (once.expose(), once.expose(), once.expose(), "same"),
    ] {
        let answer = browser.post("/password", &[("current", current), ("new", new), ("confirm", confirm)]).await;
        assert_eq!((answer.status, answer.location()), (303, format!("/password?error={code}").as_str()));
    }
    assert!(browser.page("/password?error=long").await.contains("too long"));
    let mut elsewhere = house.visitor();
    elsewhere.post("/sign-in", &form).await;
    let before = browser.cookies["towpath"].clone();
    let new = "a long new password";
    let answer = browser.post("/password", &[("current", once.expose()), ("new", new), ("confirm", new)]).await;
    assert_eq!((answer.status, answer.location()), (303, "/"));
    assert_ne!(browser.cookies["towpath"], before);
    browser.page("/data-stores").await;
    assert_eq!(elsewhere.get("/password").await.location(), "/sign-in?return_to=%2Fpassword", "other sessions have ended");
    assert!(elsewhere.post("/sign-in", &form).await.location().contains("error=bad"), "the one-time password is used up");
    house.stop().await;
}

#[tokio::test]
async fn a_password_is_changed_by_who_is_signed_on() {
    let house = House::open_without_worker().await;
    let answer = house.visitor().post("/password", &[("current", "x"), ("new", "y"), ("confirm", "y")]).await;
    assert_eq!((answer.status, answer.location()), (303, "/sign-in?error=expired"));
    house.stop().await;
}
