//! The pace of one connection: a limiter for each operation class, one for all that change and one for all that read, and those for
//! the memberships inside of requests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::model::connector::{Limits, MembershipsOf, OperationClass};

use crate::limit::Limiter;

/// Groups whose memberships are paced by themselves at once; of more, those are forgotten that have nothing to wait for.
const MOST_GROUPS: usize = 1_000;

/// All limiters of a connection.
pub(crate) struct Pace {
    classes: [(OperationClass, Limiter); OperationClass::ALL.len()],
    writes: Limiter,
    reads: Limiter,
    memberships: Memberships,
}

enum Memberships {
    Together(Arc<Limiter>),
    ByGroup { per_second: f64, burst: u32, groups: Mutex<HashMap<u64, Arc<Limiter>>> },
}

/// What one request takes of them.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) class: OperationClass,
    /// Memberships it changes.
    pub(crate) members: u32,
    /// Names the group they belong to.
    pub(crate) group: u64,
}

/// Requests that are paced together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slow {
    /// Those of one kind.
    Class(OperationClass),
    /// All that change something.
    Writes,
    /// All that read.
    Reads,
    /// Memberships inside of requests.
    Memberships,
}

/// What the target slowed down.
#[derive(Clone, Debug, PartialEq)]
pub struct Slowed {
    /// Which requests.
    pub what: Slow,
    /// A second at present; `None` is no limit.
    pub rate: Option<f64>,
    /// A second as the Connector has it; `None` is no limit.
    pub configured: Option<f64>,
    /// Nothing leaves for so long.
    pub paused: Option<Duration>,
}

