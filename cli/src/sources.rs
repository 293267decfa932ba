//! Every source function, in the order in which they are asked to recognise a document.

use plimsoll_finding::Source;

/// One line per source.
pub(crate) const SOURCES: [Source; 5] =
    [ecr_scan::SOURCE, config_rule::SOURCE, guardduty_finding::SOURCE, backup_job::SOURCE, cost_anomaly::SOURCE];
