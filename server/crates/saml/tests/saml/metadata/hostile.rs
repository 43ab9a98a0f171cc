//! Files made to cost much, or to be read as something else. Each is refused by a bound or read; what a bound lets through is
//! bounded work.

use super::files::{acs, entity};
use proptest::prelude::*;
use saml::metadata::BOUNDS;
use saml::read_sp_metadata;
use std::fmt::Write as _;

fn refusal(text: &str) -> String {
    read_sp_metadata(text.as_bytes()).unwrap_err().to_string()
}

fn good() -> String {
    entity("urn:x", &acs("0", "https://a.example/"))
}

#[test]
fn a_doctype_is_refused_whatever_it_holds() {
    for doctype in [
        "<!DOCTYPE x>",
        "<!DOCTYPE x [<!ENTITY a \"b\">]>",
        "<!DOCTYPE x SYSTEM \"file:///etc/passwd\">",
        "<!-- --><!DOCTYPE x [<!ENTITY a SYSTEM \"http://127.0.0.1/\">]>",
    ] {
        assert!(refusal(&format!("{doctype}{}", good())).contains("DOCTYPE"), "{doctype}");
    }
    let mut bomb = "<!DOCTYPE x [<!ENTITY a0 \"ha\">".to_owned();
    for level in 1..30 {
        let _ = write!(bomb, "<!ENTITY a{level} \"&a{0};&a{0};\">", level - 1);
    }
    assert!(refusal(&format!("{bomb}]>{}", good().replace("urn:x", "&a29;"))).contains("DOCTYPE"));
    // Without one, an entity is an error and nothing else.
    assert!(refusal(&good().replace("urn:x", "&a29;")).contains("not well-formed"));
}

#[test]
fn size_depth_and_width_have_bounds() {
    let padded = |bytes: usize| good().replace("</md:SPSSODescriptor>", &format!("<!--{}--></md:SPSSODescriptor>", "x".repeat(bytes)));
    assert!(read_sp_metadata(padded(BOUNDS.bytes - 1000).as_bytes()).is_ok());
    assert!(refusal(&padded(BOUNDS.bytes)).contains("larger than 2048 kB"));
    let inside = |inner: &str| good().replace("<md:SPSSODescriptor", &format!("<md:Extensions>{inner}</md:Extensions><md:SPSSODescriptor"));
    let deep = |depth: usize| inside(&[&"<a>".repeat(depth), &"</a>".repeat(depth)].map(String::as_str).concat());
    assert!(read_sp_metadata(deep(60).as_bytes()).is_ok());
    assert!(refusal(&deep(100)).contains("nested more than 64 deep"));
    assert!(refusal(&deep(100_000)).contains("nested"));
    assert!(refusal(&inside(&"<a>".repeat(100_000))).contains("nested"), "and never closed");
    let attributes = |count: usize| inside(&format!("<a {}/>", (0..count).map(|n| format!("a{n}='x' ")).collect::<String>()));
    assert!(read_sp_metadata(attributes(100).as_bytes()).is_ok());
    assert!(refusal(&attributes(50_000)).contains("more than 100 attributes"));
    let namespaces = |count: usize| inside(&format!("<a {}/>", (0..count).map(|n| format!("xmlns:a{n}='x{n}' ")).collect::<String>()));
    assert!(read_sp_metadata(namespaces(50).as_bytes()).is_ok());
    assert!(refusal(&namespaces(90)).contains("namespaces"));
    assert!(refusal(&inside(&(0..10_001).map(|n| format!("<a xmlns='x{n}'/>")).collect::<String>())).contains("namespaces"));
    assert!(refusal(&inside(&"<a/>".repeat(60_001))).contains("more than 60000 elements"));
}

#[test]
fn the_most_that_the_bounds_let_through_is_read() {
    // Many entities, many addresses, many certificates that are none, each up to what fits.
    let entities: String = (0..6_000).map(|n| entity(&format!("urn:{n}"), &acs("0", &format!("https://a.example/{n}")))).collect();
    let entities = format!("<m:EntitiesDescriptor xmlns:m=\"urn:oasis:names:tc:SAML:2.0:metadata\">{entities}</m:EntitiesDescriptor>");
    assert!(entities.len() < BOUNDS.bytes);
    assert_eq!(read_sp_metadata(entities.as_bytes()).unwrap().len(), 6_000);
    let addresses: String = (0..15_000).map(|n| acs("", &format!("https://a/{n}"))).collect();
    let sp = read_sp_metadata(entity("urn:x", &addresses).as_bytes()).unwrap().remove(0);
    assert_eq!(sp.assertion_consumers.len(), 100);
    assert!(sp.notes.len() <= 20, "{}", sp.notes.len());
    let one = "<d:X509Certificate>eA==</d:X509Certificate>";
    let keys = format!(
        "<md:KeyDescriptor><d:KeyInfo xmlns:d=\"http://www.w3.org/2000/09/xmldsig#\"><d:X509Data>{}</d:X509Data></d:KeyInfo></md:KeyDescriptor>",
        one.repeat(40_000)
    );
    let sp = read_sp_metadata(entity("urn:x", &[keys, acs("0", "https://a.example/")].concat()).as_bytes()).unwrap().remove(0);
    assert_eq!((sp.certificates.len(), sp.notes.len()), (0, 1));
    let formats: String = (0..50_000).map(|n| format!("<md:NameIDFormat>{n}</md:NameIDFormat>")).collect();
    let text = entity("urn:x", &[formats, acs("0", "https://a.example/")].concat());
    assert_eq!(read_sp_metadata(text.as_bytes()).unwrap()[0].name_id_formats.len(), 100);
}

proptest! {
    #[test]
    fn bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read_sp_metadata(&bytes);
    }

    #[test]
    fn markup_never_panics(parts in proptest::collection::vec(prop_oneof![
        Just("<md:EntityDescriptor"), Just("<md:SPSSODescriptor"), Just("<md:KeyDescriptor"), Just("xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\""),
        Just(" entityID=\""), Just("urn:x"), Just("\""), Just(">"), Just("/>"), Just("</md:EntityDescriptor>"), Just("<!--"), Just("-->"),
        Just("<![CDATA["), Just("]]>"), Just("<?"), Just("?>"), Just("<"), Just("&"), Just("&#x0;"), Just("="), Just("'"), Just(" "), Just("é😀"),
        Just("<!DOCTYPE"), Just(" index='70000'"), Just(" validUntil='-1'"),
    ], 0..60)) {
        let _ = read_sp_metadata(parts.concat().as_bytes());
    }

    #[test]
    fn a_damaged_file_never_panics(at in 0usize..600, byte in any::<u8>(), cut in 0usize..600) {
        let mut text = good().into_bytes();
        let at = at % text.len();
        text[at] = byte;
        let _ = read_sp_metadata(&text);
        text.truncate(cut);
        let _ = read_sp_metadata(&text);
    }

    /// The pass that counts sees at least what the parser sees: what it lets through has no more than it says.
    #[test]
    fn the_count_of_attributes_is_never_too_small(names in proptest::collection::vec("[a-z]{1,3}( ?= ?)?('[^'<&]{0,6}'|\"[^\"<&]{0,6}\")?", 0..12)) {
        let text = format!("<a {}/>", names.join(" "));
        let bounds = saml::xml::bounds::Bounds { attributes: 3, ..BOUNDS };
        if saml::xml::bounds::check(&text, &bounds).is_ok() && let Ok(document) = roxmltree::Document::parse(&text) {
            prop_assert!(document.root_element().attributes().count() <= 3, "{}", text);
        }
    }
}
