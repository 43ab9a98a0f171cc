//! Decisions about requests to sign on.

use crate::forge::{ACS, ISSUER, NOW, RSA, SSO, read, request, signed};
use domain::model::sp_metadata::{AssertionConsumer, Binding, EMAIL_NAME_ID, UNSPECIFIED_NAME_ID};
use proptest::prelude::*;
use saml::authn_request::{Comparison, NameIdPolicy, WantedConsumer, WantedContext, WantedSubject};
use saml::check::{SignOn, UNSPECIFIED_CONTEXT};
use saml::{AuthnRequest, Here, Refusal, ServiceProvider, Signed, Status, Verdict, check};

const STRONG: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
const WEAK: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password";
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
const MINUTE: i64 = 60_000;

fn consumer(index: u16, url: &str, binding: Binding) -> AssertionConsumer {
    AssertionConsumer { binding, url: url.into(), index, is_default: None }
}

fn sp() -> ServiceProvider {
    ServiceProvider {
        entity_id: ISSUER.into(),
        consumers: vec![
            consumer(0, "https://sp.example.com/artifact", Binding::HttpArtifact),
            consumer(1, "https://sp.example.com/other", Binding::HttpPost),
            consumer(2, ACS, Binding::HttpPost),
        ],
        logout: Vec::new(),
        certificates: vec![RSA.der.clone()],
        requires_signed_requests: true,
        name_id_formats: vec![EMAIL_NAME_ID.into(), TRANSIENT.into()],
        authn_contexts: vec![STRONG.into(), WEAK.into(), UNSPECIFIED_CONTEXT.into()],
    }
}

fn here() -> Here {
    Here { addresses: vec![SSO.into()], now: NOW, skew_ms: 2 * MINUTE, lifetime_ms: 5 * MINUTE }
}

fn wanted() -> AuthnRequest {
    read(&signed("_1", &RSA), &[&RSA]).unwrap()
}

/// The verdict on the request with something changed.
fn judge(change: impl FnOnce(&mut AuthnRequest)) -> Verdict {
    let mut request = wanted();
    change(&mut request);
    check(&request, &sp(), &here())
}

fn sign_on(verdict: Verdict) -> SignOn {
    match verdict {
        Verdict::SignOn(sign_on) => sign_on,
        other => panic!("{other:?}"),
    }
}

