//! The shell as HTML, for tabs of each kind: what holds without JavaScript.

use super::step;
use domain::form::{Check, Choice, FieldSpec};
use domain::model::report::{Level, Report};
use domain::problem::Problems;
use domain::view::{
    Body, Button, CellView, Crumb, FieldView, GridRow, GridView, ListBody, ListRow, MappingView, RowView, RowsView, StepView, SummaryBlock,
    TabState, TabView,
};
use leptos::prelude::*;
use leptos_meta::provide_meta_context;

/// Without the marks that Leptos puts between parts, which are no part of what is read.
fn html(view: StepView) -> String {
    let html = Owner::new().with(|| {
        provide_meta_context();
        step(view).to_html()
    });
    html.replace("<!>", "")
}

fn tab(id: &str, state: TabState) -> TabView {
    TabView { id: id.into(), title: format!("Tab {id}"), path: id.into(), state }
}

fn view(fields: Vec<FieldView>, body: Body) -> StepView {
    StepView {
        draft: "d1".into(),
        kind: String::new(),
        path: "two".into(),
        tasks: vec![Crumb { title: "Outer".into(), path: "one".into() }, Crumb { title: "Inner".into(), path: "two".into() }],
        tabs: vec![tab("one", TabState::Complete), tab("two", TabState::Current), tab("three", TabState::Ahead)],
        tab: "two".into(),
        intro: "What this is.".into(),
        fields,
        rows: None,
        body,
        problems: Problems::none(),
        buttons: vec![
            Button::new("cancel", "Cancel", false),
            Button::new("previous", "Previous", false),
            Button::new("test", "Test Connection", false),
            Button::new("next", "Next", true),
        ],
        report: None,
        is_new: true,
        files: Vec::new(),
        notes: Vec::new(),
        last_save: None,
    }
}

fn field(spec: FieldSpec, value: &str) -> FieldView {
    FieldView { spec, value: value.into() }
}

fn choices() -> Vec<Choice> {
    ["a", "b"].map(|id| Choice { value: id.into(), label: id.to_uppercase() }).to_vec()
}

/// The tag that holds this text.
fn tag_with<'a>(html: &'a str, text: &str) -> &'a str {
    let at = html.find(text).unwrap_or_else(|| panic!("{text} is not in {html}"));
    let from = html[..=at].rfind('<').unwrap();
    let to = at + html[at..].find('>').unwrap();
    &html[from..=to]
}