impl Pace {
    pub(crate) fn new(limits: &Limits) -> Self {
        let (per_second, burst) = (limits.memberships_per_second, limits.memberships_burst);
        Self {
            classes: OperationClass::ALL.map(|class| (class, Limiter::new(limits.per_second(class), limits.burst_of(class)))),
            writes: Limiter::new(limits.all_writes_per_second, limits.all_writes_burst),
            reads: Limiter::new(limits.all_reads_per_second, limits.all_reads_burst),
            memberships: match limits.memberships_of {
                MembershipsOf::Connection => Memberships::Together(Arc::new(Limiter::new(per_second, burst))),
                MembershipsOf::Group => Memberships::ByGroup { per_second, burst, groups: Mutex::default() },
            },
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
        let all = self.all(load.class).reserve(now, 1);
        let at = self.class(load.class).map_or(all, |limiter| limiter.reserve(now, 1).max(all));
        if load.members == 0 { at } else { at.max(self.memberships.of(load.group, now).reserve(now, load.members)) }
    }

    /// The target said that it is too much, or failed; `pause` is what it asked for.
    pub(crate) fn refused(&self, now: Instant, load: Load, status: u16, pause: Option<Duration>) {
        let own = self.class(load.class);
        if let Some(limiter) = own {
            limiter.refused(now);
        }
        // A target does not say whether it was the requests of this kind, all of them together, or the memberships in them.
        if status == 429 {
            let all = self.all(load.class);
            if all.is_configured() {
                all.refused(now);
            }
            if load.members > 0 {
                self.memberships.of(load.group, now).refused(now);
            }
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
        self.all(load.class).taken(now);
        if load.members > 0 {
            self.memberships.of(load.group, now).taken(now);
        }
    }

    fn all(&self, class: OperationClass) -> &Limiter {
        if class.is_write() { &self.writes } else { &self.reads }
    }

    /// What the target slowed down, what is held first.
    pub(crate) fn slowed(&self, now: Instant) -> Vec<Slowed> {
        let told = |what: Slow, limiter: &Limiter| {
            let (rate, configured, paused) = limiter.slowed(now)?;
            Some(Slowed { what, rate, configured, paused })
        };
        let mut slowed: Vec<_> = self.classes.iter().filter_map(|(class, limiter)| told(Slow::Class(*class), limiter)).collect();
        slowed.extend(told(Slow::Writes, &self.writes));
        slowed.extend(told(Slow::Reads, &self.reads));
        match &self.memberships {
            Memberships::Together(limiter) => slowed.extend(told(Slow::Memberships, limiter)),
            Memberships::ByGroup { groups, .. } => {
                let groups = groups.lock().unwrap_or_else(PoisonError::into_inner);
                // Of many groups the slowest says it.
                let all = groups.values().filter_map(|limiter| told(Slow::Memberships, limiter));
                slowed.extend(all.min_by(|a, b| a.rate.unwrap_or(f64::MAX).total_cmp(&b.rate.unwrap_or(f64::MAX))));
            }
        }
        slowed.sort_by_key(|slowed| slowed.paused.is_none());
        slowed
    }

    fn class(&self, class: OperationClass) -> Option<&Limiter> {
        self.classes.iter().find(|(own, _)| *own == class).map(|(_, limiter)| limiter)
    }
}

impl Memberships {
    fn of(&self, group: u64, now: Instant) -> Arc<Limiter> {
        match self {
            Self::Together(limiter) => limiter.clone(),
            Self::ByGroup { per_second, burst, groups } => {
                let mut groups = groups.lock().unwrap_or_else(PoisonError::into_inner);
                if groups.len() >= MOST_GROUPS && !groups.contains_key(&group) {
                    groups.retain(|_, limiter| !limiter.is_at_rest(now));
                }
                groups.entry(group).or_insert_with(|| Arc::new(Limiter::new(*per_second, *burst))).clone()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(class: OperationClass, members: u32) -> Load {
        Load { class, members, group: 0 }
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
    fn what_is_slowed_can_be_told() {
        let now = Instant::now();
        let pace = Pace::new(&limits());
        assert_eq!(pace.slowed(now), []);
        pace.refused(now, load(OperationClass::CreateUser, 0), 500, None);
        pace.refused(now, load(OperationClass::ChangeMembers, 3), 429, Some(Duration::from_secs(9)));
        let slowed = pace.slowed(now + Duration::from_secs(4));
        let short: Vec<_> = slowed.iter().map(|s| (s.what, s.rate, s.configured, s.paused.map(|p| p.as_secs()))).collect();
        assert_eq!(
            short,
            [
                (Slow::Class(OperationClass::ChangeMembers), Some(10.0), Some(20.0), Some(5)),
                (Slow::Class(OperationClass::CreateUser), Some(10.0), Some(20.0), None),
                (Slow::Memberships, Some(10.0), None, None),
            ]
        );
        // Success brings it back, a twentieth a second; a rate that nobody configured is gone at twice of what it fell from.
        for second in 10..40 {
            pace.taken(now + Duration::from_secs(second), load(OperationClass::CreateUser, 0));
            pace.taken(now + Duration::from_secs(second), load(OperationClass::ChangeMembers, 3));
        }
        assert_eq!(pace.slowed(now + Duration::from_secs(60)), []);
    }

    #[test]
    fn memberships_are_counted_one_by_one() {
        let now = Instant::now();
        let pace = Pace::new(&Limits { memberships_per_second: 29.0, memberships_burst: 1, ..limits() });
        assert_eq!(in_a_second(&pace, now, load(OperationClass::ChangeMembers, 10)), 3);
        assert_eq!(in_a_second(&pace, now, load(OperationClass::UpdateGroup, 0)), 20, "a rename has no members");
    }

    #[test]
    fn a_class_has_its_own_burst_and_all_classes_share_one_rate() {
        let now = Instant::now();
        let mut limits = Limits { all_writes_per_second: 10.0, all_writes_burst: 30, burst: 1, ..limits() };
        limits.bursts.insert(OperationClass::CreateUser, 15);
        let pace = Pace::new(&limits);
        let at_once = |load: Load| (0..100).take_while(|_| pace.reserve(now, load) == now).count();
        assert_eq!(at_once(load(OperationClass::CreateUser, 0)), 15, "20 a second, 15 saved up");
        assert_eq!(at_once(load(OperationClass::DeleteUser, 0)), 1);
        assert_eq!(at_once(load(OperationClass::ListUsers, 0)), 1, "reads have nothing to do with it");
        // 18 of the 30 are gone: 16 and the one that came too late, twice.
        let left = OperationClass::ALL.iter().filter(|class| class.is_write()).map(|class| pace.reserve(now, load(*class, 0)) == now);
        assert_eq!(left.filter(|is_now| *is_now).count(), 5, "a class each that has not begun yet");
        let pace = Pace::new(&Limits { writes_per_second: 0.0, all_writes_per_second: 10.0, all_writes_burst: 30, ..limits });
        pace.writes.refused(now);
        assert_eq!(in_a_second(&pace, now + Duration::from_secs(3600), load(OperationClass::UpdateUser, 0)), 34, "5 a second now");
    }

    #[test]
    fn memberships_may_be_counted_for_each_group() {
        let now = Instant::now();
        let limits =
            Limits { memberships_per_second: 0.25, memberships_burst: 100, memberships_of: MembershipsOf::Group, ..Limits::default() };
        let pace = Pace::new(&Limits { writes_per_second: 0.0, ..limits });
        let of = |group, members| Load { group, ..load(OperationClass::ChangeMembers, members) };
        assert_eq!(pace.reserve(now, of(1, 100)), now);
        assert!(pace.reserve(now, of(1, 100)) >= now + Duration::from_secs(400), "the next hundred of the same group");
        assert_eq!(pace.reserve(now, of(2, 100)), now, "another group");
        let Memberships::ByGroup { groups, .. } = &pace.memberships else { panic!("together") };
        for group in 10..3_000 {
            pace.reserve(now + Duration::from_secs(group * 5), of(group, 1));
        }
        assert!(groups.lock().unwrap().len() <= MOST_GROUPS, "who waits for nothing is forgotten");
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
