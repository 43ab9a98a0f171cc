//! The metadata of a service provider, read.
//!
//! What is no metadata at all is refused with a sentence; what is odd about one endpoint or one
//! certificate is left out with a note.

mod entity;

use crate::xml::Namespace;
use crate::xml::bounds::{Beyond, Bounds, check};
use crate::xml::read::{children, is, parse};
use domain::model::sp_metadata::SpMetadata;
use roxmltree::Node;
use std::collections::BTreeSet;

/// What a metadata file may have. The largest federations' aggregates are larger: those are for machines that search them.
pub const BOUNDS: Bounds =
    Bounds { bytes: 2 * 1024 * 1024, depth: 64, elements: 60_000, attributes: 100, namespaces_in_scope: 64, namespaces: 10_000 };

/// Why a file is refused, for the person who chose it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// Nothing in it.
    #[error("The file is empty. Download the metadata again.")]
    Empty,
    /// Bytes that are no text.
    #[error("The file is not UTF-8 text, so it is no metadata file that can be read here. Download it again, or save it as UTF-8.")]
    NotText,
    /// Over a bound.
    #[error("The file is refused: {0}.")]
    Beyond(Beyond),
    /// No well-formed XML.
    #[error("The file is not well-formed XML ({0}). Download it again; it may have been cut off or edited.")]
    Malformed(String),
    /// Some other XML.
    #[error("The file is not SAML metadata: it begins with <{0}> and not with EntityDescriptor or EntitiesDescriptor.")]
    NotMetadata(String),
    /// Nothing in it about a service provider.
    #[error("The file describes no SAML 2.0 service provider. {0}")]
    NoServiceProvider(String),
    /// An entity that cannot be used.
    #[error("The metadata of ‘{entity}’ cannot be used: {why}")]
    Unusable {
        /// Its entity ID, or a word for that it has none.
        entity: String,
        /// Why.
        why: String,
    },
}

/// Every service provider that a metadata file describes, in the order of the file; at least one.
pub fn read_sp_metadata(bytes: &[u8]) -> Result<Vec<SpMetadata>, MetadataError> {
    if bytes.len() > BOUNDS.bytes {
        return Err(MetadataError::Beyond(Beyond::Bytes(BOUNDS.bytes)));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| MetadataError::NotText)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim();
    if text.is_empty() {
        return Err(MetadataError::Empty);
    }
    check(text, &BOUNDS).map_err(MetadataError::Beyond)?;
    let document = parse(text).map_err(|error| MetadataError::Malformed(error.to_string()))?;
    let root = document.root_element();
    if !is_md(root, "EntityDescriptor") && !is_md(root, "EntitiesDescriptor") {
        return Err(MetadataError::NotMetadata(root.tag_name().name().chars().take(80).collect()));
    }
    let mut found = Found::default();
    found.collect(root, None, false)?;
    match found.providers.is_empty() {
        true => Err(MetadataError::NoServiceProvider(found.others())),
        false => Ok(found.providers),
    }
}

#[derive(Default)]
struct Found {
    providers: Vec<SpMetadata>,
    entity_ids: BTreeSet<String>,
    identity_providers: Vec<String>,
    older: Vec<String>,
}

impl Found {
    /// Of an element and what is in it: its validity and signature count for all inside. No deeper than [`BOUNDS`] lets through.
    fn collect(&mut self, node: Node<'_, '_>, valid_until: Option<i64>, is_signed: bool) -> Result<(), MetadataError> {
        let own = entity::valid_until(node)?;
        let valid_until = [valid_until, own].into_iter().flatten().min();
        let is_signed = is_signed || children(node, Namespace::Ds, "Signature").next().is_some();
        if is_md(node, "EntityDescriptor") {
            return self.take(node, valid_until, is_signed);
        }
        for child in node.children().filter(|child| is_md(*child, "EntityDescriptor") || is_md(*child, "EntitiesDescriptor")) {
            self.collect(child, valid_until, is_signed)?;
        }
        Ok(())
    }

    fn take(&mut self, node: Node<'_, '_>, valid_until: Option<i64>, is_signed: bool) -> Result<(), MetadataError> {
        let entity_id = node.attribute("entityID").unwrap_or_default().trim().to_owned();
        let roles: Vec<_> = children(node, Namespace::Md, "SPSSODescriptor").collect();
        let current: Vec<_> = roles.iter().copied().filter(|role| entity::speaks_saml2(*role)).collect();
        if current.is_empty() {
            if !roles.is_empty() {
                self.older.push(entity_id);
            } else if children(node, Namespace::Md, "IDPSSODescriptor").next().is_some() {
                self.identity_providers.push(entity_id);
            }
            return Ok(());
        }
        let mut metadata = entity::read(node, &entity_id, &current)?;
        metadata.valid_until = [valid_until, metadata.valid_until].into_iter().flatten().min();
        metadata.is_signed = is_signed;
        if !self.entity_ids.insert(metadata.entity_id.clone()) {
            return Err(unusable(&entity_id, "the file describes it twice. Which of the two holds?"));
        }
        self.providers.push(metadata);
        Ok(())
    }

    /// What there is instead of a service provider, and what to do.
    fn others(&self) -> String {
        if let Some(entity) = self.identity_providers.first() {
            return format!("It describes the identity provider ‘{entity}’. Choose the file that the service lets you download.");
        }
        if let Some(entity) = self.older.first() {
            return format!("‘{entity}’ speaks only an older SAML than 2.0.");
        }
        "There is no entity with an SPSSODescriptor in it.".to_owned()
    }
}

fn unusable(entity: &str, why: impl Into<String>) -> MetadataError {
    let entity = if entity.is_empty() { "(no entity ID)" } else { entity };
    MetadataError::Unusable { entity: entity.chars().take(200).collect(), why: why.into() }
}

fn is_md(node: Node<'_, '_>, name: &str) -> bool {
    is(node, Namespace::Md, name)
}
