//! tests
pub mod event_pattern;
pub mod samples;
