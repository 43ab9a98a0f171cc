//! What is said of somebody: the contract fulfilled, criteria, and names that tell nothing.

use super::{INGRID, Idp, Posted, Request, TOBIAS, arrive, fill, refused};
use domain::model::browser_sso::{
    AttributeNameFormat, ContractAttribute, CriterionCondition, CriterionSource, Fulfillment, IdentityMapping, IssuanceCriterion,
    MappingMethod, ValueSource,
};

const TAG: &str = "https://aws.amazon.com/SAML/Attributes/AccessControl:department";
const DURATION: &str = "https://aws.amazon.com/SAML/Attributes/SessionDuration";

/// With a look-up of the person, and attributes of every source.
async fn with_contract(idp: &Idp) {
    let store = idp.house.service.list_data_stores(&super::LOCAL).await.unwrap()[0].0.id.clone();
    idp.change(|connection| {
        let assertion = &mut connection.browser_sso.assertion;
        let named = |name: &str, format| ContractAttribute { name: name.into(), format };
        assertion.extended = vec![
            named(TAG, AttributeNameFormat::Uri),
            named(DURATION, AttributeNameFormat::Uri),
            named("who", AttributeNameFormat::Basic),
            named("groups", AttributeNameFormat::Unspecified),
            named("nothing", AttributeNameFormat::Basic),
        ];
        let source = &mut assertion.sources[0];
        source.method = MappingMethod::DataStore;
        source.lookup.data_store = Some(store);
        source.lookup.base_dn = "DC=canal,DC=example".into();
        source.lookup.filter = "mail=${username}".into();
        source.lookup.attributes = ["mail", "department", "givenName", "sn", "memberOf"].map(str::to_owned).to_vec();
        let row = |attribute: &str, source, value: &str| Fulfillment { attribute: attribute.into(), source, value: value.into() };
        source.fulfillment = vec![
            row("SAML_SUBJECT", ValueSource::DataStore, "mail"),
            row(TAG, ValueSource::DataStore, "department"),
            row(DURATION, ValueSource::Text, "3600"),
            row("who", ValueSource::Expression, "username ~ ': ' ~ givenName ~ ' ' ~ sn|upper"),
            row("groups", ValueSource::DataStore, "memberOf"),
            row("nothing", ValueSource::None, ""),
        ];
    })
    .await;
}

#[tokio::test]
async fn every_source_fulfils_the_contract() {
    let idp = Idp::open().await;
    with_contract(&idp).await;
    let mut b = idp.house.visitor();
    let posted = idp.sign_on(&mut b, &idp.request(), TOBIAS, &idp.password).await;
    assert_eq!((posted.status(), posted.text("NameID")), (vec!["Success".to_owned()], TOBIAS.to_owned()));
    let said = posted.said();
    let of = |name: &str| said.iter().find(|(known, _)| known == name).map(|(_, values)| values.clone());
    assert_eq!(of(TAG), Some(vec!["Direction".to_owned()]));
    assert_eq!(of(DURATION), Some(vec!["3600".to_owned()]));
    assert_eq!(of("who"), Some(vec![format!("{TOBIAS}: Tobias OKAFOR")]));
    assert!(of("groups").unwrap().iter().any(|group| group.starts_with("CN=AWS Users,")), "{said:?}");
    assert_eq!(of("nothing"), None);
    assert_eq!(posted.attribute("Attribute", "NameFormat").as_deref(), Some("urn:oasis:names:tc:SAML:2.0:attrname-format:uri"));
    assert_eq!(posted.signatures(&idp.certificate().await), 2);

    // Signed as the connection says.
    idp.change(|connection| connection.browser_sso.protocol.sign_assertion = false).await;
    assert_eq!(idp.sign_on(&mut b, &idp.request(), INGRID, &idp.password).await.signatures(&idp.certificate().await), 1);
    // What nobody is found for is not said.
    idp.change(|connection| connection.browser_sso.assertion.sources[0].lookup.filter = "sn=${username}".into()).await;
    let page = arrive(&mut b, &idp.request()).await;
    refused(&fill(&mut b, &page, TOBIAS, &idp.password).await, "sign-on-lookup");
    idp.change(|connection| {
        connection.browser_sso.assertion.sources[0].lookup.filter = "mail=${username}".into();
        connection.browser_sso.assertion.sources[0].fulfillment[0].value = "telephoneNumberOfNobody".into();
    })
    .await;
    let page = arrive(&mut b, &idp.request()).await;
    refused(&fill(&mut b, &page, TOBIAS, &idp.password).await, "sign-on-subject");
    idp.stop().await;
}

#[tokio::test]
async fn criteria_keep_somebody_out_in_their_own_words() {
    let idp = Idp::open().await;
    with_contract(&idp).await;
    idp.change(|connection| {
        connection.browser_sso.assertion.sources[0].criteria = vec![IssuanceCriterion {
            source: CriterionSource::DataStore,
            attribute: "department".into(),
            condition: CriterionCondition::EqualNoCase,
            value: "DIRECTION".into(),
            error: "Only <Direction> uses this.".into(),
        }];
    })
    .await;
    let mut b = idp.house.visitor();
    assert_eq!(idp.sign_on(&mut b, &idp.request(), TOBIAS, &idp.password).await.status(), ["Success"]);
    let page = arrive(&mut b, &idp.request()).await;
    let answer = fill(&mut b, &page, "pieter.vandenberg@canal.example", &idp.password).await;
    refused(&answer, "sign-on-criteria");
    assert!(answer.body.contains("Only &lt;Direction&gt; uses this.") && !answer.body.contains("department"), "{}", answer.body);
    idp.stop().await;
}

#[tokio::test]
async fn pseudonyms_stay_and_transient_names_do_not() {
    let idp = Idp::open().await;
    let mut b = idp.house.visitor();
    let policy =
        |kind: &str| format!("<samlp:NameIDPolicy Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:{kind}\" AllowCreate=\"true\"/>");
    let mut names = Vec::new();
    for (identity, kind) in [(IdentityMapping::Pseudonym, "persistent"), (IdentityMapping::Transient, "transient")] {
        idp.change(|connection| {
            connection.browser_sso.assertion.identity = identity;
            connection.browser_sso.assertion.align();
        })
        .await;
        for who in [TOBIAS, &TOBIAS.to_uppercase(), INGRID] {
            let request: Request = idp.request().with("", &policy(kind));
            let posted: Posted = idp.sign_on(&mut b, &request, who, &idp.password).await;
            assert!(posted.attribute("NameID", "Format").unwrap().ends_with(kind));
            assert!(posted.said().is_empty() && !posted.xml.contains("canal.example"), "{}", posted.xml);
            names.push(posted.text("NameID"));
        }
    }
    assert_eq!(names[0], names[1]);
    names.remove(1);
    let distinct: std::collections::BTreeSet<_> = names.iter().collect();
    assert_eq!(distinct.len(), 5, "{names:?}");
    idp.stop().await;
}
