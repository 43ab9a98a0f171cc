//! SP Connections that are copied, exported, imported and deleted.

use crate::browser::{Answer, Browser};
use crate::house::House;
use crate::security::{create_key, press, upload};
use crate::wizard::{TOKEN, Wizard, make_connection};
use app::error::{AppError, Used};
use domain::id::ConnectionId;
use domain::model::sp_connection::SpConnection;
use leptos::server_fn::error::ServerFnUrlError;
use store::{Keys, Store};

/// The id of the first connection in the list.
async fn first_id(browser: &mut Browser) -> String {
    let page = browser.page("/sp-connections").await;
    page.split("action=\"/sp-connections/").map(|rest| rest.split('/').next().unwrap()).find(|id| id.len() == 32).unwrap().to_owned()
}

async fn copy(browser: &mut Browser, id: &str) -> Wizard {
    let answer = browser.post("/sp-connections/copy", &[("id", id)]).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    Wizard { at: answer.location().to_owned() }
}

/// What the page says that a refused post led back to.
fn refusal(answer: &Answer) -> AppError {
    assert!((302..=303).contains(&answer.status), "{} {}", answer.status, answer.body);
    refusal_at(answer.location())
}

fn refusal_at(location: &str) -> AppError {
    let query = location.split_once('?').map_or("", |(_, query)| query);
    let error = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "__err").map(|(_, error)| error.into_owned());
    ServerFnUrlError::decode_err(&error.unwrap_or_else(|| panic!("no refusal in {location}")))
}

