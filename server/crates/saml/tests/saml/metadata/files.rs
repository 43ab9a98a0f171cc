//! Files as service providers offer them.

use domain::model::sp_metadata::{Binding, KeyUsage, SpMetadata};
use saml::{MetadataError, read_sp_metadata};

pub const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
pub const SAML2: &str = "urn:oasis:names:tc:SAML:2.0:protocol";

/// An entity with one role of a service provider.
pub fn entity(id: &str, role: &str) -> String {
    format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{id}\">\
         <md:SPSSODescriptor protocolSupportEnumeration=\"{SAML2}\">{role}</md:SPSSODescriptor></md:EntityDescriptor>"
    )
}

pub fn acs(index: &str, url: &str) -> String {
    format!("<md:AssertionConsumerService Binding=\"{POST}\" Location=\"{url}\" index=\"{index}\"/>")
}

fn one(text: &str) -> SpMetadata {
    let mut all = read_sp_metadata(text.as_bytes()).unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn refusal(text: &str) -> String {
    read_sp_metadata(text.as_bytes()).unwrap_err().to_string()
}

const AWS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://us-east-1.signin.aws.amazon.com/platform/saml/d-1234567890">
  <md:SPSSODescriptor AuthnRequestsSigned="false" WantAssertionsSigned="true" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</md:NameIDFormat>
    <md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://us-east-1.signin.aws/platform/saml/acs/75732d656173742d312d059231ef-7dc0-4a" index="0" isDefault="true"/>
    <md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://us-east-1.sso.signin.aws/platform/saml/acs/75732d656173742d312d059231ef-7dc0-4a" index="1"/>
    <md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://eu-west-1.signin.aws/platform/saml/acs/65752d776573742d312d059231ef-7dc0-4a" index="2"/>
    <md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://eu-west-1.sso.signin.aws/platform/saml/acs/65752d776573742d312d059231ef-7dc0-4a" index="3"/>
  </md:SPSSODescriptor>
</md:EntityDescriptor>
"#;

#[test]
fn the_file_of_aws_with_several_addresses() {
    let aws = one(AWS);
    assert_eq!(aws.entity_id, "https://us-east-1.signin.aws.amazon.com/platform/saml/d-1234567890");
    assert_eq!(aws.name_id_formats, ["urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"]);
    assert!(aws.want_assertions_signed && !aws.authn_requests_signed && !aws.is_signed);
    let urls: Vec<_> = aws.assertion_consumers.iter().map(|c| (c.index, c.binding, c.url.split('/').nth(2).unwrap())).collect();
    let post = Binding::HttpPost;
    assert_eq!(
        urls,
        [
            (0, post, "us-east-1.signin.aws"),
            (1, post, "us-east-1.sso.signin.aws"),
            (2, post, "eu-west-1.signin.aws"),
            (3, post, "eu-west-1.sso.signin.aws")
        ]
    );
    assert_eq!(aws.default_consumer().unwrap().index, 0);
    assert_eq!((aws.certificates.len(), aws.notes.len(), aws.valid_until, aws.contact), (0, 0, None, None));
}

#[test]
fn a_full_file_of_shibboleth_s_kind() {
    let made = keys::make(&Default::default(), domain::model::signing_key::KeyAlgorithm::EcP256, 1_700_000_000_000, 365).unwrap();
    let pem = made.certificate;
    let wrapped = pem.replace("-----BEGIN CERTIFICATE-----", "").replace("-----END CERTIFICATE-----", "");
    let text = format!(
        r##"<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" ID="_1"
             validUntil="2030-01-02T03:04:05.678Z" entityID="  https://sp.example.com/shibboleth ">
          <ds:Signature><ds:SignedInfo/></ds:Signature>
          <Extensions><mdui:UIInfo xmlns:mdui="urn:oasis:names:tc:SAML:metadata:ui"><mdui:DisplayName xml:lang="en">SP</mdui:DisplayName></mdui:UIInfo>
            <SPSSODescriptor protocolSupportEnumeration="{SAML2}"><AssertionConsumerService Binding="{POST}" Location="https://evil.example" index="9"/></SPSSODescriptor>
          </Extensions>
          <SPSSODescriptor AuthnRequestsSigned="1" WantAssertionsSigned="0" protocolSupportEnumeration="urn:oasis:names:tc:SAML:1.1:protocol {SAML2}">
            <KeyDescriptor use="signing"><ds:KeyInfo><ds:KeyName>sp</ds:KeyName><ds:X509Data><ds:X509Certificate>
{wrapped}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>
            <KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{pem}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>
            <KeyDescriptor use="encryption"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>bm8=</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>
            <SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://sp.example.com/slo" ResponseLocation="https://sp.example.com/slo/done"/>
            <SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:SOAP" Location="https://sp.example.com/soap"/>
            <NameIDFormat> urn:oasis:names:tc:SAML:2.0:nameid-format:transient </NameIDFormat>
            <AssertionConsumerService Binding="{POST}" Location="https://sp.example.com/post" index="1"/>
            <AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST-SimpleSign" Location="https://sp.example.com/simple" index="2"/>
            <AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:PAOS" Location="https://sp.example.com/ecp" index="4"/>
          </SPSSODescriptor>
          <Organization><OrganizationName xml:lang="de">Beispiel</OrganizationName><OrganizationDisplayName xml:lang="de">Beispiel AG</OrganizationDisplayName>
            <OrganizationDisplayName xml:lang="en">Example plc</OrganizationDisplayName></Organization>
          <ContactPerson contactType="support"><EmailAddress>mailto:help@example.com</EmailAddress></ContactPerson>
          <ContactPerson contactType="technical"><Company>Example</Company><GivenName>Ada</GivenName><SurName>Byron</SurName>
            <EmailAddress>mailto:ada@example.com</EmailAddress><TelephoneNumber>+44 1</TelephoneNumber></ContactPerson>
        </EntityDescriptor>"##
    );
    let sp = one(&text);
    assert_eq!(sp.entity_id, "https://sp.example.com/shibboleth");
    assert!(sp.is_signed && sp.authn_requests_signed && !sp.want_assertions_signed);
    assert_eq!(sp.valid_until, Some(1_893_553_445_678));
    assert_eq!(sp.certificates.iter().map(|c| c.usage).collect::<Vec<_>>(), [KeyUsage::Signing, KeyUsage::Any]);
    assert_eq!(sp.certificates[0].der, sp.certificates[1].der, "with line breaks, or as PEM");
    assert_eq!(sp.signing_certificates().count(), 2);
    assert_eq!(sp.logout[0].response_url.as_deref(), Some("https://sp.example.com/slo/done"));
    assert_eq!((sp.logout[1].binding, sp.logout[1].response_url.as_deref()), (Binding::Soap, None));
    assert_eq!(sp.name_id_formats, ["urn:oasis:names:tc:SAML:2.0:nameid-format:transient"]);
    let consumers: Vec<_> = sp.assertion_consumers.iter().map(|c| (c.index, c.binding)).collect();
    assert_eq!(consumers, [(1, Binding::HttpPost), (4, Binding::Paos)], "what stands in Extensions is not its own");
    assert_eq!(sp.organization, "Example plc");
    let contact = sp.contact.unwrap();
    assert_eq!([contact.name, contact.company, contact.email, contact.phone], ["Ada Byron", "Example", "ada@example.com", "+44 1"]);
    assert_eq!(sp.notes.len(), 2, "{:?}", sp.notes);
    assert!(sp.notes[0].contains("SimpleSign") || sp.notes[1].contains("SimpleSign"), "{:?}", sp.notes);
}

#[test]
fn other_prefixes_a_byte_order_mark_and_comments_in_values() {
    let text = AWS.replace("md:", "ns2:").replace("xmlns:md", "xmlns:ns2");
    assert_eq!(one(&format!("\u{feff}{text}")), one(AWS));
    assert_eq!(one(&AWS.replace("md:", "").replace("xmlns:md", "xmlns")), one(AWS));
    let commented = AWS
        .replace("1.1:nameid-format:emailAddress</", "1.1:nameid<!-- a -->-format:<?x y?>email<![CDATA[Address]]></")
        .replace("<md:EntityDescriptor", "<!-- a <md:x> --><md:EntityDescriptor")
        .replace("</md:EntityDescriptor>", "<!-- b --></md:EntityDescriptor><!-- c -->");
    assert_eq!(one(&commented), one(AWS));
    // A prefix alone means nothing.
    let other = AWS.replace("urn:oasis:names:tc:SAML:2.0:metadata", "urn:example:metadata");
    assert!(refusal(&other).contains("is not SAML metadata"), "{}", refusal(&other));
}

#[test]
fn two_sets_of_addresses_are_taken_together() {
    let role = |flags: &str, inner: &str| {
        format!("<md:SPSSODescriptor {flags} protocolSupportEnumeration=\"{SAML2}\">{inner}</md:SPSSODescriptor>")
    };
    let first = role("AuthnRequestsSigned=\"true\"", &[acs("0", "https://a.example/1"), acs("1", "https://a.example/2")].concat());
    let second = role("WantAssertionsSigned=\"true\"", &[acs("0", "https://b.example/1"), acs("1", "https://a.example/2")].concat());
    let text = format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"urn:two\">{first}{second}</md:EntityDescriptor>"
    );
    let sp = one(&text);
    let urls: Vec<_> = sp.assertion_consumers.iter().map(|c| (c.index, c.url.as_str())).collect();
    assert_eq!(urls, [(0, "https://a.example/1"), (1, "https://a.example/2"), (2, "https://b.example/1")]);
    assert!(sp.want_assertions_signed && !sp.authn_requests_signed);
    assert_eq!(sp.notes.len(), 1, "{:?}", sp.notes);
}

