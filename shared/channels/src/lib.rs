//! The channels that are spoken to over HTTP: Slack, PagerDuty and webhooks, and the one HTTP client that they share.

pub mod http;
pub mod pagerduty;
pub mod slack;
pub mod webhook;
