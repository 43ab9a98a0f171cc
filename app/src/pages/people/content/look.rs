//! What was found about one object just now: checks, values, groups, and what the next cycle does.

use crate::pages::ops;
use crate::ui::{Badge, Table, tone_class};
use crate::views::people::{CheckView, GroupView, LookView, ValueView};
use leptos::prelude::*;

/// Panels of all that was found.
pub fn look(look: LookView) -> AnyView {
    let LookView { checks, values, groups, next, ops: planned, others } = look;
    view! {
        {panel("checks", "From the directory to the service", checks_of(checks))}
        {(!others.is_empty()).then(|| panel("others", "Others of this name", names(others)))}
        {(!next.is_empty()).then(|| panel("next", "Next cycle", upcoming(next, planned)))}
        {(!values.is_empty()).then(|| panel("values", "Attributes", attributes(values)))}
        {(!groups.is_empty()).then(|| panel("groups", "Groups", memberships(groups)))}
    }
    .into_any()
}

/// Something under a heading.
pub fn panel(id: &'static str, title: &'static str, content: AnyView) -> AnyView {
    view! {
        <section class="panel" aria-labelledby=id>
            <h2 class="panel__title" id=id>{title}</h2>
            {content}
        </section>
    }
    .into_any()
}

fn checks_of(checks: Vec<CheckView>) -> AnyView {
    let one = |check: CheckView| {
        let CheckView { title, label, tone, found } = check;
        view! {
            <li class=format!("chain__check chain__check--{}", tone_class(tone))>
                <span class="chain__head"><strong class="chain__title">{title}</strong> <Badge label=label tone=tone/></span>
                <span class="chain__found">{found}</span>
            </li>
        }
    };
    view! { <ol class="chain">{checks.into_iter().map(one).collect_view()}</ol> }.into_any()
}

fn names(others: Vec<(String, String)>) -> AnyView {
    let one = |(dn, href): (String, String)| view! { <li class="hits__hit"><a href=href>{dn}</a></li> };
    view! { <ul class="hits">{others.into_iter().map(one).collect_view()}</ul> }.into_any()
}

fn upcoming(next: String, planned: Vec<crate::views::OpRow>) -> AnyView {
    let total = u32::try_from(planned.len()).unwrap_or(u32::MAX);
    let table = (total > 0).then(|| ops::ops("What the next cycle does".to_owned(), planned, total));
    view! { <p class="panel__intro">{next}</p> {table} }.into_any()
}

fn attributes(values: Vec<ValueView>) -> AnyView {
    let text = |value: Option<String>| match value {
        Some(text) => view! { <span class="change__value">{text}</span> }.into_any(),
        None => view! { <span class="change__none">"no value"</span> }.into_any(),
    };
    let row = move |value: ValueView| {
        let ValueView { attribute, required, sources, mapped, written, problem, differs } = value;
        let source = |(name, value): (String, String)| {
            view! { <span class="source"><span class="source__name">{name}</span> <span class="source__value">{value}</span></span> }
        };
        view! {
            <tr>
                <th scope="row" class="table__row-head">
                    {attribute}
                    {required.then(|| view! { <span class="table__under">"required"</span> })}
                </th>
                <td>{sources.into_iter().map(source).collect_view()}</td>
                <td>
                    {text(mapped)}
                    {(!problem.is_empty()).then(|| view! { <span class="table__warning">{problem}</span> })}
                </td>
                <td>
                    {text(written)}
                    {differs.then(|| view! { <span class="table__warning">"differs"</span> })}
                </td>
            </tr>
        }
    };
    let columns = ["Attribute", "In the directory", "As mapped", "Last written"].map(str::to_owned).to_vec();
    let rows = values.into_iter().map(row).collect_view();
    view! { <Table label="Attributes" columns=columns>{rows}</Table> }.into_any()
}

fn memberships(groups: Vec<GroupView>) -> AnyView {
    let row = |group: GroupView| {
        let GroupView { name, href, dn, state, tone } = group;
        view! {
            <tr>
                <td>
                    <div class="object">
                        <a class="object__name" href=href>{name}</a>
                        <span class="object__dn">{dn}</span>
                    </div>
                </td>
                <td><Badge label=state tone=tone/></td>
            </tr>
        }
    };
    let columns = ["Group", "Membership"].map(str::to_owned).to_vec();
    let rows = groups.into_iter().map(row).collect_view();
    view! { <Table label="Groups" columns=columns>{rows}</Table> }.into_any()
}