#[test]
fn indexes_and_defaults_that_are_missing() {
    let text =
        entity("urn:x", &[acs("x", "https://a.example/1"), acs("5", "https://a.example/2"), acs("5", "https://a.example/3")].concat());
    let sp = one(&text.replace("index=\"x\"", ""));
    let urls: Vec<_> = sp.assertion_consumers.iter().map(|c| (c.index, c.url.as_str())).collect();
    assert_eq!(urls, [(0, "https://a.example/1"), (5, "https://a.example/2"), (1, "https://a.example/3")]);
    assert_eq!(sp.default_consumer().unwrap().url, "https://a.example/1");
    let marked = text.replacen("index=\"5\"", "index=\"5\" isDefault=\" 1 \"", 1);
    assert_eq!(one(&marked).default_consumer().unwrap().url, "https://a.example/2");
}

#[test]
fn several_entities_with_their_common_validity() {
    let idp = "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"urn:idp\"><md:IDPSSODescriptor/></md:EntityDescriptor>";
    let (a, b) = (entity("urn:a", &acs("0", "https://a.example/")), entity("urn:b", &acs("0", "https://b.example/")));
    let wrap = |attributes: &str, inner: &str| {
        format!("<m:EntitiesDescriptor xmlns:m=\"urn:oasis:names:tc:SAML:2.0:metadata\" {attributes}>{inner}</m:EntitiesDescriptor>")
    };
    let nested = wrap("validUntil=\"2030-01-01T00:00:00Z\"", &[idp, &a, &wrap("validUntil=\"2029-01-01T00:00:00\"", &b)].concat());
    let all = read_sp_metadata(nested.as_bytes()).unwrap();
    let found: Vec<_> = all.iter().map(|sp| (sp.entity_id.as_str(), sp.valid_until.unwrap())).collect();
    assert_eq!(found, [("urn:a", 1_893_456_000_000), ("urn:b", 1_861_920_000_000)]);
    assert!(refusal(&wrap("", &[a.clone(), a].concat())).contains("twice"));
    assert!(refusal(&wrap("", idp)).contains("identity provider ‘urn:idp’"));
    assert!(refusal(&wrap("", "")).contains("no entity with an SPSSODescriptor"));
}

