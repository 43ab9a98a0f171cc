//! What cycles did: a channel's cycles and the objects of one, as an address asks for them.

use super::channels::coverage;
use super::words::{count, duration, sentence};
use super::{Ports, ops, refuse, standing};
use app::error::AppError;
use app::routes::Page;
use app::views::channels::ChoiceView;
use app::views::{CyclePage, CyclesPage};
use domain::actor::Actor;
use domain::id::{ChannelId, CycleId};
use domain::model::cycle::{Calls, CycleState};
use domain::model::plan::ActionKind;
use store::{CycleQuery, ObjectQuery, ObjectTally, Page as Part};
use url::form_urlencoded;

/// Objects on a page of a cycle.
const OBJECTS_A_PAGE: u32 = 100;
/// Cycles on a page of a list.
const CYCLES_A_PAGE: u32 = 50;

/// States in the order offered.
const STATES: [CycleState; 6] =
    [CycleState::Succeeded, CycleState::Partial, CycleState::Failed, CycleState::Held, CycleState::Stopped, CycleState::Running];

fn pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    form_urlencoded::parse(query.trim_start_matches('?').as_bytes()).into_owned()
}

/// An address with what narrows it; what is empty is left out.
fn href(page: &Page, narrows: &[(&str, &str)]) -> String {
    let narrows = narrows.iter().filter(|(_, value)| !value.is_empty());
    let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(narrows).finish();
    let page = page.href();
    if text.is_empty() { page } else { format!("{page}?{text}") }
}

/// The same up to the number of a page.
fn base(page: &Page, narrows: &[(&str, &str)]) -> String {
    let own = href(page, narrows);
    let joint = if own.contains('?') { '&' } else { '?' };
    format!("{own}{joint}page=")
}

fn part(page: u32, limit: u32) -> Part {
    Part { offset: (page - 1).saturating_mul(limit), limit }
}

impl Ports {
    /// A page of a channel's cycles.
    pub(super) async fn cycle_list(&self, actor: &Actor, id: &ChannelId, address: &str) -> Result<CyclesPage, AppError> {
        let (mut query, mut page) = (CycleQuery::default(), 1);
        for (name, value) in pairs(address) {
            match name.as_str() {
                "state" => query.state = STATES.into_iter().find(|state| state.id() == value),
                "changed" => query.changed = value == "1",
                "page" => page = value.parse().unwrap_or(1).max(1),
                _ => {}
            }
        }
        let read = |page| self.service.list_cycles(actor, id, &query, part(page, CYCLES_A_PAGE));
        let (channel, connection_name, mut found) = read(page).await.map_err(refuse)?;
        let total = u32::try_from(found.total).unwrap_or(u32::MAX);
        let pages = total.div_ceil(CYCLES_A_PAGE).max(1);
        // An address of a page that is not there any more shows the last.
        if page > pages {
            page = pages;
            found = read(page).await.map_err(refuse)?.2;
        }
        let kept = self.service.protocol_settings(actor).await.map_err(refuse)?.settings.retention();
        let now = self.now();
        let state = query.state.map_or("", CycleState::id);
        let states = STATES.iter().map(|state| (state.id().to_owned(), state.label().to_owned()));
        Ok(CyclesPage {
            channel: id.clone(),
            channel_name: channel.name,
            connection_name,
            states: std::iter::once((String::new(), "Any".to_owned())).chain(states).collect(),
            state: state.to_owned(),
            changed: query.changed,
            counted: count(total, "cycle", "cycles"),
            cycles: found.cycles.iter().map(|cycle| standing::cycle_row(cycle, now)).collect(),
            kept: format!(
                "Cycles that changed something or did not succeed are kept for {}, others for {}, and the newest {} in any case.",
                count(kept.changed_days, "day", "days"),
                count(kept.quiet_days, "day", "days"),
                kept.newest
            ),
            page,
            pages,
            base: base(&Page::ChannelCycles(id.clone()), &[("state", state), ("changed", if query.changed { "1" } else { "" })]),
        })
    }

