//! Import Metadata: a file, or an address that the server reads.

use crate::form::reading::{self, Readable};
use crate::form::{FieldSpec, Fields};
use crate::model::sp_connection::{SpConnection, TakenMetadata};
use crate::model::sp_metadata::SpMetadata;
use crate::problem::Problems;
use crate::wizard::Catalog;

const FILE: &str = "metadata_file";
const URL: &str = "metadata_url";
const TAKEN: &str = "metadata_taken";

/// What is asked wherever metadata can be given.
pub fn inputs(connection: &SpConnection, help: &str, when: &str) -> Vec<FieldSpec> {
    let mut fields = vec![
        FieldSpec::file(FILE, "Metadata File", ".xml,text/xml,application/xml,application/samlmetadata+xml", Readable::SpMetadata)
            .help(help),
        FieldSpec::address(URL, "Metadata URL", Readable::SpMetadata, connection.metadata.is_due())
            .help(format!("Or its https address. {when} A certificate of one of the stored Trusted CAs is trusted.")),
    ];
    if let Some(taken) = &connection.metadata.taken {
        fields.push(FieldSpec::fixed(TAKEN, "Metadata in use").warning(taken.warnings().join(" ")));
    }
    fields
}

/// What is asked on the tab of its own.
pub fn fields(connection: &SpConnection, _: &Catalog) -> Vec<FieldSpec> {
    inputs(
        connection,
        "What it says replaces entity ID, addresses and certificates; the connection's name and contacts are filled where they are empty.",
        "It is read at once, and again with Load Metadata.",
    )
}

/// What is held.
pub fn held(connection: &SpConnection, fields: Fields) -> Fields {
    let metadata = &connection.metadata;
    fields.with(URL, &metadata.url).with(TAKEN, metadata.taken.as_ref().map_or(String::new(), words))
}

/// What the tab of its own holds.
pub fn read(connection: &SpConnection) -> Fields {
    held(connection, Fields::new())
}

/// Takes what was read of the file, else of the address.
pub fn take(connection: &mut SpConnection, fields: &Fields) -> Problems {
    if let Some(metadata) = reading::get::<SpMetadata>(fields, FILE) {
        connection.metadata.url.clear();
        connection.take_metadata(&metadata, "");
        return Problems::none();
    }
    connection.metadata.url = fields.text(URL);
    if let Some(metadata) = reading::get::<SpMetadata>(fields, URL) {
        let from = connection.metadata.url.clone();
        connection.take_metadata(&metadata, &from);
    }
    if connection.metadata.is_due() {
        return Problems::at(URL, "What is at this address was not read yet. Press Next to read it, or empty the field.");
    }
    Problems::none()
}

/// Takes what the tab of its own gives.
pub fn write(connection: &mut SpConnection, fields: &Fields, _: &Catalog) -> Problems {
    take(connection, fields)
}

fn words(taken: &TakenMetadata) -> String {
    match taken.from.as_str() {
        "" => format!("{}, from a file", taken.entity_id),
        from => format!("{}, from {from}", taken.entity_id),
    }
}
