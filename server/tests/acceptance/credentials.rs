//! What is refused for its credentials, host or certificate is said in a sentence that says what to do.

use crate::company::Company;
use crate::house::{Channel, House, says, sentence};
use crate::slapd::free_port;
use crate::stage::Stage;
use domain::model::cycle::CycleState;
use domain::model::report::Level;
use sandbox::aws::{Effect, Fault, On, When};
use sandbox::directory::Directory;

/// Saves another Data Store and waits for the cycle that follows.
async fn edit_store(house: &House, channel: &Channel, pairs: &[(&'static str, String)]) -> Vec<domain::model::cycle::Cycle> {
    let before = house.newest(channel).await;
    house.edit_data_store(pairs).await;
    house.settled(channel, before).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_aws_does_not_know_stops_the_channel_until_another_is_saved() {
    let stage = Stage::new(Directory::generated(1, 40, 1)).await;
    let mut setup = stage.setup();
    setup.target[1].1 = "not-the-token".into();
    let (house, channel) = (&stage.house, stage.configure_with(&setup).await);
    let stopped = house.stopped_reason(&channel).await.unwrap();
    says(&stopped, &["401", "token", "Target"]);
    assert_eq!(house.newest(&channel).await.unwrap().error.as_ref(), Some(&stopped));
    assert_eq!(house.detail(&channel).await.glance.status, None, "it does not go on by itself");
    let report = house.test_target(&channel, &[]).await;
    assert!(report.lines.iter().any(|l| l.level == Level::Failed && l.found.contains("401")), "{report:?}");
    let report = house.test_target(&channel, &[("access_token", stage.aws.token())]).await;
    assert!(report.passed(), "{report:?}");

    // A new token is saved, and revoked while people are being created.
    stage.aws.set_faults(vec![Fault::new(On::Writes, When::After(9), Effect::Unauthorized)]);
    let cycles = house.edit(&channel, "target", &[("access_token", stage.aws.token())]).await;
    says(sentence(&cycles), &["401", "token"]);
    let refused = stage.refused().iter().filter(|e| e.operation.is_some_and(|o| o.is_write())).count();
    assert!(refused <= 8, "all stop at the first refusal: {refused}");
    assert_eq!(stage.aws.users().len(), 9);

    stage.aws.clear_faults();
    let cycles = house.edit(&channel, "target", &[("access_token", stage.aws.token())]).await;
    assert_eq!(cycles.last().unwrap().state, CycleState::Succeeded, "{cycles:?}");
    assert_eq!(house.stopped_reason(&channel).await, None);
    stage.check("the token is good again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn directories_that_cannot_be_reached_or_trusted() {
    let company = Company::start(45, 2).await;
    let folder = tempfile::tempdir().unwrap();
    let house = House::open(folder.path()).await;
    let slapd = &company.slapd;
    let tls = format!("127.0.0.1:{}", slapd.tls_port);
    let password = || ("password", slapd.told("bind_password"));
    let mut fields = slapd.fields(slapd.addr());
    fields[4].1 = "wrong".into();
    let store = house.data_store(&fields).await;
    let channel = house.channel(&store, &company.setup()).await;
    says(&house.stopped_reason(&channel).await.unwrap(), &["cn=sync", "password"]);

    let nobody = format!("127.0.0.1:{}", free_port());
    let cycles = edit_store(&house, &channel, &[("hostnames", nobody.clone()), password()]).await;
    says(sentence(&cycles), &[&nobody, "refused"]);
    let cycles = edit_store(&house, &channel, &[("hostnames", "directory.invalid".into()), password()]).await;
    says(sentence(&cycles), &["directory.invalid"]);

    let untrusted = [("hostnames", tls.clone()), ("tls", "ldaps".into()), password()];
    let cycles = edit_store(&house, &channel, &untrusted).await;
    says(sentence(&cycles), &["certificate", "Trusted CA"]);
    let report = house.test_data_store(&untrusted).await;
    assert!(report.lines.iter().any(|l| l.level == Level::Failed && l.found.contains("ertificate")), "{report:?}");
    assert!(company.scim.users().await.is_empty());

    let trusted = [("hostnames", tls), ("tls", "ldaps".into()), ("trusted_ca", slapd.ca_pem()), password()];
    let report = house.test_data_store(&trusted).await;
    assert!(report.passed(), "{report:?}");
    let cycles = edit_store(&house, &channel, &trusted).await;
    assert_eq!(cycles.last().unwrap().state, CycleState::Succeeded, "{cycles:?}");
    company.check("LDAPS").await;
    let start_tls = [("hostnames", slapd.addr().to_string()), ("tls", "starttls".into()), ("trusted_ca", slapd.ca_pem()), password()];
    let cycles = edit_store(&house, &channel, &start_tls).await;
    assert_eq!((cycles.len(), cycles[0].state, cycles[0].touched()), (1, CycleState::Succeeded, 0), "{cycles:?}");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn targets_that_cannot_be_reached_or_trusted() {
    let mut company = Company::start(45, 2).await;
    let folder = tempfile::tempdir().unwrap();
    let house = House::open(folder.path()).await;
    let channel = company.configure(&house).await;
    company.check("the first cycle").await;
    let token = || ("access_token", crate::scim_server::TOKEN.to_owned());
    let before = company.scim.users().await;

    // Any server with a certificate of a private authority will do.
    let untrusted = format!("https://127.0.0.1:{}/scim/v2", company.slapd.tls_port);
    let cycles = house.edit(&channel, "target", &[("scim_url", untrusted), token()]).await;
    says(sentence(&cycles), &["certificate", "Trusted CA"]);
    let port = free_port();
    let cycles = house.edit(&channel, "target", &[("scim_url", format!("http://127.0.0.1:{port}/")), token()]).await;
    says(sentence(&cycles), &[&port.to_string(), "refused"]);
    let cycles = house.edit(&channel, "target", &[("scim_url", "https://scim.invalid/v2".into()), token()]).await;
    says(sentence(&cycles), &["scim.invalid"]);

    // Back at the old one everybody is found again.
    let cycles = house.edit(&channel, "target", &[("scim_url", format!("http://{}", company.relay.addr)), token()]).await;
    assert_eq!(cycles.last().unwrap().state, CycleState::Succeeded, "{cycles:?}");
    company.check("back again").await;
    assert_eq!(company.scim.users().await.len(), before.len());
    company.departed.clear();
    house.stop().await;
}
