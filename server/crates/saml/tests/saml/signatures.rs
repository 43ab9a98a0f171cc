//! Signatures on posted messages: those that hold, and the ways to make one message look signed that is not.

use crate::desk::{Desk, Key};
use crate::forge::{Keys, P256, P384, RSA, STRANGER, post, read, request, signed};
use proptest::prelude::*;
use saml::signature::SignatureFault;
use saml::{Refusal, Signed};

fn fault(document: &str, keys: &[&Keys]) -> SignatureFault {
    match read(document, keys) {
        Err(refusal @ Refusal::Signature { .. }) => {
            assert_eq!(refusal.code(), "saml-signature");
            let Refusal::Signature { fault, .. } = refusal else { unreachable!() };
            fault
        }
        other => panic!("{other:?}\n{document}"),
    }
}

fn element(document: &str, name: &str) -> String {
    let (from, to) = (document.find(&format!("<{name}")).unwrap(), format!("</{name}>"));
    document[from..document.find(&to).unwrap() + to.len()].to_owned()
}

/// Without declaration, for being put into something.
fn inner(document: &str) -> &str {
    document.split_once('\n').unwrap().1.trim_end()
}

#[test]
fn each_kind_of_key_and_each_of_several_certificates_verifies() {
    for keys in [&*RSA, &P256, &P384] {
        let document = signed("_1", keys);
        assert_eq!(read(&document, &[keys]).unwrap().root.signed, Signed::By(0));
        // While a key is renewed, both certificates are known, and others may be.
        assert!(read(&document, &[&STRANGER, &P256, &RSA, &P384]).unwrap().root.signed.is_proved());
        assert_eq!(read(&document, &[&STRANGER, keys]).unwrap().root.signed, Signed::By(1));
    }
    assert_eq!(fault(&signed("_1", &RSA), &[&STRANGER]), SignatureFault::Value);
    assert_eq!(fault(&signed("_1", &RSA), &[&P256]), SignatureFault::OtherKind);
    assert_eq!(fault(&signed("_1", &P256), &[&P384, &RSA]), SignatureFault::OtherKind);
    let with_garbage = post(&signed("_1", &RSA)).unwrap().authn_request(&[b"no certificate".to_vec(), RSA.der.clone()]).unwrap();
    assert_eq!(with_garbage.root.signed, Signed::By(1));
}

#[test]
fn whatever_is_changed_is_noticed() {
    let document = signed("_1", &RSA);
    for (from, to) in [
        ("https://sp.example.com/acs", "https://evil.example/acs"),
        ("ForceAuthn=\"true\"", "ForceAuthn=\"false\""),
        ("<samlp:NameIDPolicy", "<samlp:NameIDPolicy SPNameQualifier=\"x\""),
        ("https://sp.example.com/metadata</", "https://sp.example.com/meta-data</"),
        (" Destination=", " Consent=\"x\" Destination="),
        ("</samlp:AuthnRequest>", " </samlp:AuthnRequest>"),
        ("<saml:Issuer", "x<saml:Issuer"),
    ] {
        assert!(document.contains(from), "{from}");
        assert_eq!(fault(&document.replacen(from, to, 1), &[&RSA]), SignatureFault::Digest, "{from}");
    }
    assert_eq!(fault(&document.replace("_1", "_2"), &[&RSA]), SignatureFault::Value, "the reference is signed too");
    assert_eq!(fault(&document.replacen("_1", "_2", 1), &[&RSA]), SignatureFault::OtherElement);
}

#[test]
fn what_does_not_change_the_meaning_is_accepted_and_read_alike() {
    let document = signed("_1", &RSA);
    let whole = read(&document, &[&RSA]).unwrap();
    for (from, to) in [
        ("<saml:Issuer", "<!-- a comment --><saml:Issuer"),
        ("https://sp.example.com/metadata<", "https://sp.example.com/<!-- .evil -->metadata<"),
        ("https://sp.example.com/metadata<", "https://<![CDATA[sp.example.com/]]>meta&#x64;ata<"),
        (" ForceAuthn=\"true\"", "\n\tForceAuthn = 'true'  "),
        ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", "<!-- in front -->"),
        ("<samlp:AuthnRequest", "<samlp:AuthnRequest xmlns:unused=\"urn:x\""),
    ] {
        assert!(document.contains(from), "{from}");
        assert_eq!(read(&document.replacen(from, to, 1), &[&RSA]).unwrap(), whole, "{from}");
    }
}

