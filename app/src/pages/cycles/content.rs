//! The cycles of a channel, made on the server.

use crate::routes::Page;
use crate::ui::{Badge, Empty, Pagination, Table, Time, page_head};
use crate::views::{CycleRow, CyclesPage};
use leptos::prelude::*;

/// The list, with what it is narrowed by.
pub fn content(page: CyclesPage) -> AnyView {
    let CyclesPage { channel, channel_name, connection_name, states, state, changed, counted, cycles, kept, page, pages, base } = page;
    let own = Page::ChannelCycles(channel.clone()).href();
    let trail = vec![("Channels".to_owned(), Page::Channels.href()), (channel_name.clone(), Page::Channel(channel).href())];
    let options = states
        .into_iter()
        .map(|(id, label)| {
            let selected = id == state;
            view! { <option value=id selected=selected>{label}</option> }
        })
        .collect_view();
    let table = if cycles.is_empty() {
        let is_narrow = changed || !state.is_empty();
        let text =
            if is_narrow { "No cycle is like this." } else { "No cycle yet. An active channel of an enabled connection starts by itself." };
        let all = own.clone();
        view! { <Empty text=text>{is_narrow.then(|| view! { <a class="button" href=all>"Show all"</a> })}</Empty> }.into_any()
    } else {
        table(cycles)
    };
    view! {
        {page_head(format!("Cycles of {channel_name}"), trail, connection_name, None)}
        <form class="finder" method="get" action=own role="search" aria-label="Cycles">
            <div class="finder__field">
                <label class="finder__label" for="state">"Status"</label>
                <select class="input input--select" id="state" name="state">{options}</select>
            </div>
            <label class="finder__check" for="changed">
                <input type="checkbox" id="changed" name="changed" value="1" checked=changed/>
                "Only those that changed something"
            </label>
            <button type="submit" class="button">"Show"</button>
            <p class="finder__count" role="status">{counted}</p>
        </form>
        {table}
        <Pagination page=page pages=pages base=base/>
        <p class="more">{kept} " " <a href=Page::ProtocolSettings.href()>"Protocol Settings"</a></p>
    }
    .into_any()
}

/// Cycles, the newest first.
pub fn table(cycles: Vec<CycleRow>) -> AnyView {
    let rows = cycles
        .into_iter()
        .map(|cycle| {
            view! {
                <tr>
                    <td><a href=Page::Cycle(cycle.id).href()><Time time=cycle.started/></a></td>
                    <td><Badge label=cycle.state.label tone=cycle.state.tone/></td>
                    <td>{cycle.trigger}</td>
                    <td>{cycle.duration}</td>
                    <td>{cycle.did}</td>
                    <td class="table__number">{cycle.failed}</td>
                </tr>
            }
        })
        .collect_view();
    let columns = ["Started", "Status", "Trigger", "Took", "Did", "Failed"].map(str::to_owned).to_vec();
    view! { <Table label="Cycles" columns=columns>{rows}</Table> }.into_any()
}
