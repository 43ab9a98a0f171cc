//! One entity.

use super::{MetadataError, unusable};
use crate::xml::Namespace;
use crate::xml::read::{self, children, short, text};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::model::sp_metadata::{AssertionConsumer, Binding, KeyUsage, LogoutEndpoint, SpCertificate, SpContact, SpMetadata};
use keys::CertificateFacts;
use roxmltree::Node;
use std::collections::BTreeSet;

/// Longest entity ID (SAML 2.0 metadata, 2.3.2).
const LONGEST_ENTITY_ID: usize = 1024;
const LONGEST_URL: usize = 2048;
/// Of a name, a contact, a format: more is no name.
const LONGEST_TEXT: usize = 1024;
/// Of endpoints, certificates and formats each; a note says so when there are more.
const MOST: usize = 100;
/// Of notes: nobody reads more.
const MOST_NOTES: usize = 20;

/// Whether a role is one of SAML 2.0.
pub(super) fn speaks_saml2(role: Node<'_, '_>) -> bool {
    role.attribute("protocolSupportEnumeration").unwrap_or_default().split_ascii_whitespace().any(|p| p == Namespace::Samlp.uri())
}

/// The end of validity (unix ms) that an element states.
pub(super) fn valid_until(node: Node<'_, '_>) -> Result<Option<i64>, MetadataError> {
    let Some(stated) = node.attribute("validUntil").map(str::trim) else { return Ok(None) };
    match read::time(stated) {
        Some(time) => Ok(Some(time)),
        None => {
            let entity = node.attribute("entityID").unwrap_or_default();
            Err(unusable(entity, format!("its validUntil ‘{}’ is not a time.", short(stated))))
        }
    }
}

/// What an entity says of itself in these roles; several are taken together.
pub(super) fn read(node: Node<'_, '_>, entity_id: &str, roles: &[Node<'_, '_>]) -> Result<SpMetadata, MetadataError> {
    if entity_id.is_empty() {
        return Err(unusable(entity_id, "it has no entityID, the name it goes by."));
    }
    if entity_id.chars().count() > LONGEST_ENTITY_ID || entity_id.chars().any(char::is_control) {
        return Err(unusable(entity_id, format!("its entityID is longer than {LONGEST_ENTITY_ID} characters or has control characters.")));
    }
    let mut metadata = SpMetadata {
        entity_id: entity_id.to_owned(),
        authn_requests_signed: roles.iter().all(|role| flag(*role, "AuthnRequestsSigned") == Some(true)),
        want_assertions_signed: roles.iter().any(|role| flag(*role, "WantAssertionsSigned") == Some(true)),
        organization: organization(node).or_else(|| roles.iter().find_map(|role| organization(*role))).unwrap_or_default(),
        contact: contact(node).or_else(|| roles.iter().find_map(|role| contact(*role))),
        ..SpMetadata::default()
    };
    for role in roles {
        metadata.valid_until = [metadata.valid_until, valid_until(*role)?].into_iter().flatten().min();
        consumers(*role, &mut metadata)?;
        logout(*role, &mut metadata)?;
        certificates(*role, &mut metadata);
        for format in children(*role, Namespace::Md, "NameIDFormat").map(text) {
            if !format.is_empty() && format.len() <= LONGEST_TEXT && !metadata.name_id_formats.contains(&format) {
                if is_full(&metadata.name_id_formats, "NameIDFormat", &mut metadata.notes) {
                    break;
                }
                metadata.name_id_formats.push(format);
            }
        }
    }
    if metadata.assertion_consumers.is_empty() {
        return Err(unusable(entity_id, "it has no AssertionConsumerService with a binding known here, so nothing could be sent to it."));
    }
    Ok(metadata)
}

/// Whether a list has all that is kept; so that comparing each with each stays little work.
fn is_full<T>(list: &[T], element: &str, notes: &mut Vec<String>) -> bool {
    let full = list.len() >= MOST;
    if full {
        note(notes, format!("Of more than {MOST} {element} elements, only the first {MOST} are kept."));
    }
    full
}

