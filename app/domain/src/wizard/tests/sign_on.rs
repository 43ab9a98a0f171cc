//! Validators and adapters as the guide walks them, and tables of rows.

use super::{catalog, filled, go, new_adapter, new_pcv, press};
use crate::id::{DataStoreId, PcvId};
use crate::model::idp_adapter::IdpAdapter;
use crate::model::pcv::Pcv;
use crate::model::report::{Level, Report};
use crate::view::{Body, StepView};
use crate::wizard::Catalog;
use crate::wizard::draft::{Draft, DraftBody, Nav, NoWorld, Reply};
use crate::wizard::path::Path;

fn look(draft: &mut Draft, path: &Path) -> StepView {
    draft.view("d", path, catalog(), &NoWorld)
}

fn pcv(draft: &Draft) -> &Pcv {
    match &draft.body {
        DraftBody::Pcv(pcv) => pcv,
        other => panic!("{other:?}"),
    }
}

fn adapter(draft: &Draft) -> &IdpAdapter {
    match &draft.body {
        DraftBody::IdpAdapter(adapter) => adapter,
        other => panic!("{other:?}"),
    }
}

fn texts(view: &StepView) -> Vec<Vec<String>> {
    let rows = view.rows.as_ref().map_or(&[][..], |rows| &rows.rows);
    rows.iter().map(|row| row.cells.iter().map(|cell| cell.text.clone()).collect()).collect()
}

/// An adapter on the tab of its validators.
fn at_validators() -> (Draft, Path) {
    let mut draft = new_adapter();
    let mut at = draft.first_path();
    go(&mut draft, &mut at, "next", &[("name", "Form"), ("instance_id", "form1"), ("type", "html_form")], "idp-adapter");
    (draft, at)
}

fn simple_users() -> (Draft, Path) {
    let mut draft = new_pcv();
    let mut at = draft.first_path();
    go(&mut draft, &mut at, "next", &[("name", "List"), ("instance_id", "list"), ("type", "simple")], "users");
    (draft, at)
}

#[test]
fn the_guides_validator_is_made() {
    let mut draft = new_pcv();
    let d = &mut draft;
    let mut at = d.first_path();
    let titles: Vec<_> = look(d, &at).tabs.into_iter().map(|tab| tab.title).collect();
    assert_eq!(titles, ["Type", "Instance Configuration", "Extended Contract", "Summary"]);
    go(d, &mut at, "next", &[], "type");
    let problems = look(d, &at).problems;
    assert!(["name", "instance_id", "type"].iter().all(|field| problems.has(field)), "{problems:?}");
    go(d, &mut at, "next", &[("name", "AD"), ("instance_id", "adPCV"), ("type", "ldap")], "instance-configuration");
    let typed = [("data_store", "ds1"), ("base_dn", "dc=mylab,dc=local"), ("filter", "mail=bob")];
    go(d, &mut at, "next", &typed, "instance-configuration");
    assert!(look(d, &at).problems.has("filter"), "everybody would be bob");
    go(d, &mut at, "next", &[("filter", "mail=${username}")], "extended-contract");
    go(d, &mut at, "next", &[], "summary");
    assert_eq!(press(d, &at, "save", &[]), Reply::Save);
    let made = pcv(d);
    assert_eq!(made.data_store(), Some(&DataStoreId::parse("ds1").unwrap()));
    assert_eq!(made.contract(), ["DN", "username", "mail", "givenName"]);
}

#[test]
fn the_guides_adapter_is_made() {
    let (mut draft, mut at) = at_validators();
    let d = &mut draft;
    let titles: Vec<_> = look(d, &at).tabs.into_iter().map(|tab| tab.title).collect();
    assert_eq!(titles, ["Type", "IdP Adapter", "Extended Contract", "Adapter Attributes", "Adapter Contract Mapping", "Summary"]);
    go(d, &mut at, "row-add", &[], "idp-adapter");
    let view = look(d, &at);
    assert_eq!(view.rows.as_ref().unwrap().name, "Credential Validators");
    assert!(view.problems.is_empty(), "nothing is held against who is still typing: {:?}", view.problems);
    go(d, &mut at, "row-update:0", &[("rows.0.instance", "ad")], "idp-adapter");
    assert_eq!(texts(&look(d, &at)), [["AD"]]);
    go(d, &mut at, "next", &[], "extended-contract");
    go(d, &mut at, "next", &[], "adapter-attributes");
    go(d, &mut at, "next", &[], "adapter-attributes");
    assert!(look(d, &at).problems.has("pseudonym.username"));
    go(d, &mut at, "next", &[("pseudonym.username", "on")], "adapter-contract-mapping");
    go(d, &mut at, "next", &[], "summary");
    let Body::Summary(blocks) = look(d, &at).body else { panic!("no summary") };
    let rows: Vec<_> = blocks.into_iter().flat_map(|block| block.rows).collect();
    for wanted in [("Credential Validators", "AD"), ("username", "Pseudonym"), ("Instance ID", "form1")] {
        assert!(rows.contains(&(wanted.0.to_owned(), wanted.1.to_owned())), "{wanted:?} in {rows:?}");
    }
    assert_eq!(press(d, &at, "save", &[]), Reply::Save);
    assert_eq!(adapter(d).validators, [PcvId::parse("ad").unwrap()]);
}

