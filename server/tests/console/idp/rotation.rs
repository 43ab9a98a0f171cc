//! The key that signs is another from one sign-on to the next, as soon as somebody says so.

use super::{ENTITY_ID, Idp, LOCAL, TOBIAS};
use domain::model::sp_connection::SpConnection;
use service::walk::Walk;

#[tokio::test]
async fn a_key_is_rotated_while_people_sign_on() {
    let idp = Idp::open().await;
    let service = &idp.house.service;
    let id = service.list_signing_keys(&LOCAL).await.unwrap()[0].id.clone();
    let mut b = idp.house.visitor();
    let first = idp.certificate().await;
    assert_eq!(idp.sign_on(&mut b, &idp.request(), TOBIAS, &idp.password).await.signatures(&first), 2);

    // Both are published, and the first signs.
    let key = id.to_string();
    let mut w = Walk::new(service, &LOCAL, service.edit_metadata_export(&LOCAL).await.unwrap());
    w.press("next", &[]).await.unwrap();
    w.press("next", &[("signing_key", &key)]).await.unwrap();
    w.press("next", &[]).await.unwrap();
    w.press("save", &[]).await.unwrap();
    service.rotate_signing_key(&LOCAL, &id).await.unwrap();
    let next = service.signing_certificate(&LOCAL, &id, true).await.unwrap();
    assert_ne!(first, next);
    let published = service.public_metadata(Some(ENTITY_ID)).await.unwrap().unwrap();
    let body = |pem: &str| pem.lines().filter(|line| !line.contains("-----")).collect::<String>();
    let published: String = published.split_whitespace().collect();
    assert!(published.contains(&body(&first)) && published.contains(&body(&next)), "{published}");
    assert_eq!(idp.sign_on(&mut b, &idp.request(), TOBIAS, &idp.password).await.signatures(&first), 2);

    // The next one signs at once, whatever was kept of the first.
    service.activate_signing_key(&LOCAL, &id).await.unwrap();
    assert_eq!(idp.certificate().await, next);
    assert_eq!(idp.sign_on(&mut b, &idp.request(), TOBIAS, &idp.password).await.signatures(&next), 2);

    // Another algorithm.
    let mut w = Walk::new(service, &LOCAL, service.new_signing_key(&LOCAL).await.unwrap());
    w.press("next", &[("common_name", "ec.canal.example"), ("algorithm", "ec_p256")]).await.unwrap();
    w.press("save", &[]).await.unwrap();
    let keys = service.list_signing_keys(&LOCAL).await.unwrap();
    let other = keys.iter().find(|key| key.id != id).unwrap().id.clone();
    idp.change(|connection: &mut SpConnection| connection.credentials.signing_key = Some(other.clone())).await;
    let certificate = service.signing_certificate(&LOCAL, &other, false).await.unwrap();
    let posted = idp.sign_on(&mut b, &idp.request(), TOBIAS, &idp.password).await;
    assert!(posted.xml.contains("ecdsa-sha256") && !posted.xml.contains("rsa-sha256"), "{}", posted.xml);
    assert_eq!(posted.signatures(&certificate), 2);
    idp.stop().await;
}
