//! Delivers to PagerDuty through its Events API v2: an incident per finding, opened and resolved under the finding's key.
//! <https://developer.pagerduty.com/docs/events-api-v2-overview>: 202 is accepted, 400 refused, 429 slow down.
//!
//! PagerDuty drops what repeats a `dedup_key` that is open, so an event may be sent twice without waking anybody twice.

mod answer;
mod notifier;

pub use notifier::{PagerDuty, RoutingKeyError};

/// Where the Events API is, by the region of the PagerDuty account: the United States first, then the European Union.
/// <https://support.pagerduty.com/main/docs/service-regions>
pub const HOSTS: &[&str] = &["events.pagerduty.com", "events.eu.pagerduty.com"];
/// The address of the United States region.
pub const BASE_URL: &str = "https://events.pagerduty.com";
