//! The emulated AWS IAM Identity Center as its administrator sees it: settings, tokens, users, groups, what was asked of it, and
//! ways to make it fail.

mod identity_source;
mod objects;
mod provisioning;
mod requests;
mod troubles;

pub use identity_source::sp_metadata;
pub use troubles::Troubles;

use super::notebook::Said;
use super::pieces::href;
use super::{Pages, Query};
use app::backend::Then;
use app::error::AppError;
use app::views::sandbox::{Part, SandboxPage, TabLink};
use domain::actor::Actor;
use domain::form::Fields;

/// The console's name, which keeps it from being taken for AWS's own.
const NAME: &str = "AWS IAM Identity Center (emulated)";

/// Its areas: path and label.
const AREAS: [(&str, &str); 6] = [
    ("aws", "Settings"),
    ("aws/provisioning", "Automatic provisioning"),
    ("aws/users", "Users"),
    ("aws/groups", "Groups"),
    ("aws/requests", "Requests"),
    ("aws/faults", "Faults"),
];

/// A page of this console.
fn page(area: &str, title: &str, sentence: &str, parts: Vec<Part>) -> SandboxPage {
    let tab = |(path, label): (&str, &str)| TabLink { label: label.to_owned(), href: href(path), current: path == area };
    SandboxPage {
        title: title.to_owned(),
        sentence: sentence.to_owned(),
        console: NAME.to_owned(),
        tabs: AREAS.into_iter().map(tab).collect(),
        parts,
        ..SandboxPage::default()
    }
}

impl Pages {
    /// A page of the AWS console.
    pub(super) fn aws(&self, path: &[&str], query: &Query, said: Option<&Said>) -> Result<SandboxPage, AppError> {
        match path {
            [] => Ok(self.identity_source(said)),
            ["provisioning"] => Ok(self.provisioning(said)),
            ["users"] => Ok(self.users(query)),
            ["users", id] => self.user(id),
            ["users", id, "edit"] => self.user_form(id, said),
            ["groups"] => Ok(self.groups(query)),
            ["groups", id] => self.aws_group(id),
            ["groups", id, "rename"] => self.group_form(id, said),
            ["groups", id, "add-member"] => self.member_form(id, said),
            ["requests"] => Ok(self.requests(query)),
            ["faults"] => Ok(self.faults()),
            _ => Err(AppError::NotFound),
        }
    }

    /// Something done in the AWS console.
    pub(super) fn do_aws(&self, actor: &Actor, path: &[&str], fields: Fields) -> Result<Then, AppError> {
        let (to, said) = match path {
            ["identity-source", "upload"] => self.upload_metadata(&fields),
            ["identity-source", "values"] => self.type_identity_source(fields),
            ["identity-source", "remove"] => self.remove_identity_source(),
            ["provisioning", "enable"] => self.enable_provisioning(),
            ["provisioning", "disable"] => self.disable_provisioning(),
            ["provisioning", "tokens"] => self.make_token(),
            ["provisioning", "tokens", id, "delete"] => self.delete_token(id),
            ["users", id, "edit"] => self.edit_user(id, fields)?,
            ["users", id, "delete"] => self.delete_user(id)?,
            ["groups", id, "rename"] => self.rename_aws_group(id, fields)?,
            ["groups", id, "add-member"] => self.add_member(id, fields)?,
            ["groups", id, "members", user, "remove"] => self.remove_member(id, user)?,
            ["groups", id, "delete"] => self.delete_group(id)?,
            ["requests", "clear"] => self.clear_requests(),
            ["clock", by] => self.move_clock(by)?,
            ["faults", which] => self.make_trouble(which)?,
            _ => return Err(AppError::NotFound),
        };
        tracing::info!(target: crate::telemetry::ADMIN, actor = %actor, kind = "sandbox", object = %path.join("/"), "used the emulated AWS console");
        Ok(self.saying(actor, &to, said))
    }
}
