//! tests
pub mod bed;
pub mod event_pattern;
pub mod samples;
pub mod store_contract;
