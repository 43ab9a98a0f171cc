//! What a channel does at this moment: how far its cycle is, what its service slowed down, and from where on its directory is read.

use super::words::{duration, time};
use app::views::channels::{RunView, StepState};
use domain::model::channel::ChangeAlgorithm;
use domain::model::connector::OperationClass;
use domain::model::cycle::{ChannelState, Step};
use scim::{Slow, Slowed};
use service::Running;

/// Everything is read and compared at least so often.
const COMPARE_MS: i64 = 24 * 60 * 60 * 1000;
/// Letters of a time as directories write it, such as `20261124132100.123456Z`.
const TIME_LETTERS: usize = 24;
/// A rate over less than this is chance.
const LEAST_MS: i64 = 500;

/// The running cycle: its steps, how much it has done, how fast, and how long that will take.
pub(super) fn run(running: &Running, state: &ChannelState, now: i64) -> RunView {
    let at = running.step;
    let all = [Step::ReadingTarget, Step::ReadingUsers, Step::ReadingGroups, Step::Planning, Step::Applying, Step::Recording];
    // Few cycles read the target.
    let steps = all.into_iter().filter(|step| *step != Step::ReadingTarget || at == Step::ReadingTarget);
    let position = |step: Step| all.iter().position(|other| *other == step);
    let steps = steps.map(|step| {
        let state = match position(step).cmp(&position(at)) {
            std::cmp::Ordering::Less => StepState::Done,
            std::cmp::Ordering::Equal => StepState::Now,
            std::cmp::Ordering::Greater => StepState::Next,
        };
        (step.label().to_owned(), state)
    });
    // Of a directory nobody knows how much there is before it is read; as much as last time is a good guess.
    let guess = match at {
        Step::ReadingUsers => state.last_complete_users,
        Step::ReadingGroups => state.last_complete_groups,
        _ => None,
    };
    let about = if running.total.is_none() { "about " } else { "" };
    let total = running.total.or(guess).filter(|total| *total >= running.done && *total > 0);
    let mut figures = Vec::new();
    match total {
        Some(total) => figures.push(("Done", format!("{} of {about}{total}", running.done))),
        None if running.done > 0 => figures.push(("Done", running.done.to_string())),
        None => {}
    }
    let passed = now - running.step_at;
    if running.done > 0 && passed >= LEAST_MS {
        let rate = f64::from(running.done) * 1000.0 / passed as f64;
        figures.push(("Rate", format!("{} a second", number(rate))));
        if let Some(total) = total {
            let left = f64::from(total - running.done) / rate;
            figures.push(("Time left", format!("about {}", duration((left * 1000.0) as i64))));
        }
    }
    figures.push(("Running for", duration(now - running.started_at)));
    RunView {
        cycle: running.cycle.clone(),
        steps: steps.collect(),
        figures: figures.into_iter().map(|(label, value)| (label.to_owned(), value)).collect(),
    }
}

/// As many digits as say something.
fn number(n: f64) -> String {
    if n < 10.0 { format!("{n:.1}") } else { format!("{n:.0}") }
}

/// What the service slowed down, in sentences.
pub(super) fn slowed(slowed: &[Slowed]) -> Vec<String> {
    let sentence = |slowed: &Slowed| {
        let what = match slowed.what {
            Slow::Class(class) => doing(class),
            Slow::Writes => "Everything that changes something",
            Slow::Reads => "Everything that reads",
            Slow::Memberships => "Changing memberships",
        };
        if let Some(left) = slowed.paused {
            let left = duration(i64::try_from(left.as_millis()).unwrap_or(i64::MAX));
            return format!("{what} waits for {left} more, as the service asked.");
        }
        let of = slowed.configured.map_or_else(String::new, |most| format!(" instead of {}", number(most)));
        let rate = slowed.rate.map_or_else(|| "as before".to_owned(), |rate| format!("{} a second{of}", number(rate)));
        format!(
            "{what} is slowed to {rate}, since the service said that it is too much or failed. The rate rises again with what it takes."
        )
    };
    slowed.iter().map(sentence).collect()
}

fn doing(class: OperationClass) -> &'static str {
    match class {
        OperationClass::CreateUser => "Creating users",
        OperationClass::UpdateUser => "Updating users",
        OperationClass::DeleteUser => "Deleting users",
        OperationClass::CreateGroup => "Creating groups",
        OperationClass::UpdateGroup => "Updating groups",
        OperationClass::DeleteGroup => "Deleting groups",
        OperationClass::ChangeMembers => "Adding and removing members",
        OperationClass::ListUsers => "Listing users",
        OperationClass::GetUser => "Reading a user",
        OperationClass::ListGroups => "Listing groups",
        OperationClass::GetGroup => "Reading a group",
        OperationClass::Discover => "Asking what the service can do",
    }
}

