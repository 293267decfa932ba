//! What AWS Config sends besides results of rules: configuration items, snapshots, and that an evaluation began. None of it
//! says whether a resource meets a rule, so it is ignored with a reason.
//! <https://docs.aws.amazon.com/config/latest/developerguide/notifications-for-AWS-Config.html>

use plimsoll_finding::{Detail, clean_line};

use crate::{COMPLIANCE_CHANGE, compliance::MESSAGE_TYPE};

/// Types of messages, and what they are, for people.
const MESSAGES: [(&str, &str); 10] = [
    ("ConfigurationItemChangeNotification", "a resource was changed, and no rule was evaluated"),
    ("OversizedConfigurationItemChangeNotification", "a large resource was changed, and no rule was evaluated"),
    ("ConfigRulesEvaluationStarted", "an evaluation of rules began; its results come as compliance changes"),
    ("ConfigurationSnapshotDeliveryStarted", "a snapshot of the configuration is on its way to S3"),
    ("ConfigurationSnapshotDeliveryCompleted", "a snapshot of the configuration is in S3"),
    ("ConfigurationSnapshotDeliveryFailed", "a snapshot of the configuration could not be put into S3"),
    ("ConfigurationHistoryDeliveryStarted", "a history of the configuration is on its way to S3"),
    ("ConfigurationHistoryDeliveryCompleted", "a history of the configuration is in S3"),
    ("ConfigurationHistoryDeliveryFailed", "a history of the configuration could not be put into S3"),
    ("ScheduledNotification", "AWS Config asks a custom rule for a result"),
];

fn message_type(detail: Detail<'_>) -> Option<String> {
    detail.raw("messageType")
}

pub(crate) fn is_message(detail: Detail<'_>) -> bool {
    message_type(detail).is_some_and(|kind| MESSAGES.iter().any(|(known, _)| *known == kind))
}

/// Why an event says nothing about a rule; `None` if it may.
pub(crate) fn reason(detail_type: &str, detail: Detail<'_>) -> Option<String> {
    let kind = message_type(detail).filter(|kind| kind != MESSAGE_TYPE);
    if let Some(kind) = kind {
        let words =
            MESSAGES.iter().find(|(known, _)| *known == kind).map_or("not a compliance change", |(_, words)| words);
        return Some(format!("`{}`: {words}", clean_line(&kind)));
    }
    (detail_type != COMPLIANCE_CHANGE.1).then(|| format!("`{}` is not a compliance change", clean_line(detail_type)))
}