#[test]
fn what_cannot_be_used_says_why() {
    let with = |url: &str| refusal(&entity("urn:x", &acs("0", url)));
    for url in ["javascript:alert(1)", "/acs", "ftp://x/", "https://", "https://u:p@x/", "https://x/#y", "https://x/ y", "data:text/html,x"]
    {
        let said = with(url);
        assert!(said.contains("urn:x") && said.contains("Location"), "{url}: {said}");
    }
    assert!(with("").contains("has no Location"));
    assert!(refusal(&entity("urn:x", "")).contains("no AssertionConsumerService"));
    assert!(refusal(&entity("", &acs("0", "https://a.example"))).contains("no entityID"));
    assert!(refusal(&entity(&"x".repeat(1025), &acs("0", "https://a.example"))).contains("longer than 1024"));
    let old = entity("urn:old", "").replace("SAML:2.0:protocol", "SAML:1.1:protocol");
    assert!(refusal(&old).contains("older SAML"));
    let until = entity("urn:x", &acs("0", "https://a.example")).replace("entityID", "validUntil=\"tomorrow\" entityID");
    assert!(refusal(&until).contains("‘tomorrow’ is not a time"));
    assert!(matches!(read_sp_metadata(b" \n"), Err(MetadataError::Empty)));
    assert!(matches!(read_sp_metadata(&[0xff, 0xfe, 0x3c, 0x00]), Err(MetadataError::NotText)));
    assert!(refusal("<html><body/></html>").contains("<html>"));
    assert!(refusal("{\"a\": 1}").contains("not well-formed XML"));
    for text in
        [&AWS[..AWS.len() - 30], &AWS.replace("</md:SPSSODescriptor>", ""), "<a/><b/>", "<md:EntityDescriptor/>", "<a b='1' b='2'/>"]
    {
        assert!(refusal(text).contains("not well-formed XML"), "{text}");
    }
}
