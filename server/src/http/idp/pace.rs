//! How often one address may ask. A company's people may all come from one, so it is generous: it keeps one stranger from taking all.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

/// Requests that one address may make at once ...
const BURST: f64 = 600.0;
/// ... and in each second after that.
const PER_SECOND: f64 = 300.0;
/// Addresses that are remembered.
const MOST: usize = 10_000;

/// How much each address has asked lately.
#[derive(Debug, Default)]
pub struct Pace {
    seen: Mutex<HashMap<IpAddr, Left>>,
}

#[derive(Clone, Copy, Debug)]
struct Left {
    requests: f64,
    at: i64,
}

impl Left {
    fn now(self, now: i64) -> f64 {
        let seconds = now.saturating_sub(self.at).max(0) as f64 / 1000.0;
        (self.requests + seconds * PER_SECOND).min(BURST)
    }
}

impl Pace {
    /// Whether one more request of an address is admitted at `now` (unix ms).
    pub fn admits(&self, address: IpAddr, now: i64) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST {
            seen.retain(|_, left| left.now(now) < BURST);
            // So many at once that none of them is to be told from the others.
            if seen.len() >= MOST {
                seen.clear();
            }
        }
        let left = seen.entry(network(address)).or_insert(Left { requests: BURST, at: now });
        let requests = left.now(now);
        let admitted = requests >= 1.0;
        *left = Left { requests: if admitted { requests - 1.0 } else { requests }, at: now };
        admitted
    }
}

/// Whoever has one IPv6 address has the other 2^64 of its network.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) if v6.to_ipv4_mapped().is_none() => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        other => other.to_canonical(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_runs_out_and_another_does_not() {
        let pace = Pace::default();
        let (one, two): (IpAddr, IpAddr) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        assert!((0..600).all(|_| pace.admits(one, 1_000)));
        assert!(!pace.admits(one, 1_000) && pace.admits(two, 1_000));
        assert!((0..300).all(|_| pace.admits(one, 2_000)), "a second brings some back");
        assert!(!pace.admits(one, 2_000));
        assert!(!pace.admits(one, 1_500), "a clock that goes back brings none");
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let pace = Pace::default();
        let address = |n: u16| IpAddr::from(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, n, n, n, n));
        assert!((0..600).all(|n| pace.admits(address(n), 0)));
        assert!(!pace.admits(address(7), 0) && pace.admits("2001:db8:0:2::1".parse().unwrap(), 0));
    }

    #[test]
    fn memory_is_bounded() {
        let pace = Pace::default();
        assert!((0..20_000u32).all(|n| pace.admits(IpAddr::from(n.to_be_bytes()), 0)));
        assert!(pace.seen.lock().unwrap().len() <= MOST);
    }
}
