//! The pace of one connection: a limiter for each operation class, and one for the memberships inside of requests.

use std::time::{Duration, Instant};

use domain::model::connector::{Limits, OperationClass};

use crate::limit::Limiter;

/// All limiters of a connection.
pub(crate) struct Pace {
    classes: [(OperationClass, Limiter); OperationClass::ALL.len()],
    memberships: Limiter,
}

/// What one request takes of them.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) class: OperationClass,
    /// Memberships it changes.
    pub(crate) members: u32,
}

impl Pace {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            classes: OperationClass::ALL.map(|class| (class, Limiter::new(limits.per_second(class), limits.burst))),
            memberships: Limiter::new(limits.memberships_per_second, limits.burst),
        }
    }

    /// Waits for this request's turn.
    pub(crate) async fn turn(&self, load: Load) {
        let now = Instant::now();
        let at = self.reserve(now, load);
        if at > now {
            tokio::time::sleep_until(at.into()).await;
        }
    }

    fn reserve(&self, now: Instant, load: Load) -> Instant {
        let at = self.class(load.class).map_or(now, |limiter| limiter.reserve(now, 1));
        if load.members == 0 { at } else { at.max(self.memberships.reserve(now, load.members)) }
    }

    /// The target said that it is too much, or failed; `pause` is what it asked for.
    pub(crate) fn refused(&self, now: Instant, load: Load, status: u16, pause: Option<Duration>) {
        let own = self.class(load.class);
        if let Some(limiter) = own {
            limiter.refused(now);
        }
        // A target does not say whether it was the requests or the memberships in them.
        let too_many = status == 429 && load.members > 0;
        if too_many {
            self.memberships.refused(now);
        }
        let Some(until) = pause.map(|pause| now + pause) else { return };
        if status == 503 {
            // The service as a whole is out of order.
            self.classes.iter().for_each(|(_, limiter)| limiter.pause(until));
        } else if let Some(limiter) = own {
            limiter.pause(until);
        }
    }

    /// The target took a request.
    pub(crate) fn taken(&self, now: Instant, load: Load) {
        if let Some(limiter) = self.class(load.class) {
            limiter.taken(now);
        }
        if load.members > 0 {
            self.memberships.taken(now);
        }
    }

    fn class(&self, class: OperationClass) -> Option<&Limiter> {
        self.classes.iter().find(|(own, _)| *own == class).map(|(_, limiter)| limiter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(class: OperationClass, members: u32) -> Load {
        Load { class, members }
    }

    /// How many of these requests may leave within a second.
    fn in_a_second(pace: &Pace, now: Instant, load: Load) -> usize {
        (0..1_000).take_while(|_| pace.reserve(now, load) < now + Duration::from_secs(1)).count()
    }

    fn limits() -> Limits {
        Limits { writes_per_second: 20.0, reads_per_second: 40.0, ..Limits::default() }
    }

    #[test]
    fn each_class_has_its_own_bucket() {
        let now = Instant::now();
        let mut limits = limits();
        limits.operations.insert(OperationClass::GetGroup, 4.0);
        let pace = Pace::new(&limits);
        for class in OperationClass::ALL {
            let expected = match class {
                OperationClass::GetGroup => 4,
                class if class.is_write() => 20,
                _ => 40,
            };
            assert_eq!(in_a_second(&pace, now, load(class, 0)), expected, "{class:?}");
        }
    }

    #[test]
    fn a_refusal_slows_its_own_class_only() {
        let mut now = Instant::now();
        let pace = Pace::new(&limits());
        for status in [429, 500, 503] {
            pace.refused(now, load(OperationClass::CreateUser, 0), status, None);
            now += Duration::from_secs(2);
        }
        assert_eq!(in_a_second(&pace, now, load(OperationClass::CreateUser, 0)), 3, "20, halved three times");
        assert_eq!(in_a_second(&pace, now, load(OperationClass::UpdateUser, 0)), 20);
        assert_eq!(in_a_second(&pace, now, load(OperationClass::ChangeMembers, 5)), 20);
    }

    #[test]
    fn retry_after_holds_the_class_and_with_503_the_connection() {
        let now = Instant::now();
        let pace = Pace::new(&limits());
        let pause = Duration::from_secs(9);
        let waits = |class| pace.reserve(now, load(class, 0)).saturating_duration_since(now);
        pace.refused(now, load(OperationClass::CreateUser, 0), 429, Some(pause));
        assert!(waits(OperationClass::CreateUser) >= pause);
        assert_eq!(waits(OperationClass::ListUsers), Duration::ZERO);
        pace.refused(now, load(OperationClass::CreateUser, 0), 503, Some(pause));
        assert!(waits(OperationClass::ListUsers) >= pause);
    }

    #[test]
    fn memberships_are_counted_one_by_one() {
        let now = Instant::now();
        let pace = Pace::new(&Limits { memberships_per_second: 29.0, ..limits() });
        assert_eq!(in_a_second(&pace, now, load(OperationClass::ChangeMembers, 10)), 3);
        assert_eq!(in_a_second(&pace, now, load(OperationClass::UpdateGroup, 0)), 20, "a rename has no members");
    }

    #[test]
    fn an_unknown_budget_of_memberships_is_found() {
        let mut now = Instant::now();
        let pace = Pace::new(&limits());
        let hundred = load(OperationClass::ChangeMembers, 100);
        for _ in 0..10 {
            pace.reserve(now, hundred);
        }
        // A thousand within this second were too many.
        pace.refused(now, hundred, 429, None);
        now += Duration::from_secs(10);
        assert_eq!(in_a_second(&pace, now, hundred), 5, "half of them");
        // A failure of the service says nothing about memberships.
        pace.refused(now, hundred, 500, None);
        now += Duration::from_secs(10);
        assert_eq!(in_a_second(&pace, now, hundred), 5);
    }
}
