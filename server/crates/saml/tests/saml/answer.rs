//! Answers as the other side reads them: those that are sent here, those that xmlsec1 signs, and forgeries of both.

use crate::desk::Desk;
use crate::forge::{IDP, Keys, NOW, P256, RSA, STRANGER, certificates};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::model::sp_metadata::EMAIL_NAME_ID;
use proptest::prelude::*;
use saml::answer::Disbelief;
use saml::response::Subject;
use saml::signature::SignatureFault;
use saml::{Answer, Assertion, Attribute, NameId, Response, Signed, Signing, Status};
use std::sync::LazyLock;

const ACS: &str = "https://sp.example.com/acs";
const ADA: &str = "ada@example.com";

fn response() -> Response {
    Response { id: "_r1".into(), issuer: IDP.into(), destination: ACS.into(), in_response_to: Some("_q1".into()), issued_at: NOW }
}

fn assertion(name: &str) -> Assertion {
    Assertion {
        id: "_a1".into(),
        audience: "urn:sp".into(),
        subject: Subject {
            name_id: NameId { value: name.into(), format: Some(EMAIL_NAME_ID.into()), name_qualifier: None, sp_name_qualifier: None },
            authn_instant: NOW - 5_000,
            authn_context: "urn:c".into(),
            session_index: Some("_s1".into()),
            session_not_on_or_after: Some(NOW + 60_000),
        },
        minutes_before: 1,
        minutes_after: 5,
        attributes: vec![Attribute { values: vec!["a & b".into(), "c".into()], ..Attribute::uri("urn:groups", "") }],
    }
}

fn sent(keys: &Keys, assertion_signed: bool, response_signed: bool) -> String {
    let signing = Signing { assertion: assertion_signed, response: response_signed, ..Signing::both(&keys.pair) };
    response().success(&assertion(ADA), &signing).unwrap()
}

fn read(document: &str, keys: &[&Keys]) -> Result<Answer, Disbelief> {
    Answer::read(&STANDARD.encode(document), &certificates(keys))
}

static BOTH: LazyLock<String> = LazyLock::new(|| sent(&P256, true, true));

#[test]
fn everything_that_is_said_is_read() {
    let answer = read(&BOTH, &[&RSA, &P256]).unwrap();
    let whole = (answer.id.as_str(), answer.issuer.as_deref(), answer.destination.as_deref(), answer.in_response_to.as_deref());
    assert_eq!(whole, ("_r1", Some(IDP), Some(ACS), Some("_q1")));
    assert!(answer.is_success() && answer.status.len() == 1);
    assert_eq!((answer.signed, answer.issue_instant), (Signed::By(1), NOW / 1000 * 1000));
    let told = answer.assertion.unwrap();
    assert_eq!((told.id.as_str(), told.issuer.as_str(), told.signed), ("_a1", IDP, Signed::By(1)));
    assert_eq!(told.name_id, assertion(ADA).subject.name_id);
    assert_eq!(told.audiences, [["urn:sp"]]);
    assert_eq!((told.not_before, told.not_on_or_after), (Some(NOW / 1000 * 1000 - 60_000), Some(NOW / 1000 * 1000 + 300_000)));
    assert_eq!((told.authn_context.as_deref(), told.session_index.as_deref()), (Some("urn:c"), Some("_s1")));
    assert_eq!(told.session_not_on_or_after, Some(NOW / 1000 * 1000 + 60_000));
    let [confirmation] = told.confirmations.as_slice() else { panic!("{:?}", told.confirmations) };
    assert_eq!((confirmation.recipient.as_deref(), confirmation.in_response_to.as_deref()), (Some(ACS), Some("_q1")));
    assert_eq!((confirmation.not_before, confirmation.not_on_or_after), (None, told.not_on_or_after));
    assert_eq!(
        (told.attributes[0].name.as_str(), told.attributes[0].values.as_slice()),
        ("urn:groups", ["a & b".into(), "c".into()].as_slice())
    );

    let alone = |document: &str| read(document, &[&P256]).map(|answer| (answer.signed, answer.assertion.unwrap().signed));
    assert_eq!(alone(&sent(&P256, true, false)), Ok((Signed::No, Signed::By(0))));
    assert_eq!(alone(&sent(&P256, false, true)), Ok((Signed::By(0), Signed::By(0))));
    let error = response().error(Status::AuthnFailed, Some("no"), &Signing::both(&P256.pair)).unwrap();
    let error = read(&error, &[&P256]).unwrap();
    assert!(!error.is_success() && error.assertion.is_none() && error.status[1].ends_with(":AuthnFailed"), "{error:?}");
    assert_eq!(error.status_message.as_deref(), Some("no"));
}

#[test]
fn what_xmlsec1_signs_counts_and_what_is_signed_here_counts_there() {
    let desk = Desk::new();
    for keys in [&*RSA, &*P256] {
        let document = sent(keys, true, true);
        assert!(desk.verifies("samlp:Response", &document, &keys.made.certificate));
        assert!(!desk.verifies("samlp:Response", &document.replace(ADA, "eve@example.com"), &keys.made.certificate));
    }
}

/// The document without its signatures.
fn bare(text: &str) -> String {
    let mut text = text.to_owned();
    while let Some(from) = text.find("<ds:Signature ") {
        let to = text.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
        text.replace_range(from..to, "");
    }
    text
}

