//! cost-anomaly
