//! backup-job
