//! The shell as HTML, for tabs of each kind: what holds without JavaScript.

use super::step;
use domain::form::{Check, Choice, FieldSpec};
use domain::model::report::{Level, Report};
use domain::problem::Problems;
use domain::view::{Body, Button, Crumb, FieldView, ListBody, ListRow, MappingView, StepView, SummaryBlock, TabState, TabView};
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
        path: "two".into(),
        tasks: vec![Crumb { title: "Outer".into(), path: "one".into() }, Crumb { title: "Inner".into(), path: "two".into() }],
        tabs: vec![tab("one", TabState::Complete), tab("two", TabState::Current), tab("three", TabState::Ahead)],
        tab: "two".into(),
        intro: "What this is.".into(),
        fields,
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
