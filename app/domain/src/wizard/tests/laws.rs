//! The laws of the wizard, for every flow, after any posts.

use super::{catalog, filled, new_adapter, new_connection, new_pcv, new_store, server, sso_connection};
use crate::form::{Fields, reading};
use crate::model::credentials::VerificationCertificate;
use crate::model::sp_metadata::{AssertionConsumer, Binding, SpMetadata};
use crate::wizard::draft::{Draft, Nav, NoWorld, Reply};
use crate::wizard::path::Path;
use proptest::prelude::*;

pub(super) fn paths_of(draft: &mut Draft) -> Vec<Path> {
    let mut paths = Vec::new();
    let root = draft.first_path();
    draft.walk(&root, &mut |at| paths.push(at.clone()));
    paths
}

/// What the server makes of a chosen file and of an address before a draft sees them.
fn as_the_server_reads(fields: &mut Fields, nav: &Nav) {
    let metadata = |url: &str| SpMetadata {
        entity_id: "urn:sp".into(),
        assertion_consumers: vec![AssertionConsumer { binding: Binding::HttpPost, url: url.into(), index: 3, is_default: None }],
        ..SpMetadata::default()
    };
    let file = fields.remove("metadata_file").unwrap_or_default();
    match file.as_str() {
        "" => {}
        "x" => reading::put::<SpMetadata>(fields, "metadata_file", Err("This is no metadata.".into())),
        _ => reading::put(fields, "metadata_file", Ok(metadata("https://sp.example/acs"))),
    }
    for field in ["certificate_file", "certificate_pem"] {
        let certificate =
            |der: &str| VerificationCertificate { der: der.into(), subject: "CN=sp".into(), not_after: 7, ends_on: "1970-01-01".into() };
        match fields.remove(field).unwrap_or_default().as_str() {
            "" => {}
            "x" => reading::put::<()>(fields, field, Err("This is no certificate.".into())),
            other => reading::put(fields, field, Ok(vec![certificate("AA"), certificate(other)])),
        }
    }
    let url = fields.text("metadata_url");
    if url.starts_with("https://") && matches!(nav, Nav::Next | Nav::Done | Nav::Save | Nav::Test) {
        reading::put(fields, "metadata_url", Ok(metadata(&url)));
    }
}

/// What *Previous* must keep of a post. Secrets are kept and not shown, a trial is not kept; a file that was read replaces the address,
/// and brings back a certificate that was unticked beside it.
fn is_kept_by_previous(name: &str, fields: &Fields) -> bool {
    let has_file = || fields.iter().any(|(name, _)| name == "metadata_file#read");
    let is_secret = name.contains("password") || name.contains("token") || name.contains(reading::SIGN);
    let is_replaced = name == "metadata_url" && has_file();
    let may_return =
        name.starts_with("keep.") && fields.iter().any(|(name, _)| name.starts_with("certificate_") && name.contains(reading::SIGN));
    !is_secret && !name.starts_with("try_") && !is_replaced && !may_return
}

pub(super) const NAVS: &[&str] = &[
    "next",
    "test",
    "previous",
    "done",
    "save",
    "cancel",
    "create",
    "open:configure",
    "open:userName",
    "manage:data_store",
    "row-add",
    "row-add",
    "row-update:0",
    "row-edit:0",
    "row-cancel:0",
    "row-delete:0",
    "row-up:1",
    "row-down:0",
    "row-delete:99",
];
pub(super) const VALUES: &[&str] = &[
    "",
    "x",
    "on",
    "aws",
    "ds1",
    "DC=x",
    "42",
    "CN=g,DC=x",
    "ldap",
    "simple",
    "html_form",
    "ad",
    "list",
    "mail",
    "mail=${username}",
    "account_locked",
    "https://sp.example/metadata",
    "adapter",
    "data_store",
    "expression",
    "pseudonym",
    "username",
];

proptest! {
    #[test]
    fn laws_hold_after_any_posts(
        posts in proptest::collection::vec((0usize..40, 0usize..NAVS.len(), proptest::collection::vec((0usize..12, 0usize..VALUES.len()), 0..6)), 1..30)
    ) {
        let server = [server::new_key(), server::new_settings(), server::new_export()];
        for mut draft in [new_connection(), sso_connection(), new_store(), new_pcv(), new_adapter()].into_iter().chain(server) {
            // What holds of a draft needs no second look after a post that changed nothing.
            let mut looked_at = None;
            for (at, nav, changes) in &posts {
                let paths = paths_of(&mut draft);
                let path = paths[at % paths.len()].clone();
                let mut fields = filled(&mut draft, &path, &[]);
                let names: Vec<String> = fields.iter().map(|(n, _)| n.to_owned()).collect();
                for (name, value) in changes {
                    if !names.is_empty() {
                        fields.set(names[name % names.len()].clone(), VALUES[*value]);
                    }
                }
                let nav = Nav::parse(NAVS[*nav]).unwrap();
                as_the_server_reads(&mut fields, &nav);
                let reply = draft.post(&path, &nav, &fields, catalog(), &NoWorld, "ch-1");
                match reply {
                    Reply::Show(next) => {
                        prop_assert_eq!(draft.settle(&next), next.clone(), "the current tab is a shown tab");
                    }
                    Reply::Away(kind) => prop_assert_eq!(draft.away.as_deref(), Some(kind.as_str())),
                    Reply::Save => prop_assert!(draft.all_problems(catalog(), &NoWorld).is_empty(), "Save implies no problem"),
                    _ => {}
                }
                if nav == Nav::Previous {
                    let kept = filled(&mut draft, &path, &[]);
                    for (name, value) in fields.iter().filter(|(name, _)| is_kept_by_previous(name, &fields)) {
                        let same = kept.get(name).trim().trim_end_matches("true") == value.trim().trim_end_matches("true") || kept.iter().all(|(n, _)| n != name);
                        prop_assert!(same || (kept.is_checked(name) == fields.is_checked(name)), "Previous keeps {} on {}", name, &path);
                    }
                }
                let view = draft.view("d", &path, catalog(), &NoWorld);
                let of_row = view.rows.into_iter().flat_map(|rows| rows.rows).filter_map(|row| row.edit).flatten();
                let shown: Vec<_> = view.fields.into_iter().chain(of_row).collect();
                prop_assert_eq!(draft.inputs(&path, catalog()), shown, "the page of {} asks what the tab asks", &path);
                if looked_at.as_ref() == Some(&draft) {
                    continue;
                }
                looked_at = Some(draft.clone());
                for path in paths_of(&mut draft) {
                    if draft.pending.contains_key(&path.to_string()) {
                        continue;
                    }
                    let before = draft.body.clone();
                    let kept = filled(&mut draft, &path, &[]);
                    let mut copy = draft.clone();
                    copy.post(&path, &Nav::Previous, &kept, catalog(), &NoWorld, "ch-1");
                    prop_assert_eq!(&copy.body, &before, "read then write changes nothing on {}", &path);
                }
            }
        }
    }
}