#[test]
fn enter_presses_the_primary_button() {
    let html = html(view(Vec::new(), Body::Plain));
    let first = tag_with(&html, "<button");
    assert!(first.contains(r#"name="nav""#) && first.contains(r#"value="next""#), "{first}");
    assert!(first.contains(r#"aria-hidden="true""#) && first.contains(r#"tabindex="-1""#), "{first}");
}

#[test]
fn the_form_posts_to_its_tab_and_tabs_are_buttons_of_it() {
    let html = html(view(Vec::new(), Body::Plain));
    let form = tag_with(&html, "<form");
    assert!(form.contains(r#"method="post""#) && form.contains(r#"action="/wizard/d1/two""#), "{form}");
    assert!(tag_with(&html, r#"value="goto:one""#).starts_with("<button"), "{html}");
    assert!(html.contains(r#"aria-current="step""#));
    assert!(tag_with(&html, "tabs__tab--ahead").contains("disabled"), "{html}");
    assert!(html.contains(r#"<a href="/wizard/d1/one" rel="external">Outer</a>"#), "{html}");
}

#[test]
fn every_input_has_a_name_that_is_read_out() {
    let fields = vec![
        field(FieldSpec::text("name", "Name").required(), "x"),
        field(FieldSpec::secret("password", "Password", true), ""),
        field(FieldSpec::number("wait", "Wait", "ms", 0, 9), "3"),
        field(FieldSpec::checkbox("mask", "Mask"), "on"),
        field(FieldSpec::select("kind", "Kind", choices()), "b"),
        field(FieldSpec::radio("tls", "Security", choices()), "b"),
        field(FieldSpec::area("ca", "Trusted CA", 4, Check::Pem), "y"),
    ];
    let html = html(view(fields, Body::Plain));
    for id in ["f-name", "f-password", "f-wait", "f-mask", "f-kind", "f-tls", "f-tls-1", "f-ca"] {
        assert!(html.contains(&format!(r#"for="{id}""#)), "{id} has no label: {html}");
        assert_eq!(html.matches(&format!(r#"id="{id}""#)).count(), 1, "{id}");
    }
    assert!(tag_with(&html, r#"id="f-mask""#).contains("checked"));
    assert!(tag_with(&html, r#"id="f-tls-1""#).contains("checked"));
    assert!(!tag_with(&html, r#"id="f-tls""#).contains("checked"));
    assert!(tag_with(&html, r#"<option value="b""#).contains("selected"));
    assert!(tag_with(&html, r#"id="f-name""#).contains(r#"aria-required="true""#));
    assert!(tag_with(&html, r#"id="f-wait""#).contains("f-wait-unit"));
}

#[test]
fn a_secret_is_not_in_the_page() {
    let html = html(view(vec![field(FieldSpec::secret("password", "Password", true), "hunter2")], Body::Plain));
    assert!(!html.contains("hunter2"), "{html}");
    assert!(html.contains("Leave this empty to keep it."));
}

#[test]
fn what_was_typed_cannot_leave_its_input() {
    let evil = "\"></textarea><script>alert(1)</script>";
    let fields = vec![field(FieldSpec::area("ca", "Trusted CA", 4, Check::Pem), evil), field(FieldSpec::text("name", "Name"), evil)];
    let html = html(view(fields, Body::Plain));
    assert!(!html.contains("<script"), "{html}");
    assert_eq!(html.matches("</textarea>").count(), 1);
}

#[test]
fn problems_stand_at_the_top_and_at_the_field() {
    let mut with = view(vec![field(FieldSpec::text("host", "Host").section("More").advanced(), "x")], Body::Plain);
    let calm = html(with.clone());
    assert!(!calm.contains(r#"role="alert""#) && !tag_with(&calm, "<details").contains("open"), "{calm}");
    assert!(tag_with(&calm, r#"id="f-host-problem""#).contains("hidden"));

    with.problems = Problems::at("host", "No such host.");
    let html = html(with);
    assert_eq!(html.matches(r#"role="alert""#).count(), 1, "{html}");
    assert!(html.contains(r##"href="#f-host""##));
    assert!(tag_with(&html, "<details").contains("open"), "folded away: {html}");
    let input = tag_with(&html, r#"id="f-host""#);
    assert!(input.contains(r#"aria-invalid="true""#) && input.contains("f-host-problem"), "{input}");
    assert!(!tag_with(&html, r#"id="f-host-problem""#).contains("hidden"));
}

#[test]
fn a_mapping_asks_for_each_attribute_once_required_ones_first() {
    let row = |field: &str, required, value: &str| MappingView {
        field: field.into(),
        required,
        input: format!("map.{field}"),
        value: value.into(),
        detail: String::new(),
        choices: vec!["cn".into(), "mail".into()],
        note: String::new(),
    };
    let fields = ["title", "userName"].map(|name| field(FieldSpec::text(format!("map.{name}"), name), "mail")).to_vec();
    let mut expression = row("nick", false, "");
    expression.input = String::new();
    let html = html(view(fields, Body::Mapping(vec![row("title", false, "gone"), row("userName", true, "mail"), expression])));
    assert_eq!(html.matches(r#"name="map.userName""#).count(), 1, "{html}");
    assert!(html.find("map.userName") < html.find("map.title"));
    assert!(tag_with(&html, r#"name="map.userName""#).contains(r#"aria-labelledby="field-userName""#));
    assert!(tag_with(&html, r#"<option value="gone""#).contains("selected"), "what the schema lacks is kept: {html}");
    assert!(tag_with(&html, r#"value="open:userName""#).contains(r#"aria-label="Edit userName""#));
    assert!(!html.contains(r#"name="""#), "{html}");
}

#[test]
fn a_list_opens_deletes_with_a_question_and_creates() {
    let list = ListBody {
        columns: vec!["Task".into(), "Status".into()],
        rows: vec![ListRow { key: "k1".into(), cells: vec!["People".into(), "Active".into()] }],
        create: "Create".into(),
        empty: "Nothing yet.".into(),
    };
    let html = html(view(Vec::new(), Body::List(list.clone())));
    assert!(html.contains(r#"value="open:k1""#) && html.contains(r#"value="create""#));
    assert!(html.find("popover=") < html.find(r#"value="delete:k1""#), "asked first: {html}");
    assert!(html.contains("Delete ‘People’?"));
    let empty = self::html(view(Vec::new(), Body::List(ListBody { rows: Vec::new(), ..list })));
    assert!(empty.contains("Nothing yet.") && empty.contains(r#"value="create""#) && !empty.contains("<table"));
}

#[test]
fn rows_are_edited_one_at_a_time() {
    let cells = |at: usize, text: &str| {
        let cell = CellView { field: format!("rows.{at}.who"), text: text.into() };
        RowView { cells: vec![cell], edit: None }
    };
    let edited = vec![field(FieldSpec::select("rows.2.who", "Who", choices()).required(), "b")];
    let rows = RowsView {
        name: "Askers".into(),
        columns: vec!["Who".into()],
        rows: vec![cells(0, "First"), cells(1, "Second"), RowView { cells: Vec::new(), edit: Some(edited) }],
        empty: "Nobody.".into(),
        is_ordered: true,
        named_by: 0,
        is_below: false,
    };
    let with = |rows: RowsView, problems: Problems| html(StepView { rows: Some(rows), problems, ..view(Vec::new(), Body::Plain) });
    let page = with(rows.clone(), Problems::at("rows.1.who", "Gone."));
    assert!(page.contains("Add a new row to 'Askers'") && tag_with(&page, r#"value="row-add""#).contains(r#"id="f-rows""#), "{page}");
    assert!(tag_with(&page, r#"value="row-edit:0""#).contains(r#"aria-label="Edit First""#), "{page}");
    assert!(tag_with(&page, r#"id="f-rows.2.who""#).contains(r#"aria-label="Who""#), "{page}");
    assert!(
        page.contains(r#"value="row-update:2""#) && page.contains(r#"value="row-cancel:2""#) && !page.contains(r#"value="row-edit:2""#)
    );
    assert!(!page.contains(r#"value="row-up:"#), "nothing is moved while a row is open: {page}");
    assert!(page.contains(r##"href="#f-rows.1.who""##) && tag_with(&page, r#"id="f-rows.1.who""#).starts_with("<td"), "{page}");

    let (title, field_of_tab) = ("Add a new row to", r#"name="beside""#);
    let stands = |is_below: bool| {
        let asked = vec![field(FieldSpec::text("beside", "Beside"), "")];
        let rows = RowsView { is_below, ..rows.clone() };
        let page = html(StepView { rows: Some(rows), ..view(asked, Body::Plain) });
        page.find(field_of_tab).unwrap() < page.find(title).unwrap()
    };
    assert!(stands(true) && !stands(false), "below the fields of its tab, or above them");
    let cell = |text: &str| CellView { field: String::new(), text: text.into() };
    let of_two = vec![RowView { cells: vec![cell("Yes"), cell("https://one.example")], edit: None }];
    let page = with(RowsView { rows: of_two, named_by: 1, ..rows.clone() }, Problems::none());
    assert!(tag_with(&page, r#"value="row-edit:0""#).contains(r#"aria-label="Edit https://one.example""#), "{page}");

    let closed = RowsView { rows: rows.rows[..2].to_vec(), ..rows.clone() };
    let page = with(closed.clone(), Problems::none());
    assert!(tag_with(&page, r#"value="row-up:1""#).contains(r#"aria-label="Move Second up""#), "{page}");
    assert!(!page.contains(r#"value="row-up:0""#) && !page.contains(r#"value="row-down:1""#), "beyond the ends: {page}");
    assert!(!with(RowsView { is_ordered: false, ..closed }, Problems::none()).contains("row-up"));
    let page = with(RowsView { rows: Vec::new(), ..rows }, Problems::none());
    assert!(page.contains("Nobody.") && page.contains("row-add"), "{page}");
}

#[test]
fn a_secret_of_a_row_is_not_in_the_page() {
    let edit = Some(vec![field(FieldSpec::password("rows.0.password", "Password", true), "hunter2")]);
    let rows = RowsView {
        name: "Users".into(),
        columns: vec!["Password".into()],
        rows: vec![RowView { cells: Vec::new(), edit }],
        empty: String::new(),
        is_ordered: false,
        named_by: 0,
        is_below: false,
    };
    let html = html(StepView { rows: Some(rows), ..view(Vec::new(), Body::Plain) });
    assert!(!html.contains("hunter2") && tag_with(&html, r#"name="rows.0.password""#).contains(r#"type="password""#), "{html}");
}

#[test]
fn a_grid_asks_with_boxes_named_by_row_and_column() {
    let grid = GridView {
        columns: vec!["Attribute".into(), "Pseudonym".into()],
        rows: vec![GridRow { name: "username".into(), boxes: vec![("pseudonym.username".into(), true)] }],
    };
    let asked = vec![field(FieldSpec::checkbox("pseudonym.username", "Pseudonym"), "on")];
    let html = html(view(asked, Body::Grid(grid)));
    assert_eq!(html.matches(r#"name="pseudonym.username""#).count(), 1, "{html}");
    let tick = tag_with(&html, r#"name="pseudonym.username""#);
    assert!(tick.contains("checked") && tick.contains(r#"aria-label="Pseudonym of username""#), "{tick}");
}

#[test]
fn what_a_test_is_tried_with_stands_at_its_button() {
    let mut with = view(vec![field(FieldSpec::text("try", "Who").trial(), "")], Body::Plain);
    let html_of = |with: StepView| html(with);
    let page = html_of(with.clone());
    assert!(page.find("<fieldset") < page.find(r#"name="try""#) && page.find(r#"name="try""#) < page.rfind(r#"value="test""#), "{page}");
    assert!(tag_with(&page, "<button").contains(r#"value="test""#), "Enter tries, where nothing else is asked: {page}");
    with.fields.push(field(FieldSpec::text("name", "Name"), ""));
    assert!(tag_with(&html_of(with), "<button").contains(r#"value="next""#));
}

#[test]
fn a_button_that_leads_elsewhere_is_not_a_test() {
    let mut with = view(Vec::new(), Body::Plain);
    with.buttons.push(Button::new("manage:things", "Manage Things", false));
    let html = html(with);
    let button = tag_with(&html, r#"value="manage:things""#);
    assert!(button.starts_with("<button") && html.matches("test__status").count() == 1, "{html}");
}

#[test]
fn a_summary_leads_back_and_says_what_is_missing() {
    let block = SummaryBlock {
        title: "General Info".into(),
        path: "general-info".into(),
        rows: vec![("Name".into(), "AWS".into())],
        problems: Problems::at("id", "Enter the ID."),
    };
    let html = html(view(Vec::new(), Body::Summary(vec![block])));
    assert!(html.contains(r#"<a href="/wizard/d1/general-info" rel="external">General Info</a>"#), "{html}");
    assert!(html.contains("Enter the ID."));
}

#[test]
fn a_report_is_a_region_named_as_the_button() {
    let mut with = view(Vec::new(), Body::Plain);
    assert!(!html(with.clone()).contains("<section"));
    let mut report = Report::default();
    report.add(Level::Ok, "Resolve dc1", "10.0.0.5");
    report.add(Level::Failed, "Bind", "The password was refused.");
    with.report = Some(report);
    let html = html(with);
    assert!(tag_with(&html, "<section").contains(r#"aria-label="Test Connection""#));
    assert!(html.contains("Failed.") && html.contains("The password was refused."));
}
