//! Ways to make the emulated AWS fail, and its clock.

use super::page;
use crate::ports::words::time_of_day;
use crate::sandbox::pages::Pages;
use crate::sandbox::pages::notebook::Said;
use crate::sandbox::pages::pieces::{acts, fact, go, href, panel, press, table, text};
use app::error::AppError;
use app::routes::Page;
use app::views::Tone;
use app::views::sandbox::{Act, Cell, Part, SandboxPage};
use sandbox::aws::{Effect, Fault, On, When};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Path of the page.
const HERE: &str = "aws/faults";
const MINUTE: Duration = Duration::from_secs(60);
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// One way to fail.
struct Trouble {
    id: &'static str,
    label: &'static str,
    /// What happens then.
    what: &'static str,
    when: When,
    effect: Effect,
    /// It ends by itself after this.
    lasts: Option<Duration>,
}

const TROUBLES: [Trouble; 5] = [
    Trouble {
        id: "throttle",
        label: "Answer 429 for a minute",
        what: "Every request is one too many (429, ThrottlingException).",
        when: When::Always,
        effect: Effect::Status { code: 429, retry_after: None },
        lasts: Some(MINUTE),
    },
    Trouble {
        id: "errors",
        label: "Answer 500 to the next 20 requests",
        what: "The next 20 requests fail with an internal error; after them all is well again.",
        when: When::First(20),
        effect: Effect::Status { code: 500, retry_after: None },
        lasts: None,
    },
    Trouble {
        id: "refuse-token",
        label: "Refuse every token",
        what: "Every request is refused (401) until the fault is ended, as if the token had been deleted.",
        when: When::Always,
        effect: Effect::Unauthorized,
        lasts: None,
    },
    Trouble {
        id: "slow",
        label: "Answer slowly for a minute",
        what: "Every answer takes two seconds longer.",
        when: When::Always,
        effect: Effect::Delay { ms: 2000 },
        lasts: Some(MINUTE),
    },
    Trouble {
        id: "break-off",
        label: "Break off every third answer for a minute",
        what: "Every third request is carried out, but its answer never arrives: Towpath cannot know what became of it.",
        when: When::Every(3),
        effect: Effect::CloseAfterCommit,
        lasts: Some(MINUTE),
    },
];

/// What is wrong on purpose now.
#[derive(Clone, Default)]
pub struct Troubles(Arc<Mutex<Now>>);

#[derive(Default)]
struct Now {
    /// Counts what was begun and ended, so that an old end does not end something newer.
    turn: u64,
    what: Option<&'static str>,
    /// Unix ms.
    until: Option<i64>,
    /// How many requests had come before.
    after: u64,
}

impl Troubles {
    fn set(&self, what: Option<&'static str>, until: Option<i64>, after: u64) -> u64 {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = Now { turn: now.turn + 1, what, until, after };
        now.turn
    }

    fn end(&self, turn: u64) -> bool {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_mine = now.turn == turn;
        if is_mine {
            *now = Now { turn: turn + 1, ..Now::default() };
        }
        is_mine
    }

    fn now(&self) -> (Option<&'static str>, Option<i64>, u64) {
        let now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (now.what, now.until, now.after)
    }
}