/// The eight places of the literature for the signed original and the forged message, as far as they exist for a message whose root
/// is what is signed, and some more.
#[test]
fn a_signed_part_is_not_taken_for_the_whole() {
    let original = signed("_1", &RSA);
    let signature = element(&original, "ds:Signature");
    let unsigned = inner(&original).replace(&signature, "");
    let evil = |id: &str| {
        let text = request(id).canonical().unwrap().replace("https://sp.example.com/acs", "https://evil.example/acs");
        assert!(text.contains("evil"));
        text
    };
    let put = |host: &str, what: &str| host.replacen("<samlp:NameIDPolicy", &format!("{what}<samlp:NameIDPolicy"), 1);
    let behind = |host: &str, what: &str| host.replace("</samlp:AuthnRequest>", &format!("{what}</samlp:AuthnRequest>"));
    let extensions = |what: &str| format!("<samlp:Extensions>{what}</samlp:Extensions>");
    let object = |what: &str| signature.replace("</ds:Signature>", &format!("<ds:Object>{what}</ds:Object></ds:Signature>"));

    use SignatureFault::{Misplaced, OtherElement, SameId, Several};
    let structure = |fault: &SignatureFault| matches!(fault, SignatureFault::Structure(_));
    for id in ["_1", "_2"] {
        let place = |document: String| fault(&document, &[&RSA]);
        let text = evil(id);
        // The original with its signature inside the forged one.
        assert_eq!(place(put(&text, inner(&original))), Misplaced);
        assert_eq!(place(put(&text, &extensions(inner(&original)))), Misplaced);
        assert_eq!(place(behind(&text, inner(&original))), Misplaced);
        // The signature in the forged one, the original beside it, in Extensions, in the signature itself.
        let expected = if id == "_1" { SameId } else { OtherElement };
        assert_eq!(place(put(&text, &[signature.as_str(), &unsigned].concat())), expected);
        assert_eq!(place(put(&text, &[signature.clone(), extensions(&unsigned)].concat())), expected);
        assert_eq!(place(behind(&put(&text, &signature), &unsigned)), expected);
        assert!(structure(&place(put(&text, &object(&unsigned)))));
        assert_eq!(place(put(&text, &object(inner(&original)))), Several);
        // The forged one inside the original, which is not what it was then.
        let inside = place(put(inner(&original), &text));
        assert!(inside == if id == "_1" { SameId } else { SignatureFault::Digest }, "{inside:?}");
        assert!(structure(&place(original.replace(&signature, &object(&text)))));
        // Two signatures: the one that holds, and one more.
        assert_eq!(place(put(&put(&text, &signature), &signature)), Several);
        assert_eq!(place(put(&original, &signature)), Several);
        // A signature deeper down, in a message that would do without.
        assert_eq!(place(put(&text, &extensions(&signature))), Misplaced);
    }
    // The signature alone, moved over.
    assert_eq!(fault(&put(&evil("_1"), &signature), &[&RSA]), SignatureFault::Digest);
    // IDs by other names and in other cases.
    for attribute in ["Id", "id", "ID", "xml:id"] {
        assert_eq!(fault(&put(&original, &format!("<x {attribute}='_1'/>")), &[&RSA]), SameId, "{attribute}");
    }
    // The signature taken away: unsigned, and seen to be so.
    assert_eq!(read(&unsigned, &[&RSA]).unwrap().root.signed, Signed::No);
    // Signed again, by somebody else who brings the certificate along.
    assert_eq!(fault(&signed("_1", &STRANGER), &[&RSA]), SignatureFault::Value);
    let brought = element(&signed("_1", &STRANGER), "ds:KeyInfo");
    let swapped = original.replace(&element(&original, "ds:KeyInfo"), &brought);
    assert!(read(&swapped, &[&RSA]).is_ok(), "what a message says of its key is not looked at");
}

