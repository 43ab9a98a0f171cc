//! Requests that come in an address.

use crate::forge::{Keys, P256, P384, RSA, STRANGER, certificates, request};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::{DeflateEncoder, ZlibEncoder};
use keys::Scheme;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use saml::signature::{SignatureFault, algorithm, sign};
use saml::{AuthnRequest, Received, Refusal, Signed};
use std::io::Write as _;

fn escape(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// What is signed.
fn octets(document: &str, state: Option<&str>, algorithm: &str) -> String {
    let state = state.map(|state| format!("&RelayState={}", escape(state))).unwrap_or_default();
    format!("SAMLRequest={}{state}&SigAlg={}", escape(&STANDARD.encode(deflate(document.as_bytes()))), escape(algorithm))
}

fn signed(state: Option<&str>, keys: &Keys) -> String {
    let octets = octets(&request("_1").document().unwrap(), state, algorithm(keys.pair.scheme()));
    let signature = keys.pair.sign(octets.as_bytes()).unwrap();
    format!("{octets}&Signature={}", escape(&STANDARD.encode(signature)))
}

fn read(query: &str, keys: &[&Keys]) -> Result<AuthnRequest, Refusal> {
    Received::by_redirect(query)?.authn_request(&certificates(keys))
}

fn fault(query: &str) -> SignatureFault {
    match read(query, &[&RSA]) {
        Err(Refusal::Signature { fault, .. }) => fault,
        other => panic!("{other:?}\n{query}"),
    }
}

/// `name` taken out of a query.
fn without(query: &str, name: &str) -> String {
    query.split('&').filter(|pair| !pair.starts_with(&format!("{name}="))).collect::<Vec<_>>().join("&")
}

#[test]
fn each_kind_of_key_verifies() {
    for keys in [&*RSA, &P256, &P384] {
        for state in [None, Some("a b+c&d=é%"), Some("")] {
            let found = read(&signed(state, keys), &[&STRANGER, keys]).unwrap();
            assert_eq!(found.root.signed, Signed::By(1));
            assert_eq!(found.root.relay_state.as_deref(), state.filter(|state| !state.is_empty()));
        }
    }
    assert_eq!(read(&signed(None, &RSA), &[]).unwrap().root.signed, Signed::Unchecked);
    let unsigned = without(&without(&signed(Some("x"), &RSA), "SigAlg"), "Signature");
    assert_eq!(read(&unsigned, &[&RSA]).unwrap().root.signed, Signed::No);
    // An empty relay state that was not signed, since there is none.
    let query = signed(None, &RSA).replace("&SigAlg", "&RelayState=&SigAlg");
    assert_eq!(read(&query, &[&RSA]).unwrap().root.relay_state, None);
}

#[test]
fn ecdsa_in_asn_1_is_read_as_well() {
    // As java.security writes it.
    let asn1 = |fixed: &[u8]| {
        let number = |bytes: &[u8]| {
            let start = bytes.iter().position(|byte| *byte != 0).unwrap();
            let mut number = bytes[start..].to_vec();
            if number[0] >= 0x80 {
                number.insert(0, 0);
            }
            [vec![2, u8::try_from(number.len()).unwrap()], number].concat()
        };
        let numbers = [number(&fixed[..fixed.len() / 2]), number(&fixed[fixed.len() / 2..])].concat();
        [vec![0x30, u8::try_from(numbers.len()).unwrap()], numbers].concat()
    };
    for keys in [&*P256, &P384] {
        let octets = octets(&request("_1").document().unwrap(), None, algorithm(keys.pair.scheme()));
        let signature = asn1(&keys.pair.sign(octets.as_bytes()).unwrap());
        let query = |signature: &[u8]| format!("{octets}&Signature={}", escape(&STANDARD.encode(signature)));
        assert!(read(&query(&signature), &[keys]).unwrap().root.signed.is_proved());
        assert!(read(&query(&signature[1..]), &[keys]).is_err());
    }
}

#[test]
fn what_is_changed_added_or_left_out_is_noticed() {
    let query = signed(Some("there"), &RSA);
    let evil = octets(&request("_2").document().unwrap(), None, "");
    let evil_message = evil.split('&').next().unwrap();
    let message = query.split('&').next().unwrap().to_owned();
    for changed in [
        query.replace("RelayState=there", "RelayState=elsewhere"),
        query.replace("RelayState=there", "RelayState="),
        query.replace("RelayState=there", "RelayState=%74here"),
        without(&query, "RelayState"),
        query.replace(&message, evil_message),
        query.replace("%2B", "%2b").replace("%3D", "%3d").replace("%2F", "%2f"),
    ] {
        assert_ne!(changed, query);
        assert_eq!(fault(&changed), SignatureFault::Value, "{changed}");
    }
    // The order in the address says nothing; what is signed has its own.
    let mut pairs: Vec<_> = query.split('&').collect();
    pairs.reverse();
    let reordered = read(&format!("{}&more=1", pairs.join("&")), &[&RSA]).unwrap();
    assert_eq!(reordered, read(&query, &[&RSA]).unwrap());
    assert!(reordered.root.signed.is_proved());

    let refused = |query: &str, why: &str| {
        let refusal = read(query, &[&RSA]).unwrap_err();
        assert!(refusal.to_string().contains(why), "{refusal} for {query}");
    };
    for (name, value) in
        [("SAMLRequest", evil_message.split_once('=').unwrap().1), ("RelayState", "x"), ("SigAlg", "x"), ("Signature", "eA==")]
    {
        refused(&format!("{query}&{name}={value}"), &format!("more than one {name}"));
        refused(&format!("{name}={value}&{query}"), &format!("more than one {name}"));
        // Twice, to whom the second is another.
        let escaped = format!("%{:02X}{}", name.as_bytes()[0], &name[1..]);
        refused(&format!("{query}&{escaped}={value}"), "escaped");
    }
    refused(&format!("{query}&SAMLResponse=eA=="), "more than one message");
    refused(&without(&query, "Signature"), "only one is there");
    refused(&without(&query, "SigAlg"), "only one is there");
    refused(&query.replace("Signature=", "Signature=*"), "base64");
    refused("", "neither a SAMLRequest");
    refused("a&b=c&=&&", "neither a SAMLRequest");
    refused("SAMLRequest", "cut off");
    refused(&format!("{query}&SAMLEncoding=urn%3Ax"), "SAMLEncoding");
    assert!(read(&format!("{query}&SAMLEncoding=urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE"), &[&RSA]).is_ok());
}

#[test]
fn ways_to_sign_that_do_not_count() {
    let document = request("_1").document().unwrap();
    for stated in ["http://www.w3.org/2000/09/xmldsig#rsa-sha1", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", "none", ""] {
        let octets = octets(&document, None, stated);
        let query = format!("{octets}&Signature={}", escape(&STANDARD.encode(RSA.pair.sign(octets.as_bytes()).unwrap())));
        assert!(matches!(fault(&query), SignatureFault::Algorithm(_)), "{stated}");
    }
    // The right name for a signature of another kind.
    assert_eq!(RSA.pair.scheme(), Scheme::RsaSha256);
    let octets = octets(&document, None, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512");
    let query = format!("{octets}&Signature={}", escape(&STANDARD.encode(RSA.pair.sign(octets.as_bytes()).unwrap())));
    assert_eq!(fault(&query), SignatureFault::Value);
    assert_eq!(fault(&signed(None, &P256)), SignatureFault::OtherKind);
    // A signature in the message itself is for HTTP-POST.
    let enveloped = sign(request("_1"), 1, &RSA.pair).unwrap().document().unwrap();
    let query = format!("SAMLRequest={}", escape(&STANDARD.encode(deflate(enveloped.as_bytes()))));
    assert!(matches!(fault(&query), SignatureFault::Structure(why) if why.contains("address")));
}

#[test]
fn what_is_not_deflated_or_grows_without_end() {
    let refused = |bytes: &[u8], why: &str| {
        let refusal = Received::by_redirect(&format!("SAMLRequest={}", escape(&STANDARD.encode(bytes)))).unwrap_err();
        assert!(refusal.to_string().contains(why), "{refusal}");
        assert_eq!(refusal.code(), "saml-message");
    };
    let document = request("_1").document().unwrap();
    let deflated = deflate(document.as_bytes());
    refused(document.as_bytes(), "not compressed by DEFLATE");
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
    zlib.write_all(document.as_bytes()).unwrap();
    refused(&zlib.finish().unwrap(), "DEFLATE");
    refused(&deflated[..deflated.len() - 1], "cut off");
    refused(&[deflated.clone(), vec![0]].concat(), "behind the compressed message");
    refused(&deflate(&vec![b' '; 50_000_000]), "larger than 64 kB");
    let padded = |length: usize| deflate([document.as_str(), &" ".repeat(length - document.len())].concat().as_bytes());
    let at_most = STANDARD.encode(padded(64 * 1024));
    assert!(Received::by_redirect(&format!("SAMLRequest={}", escape(&at_most))).is_ok());
    refused(&padded(64 * 1024 + 1), "larger than 64 kB");
    refused(&deflate(&[0xff]), "UTF-8");
    let long = Received::by_redirect(&format!("SAMLRequest={}", "A".repeat(65_537))).unwrap_err();
    assert_eq!(long, Refusal::TooLong("query", 65_536));
    let state = format!("{}&RelayState={}", signed(None, &RSA), "x".repeat(4_097));
    assert_eq!(Received::by_redirect(&state).unwrap_err(), Refusal::TooLong("RelayState", 4_096));
}

proptest! {
    /// Whatever is done to a signed query: if it is still taken for signed, it says what was signed.
    #[test]
    fn an_accepted_change_of_a_signed_query_means_the_same(
        order in Just(vec![0usize, 1, 2, 3, 4]).prop_shuffle(), more in "x=1|RelayStatf=a|&|=|samlrequest=x|SigAlg |SAMLRequests=x",
        changes in proptest::collection::vec((any::<prop::sample::Index>(), 0usize..6, "[ -~]{0,3}|&RelayState=|%2B|%2b|&SigAlg="), 0..3)
    ) {
        let query = signed(Some("there"), &P256);
        // In another order and with something that means nothing: that alone is accepted.
        let pairs: Vec<&str> = query.split('&').chain([more.as_str()]).collect();
        let mut changed = order.iter().map(|at| pairs[*at]).collect::<Vec<_>>().join("&");
        let is_only_reordered = changes.is_empty();
        for (at, cut, put) in changes {
            let at = at.index(changed.len());
            let end = (at + cut).min(changed.len());
            changed.replace_range(at..end, &put);
        }
        match read(&changed, &[&P256]) {
            Ok(found) if found.root.signed.is_proved() => prop_assert_eq!(found, read(&query, &[&P256]).unwrap(), "{}", changed),
            other => prop_assert!(!is_only_reordered, "{:?} {}", other, changed),
        }
    }

    #[test]
    fn bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), query in "\\PC{0,80}") {
        let _ = Received::by_redirect(&query);
        let _ = Received::by_redirect(&format!("SAMLRequest={query}&Signature={query}&SigAlg=&RelayState=%F"));
        let _ = Received::by_redirect(&format!("SAMLRequest={}", escape(&STANDARD.encode(&bytes))));
        let _ = Received::by_redirect(&format!("SAMLRequest={}", escape(&STANDARD.encode(deflate(&bytes)))));
    }
}
