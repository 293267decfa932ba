//! One contract for whoever tells somebody: whatever a server does, the outcome has the right class, within the limit,
//! without a panic and without a secret in any text. Real sockets, the real connector.

mod contract;
mod harness;
mod http;
mod pagerduty;
mod secrets;
mod slack;
mod webhook;
