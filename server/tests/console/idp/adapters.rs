//! Several adapters on one connection, and several validators behind one form.

use super::{INGRID, Idp, LOCAL, Posted, TOBIAS, arrive, fill, post_fields, refused};
use crate::form::Form;
use domain::id::PcvId;
use domain::model::browser_sso::{AdapterMapping, CriterionCondition, CriterionSource, IssuanceCriterion, MappingMethod, ValueSource};
use service::walk::Walk;

/// Adds a validator with a list of its own, of somebody whose directory password is another.
async fn with_list(idp: &Idp) -> String {
    let service = &idp.house.service;
    let mut w = Walk::new(service, &LOCAL, service.new_pcv(&LOCAL).await.unwrap());
    w.press("next", &[("name", "Emergency"), ("instance_id", "list"), ("type", "simple")]).await.unwrap();
    w.press("row-add", &[]).await.unwrap();
    w.press("row-update:0", &[("rows.0.username", TOBIAS), ("rows.0.password", "from the list")]).await.unwrap();
    w.press("row-add", &[]).await.unwrap();
    w.press("row-update:1", &[("rows.1.username", "lock.keeper@canal.example"), ("rows.1.password", "from the list")]).await.unwrap();
    w.press("save", &[]).await.unwrap();
    let pcvs = service.list_pcvs(&LOCAL).await.unwrap();
    pcvs.iter().find(|row| row.pcv.instance_id == "list").unwrap().pcv.id.to_string()
}

/// Adds an adapter that asks the list, behind the first.
async fn with_adapter(idp: &Idp, list: &str) {
    let service = &idp.house.service;
    let mut w = Walk::new(service, &LOCAL, service.new_idp_adapter(&LOCAL).await.unwrap());
    w.press("next", &[("name", "Visitors <B>"), ("instance_id", "form2"), ("type", "html_form")]).await.unwrap();
    w.press("row-add", &[]).await.unwrap();
    w.press("row-update:0", &[("rows.0.instance", list)]).await.unwrap();
    w.press("next", &[]).await.unwrap();
    w.press("next", &[]).await.unwrap();
    w.press("next", &[("pseudonym.username", "on")]).await.unwrap();
    w.press("save", &[]).await.unwrap();
    let adapters = service.list_idp_adapters(&LOCAL).await.unwrap();
    let second = adapters.iter().find(|row| row.adapter.instance_id == "form2").unwrap().adapter.id.clone();
    named_by_username(idp).await;
    idp.change(|connection| {
        let sources = &mut connection.browser_sso.assertion.sources;
        let another = AdapterMapping { adapter: Some(second), ..sources[0].clone() };
        sources.push(another);
    })
    .await;
}

/// Names people as they are called here, whether the directory knows them or not.
async fn named_by_username(idp: &Idp) {
    idp.change(|connection| {
        let source = &mut connection.browser_sso.assertion.sources[0];
        source.method = MappingMethod::Adapter;
        let row = &mut source.fulfillment[0];
        (row.source, row.value) = (ValueSource::Adapter, "username".into());
    })
    .await;
}

#[tokio::test]
async fn validators_are_asked_in_order_until_one_accepts() {
    let idp = Idp::open().await;
    let list = PcvId::parse(&with_list(&idp).await).unwrap();
    let asked = async || idp.directory.operations().searches;
    let mut b = idp.house.visitor();
    // Behind the directory: who is there by the directory's password, and both by the list's.
    idp.change_adapter(|adapter| adapter.validators.push(list)).await;
    named_by_username(&idp).await;
    for (username, password) in [
        (TOBIAS, idp.password.as_str()),
        (TOBIAS, "from the list"),
        ("lock.keeper@canal.example", "from the list"),
        (INGRID, &idp.password),
    ] {
        let posted = idp.sign_on(&mut b, &idp.request(), username, password).await;
        assert_eq!((posted.status(), posted.text("NameID")), (vec!["Success".to_owned()], username.to_owned()), "{username} {password}");
    }
    let page = arrive(&mut b, &idp.request()).await;
    let answer = fill(&mut b, &page, INGRID, "from the list").await;
    assert!(answer.body.contains("recognize the username or password"), "{}", answer.body);
    // What the directory says of an account counts for more than that the list does not know it.
    let page = arrive(&mut b, &idp.request()).await;
    let answer = fill(&mut b, &page, "walter.steiner@canal.example", &idp.password).await;
    assert!(answer.body.contains("Your account is disabled."), "{}", answer.body);
    // In front of it, the directory is not asked for who is in the list.
    idp.change_adapter(|adapter| adapter.validators.reverse()).await;
    let before = asked().await;
    assert_eq!(idp.sign_on(&mut b, &idp.request(), TOBIAS, "from the list").await.status(), ["Success"]);
    assert_eq!(asked().await, before);
    assert_eq!(idp.sign_on(&mut b, &idp.request(), TOBIAS, &idp.password).await.status(), ["Success"]);
    assert_eq!(asked().await, before + 1);
    // One that is down keeps nobody from the next.
    idp.directory.set_fault(sandbox::directory::Fault::RefuseConnections);
    idp.change_adapter(|adapter| adapter.validators.reverse()).await;
    assert_eq!(idp.sign_on(&mut b, &idp.request(), TOBIAS, "from the list").await.status(), ["Success"]);
    idp.stop().await;
}