#[test]
fn rows_are_edited_ordered_and_deleted() {
    let (mut draft, mut at) = at_validators();
    let d = &mut draft;
    for id in ["ad", "list"] {
        go(d, &mut at, "row-add", &[], "idp-adapter");
        let count = adapter(d).validators.len();
        go(d, &mut at, &format!("row-update:{count}"), &[(&format!("rows.{count}.instance"), id)], "idp-adapter");
    }
    assert_eq!(texts(&look(d, &at)), [["AD"], ["LIST"]]);
    go(d, &mut at, "row-up:1", &[], "idp-adapter");
    assert_eq!(texts(&look(d, &at)), [["LIST"], ["AD"]]);
    go(d, &mut at, "row-down:1", &[], "idp-adapter");
    go(d, &mut at, "row-up:0", &[], "idp-adapter");
    assert_eq!(texts(&look(d, &at)), [["LIST"], ["AD"]], "beyond the ends there is nothing to change places with");
    go(d, &mut at, "row-edit:0", &[], "idp-adapter");
    go(d, &mut at, "row-update:0", &[("rows.0.instance", "ad")], "idp-adapter");
    assert!(look(d, &at).problems.has("rows.0.instance"), "the same validator twice");
    go(d, &mut at, "row-cancel:0", &[("rows.0.instance", "ad")], "idp-adapter");
    assert_eq!(texts(&look(d, &at)), [["LIST"], ["AD"]]);
    go(d, &mut at, "row-delete:0", &[], "idp-adapter");
    assert_eq!(texts(&look(d, &at)), [["AD"]]);
}

#[test]
fn a_row_that_was_typed_is_taken_with_next_and_an_untouched_one_is_not() {
    let (mut draft, mut at) = at_validators();
    let d = &mut draft;
    go(d, &mut at, "row-add", &[], "idp-adapter");
    go(d, &mut at, "row-update:0", &[], "idp-adapter");
    assert!(look(d, &at).problems.has("rows.0.instance"), "Update says what is missing");
    go(d, &mut at, "next", &[("rows.0.instance", "ad")], "extended-contract");
    assert_eq!(adapter(d).validators.len(), 1);
    go(d, &mut at, "row-add", &[], "extended-contract");
    go(d, &mut at, "next", &[], "adapter-attributes");
    assert!(adapter(d).extended.is_empty());
    at = Path::root("extended-contract");
    go(d, &mut at, "row-add", &[], "extended-contract");
    go(d, &mut at, "previous", &[("rows.0.attribute", "department")], "idp-adapter");
    let view = look(d, &Path::root("extended-contract"));
    assert!(view.problems.has("rows.0.attribute"), "no validator gives it: {:?}", view.problems);
    let typed = &view.rows.unwrap().rows[0].edit.clone().unwrap()[0];
    assert_eq!(typed.value, "department", "Previous loses nothing");
    at = Path::root("summary");
    let saved = press(d, &at, "save", &[]);
    assert_ne!(saved, Reply::Save, "what was typed wrong is not dropped without a word");
    at = Path::root("extended-contract");
    go(d, &mut at, "next", &[("rows.0.attribute", "MAIL")], "adapter-attributes");
    assert_eq!(adapter(d).contract(), ["username", "mail"], "spelled as the validator spells it");
}

#[test]
fn a_password_in_a_row_is_kept_and_never_shown() {
    let (mut draft, mut at) = simple_users();
    let d = &mut draft;
    go(d, &mut at, "next", &[], "users");
    assert!(look(d, &at).problems.has("rows"));
    go(d, &mut at, "row-add", &[], "users");
    go(d, &mut at, "row-update:0", &[("rows.0.username", "ann")], "users");
    assert!(look(d, &at).problems.has("rows.0.password"));
    // Typed once beside a name that is refused, it need not be typed again.
    go(d, &mut at, "row-update:0", &[("rows.0.username", ""), ("rows.0.password", "$hash")], "users");
    let view = look(d, &at);
    assert!(!view.problems.has("rows.0.password") && !format!("{view:?}").contains("$hash"), "{view:?}");
    go(d, &mut at, "row-update:0", &[("rows.0.username", "ann")], "users");
    assert_eq!(texts(&look(d, &at)), [["ann", "Set"]]);
    go(d, &mut at, "row-edit:0", &[], "users");
    go(d, &mut at, "row-update:0", &[("rows.0.username", "Anna")], "users");
    let user = pcv(d).simple.user("anna").unwrap();
    assert_eq!((user.name.as_str(), user.hash.expose()), ("Anna", "$hash"));
    go(d, &mut at, "row-add", &[], "users");
    go(d, &mut at, "row-update:1", &[("rows.1.username", "ANNA"), ("rows.1.password", "$other")], "users");
    assert!(look(d, &at).problems.has("rows.1.username"), "a name is one whatever its case");
    go(d, &mut at, "row-cancel:1", &[], "users");
    go(d, &mut at, "next", &[], "core-contract");
    go(d, &mut at, "next", &[], "summary");
    assert_eq!(press(d, &at, "save", &[]), Reply::Save);
}

