//! A partner's metadata, from a file or an address into a connection, by form posts alone.

use crate::browser::{Answer, Browser};
use crate::form::Form;
use crate::house::House;
use crate::wizard::Wizard;
use domain::model::browser_sso::SubjectFormat;
use domain::model::sp_connection::SpConnection;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const LOCAL: domain::actor::Actor = crate::command_line::LOCAL;

fn entity(id: &str, inner: &str) -> String {
    format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{id}\"><md:SPSSODescriptor \
         AuthnRequestsSigned=\"false\" WantAssertionsSigned=\"true\" protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
         {inner}</md:SPSSODescriptor></md:EntityDescriptor>"
    )
}

fn acs(index: u16, url: &str, more: &str) -> String {
    format!(
        "<md:AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"{url}\" index=\"{index}\"{more}/>"
    )
}

/// The shape of the file that AWS gives out: two kinds of addresses for each Region.
pub fn aws() -> String {
    let format = "<md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</md:NameIDFormat>";
    let sets = [
        acs(0, "https://us-east-1.signin.aws/platform/saml/acs/4455422d84a27c9f", ""),
        acs(1, "https://us-east-1.sso.signin.aws/platform/saml/acs/4455422d84a27c9f", " isDefault=\"true\""),
        acs(2, "https://eu-west-1.signin.aws/platform/saml/acs/4455422d84a27c9f", ""),
        acs(3, "https://eu-west-1.sso.signin.aws/platform/saml/acs/4455422d84a27c9f", ""),
    ];
    entity("https://us-east-1.signin.aws.amazon.com/platform/saml/d-1234567890", &format!("{format}{}", sets.concat()))
}

impl Wizard {
    /// Presses a button with a file chosen, as a browser posts it.
    pub async fn upload(&mut self, b: &mut Browser, nav: &str, fields: &[(&str, &str)], file: (&str, &[u8])) -> Answer {
        let mut form = self.form(b).await;
        fields.iter().for_each(|(name, value)| form.fill(name, value));
        assert!(form.get(file.0).is_some(), "no field {} on {}", file.0, self.at);
        form.fill(file.0, "");
        let part = |name: &str, more: &str, value: &[u8]| {
            let head = format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n");
            [head.as_bytes(), value, b"\r\n"].concat()
        };
        let mut body: Vec<u8> = form.fields.iter().flat_map(|(name, value)| part(name, "", value.as_bytes())).collect();
        body.extend(part(file.0, "; filename=\"metadata.xml\"\r\nContent-Type: text/xml", file.1));
        body.extend(part("nav", "", nav.as_bytes()));
        body.extend_from_slice(b"--B--\r\n");
        let headers = [("sec-fetch-site", "same-origin"), ("content-type", "multipart/form-data; boundary=B")];
        let answer = b.send("POST", &form.action, &headers, body.into()).await;
        if answer.status == 303 {
            self.at = answer.location().to_owned();
        }
        answer
    }
}

async fn at_template(b: &mut Browser) -> Wizard {
    let w = Wizard::begin(b, "/sp-connections/new").await;
    assert_eq!(w.tab(), "connection-template");
    w
}

/// What is in the draft of a wizard, after saving it: the connection of this name.
async fn saved(house: &House, name: &str) -> SpConnection {
    let all = house.service.list_connections(&LOCAL).await.unwrap();
    all.into_iter().find(|c| c.general.name == name).unwrap_or_else(|| panic!("no connection {name}"))
}

/// From Connection Type to General Info, with Browser SSO.
async fn on_to_general(w: &mut Wizard, b: &mut Browser) {
    w.to(b, "next", &[("browser_sso", "on")], "connection-options").await;
    w.to(b, "next", &[], "import-metadata").await;
    w.to(b, "next", &[], "general-info").await;
}

pub const AWS: &[(&str, &str)] = &[("connector", "aws-iam-identity-center")];

