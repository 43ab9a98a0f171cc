//! Metadata files: an identity provider's, which AWS takes, and AWS's own, which it gives out.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::text::url::check_base;
use roxmltree::{Document, Node, ParsingOptions};
use saml::xml::Namespace::{Md, Samlp};
use saml::xml::write::Element;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::IdentityProvider;

const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
/// The metadata of one provider is a few kilobytes; AWS takes up to 75.
const LONGEST: usize = 75_000;
/// Elements, attributes and texts of one provider are some dozens.
const MOST_NODES: u32 = 10_000;

/// Reads the metadata of one identity provider; a refusal is a sentence for the person who chose the file.
pub fn read(text: &str) -> Result<IdentityProvider, String> {
    if text.trim().is_empty() {
        return Err("Choose the metadata file of your identity provider.".into());
    }
    if text.len() > LONGEST {
        return Err("This file is longer than 75 kB, which is more than AWS takes.".into());
    }
    let text = text.trim_start_matches('\u{feff}');
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::DtdDetected => "This file has a document type (DOCTYPE), which metadata never needs; it is not taken.".to_owned(),
        roxmltree::Error::NodesLimitReached => "This file has far more elements than the metadata of one identity provider.".to_owned(),
        other => format!("This file is no XML: {other}."),
    })?;
    let root = document.root_element();
    if root.has_tag_name((METADATA, "EntitiesDescriptor")) {
        return Err("This file describes several providers at once. Export the metadata of the one that signs on for AWS.".into());
    }
    if !root.has_tag_name((METADATA, "EntityDescriptor")) {
        let name = root.tag_name().name();
        return Err(format!("This file is no SAML metadata: it begins with ‘{name}’ instead of ‘EntityDescriptor’."));
    }
    let entity_id = root.attribute("entityID").map(str::trim).filter(|id| !id.is_empty());
    let entity_id = entity_id.ok_or("This metadata has no entityID.")?.to_owned();
    let Some(provider) = root.children().find(|node| node.has_tag_name((METADATA, "IDPSSODescriptor"))) else {
        let is_sp = root.children().any(|node| node.has_tag_name((METADATA, "SPSSODescriptor")));
        let of = if is_sp { "a service provider, such as AWS itself" } else { "something else" };
        return Err(format!("This is the metadata of {of}. Choose the metadata of your identity provider (IDPSSODescriptor)."));
    };
    let services = || provider.children().filter(|node| node.has_tag_name((METADATA, "SingleSignOnService")));
    let by = |binding: &str| services().find(|node| node.attribute("Binding") == Some(binding)).and_then(|node| node.attribute("Location"));
    let [redirect_url, post_url] = [REDIRECT, POST].map(|binding| by(binding).map(|url| url.trim().to_owned()));
    let certificates = provider
        .children()
        .filter(|node| node.has_tag_name((METADATA, "KeyDescriptor")) && node.attribute("use").is_none_or(|used| used == "signing"))
        .flat_map(|key| key.descendants().filter(|node| node.has_tag_name((SIGNATURE, "X509Certificate"))))
        .map(certificate)
        .collect::<Result<Vec<_>, _>>()?;
    checked(IdentityProvider { entity_id, redirect_url, post_url, certificates })
}

/// The same from values that were typed: AWS takes one address and does not ask by which binding.
pub fn provider_of(entity_id: String, sso_url: String, certificates: Vec<String>) -> Result<IdentityProvider, String> {
    checked(IdentityProvider { entity_id, redirect_url: Some(sso_url), post_url: None, certificates })
}

fn checked(provider: IdentityProvider) -> Result<IdentityProvider, String> {
    if provider.redirect_url.is_none() && provider.post_url.is_none() {
        return Err("This metadata names no address to sign on at by HTTP-Redirect or HTTP-POST.".into());
    }
    for url in provider.redirect_url.iter().chain(&provider.post_url) {
        check_base(url).map_err(|why| format!("The address to sign on at cannot be used: {why}"))?;
    }
    if provider.certificates.is_empty() {
        return Err("There is no certificate to check signatures with.".into());
    }
    Ok(provider)
}

fn certificate(node: Node<'_, '_>) -> Result<String, String> {
    let base64: String = node.text().unwrap_or_default().split_whitespace().collect();
    let der = STANDARD.decode(&base64).map_err(|_| "A certificate in this metadata is damaged: it is no Base64.")?;
    X509Certificate::from_der(&der).map_err(|_| "A certificate in this metadata is damaged: it is no X.509 certificate.")?;
    Ok(pem(&base64))
}

fn pem(base64: &str) -> String {
    let mut text = "-----BEGIN CERTIFICATE-----\n".to_owned();
    for line in base64.as_bytes().chunks(64) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    text + "-----END CERTIFICATE-----\n"
}