#[test]
fn wrapping_a_signed_assertion_gains_nothing() {
    let good = sent(&P256, true, false);
    let (from, to) = (good.find("<saml:Assertion").unwrap(), good.find("</samlp:Response>").unwrap());
    let (head, signed, tail) = (&good[..from], &good[from..to], &good[to..]);
    let evil = |id: &str| bare(signed).replace(ADA, "eve@example.com").replace("\"_a1\"", &format!("\"{id}\""));
    let (open, close) = (|text: &str| text.trim_end_matches("</saml:Assertion>").to_owned(), "</saml:Assertion>");
    let signature = &signed[signed.find("<ds:Signature ").unwrap()..signed.find("</ds:Signature>").unwrap() + "</ds:Signature>".len()];
    let object = |inside: &str| signature.replace("</ds:Signature>", &format!("<ds:Object>{inside}</ds:Object></ds:Signature>"));
    let extensions = |inside: &str| format!("<samlp:Extensions>{inside}</samlp:Extensions>");
    for id in ["_a1", "_e1"] {
        let evil = evil(id);
        for document in [
            format!("{head}{evil}{signed}{tail}"),
            format!("{head}{signed}{evil}{tail}"),
            format!("{head}{}{signed}{close}{tail}", open(&evil)),
            format!("{head}{}{evil}{close}{tail}", open(signed)),
            format!("{head}{}{evil}{tail}", extensions(signed)),
            format!("{head}{}{signed}{tail}", extensions(&evil)),
            format!("{head}{}{}{close}{tail}", open(&evil), object(signed)),
            format!("{head}{}{signature}{close}{tail}", open(&evil)),
            format!("{head}{}{}{close}{tail}", open(&evil), object(&bare(signed))),
            format!("{head}{signature}{evil}{tail}"),
            format!("{head}{evil}{signature}{tail}"),
            format!("{head}{}{signature}{tail}", bare(signed)),
        ] {
            let found = read(&document, &[&P256]);
            assert!(found.is_err(), "{found:?}\n{document}");
        }
    }
    let fault = |document: &str, keys: &Keys| match read(document, &[keys]) {
        Err(Disbelief::Signature { fault, .. }) => fault,
        other => panic!("{other:?}"),
    };
    assert_eq!(fault(&good.replace(ADA, "eve@example.com"), &P256), SignatureFault::Digest);
    assert_eq!(fault(&sent(&STRANGER, true, true), &RSA), SignatureFault::Value);
    assert_eq!(read(&bare(&BOTH), &[&P256]), Err(Disbelief::Unsigned));
    // A good assertion does not make a response good that was signed and then changed.
    assert_eq!(fault(&BOTH.replace("Destination=\"https://sp", "Destination=\"https://xx"), &P256), SignatureFault::Digest);
    let said = read(&sent(&STRANGER, true, true), &[&RSA]).unwrap_err().to_string();
    assert!(said.contains("known certificates of the identity provider") && !said.contains("service provider"), "{said}");
}

proptest! {
    /// Whatever is done to a signed answer: if it is still believed, it says what was signed.
    #[test]
    fn an_accepted_change_means_the_same(changes in proptest::collection::vec((any::<prop::sample::Index>(), 0usize..8, prop_oneof![
        any::<u8>().prop_map(|byte| vec![byte]),
        prop::sample::select(vec![" ", "\n", "<!---->", "<![CDATA[x]]>", "&#x20;", "/", "<x/>", "=", "\"", ">", "<", " a='b'", " xmlns='urn:x'", "_a1", "_r1",
            "ds:", "samlp:", "saml:", "x", "1"]).prop_map(|text| text.as_bytes().to_vec()),
    ]), 1..4)) {
        let mut bytes = BOTH.as_bytes().to_vec();
        for (at, cut, put) in changes {
            let at = at.index(bytes.len());
            let end = (at + cut).min(bytes.len());
            bytes.splice(at..end, put);
        }
        if let Ok(changed) = String::from_utf8(bytes) && let Ok(found) = read(&changed, &[&P256]) {
            let whole = read(&BOTH, &[&P256]).unwrap();
            prop_assert_eq!(found.assertion, whole.assertion, "{}", changed);
            if found.signed.is_proved() {
                prop_assert_eq!((found.destination, found.in_response_to), (whole.destination, whole.in_response_to), "{}", changed);
            }
        }
    }

    #[test]
    fn bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let text = String::from_utf8_lossy(&bytes);
        let _ = Answer::read(&text, &certificates(&[&P256]));
        let _ = read(&text, &[&P256]);
        let _ = read(&format!("<samlp:Response xmlns:samlp='urn:oasis:names:tc:SAML:2.0:protocol'>{text}</samlp:Response>"), &[&P256]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// What is written is in canonical form as xmlsec1 sees it, whatever names and values are, and is read back as it was.
    #[test]
    fn whatever_is_signed_here_verifies_there(name in "\\PC{1,12}|[\\t\\n\\r<>&'\"a\\]]{1,8}", values in prop::collection::vec("[^\0-\\x08\\x0b\\x0c\\x0e-\\x1f\u{fffe}\u{ffff}]{0,12}", 0..3)) {
        let mut said = assertion(&name);
        said.attributes = vec![Attribute { values: values.clone(), ..Attribute::basic("a", "") }];
        if let Ok(document) = response().success(&said, &Signing::both(&P256.pair)) {
            let desk = Desk::new();
            prop_assert!(desk.verifies("samlp:Response", &document, &P256.made.certificate), "{}", document);
            let told = read(&document, &[&P256]).unwrap().assertion.unwrap();
            prop_assert_eq!(told.name_id.value, name.trim());
            let trimmed: Vec<_> = values.iter().map(|value| value.trim().to_owned()).collect();
            prop_assert_eq!(&told.attributes[0].values, &trimmed);
        }
    }
}
