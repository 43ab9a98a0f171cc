//! The laws of the wizard, for every flow, after any posts.

use super::{catalog, filled, new_adapter, new_connection, new_pcv, new_store, server};
use crate::wizard::draft::{Draft, Nav, NoWorld, Reply};
use crate::wizard::path::Path;
use proptest::prelude::*;

pub(super) fn paths_of(draft: &mut Draft) -> Vec<Path> {
    let mut paths = Vec::new();
    let root = draft.first_path();
    draft.walk(&root, &mut |at| paths.push(at.clone()));
    paths
}

pub(super) const NAVS: &[&str] = &[
    "next",
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
];

proptest! {
    #[test]
    fn laws_hold_after_any_posts(
        posts in proptest::collection::vec((0usize..40, 0usize..NAVS.len(), proptest::collection::vec((0usize..12, 0usize..VALUES.len()), 0..6)), 1..30)
    ) {
        let server = [server::new_key(), server::new_settings(), server::new_export()];
        for mut draft in [new_connection(), new_store(), new_pcv(), new_adapter()].into_iter().chain(server) {
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
                    for (name, value) in fields.iter().filter(|(n, _)| !n.contains("password") && !n.contains("token") && !n.starts_with("try_")) {
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
