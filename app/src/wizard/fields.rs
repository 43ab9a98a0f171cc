//! Fields, one function a kind. Values are written as attributes and text, never as properties, so that the server's page holds
//! them and hydration changes nothing.

use super::state::State;
use domain::form::{Choice, FieldKind, FieldSpec};
use domain::view::FieldView;
use leptos::prelude::*;

/// The id of a field's input, for labels and links.
pub fn input_id(name: &str) -> String {
    format!("f-{name}")
}

/// Fields in their groups, in order.
pub fn groups(fields: Vec<FieldView>, state: State) -> Vec<AnyView> {
    let mut groups: Vec<(String, bool, Vec<FieldView>)> = Vec::new();
    for field in fields {
        match groups.last_mut() {
            Some((section, advanced, group)) if *section == field.spec.section && *advanced == field.spec.advanced => group.push(field),
            _ => groups.push((field.spec.section.clone(), field.spec.advanced, vec![field])),
        }
    }
    groups.into_iter().map(|(section, advanced, fields)| group(section, advanced, fields, state)).collect()
}

fn group(section: String, advanced: bool, fields: Vec<FieldView>, state: State) -> AnyView {
    let has_problem = state.problems.with_untracked(|p| fields.iter().any(|field| p.has(&field.spec.name)));
    let fields = fields.into_iter().map(|view| field(view, state)).collect_view();
    if advanced {
        let title = if section.is_empty() { "Advanced".to_owned() } else { section };
        view! {
            <details class="section section--advanced" open=has_problem>
                <summary class="section__summary">{title}</summary>
                <div class="section__fields">{fields}</div>
            </details>
        }
        .into_any()
    } else if section.is_empty() {
        view! { <div class="section section--bare">{fields}</div> }.into_any()
    } else {
        view! {
            <fieldset class="section">
                <legend class="section__legend">{section}</legend>
                <div class="section__fields">{fields}</div>
            </fieldset>
        }
        .into_any()
    }
}

/// Ids of the texts that describe a field.
fn described_by(spec: &FieldSpec, id: &str) -> String {
    let mut ids = Vec::new();
    if matches!(&spec.kind, FieldKind::Number { unit } if !unit.is_empty()) {
        ids.push(format!("{id}-unit"));
    }
    if !spec.help.is_empty() {
        ids.push(format!("{id}-help"));
    }
    if matches!(spec.kind, FieldKind::Secret { set: true, .. }) {
        ids.push(format!("{id}-set"));
    }
    if !spec.warning.is_empty() {
        ids.push(format!("{id}-warning"));
    }
    ids.push(format!("{id}-problem"));
    ids.join(" ")
}

/// What is wrong with a field, as `aria-invalid` wants it.
pub fn invalid(name: &str, state: State) -> impl Fn() -> Option<&'static str> + Clone + Send + Sync + 'static {
    let name = name.to_owned();
    move || (!state.problem_of(&name).is_empty()).then_some("true")
}

/// What is wrong with a field, in words.
pub fn problem(name: &str, state: State) -> AnyView {
    let id = format!("{}-problem", input_id(name));
    let (shown, name) = (name.to_owned(), name.to_owned());
    view! {
        <p class="field__problem" id=id hidden=move || state.problem_of(&shown).is_empty()>{move || state.problem_of(&name)}</p>
    }
    .into_any()
}

/// The sign that a field must be filled; read out as such by `aria-required`.
pub fn mark(required: bool) -> Option<AnyView> {
    required.then(|| view! { <span class="field__mark" aria-hidden="true">" *"</span> }.into_any())
}

fn texts(spec: &FieldSpec, id: &str, state: State) -> AnyView {
    let help = (!spec.help.is_empty()).then(|| view! { <p class="field__help" id=format!("{id}-help")>{spec.help.clone()}</p> });
    let warning =
        (!spec.warning.is_empty()).then(|| view! { <p class="field__warning" id=format!("{id}-warning")>{spec.warning.clone()}</p> });
    view! { {help} {warning} {problem(&spec.name, state)} }.into_any()
}