#[tokio::test]
async fn a_person_chooses_among_the_adapters_of_a_connection() {
    let idp = Idp::open().await;
    let list = with_list(&idp).await;
    with_adapter(&idp, &list).await;
    let mut b = idp.house.visitor();
    // The first is shown, with the way to the other.
    let page = arrive(&mut b, &idp.request()).await;
    assert!(page.contains("Sign on with Visitors &lt;B&gt;"), "{page}");
    let way = page.split("door__way\"><a href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
    let other = b.page(&way).await;
    assert!(other.contains("Sign on with Form") && !other.contains("Sign on with Visitors"), "{other}");
    // There the list is asked, wrong passwords and all, and the choice stays.
    let again = fill(&mut b, &other, TOBIAS, &idp.password).await;
    assert!(again.body.contains("role=\"alert\"") && again.body.contains("Sign on with Form"), "{}", again.body);
    let posted = Posted::of(&fill(&mut b, &again.body, TOBIAS, "from the list").await.body);
    assert_eq!((posted.status(), posted.text("NameID")), (vec!["Success".to_owned()], TOBIAS.to_owned()));
    // And the directory in the first.
    let page = arrive(&mut b, &idp.request()).await;
    assert_eq!(Posted::of(&fill(&mut b, &page, TOBIAS, &idp.password).await.body).status(), ["Success"]);
    // A link may say which. One that is not of the connection is none, and neither is a way that another browser was shown.
    let link = |adapter: &str| {
        let partner: String = url::form_urlencoded::byte_serialize(super::ENTITY_ID.as_bytes()).collect();
        format!("/idp/startSSO.ping?PartnerSpId={partner}&IdpAdapterId={adapter}")
    };
    for (adapter, shown) in [("form2", "Sign on with Form"), ("FORM1", "Sign on with Visitors"), ("nothing", "Sign on with Visitors")] {
        let answer = b.get(&link(adapter)).await;
        let page = b.page(answer.location()).await;
        assert!(page.contains(shown), "{adapter}: {page}");
    }
    refused(&idp.house.visitor().get(&way).await, "sign-on-state");
    assert!((400..500).contains(&post_fields(&mut b, "/idp/sign-on", &[("adapter", "form2")]).await.status));
    // Each keeps its own title, and its own sessions.
    let titles = async |b: &mut crate::browser::Browser, adapter: &str| {
        let answer = b.get(&link(adapter)).await;
        b.get(answer.location()).await.body
    };
    idp.change_adapter(|adapter| adapter.form.session_state = domain::model::idp_adapter::SessionState::PerAdapter).await;
    let page = titles(&mut b, "form1").await;
    fill(&mut b, &page, TOBIAS, &idp.password).await;
    assert!(titles(&mut b, "form1").await.contains("SAMLResponse"), "remembered there");
    assert!(Form::of(&titles(&mut b, "form2").await, "/idp/sign-on").get("password").is_some(), "asked here");
    idp.stop().await;
}

#[tokio::test]
async fn criteria_are_those_of_the_adapter_that_asked() {
    let idp = Idp::open().await;
    let list = with_list(&idp).await;
    with_adapter(&idp, &list).await;
    idp.change(|connection| {
        connection.browser_sso.assertion.sources[1].criteria = vec![IssuanceCriterion {
            source: CriterionSource::Adapter,
            attribute: "username".into(),
            condition: CriterionCondition::EqualNoCase,
            value: "lock.keeper@canal.example".into(),
            error: "Only the lock keeper comes this way.".into(),
        }];
    })
    .await;
    let mut b = idp.house.visitor();
    let second = async |b: &mut crate::browser::Browser| {
        let page = arrive(b, &idp.request()).await;
        let way = page.split("door__way\"><a href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
        b.page(&way).await
    };
    let page = second(&mut b).await;
    let answer = fill(&mut b, &page, TOBIAS, "from the list").await;
    refused(&answer, "sign-on-criteria");
    assert!(answer.body.contains("Only the lock keeper comes this way."), "{}", answer.body);
    assert_eq!(idp.sign_on(&mut b, &idp.request(), TOBIAS, &idp.password).await.status(), ["Success"], "by the other one");
    let page = second(&mut b).await;
    let posted = Posted::of(&fill(&mut b, &page, "Lock.Keeper@canal.example", "from the list").await.body);
    assert_eq!(posted.text("NameID"), "lock.keeper@canal.example");
    idp.stop().await;
}