fn note(notes: &mut Vec<String>, text: String) {
    if notes.len() < MOST_NOTES && !notes.contains(&text) {
        notes.push(text);
    }
}

fn consumers(role: Node<'_, '_>, metadata: &mut SpMetadata) -> Result<(), MetadataError> {
    let mut taken: BTreeSet<u16> = metadata.assertion_consumers.iter().map(|consumer| consumer.index).collect();
    for node in children(role, Namespace::Md, "AssertionConsumerService") {
        let Some(binding) = binding(node, "AssertionConsumerService", &mut metadata.notes) else { continue };
        let url = address(node, "Location", &metadata.entity_id)?;
        let same = |other: &AssertionConsumer| other.binding == binding && other.url == url;
        let is_default = flag(node, "isDefault");
        // Two roles often repeat each other's addresses.
        if let Some(known) = metadata.assertion_consumers.iter_mut().find(|other| same(other)) {
            known.is_default = known.is_default.or(is_default);
            continue;
        }
        if is_full(&metadata.assertion_consumers, "AssertionConsumerService", &mut metadata.notes) {
            break;
        }
        let stated = node.attribute("index").and_then(|index| index.trim().parse::<u16>().ok());
        let index = match stated.filter(|index| !taken.contains(index)) {
            Some(index) => index,
            None => {
                let Some(free) = (0..=u16::MAX).find(|index| !taken.contains(index)) else { break };
                note(&mut metadata.notes, format!("The address {url} has no index of its own in the file; it goes by {free} here."));
                free
            }
        };
        taken.insert(index);
        metadata.assertion_consumers.push(AssertionConsumer { binding, url, index, is_default });
    }
    Ok(())
}

fn logout(role: Node<'_, '_>, metadata: &mut SpMetadata) -> Result<(), MetadataError> {
    for node in children(role, Namespace::Md, "SingleLogoutService") {
        let Some(binding) = binding(node, "SingleLogoutService", &mut metadata.notes) else { continue };
        let url = address(node, "Location", &metadata.entity_id)?;
        let response_url = match node.attribute("ResponseLocation").map(str::trim) {
            None | Some("") => None,
            Some(_) => Some(address(node, "ResponseLocation", &metadata.entity_id)?),
        };
        let endpoint = LogoutEndpoint { binding, url, response_url };
        if metadata.logout.contains(&endpoint) {
            continue;
        }
        if is_full(&metadata.logout, "SingleLogoutService", &mut metadata.notes) {
            break;
        }
        metadata.logout.push(endpoint);
    }
    Ok(())
}

/// A binding that is known; others are noted once each and left out.
fn binding(node: Node<'_, '_>, what: &str, notes: &mut Vec<String>) -> Option<Binding> {
    let stated = node.attribute("Binding").unwrap_or_default().trim();
    let known = Binding::of(stated);
    if known.is_none() {
        note(notes, format!("A {what} with the binding ‘{}’ is left out: it is not known here.", short(stated)));
    }
    known
}

/// An address that browsers are sent to. Anything but the web's two schemes would run in our page or lead nowhere.
fn address(node: Node<'_, '_>, attribute: &str, entity: &str) -> Result<String, MetadataError> {
    let stated = node.attribute(attribute).unwrap_or_default().trim();
    let element = node.tag_name().name();
    let wrong = |why: &str| unusable(entity, format!("the {attribute} ‘{}’ of an {element} {why}.", short(stated)));
    if stated.is_empty() {
        return Err(unusable(entity, format!("an {element} has no {attribute}.")));
    }
    let url = url::Url::parse(stated).map_err(|_| wrong("is not a whole web address"))?;
    if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none_or(str::is_empty) {
        return Err(wrong("is not an https or http address"));
    }
    if stated.len() > LONGEST_URL {
        return Err(wrong(&format!("is longer than {LONGEST_URL} characters")));
    }
    if url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("has a fragment or a user name in it"));
    }
    // As it stands in the file: it is compared with what requests say, letter by letter.
    if stated.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(wrong("has blanks in it"));
    }
    Ok(stated.to_owned())
}

