//! How a channel stands and what a cycle did, in words that say why and what to do.

use super::ops::guard;
use super::words::{count, duration, list, sentence, time};
use app::views::{CycleRow, ProgressView, StateView, Tone};
use domain::model::cycle::{Cycle, CycleState, Step};
use domain::model::plan::ActionKind;
use service::channels::ChannelGlance;
use service::{Running, Trouble};

/// Every word for how a channel stands.
pub const STATES: &[&str] = &["Up to date", "Running", "Waiting", "Held", "Failing", "Degraded", "Paused", "Off"];

/// How a channel stands; `last` is its newest finished cycle.
pub fn of_channel(glance: &ChannelGlance, last: Option<&Cycle>, provisions: bool, now: i64) -> StateView {
    let running = glance.status.as_ref().and_then(|s| s.running.as_ref());
    let state = &glance.state;
    if let Some(running) = running {
        let doing = doing(running);
        return match state.paused || !glance.is_on() {
            true => view("Running", Tone::Busy, format!("{doing} It is being paused: it stops after the operations it has begun.")),
            false => view("Running", Tone::Busy, doing),
        };
    }
    if !glance.channel.connection_enabled {
        return view("Off", Tone::Quiet, "Its connection is not enabled. Enable it under SP Connections.".into());
    }
    if !glance.channel.active {
        return view("Off", Tone::Quiet, "The channel is not active. Edit its SP Connection to activate it.".into());
    }
    if !provisions {
        return view("Off", Tone::Quiet, "This server does not provision: provisioner.mode is OFF.".into());
    }
    if state.paused {
        let since = state.paused_at.map_or_else(String::new, |at| format!(" {}", time(at, now).words));
        return view("Paused", Tone::Warning, format!("A person paused it{since}. Nothing is changed at the target until it is resumed."));
    }
    if let Some(reason) = &state.stopped_reason {
        let then = "Put it right; it runs again after a save or Run now.";
        return view("Failing", Tone::Bad, format!("{} {then}", sentence(reason)));
    }
    if let Some(trouble) = glance.status.as_ref().and_then(|s| s.trouble.as_ref()) {
        let tone = if matches!(trouble, Trouble::Database(_)) { Tone::Bad } else { Tone::Warning };
        return view("Degraded", tone, format!("{}{}", sentence(trouble.sentence()), again(glance, now)));
    }
    match last {
        None => view("Waiting", Tone::Quiet, "Its first cycle is about to begin.".into()),
        Some(cycle) => after(glance, cycle, now),
    }
}

/// How a channel stands whose newest finished cycle is this.
fn after(glance: &ChannelGlance, cycle: &Cycle, now: i64) -> StateView {
    let error = || cycle.error.as_deref().map_or_else(|| "The last cycle failed.".to_owned(), sentence);
    let failing = failed(cycle) + cycle.waiting;
    match cycle.state {
        CycleState::Failed => view("Failing", Tone::Bad, format!("{}{}", error(), again(glance, now))),
        CycleState::Held => {
            let removals = count(cycle.held, "removal waits", "removals wait");
            view("Held", Tone::Warning, format!("{removals} for a decision: {} Look at them, then approve or reject.", reasons(cycle)))
        }
        CycleState::Stopped => {
            view("Waiting", Tone::Quiet, "The last cycle was stopped before its end. The next goes on from what was done.".into())
        }
        CycleState::Running => view("Waiting", Tone::Quiet, "Its next cycle is about to begin.".into()),
        CycleState::Partial | CycleState::Succeeded if failing > 0 => {
            let objects = count(failing, "object could not be written and waits", "objects could not be written and wait");
            view("Failing", Tone::Warning, format!("{objects} for another try. The rest is up to date."))
        }
        CycleState::Partial | CycleState::Succeeded => {
            let ended = time(cycle.ended_at.unwrap_or(cycle.started_at), now).words;
            let left_out = match cycle.skipped {
                0 => String::new(),
                n => format!(" {} left out, each with its reason.", count(n, "source object is", "source objects are")),
            };
            view("Up to date", Tone::Good, format!("Compared {ended}: {}.{left_out}", did(cycle)))
        }
    }
}

/// When the next cycle begins.
fn again(glance: &ChannelGlance, now: i64) -> String {
    match glance.status.as_ref().and_then(|s| s.next_at) {
        Some(at) => format!(" Next try {}.", time(at, now).words),
        None => String::new(),
    }
}

/// Why removals are held, as sentences, each once: one cause often holds people and groups alike.
pub fn reasons(cycle: &Cycle) -> String {
    each_once(cycle.held_reasons.iter().map(|(_, reason)| sentence(reason))).join(" ")
}

