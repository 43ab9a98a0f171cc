//! How channels stand, and the guide's steps, made on the server.

use crate::reading::html;
use crate::routes::Page;
use crate::ui::{Action, Alert, Badge, Look};
use crate::views::guide::{HomePage, HomeView, StepRow, Way};
use leptos::prelude::*;

/// The page.
pub fn page(mut home: HomeView) -> HomePage {
    let all_done = home.done as usize == home.steps.len();
    let (title, sentence) = match home.is_new {
        true => (
            "Welcome to Towpath",
            "Seven steps bring the people and groups of your directory to AWS IAM Identity Center, and let them sign on there. Each ticks itself when it is done.",
        ),
        false => ("Home", ""),
    };
    let warnings = std::mem::take(&mut home.warnings);
    let above = html(|| {
        let warnings = warnings
            .into_iter()
            .map(|warning| view! { <Alert tone=warning.tone>{warning.text} " " {way(warning.way, Look::Link)}</Alert> });
        let standing = (home.channels > 0).then(|| standing(&home));
        view! { {warnings.collect_view()} {standing} }.into_any()
    });
    let steps = html(|| steps(std::mem::take(&mut home.steps), home.done, all_done));
    HomePage { title: title.to_owned(), sentence: sentence.to_owned(), above, steps, to_aws: home.to_aws, from_aws: home.from_aws }
}

/// How channels stand, in numbers, and those that want to be looked at.
fn standing(home: &HomeView) -> AnyView {
    let states = home
        .standing
        .iter()
        .map(|(n, state)| {
            view! { <li class="standing__state"><span class="standing__number">{*n}</span> <Badge label=state.label.clone() tone=state.tone/></li> }
        })
        .collect_view();
    let attention = home
        .attention
        .iter()
        .map(|channel| {
            view! {
                <li class="hits__hit">
                    <a href=Page::Channel(channel.id.clone()).href()>{channel.name.clone()}</a>
                    <span class="hits__detail"><Badge label=channel.state.label.clone() tone=channel.state.tone/> {channel.state.sentence.clone()}</span>
                </li>
            }
        })
        .collect_view();
    let attention = (!home.attention.is_empty()).then(|| view! { <ul class="hits">{attention}</ul> });
    view! {
        <section class="panel" aria-labelledby="channels">
            <h2 class="panel__title" id="channels">"Channels"</h2>
            <ul class="standing">{states}</ul>
            {attention}
            <p class="panel__actions"><a class="button" href=Page::Channels.href()>"All channels"</a></p>
        </section>
    }
    .into_any()
}

fn steps(steps: Vec<StepRow>, done: u32, all_done: bool) -> AnyView {
    let total = steps.len();
    let next = steps.iter().position(|step| !step.done);
    let rows = steps.into_iter().enumerate().map(|(at, row)| step(row, Some(at) == next)).collect_view();
    let list = view! { <ol class="steps__list">{rows}</ol> };
    if all_done {
        return view! {
            <details class="steps steps--done">
                <summary class="steps__summary">"The guide’s seven steps are done"</summary>
                {list}
            </details>
        }
        .into_any();
    }
    view! {
        <section class="steps" aria-labelledby="steps">
            <h2 class="steps__title" id="steps">"Set-up, step by step"</h2>
            <p class="steps__progress">{format!("{done} of {total} done")}</p>
            {list}
        </section>
    }
    .into_any()
}

fn step(step: StepRow, is_next: bool) -> AnyView {
    let StepRow { title, text, done, parts, ways } = step;
    if done {
        // What is done takes one line, and still leads to its screen.
        let ways = ways.into_iter().map(|to| way(to, Look::Link)).collect_view();
        return view! {
            <li class="steps__step steps__step--done">
                <h3 class="steps__name">{title} <span class="steps__done">"Done"</span></h3>
                <p class="steps__ways">{ways}</p>
            </li>
        }
        .into_any();
    }
    let class = if is_next { "steps__step steps__step--next" } else { "steps__step" };
    let parts = parts
        .into_iter()
        .map(|(text, done)| {
            let class = if done { "steps__part steps__part--done" } else { "steps__part" };
            let word = if done { " (done)" } else { " (to do)" };
            view! { <li class=class>{text} <span class="visually-hidden">{word}</span></li> }
        })
        .collect::<Vec<_>>();
    let parts = (!parts.is_empty()).then(|| view! { <ul class="steps__parts">{parts}</ul> });
    let ways = ways
        .into_iter()
        .enumerate()
        .map(|(at, to)| way(to, if is_next && at == 0 { Look::Primary } else { Look::Plain }))
        .collect::<Vec<_>>();
    let ways = (!ways.is_empty()).then(|| view! { <div class="steps__ways">{ways}</div> });
    view! {
        <li class=class>
            <h3 class="steps__name">{title}</h3>
            <p class="steps__text">{text}</p>
            {parts}
            {ways}
        </li>
    }
    .into_any()
}

fn way(way: Way, look: Look) -> AnyView {
    let Way { label, to, posts } = way;
    if posts {
        return view! { <Action to=to label=label look=look/> }.into_any();
    }
    let class = if look == Look::Link { "" } else { look.class() };
    view! { <a class=class href=to>{label}</a> }.into_any()
}