#[test]
fn what_cannot_change_after_creation_is_not_taken() {
    let (mut draft, at) = simple_users();
    draft.is_new = false;
    let saved = Catalog { is_saved: true, ..catalog().clone() };
    let type_tab = at.at("type");
    let fields = filled(&mut draft, &type_tab, &[("name", "Renamed"), ("instance_id", "other"), ("type", "ldap")]);
    draft.post(&type_tab, &Nav::Next, &fields, &saved, &NoWorld, "x");
    let after = pcv(&draft);
    assert_eq!((after.name.as_str(), after.instance_id.as_str()), ("Renamed", "list"));
    assert_eq!(after.kind, Some(crate::model::pcv::PcvKind::Simple));
    let view = draft.view("d", &type_tab, &saved, &NoWorld);
    let shown = view.fields.iter().find(|f| f.spec.label == "Type").unwrap();
    assert_eq!(shown.value, "Simple Username Password Credential Validator");
}

#[test]
fn names_and_ids_are_unique_whatever_their_case() {
    for mut draft in [new_pcv(), new_adapter()] {
        let taken = Catalog { taken_names: vec!["corp".into()], taken_instance_ids: vec!["corp1".into()], ..catalog().clone() };
        let at = draft.first_path();
        let fields = filled(&mut draft, &at, &[("name", "CORP"), ("instance_id", "Corp1")]);
        draft.post(&at, &Nav::Next, &fields, &taken, &NoWorld, "x");
        let problems = draft.view("d", &at, &taken, &NoWorld).problems;
        assert!(problems.has("name") && problems.has("instance_id"), "{problems:?}");
    }
}

#[test]
fn references_that_are_gone_are_problems_of_their_tab() {
    let (mut draft, mut at) = at_validators();
    let d = &mut draft;
    go(d, &mut at, "row-add", &[], "idp-adapter");
    go(d, &mut at, "next", &[("rows.0.instance", "ad")], "extended-contract");
    let without = Catalog { pcvs: Vec::new(), ..catalog().clone() };
    let found = d.all_problems(&without, &NoWorld);
    assert!(found.iter().any(|(at, problems)| at.tab() == "idp-adapter" && problems.has("rows.0.instance")), "{found:?}");
}

#[test]
fn who_manages_other_objects_comes_back_to_the_same_draft() {
    let mut draft = new_pcv();
    let mut at = draft.first_path();
    go(&mut draft, &mut at, "next", &[("name", "AD"), ("instance_id", "ad"), ("type", "ldap")], "instance-configuration");
    assert_eq!(press(&mut draft, &at, "manage:data_store", &[("base_dn", "dc=x")]), Reply::Away("data_store".into()));
    assert_eq!((draft.away.as_deref(), pcv(&draft).ldap.base_dn.as_str()), (Some("data_store"), "dc=x"));
    go(&mut draft, &mut at, "previous", &[], "type");
    assert_eq!(draft.away, None);
}

#[test]
fn a_report_is_about_what_was_there_and_goes_with_it() {
    let (mut draft, mut at) = simple_users();
    let d = &mut draft;
    go(d, &mut at, "row-add", &[], "users");
    go(d, &mut at, "next", &[("rows.0.username", "ann"), ("rows.0.password", "$hash")], "core-contract");
    let mut report = Report::default();
    report.add(Level::Ok, "Password", "Accepted.");
    d.reports.insert("summary".into(), report);
    at = Path::root("users");
    go(d, &mut at, "next", &[], "core-contract");
    assert!(d.reports.contains_key("summary"), "nothing was changed");
    at = Path::root("users");
    go(d, &mut at, "row-delete:0", &[], "users");
    assert!(d.reports.is_empty());
}

#[test]
fn what_a_test_is_tried_with_is_not_kept() {
    let (mut draft, mut at) = simple_users();
    let d = &mut draft;
    go(d, &mut at, "row-add", &[], "users");
    go(d, &mut at, "next", &[("rows.0.username", "ann"), ("rows.0.password", "$hash")], "core-contract");
    go(d, &mut at, "next", &[], "summary");
    let before = d.body.clone();
    assert_eq!(press(d, &at, "test", &[("try_username", "ann"), ("try_password", "clear")]), Reply::Test(at.clone()));
    assert_eq!(d.body, before);
    assert!(!serde_json::to_string(&*d).unwrap().contains("clear"));
}