/// A signature that says itself how it is made, for xmlsec1 to fill in.
struct Template {
    c14n: &'static str,
    method: &'static str,
    uri: &'static str,
    transforms: String,
    digest: &'static str,
    more: String,
}

const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

impl Default for Template {
    fn default() -> Self {
        Self {
            c14n: EXCLUSIVE,
            method: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            uri: "#_1",
            transforms: [transform("http://www.w3.org/2000/09/xmldsig#enveloped-signature"), transform(EXCLUSIVE)].concat(),
            digest: "http://www.w3.org/2001/04/xmlenc#sha256",
            more: String::new(),
        }
    }
}

fn transform(algorithm: &str) -> String {
    format!("<ds:Transform Algorithm=\"{algorithm}\"/>")
}

impl Template {
    fn reference(&self) -> String {
        format!(
            "<ds:Reference URI=\"{}\"><ds:Transforms>{}</ds:Transforms><ds:DigestMethod Algorithm=\"{}\"/><ds:DigestValue/></ds:Reference>",
            self.uri, self.transforms, self.digest
        )
        .replace("<ds:Transforms></ds:Transforms>", "")
    }

    /// A request signed so by xmlsec1, which takes more than what is taken here.
    fn sign(&self, desk: &Desk, key: &Key<'_>) -> String {
        self.sign_in(&request("_1").document().unwrap(), desk, key)
    }

    fn sign_in(&self, document: &str, desk: &Desk, key: &Key<'_>) -> String {
        let signature = format!(
            "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"{}\"/>\
             <ds:SignatureMethod Algorithm=\"{}\"/>{}{}</ds:SignedInfo><ds:SignatureValue/></ds:Signature>",
            self.c14n,
            self.method,
            self.reference(),
            self.more
        );
        let document = document.replacen("</saml:Issuer>", &format!("</saml:Issuer>{signature}"), 1);
        desk.sign("samlp:AuthnRequest", &document, key)
    }
}

#[test]
fn signatures_of_xmlsec1_verify() {
    let desk = Desk::new();
    let pem = Key::Pem(RSA.made.private_key.expose());
    let whole = read(&signed("_1", &RSA), &[&RSA]).unwrap();
    let more = "http://www.w3.org/2001/04/xmldsig-more#";
    for (method, digest) in [
        (format!("{more}rsa-sha256"), "http://www.w3.org/2001/04/xmlenc#sha256".to_owned()),
        (format!("{more}rsa-sha384"), format!("{more}sha384")),
        (format!("{more}rsa-sha512"), "http://www.w3.org/2001/04/xmlenc#sha512".to_owned()),
    ] {
        let template = Template { method: method.clone().leak(), digest: digest.leak(), ..Template::default() };
        assert_eq!(read(&template.sign(&desk, &pem), &[&RSA]).unwrap(), whole, "{method}");
    }
    for (keys, method) in [(&*P256, "ecdsa-sha256"), (&P384, "ecdsa-sha384")] {
        let template = Template { method: format!("{more}{method}").leak(), ..Template::default() };
        let document = template.sign(&desk, &Key::Pem(keys.made.private_key.expose()));
        assert_eq!(read(&document, &[keys]).unwrap(), whole, "{method}");
    }
    // Namespaces that count although nothing uses them.
    let list = "<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"saml xs #default\"/>";
    let transforms = [
        transform("http://www.w3.org/2000/09/xmldsig#enveloped-signature"),
        format!("<ds:Transform Algorithm=\"{EXCLUSIVE}\">{list}</ds:Transform>"),
    ];
    let document = Template { transforms: transforms.concat(), ..Template::default() }.sign(&desk, &pem);
    assert_eq!(read(&document, &[&RSA]).unwrap(), whole);
}

