//! Server-sent events of the channels.

use crate::house::House;
use http_body_util::BodyExt;
use hyper::body::{Bytes, Incoming};
use std::time::Duration;

async fn next(body: &mut Incoming) -> String {
    let frame = tokio::time::timeout(Duration::from_secs(5), body.frame()).await.unwrap().unwrap().unwrap();
    String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn one_event_at_once_and_one_after_each_change() {
    let house = House::open().await;
    let mut browser = house.administrator().await;
    let response = browser.open("GET", "/events/channels", &[], Bytes::new()).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut body = response.into_body();
    assert_eq!(next(&mut body).await, "event: status\ndata: changed\n\n");
    let quiet = tokio::time::timeout(Duration::from_millis(600), body.frame()).await;
    assert!(quiet.is_err(), "nothing changed, and yet {quiet:?}");

    // A saved connection is a change.
    let local = crate::command_line::LOCAL;
    let service = &house.service;
    let service::drafts::Next::Tab(draft, path) = service.new_data_store(&local).await.unwrap() else { panic!("no tab") };
    let fields = |pairs: &[(&str, &str)]| pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect::<domain::form::Fields>();
    service.post_draft(&local, &draft, &path, "next", fields(&[("name", "AD"), ("type", "ldap")])).await.unwrap();
    let view = service.view_draft(&local, &draft, "ldap-configuration").await.unwrap();
    let mut typed: domain::form::Fields = view.fields.into_iter().map(|f| (f.spec.name, f.value)).collect();
    typed.set("hostnames", "127.0.0.1:1");
    typed.set("bind_anonymously", "on");
    let saved = service.post_draft(&local, &draft, "ldap-configuration", "save", typed).await.unwrap();
    assert_eq!(saved, service::drafts::Next::List("data_store"));
    assert_eq!(next(&mut body).await, "event: status\ndata: changed\n\n");

    // A stop ends the stream instead of waiting for the browser.
    let begun = std::time::Instant::now();
    house.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}
