//! Signed requests changed at random, and bytes that are none.

use crate::forge::{P256, read, signed};
use proptest::prelude::*;

fn small() -> &'static str {
    static DOCUMENT: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| signed("_1", &P256));
    &DOCUMENT
}

proptest! {
    /// Whatever is done to a signed request: if it is still taken for signed, it says what was signed.
    #[test]
    fn an_accepted_change_of_a_signed_request_means_the_same(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), 0usize..8, prop_oneof![
            any::<u8>().prop_map(|byte| vec![byte]),
            prop::sample::select(vec![" ", "\n", "<!---->", "<![CDATA[x]]>", "&#x20;", "/", "<x/>", "=", "\"", "'", ">", "<", " a='b'", " xmlns='urn:x'",
                " xmlns:saml='urn:x'", "_1", "ds:", "samlp:", "saml:", "&amp;", "x", "1"]).prop_map(|text| text.as_bytes().to_vec()),
        ]), 1..4)
    ) {
        let mut bytes = small().as_bytes().to_vec();
        for (at, cut, put) in changes {
            let at = at.index(bytes.len());
            let end = (at + cut).min(bytes.len());
            bytes.splice(at..end, put);
        }
        let whole = read(small(), &[&P256]).unwrap();
        if let Ok(changed) = String::from_utf8(bytes) && let Ok(found) = read(&changed, &[&P256]) && found.root.signed.is_proved() {
            prop_assert_eq!(found, whole, "{}", changed);
        }
    }

    /// Pieces of the signed request put together anew are no other signed request.
    #[test]
    fn pieces_put_together_anew_mean_the_same(pieces in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..3)) {
        let mut text = small().to_owned();
        for (from, to, at) in pieces {
            // From the beginning of one tag to the beginning of another.
            let tags: Vec<usize> = text.match_indices('<').map(|(at, _)| at).collect();
            let (from, to, at) = (tags[from.index(tags.len())], tags[to.index(tags.len())], tags[at.index(tags.len())]);
            let piece = text[from.min(to)..from.max(to)].to_owned();
            text.insert_str(at, &piece);
        }
        if let Ok(found) = read(&text, &[&P256]) && found.root.signed.is_proved() {
            prop_assert_eq!(found, read(small(), &[&P256]).unwrap(), "{}", text);
        }
    }

    #[test]
    fn bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let text = String::from_utf8_lossy(&bytes);
        let _ = saml::Received::by_post([("SAMLRequest", &*text)]);
        let _ = read(&text, &[&P256]);
        let _ = read(&format!("<samlp:AuthnRequest xmlns:samlp='urn:oasis:names:tc:SAML:2.0:protocol'>{text}</samlp:AuthnRequest>"), &[&P256]);
    }
}