fn certificates(role: Node<'_, '_>, metadata: &mut SpMetadata) {
    for key in children(role, Namespace::Md, "KeyDescriptor") {
        let usage = match key.attribute("use").map(str::trim) {
            None | Some("") => KeyUsage::Any,
            Some("signing") => KeyUsage::Signing,
            Some("encryption") => KeyUsage::Encryption,
            Some(other) => {
                note(&mut metadata.notes, format!("A key for ‘{}’ is left out: keys are for signing or encryption.", short(other)));
                continue;
            }
        };
        let info = children(key, Namespace::Ds, "KeyInfo");
        let data = info.flat_map(|info| children(info, Namespace::Ds, "X509Data"));
        for node in data.flat_map(|data| children(data, Namespace::Ds, "X509Certificate")) {
            if is_full(&metadata.certificates, "X509Certificate", &mut metadata.notes) {
                return;
            }
            let Some(certificate) = certificate(usage, &text(node)) else {
                let usage = usage.label().to_lowercase();
                note(&mut metadata.notes, format!("A certificate ({usage}) cannot be read and is left out."));
                continue;
            };
            if !metadata.certificates.contains(&certificate) {
                metadata.certificates.push(certificate);
            }
        }
    }
}

/// A certificate from base64, with or without blanks, or from PEM.
fn certificate(usage: KeyUsage, stated: &str) -> Option<SpCertificate> {
    let inner = stated.replace("-----BEGIN CERTIFICATE-----", "").replace("-----END CERTIFICATE-----", "");
    let compact: String = inner.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(compact).ok()?;
    let facts = CertificateFacts::of_der(&bytes)?;
    Some(SpCertificate {
        usage,
        der: STANDARD.encode(&bytes),
        ends_on: facts.ends_on(),
        subject: facts.subject,
        not_after: facts.not_after,
    })
}

fn flag(node: Node<'_, '_>, attribute: &str) -> Option<bool> {
    node.attribute(attribute).and_then(read::flag)
}

/// The organisation's name, in English where there are several.
fn organization(node: Node<'_, '_>) -> Option<String> {
    let organization = children(node, Namespace::Md, "Organization").next()?;
    ["OrganizationDisplayName", "OrganizationName"].into_iter().find_map(|name| {
        let all: Vec<_> = children(organization, Namespace::Md, name).collect();
        let english =
            all.iter().find(|n| n.attribute(("http://www.w3.org/XML/1998/namespace", "lang")).is_some_and(|l| l.starts_with("en")));
        let name = text(*english.or(all.first())?);
        (!name.is_empty()).then(|| name.chars().take(LONGEST_TEXT).collect())
    })
}

/// The technical contact, else the first.
fn contact(node: Node<'_, '_>) -> Option<SpContact> {
    let all: Vec<_> = children(node, Namespace::Md, "ContactPerson").collect();
    let person = *all.iter().find(|n| n.attribute("contactType") == Some("technical")).or(all.first())?;
    let first = |name: &'static str| {
        let found = children(person, Namespace::Md, name).map(text).find(|text| !text.is_empty()).unwrap_or_default();
        found.chars().take(LONGEST_TEXT).collect::<String>()
    };
    let email = first("EmailAddress");
    let contact = SpContact {
        name: [first("GivenName"), first("SurName")].join(" ").trim().to_owned(),
        company: first("Company"),
        email: email.strip_prefix("mailto:").unwrap_or(&email).to_owned(),
        phone: first("TelephoneNumber"),
    };
    (contact != SpContact::default()).then_some(contact)
}
