//! Protocol Settings and Metadata Export at the console, and the metadata for everybody.

use crate::house::House;
use crate::security::create_key;
use crate::wizard::{Wizard, make_connection};
use server::config::{ProvisionerMode, Setting, Source};

#[tokio::test]
async fn settings_follow_the_process_until_they_are_stored() {
    let house = House::open_as(|config| {
        config.provisioner_mode = Setting { value: ProvisionerMode::Off, source: Source::File };
        config.frequency_secs = Setting { value: 300, source: Source::Flag };
    })
    .await;
    let mut b = house.administrator().await;
    let page = b.page("/protocol-settings").await;
    let address = format!("http://{}", house.address);
    for part in [
        format!("{address} (the address this server listens on)"),
        format!("{address}/idp/metadata (made from the Base URL)"),
        "300 seconds (provisioner.frequency_secs, set by --provisioner-frequency-secs or TOWPATH_PROVISIONER_FREQUENCY_SECS)".to_owned(),
        "OFF (set by provisioner.mode in the settings file)".to_owned(),
    ] {
        assert!(page.contains(&part), "{part}: {page}");
    }
    let mut w = Wizard::begin(&mut b, "/protocol-settings/edit").await;
    assert_eq!(w.tab(), "federation-info");
    w.to(&mut b, "next", &[], "outbound-provisioning").await;
    w.to(&mut b, "previous", &[("frequency_secs", "90")], "federation-info").await;
    w.to(&mut b, "next", &[("base_url", "sso.example.com")], "federation-info").await;
    assert!(b.page(&w.at).await.contains("This is not a web address"));
    let fields = [("base_url", "https://sso.example.com/"), ("entity_id", "urn:example:idp")];
    w.to(&mut b, "next", &fields, "outbound-provisioning").await;
    w.press(&mut b, "save", &[]).await;
    assert_eq!(w.at, "/protocol-settings");
    let page = b.page("/protocol-settings").await;
    for part in [">https://sso.example.com<", ">urn:example:idp<", ">90 seconds<"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    house.stop().await;
}

#[tokio::test]
async fn two_who_edit_settings_at_once_do_not_overwrite_each_other() {
    let house = House::open_without_worker().await;
    let mut b = house.administrator().await;
    house.service.create_account("eve", &domain::secret::Secret::new("another password"), false).await.unwrap();
    let mut eve = house.visitor();
    eve.post("/sign-in", &[("username", "eve"), ("password", "another password")]).await;
    let mine = Wizard::begin(&mut b, "/protocol-settings/edit").await;
    let mut hers = Wizard::begin(&mut eve, "/protocol-settings/edit").await;
    hers.press(&mut eve, "save", &[]).await;
    let answer = b.post(&mine.at, &[("nav", "save")]).await;
    assert!(answer.location().ends_with("/changes"), "{}", answer.location());
    assert!(b.page(answer.location()).await.contains("eve saved it"));
    house.stop().await;
}

/// The certificates of a document, in order.
fn certificates(document: &str) -> Vec<String> {
    let parts = document.split("<md:KeyDescriptor").skip(1);
    parts.map(|part| part.split("<ds:X509Certificate>").nth(1).unwrap().split('<').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn metadata_is_exported_saved_and_served_to_everybody() {
    let house = House::open_without_worker().await;
    let mut b = house.administrator().await;
    let mut anybody = house.visitor();
    let answer = anybody.get("/idp/metadata").await;
    assert_eq!(answer.status, 404);
    assert!(answer.body.contains("No metadata was exported"), "{}", answer.body);

    // Without a key there is nothing to export.
    let mut w = Wizard::begin(&mut b, "/metadata-export/edit").await;
    w.to(&mut b, "next", &[], "signing-key").await;
    assert!(b.page(&w.at).await.contains("There is no key yet"));
    w.to(&mut b, "next", &[], "signing-key").await;
    let draft = w.at.split('/').nth(2).unwrap().to_owned();
    let download = format!("/drafts/{draft}/files/metadata.xml");
    assert_eq!(b.get(&download).await.status, 422);

    let key = create_key(&mut b, "sso1", "ec_p256").await;
    let id = key.rsplit('/').next().unwrap();
    w.to(&mut b, "next", &[("signing_key", id)], "metadata-signing").await;
    w.to(&mut b, "next", &[("signature_key", id)], "export-summary").await;
    let page = b.page(&w.at).await;
    assert!(page.contains(&download) && page.contains("CN=sso1, O=Example &amp; Co (EC P-256, until"), "{page}");
    let answer = b.get(&download).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/samlmetadata+xml"));
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"metadata.xml\"");
    let address = format!("http://{}", house.address);
    for part in [
        format!("entityID=\"{address}/idp/metadata\""),
        format!("Location=\"{address}/idp/SSO.saml2\""),
        format!("Location=\"{address}/idp/SLO.saml2\""),
        "<ds:Signature ".to_owned(),
        "nameid-format:unspecified".to_owned(),
    ] {
        assert!(answer.body.contains(&part), "{part}: {}", answer.body);
    }
    assert_eq!(anybody.get(&download).await.status, 303, "a draft is its owner's");
    assert_eq!(anybody.get("/idp/metadata").await.status, 404, "not saved yet");
    w.press(&mut b, "save", &[]).await;
    assert_eq!(w.at, "/metadata-export");
    let page = b.page("/metadata-export").await;
    assert!(page.contains(&format!("{address}/idp/metadata")) && page.contains("Served"), "{page}");

    let served = anybody.get("/idp/metadata").await;
    assert_eq!((served.status, served.header("content-type")), (200, "application/samlmetadata+xml"));
    assert_eq!(certificates(&served.body).len(), 1);
    // A key that is used stays; while it is rotated, both certificates are there.
    let local = crate::command_line::LOCAL;
    let id = domain::id::SigningKeyId::parse(id).unwrap();
    let refused = house.service.delete_signing_key(&local, &id).await.unwrap_err().to_string();
    assert!(refused.contains("used by Metadata Export (Signing Key)"), "{refused}");
    house.service.rotate_signing_key(&local, &id).await.unwrap();
    let rotating = certificates(&anybody.get("/idp/metadata").await.body);
    assert_eq!((rotating.len(), &rotating[..1]), (2, &certificates(&served.body)[..]));
    house.service.activate_signing_key(&local, &id).await.unwrap();
    assert_eq!(certificates(&anybody.get("/idp/metadata").await.body), rotating[1..]);
    house.stop().await;
}

#[tokio::test]
async fn a_partner_gets_metadata_made_for_it() {
    let house = House::open_without_worker().await;
    let mut b = house.administrator().await;
    let mut anybody = house.visitor();
    let key = create_key(&mut b, "sso1", "ec_p256").await;
    let id = key.rsplit('/').next().unwrap();
    make_connection(&house, &mut b).await;
    let local = crate::command_line::LOCAL;
    let connection = house.service.list_connections(&local).await.unwrap().remove(0);

    let mut w = Wizard::begin(&mut b, "/metadata-export/edit").await;
    w.to(&mut b, "next", &[("mode", "connection")], "connection-metadata").await;
    w.to(&mut b, "next", &[("connection", connection.id.as_str())], "signing-key").await;
    w.to(&mut b, "next", &[("signing_key", id)], "metadata-signing").await;
    w.to(&mut b, "next", &[], "export-summary").await;
    let draft = w.at.split('/').nth(2).unwrap();
    let exported = b.page(&format!("/drafts/{draft}/files/metadata.xml")).await;
    w.press(&mut b, "save", &[]).await;

    let entity_id: String = url::form_urlencoded::byte_serialize(connection.general.entity_id.as_bytes()).collect();
    let partner = format!("/pf/federation_metadata.ping?PartnerSpId={entity_id}");
    let served = anybody.page(&partner).await;
    for document in [&exported, &served] {
        assert!(document.contains("nameid-format:emailAddress") && !document.contains("nameid-format:unspecified"), "{document}");
        assert!(!document.contains("<ds:Signature "), "{document}");
    }
    assert!(anybody.page("/idp/metadata").await.contains("nameid-format:unspecified"));
    assert_eq!(anybody.get("/pf/federation_metadata.ping?PartnerSpId=urn:other").await.status, 404);
    assert_eq!(anybody.get("/pf/federation_metadata.ping").await.status, 400);
    house.service.enable_connection(&local, &connection.id, false).await.unwrap();
    assert_eq!(anybody.get(&partner).await.status, 404, "a connection that is not enabled is no partner");
    house.stop().await;
}