fn refusal(verdict: Verdict) -> Refusal {
    match verdict {
        Verdict::Refuse(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

/// The status that is answered, and where; with the sentence for the log.
fn answer(verdict: Verdict) -> (Status, u16, String) {
    match verdict {
        Verdict::Answer { consumer, status, why } => {
            assert_eq!(why.code(), "saml-request");
            (status, consumer.index, why.to_string())
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_good_request_is_acted_on() {
    let found = sign_on(judge(|_| {}));
    assert_eq!((found.consumer.url.as_str(), found.name_id_format.as_deref()), (ACS, Some(EMAIL_NAME_ID)));
    assert_eq!(found.authn_context, STRONG);
    assert_eq!(found.seen.until, NOW + 7 * MINUTE);
    // Another request has another key; so has the same ID of another service provider.
    let keys = [found.seen.key, sign_on(judge(|r| r.root.id = "_2".into())).seen.key, {
        let mut request = wanted();
        request.root.issuer = "urn:other".into();
        let other = ServiceProvider { entity_id: "urn:other".into(), ..sp() };
        sign_on(check(&request, &other, &here())).seen.key
    }];
    assert!(keys[0] != keys[1] && keys[0] != keys[2] && keys.iter().all(|key| key.len() == 43), "{keys:?}");
}

#[test]
fn it_is_from_whom_it_says_and_signed_if_it_has_to_be() {
    let other = ServiceProvider { entity_id: "https://sp.example.com/metadata/".into(), ..sp() };
    let refused = refusal(check(&wanted(), &other, &here()));
    assert_eq!((refused.clone(), refused.code()), (Refusal::UnknownIssuer(ISSUER.into()), "saml-issuer"));
    let unsigned = read(&request("_1").document().unwrap(), &[&RSA]).unwrap();
    assert_eq!(refusal(check(&unsigned, &sp(), &here())), Refusal::Unsigned(ISSUER.into()));
    let unchecked = read(&signed("_1", &RSA), &[]).unwrap();
    assert_eq!(refusal(check(&unchecked, &sp(), &here())), Refusal::NoCertificate(ISSUER.into()));
    let lenient = ServiceProvider { requires_signed_requests: false, ..sp() };
    for request in [unsigned, unchecked, wanted()] {
        sign_on(check(&request, &lenient, &here()));
    }
    for refusal in [Refusal::Unsigned(String::new()), Refusal::NoCertificate(String::new())] {
        assert_eq!(refusal.code(), "saml-signature", "all that is wrong with a signature looks alike from outside");
    }
}

#[test]
fn it_is_meant_for_here() {
    for stated in
        ["https://other.example.com/idp/SSO.saml2", "https://sso.example.com/idp/SLO.saml2", "http://sso.example.com/idp/SSO.saml2", "x"]
    {
        let refused = refusal(judge(|r| r.root.destination = Some(stated.into())));
        assert_eq!(refused.code(), "saml-destination");
        assert!(refused.to_string().contains(stated) && refused.to_string().contains(SSO), "{refused}");
    }
    sign_on(judge(|r| r.root.destination = Some("https://SSO.example.com:443/idp/SSO.saml2".into())));
    assert_eq!(refusal(judge(|r| r.root.destination = None)), Refusal::NoDestination(ISSUER.into()));
    let lenient = ServiceProvider { requires_signed_requests: false, ..sp() };
    let mut unsigned = wanted();
    (unsigned.root.signed, unsigned.root.destination) = (Signed::No, None);
    sign_on(check(&unsigned, &lenient, &here()));
}

#[test]
fn it_is_of_now() {
    let at = |offset: i64| judge(|r| r.root.issue_instant = NOW + offset);
    for good in [0, 2 * MINUTE, -7 * MINUTE] {
        sign_on(at(good));
    }
    assert_eq!(refusal(at(2 * MINUTE + 1)), Refusal::Future { issuer: ISSUER.into(), seconds: 120 });
    assert_eq!(refusal(at(-7 * MINUTE - 1)), Refusal::Stale { issuer: ISSUER.into(), seconds: 420 });
    for far in [i64::MIN, i64::MAX] {
        assert_eq!(refusal(judge(|r| r.root.issue_instant = far)).code(), "saml-time");
    }
}

#[test]
fn it_is_answered_only_where_the_connection_says() {
    let wants = |consumer: Option<WantedConsumer>| judge(|r| r.consumer = consumer);
    let url = |url: &str| wants(Some(WantedConsumer::Url(url.into())));
    assert_eq!(sign_on(wants(None)).consumer.index, 1, "the default one, of those for HTTP-POST");
    assert_eq!(sign_on(url(ACS)).consumer.index, 2);
    assert_eq!(sign_on(wants(Some(WantedConsumer::Index(2)))).consumer.index, 2);
    for foreign in
        ["https://evil.example/acs", "https://sp.example.com/acs/", "https://SP.example.com/acs", "https://sp.example.com/acs?x", ""]
    {
        let refused = refusal(url(foreign));
        assert_eq!(refused.code(), "saml-request");
        assert!(refused.to_string().contains("not among the addresses"), "{refused}");
    }
    assert!(refusal(wants(Some(WantedConsumer::Index(9)))).to_string().contains("number 9"));
    // Known, but not by HTTP-POST.
    assert_eq!(answer(url("https://sp.example.com/artifact")).0, Status::UnsupportedBinding);
    assert_eq!(answer(wants(Some(WantedConsumer::Index(0)))).1, 1);
    let artifact = |r: &mut AuthnRequest| r.protocol_binding = Some(Binding::HttpArtifact.id().into());
    assert_eq!(answer(judge(artifact)).0, Status::UnsupportedBinding);
    assert_eq!(answer(judge(|r| (artifact(r), r.consumer = None).1)).0, Status::UnsupportedBinding);
    let none = ServiceProvider { consumers: vec![consumer(0, ACS, Binding::HttpArtifact)], ..sp() };
    assert!(matches!(check(&wanted(), &none, &here()), Verdict::Refuse(_)), "there is nowhere to say so");
    // An address that serves two bindings.
    let twice = ServiceProvider { consumers: vec![consumer(0, ACS, Binding::HttpArtifact), consumer(1, ACS, Binding::HttpPost)], ..sp() };
    assert_eq!(sign_on(check(&wanted(), &twice, &here())).consumer.index, 1);
}

#[test]
fn names_that_cannot_be_given() {
    let wants = |format: Option<&str>, qualifier: Option<&str>| {
        let policy = NameIdPolicy { format: format.map(Into::into), sp_name_qualifier: qualifier.map(Into::into), allow_create: false };
        judge(|r| r.name_id_policy = Some(policy))
    };
    assert_eq!(sign_on(judge(|r| r.name_id_policy = None)).name_id_format.as_deref(), Some(EMAIL_NAME_ID));
    assert_eq!(sign_on(wants(None, None)).name_id_format.as_deref(), Some(EMAIL_NAME_ID));
    assert_eq!(sign_on(wants(Some(UNSPECIFIED_NAME_ID), Some(ISSUER))).name_id_format.as_deref(), Some(EMAIL_NAME_ID));
    assert_eq!(sign_on(wants(Some(TRANSIENT), None)).name_id_format.as_deref(), Some(TRANSIENT));
    let (status, index, why) = answer(wants(Some("urn:oasis:names:tc:SAML:2.0:nameid-format:kerberos"), None));
    assert_eq!((status, index), (Status::InvalidNameIdPolicy, 2));
    assert!(why.contains("kerberos") && why.contains(EMAIL_NAME_ID), "{why}");
    assert_eq!(answer(wants(None, Some("urn:affiliation"))).0, Status::InvalidNameIdPolicy);
    let none = ServiceProvider { name_id_formats: Vec::new(), ..sp() };
    let mut request = wanted();
    request.name_id_policy = None;
    assert_eq!(sign_on(check(&request, &none, &here())).name_id_format, None);
}

#[test]
fn ways_to_authenticate_that_are_wanted() {
    use Comparison::{Better, Exact, Maximum, Minimum};
    let x509 = "urn:oasis:names:tc:SAML:2.0:ac:classes:X509";
    let wants = |comparison: Comparison, classes: &[&str]| {
        let classes = classes.iter().map(|class| (*class).to_owned()).collect();
        judge(|r| r.authn_context = Some(WantedContext { comparison, classes, has_declarations: false }))
    };
    for (comparison, classes, stated) in [
        (Exact, vec![STRONG], STRONG),
        (Exact, vec![x509, WEAK, STRONG], WEAK),
        (Exact, vec![UNSPECIFIED_CONTEXT], UNSPECIFIED_CONTEXT),
        (Minimum, vec![WEAK], STRONG),
        (Minimum, vec![STRONG], STRONG),
        (Maximum, vec![WEAK], WEAK),
        (Maximum, vec![WEAK, STRONG], STRONG),
        (Better, vec![WEAK], STRONG),
    ] {
        assert_eq!(sign_on(wants(comparison, &classes)).authn_context, stated, "{comparison:?} {classes:?}");
    }
    for (comparison, classes) in [
        (Exact, vec![x509]),
        (Exact, vec![]),
        (Minimum, vec![x509]),
        (Maximum, vec![x509]),
        (Better, vec![STRONG]),
        (Better, vec![WEAK, STRONG]),
        (Better, vec![WEAK, x509]),
        (Better, vec![]),
    ] {
        assert_eq!(answer(wants(comparison, &classes)).0, Status::NoAuthnContext, "{comparison:?} {classes:?}");
    }
    let declarations = WantedContext { comparison: Exact, classes: vec![], has_declarations: true };
    assert_eq!(answer(judge(|r| r.authn_context = Some(declarations))).0, Status::NoAuthnContext);
    assert_eq!(sign_on(judge(|r| r.authn_context = None)).authn_context, STRONG);
    let none = ServiceProvider { authn_contexts: Vec::new(), ..sp() };
    let mut request = wanted();
    request.authn_context = None;
    assert_eq!(sign_on(check(&request, &none, &here())).authn_context, UNSPECIFIED_CONTEXT);
}

#[test]
fn what_else_does_not_go() {
    assert_eq!(answer(judge(|r| r.root.version = "2.1".into())).0, Status::VersionMismatch);
    assert_eq!(answer(judge(|r| r.is_passive = true)).0, Status::NoPassive, "it is forced as well");
    sign_on(judge(|r| (r.is_passive, r.force_authn) = (true, false)));
    assert_eq!(answer(judge(|r| r.subject = Some(WantedSubject::Unreadable))).0, Status::RequestUnsupported);
}

proptest! {
    /// Whatever is asked for, the answer goes to one of the connection's addresses or nowhere; and what is no longer kept as seen is
    /// too old to be acted on.
    #[test]
    fn answers_go_to_known_addresses_and_nothing_is_good_twice(
        url in prop_oneof![Just(ACS.to_owned()), "https://[a-z.]{1,8}/[a-z]{0,4}", "\\PC{0,10}"], index in any::<u16>(), by in 0..3,
        issued in prop_oneof![any::<i64>(), NOW - 20 * MINUTE..NOW + 20 * MINUTE], version in "2.0|1.1", passive in any::<bool>(),
    ) {
        let mut request = wanted();
        request.consumer = match by {
            0 => None,
            1 => Some(WantedConsumer::Url(url)),
            _ => Some(WantedConsumer::Index(index % 5)),
        };
        request.root.issue_instant = issued;
        request.root.version = version;
        request.is_passive = passive;
        match check(&request, &sp(), &here()) {
            Verdict::SignOn(sign_on) => {
                prop_assert!(sp().consumers.contains(&sign_on.consumer));
                prop_assert!(sign_on.seen.until >= NOW);
                let later = Here { now: sign_on.seen.until + 1, ..here() };
                let is_stale = matches!(check(&request, &sp(), &later), Verdict::Refuse(Refusal::Stale { .. }));
                prop_assert!(is_stale);
            }
            Verdict::Answer { consumer, .. } => prop_assert!(sp().consumers.contains(&consumer)),
            Verdict::Refuse(_) => {}
        }
    }
}
