//! Posts that another site's page made in the administrator's browser.

use crate::house::House;

#[tokio::test]
async fn only_own_pages_may_post() {
    let house = House::open_without_worker().await;
    let mut browser = house.administrator().await;
    let form = ("content-type", "application/x-www-form-urlencoded");
    let own = format!("http://{}", house.address);
    for (headers, allowed) in [
        (vec![("sec-fetch-site", "cross-site")], false),
        (vec![("sec-fetch-site", "same-site")], false),
        (vec![("origin", "http://evil.example")], false),
        (vec![("origin", "null")], false),
        (vec![], false),
        (vec![("origin", own.as_str())], true),
        (vec![("sec-fetch-site", "same-origin")], true),
    ] {
        let mut all = headers.clone();
        all.push(form);
        for path in ["/data-stores/new", "/api/data-stores/list"] {
            let answer = browser.send("POST", path, &all, "".into()).await;
            assert_eq!(answer.status != 403, allowed, "{path} {headers:?}: {}", answer.body);
        }
    }
    // A page is only looked at, wherever the link was.
    assert_eq!(browser.send("GET", "/channels", &[("sec-fetch-site", "cross-site")], "".into()).await.status, 200);
    house.stop().await;
}
