//! The three kinds of jobs that leave or use a backup, and what differs between them.

/// A backup, copy or restore job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JobKind {
    Backup,
    Copy,
    Restore,
}

impl JobKind {
    pub(crate) const fn check(self) -> &'static str {
        match self {
            Self::Backup => "backup:backup-job",
            Self::Copy => "backup:copy-job",
            Self::Restore => "backup:restore-job",
        }
    }

    /// Begins a title: `Backup of orders`.
    pub(crate) const fn noun(self) -> &'static str {
        match self {
            Self::Backup => "Backup",
            Self::Copy => "Copy",
            Self::Restore => "Restore",
        }
    }

    /// Where the state is, in order of preference. Restore jobs use `status`, but `state` when they are created.
    pub(crate) const fn state_keys(self) -> [&'static str; 2] {
        match self {
            Self::Backup | Self::Copy => ["state", "status"],
            Self::Restore => ["status", "state"],
        }
    }

    /// Where the id of the job is.
    pub(crate) const fn id_key(self) -> &'static str {
        match self {
            Self::Backup => "backupJobId",
            Self::Copy => "copyJobId",
            Self::Restore => "restoreJobId",
        }
    }

    /// Where the protected resource is, in order of preference.
    pub(crate) const fn resource_keys(self) -> &'static [&'static str] {
        match self {
            Self::Backup | Self::Copy => &["resourceArn"],
            Self::Restore => &["sourceResourceArn", "resourceArn"],
        }
    }

    /// Where the recovery point is that stands for a resource without a name.
    pub(crate) const fn point_key(self) -> Option<&'static str> {
        match self {
            Self::Backup => None,
            Self::Copy => Some("sourceRecoveryPointArn"),
            Self::Restore => Some("recoveryPointArn"),
        }
    }

    /// The list of these jobs in the console. AWS documents no page of a single job.
    pub(crate) const fn page(self) -> [&'static str; 2] {
        match self {
            Self::Backup => ["jobs", "backup"],
            Self::Copy => ["jobs", "copy"],
            Self::Restore => ["jobs", "restore"],
        }
    }
}
