//! The pieces of a page of the sandbox.

use crate::pages::ops::changes;
use crate::ui::{Action, Alert, Badge, Confirm, CopyValue, Empty, Look, Pagination, Table};
use crate::views::sandbox::{Act, Cell, Fact, FormView, Part, TabLink, TableView, WayState, WayStep};
use crate::wizard::plain_fields;
use leptos::prelude::*;

/// One piece.
pub fn part(part: Part) -> AnyView {
    match part {
        Part::Panel { id, title, intro, parts } => {
            let labelled_by = id.clone();
            view! {
                <section class="panel" aria-labelledby=labelled_by>
                    <h2 class="panel__title" id=id>{title}</h2>
                    {(!intro.is_empty()).then(|| view! { <p class="panel__intro">{intro}</p> })}
                    {parts.into_iter().map(self::part).collect_view()}
                </section>
            }
            .into_any()
        }
        Part::Text(text) => view! { <p class="panel__line">{text}</p> }.into_any(),
        Part::Alert(tone, text) => view! { <Alert tone=tone>{text}</Alert> }.into_any(),
        Part::Facts(facts) => view! { <dl class="facts">{facts.into_iter().map(fact).collect_view()}</dl> }.into_any(),
        Part::Table(view) => table(view),
        Part::Filter { label, links } => {
            view! { <ul class="filter" aria-label=label>{links.into_iter().map(filter).collect_view()}</ul> }.into_any()
        }
        Part::Search { label, value, keep } => search(label, value, keep),
        Part::Pages { page, pages, base } => view! { <Pagination page=page pages=pages base=base/> }.into_any(),
        Part::Form(view) => form(view),
        Part::Acts(acts) => view! { <div class="panel__actions">{acts.into_iter().map(act).collect_view()}</div> }.into_any(),
        Part::Way(steps) => view! { <ol class="way">{steps.into_iter().map(step).collect_view()}</ol> }.into_any(),
    }
}

/// A button, a link that looks like one, or a button that asks first.
pub fn act(act: Act) -> AnyView {
    let Act { label, name, to, posts, primary, danger, small, question } = act;
    let look = match (danger, primary, small) {
        (true, ..) => Look::Danger,
        (_, true, _) => Look::Primary,
        (_, _, true) => Look::Small,
        _ => Look::Plain,
    };
    let does = label.clone();
    match (question, posts) {
        (Some((question, consequence)), _) => {
            let opener = if small { Look::Small } else { Look::Plain };
            let id = format!("ask{}", to.replace('/', "-"));
            view! {
                <Confirm id=id label=label name=name.unwrap_or_else(|| does.clone()) question=question consequence=consequence look=opener>
                    <Action to=to label=does.clone() look=look/>
                </Confirm>
            }
            .into_any()
        }
        (None, true) => view! { <Action to=to label=label name=name.unwrap_or(does) look=look/> }.into_any(),
        // Files are not pages; the browser is to fetch them itself.
        (None, false) if to.ends_with(".xml") => {
            view! { <a class=look.class() href=to download="" rel="external" aria-label=name>{label}</a> }.into_any()
        }
        (None, false) => view! { <a class=look.class() href=to aria-label=name>{label}</a> }.into_any(),
    }
}

fn fact(fact: Fact) -> impl IntoView {
    let Fact { label, value, note, copy } = fact;
    let value = if copy { view! { <CopyValue label=label.clone() value=value/> }.into_any() } else { value.into_any() };
    view! {
        <div class="facts__row">
            <dt class="facts__label">{label}</dt>
            <dd class="facts__value">
                {value}
                {(!note.is_empty()).then(|| view! { <span class="facts__note">{note}</span> })}
            </dd>
        </div>
    }
}

fn table(view: TableView) -> AnyView {
    if view.rows.is_empty() {
        return view! { <Empty text=view.empty/> }.into_any();
    }
    let rows =
        view.rows.into_iter().map(|row| view! { <tr>{row.into_iter().zip(&view.columns).map(cell).collect_view()}</tr> }).collect_view();
    view! { <Table label=view.label columns=view.columns>{rows}</Table> }.into_any()
}

fn cell((cell, column): (Cell, &String)) -> AnyView {
    let Cell { text, href, under, tone, code, changes: changed, acts } = cell;
    if !acts.is_empty() {
        return view! { <td class="table__actions table__actions--buttons">{acts.into_iter().map(act).collect_view()}</td> }.into_any();
    }
    let content = match tone {
        Some(tone) => view! { <Badge label=text tone=tone/> }.into_any(),
        None if href.is_empty() => text.into_any(),
        None => view! { <a class="table__name" href=href>{text}</a> }.into_any(),
    };
    view! {
        <td class:table__code=code data-label=column.clone()>
            {content}
            {(!under.is_empty()).then(|| view! { <span class="table__under">{under}</span> })}
            {changes(changed)}
        </td>
    }
    .into_any()
}

fn filter((link, count): (TabLink, u32)) -> impl IntoView {
    view! {
        <li>
            <a class="filter__link" href=link.href aria-current=link.current.then_some("true")>
                {link.label} " " <span class="filter__count">{count}</span>
            </a>
        </li>
    }
}

fn search(label: String, value: String, keep: Vec<(String, String)>) -> AnyView {
    let keep = keep.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view();
    view! {
        <form class="search" method="get" role="search">
            {keep}
            <label class="search__label" for="search">{label}</label>
            <input class="input search__input" type="search" id="search" name="search" value=value/>
            <button type="submit" class="button">"Search"</button>
        </form>
    }
    .into_any()
}

fn form(view: FormView) -> AnyView {
    let FormView { action, fields, file, problems, button, danger, cancel } = view;
    let look = if danger { Look::Danger } else { Look::Primary };
    let coding = file.is_some().then_some("multipart/form-data");
    let file = file.map(|(name, label, help)| {
        let id = format!("f-{name}");
        let described_by = format!("{id}-help");
        view! {
            <div class="field">
                <label class="field__label" for=id.clone()>{label}</label>
                <input class="input input--file" type="file" id=id name=name aria-describedby=described_by.clone()/>
                <p class="field__help" id=described_by>{help}</p>
            </div>
        }
    });
    view! {
        <form class="task" method="post" action=action enctype=coding novalidate=true autocomplete="off">
            {plain_fields(fields, problems)}
            {file}
            <div class="panel__actions">
                <button type="submit" class=look.class()>{button}</button>
                {(!cancel.is_empty()).then(|| view! { <a class="button" href=cancel>"Cancel"</a> })}
            </div>
        </form>
    }
    .into_any()
}

fn step(step: WayStep) -> impl IntoView {
    let WayStep { title, state, at, parts } = step;
    let (class, word) = match state {
        WayState::Done => ("way__step way__step--done", "Done"),
        WayState::Now => ("way__step way__step--now", "Now"),
        WayState::Ahead => ("way__step way__step--ahead", "Later"),
        WayState::Stuck => ("way__step way__step--stuck", "Stopped"),
    };
    view! {
        <li class=class>
            <h3 class="way__title">
                {title} " " <span class="way__word">{word}</span>
                {(!at.is_empty()).then(|| view! { <span class="way__time">{at}</span> })}
            </h3>
            <div class="way__parts">{parts.into_iter().map(part).collect_view()}</div>
        </li>
    }
}
