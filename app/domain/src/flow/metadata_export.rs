//! Metadata Export: Metadata Mode, Connection Metadata, Signing Key, Metadata Signing, Export & Summary. The Metadata Role is not
//! asked: this server is an identity provider and nothing else.

use crate::form::{Choice, FieldSpec, Fields, choices};
use crate::id::{ConnectionId, SigningKeyId};
use crate::model::server_settings::{MetadataExport, MetadataMode};
use crate::problem::Problems;
use crate::wizard::{Catalog, Flow, Tab, no_create, no_delete, no_keys, no_nested};

/// Name of the file.
pub const FILE: &str = "metadata.xml";

const MANAGE: &[(&str, &str)] = &[("manage:signing_key", "Manage Certificates")];

/// The task.
pub const FLOW: Flow<MetadataExport> = Flow {
    title: |_| "Export Metadata".into(),
    tabs: &[
        Tab::plain("metadata-mode", "Metadata Mode", mode_fields, mode_read, mode_write)
            .intro("The metadata says what a service provider must know of this identity provider: its name, addresses and certificates.")
            .holds(&["mode"]),
        Tab::plain("connection-metadata", "Connection Metadata", connection_fields, connection_read, connection_write)
            .when(|export| export.mode == MetadataMode::Connection)
            .intro("The metadata for one partner names the NameID formats that this partner takes.")
            .holds(&["connection"]),
        Tab::plain("signing-key", "Signing Key", key_fields, key_read, key_write)
            .intro("The metadata holds the certificate of this key. While the key is being rotated, it holds the next certificate too.")
            .actions(MANAGE)
            .holds(&["signing_key"]),
        Tab::plain("metadata-signing", "Metadata Signing", signature_fields, signature_read, signature_write)
            .intro("A signature lets partners who fetch the metadata over the network see that nobody changed it. AWS needs none.")
            .actions(MANAGE)
            .holds(&["signature_key"]),
        Tab::summary("export-summary", "Export & Summary")
            .intro("Export downloads the file. Save makes the metadata address serve the same.")
            .files(&[(FILE, "Export")]),
    ],
    nested: no_nested,
    keys: no_keys,
    create: no_create,
    delete: no_delete,
};

fn mode_fields(_: &MetadataExport, _: &Catalog) -> Vec<FieldSpec> {
    vec![FieldSpec::radio("mode", "Metadata Mode", choices(MetadataMode::ALL, MetadataMode::id, MetadataMode::label)).required()]
}

fn mode_read(export: &MetadataExport) -> Fields {
    Fields::new().with("mode", export.mode.id())
}

fn mode_write(export: &mut MetadataExport, fields: &Fields, _: &Catalog) -> Problems {
    export.mode = MetadataMode::of(fields.get("mode")).unwrap_or(export.mode);
    Problems::none()
}

fn connection_fields(_: &MetadataExport, catalog: &Catalog) -> Vec<FieldSpec> {
    let label = |name: &str, entity: &str| if entity.is_empty() || entity == name { name.to_owned() } else { format!("{name} ({entity})") };
    let all = catalog.connections.iter().map(|c| Choice { value: c.id.to_string(), label: label(&c.name, &c.entity_id) }).collect();
    let none = if catalog.connections.is_empty() {
        "There is no SP Connection yet. Create one first, or go back and choose the other mode."
    } else {
        ""
    };
    vec![FieldSpec::select("connection", "Connection", all).required().warning(none)]
}

fn connection_read(export: &MetadataExport) -> Fields {
    Fields::new().with("connection", export.connection.as_ref().map_or("", ConnectionId::as_str))
}

fn connection_write(export: &mut MetadataExport, fields: &Fields, _: &Catalog) -> Problems {
    export.connection = ConnectionId::parse(fields.get("connection")).ok();
    Problems::none()
}

fn keys(catalog: &Catalog) -> Vec<Choice> {
    catalog.signing_keys.iter().map(|key| Choice { value: key.id.to_string(), label: key.label.clone() }).collect()
}

fn key_fields(_: &MetadataExport, catalog: &Catalog) -> Vec<FieldSpec> {
    let none =
        if catalog.signing_keys.is_empty() { "There is no key yet. Create one with Manage Certificates, and come back." } else { "" };
    vec![FieldSpec::select("signing_key", "Digital Signature Keys/Certs", keys(catalog)).required().warning(none)]
}

fn key_read(export: &MetadataExport) -> Fields {
    Fields::new().with("signing_key", export.signing_key.as_ref().map_or("", SigningKeyId::as_str))
}

fn key_write(export: &mut MetadataExport, fields: &Fields, _: &Catalog) -> Problems {
    export.signing_key = SigningKeyId::parse(fields.get("signing_key")).ok();
    Problems::none()
}

fn signature_fields(_: &MetadataExport, catalog: &Catalog) -> Vec<FieldSpec> {
    let mut all = vec![Choice { value: String::new(), label: "Do not sign".into() }];
    all.extend(keys(catalog));
    vec![
        FieldSpec::select("signature_key", "Signing Certificate", all)
            .help("RSA keys sign with RSA SHA256, EC keys with ECDSA SHA256 (P-256) or ECDSA SHA384 (P-384)."),
    ]
}

fn signature_read(export: &MetadataExport) -> Fields {
    Fields::new().with("signature_key", export.signature_key.as_ref().map_or("", SigningKeyId::as_str))
}

fn signature_write(export: &mut MetadataExport, fields: &Fields, _: &Catalog) -> Problems {
    export.signature_key = SigningKeyId::parse(fields.get("signature_key")).ok();
    Problems::none()
}