    /// A cycle with a page of its objects.
    pub(super) async fn cycle_page(&self, actor: &Actor, id: &CycleId, address: &str) -> Result<CyclePage, AppError> {
        let (mut query, mut page) = (ObjectQuery::default(), 1);
        for (name, value) in pairs(address) {
            match name.as_str() {
                "outcome" => query.outcome = value,
                "action" => query.action = value,
                "q" => query.text = value.trim().to_owned(),
                "page" => page = value.parse().unwrap_or(1).max(1),
                _ => {}
            }
        }
        let read = |page| self.service.show_cycle(actor, id, &query, part(page, OBJECTS_A_PAGE));
        let mut detail = read(page).await.map_err(refuse)?;
        let total = sum(detail.tally.iter().filter(|of| is(&of.outcome, &query.outcome) && is(&of.action, &query.action)));
        let pages = total.div_ceil(OBJECTS_A_PAGE).max(1);
        if page > pages {
            page = pages;
            detail = read(page).await.map_err(refuse)?;
        }
        let cycle = &detail.cycle;
        let mut sentences: Vec<_> = cycle.error.as_deref().map(sentence).into_iter().collect();
        sentences.extend(cycle.held_reasons.iter().map(|(which, why)| format!("{}: {}", ops::guard(*which), sentence(why))));
        if cycle.state != CycleState::Running {
            sentences.extend(coverage(&cycle.coverage));
            let unchanged = [count(cycle.unchanged_users, "user", "users"), count(cycle.unchanged_groups, "group", "groups")].join(" and ");
            sentences.push(format!("{unchanged} were already as they should be."));
            if cycle.skipped > 0 {
                sentences.push(format!("{} left out.", count(cycle.skipped, "source object was", "source objects were")));
            }
        }
        let own = Page::Cycle(id.clone());
        let (outcome, action, text) = (query.outcome.as_str(), query.action.as_str(), query.text.as_str());
        let kept = [("outcome", outcome), ("action", action)].into_iter().filter(|(_, value)| !value.is_empty());
        Ok(CyclePage {
            row: standing::cycle_row(cycle, self.now()),
            channel: detail.channel.id.clone(),
            channel_name: detail.channel.name.clone(),
            connection_name: detail.connection_name.clone(),
            sentences,
            calls: cycle.calls.as_ref().map(calls).unwrap_or_default(),
            outcomes: choices(
                detail.tally.iter().filter(|of| is(&of.action, action)).map(|of| (of.outcome.as_str(), of.count)),
                outcome,
                |id| ops::outcome_label(id).to_owned(),
                |outcome| href(&own, &[("outcome", outcome), ("action", action), ("q", text)]),
            ),
            actions: choices(
                detail.tally.iter().filter(|of| is(&of.outcome, outcome)).map(|of| (of.action.as_str(), of.count)),
                action,
                |id| ActionKind::of(id).map_or_else(|| id.to_owned(), |kind| kind.label().to_owned()),
                |action| href(&own, &[("outcome", outcome), ("action", action), ("q", text)]),
            ),
            kept: kept.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            is_narrow: !(outcome.is_empty() && action.is_empty() && text.is_empty()),
            objects: detail.objects.iter().map(ops::object_row).collect(),
            page,
            pages,
            total,
            base: base(&own, &[("outcome", outcome), ("action", action), ("q", text)]),
            text: query.text.clone(),
        })
    }
}

/// Whether something is what is asked for; nothing asks for everything.
fn is(found: &str, asked: &str) -> bool {
    asked.is_empty() || found == asked
}

fn sum<'a>(tally: impl Iterator<Item = &'a ObjectTally>) -> u32 {
    u32::try_from(tally.map(|of| of.count).sum::<i64>()).unwrap_or(u32::MAX)
}

/// Views of a cycle's objects by one of their sides: all of them first; none when it touched nothing and nothing is asked for.
fn choices<'a>(
    counts: impl Iterator<Item = (&'a str, i64)>,
    chosen: &str,
    label: impl Fn(&str) -> String,
    href: impl Fn(&str) -> String,
) -> Vec<ChoiceView> {
    let mut found: Vec<(&str, i64)> = Vec::new();
    for (id, n) in counts {
        match found.iter_mut().find(|(known, _)| *known == id) {
            Some((_, count)) => *count += n,
            None => found.push((id, n)),
        }
    }
    if found.is_empty() && chosen.is_empty() {
        return Vec::new();
    }
    let all = found.iter().map(|(_, n)| n).sum();
    let choice = |id: &str, label: String, n: i64| ChoiceView {
        label,
        count: Some(u32::try_from(n).unwrap_or(u32::MAX)),
        tone: None,
        href: href(id),
        is_shown: id == chosen,
    };
    let each = found.iter().map(|(id, n)| choice(id, label(id), *n));
    std::iter::once(choice("", "All".to_owned(), all)).chain(each).collect()
}

/// What a cycle asked of its service, in words.
fn calls(calls: &Calls) -> String {
    let waited = match calls.waited_ms {
        0..100 => String::new(),
        ms => format!("; {} of waiting for its limits in all", duration(i64::try_from(ms).unwrap_or(i64::MAX))),
    };
    format!(
        "{}, answered within {} ms on average, nineteen of twenty within {} ms{waited}",
        count(calls.count, "request", "requests"),
        calls.mean_ms(),
        calls.slow_ms
    )
}