/// Which server of the directory is read, and from where on, in sentences.
pub(super) fn directory(state: &ChannelState, algorithm: ChangeAlgorithm, now: i64) -> Vec<String> {
    let mut sentences = Vec::new();
    match (&state.last_complete_at, &state.last_server) {
        (Some(at), Some(server)) => sentences.push(format!("{server} answered the last complete read, {}.", time(*at, now).words)),
        (Some(at), None) => sentences.push(format!("The last complete read was {}.", time(*at, now).words)),
        (None, _) => sentences.push("The directory was never read to its end.".to_owned()),
    }
    match &state.watermark {
        Some(mark) => {
            let server = if mark.server.is_empty() { String::new() } else { format!(" on {}", mark.server) };
            let upto = match algorithm {
                ChangeAlgorithm::ActiveDirectoryUsn => format!("Everything up to change {}", mark.value),
                _ if mark.value.len() <= TIME_LETTERS && mark.value.ends_with('Z') => format!("Everything changed before {}", mark.value),
                // What a server remembers by is for itself alone to read.
                _ => "Everything up to a mark of the directory's own".to_owned(),
            };
            sentences.push(format!("{upto}{server} is known: the next cycle reads what changed since."));
        }
        None => sentences.push("The next cycle reads everything, as nothing is kept of where changes begin.".to_owned()),
    }
    if let Some(at) = state.compared_at {
        let next = time(at + COMPARE_MS, now).words;
        sentences.push(format!("Everybody was last read and compared {}; that is done again {next} at the latest.", time(at, now).words));
    }
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id::CycleId;
    use domain::model::cycle::{Trigger, Watermark};
    use std::time::Duration;

    const NOW: i64 = 1_795_474_726_000;

    fn running(step: Step, done: u32, total: Option<u32>) -> Running {
        let cycle = CycleId::parse("r").unwrap();
        Running { cycle, trigger: Trigger::Person, started_at: NOW - 20_000, step, step_at: NOW - 4_000, done, total }
    }

    fn figures(running: &Running, state: &ChannelState) -> String {
        let view = run(running, state, NOW);
        view.figures.iter().map(|(label, value)| format!("{label}: {value}")).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_running_cycle_says_how_fast_it_is_and_how_long_it_takes() {
        let state = ChannelState { last_complete_users: Some(60_000), ..ChannelState::default() };
        let applying = running(Step::Applying, 40, Some(60));
        assert_eq!(figures(&applying, &state), "Done: 40 of 60, Rate: 10 a second, Time left: about 2.0 s, Running for: 20 s");
        let reading = running(Step::ReadingUsers, 20_000, None);
        assert_eq!(figures(&reading, &state), "Done: 20000 of about 60000, Rate: 5000 a second, Time left: about 8.0 s, Running for: 20 s");
        assert_eq!(figures(&running(Step::ReadingUsers, 70_000, None), &state), "Done: 70000, Rate: 17500 a second, Running for: 20 s");
        assert_eq!(figures(&running(Step::Planning, 0, None), &state), "Running for: 20 s");
        let steps: Vec<_> = run(&applying, &state, NOW).steps.into_iter().map(|(_, state)| state).collect();
        assert_eq!(steps, [StepState::Done, StepState::Done, StepState::Done, StepState::Now, StepState::Next]);
        let first = run(&running(Step::ReadingTarget, 0, None), &state, NOW).steps;
        assert_eq!((first.len(), first[0].1), (6, StepState::Now));
    }

    #[test]
    fn what_is_slowed_is_said() {
        let of = |what, rate, configured, paused| Slowed { what, rate, configured, paused };
        let said = slowed(&[
            of(Slow::Class(OperationClass::CreateUser), Some(12.25), Some(24.5), Some(Duration::from_secs(9))),
            of(Slow::Class(OperationClass::UpdateUser), Some(1.25), Some(24.5), None),
            of(Slow::Memberships, Some(400.0), None, None),
        ]);
        assert_eq!(said[0], "Creating users waits for 9.0 s more, as the service asked.");
        assert!(said[1].starts_with("Updating users is slowed to 1.2 a second instead of 24, since"), "{}", said[1]);
        assert!(said[2].starts_with("Changing memberships is slowed to 400 a second, since"), "{}", said[2]);
    }

    #[test]
    fn where_the_directory_is_read_from_is_said() {
        let said = |state: &ChannelState, algorithm| directory(state, algorithm, NOW);
        let never = said(&ChannelState::default(), ChangeAlgorithm::Timestamp);
        let everything = "The next cycle reads everything, as nothing is kept of where changes begin.";
        assert_eq!(never, ["The directory was never read to its end.", everything]);
        let mut state = ChannelState {
            last_complete_at: Some(NOW - 5_000),
            last_server: Some("dc1.example.com:636".into()),
            watermark: Some(Watermark { server: "dc1.example.com".into(), life: "x".into(), value: "48211".into() }),
            compared_at: Some(NOW - 3_600_000),
            ..ChannelState::default()
        };
        assert_eq!(
            said(&state, ChangeAlgorithm::ActiveDirectoryUsn),
            [
                "dc1.example.com:636 answered the last complete read, 5 s ago.",
                "Everything up to change 48211 on dc1.example.com is known: the next cycle reads what changed since.",
                "Everybody was last read and compared 1 h ago; that is done again in 23 h at the latest.",
            ]
        );
        let mark = |value: &str| Some(Watermark { value: value.into(), ..Watermark::default() });
        state.watermark = mark("20261124132100Z");
        assert!(said(&state, ChangeAlgorithm::Timestamp)[1].starts_with("Everything changed before 20261124132100Z is known"));
        state.watermark = mark("cmlkPTAwMSxjc249MjAyNjExMjQxMzIxMDBa");
        assert!(
            said(&state, ChangeAlgorithm::ContentSynchronization)[1].starts_with("Everything up to a mark of the directory's own is known")
        );
    }
}
