//! How fast requests of one kind leave: a rate that falls when the target says it is too much and rises again while it does not
//! (additive increase, multiplicative decrease).

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// No rate without a configured one falls below this: at this pace a refused request is the exception that gets through.
const LEAST: f64 = 0.5;
/// The lowest first rate of a limiter that had none: a single request that failed says little about how many are too many.
const FIRST: f64 = 10.0;
/// A rate falls no lower than this part of the configured one.
const FLOOR: f64 = 1.0 / 20.0;
/// A rate rises by this part of where it fell from, each second.
const RISE: f64 = 1.0 / 20.0;
/// Refusals within this time are one refusal: they are answers to requests that were under way together.
const ONE_REFUSAL: Duration = Duration::from_secs(1);

/// Paces one kind of request, or what is inside of requests. All callers share it.
pub(crate) struct Limiter {
    configured: Option<f64>,
    burst: f64,
    state: Mutex<State>,
}

struct State {
    /// A second now; `None` is no limit.
    rate: Option<f64>,
    /// When the next one is due if none is saved up (the theoretical arrival time of GCRA).
    due: Option<Instant>,
    paused_until: Option<Instant>,
    cut_at: Option<Instant>,
    raised_at: Option<Instant>,
    /// The rate it fell from: it rises in parts of it, and without a configured rate there is none any more at twice of it.
    fell_from: f64,
    recent: Recent,
}

/// What left within this second and the one before, for a limiter that has no rate to halve.
#[derive(Default)]
struct Recent {
    since: Option<Instant>,
    now: f64,
    before: f64,
}

impl Limiter {
    /// `per_second` of 0 is no limit.
    pub(crate) fn new(per_second: f64, burst: u32) -> Self {
        let configured = (per_second > 0.0).then_some(per_second);
        let state = State {
            rate: configured,
            due: None,
            paused_until: None,
            cut_at: None,
            raised_at: None,
            fell_from: per_second,
            recent: Recent::default(),
        };
        Self { configured, burst: f64::from(burst.max(1)), state: Mutex::new(state) }
    }

    /// When `amount` may leave. What is asked for in one piece is granted in one piece, however small the burst.
    pub(crate) fn reserve(&self, now: Instant, amount: u32) -> Instant {
        let amount = f64::from(amount);
        let mut state = self.lock();
        let start = state.paused_until.map_or(now, |until| until.max(now));
        state.recent.add(now, amount);
        let Some(rate) = state.rate else { return start };
        let interval = Duration::from_secs_f64(1.0 / rate);
        let paid = state.due.map_or(start, |due| due.max(start)) + interval.mul_f64(amount);
        state.due = Some(paid);
        paid.checked_sub(interval.mul_f64(self.burst.max(amount))).map_or(start, |at| at.max(start))
    }

    /// Nothing leaves before this.
    pub(crate) fn pause(&self, until: Instant) {
        let mut state = self.lock();
        state.paused_until = Some(state.paused_until.map_or(until, |before| before.max(until)));
    }

    /// The target said that it is too much.
    pub(crate) fn refused(&self, now: Instant) {
        let mut state = self.lock();
        if state.cut_at.is_some_and(|at| now.saturating_duration_since(at) < ONE_REFUSAL) {
            return;
        }
        let rate = state.rate.unwrap_or_else(|| state.recent.rate(now).max(2.0 * FIRST));
        let floor = self.configured.map_or(LEAST, |most| most * FLOOR);
        state.fell_from = rate.max(floor);
        state.rate = Some((rate / 2.0).max(floor));
        (state.cut_at, state.raised_at) = (Some(now), Some(now));
    }

    /// The target took a request.
    pub(crate) fn taken(&self, now: Instant) {
        let mut state = self.lock();
        let Some(rate) = state.rate else { return };
        if self.configured == Some(rate) || state.raised_at.is_some_and(|at| now.saturating_duration_since(at) < ONE_REFUSAL) {
            return;
        }
        state.raised_at = Some(now);
        state.rate = match self.configured {
            Some(most) => Some((rate + most * RISE).min(most)),
            None => Some(rate + (state.fell_from * RISE).max(LEAST)).filter(|rate| *rate < 2.0 * state.fell_from),
        };
    }

    /// Whether a rate is configured.
    pub(crate) fn is_configured(&self) -> bool {
        self.configured.is_some()
    }

    /// Whether it would grant now what a new one would.
    pub(crate) fn is_at_rest(&self, now: Instant) -> bool {
        let state = self.lock();
        let is_over = |at: Option<Instant>| at.is_none_or(|at| at <= now);
        state.rate == self.configured && is_over(state.due) && is_over(state.paused_until)
    }

