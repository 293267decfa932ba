//! tests
pub mod bed;
pub mod event_pattern;
pub mod harness;
pub mod hostile_server;
pub mod packages;
pub mod samples;
pub mod slack;
pub mod store_contract;
pub mod terraform;