/// Which guards hold, in words, each once.
pub fn guards(cycle: &Cycle) -> String {
    each_once(cycle.held_reasons.iter().map(|(which, _)| guard(*which).to_owned())).join(", ")
}

fn each_once(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = Vec::new();
    for text in texts {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen
}

fn doing(running: &Running) -> String {
    let step = running.step.label();
    match (running.step, running.total) {
        (Step::Starting, _) => "A cycle is starting.".into(),
        (_, Some(total)) if total > 0 => format!("{step}: {} of {total}.", running.done),
        _ if running.done > 0 => format!("{step}: {} so far.", running.done),
        _ => format!("{step}."),
    }
}

/// How far a running cycle is.
pub fn progress(running: &Running) -> ProgressView {
    ProgressView { step: running.step.label().to_owned(), done: running.done, total: running.total }
}

/// A cycle in a list.
pub fn cycle_row(cycle: &Cycle, now: i64) -> CycleRow {
    CycleRow {
        id: cycle.id.clone(),
        state: of_cycle(cycle),
        trigger: cycle.trigger.label().to_owned(),
        started: time(cycle.started_at, now),
        duration: cycle.ended_at.map_or_else(String::new, |end| duration(end - cycle.started_at)),
        did: did(cycle),
        failed: failed(cycle),
    }
}

fn of_cycle(cycle: &Cycle) -> StateView {
    let (tone, sentence) = match cycle.state {
        CycleState::Running => (Tone::Busy, "Under way.".to_owned()),
        CycleState::Succeeded => (Tone::Good, "Everything planned was done.".to_owned()),
        CycleState::Partial => (Tone::Warning, format!("{} failed; the rest was done.", count(failed(cycle), "object", "objects"))),
        CycleState::Failed => (Tone::Bad, cycle.error.as_deref().map_or_else(|| "It could not be done.".to_owned(), sentence)),
        CycleState::Held => (Tone::Warning, reasons(cycle)),
        CycleState::Stopped => (Tone::Quiet, cycle.error.as_deref().map_or_else(|| "Stopped before its end.".to_owned(), sentence)),
    };
    view(cycle.state.label(), tone, sentence)
}

/// Objects whose operation was tried and not done.
pub fn failed(cycle: &Cycle) -> u32 {
    cycle.failed()
}

/// What a cycle did: `12 created, 3 updated`; `nothing to change`.
pub fn did(cycle: &Cycle) -> String {
    let done =
        |action: ActionKind| -> u32 { cycle.counts.iter().filter(|c| c.action == action && c.outcome == "done").map(|c| c.count).sum() };
    let phrase = |action: &ActionKind| {
        let n = done(*action);
        (n > 0).then(|| match action {
            ActionKind::Adopt => format!("{n} adopted"),
            ActionKind::Create => format!("{n} created"),
            ActionKind::Update => format!("{n} updated"),
            ActionKind::Enable => format!("{n} re-enabled"),
            ActionKind::Disable => format!("{n} disabled"),
            ActionKind::Delete => format!("{n} deleted"),
            ActionKind::AddMembers => format!("members added to {}", count(n, "group", "groups")),
            ActionKind::RemoveMembers => format!("members removed from {}", count(n, "group", "groups")),
            ActionKind::Unlink => format!("{n} forgotten"),
            ActionKind::HandOver => format!("{n} handed over"),
        })
    };
    let phrases: Vec<_> = ActionKind::ALL.iter().filter_map(phrase).collect();
    match cycle.state {
        _ if !phrases.is_empty() => list(&phrases),
        CycleState::Succeeded => "nothing to change".to_owned(),
        CycleState::Running => String::new(),
        _ => "nothing changed".to_owned(),
    }
}

fn view(label: &str, tone: Tone, sentence: String) -> StateView {
    StateView { label: label.to_owned(), tone, sentence }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id::{ChannelId, ConnectionId, CycleId};
    use domain::model::cycle::{ChannelState, Count, Trigger};
    use domain::model::link::ObjectKind;
    use domain::model::plan::Guard;
    use service::Status;
    use store::{ChannelRow, ObjectCounts};

    const NOW: i64 = 1_795_474_726_000;

    fn glance() -> ChannelGlance {
        ChannelGlance {
            channel: ChannelRow {
                id: ChannelId::parse("ch").unwrap(),
                name: "Everybody".into(),
                active: true,
                data_store: None,
                connection: ConnectionId::parse("con").unwrap(),
                connection_name: "AWS".into(),
                connection_enabled: true,
                connection_version: 1,
            },
            data_store: "AD".into(),
            state: ChannelState::default(),
            status: Some(Status { running: None, next_at: Some(NOW + 48_000), trouble: None }),
            last: None,
            finished: None,
            users: ObjectCounts::default(),
            groups: ObjectCounts::default(),
        }
    }

    fn cycle(state: CycleState) -> Cycle {
        Cycle {
            state,
            ended_at: Some(NOW - 12_000),
            ..Cycle::begun(CycleId::parse("cy").unwrap(), ChannelId::parse("ch").unwrap(), Trigger::Period, NOW - 13_200)
        }
    }

    fn counted(action: ActionKind, outcome: &str, count: u32) -> Count {
        Count { kind: ObjectKind::User, action, outcome: outcome.into(), count }
    }

    #[test]
    fn a_cycle_says_what_it_did() {
        let mut c = cycle(CycleState::Succeeded);
        assert_eq!(did(&c), "nothing to change");
        c.counts = vec![
            counted(ActionKind::Update, "done", 3),
            counted(ActionKind::Create, "done", 12),
            counted(ActionKind::Create, "rejected", 2),
            counted(ActionKind::AddMembers, "done", 1),
            counted(ActionKind::Disable, "held", 9),
        ];
        assert_eq!(did(&c), "12 created, 3 updated and members added to 1 group");
        assert_eq!((failed(&c), cycle_row(&c, NOW).duration.as_str()), (2, "1.2 s"));
    }

    #[test]
    fn each_state_has_its_word_and_says_what_to_do() {
        let check = |change: &dyn Fn(&mut ChannelGlance), last: Option<Cycle>, label: &str, tone: Tone, part: &str| {
            let mut glance = glance();
            change(&mut glance);
            let state = of_channel(&glance, last.as_ref(), true, NOW);
            assert_eq!((state.label.as_str(), state.tone), (label, tone), "{}", state.sentence);
            assert!(STATES.contains(&label));
            assert!(state.sentence.contains(part), "{}", state.sentence);
        };
        let same = |_: &mut ChannelGlance| {};
        check(&same, None, "Waiting", Tone::Quiet, "first cycle");
        check(&same, Some(cycle(CycleState::Succeeded)), "Up to date", Tone::Good, "Compared 12 s ago: nothing to change.");
        check(&|g| g.channel.active = false, None, "Off", Tone::Quiet, "not active");
        check(&|g| g.channel.connection_enabled = false, None, "Off", Tone::Quiet, "SP Connections");
        let paused = |g: &mut ChannelGlance| (g.state.paused, g.state.paused_at) = (true, Some(NOW - 61_000));
        check(&paused, Some(cycle(CycleState::Failed)), "Paused", Tone::Warning, "1 min ago");
        let refused = |g: &mut ChannelGlance| g.state.stopped_reason = Some("The target refused the access token".into());
        check(&refused, None, "Failing", Tone::Bad, "access token. Put it right");
        let mut failed = cycle(CycleState::Failed);
        failed.error = Some("The directory does not answer.".into());
        check(&same, Some(failed), "Failing", Tone::Bad, "does not answer. Next try in 48 s.");
        let mut held = cycle(CycleState::Held);
        let reason = (Guard::TooManyRemovals, "21 of 50 would be disabled".to_owned());
        (held.held, held.held_reasons) = (21, vec![reason.clone(), reason]);
        assert_eq!(reasons(&held).matches("21 of 50").count(), 1);
        check(&same, Some(held), "Held", Tone::Warning, "21 removals wait for a decision: 21 of 50 would be disabled.");
        let full = |g: &mut ChannelGlance| {
            let trouble = Trouble::Database("the database could not begin a cycle: its disk takes nothing more".into());
            g.status = Some(Status { trouble: Some(trouble), next_at: Some(NOW + 48_000), running: None });
        };
        check(&full, Some(cycle(CycleState::Succeeded)), "Degraded", Tone::Bad, "takes nothing more. Next try in 48 s.");
        let jumped = |g: &mut ChannelGlance| {
            g.status = Some(Status { trouble: Some(Trouble::Clock("The clock jumped".into())), next_at: None, running: None });
        };
        check(&jumped, Some(cycle(CycleState::Succeeded)), "Degraded", Tone::Warning, "The clock jumped.");
        let mut partial = cycle(CycleState::Partial);
        partial.counts = vec![counted(ActionKind::Create, "rejected", 1)];
        check(&same, Some(partial), "Failing", Tone::Warning, "1 object could not be written");
        let running = |g: &mut ChannelGlance| {
            let running = Running {
                cycle: CycleId::parse("r").unwrap(),
                trigger: Trigger::Person,
                started_at: NOW,
                step: Step::Applying,
                step_at: NOW,
                done: 40,
                total: Some(60),
            };
            g.status = Some(Status { running: Some(running), ..Status::default() });
        };
        check(&running, None, "Running", Tone::Busy, "Applying: 40 of 60.");
    }
}