    /// The rate at present, the configured one, and the rest of a pause, where the target slowed it down.
    pub(crate) fn slowed(&self, now: Instant) -> Option<(Option<f64>, Option<f64>, Option<Duration>)> {
        let state = self.lock();
        let paused = state.paused_until.map(|until| until.saturating_duration_since(now)).filter(|left| !left.is_zero());
        (state.rate != self.configured || paused.is_some()).then_some((state.rate, self.configured, paused))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recent {
    fn roll(&mut self, now: Instant) {
        let passed = self.since.map_or(Duration::MAX, |since| now.saturating_duration_since(since));
        if passed >= Duration::from_secs(2) {
            *self = Self { since: Some(now), now: 0.0, before: 0.0 };
        } else if passed >= Duration::from_secs(1) {
            *self = Self { since: self.since.map(|since| since + Duration::from_secs(1)), now: 0.0, before: self.now };
        }
    }

    fn add(&mut self, now: Instant, amount: f64) {
        self.roll(now);
        self.now += amount;
    }

    fn rate(&mut self, now: Instant) -> f64 {
        self.roll(now);
        self.now.max(self.before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many turns lie within the first second.
    fn in_a_second(limiter: &Limiter, now: Instant) -> usize {
        (0..1_000).take_while(|_| limiter.reserve(now, 1) < now + Duration::from_secs(1)).count()
    }

    fn rate(limiter: &Limiter) -> Option<f64> {
        limiter.lock().rate
    }

    #[test]
    fn the_rate_is_kept_and_the_burst_comes_first() {
        let now = Instant::now();
        let limiter = Limiter::new(25.0, 5);
        assert_eq!((0..6).filter(|_| limiter.reserve(now, 1) == now).count(), 5);
        assert_eq!(in_a_second(&Limiter::new(24.5, 1), now), 25);
        assert_eq!(in_a_second(&Limiter::new(24.5, 5), now), 29);
        assert_eq!(in_a_second(&Limiter::new(0.0, 1), now), 1_000);
        // What was not used is saved up to the burst only.
        limiter.reserve(now, 1);
        let later = now + Duration::from_secs(60);
        assert_eq!((0..9).filter(|_| limiter.reserve(later, 1) == later).count(), 5);
    }

    #[test]
    fn what_comes_in_one_piece_is_paid_for_before_the_next() {
        let now = Instant::now();
        let limiter = Limiter::new(50.0, 1);
        let waits = [100, 100, 1].map(|amount| (limiter.reserve(now, amount) - now).as_secs_f64());
        for (wait, expected) in waits.into_iter().zip([0.0, 2.0, 4.0]) {
            assert!((wait - expected).abs() < 1e-3, "{waits:?}");
        }
    }

    #[test]
    fn refusals_halve_once_a_second_and_success_brings_it_back() {
        let mut now = Instant::now();
        let limiter = Limiter::new(20.0, 1);
        for _ in 0..8 {
            limiter.refused(now);
        }
        now += Duration::from_secs(3600);
        assert_eq!(in_a_second(&limiter, now), 10);
        for seconds in 1..=10 {
            now += Duration::from_secs(1);
            limiter.taken(now);
            limiter.taken(now);
            assert_eq!(rate(&limiter), Some(10.0 + f64::from(seconds)), "one twentieth of the configured rate a second");
        }
        now += Duration::from_secs(1);
        limiter.taken(now);
        assert_eq!(rate(&limiter), Some(20.0), "and never more than that");
        for _ in 0..100 {
            now += Duration::from_secs(1);
            limiter.refused(now);
        }
        assert_eq!(rate(&limiter), Some(1.0), "nor less than a twentieth of it");
    }

    #[test]
    fn without_a_configured_rate_the_one_it_had_is_halved() {
        let mut now = Instant::now();
        let limiter = Limiter::new(0.0, 1);
        for _ in 0..80 {
            limiter.reserve(now, 1);
        }
        limiter.refused(now);
        assert_eq!(rate(&limiter), Some(40.0));
        now += Duration::from_secs(1);
        limiter.refused(now);
        assert_eq!(rate(&limiter), Some(20.0));
        for expected in [22.0, 24.0] {
            now += Duration::from_secs(1);
            limiter.taken(now);
            assert_eq!(rate(&limiter), Some(expected), "a twentieth of 40 a second");
        }
        for _ in 0..100 {
            now += Duration::from_secs(1);
            limiter.taken(now);
        }
        assert_eq!(rate(&limiter), None, "long without a refusal there is no rate any more");
        now += Duration::from_secs(60);
        for _ in 0..100 {
            limiter.refused(now);
            now += Duration::from_secs(1);
        }
        assert_eq!(rate(&limiter), Some(LEAST));

        // One request that failed.
        let limiter = Limiter::new(0.0, 1);
        limiter.reserve(now, 1);
        limiter.refused(now);
        assert_eq!(rate(&limiter), Some(FIRST));
    }

    #[test]
    fn a_pause_holds_everybody_and_the_longest_wins() {
        let now = Instant::now();
        let limiter = Limiter::new(10.0, 10);
        limiter.pause(now + Duration::from_secs(7));
        limiter.pause(now + Duration::from_secs(2));
        assert!(limiter.reserve(now, 1) >= now + Duration::from_secs(7));
    }
}
