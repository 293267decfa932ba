//! ecr-scan
