//! What is asked of every instance of a plugin: Instance Name, Instance ID, Type. The last two cannot change after creation.

use crate::form::{Check, Choice, FieldSpec, Fields};
use crate::problem::Problems;
use crate::wizard::Catalog;

/// The three fields. `what` is the kind of object, as in *Another {what} has this name*.
pub fn fields(kinds: Vec<Choice>, catalog: &Catalog) -> Vec<FieldSpec> {
    let name = FieldSpec::text("name", "Instance Name").required().checked(Check::Text(128));
    if catalog.is_saved {
        return vec![name, FieldSpec::fixed("instance_id", "Instance ID"), FieldSpec::fixed("type_label", "Type")];
    }
    vec![
        name,
        FieldSpec::text("instance_id", "Instance ID")
            .required()
            .checked(Check::Identifier)
            .help("Letters and digits, without blanks. It cannot be changed after the instance is saved."),
        FieldSpec::select("type", "Type", kinds).required(),
    ]
}

/// The fields as they are held; the type's id and label.
pub fn read(name: &str, instance_id: &str, kind: Option<(&str, &str)>) -> Fields {
    let (id, label) = kind.unwrap_or_default();
    Fields::new().with("name", name).with("instance_id", instance_id).with("type", id).with("type_label", label)
}

/// Puts name and Instance ID where they belong.
pub fn write(name: &mut String, instance_id: &mut String, what: &str, fields: &Fields, catalog: &Catalog) -> Problems {
    let mut problems = Problems::none();
    *name = fields.text("name");
    if catalog.taken_names.contains(&name.to_lowercase()) {
        problems.add("name", format!("Another {what} is already named ‘{name}’; choose another name."));
    }
    if !catalog.is_saved {
        *instance_id = fields.text("instance_id");
        if catalog.taken_instance_ids.contains(&instance_id.to_lowercase()) {
            problems.add("instance_id", format!("Another {what} already has the Instance ID ‘{instance_id}’; choose another."));
        }
    }
    problems
}
