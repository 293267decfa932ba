//! guardduty-finding
