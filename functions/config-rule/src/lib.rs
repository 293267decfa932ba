//! config-rule
