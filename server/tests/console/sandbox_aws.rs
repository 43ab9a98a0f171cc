//! The emulated AWS in the console of the sandbox: settings, tokens, changes behind Towpath's back, faults, and what Towpath says.

use crate::browser::{Answer, Browser};
use crate::company::{change, find, ready, user, wait_for, words};
use crate::form::Form;
use crate::sandbox::Sandbox;
use serde_json::Value;

/// Presses a button of the AWS console and answers the page that follows.
async fn press(browser: &mut Browser, path: &str, fields: &[(&str, &str)]) -> String {
    let answer = browser.post(path, fields).await;
    assert_eq!(answer.status, 303, "{path}: {}", answer.body);
    browser.page(answer.location()).await
}

/// What stands behind a label.
fn copied(page: &str, label: &str) -> String {
    let page = page.replace("<!>", "");
    let after = page.split(&format!(">{label}</dt>")).nth(1).unwrap_or_else(|| panic!("no {label}: {}", words(&page)));
    after.split("copy__value\">").nth(1).unwrap().split('<').next().unwrap().to_owned()
}

async fn upload(browser: &mut Browser, text: &str) -> Answer {
    let boundary = "----towpath";
    let body = format!(
        "--{boundary}\r\ncontent-disposition: form-data; name=\"metadata\"; filename=\"idp.xml\"\r\ncontent-type: text/xml\r\n\r\n{text}\r\n--{boundary}--\r\n"
    );
    let kind = format!("multipart/form-data; boundary={boundary}");
    let headers = [("sec-fetch-site", "same-origin"), ("content-type", kind.as_str())];
    browser.send("POST", "/sandbox/aws/identity-source/upload", &headers, body.into()).await
}

fn metadata() -> String {
    use base64::Engine;
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["idp.canal.example".to_owned()]).unwrap().self_signed(&key).unwrap();
    format!(
        "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"https://idp.canal.example\"><IDPSSODescriptor \
         protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><KeyDescriptor use=\"signing\"><KeyInfo \
         xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data><X509Certificate>{}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>\
         <SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://idp.canal.example/sso\"/>\
         </IDPSSODescriptor></EntityDescriptor>",
        base64::engine::general_purpose::STANDARD.encode(certificate.der())
    )
}

#[tokio::test]
async fn metadata_goes_in_and_comes_out() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &["--empty"]).await;
    let mut browser = sandbox.administrator().await;
    let page = browser.page("/sandbox/aws").await;
    let file = browser.get("/sandbox/files/aws-sp-metadata.xml").await;
    assert_eq!((file.status, file.header("content-disposition")), (200, "attachment; filename=\"aws-sp-metadata.xml\""));
    for label in ["Assertion Consumer Service (ACS) URL", "Issuer URL"] {
        assert!(file.body.contains(&format!("\"{}\"", copied(&page, label))), "{label}: {}", file.body);
    }
    assert_eq!(browser.get("/sandbox/files/other.xml").await.status, 404);

    for (text, says) in [("<html/>", "no SAML metadata"), ("<!DOCTYPE x><x/>", "DOCTYPE"), (file.body.as_str(), "a service provider")] {
        let answer = upload(&mut browser, text).await;
        assert!(browser.page(answer.location()).await.contains(says), "{says}");
    }
    let answer = upload(&mut browser, &metadata()).await;
    let page = browser.page(answer.location()).await;
    assert!(
        page.contains("The identity provider https://idp.canal.example is known now.") && page.contains("Valid until"),
        "{}",
        words(&page)
    );
    sandbox.stop().await;

    // It is kept; so are the addresses.
    let sandbox = Sandbox::start(folder.path(), &["--empty"]).await;
    let mut browser = sandbox.administrator().await;
    assert!(browser.page("/sandbox/aws").await.contains("https://idp.canal.example/sso"));
    assert_eq!(browser.get("/sandbox/files/aws-sp-metadata.xml").await.body, file.body);
    let mut typed = Form::of(&browser.page("/sandbox/aws").await, "/sandbox/aws/identity-source/values");
    typed.fill("sso_url", "https://other.example/sso");
    let fields: Vec<_> = typed.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert!(press(&mut browser, "/sandbox/aws/identity-source/values", &fields).await.contains("https://other.example/sso"));
    let page = press(&mut browser, "/sandbox/aws/identity-source/values", &[("sso_url", "x"), ("certificate", "x")]).await;
    assert!(page.contains("Enter the IdP issuer URL") && page.contains("PEM"), "{}", words(&page));
    assert!(!press(&mut browser, "/sandbox/aws/identity-source/remove", &[]).await.contains("other.example"));
    sandbox.stop().await;
}

