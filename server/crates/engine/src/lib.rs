//! The engine: what a cycle would do, and what is remembered of what it did.
//!
//! Pure by its dependencies: it reads no clock, reaches nothing and waits for nothing. Everything it knows is handed in, and the
//! same input, in whatever order, gives the same plan.
//!
//! ```text
//! Config::new(connector, options, channel)        what is mapped, compiled
//! LinkIndex::from_heads(heads)                    what is remembered
//! Planner::new(&config, index, observed, memory)  .entry(&e)…  .group(&g)…  .finish(coverage)
//!                                                 .acquainted(skipped, held) and .unchanged(dn)… where changes alone are read
//! Unresolved                                      .touched() -> load what was written -> .resolve(written)
//! Planned { plan, index }                         a person may look at it (report), or it is carried out:
//! Recorder::new(…)                                .refresh(), then per operation .prepare(op) … .settle(op, answer, now)
//! ```
//!
//! It must never name a remote call, and what carries a plan out must never decide: what to do after each answer is said by
//! [`Recorder::settle`].

mod about;
mod acquainted;
mod check;
mod config;
mod decide;
mod draft;
mod drift;
mod duplicates;
mod elsewhere;
mod guard;
mod hash;
mod index;
mod map;
mod members;
mod moves;
mod observed;
mod orphans;
mod planner;
mod record;
mod references;
mod report;
mod resolve;
mod row;
mod setbacks;
mod spared;
mod written;

pub use about::MappedRow;
pub use acquainted::{Acquainted, leaves_open};
pub use config::{Config, SourceAttributes};
pub use decide::Unresolved;
pub use drift::Comparison;
pub use elsewhere::Elsewhere;
pub use guard::last_complete;
pub use index::LinkIndex;
pub use map::Desired;
pub use moves::{Moves, moves};
pub use observed::{Observed, ObservedObject, lookups};
pub use planner::{Memory, Planner, Protected};
pub use record::{Answer, LinkChange, Prepared, Recorder, SetbackChange, Settled};
pub use report::{Tally, render, tally};
pub use resolve::Planned;
pub use row::{Trial, try_row};
pub use setbacks::remember_blocked;
