//! The engine as its users see it: mapping, plans, and what is remembered, against a small model of a target.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod changes;
mod drift;
mod fixture;
mod leaving;
mod mapping;
mod membership;
mod model;
mod one;
mod options;
mod preflight;
mod properties;
mod scale;
mod scenarios;
mod settling;