/// An element of an extension: prefixes declared, declared again, used and not used; attributes and texts that canonical XML writes
/// in its own way.
fn anything() -> impl Strategy<Value = String> {
    let text = || {
        prop::sample::select(vec![
            "",
            " x ",
            "a\r\nb",
            "&#xD;&#xA;&#x9;",
            "&lt;&amp;&gt;]]&gt;&quot;",
            "<![CDATA[<&>]]>",
            "é😀",
            "<!-- c -->",
            "\t'",
        ])
    };
    let name = || prop::sample::select(vec!["e", "a:e", "b:e", "samlp:e", "saml:e"]);
    let attributes = || {
        let names = ["x", "y", "a:x", "b:x", "samlp:x", "xml:lang", "xmlns", "xmlns:a", "xmlns:b", "xmlns:saml"];
        prop::sample::subsequence(names.to_vec(), 0..6).prop_flat_map(|names| {
            let values = prop::collection::vec(prop::sample::select(vec!["urn:a", "urn:b", "urn:c"]), names.len());
            (Just(names).prop_shuffle(), values, prop::sample::select(vec!["", " &#xA;&lt;&quot;\t'", "&amp;>\n "])).prop_map(
                |(names, values, more)| {
                    // One namespace each, so that no two attributes of an element can be the same one.
                    let own = |name: &str, value: &str| match name {
                        "xmlns" => value.to_owned(),
                        "xmlns:a" => format!("{value}:a"),
                        "xmlns:b" => format!("{value}:b"),
                        "xmlns:saml" => format!("{value}:s"),
                        _ => format!("{value}{more}"),
                    };
                    names.iter().zip(values).map(|(name, value)| format!(" {name}=\"{}\"", own(name, value))).collect::<String>()
                },
            )
        })
    };
    let leaf = (name(), attributes(), text()).prop_map(|(name, attributes, text)| format!("<{name}{attributes}>{text}</{name}>"));
    let tree = leaf.prop_recursive(4, 20, 4, move |inner| {
        (name(), attributes(), prop::collection::vec((inner, text()), 0..4)).prop_map(|(name, attributes, children)| {
            let children: String = children.into_iter().map(|(child, text)| format!("{child}{text}")).collect();
            format!("<{name}{attributes}>{children}</{name}>")
        })
    });
    (tree, any::<bool>()).prop_map(|(tree, is_reset)| {
        let reset = if is_reset { " xmlns=\"\"" } else { "" };
        format!("<samlp:Extensions xmlns=\"urn:d\" xmlns:a=\"urn:a:a\" xmlns:b=\"urn:b:b\" xmlns:saml=\"urn:s\"><o{reset}>{tree}</o></samlp:Extensions>")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Canonical XML is the same here and there: what xmlsec1 signs verifies, whatever is in it.
    #[test]
    fn whatever_xmlsec1_signs_verifies(extension in anything(), list in prop::sample::select(vec!["", "a", "#default", "b saml", "#default a b saml samlp x"])) {
        let desk = Desk::new();
        let inclusive = match list {
            "" => String::new(),
            list => format!("<ec:InclusiveNamespaces xmlns:ec=\"{EXCLUSIVE}\" PrefixList=\"{list}\"/>"),
        };
        let transforms = [
            transform("http://www.w3.org/2000/09/xmldsig#enveloped-signature"),
            format!("<ds:Transform Algorithm=\"{EXCLUSIVE}\">{inclusive}</ds:Transform>"),
        ];
        let template = Template { transforms: transforms.concat(), method: "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", ..Template::default() };
        let host = request("_1").document().unwrap().replacen("<samlp:NameIDPolicy", &format!("{extension}<samlp:NameIDPolicy"), 1);
        let document = template.sign_in(&host, &desk, &Key::Pem(P256.made.private_key.expose()));
        let found = read(&document, &[&P256]);
        prop_assert!(found.is_ok(), "{:?}\n{}", found, document);
    }
}

#[test]
fn ways_to_sign_that_do_not_count() {
    let desk = Desk::new();
    let pem = Key::Pem(RSA.made.private_key.expose());
    let certificate = &RSA.made.certificate;
    let enveloped = || transform("http://www.w3.org/2000/09/xmldsig#enveloped-signature");
    let algorithm = |template: Template, key: &Key<'_>| {
        let document = template.sign(&desk, key);
        let found = fault(&document, &[&RSA]);
        assert!(matches!(&found, SignatureFault::Algorithm(_)), "{found:?}");
        assert!(found.to_string().contains("Accepted are"), "{found}");
    };
    for method in ["http://www.w3.org/2000/09/xmldsig#rsa-sha1", "http://www.w3.org/2001/04/xmldsig-more#rsa-ripemd160"] {
        algorithm(Template { method, ..Template::default() }, &pem);
    }
    // A certificate is no secret: a signature made with it as one proves nothing.
    let hmac = Template { method: "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", ..Template::default() };
    algorithm(hmac, &Key::Hmac(certificate));
    algorithm(Template { digest: "http://www.w3.org/2000/09/xmldsig#sha1", ..Template::default() }, &pem);
    for c14n in [
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
        "http://www.w3.org/2006/12/xml-c14n11",
    ] {
        algorithm(Template { c14n, ..Template::default() }, &pem);
        algorithm(Template { transforms: [enveloped(), transform(c14n)].concat(), ..Template::default() }, &pem);
    }
    let xpath = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><ds:XPath>not(ancestor-or-self::*[local-name()='NameIDPolicy'])</ds:XPath></ds:Transform>";
    algorithm(Template { transforms: [enveloped(), xpath.to_owned()].concat(), ..Template::default() }, &pem);

    let other = |template: Template| fault(&template.sign(&desk, &pem), &[&RSA]);
    let is_structure = |template: Template| {
        let found = other(template);
        assert!(matches!(found, SignatureFault::Structure(_)), "{found:?}");
    };
    let three = [enveloped(), xpath.to_owned(), transform(EXCLUSIVE)].concat();
    is_structure(Template { transforms: three, ..Template::default() });
    is_structure(Template { transforms: enveloped(), ..Template::default() });
    is_structure(Template { transforms: String::new(), more: String::new(), ..Template::default() });
    // A second reference, to the same and to nothing much.
    let reference = Template::default().reference();
    is_structure(Template { more: reference.clone(), ..Template::default() });
    is_structure(Template { more: reference.replace("#_1", ""), ..Template::default() });
    // The whole document, whatever its root is; an expression.
    assert_eq!(other(Template { uri: "", ..Template::default() }), SignatureFault::OtherElement);
    assert_eq!(other(Template { uri: "#xpointer(id('_1'))", ..Template::default() }), SignatureFault::OtherElement);
    let twice = [enveloped(), enveloped()].concat();
    algorithm(Template { transforms: twice, ..Template::default() }, &pem);
}

#[test]
fn a_signature_that_is_not_built_as_it_must_be() {
    let document = signed("_1", &RSA);
    let value = element(&document, "ds:SignatureValue");
    let digest = element(&document, "ds:DigestValue");
    let digest_text = digest.replace("<ds:DigestValue>", "").replace("</ds:DigestValue>", "");
    let info = element(&document, "ds:SignedInfo");
    for (from, to) in [
        (value.as_str(), "<ds:SignatureValue>*</ds:SignatureValue>"),
        (&value, &value.replace("<ds:SignatureValue>", "<ds:SignatureValue><!-- -->")),
        (&value, ""),
        (&value, &[value.as_str(), &value].concat()),
        (&info, ""),
        (&info, &[info.as_str(), &info].concat()),
        // What a comment would make of a value, to whom reads only up to it or from it.
        (&digest_text, &format!("<!--{digest_text}-->{digest_text}")),
        (&digest_text, &format!("{digest_text}<x/>")),
        (" URI=\"#_1\"", ""),
        (
            "<ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\">",
            "<ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"><ds:HMACOutputLength>0</ds:HMACOutputLength>",
        ),
        ("<ds:KeyInfo>", "<ds:Object></ds:Object><ds:KeyInfo>"),
        ("enveloped-signature\">", "enveloped-signature\"><x/>"),
        (
            "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">",
            "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"><x/>",
        ),
    ] {
        assert!(document.contains(from), "{from}");
        let found = fault(&document.replacen(from, to, 1), &[&RSA]);
        assert!(matches!(found, SignatureFault::Structure(_)), "{from} {found:?}");
    }
    // Of SignedInfo, every bit is signed; a value of another length is none.
    let short = format!("<ds:SignatureValue>{}</ds:SignatureValue>", &value["<ds:SignatureValue>".len()..][..4]);
    assert_eq!(fault(&document.replace(&value, &short), &[&RSA]), SignatureFault::Value);
    assert_eq!(fault(&document.replace("<ds:SignedInfo>", "<ds:SignedInfo Id=\"x\">"), &[&RSA]), SignatureFault::Value);
    assert_eq!(fault(&document.replace(&digest_text, &format!("{}=", "A".repeat(43))), &[&RSA]), SignatureFault::Value);
}

#[test]
fn documents_made_to_cost_much_or_to_read_as_something_else() {
    let document = signed("_1", &RSA);
    let refusal = |document: &str| read(document, &[&RSA]).unwrap_err();
    for doctype in [
        "<!DOCTYPE x>",
        "<!DOCTYPE x [<!ENTITY a \"b\">]>",
        "<!DOCTYPE x SYSTEM \"file:///etc/passwd\">",
        "<!DOCTYPE x [<!ATTLIST x ID ID #IMPLIED>]>",
    ] {
        assert!(refusal(&format!("{doctype}{}", inner(&document))).to_string().contains("DOCTYPE"), "{doctype}");
    }
    let mut bomb = "<!DOCTYPE x [<!ENTITY a0 \"ha\">".to_owned();
    for level in 1..30 {
        bomb.push_str(&format!("<!ENTITY a{level} \"&a{0};&a{0};\">", level - 1));
    }
    assert!(refusal(&format!("{bomb}]>{}", inner(&document).replace("<saml:Issuer", "&a29;<saml:Issuer"))).to_string().contains("DOCTYPE"));
    assert!(refusal(&document.replace("<saml:Issuer", "&a29;<saml:Issuer")).to_string().contains("not well-formed"));
    assert_eq!(refusal(&document.replace("<saml:Issuer", "<?php x?><saml:Issuer")), Refusal::Instruction);
    assert_eq!(refusal(&document.replace("<samlp:AuthnRequest", "<?xml-stylesheet href='x'?><samlp:AuthnRequest")), Refusal::Instruction);

    let put = |what: &str| document.replace("<samlp:NameIDPolicy", &format!("{what}<samlp:NameIDPolicy"));
    assert!(refusal(&put(&format!("<!--{}-->", "x".repeat(80_000)))).to_string().contains("bytes"), "before it is decoded");
    assert!(refusal(&put(&format!("<!--{}-->", "x".repeat(66_000)))).to_string().contains("larger than 64 kB"), "and after");
    assert!(refusal(&put(&"<a>".repeat(5_000))).to_string().contains("nested more than 32 deep"));
    assert!(refusal(&put(&"<a/>".repeat(2_000))).to_string().contains("more than 1000 elements"));
    let attributes: String = (0..51).map(|n| format!(" a{n}=''")).collect();
    assert!(refusal(&put(&format!("<a{attributes}/>"))).to_string().contains("more than 50 attributes"));
    let namespaces: String = (0..33).map(|n| format!(" xmlns:a{n}='x{n}'")).collect();
    assert!(refusal(&put(&format!("<a{namespaces}/>"))).to_string().contains("namespaces"));
    // A name of a namespace that each of many siblings writes out again when it is canonical.
    let long = format!("<a xmlns:b='{}'>{}</a>", "x".repeat(40_000), "<b:c/>".repeat(900));
    assert!(matches!(fault(&put(&long), &[&RSA]), SignatureFault::Structure(why) if why.contains("too long")));
    assert_eq!(fault(&put("<a ID='b'/><a ID='b'/>"), &[&RSA]), SignatureFault::Digest);
}