impl Pages {
    /// The page.
    pub(in crate::sandbox::pages) fn faults(&self) -> SandboxPage {
        let (now, until, after) = self.troubles.now();
        let current = TROUBLES.iter().find(|trouble| Some(trouble.id) == now).filter(|trouble| self.goes_on(trouble, after));
        let mut parts = Vec::new();
        if let Some(trouble) = current {
            let until = until.map_or_else(String::new, |at| format!(" Until {} UTC.", &time_of_day(at)[..8]));
            let end = Act { primary: true, ..press("End the fault", href(&format!("{HERE}/end"))) };
            parts.push(panel(
                "now",
                "Failing on purpose",
                "",
                vec![
                    Part::Alert(Tone::Warning, format!("{}{until}", trouble.what)),
                    Part::Acts(vec![
                        end,
                        go("Change something in the company", href("company")),
                        go("See what Towpath says", Page::Channels.href()),
                    ]),
                ],
            ));
        }
        let rows = TROUBLES.iter().map(|trouble| {
            let begin = press(trouble.label, href(&format!("{HERE}/{}", trouble.id)));
            vec![
                Cell { under: trouble.what.to_owned(), ..text(trouble.label) },
                acts(vec![Act { small: true, label: "Begin".to_owned(), name: Some(format!("Begin: {}", trouble.label)), ..begin }]),
            ]
        });
        let intro = "A cycle without changes asks AWS nothing, so change something in the company to see what Towpath makes of it.";
        parts.push(panel("faults", "Faults", intro, vec![table("Faults", &["Fault", " Action"], rows.collect(), "")]));
        let ahead = self.at.aws.clock_offset_ms().div_euclid(DAY_MS);
        let clock = crate::ports::words::time(self.at.aws.now_ms(), 0).exact.replace('T', " ").replace('Z', " UTC");
        let mut facts = vec![fact("Now in AWS", clock)];
        if ahead != 0 {
            facts.push(fact("Ahead of the real time", format!("{ahead} days")));
        }
        let by = |label: &str, by: &str| press(label, href(&format!("aws/clock/{by}")));
        let mut moves = vec![by("A day ahead", "day"), by("A month ahead", "month"), by("A year ahead", "year")];
        if ahead != 0 {
            moves.push(by("Back to the real time", "back"));
        }
        let intro = "Only the emulated AWS sees this time: access tokens expire by it, after one year.";
        parts.push(panel("clock", "Clock", intro, vec![Part::Facts(facts), Part::Acts(moves)]));
        page(HERE, "Faults", "Ways to fail, to see what Towpath says and that it goes on afterwards.", parts)
    }

    /// Whether it still strikes; one that strikes so many requests is over after them.
    fn goes_on(&self, trouble: &Trouble, after: u64) -> bool {
        let When::First(most) = trouble.when else { return true };
        let struck = self.at.aws.requests(|entry| entry.number > after && entry.fault.is_some()).len();
        u64::try_from(struck).is_ok_and(|struck| struck < most)
    }

    /// Begins a way to fail, or ends it.
    pub(super) fn make_trouble(&self, which: &str) -> Result<(String, Said), AppError> {
        let here = HERE.to_owned();
        if which == "end" {
            self.troubles.set(None, None, 0);
            self.at.aws.clear_faults();
            return Ok((here, Said::done("The fault is ended.")));
        }
        let trouble = TROUBLES.iter().find(|trouble| trouble.id == which).ok_or(AppError::NotFound)?;
        let until = trouble.lasts.map(|lasts| self.ports.now() + i64::try_from(lasts.as_millis()).unwrap_or_default());
        let turn = self.troubles.set(Some(trouble.id), until, self.at.aws.request_count());
        self.at.aws.set_faults(vec![Fault::new(On::Any, trouble.when, trouble.effect)]);
        if let Some(lasts) = trouble.lasts {
            let (aws, troubles) = (self.at.aws.clone(), self.troubles.clone());
            tokio::spawn(async move {
                tokio::time::sleep(lasts).await;
                if troubles.end(turn) {
                    aws.clear_faults();
                }
            });
        }
        Ok((here, Said::done("The emulated AWS fails from now on.")))
    }

    /// Moves the clock of the emulated AWS.
    pub(super) fn move_clock(&self, by: &str) -> Result<(String, Said), AppError> {
        let days = match by {
            "day" => 1,
            "month" => 30,
            "year" => 365,
            "back" => {
                self.at.aws.set_clock_offset(0);
                return Ok((HERE.to_owned(), Said::done("The clock of the emulated AWS shows the real time again.")));
            }
            _ => return Err(AppError::NotFound),
        };
        self.at.aws.advance_clock(days * DAY_MS);
        let ahead = self.at.aws.clock_offset_ms().div_euclid(DAY_MS);
        let far = if ahead == 1 { "1 day".to_owned() } else { format!("{ahead} days") };
        Ok((HERE.to_owned(), Said::done(format!("The clock of the emulated AWS is {far} ahead."))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_end_does_not_end_what_was_begun_later() {
        let troubles = Troubles::default();
        let first = troubles.set(Some("throttle"), Some(1), 0);
        let second = troubles.set(Some("slow"), None, 7);
        assert!(!troubles.end(first));
        assert_eq!(troubles.now(), (Some("slow"), None, 7));
        assert!(troubles.end(second));
        assert_eq!(troubles.now(), (None, None, 0));
    }
}