#[tokio::test]
async fn a_copy_is_a_draft_that_runs_nothing_and_asks_for_its_secrets() {
    let house = House::open_without_worker().await;
    let mut b = house.administrator().await;
    make_connection(&house, &mut b).await;
    let id = first_id(&mut b).await;
    let mut w = copy(&mut b, &id).await;
    let page = b.page(&w.at).await;
    for said in ["This is a copy of ‘", "Its channels are inactive", "Secrets were left out"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let list = b.page("/sp-connections").await;
    assert!(list.contains("Drafts") && list.contains("Resume Copy of "), "{list}");

    // It cannot be saved without the token.
    w.at = format!("{}/activation-summary", w.at.rsplit_once('/').unwrap().0);
    w.press(&mut b, "save", &[]).await;
    assert_eq!(w.tab(), "target", "{}", b.page(&w.at).await);
    w.press(&mut b, "save", &[("access_token", "another-token")]).await;
    assert_eq!(w.at, "/sp-connections", "{}", b.page(&w.at).await);

    let all = house.service.list_connections(&crate::command_line::LOCAL).await.unwrap();
    let [original, copied] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!(copied.general.name, format!("Copy of {}", original.general.name));
    assert_eq!(copied.general.entity_id, format!("{}-copy", original.general.entity_id));
    let (new, old) = (&copied.provisioning.channels[0], &original.provisioning.channels[0]);
    assert!(!new.active && old.active && new.id != old.id && copied.id != original.id);
    assert_eq!((&new.mapping, &new.location, &new.data_store), (&old.mapping, &old.location, &old.data_store));
    assert_eq!(house.service.target_secrets(copied).unwrap()["access_token"].expose(), "another-token");

    // The next copy gets a number.
    let again = copy(&mut b, &id).await;
    assert!(b.page(&again.at).await.contains("has got a number"));
    house.stop().await;
}

#[tokio::test]
async fn an_exported_connection_comes_back_as_a_draft() {
    let house = House::open_without_worker().await;
    let mut b = house.administrator().await;
    make_connection(&house, &mut b).await;
    let id = first_id(&mut b).await;
    let file = b.get(&format!("/sp-connections/{id}/export.json")).await;
    assert_eq!((file.status, file.header("content-type")), (200, "application/json"));
    assert!(file.header("content-disposition").contains("attachment; filename=\"AWS"), "{}", file.header("content-disposition"));
    assert!(!file.body.contains(TOKEN) && !file.body.contains("ciphertext"), "a secret is in the file: {}", file.body);
    let json: serde_json::Value = serde_json::from_str(&file.body).unwrap();
    assert_eq!(json["secrets"], serde_json::json!(["access_token"]));
    assert_eq!(json["references"][0]["name"], "AD");

    // Into a house where there is no such Data Store.
    let other = House::open_without_worker().await;
    let mut c = other.administrator().await;
    let answer = upload(&mut c, "/sp-connections/import", file.body.as_bytes(), &[]).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let page = c.page(answer.location()).await;
    for said in ["This was read from a file", "The Data Store ‘AD’ is not here", "Its channels are inactive", "Secrets were left out"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    other.stop().await;

    // And into its own, where its Data Store is found by its name and its own name is taken.
    let answer = upload(&mut b, "/sp-connections/import", b"", &[("text", &file.body)]).await;
    let page = b.page(answer.location()).await;
    assert!(page.contains("has got a number") && !page.contains("is not here"), "{page}");

    for (text, said) in [
        ("not json", "no SP Connection that Towpath exported"),
        (&file.body.replacen("\"version\": 1", "\"version\": 9", 1), "format version 9, and this Towpath reads version 1"),
        (&file.body.replace("aws-iam-identity-center", "no-such-connector"), "the connector no-such-connector, which is not installed"),
    ] {
        let answer = upload(&mut b, "/sp-connections/import", text.as_bytes(), &[]).await;
        assert!(refusal(&answer).to_string().contains(said), "{said}: {}", refusal(&answer));
        assert!(b.page(answer.location()).await.contains("Import Connection"));
    }
    house.stop().await;
}

#[tokio::test]
async fn a_used_connection_and_a_used_key_lead_to_what_uses_them() {
    let house = House::open_without_worker().await;
    let mut b = house.administrator().await;
    make_connection(&house, &mut b).await;
    let id = first_id(&mut b).await;
    let unmade = b.get(&format!("/sp-connections/{id}/metadata.xml")).await;
    assert!(unmade.status == 409 && unmade.body.contains("choose the Signing Key"), "{} {}", unmade.status, unmade.body);

    let key = create_key(&mut b, "sso1", "ec_p256").await;
    let key_id = key.rsplit('/').next().unwrap();
    let mut w = Wizard::begin(&mut b, "/metadata-export/edit").await;
    w.to(&mut b, "next", &[("mode", "connection")], "connection-metadata").await;
    w.to(&mut b, "next", &[("connection", id.as_str())], "signing-key").await;
    w.to(&mut b, "next", &[("signing_key", key_id)], "metadata-signing").await;
    w.to(&mut b, "next", &[], "export-summary").await;
    w.press(&mut b, "save", &[]).await;

    let metadata = b.get(&format!("/sp-connections/{id}/metadata.xml")).await;
    assert_eq!((metadata.status, metadata.header("content-type")), (200, "application/samlmetadata+xml"));
    let connection = house.service.list_connections(&crate::command_line::LOCAL).await.unwrap().remove(0);
    let entity_id: String = url::form_urlencoded::byte_serialize(connection.general.entity_id.as_bytes()).collect();
    let served = b.page(&format!("/pf/federation_metadata.ping?PartnerSpId={entity_id}")).await;
    let body = |xml: &str| xml.split("ID=\"").nth(1).and_then(|rest| rest.split_once('"')).map(|(_, rest)| rest.to_owned());
    assert_eq!(body(&metadata.body), body(&served), "a partner reads the same");

    let location = press(&mut b, "/sp-connections", "/api/sp-connections/delete").await;
    let page = b.page(&location).await;
    assert!(page.contains("is used by Metadata Export (Metadata Mode)"), "{page}");
    assert!(page.contains(&format!("href=\"/sp-connections/{id}/usage\"")), "{page}");
    assert!(matches!(refusal_at(&location), AppError::InUse { of: Used::SpConnection(_), .. }));
    let usage = b.page(&format!("/sp-connections/{id}/usage")).await;
    assert!(usage.contains("href=\"/metadata-export\"") && usage.contains("Metadata Mode"), "{usage}");

    let location = press(&mut b, "/signing-keys", "/api/signing-keys/delete").await;
    let page = b.page(&location).await;
    assert!(page.contains("is used by Metadata Export (Signing Key)") && page.contains(&format!("href=\"{key}\"")), "{page}");
    assert!(b.page(&key).await.contains("href=\"/metadata-export\""));
    house.stop().await;
}

#[tokio::test]
async fn newer_metadata_shows_what_it_changes_before_it_is_saved() {
    let house = House::open_without_worker().await;
    let mut b = house.administrator().await;
    let mut connection = SpConnection::new(ConnectionId::parse("c1").unwrap());
    connection.browser_sso_profiles = true;
    connection.general.name = "Wiki".into();
    connection.general.entity_id = "https://wiki.example.com/saml".into();
    let mut plain = SpConnection::new(ConnectionId::parse("c2").unwrap());
    plain.general.name = "Plain".into();
    plain.general.entity_id = "plain".into();
    let file = house.data_dir().join("towpath.db");
    let store = Store::open(file.to_str().unwrap(), Keys::from_bytes([7; 32])).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    tx.insert_connection(&connection, "admin", 1).await.unwrap();
    tx.insert_connection(&plain, "admin", 1).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;

    let list = b.page("/sp-connections").await;
    assert!(list.contains("href=\"/sp-connections/c1/update\"") && !list.contains("href=\"/sp-connections/c2/update\""), "{list}");
    assert!(b.page("/sp-connections/c1/update").await.contains("Update Wiki with Metadata"));
    // What has gone since it was saved is said in the list and on the summary.
    let mut broken = SpConnection::new(ConnectionId::parse("c3").unwrap());
    broken.browser_sso_profiles = true;
    broken.general.name = "Broken".into();
    broken.general.entity_id = "broken".into();
    broken.credentials.signing_key = Some(domain::id::SigningKeyId::parse("gone").unwrap());
    let store = Store::open(file.to_str().unwrap(), Keys::from_bytes([7; 32])).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    tx.insert_connection(&broken, "admin", 1).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;
    let warning = "Its Signing Certificate is not there any more";
    assert!(b.page("/sp-connections").await.contains(warning));
    let summary = Wizard::begin(&mut b, "/sp-connections/c3/edit").await;
    assert!(b.page(&summary.at).await.contains(warning), "{}", summary.at);

    let metadata = "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"https://wiki.example.com/saml\">\
                    <md:SPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><md:AssertionConsumerService \
                    Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://wiki.example.com/acs2\" index=\"0\"/>\
                    </md:SPSSODescriptor></md:EntityDescriptor>";
    let answer = upload(&mut b, "/sp-connections/c1/update", metadata.as_bytes(), &[]).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let page = b.page(answer.location()).await;
    assert!(page.contains("The metadata changes what follows") && page.contains("https://wiki.example.com/acs2"), "{page}");
    let stored = house.service.list_connections(&crate::command_line::LOCAL).await.unwrap().remove(2);
    assert_eq!(stored, connection, "nothing is stored before it is saved");
    assert!(b.page("/sp-connections").await.contains("Resume Wiki (changes)"));

    // The same again, in the same draft, changes nothing more.
    let again = upload(&mut b, "/sp-connections/c1/update", metadata.as_bytes(), &[]).await;
    assert_eq!(again.location(), answer.location());
    assert!(b.page(again.location()).await.contains("nothing changes"));

    let refused = upload(&mut b, "/sp-connections/c1/update", b"", &[]).await;
    assert!(refusal(&refused).to_string().contains("Choose a file"), "{}", refusal(&refused));
    let refused = upload(&mut b, "/sp-connections/c1/update", b"<html/>", &[]).await;
    assert!(b.page(refused.location()).await.contains("role=\"alert\""));
    let refused = upload(&mut b, "/sp-connections/c1/update", b"", &[("address", "http://wiki.example.com/saml")]).await;
    assert!(refusal(&refused).to_string().contains("https://"), "{}", refusal(&refused));
    let refused = upload(&mut b, "/sp-connections/c2/update", metadata.as_bytes(), &[]).await;
    assert!(refusal(&refused).to_string().contains("no Browser SSO"), "{}", refusal(&refused));
    house.stop().await;
}
