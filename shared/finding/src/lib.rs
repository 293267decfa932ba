//! One normalised statement about one resource.
//!
//! Every source function turns what AWS said into [`Finding`]s; nothing behind it knows which AWS service spoke.
//! This crate holds the nouns that all others share and does no I/O.
#![warn(clippy::arithmetic_side_effects)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects))]

mod advice;
mod arn;
mod category;
pub mod console;
#[cfg(feature = "testing")]
mod damage;
mod detail;
mod event;
mod finding;
mod key;
mod money;
mod part;
mod severity;
mod source;
mod text;
mod time;
mod wildcard;

pub use advice::Advice;
pub use arn::{Arn, Partition, lambda_function};
pub use category::Category;
#[cfg(feature = "testing")]
pub use damage::{Damage, damages, read_damaged};
pub use detail::Detail;
pub use event::Event;
pub use finding::{Finding, MAX_THREAT_NAMES};
pub use key::FindingKey;
pub use money::{CostOverrides, CostThresholds, Money, MoneyKind, in_currency};
pub use part::{Fact, Part, Resource, Status};
pub use severity::Severity;
pub use source::{
    Kind, Reading, Source, UNREADABLE_EVENT, Unreadable, foreign, unconfirmed_finding, unreadable_finding,
};
pub use text::{clean_block, clean_line, code_in_words};
pub use time::{parse_time, parse_time_value};
pub use wildcard::wildcard;