#[tokio::test]
async fn a_deleted_token_stops_the_channel_and_a_new_one_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]).await;
    let mut browser = ready(&sandbox).await;
    let page = browser.page("/sandbox/aws/provisioning").await;
    assert!(page.contains(sandbox.get("scim_url")) && !page.contains(sandbox.get("scim_token")), "a token is shown once: {}", words(&page));
    let delete = Form::of(&page, "/sandbox/aws/provisioning/tokens/").action;
    assert!(press(&mut browser, &delete, &[]).await.contains("No access token."));
    assert!(press(&mut browser, &delete, &[]).await.contains("There is no access token"));

    let person = format!("/sandbox/company/people/{}", find(&mut browser, "people", "mei.lin").await);
    let marry = [("family_name", "Lock"), ("mail", "mei.lock@canal.example")];
    let to = change(&mut browser, &format!("{person}/marry"), &marry).await;
    let channels = wait_for(&mut browser, "/channels", &["Failing"]).await;
    assert!(channels.contains("does not accept the credentials") && channels.contains("Enter a new token"), "{}", words(&channels));
    assert!(browser.page("/sandbox/aws/requests?show=refused").await.contains("The bearer token is wrong, or was deleted."));

    let made = press(&mut browser, "/sandbox/aws/provisioning/tokens", &[]).await;
    let token = copied(&made, "Access token");
    assert!(token.len() > 30 && browser.page("/sandbox/values").await.contains(&token), "{token}");
    assert!(!browser.page("/sandbox/aws/provisioning").await.contains(&token));

    // Pasted where the wizard asks for it.
    let list = browser.page("/sp-connections").await;
    let (before, _) = list.split_once("/edit\"").unwrap();
    let edit = format!("{}/edit", before.rsplit('"').next().unwrap());
    let begun = browser.post(&edit, &[]).await.location().to_owned();
    let (draft, _) = begun.strip_prefix("/wizard/").unwrap().split_once('/').unwrap();
    let mut at = format!("/wizard/{draft}/outbound-provisioning");
    at = browser.post(&at, &[("nav", "open:configure")]).await.location().to_owned();
    let mut form = Form::of(&browser.page(&at).await, "/wizard/");
    form.fill("access_token", &token);
    form.fill("nav", "save");
    let fields: Vec<_> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let saved = browser.post(&form.action, &fields).await;
    assert_eq!(saved.location(), "/sp-connections", "{at}: {}", saved.body);
    wait_for(&mut browser, &to, &["PATCH /Users/", "mei.lock@canal.example", "HTTP 200"]).await;
    wait_for(&mut browser, "/channels", &["Up to date"]).await;
    sandbox.stop().await;
}

#[tokio::test]
async fn provisioning_is_disabled_and_enabled_with_another_endpoint() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &["--empty"]).await;
    let mut browser = sandbox.administrator().await;
    let page = press(&mut browser, "/sandbox/aws/provisioning/disable", &[]).await;
    assert!(page.contains("Automatic provisioning is not enabled") && !page.contains(sandbox.get("scim_url")), "{}", words(&page));
    assert!(browser.page("/sandbox/values").await.contains("not enabled in the emulated AWS"));
    assert!(browser.page("/sandbox/aws").await.contains("Manual"));
    let page = press(&mut browser, "/sandbox/aws/provisioning/enable", &[]).await;
    let (endpoint, token) = (copied(&page, "SCIM endpoint"), copied(&page, "Access token"));
    assert!(endpoint.ends_with("/scim/v2/") && endpoint != sandbox.get("scim_url") && token != sandbox.get("scim_token"), "{endpoint}");
    assert!(press(&mut browser, "/sandbox/aws/provisioning/enable", &[]).await.contains("already enabled"));
    press(&mut browser, "/sandbox/aws/provisioning/tokens", &[]).await;
    assert!(press(&mut browser, "/sandbox/aws/provisioning/tokens", &[]).await.contains("already two access tokens"));
    // A token lives for a year by the clock of the emulated AWS.
    assert!(press(&mut browser, "/sandbox/aws/clock/year", &[]).await.contains("365 days ahead"));
    assert!(browser.page("/sandbox/aws/provisioning").await.contains("has expired"));
    assert!(press(&mut browser, "/sandbox/aws/clock/back", &[]).await.contains("real time again"));
    assert!(!browser.page("/sandbox/aws/provisioning").await.contains("has expired"));
    for (by, days) in [("day", "1 day ahead"), ("month", "31 days ahead")] {
        assert!(press(&mut browser, &format!("/sandbox/aws/clock/{by}"), &[]).await.contains(days));
    }
    sandbox.stop().await;
}