#[tokio::test]
async fn the_file_of_aws_fills_in_what_the_guide_says() {
    let house = House::open_without_worker().await;
    let mut b = house.administrator().await;
    let mut w = at_template(&mut b).await;
    assert!(b.page(&w.at).await.contains("enctype=\"multipart/form-data\""));
    w.upload(&mut b, "next", AWS, ("metadata_file", aws().as_bytes())).await;
    assert_eq!(w.tab(), "connection-type");
    let page = b.page(&w.at).await;
    assert!(page.contains("The metadata is imported already"), "{page}");
    w.to(&mut b, "next", &[], "general-info").await;
    let form = w.form(&mut b).await;
    assert_eq!(form.get("entity_id"), Some("https://us-east-1.signin.aws.amazon.com/platform/saml/d-1234567890"));
    assert_eq!(form.get("name"), Some("AWS IAM Identity Center"));

    // The draft as it is stored opens again, and the same tab takes another file.
    w.to(&mut b, "goto:connection-template", &[], "connection-template").await;
    assert!(b.page(&w.at).await.contains("d-1234567890, from a file"));
    let other = entity("urn:other", &acs(7, "https://other.example/acs", ""));
    w.upload(&mut b, "next", &[], ("metadata_file", other.as_bytes())).await;
    w.to(&mut b, "next", &[("browser_sso", "on")], "connection-options").await;
    w.to(&mut b, "next", &[], "import-metadata").await;
    w.upload(&mut b, "test", &[], ("metadata_file", aws().as_bytes())).await;
    let page = b.page(&w.at).await;
    for words in [
        "The metadata of ‘https://us-east-1.signin.aws.amazon.com/platform/saml/d-1234567890’ was read",
        "index 1, default",
        "emailAddress",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
    house.stop().await;
}

/// What a file leads to: a sentence of the page, or the entity ID that was taken.
async fn given(b: &mut Browser, file: &[u8]) -> Result<String, String> {
    let mut w = at_template(b).await;
    let answer = w.upload(b, "next", &[("use_template", "no"), ("connector", "")], ("metadata_file", file)).await;
    if answer.status != 303 {
        return Err(answer.body);
    }
    if w.tab() == "connection-template" {
        let page = b.page(&w.at).await;
        let problem = page.split("id=\"f-metadata_file-problem\"").nth(1).unwrap().split("</p>").next().unwrap();
        let problem = problem.split('>').nth(1).unwrap().to_owned();
        assert!(!problem.is_empty(), "{page}");
        return Err(problem);
    }
    on_to_general(&mut w, b).await;
    let form: Form = w.form(b).await;
    Ok(form.get("entity_id").unwrap_or_default().to_owned())
}

#[tokio::test]
async fn files_are_taken_or_refused_with_a_reason() {
    let house = House::open_without_worker().await;
    let mut b = house.administrator().await;
    let good = entity("urn:sp", &acs(0, "https://sp.example/acs", ""));
    let taken = [
        ("as it is", good.clone()),
        ("a BOM before it", format!("\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{good}")),
        ("another prefix", good.replace("md:", "m:").replace("xmlns:md", "xmlns:m")),
        ("no prefix", good.replace("md:", "").replace("xmlns:md", "xmlns")),
        (
            "comments and blanks",
            format!("<!-- from the partner -->\n{}", good.replace("<md:SPSSODescriptor", "\n<!-- one --> <md:SPSSODescriptor")),
        ),
        ("two megabytes of comments", good.replace("<md:SPSSODescriptor", &format!("<!--{}--><md:SPSSODescriptor", "x".repeat(2_000_000)))),
    ];
    for (what, file) in taken {
        assert_eq!(given(&mut b, file.as_bytes()).await.as_deref(), Ok("urn:sp"), "{what}");
    }
    let wide = format!("<a {}/>", (0..50_000).map(|n| format!("a{n}='x' ")).collect::<String>());
    let refused = [
        ("a DOCTYPE", format!("<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>{good}"), "DOCTYPE"),
        (
            "50,000 attributes",
            good.replace("<md:SPSSODescriptor", &format!("<md:Extensions>{wide}</md:Extensions><md:SPSSODescriptor")),
            "more than 100 attributes",
        ),
        ("no XML", "entityID: urn:sp".to_owned(), "not well-formed XML"),
        ("a page", "<html><body>Sign in</body></html>".to_owned(), "not SAML metadata"),
        ("an identity provider", good.replace("SPSSODescriptor", "IDPSSODescriptor"), "describes the identity provider ‘urn:sp’"),
        ("past its validity", good.replace(" entityID", " validUntil=\"2001-01-01T00:00:00Z\" entityID"), "no longer valid"),
        (
            "more than two megabytes",
            good.replace("<md:SPSSODescriptor", &format!("<!--{}--><md:SPSSODescriptor", "x".repeat(2_200_000))),
            "larger than 2048 kB",
        ),
        ("far more", "x".repeat(3_500_000), "more than 3 MiB"),
        ("nowhere to send to", entity("urn:sp", ""), "AssertionConsumerService"),
        ("a dangerous address", good.replace("https://sp.example/acs", "javascript:alert(1)"), "not an https or http address"),
    ];
    for (what, file, words) in refused {
        let answer = given(&mut b, file.as_bytes()).await;
        assert!(answer.as_ref().is_err_and(|sentence| sentence.contains(words)), "{what}: {words} in {answer:?}");
    }
    let binary = given(&mut b, &[0xff, 0xfe, 0x3c, 0x00]).await;
    assert!(binary.as_ref().is_err_and(|page| page.contains("neither a text file")), "{binary:?}");
    house.stop().await;
}

#[tokio::test]
async fn of_several_entities_the_connections_own_is_taken() {
    let house = House::open_without_worker().await;
    let mut b = house.administrator().await;
    let several = format!(
        "<m:EntitiesDescriptor xmlns:m=\"urn:oasis:names:tc:SAML:2.0:metadata\">{}{}</m:EntitiesDescriptor>",
        entity("urn:one", &acs(0, "https://one.example/acs", "")),
        entity("urn:two", &acs(0, "https://two.example/acs", ""))
    );
    let answer = given(&mut b, several.as_bytes()).await;
    assert!(answer.as_ref().is_err_and(|s| s.contains("2 service providers: ‘urn:one’, ‘urn:two’")), "{answer:?}");
    let mut w = at_template(&mut b).await;
    w.to(&mut b, "next", &[("use_template", "no")], "connection-type").await;
    on_to_general(&mut w, &mut b).await;
    w.to(&mut b, "previous", &[("entity_id", "urn:two")], "import-metadata").await;
    w.upload(&mut b, "next", &[], ("metadata_file", several.as_bytes())).await;
    assert_eq!(w.tab(), "general-info", "{}", b.page(&w.at).await);
    assert_eq!(w.form(&mut b).await.get("entity_id"), Some("urn:two"));
    house.stop().await;
}

/// A web server that answers every request the same way, and how often it was asked.
async fn peer(status: &'static str, body: String) -> (String, tokio::sync::watch::Receiver<u32>, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/metadata?for=towpath", listener.local_addr().unwrap());
    let (asked, count) = tokio::sync::watch::channel(0);
    let task = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.windows(4).any(|end| end == b"\r\n\r\n") {
                let mut part = [0; 1024];
                match stream.read(&mut part).await {
                    Ok(0) | Err(_) => break,
                    Ok(n) => head.extend_from_slice(&part[..n]),
                }
            }
            asked.send_modify(|n| *n += 1);
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = tokio::time::timeout(Duration::from_secs(5), stream.shutdown()).await;
        }
    });
    (address, count, task)
}

