//! Notifications: who is told, by a real mail server and a receiver that verifies signatures, of a channel that waits for a person.

use crate::browser::Browser;
use crate::company;
use crate::house::House;
use crate::sandbox::Sandbox;
use crate::wizard::Wizard;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A mail server and a webhook receiver of the test's own.
struct Told {
    _child: Child,
    folder: TempDir,
    smtp: String,
    hook: String,
}

impl Told {
    async fn start(folder: TempDir, settings: Value) -> Self {
        std::fs::write(folder.path().join("peer.json"), settings.to_string()).unwrap();
        let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (smtp, http) = (free().to_string(), free().to_string());
        let mut command = Command::new("bash");
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../end2end/peers/notified.sh"));
        command.args([&smtp, &http]).arg(folder.path()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = tokio::time::timeout(Duration::from_secs(60), lines.next_line()).await.unwrap().unwrap();
        assert_eq!(line.as_deref(), Some("ready"), "the mail server did not start; the reason is above");
        Self { _child: child, folder, smtp, hook: format!("http://127.0.0.1:{http}/towpath") }
    }

    fn behave(&self, settings: Value) {
        std::fs::write(self.folder.path().join("peer.json"), settings.to_string()).unwrap();
    }

    fn got(&self, file: &str) -> Vec<Value> {
        let text = std::fs::read_to_string(self.folder.path().join(file)).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn mail(&self) -> Vec<Value> {
        self.got("mail.jsonl")
    }

    fn calls(&self) -> Vec<Value> {
        self.got("calls.jsonl")
    }

    /// Waits until so many messages came by each way.
    async fn wait_for(&self, count: usize) {
        let begun = Instant::now();
        while self.mail().len() < count || self.calls().len() < count {
            assert!(begun.elapsed() < Duration::from_secs(45), "{:?} {:?}", self.mail(), self.calls());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

fn plain() -> Value {
    json!({"security": "none", "secret": SECRET})
}

/// Presses the tab's test and answers what the page then says.
async fn test(w: &mut Wizard, b: &mut Browser, fields: &[(&str, &str)]) -> String {
    w.press(b, "test", fields).await;
    company::words(&b.page(&w.at).await).replace("&#x27;", "'")
}

#[tokio::test]
async fn people_are_told_once_of_held_removals_and_when_it_is_over() {
    let told = Told::start(tempfile::tempdir().unwrap(), plain()).await;
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]).await;
    let mut b = company::ready(&sandbox).await;
    assert!(b.page("/notifications").await.contains("Nobody was told of anything yet."));

    let mut w = Wizard::begin(&mut b, "/notifications/edit").await;
    assert_eq!(w.tab(), "events");
    w.to(&mut b, "next", &[], "e-mail").await;
    // What is wrong is said at its field, and nothing typed is lost.
    let wrong = [("enabled", "on"), ("host", "mail.example.com:25"), ("from", "Towpath"), ("to", "ops@example.com\nnobody")];
    w.to(&mut b, "next", &wrong, "e-mail").await;
    let page = b.page(&w.at).await;
    for part in
        ["the port has a field of its own", "This is not an e-mail address", "‘nobody’ is not an e-mail address", "mail.example.com:25"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    let right = [
        ("host", "127.0.0.1"),
        ("port", told.smtp.as_str()),
        ("security", "none"),
        ("from", "towpath@example.com"),
        ("to", "ops@example.com, second@example.com"),
    ];
    let said = test(&mut w, &mut b, &right).await;
    assert!(said.contains("took a message to ops@example.com, second@example.com"), "{said}");
    let first = &told.mail()[0];
    assert_eq!((first["from"].as_str(), first["to"].as_array().unwrap().len()), (Some("towpath@example.com"), 2));
    let text = first["text"].as_str().unwrap();
    assert!(text.contains("Subject: [Towpath] A test of Notifications") && text.contains("/notifications"), "{text}");
    w.to(&mut b, "next", &[], "webhook").await;
    let clear = [("enabled", "on"), ("url", "http://hooks.example.com/x"), ("secret", SECRET)];
    w.to(&mut b, "save", &clear, "webhook").await;
    assert!(b.page(&w.at).await.contains("cross the network in clear text"));
    let said = test(&mut w, &mut b, &[("url", &told.hook), ("secret", "too short to sign")]).await;
    assert!(said.contains("could be guessed"), "{said}");
    let said = test(&mut w, &mut b, &[("secret", SECRET)]).await;
    assert!(said.contains("The service took a signed call."), "{said}");
    assert_eq!((&told.calls()[0]["verified"], &told.calls()[0]["body"]["type"]), (&json!(true), &json!("test")));
    w.press(&mut b, "save", &[]).await;
    assert_eq!(w.at, "/notifications");

    company::change(&mut b, "/sandbox/company/empty", &[]).await;
    told.wait_for(2).await;
    let (mail, call) = (&told.mail()[1], &told.calls()[1]);
    let text = mail["text"].as_str().unwrap();
    assert!(text.contains("Subject: [Towpath] Held: channel"), "{text}");
    assert_eq!((&call["verified"], &call["body"]["type"]), (&json!(true), &json!("channel.held")), "{call}");
    assert!(call["body"]["data"]["url"].as_str().unwrap().contains("/channels/"), "{call}");

    company::change(&mut b, "/sandbox/company/undo", &[]).await;
    told.wait_for(3).await;
    assert_eq!(told.calls()[2]["body"]["type"], "over");
    assert!(told.mail()[2]["text"].as_str().unwrap().contains("Over: Held: channel"));
    assert_eq!((told.mail().len(), told.calls().len()), (3, 3), "each is told once");
    let page = company::wait_for(&mut b, "/notifications", &["delivered"]).await;
    assert!(page.contains("Held: channel") && !page.contains(SECRET), "{page}");
    sandbox.stop().await;
}

#[tokio::test]
async fn a_message_that_is_not_taken_waits_and_says_why() {
    let told = Told::start(tempfile::tempdir().unwrap(), plain()).await;
    told.behave(json!({"security": "none", "secret": SECRET, "refuse": "550 no such user here", "status": 503}));
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]).await;
    let mut b = company::ready(&sandbox).await;
    let mut w = Wizard::begin(&mut b, "/notifications/edit").await;
    w.to(&mut b, "next", &[], "e-mail").await;
    let mail = [
        ("enabled", "on"),
        ("host", "127.0.0.1"),
        ("port", told.smtp.as_str()),
        ("security", "none"),
        ("from", "a@example.com"),
        ("to", "b@example.com"),
    ];
    let said = test(&mut w, &mut b, &mail).await;
    assert!(said.contains("refused sender, recipient or message. Check From and To") && said.contains("no such user here"), "{said}");
    w.to(&mut b, "next", &[], "webhook").await;
    let said = test(&mut w, &mut b, &[("enabled", "on"), ("url", &told.hook), ("secret", SECRET)]).await;
    assert!(said.contains("The service answered 503: come back later"), "{said}");
    w.press(&mut b, "save", &[]).await;
    company::change(&mut b, "/sandbox/company/empty", &[]).await;
    let page = company::wait_for(&mut b, "/notifications", &["no such user here", "answered 503"]).await;
    assert!(page.contains("not delivered yet, next try in"), "{page}");
    sandbox.stop().await;
}

/// Certificate and key of a mail server on 127.0.0.1 in a folder, by an authority of its own, whose certificate is answered.
fn certified(folder: &Path) -> String {
    let mut authority = CertificateParams::new(Vec::<String>::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    std::fs::write(folder.join("cert.pem"), certificate.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    authority.pem()
}

#[tokio::test]
async fn mail_is_protected_or_not_sent() {
    let house = House::open_without_worker().await;
    let mut b = house.administrator().await;
    let mut w = Wizard::begin(&mut b, "/notifications/edit").await;
    w.to(&mut b, "next", &[], "e-mail").await;
    let to = [("enabled", "on"), ("host", "127.0.0.1"), ("from", "a@example.com"), ("to", "b@example.com")];

    let bare = Told::start(tempfile::tempdir().unwrap(), plain()).await;
    let said = test(&mut w, &mut b, &[to.as_slice(), &[("port", bare.smtp.as_str()), ("security", "starttls")]].concat()).await;
    assert!(said.contains("cannot be") && bare.mail().is_empty(), "a server without StartTLS got the message: {said}");

    for security in ["starttls", "tls"] {
        let folder = tempfile::tempdir().unwrap();
        let authority = certified(folder.path());
        let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
        let account = json!({"security": security, "certificate": certificate, "key": key, "username": "relay", "password": "Sluice-4711", "secret": SECRET});
        let safe = Told::start(folder, account).await;
        let there = [("port", safe.smtp.as_str()), ("security", security), ("username", "relay"), ("password", "Sluice-4711")];
        let said = test(&mut w, &mut b, &[to.as_slice(), &there, &[("trusted_ca", "")]].concat()).await;
        assert!(said.contains("Check the certificate, Trusted CA"), "{security}: {said}");
        let said = test(&mut w, &mut b, &[("trusted_ca", authority.as_str()), ("password", "wrong")]).await;
        assert!(said.contains("Check Username and Password"), "{security}: {said}");
        assert!(safe.mail().is_empty());
        let said = test(&mut w, &mut b, &[("password", "Sluice-4711")]).await;
        assert!(said.contains("took a message"), "{security}: {said}");
        let mail = &safe.mail()[0];
        assert_eq!((&mail["secure"], &mail["user"]), (&json!(true), &json!("relay")), "{security}");
        // A stored password is not sent to another place.
        w.to(&mut b, "next", &[("host", "localhost")], "e-mail").await;
        assert!(b.page(&w.at).await.contains("is not sent to another place"), "{security}");
    }
    house.stop().await;
}
