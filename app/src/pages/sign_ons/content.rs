//! Sign-Ons and Test Assertion, made on the server.

use crate::pages::connections::content::filter;
use crate::routes::Page;
use crate::ui::{Badge, Empty, Pagination, Table, Time, warning};
use crate::views::sign_ons::{SignOnList, SignOnRow, TrialOutcome, TrialPage};
use leptos::prelude::*;

/// A page of the list, with what it is narrowed by.
pub fn list(list: SignOnList) -> AnyView {
    let SignOnList { rows, is_empty, counted, person, filters, page, pages, base } = list;
    if is_empty {
        return view! { <Empty text="Nobody has signed on yet, and nobody has tried to."/> }.into_any();
    }
    let filters = filters.into_iter().map(filter).collect_view();
    let table = if rows.is_empty() {
        view! {
            <Empty text="No sign-on is like this. Look for less, or at all of them.">
                <a class="button" href=Page::SignOns.href()>"Show all"</a>
            </Empty>
        }
        .into_any()
    } else {
        let columns = ["When", "Person", "Connection", "Result", "Address"].map(str::to_owned).to_vec();
        let rows = rows.into_iter().map(row).collect_view();
        view! {
            <Table label="Sign-Ons" columns=columns>{rows}</Table>
            <Pagination page=page pages=pages base=base/>
        }
        .into_any()
    };
    view! {
        <form class="finder" method="get" action=Page::SignOns.href() role="search" aria-label="Sign-Ons">
            <div class="finder__field finder__field--text">
                <label class="finder__label" for="person">"Person"</label>
                <input class="input" type="search" id="person" name="person" value=person autocomplete="off" spellcheck="false"/>
            </div>
            {filters}
            <button type="submit" class="button">"Search"</button>
            <p class="finder__count" role="status">{counted}</p>
        </form>
        {table}
    }
    .into_any()
}

fn row(row: SignOnRow) -> impl IntoView {
    let SignOnRow { at, state, person, connection, how, address, tracking } = row;
    let sentence = (!state.sentence.is_empty()).then(|| view! { <span class="table__under">{state.sentence}</span> });
    view! {
        <tr>
            <td class="table__time"><Time time=at/></td>
            <td class="table__name-cell" data-label="Person">{person}<span class="table__under">{how}</span></td>
            <td data-label="Connection">{connection}</td>
            <td class="table__text" data-label="Result"><Badge label=state.label tone=state.tone/> {sentence}</td>
            <td class="table__code" data-label="Address">{address}<span class="table__under">{tracking}</span></td>
        </tr>
    }
}

/// The form that asks for whom, and what came of it.
pub fn trial(page: TrialPage) -> AnyView {
    let TrialPage { id, name, username, adapter, outcome } = page;
    let adapter = adapter.map(filter);
    view! {
        <form class="finder" method="get" action=Page::TryAssertion(id).href() aria-label=format!("Test {name}")>
            <div class="finder__field finder__field--text">
                <label class="finder__label" for="username">{format!("Username of somebody who signs on to {name}")}</label>
                <input class="input" type="text" id="username" name="username" value=username autocomplete="off" autocapitalize="none"
                    spellcheck="false" required/>
            </div>
            {adapter}
            <button type="submit" class="button button--primary">"Test"</button>
        </form>
        {outcome.map(came)}
    }
    .into_any()
}

fn came(outcome: TrialOutcome) -> AnyView {
    let (facts, warnings, rows, xml) = match outcome {
        TrialOutcome::Refused(why) => return view! { <div class="alert alert--bad" role="status">{why}</div> }.into_any(),
        TrialOutcome::Said { facts, warnings, rows, xml } => (facts, warnings, rows, xml),
    };
    let facts = facts.into_iter().map(|(label, value)| view! { <div class="facts__row"><dt class="facts__label">{label}</dt><dd class="facts__value">{value}</dd></div> }).collect_view();
    let warnings = warnings.into_iter().map(|sentence| view! { <p>{warning(sentence)}</p> }).collect_view();
    let columns = ["Attribute", "From", "Values"].map(str::to_owned).to_vec();
    let rows = rows
        .into_iter()
        .map(|(name, from, values)| view! { <tr><td class="table__code">{name}</td><td data-label="From">{from}</td><td data-label="Values">{values}</td></tr> })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="said" role="status">
            <h2 class="panel__title" id="said">"What would be said"</h2>
            {warnings}
            <dl class="facts">{facts}</dl>
        </section>
        <section class="panel" aria-labelledby="from">
            <h2 class="panel__title" id="from">"Where it comes from"</h2>
            <Table label="Attributes of the contract" columns=columns>{rows}</Table>
        </section>
        <section class="panel" aria-labelledby="message">
            <h2 class="panel__title" id="message">"The message"</h2>
            <p>"Indented for reading. The signatures are left out: whoever had the whole message could sign on with it."</p>
            <pre class="message" tabindex="0">{xml}</pre>
        </section>
    }
    .into_any()
}
