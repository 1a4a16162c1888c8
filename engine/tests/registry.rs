//! The registry: its rules, and what becomes of it when the disk, the power or a process fails.
//!
//! `HENG_TRIALS=20` makes every drawn test that many times longer; each prints its seed where it fails.

#![cfg(feature = "registry")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]
#![expect(clippy::print_stdout, reason = "how often a full disk refused is a figure of the test")]

#[path = "registry/conformance.rs"]
mod conformance;
#[path = "registry/damage.rs"]
mod damage;
#[path = "registry/faults.rs"]
mod faults;
#[path = "registry/full.rs"]
mod full;
#[path = "registry/plans.rs"]
mod plans;
#[path = "registry/power.rs"]
mod power;
#[path = "registry/rules.rs"]
mod rules;
#[path = "registry/support.rs"]
mod support;