fn field(view: FieldView, state: State) -> AnyView {
    let FieldView { spec, value } = view;
    let id = input_id(&spec.name);
    let required = spec.required.then_some("true");
    let described = described_by(&spec, &id);
    let bad = invalid(&spec.name, state);
    let texts = texts(&spec, &id, state);
    let name = spec.name.clone();
    let label = |spec: &FieldSpec| {
        view! { <label class="field__label" for=input_id(&spec.name)>{spec.label.clone()}{mark(spec.required)}</label> }.into_any()
    };
    match spec.kind.clone() {
        FieldKind::Text => view! {
            <div class="field">
                {label(&spec)}
                <input class="input" type="text" id=id.clone() name=name value=value spellcheck="false" list=list_id(&spec)
                    aria-required=required aria-invalid=bad aria-describedby=described/>
                {suggestions(&spec)}
                {texts}
            </div>
        }
        .into_any(),
        FieldKind::File { accept } => view! {
            <div class="field">
                {label(&spec)}
                <input class="input input--file" type="file" id=id name=name accept=accept
                    aria-required=required aria-invalid=bad aria-describedby=described/>
                {texts}
            </div>
        }
        .into_any(),
        FieldKind::Number { unit } => view! {
            <div class="field">
                {label(&spec)}
                <div class="field__line">
                    <input class="input input--number" type="text" inputmode="numeric" id=id.clone() name=name value=value
                        aria-required=required aria-invalid=bad aria-describedby=described/>
                    {(!unit.is_empty()).then(|| view! { <span class="field__unit" id=format!("{id}-unit")>{unit}</span> })}
                </div>
                {texts}
            </div>
        }
        .into_any(),
        FieldKind::Secret { set, .. } => view! {
            <div class="field">
                {label(&spec)}
                <input class="input" type="password" id=id.clone() name=name autocomplete="new-password" spellcheck="false"
                    placeholder=set.then_some("••••••••") aria-required=required aria-invalid=bad aria-describedby=described/>
                {set.then(|| view! { <p class="field__help" id=format!("{id}-set")>"Set. Leave this empty to keep it."</p> })}
                {texts}
            </div>
        }
        .into_any(),
        FieldKind::TextArea { rows } => view! {
            <div class="field">
                {label(&spec)}
                <textarea class="input input--area" id=id name=name rows=rows.to_string() spellcheck="false"
                    aria-required=required aria-invalid=bad aria-describedby=described inner_html=area(&value)></textarea>
                {texts}
            </div>
        }
        .into_any(),
        FieldKind::Select(choices) => view! {
            <div class="field">
                {label(&spec)}
                <select class="input input--select" id=id name=name aria-required=required aria-invalid=bad aria-describedby=described>
                    {options(&choices, &value, spec.required)}
                </select>
                {texts}
            </div>
        }
        .into_any(),
        FieldKind::Checkbox => view! {
            <div class="field field--check">
                <div class="check">
                    <input class="check__box" type="checkbox" id=id name=name value="on" checked=is_ticked(&value)
                        aria-required=required aria-invalid=bad aria-describedby=described/>
                    <label class="check__label" for=input_id(&spec.name)>{spec.label.clone()}{mark(spec.required)}</label>
                </div>
                {texts}
            </div>
        }
        .into_any(),
        FieldKind::Radio(choices) => {
            let legend = format!("{id}-legend");
            let labelled_by = legend.clone();
            view! {
                <div class="field" role="radiogroup" aria-labelledby=labelled_by aria-required=required aria-invalid=bad
                    aria-describedby=described>
                    <p class="field__label" id=legend>{spec.label.clone()}{mark(spec.required)}</p>
                    {radios(&spec.name, &choices, &value)}
                    {texts}
                </div>
            }
            .into_any()
        }
        FieldKind::Fixed => view! {
            <div class="field field--fixed">
                <p class="field__label">{spec.label.clone()}</p>
                <p class="field__fixed" id=id>{value}</p>
                {texts}
            </div>
        }
        .into_any(),
    }
}

/// The id of the list of what is offered; `None` where nothing is.
pub(super) fn list_id(spec: &FieldSpec) -> Option<String> {
    (!spec.suggestions.is_empty()).then(|| format!("{}-list", input_id(&spec.name)))
}

/// What is offered while one types.
pub(super) fn suggestions(spec: &FieldSpec) -> Option<AnyView> {
    let id = list_id(spec)?;
    let options = spec.suggestions.iter().map(|value| view! { <option value=value.clone()></option> }.into_any()).collect::<Vec<_>>();
    Some(view! { <datalist id=id>{options}</datalist> }.into_any())
}

pub(super) fn is_ticked(value: &str) -> bool {
    matches!(value, "on" | "true" | "1")
}

/// Options of a select. An empty one comes first where nothing is chosen yet, or nothing need be.
pub(super) fn options(choices: &[Choice], value: &str, required: bool) -> Vec<AnyView> {
    let known = choices.iter().any(|choice| choice.value == value);
    let blank = (!known || !required) && !choices.iter().any(|choice| choice.value.is_empty());
    let first = blank.then(|| view! { <option value="" selected=!known>"Choose…"</option> }.into_any());
    let rest = choices.iter().map(|choice| {
        view! { <option value=choice.value.clone() selected=choice.value == value>{choice.label.clone()}</option> }.into_any()
    });
    first.into_iter().chain(rest).collect()
}

/// The first button carries the field's id, so that links to the field reach it.
fn radios(name: &str, choices: &[Choice], value: &str) -> Vec<AnyView> {
    let id = input_id(name);
    choices
        .iter()
        .enumerate()
        .map(|(at, choice)| {
            let id = if at == 0 { id.clone() } else { format!("{id}-{at}") };
            view! {
                <div class="check">
                    <input class="check__box" type="radio" id=id.clone() name=name.to_owned() value=choice.value.clone()
                        checked=choice.value == value/>
                    <label class="check__label" for=id>{choice.label.clone()}</label>
                </div>
            }
            .into_any()
        })
        .collect()
}

/// The text of a `<textarea>` as HTML. Of a page that comes from the server a browser drops the first line break, so one is added; of
/// a page that is made in the browser it would stay.
fn area(value: &str) -> String {
    let mut html = String::with_capacity(value.len() + 1);
    if cfg!(feature = "ssr") {
        html.push('\n');
    }
    for c in value.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            c => html.push(c),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    #[test]
    fn text_of_an_area_cannot_leave_it() {
        let dropped = if cfg!(feature = "ssr") { "\n" } else { "" };
        assert_eq!(super::area("\na&b</textarea><script>"), format!("{dropped}\na&amp;b&lt;/textarea&gt;&lt;script&gt;"));
    }
}
