//! Pages, health, headers, and addresses that are not there.

use crate::house::House;

#[tokio::test]
async fn health_needs_nobody() {
    let house = House::open_without_worker().await;
    let mut visitor = house.visitor();
    assert_eq!(visitor.page("/healthz").await, "ok\n");
    assert_eq!(visitor.page("/readyz").await, "ready\n");
    house.stop().await;
}

#[tokio::test]
async fn every_page_is_whole_and_keeps_to_itself() {
    let house = House::open_without_worker().await;
    let mut browser = house.administrator().await;
    for (path, heading) in [
        ("/", "Welcome to Towpath"),
        ("/search", "Search"),
        ("/help/contents", "Help"),
        ("/channels", "Channels"),
        ("/data-stores", "Data Stores"),
        ("/pcvs", "Password Credential Validators"),
        ("/idp-adapters", "IdP Adapters"),
        ("/sp-connections", "SP Connections"),
        ("/signing-keys", "Signing &amp; Decryption Keys &amp; Certificates"),
        ("/signing-keys/import", "Import Key"),
        ("/trusted-cas", "Trusted CAs"),
        ("/trusted-cas/import", "Import Trusted CAs"),
        ("/connectors", "Connectors"),
        ("/sp-connections/import", "Import Connection"),
        ("/protocol-settings", "Protocol Settings"),
        ("/metadata-export", "Metadata Export"),
    ] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        // The pages' own marks between texts are no part of what is read.
        assert!(answer.body.replace("<!>", "").contains(&format!(">{heading}</h1>")), "{path}: {}", answer.body);
        assert!(answer.body.contains("</html>"), "{path} is cut off");
        let policy = answer.header("content-security-policy");
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap_or_else(|| panic!("{path}: {policy}"));
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe-inline"));
        for script in answer.body.split("<script").skip(1) {
            assert!(script.split('>').next().unwrap().contains(nonce), "{path}: a script without the nonce would not run");
        }
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(name), value, "{path} {name}");
        }
        assert_eq!(answer.header("x-request-id").len(), 32);
    }
    house.stop().await;
}

#[tokio::test]
async fn what_is_not_there_says_so() {
    let house = House::open_without_worker().await;
    let mut browser = house.administrator().await;
    for path in ["/nothing", "/pkg/nothing.js", "/channels/x/y/z"] {
        assert_eq!(browser.get(path).await.status, 404, "{path}");
    }
    for path in ["/drafts/nope/resume", "/data-stores/nope/edit", "/wizard/nope/data-store-type"] {
        let answer = browser.post(path, &[]).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.body);
        assert!(answer.body.contains("not there any more"), "{}", answer.body);
    }
    assert_eq!(browser.get("/data-stores/new").await.status, 405);
    house.stop().await;
}

#[tokio::test]
async fn server_functions_tell_strangers_nothing() {
    let house = House::open_without_worker().await;
    let answer = house.visitor().post("/api/data-stores/list", &[]).await;
    assert!(answer.status >= 400 && answer.body.contains("SignIn"), "{} {}", answer.status, answer.body);
    let answer = house.visitor().get("/events/channels").await;
    assert_eq!(answer.status, 401);
    house.stop().await;
}
