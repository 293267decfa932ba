//! The production readiness checklist: its data, its meaning, its score.
//!
//! # An item
//!
//! An [`Item`] is one line of the checklist: "ECR image scanning", "Daily backup plan". It belongs to one
//! [`Category`](plimsoll_finding::Category), weighs something within it, and says in one sentence what goes wrong
//! without it. All lines are data, in `checklist.toml` ([`Checklist::SHIPPED`]); [`Checklist::parse`] reads such a
//! file and tells all its [`Fault`]s at once.
//!
//! # Evidence
//!
//! Findings carry a *check*, the name of what was evaluated. A line lists [`EvidenceRule`]s about checks, and
//! [`assess`] compares them with the statements that the findings make now ([`Signal`]):
//!
//! - An open statement at or above `gap_from` makes the line a **gap**. One is enough, however much else proves it,
//!   and it never grows too old: what AWS did not call resolved is there.
//! - `met = "resolved"`: a statement that AWS called resolved or compliant **proves** the line for the resource that it is
//!   about. One that was resolved because the resource is gone proves nothing.
//! - A line is about every unit ([`Quantifier::Every`]), so one such statement leaves it unknown: only reads know whether
//!   there are others. With `units = "any"` one is enough: a restore that worked is a drill.
//! - `met = "observed"`: any statement proves that its source is switched on: a finding from GuardDuty proves that
//!   GuardDuty runs. One that makes some line a gap proves none, so that the score never rises because something broke.
//! - A proof holds for `max_age_days`; the word of AWS Config about one resource for 35 days ([`CONFIG_HOLDS_DAYS`]).
//!   What was proved and is too old is **stale**.
//! - Where AWS's configuration was read ([`LineEvidence`]), the reads decide: the line is met only if every unit in scope
//!   was seen and is proved, else the state says how many are, and which are missing. What a read cannot show (a finished
//!   scan, a completed copy) a statement has to show as well.
//! - A complete read in which there is nothing to protect makes the line **not applicable**; AWS Config has to count no
//!   such resource either. A read that failed never does.
//! - A rule with `gap_from` alone is about something without which the line is not true but which does not make it
//!   true: a database that demands TLS says nothing about the proxy before it.
//! - Otherwise the line is **unknown**. No evidence is never a pass, and neither is old evidence, nor what the
//!   document claims (`declared`). Samples never count.
//!
//! A line that nothing can speak for yet has no rules and stays unknown. An **alias** (`same_as`) says again what other
//! lines say: a gap if one of them is, met if all are. Its own rules can only make it a gap. If its words ask for more
//! than the other lines show ("and tested"), `attestation_days` keeps it unknown until somebody signs for it.
//! A line that is not met and whose risk somebody accepted is **waived**, which never counts as met. What does not apply
//! blocks no alias.
//!
//! # Score
//!
//! Per category: the weight of the lines that are met, as a share of all. Overall: the plain mean of the categories. Beside
//! that lower bound stands an upper one: what would be proved if every unknown line were met. [`Plan`] says what to do next.
//! See [`Scorecard`] for the formula and a worked example; [`Checklist::declared`] is what the document claims.
//!
//! ```
//! use plimsoll_checklist::{Checklist, ItemState, assess};
//!
//! let checklist = Checklist::shipped().expect("the shipped checklist has no fault");
//! let assessments = assess(&checklist, &[], "2026-11-02T09:15:00Z".parse()?);
//! assert!(assessments.iter().all(|a| a.state == ItemState::Unknown));
//! assert_eq!(checklist.score(&assessments, &Default::default()).current, 0);
//! assert_eq!(checklist.declared().current, 83);
//! # Ok::<(), jiff::Error>(())
//! ```
#![warn(clippy::arithmetic_side_effects)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects))]

mod check;
mod checklist;
mod evidence;
mod fault;
mod item;
mod load;
mod plan;
#[cfg(test)]
mod plan_tests;
mod population;
#[cfg(test)]
mod read_tests;
mod score;
mod state;
mod team;
#[cfg(test)]
mod tests;

pub use check::is_line_id;
pub use checklist::{CategoryFigures, Checklist};
pub use evidence::{CHECKS, CONFIG_HOLDS_DAYS, EvidenceRule, Proof, Quantifier, Signal, is_known_check};
pub use fault::Fault;
pub use item::{Item, Priority, Remedy, Section};
pub use population::{Absence, Blind, KEPT_WITNESSES, LineEvidence, ReadState, UnitVerdict, Verdict, Witness};

pub use plan::{Plan, PlanLine, Step, StepKind, line_points};
pub use score::{Bounds, CategoryScore, Claimed, KNOWN_ENOUGH, PhaseCount, Scorecard, UnknownLines, Weights};
pub use state::{Assessment, ItemState, Known, Reason, assess, assess_known};
pub use team::{OwnLine, Signature, SwitchedOff};