/// Whose certificate a PEM text is, and until when (RFC 3339 day).
pub fn describe(pem: &str) -> Result<(String, String), String> {
    let (_, pem) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).map_err(|_| "This is no certificate in PEM form.")?;
    let certificate = pem.parse_x509().map_err(|_| "This PEM text holds no X.509 certificate.")?;
    let until = jiff::Timestamp::from_second(certificate.validity().not_after.timestamp()).unwrap_or_default();
    Ok((certificate.subject().to_string(), until.strftime("%Y-%m-%d").to_string()))
}

/// What AWS gives out for sign-on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceProvider {
    /// Its entity ID, which is the audience of assertions.
    pub entity_id: String,
    /// Where responses are posted to, the default first. AWS has one for IPv4 and one for both, and older instances have a third.
    pub acs_urls: Vec<String>,
}

impl ServiceProvider {
    /// The file.
    pub fn write(&self) -> String {
        let consumer = |(index, url): (usize, &String)| {
            let consumer = Element::new(Md, "AssertionConsumerService")
                .with("Binding", POST)
                .with("Location", url.as_str())
                .with("index", index.to_string());
            if index == 0 { consumer.with("isDefault", "true") } else { consumer }
        };
        let role = Element::new(Md, "SPSSODescriptor")
            .with("AuthnRequestsSigned", "false")
            .with("WantAssertionsSigned", "true")
            .with("protocolSupportEnumeration", Samlp.uri())
            .child(Element::new(Md, "NameIDFormat").text("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"))
            .all(self.acs_urls.iter().enumerate().map(consumer));
        let root = Element::new(Md, "EntityDescriptor").with("entityID", self.entity_id.as_str()).child(role);
        // It is made of addresses alone, which XML can hold.
        root.document().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A self-signed certificate, made for this test.
    fn certificate() -> String {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["idp.example".to_owned()]).unwrap().self_signed(&key).unwrap();
        STANDARD.encode(certificate.der())
    }

    fn metadata(certificate: &str) -> String {
        format!(
            "<EntityDescriptor xmlns=\"{METADATA}\" xmlns:ds=\"{SIGNATURE}\" entityID=\"https://idp.example\"><IDPSSODescriptor \
             protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>\n{certificate}\n\
             </ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor><SingleSignOnService Binding=\"{POST}\" Location=\"https://idp.example/post\"/>\
             <SingleSignOnService Binding=\"{REDIRECT}\" Location=\"https://idp.example/redirect\"/></IDPSSODescriptor></EntityDescriptor>"
        )
    }

    #[test]
    fn an_identity_providers_metadata_is_read() {
        let certificate = certificate();
        let found = read(&format!("\u{feff}<?xml version=\"1.0\"?>{}", metadata(&certificate))).unwrap();
        assert_eq!((found.entity_id.as_str(), found.sign_in_url()), ("https://idp.example", "https://idp.example/redirect"));
        assert_eq!(found.post_url.as_deref(), Some("https://idp.example/post"));
        assert_eq!(found.certificates.len(), 1);
        assert!(describe(&found.certificates[0]).is_ok(), "{}", found.certificates[0]);
        // Without a word on its use a key signs, too; one that only encrypts does not.
        assert_eq!(read(&metadata(&certificate).replace(" use=\"signing\"", "")).unwrap(), found);
        assert!(read(&metadata(&certificate).replace("signing", "encryption")).unwrap_err().contains("no certificate"));
    }

    #[test]
    fn what_is_no_metadata_of_an_identity_provider_is_refused_with_a_reason() {
        let good = metadata(&certificate());
        let service = ServiceProvider { entity_id: "https://sp.example".into(), acs_urls: vec!["https://sp.example/acs?a=1&b=2".into()] };
        for (text, says) in [
            (String::new(), "Choose the metadata"),
            ("no xml".to_owned(), "no XML"),
            (format!("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>{good}"), "DOCTYPE"),
            ("<html/>".to_owned(), "begins with ‘html’"),
            (good.replace("EntityDescriptor", "EntitiesDescriptor"), "several providers"),
            (good.replace(METADATA, "urn:other"), "no SAML metadata"),
            (good.replace(" entityID=\"https://idp.example\"", ""), "no entityID"),
            (service.write(), "a service provider"),
            (good.replace("HTTP-", "HTTP_"), "no address to sign on at"),
            (good.replace("https://idp.example/redirect", "ldap://idp"), "cannot be used"),
            (metadata("!!!"), "no Base64"),
            (metadata(&STANDARD.encode("nonsense")), "no X.509"),
            ("<a>".repeat(20_000), "far more elements"),
            (" ".repeat(10) + &"x".repeat(LONGEST), "longer than 75 kB"),
        ] {
            let refused = read(&text).unwrap_err();
            assert!(refused.contains(says), "{says}: {refused}");
        }
    }

    #[test]
    fn the_file_that_is_given_out_is_well_formed() {
        let text =
            ServiceProvider { entity_id: "http://h/\"<&>".into(), acs_urls: vec!["http://h/acs".into(), "http://i/acs".into()] }.write();
        let document = Document::parse(&text).unwrap();
        assert_eq!(document.root_element().attribute("entityID"), Some("http://h/\"<&>"));
    }
}