#[tokio::test]
async fn changes_behind_towpaths_back_are_found_when_it_writes_next() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]).await;
    let mut browser = ready(&sandbox).await;
    let id_of = |users: &[Value], name: &str| user(users, name)["id"].as_str().unwrap().to_owned();
    let users = sandbox.users().await;
    let mei = id_of(&users, "mei.lin@canal.example");
    let path = format!("/sandbox/aws/users/{mei}");
    assert!(browser.page(&path).await.contains("Open in the directory"));

    let edit = format!("{path}/edit");
    let page = press(&mut browser, &edit, &[("user_name", "mei.lin@canal.example"), ("display_name", "Somebody"), ("active", "")]).await;
    assert!(page.contains("Towpath was not told") && page.contains("Somebody"), "{}", words(&page));
    assert_eq!(user(&sandbox.users().await, "mei.lin@canal.example")["active"], false);
    let page = press(&mut browser, &edit, &[("user_name", "jonas.weiss@canal.example"), ("display_name", "Somebody")]).await;
    assert!(page.contains("Duplicate") && Form::of(&page, &edit).get("user_name") == Some("jonas.weiss@canal.example"), "{}", words(&page));

    // Deleted there, the next write finds nobody, and the person is made again.
    assert!(press(&mut browser, &format!("{path}/delete"), &[]).await.contains("mei.lin@canal.example is deleted."));
    assert_eq!(browser.get(&path).await.status, 404);
    let person = format!("/sandbox/company/people/{}", find(&mut browser, "people", "mei.lin").await);
    assert!(browser.page(&person).await.contains("There is no such user in AWS."));
    let to = change(&mut browser, &format!("{person}/change-job"), &[("title", "Head of Data")]).await;
    wait_for(&mut browser, &to, &["HTTP 404", "POST /Users", "HTTP 201", "Head of Data"]).await;
    let users = sandbox.users().await;
    assert_ne!(id_of(&users, "mei.lin@canal.example"), mei);

    // Groups.
    let page = browser.page("/sandbox/aws/groups?search=Billing").await;
    let group = page.split("/sandbox/aws/groups/").nth(1).unwrap()[..36].to_owned();
    let path = format!("/sandbox/aws/groups/{group}");
    let page = press(&mut browser, &format!("{path}/rename"), &[("display_name", "Renamed")]).await;
    assert!(page.contains("‘Cloud Billing’ is called ‘Renamed’ now."), "{}", words(&page));
    let mei = id_of(&users, "mei.lin@canal.example");
    assert!(press(&mut browser, &format!("{path}/add-member"), &[("user", &mei)]).await.contains("mei.lin@canal.example is a member now."));
    assert!(press(&mut browser, &format!("{path}/add-member"), &[("user", &mei)]).await.contains("no longer there"));
    assert!(press(&mut browser, &format!("{path}/members/{mei}/remove"), &[]).await.contains("is a member no longer"));
    assert!(press(&mut browser, &format!("{path}/delete"), &[]).await.contains("‘Renamed’ is deleted."));
    sandbox.stop().await;
}

#[tokio::test]
async fn faults_are_begun_seen_and_ended() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]).await;
    let mut browser = ready(&sandbox).await;
    assert!(browser.page("/sandbox/aws/requests").await.contains("CreateUser"));
    assert!(press(&mut browser, "/sandbox/aws/requests/clear", &[]).await.contains("Nothing was asked yet."));
    let page = press(&mut browser, "/sandbox/aws/faults/refuse-token", &[]).await;
    assert!(page.contains("Failing on purpose") && page.contains("End the fault"), "{}", words(&page));
    let person = format!("/sandbox/company/people/{}", find(&mut browser, "people", "mei.lin").await);
    change(&mut browser, &format!("{person}/change-job"), &[("title", "Head of Data")]).await;
    wait_for(&mut browser, "/channels", &["Failing", "does not accept the credentials"]).await;
    assert!(browser.page("/sandbox/aws/requests?show=refused").await.contains("fault: token refused"));
    assert!(press(&mut browser, "/sandbox/aws/faults/end", &[]).await.contains("The fault is ended."));
    for fault in ["throttle", "errors", "slow", "break-off"] {
        assert!(press(&mut browser, &format!("/sandbox/aws/faults/{fault}"), &[]).await.contains("Failing on purpose"), "{fault}");
    }
    assert!(!press(&mut browser, "/sandbox/aws/faults/end", &[]).await.contains("Failing on purpose"));
    for bad in ["/sandbox/aws/faults/nonsense", "/sandbox/aws/clock/nonsense", "/sandbox/aws/users/x/delete", "/sandbox/aws/nonsense"] {
        assert_eq!(browser.post(bad, &[]).await.status, 404, "{bad}");
    }
    sandbox.stop().await;
}
