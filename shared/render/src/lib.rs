//! What people read: Slack, SNS, terminal.
//!
//! Pure functions from a [`plimsoll_message::Message`] to bytes. Text that came from an event is cleaned again here and
//! escaped for the one format it goes into; limits are constants with a link, and what is cut says so.

pub mod block_kit;
mod checklist;
mod escape;
mod facts;
pub mod limits;
pub mod pagerduty;
mod plan;
mod roll_up;
#[cfg(any(test, feature = "samples"))]
#[doc(hidden)]
pub mod samples;
mod score;
pub mod slack;
pub mod sns;
mod table;
mod terminal;
mod text;
pub mod webhook;
mod words;

pub use checklist::{checklist_markdown, checklist_text, decided};
pub use escape::{code, cut, escape, is_link, subject};
pub use plan::plan;
pub use score::{known_lines, phases, standing, step_line, team};
pub use table::{Cell, Column, Table};
pub use terminal::{Style, bold, hanging, pairs, scorecard};
pub use text::{alert, details, digest, message, roll_up};
pub use words::answer;