#[tokio::test]
async fn an_address_is_read_once_and_again_on_request() {
    let house = House::open_without_worker().await;
    let mut b = house.administrator().await;
    let (address, asked, task) = peer("200 OK", aws()).await;
    let mut w = at_template(&mut b).await;
    w.to(&mut b, "next", &[("use_template", "no"), ("metadata_url", &address)], "connection-type").await;
    assert_eq!(*asked.borrow(), 1);
    w.to(&mut b, "next", &[("browser_sso", "on")], "connection-options").await;
    w.to(&mut b, "next", &[], "import-metadata").await;
    w.to(&mut b, "next", &[], "general-info").await;
    assert_eq!(*asked.borrow(), 1, "it was read already");
    w.to(&mut b, "previous", &[], "import-metadata").await;
    w.to(&mut b, "test", &[], "import-metadata").await;
    assert_eq!(*asked.borrow(), 2);
    assert!(b.page(&w.at).await.contains(&format!("from {address}")));
    task.abort();

    // What cannot be read is said at the field, and nothing that was taken before is lost.
    for (status, body, words) in [
        ("404 Not Found", String::new(), "answered 404"),
        ("302 Found\r\nLocation: https://elsewhere.example/", String::new(), "elsewhere.example"),
        ("200 OK", "<html/>".to_owned(), "not SAML metadata"),
        ("200 OK", "x".repeat(2_200_000), "2"),
    ] {
        let (address, _, task) = peer(status, body).await;
        w.to(&mut b, "next", &[("metadata_url", &address)], "import-metadata").await;
        let page = b.page(&w.at).await;
        let problem = page.split("id=\"f-metadata_url-problem\"").nth(1).unwrap().split("</p>").next().unwrap();
        assert!(problem.contains(words), "{words} in {problem}");
        assert_eq!(w.form(&mut b).await.get("metadata_url"), Some(address.as_str()), "what was typed is kept");
        task.abort();
    }
    for (address, words) in [("http://metadata.example/", "Use https://"), ("metadata.example", "beginning with https://")] {
        w.to(&mut b, "next", &[("metadata_url", address)], "import-metadata").await;
        let page = b.page(&w.at).await;
        assert!(page.contains(words), "{words} in {page}");
    }
    // Never by going back: an address that was not read keeps the connection from being saved, and says so.
    w.to(&mut b, "previous", &[("metadata_url", "http://127.0.0.1:1/x")], "connection-options").await;
    w.to(&mut b, "goto:general-info", &[], "general-info").await;
    assert!(w.form(&mut b).await.get("entity_id").unwrap().contains("d-1234567890"));
    w.to(&mut b, "goto:import-metadata", &[], "import-metadata").await;
    w.to(&mut b, "next", &[("metadata_url", "")], "general-info").await;
    house.stop().await;
}

