//! How fast requests leave: a rate that falls when the target says it is too much and rises again while it does not (AIMD).

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Where a limiter without a configured rate starts after the first refusal, in requests a second.
const FIRST_RATE: f64 = 20.0;
/// Beyond this an unconfigured rate is no rate any more.
const NO_RATE: f64 = 500.0;
/// Refusals within this time are one refusal: they are answers to requests that were under way together.
const ONE_REFUSAL: Duration = Duration::from_secs(1);

/// Paces one class of requests. All callers share it.
pub(crate) struct Limiter {
    configured: Option<f64>,
    burst: f64,
    state: Mutex<State>,
}

struct State {
    /// Requests a second now; `None` is no limit.
    rate: Option<f64>,
    /// When the next request is due if none is saved up (the theoretical arrival time of GCRA).
    due: Option<Instant>,
    paused_until: Option<Instant>,
    cut_at: Option<Instant>,
    raised_at: Option<Instant>,
}

impl Limiter {
    /// `per_second` of 0 is no limit.
    pub(crate) fn new(per_second: f64, burst: u32) -> Self {
        let configured = (per_second > 0.0).then_some(per_second);
        let state = State { rate: configured, due: None, paused_until: None, cut_at: None, raised_at: None };
        Self { configured, burst: f64::from(burst.max(1)), state: Mutex::new(state) }
    }

    /// Waits for this request's turn.
    pub(crate) async fn turn(&self) {
        let now = Instant::now();
        let at = self.reserve(now);
        if at > now {
            tokio::time::sleep_until(at.into()).await;
        }
    }

    fn reserve(&self, now: Instant) -> Instant {
        let mut state = self.lock();
        let start = state.paused_until.map_or(now, |until| until.max(now));
        let Some(rate) = state.rate else { return start };
        let interval = Duration::from_secs_f64(1.0 / rate);
        let due = state.due.map_or(start, |due| due.max(start));
        state.due = Some(due + interval);
        due.checked_sub(interval.mul_f64(self.burst - 1.0)).map_or(start, |at| at.max(start))
    }

    /// The target said that it is too much; `pause` is what it asked for.
    pub(crate) fn refused(&self, now: Instant, pause: Option<Duration>) {
        let mut state = self.lock();
        if let Some(pause) = pause {
            let until = now + pause;
            state.paused_until = Some(state.paused_until.map_or(until, |before| before.max(until)));
        }
        if state.cut_at.is_some_and(|at| now.saturating_duration_since(at) < ONE_REFUSAL) {
            return;
        }
        let floor = self.configured.map_or(0.5, |rate| rate / 20.0);
        state.rate = Some(state.rate.map_or(FIRST_RATE, |rate| rate / 2.0).max(floor));
        state.cut_at = Some(now);
        state.raised_at = Some(now);
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
            Some(most) => Some((rate + most / 20.0).min(most)),
            None => Some(rate + FIRST_RATE / 4.0).filter(|rate| *rate < NO_RATE),
        };
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many turns lie within the first second.
    fn in_a_second(limiter: &Limiter, now: Instant) -> usize {
        (0..1_000).take_while(|_| limiter.reserve(now) < now + Duration::from_secs(1)).count()
    }

    #[test]
    fn the_rate_is_kept_and_the_burst_comes_first() {
        let now = Instant::now();
        let limiter = Limiter::new(25.0, 5);
        assert_eq!((0..6).filter(|_| limiter.reserve(now) == now).count(), 5);
        assert_eq!(in_a_second(&Limiter::new(24.5, 1), now), 25);
        assert_eq!(in_a_second(&Limiter::new(24.5, 5), now), 29);
        assert_eq!(in_a_second(&Limiter::new(0.0, 1), now), 1_000);
        // What was not used is saved up to the burst only.
        limiter.reserve(now);
        let later = now + Duration::from_secs(60);
        assert_eq!((0..9).filter(|_| limiter.reserve(later) == later).count(), 5);
    }

    #[test]
    fn refusals_halve_once_a_second_and_success_brings_it_back() {
        let mut now = Instant::now();
        for configured in [20.0, 0.0] {
            let limiter = Limiter::new(configured, 1);
            for _ in 0..8 {
                limiter.refused(now, None);
            }
            now += Duration::from_secs(3600);
            assert_eq!(in_a_second(&limiter, now), if configured > 0.0 { 10 } else { 20 });
            for _ in 0..200 {
                now += Duration::from_secs(1);
                limiter.taken(now);
                limiter.taken(now);
            }
            now += Duration::from_secs(3600);
            assert_eq!(in_a_second(&limiter, now), if configured > 0.0 { 20 } else { 1_000 });
        }
    }

    #[test]
    fn a_pause_holds_everybody() {
        let now = Instant::now();
        let limiter = Limiter::new(10.0, 10);
        limiter.refused(now, Some(Duration::from_secs(7)));
        assert!(limiter.reserve(now) >= now + Duration::from_secs(7));
    }
}