#[tokio::test]
async fn a_reading_cannot_be_posted() {
    let house = House::open_without_worker().await;
    let mut b = house.administrator().await;
    let mut w = at_template(&mut b).await;
    let form = w.form(&mut b).await;
    let forged = r##"{"Read":{"entity_id":"urn:forged","assertion_consumers":[],"logout":[],"name_id_formats":[],"certificates":[],"authn_requests_signed":false,"want_assertions_signed":false,"organization":"","contact":null,"valid_until":null,"is_signed":false,"notes":[]}}"##;
    let pairs = [("use_template", "no"), ("metadata_file#read", forged), ("metadata_url#read", forged), ("nav", "next")];
    w.at = b.post(&form.action, &pairs).await.location().to_owned();
    assert_eq!(w.tab(), "connection-type");
    on_to_general(&mut w, &mut b).await;
    assert_eq!(w.form(&mut b).await.get("entity_id"), Some(""));
    house.stop().await;
}

/// Removing a type asks first, and what was set up for it goes with Save.
#[tokio::test]
async fn a_type_is_removed_only_when_somebody_agrees() {
    let house = House::open_without_worker().await;
    let mut b = house.administrator().await;
    crate::wizard::make_connection(&house, &mut b).await;
    let edit = format!("/sp-connections/{}/edit", saved(&house, "AWS IAM Identity Center").await.id);
    let mut w = Wizard::begin(&mut b, &edit).await;
    w.to(&mut b, "goto:connection-type", &[], "connection-type").await;
    w.to(&mut b, "next", &[("outbound_provisioning", "")], "connection-type").await;
    let page = b.page(&w.at).await;
    assert!(page.contains("Save removes ‘People’") && page.contains("Tick Remove its channel"), "{page}");
    // Ticked again, everything is as it was.
    w.to(&mut b, "next", &[("outbound_provisioning", "on")], "general-info").await;
    assert!(!b.page(&w.at).await.contains("Remove its channel"));
    w.to(&mut b, "goto:connection-type", &[], "connection-type").await;
    w.to(&mut b, "next", &[("outbound_provisioning", ""), ("browser_sso", "on")], "connection-type").await;
    w.to(&mut b, "next", &[("remove_channels", "on")], "connection-options").await;
    assert_eq!(saved(&house, "AWS IAM Identity Center").await.provisioning.channels.len(), 1, "until Save nothing is lost");
    w.to(&mut b, "goto:general-info", &[], "general-info").await;
    assert_eq!(saved(&house, "AWS IAM Identity Center").await.browser_sso.assertion.subject_format, SubjectFormat::EmailAddress);
    house.stop().await;
}
