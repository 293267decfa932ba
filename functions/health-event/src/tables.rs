//! How bad an event is and what to do about it, as data: of both tables the first row that fits.

use jiff::SignedDuration;
use plimsoll_finding::{Advice, Severity};

use crate::notice::{Notice, Topic};

const ANY: &[&str] = &[];

/// What else must hold for a row of [`SEVERITIES`].
enum If {
    Always,
    /// It was sent to this account alone, or names a resource.
    AboutUs,
    /// It starts within this number of days, or has started.
    WithinDays(i64),
    /// AWS's own word on what it asks for.
    Asks(&'static str),
    /// AWS addresses it to these readers.
    For(&'static str),
}

/// Topics, parts of the event type code (empty for all), condition, severity.
type Row = (&'static [Topic], &'static [&'static str], If, Severity);

const EVERY: &[Topic] =
    &[Topic::Issue, Topic::Investigation, Topic::ScheduledChange, Topic::Notification, Topic::Abuse, Topic::Other];
const STOLEN: &[&str] = &["RISK_CREDENTIALS", "RISK_IAM_QUARANTINE"];
const CERTIFICATES: &[&str] = &["_ACM_", "_ACMPCA_", "CERTIFICATE", "CAA_CHECK", "_CA_ROTATION", "SSL_"];

const SEVERITIES: [Row; 13] = [
    (EVERY, STOLEN, If::Always, Severity::Critical),
    (&[Topic::Abuse], ANY, If::Always, Severity::High),
    (&[Topic::Issue], ANY, If::AboutUs, Severity::High),
    (&[Topic::Issue, Topic::Investigation], ANY, If::Always, Severity::Medium),
    (&[Topic::ScheduledChange], ANY, If::Asks("INFORMATIONAL"), Severity::Low),
    (&[Topic::ScheduledChange], ANY, If::WithinDays(7), Severity::High),
    (&[Topic::ScheduledChange], ANY, If::Always, Severity::Medium),
    (&[Topic::Notification], ANY, If::Asks("ACTION_REQUIRED"), Severity::Medium),
    (&[Topic::Notification], ANY, If::Asks("INFORMATIONAL"), Severity::Informational),
    (&[Topic::Notification], CERTIFICATES, If::Always, Severity::Medium),
    (&[Topic::Notification], ANY, If::For("SECURITY"), Severity::Medium),
    (&[Topic::Notification], ANY, If::Always, Severity::Low),
    (&[Topic::Other], ANY, If::Always, Severity::Medium),
];

/// How bad it is when AWS sends it. Nothing makes it worse as its date comes nearer but the next event of AWS.
pub(crate) fn severity(notice: &Notice) -> Severity {
    let kind = notice.kind();
    let row = SEVERITIES.iter().find(|(topics, codes, condition, _)| {
        let fits_code = codes.is_empty() || codes.iter().any(|code| kind.contains(code));
        topics.contains(&notice.topic) && fits_code && holds(condition, notice)
    });
    row.map_or(Severity::Medium, |(.., severity)| *severity)
}

fn holds(condition: &If, notice: &Notice) -> bool {
    match condition {
        If::Always => true,
        If::AboutUs => notice.is_about_us(),
        If::WithinDays(days) => {
            let limit = SignedDuration::from_hours(days.saturating_mul(24));
            notice.start.is_some_and(|start| start.duration_since(notice.sent) <= limit)
        }
        If::Asks(word) => notice.actionability.as_deref() == Some(*word),
        If::For(persona) => notice.is_for(persona),
    }
}

/// The kinds of resources in this table are topics: `issue`, `scheduledChange` and so on.
pub(crate) const ADVICE: [Advice; 12] = [
    advice(
        STOLEN,
        ANY,
        "Treat the access key as stolen: deactivate it now, then see in CloudTrail what it did and in which regions, and \
         remove what it made. AWS may have attached a policy that blocks the user; answer the support case when you are done.",
        "docs/runbooks/health-event.md#stolen-credentials",
    ),
    advice(
        ANY,
        &["abuse"],
        "Look at the resource as if somebody else used it: isolate it, find out what it sent and to whom, and answer the \
         report. AWS may restrict what nobody answers for.",
        "docs/runbooks/health-event.md#an-abuse-report",
    ),
    advice(
        &["ECS_TASK_PATCHING_RETIREMENT", "FARGATE_TASK", "ECS_TASK_RETIREMENT"],
        ANY,
        "ECS replaces the tasks of a service by itself; to choose the hour, force a new deployment before the date. A task that \
         was started alone is stopped and not started again: start it yourself.",
        "docs/runbooks/health-event.md#fargate-task-retirement",
    ),
    advice(
        CERTIFICATES,
        ANY,
        "See which endpoints and clients use the certificate. For ACM, make sure that the validation record or the e-mail is \
         there, so that it renews itself; for a database, let clients trust the new authority first and then rotate.",
        "docs/runbooks/health-event.md#certificates",
    ),
    advice(
        &["PLANNED_LIFECYCLE_EVENT", "END_OF_SUPPORT", "DEPRECAT"],
        ANY,
        "A version or a feature ends on that date. List what uses it, upgrade it in a test environment first, and finish \
         before the date: afterwards AWS upgrades by itself, charges more, or stops it.",
        "docs/runbooks/health-event.md#the-end-of-a-version",
    ),
    advice(
        &["INSTANCE_", "DEDICATED_HOST", "HARDWARE_MAINTENANCE", "PERSISTENT_"],
        &["scheduledChange"],
        "Replace the instance, or stop and start it, before the date: it then runs on other hardware. Data on instance store \
         volumes is lost with the host.",
        "docs/runbooks/health-event.md#an-instance",
    ),
    advice(
        ANY,
        &["scheduledChange"],
        "See what the change does to the affected resources (restart, failover, short interruption), whether it can be moved \
         into your own maintenance window, and who has to be there.",
        "docs/runbooks/health-event.md#a-scheduled-change",
    ),
    advice(
        &["OPERATIONAL_ISSUE", "API_ISSUE"],
        &["issue"],
        "See which of your services use it in that region, and whether your own alarms show it. Hold deployments and scaling \
         there, and fail over if you can. AWS closes the finding when it says that the issue is over.",
        "docs/runbooks/health-event.md#a-service-issue",
    ),
    advice(
        ANY,
        &["issue", "investigation"],
        "See what the affected resources do now. Replace a degraded instance, volume or task instead of waiting. AWS closes the \
         finding when it says that the issue is over.",
        "docs/runbooks/health-event.md#a-degraded-resource",
    ),
    advice(
        &["BILLING"],
        ANY,
        "Read the notification in the console of AWS Health, and hand it to whoever pays the bill.",
        "docs/runbooks/health-event.md#a-notification",
    ),
    advice(
        ANY,
        &["accountNotification"],
        "Read the notification in the console of AWS Health: it says what AWS wants to be done, and until when.",
        "docs/runbooks/health-event.md#a-notification",
    ),
    advice(ANY, ANY, "Read the event in the console of AWS Health.", "docs/runbooks/health-event.md#a-notification"),
];

const fn advice(
    codes: &'static [&'static str],
    topics: &'static [&'static str],
    text: &'static str,
    runbook: &'static str,
) -> Advice {
    Advice { finding_types: codes, resource_kinds: topics, from: Severity::Informational, text, runbook }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use plimsoll_finding::Event;
    use serde_json::{Value, json};

    fn notice(code: &str, category: &str, change: &Value) -> Notice {
        let mut detail = json!({"eventArn": "arn", "service": "X", "eventTypeCode": code, "eventTypeCategory": category,
            "eventScopeCode": "ACCOUNT_SPECIFIC"});
        for (key, value) in change.as_object().unwrap() {
            detail[key] = value.clone();
        }
        let envelope = json!({"id": "e", "source": "aws.health", "detail-type": "AWS Health Event", "account": "111122223333",
            "region": "eu-central-1", "time": "2026-11-20T10:00:00Z", "resources": [], "detail": detail});
        Notice::of(&Event::from_envelope(&envelope, Timestamp::UNIX_EPOCH).unwrap(), category == "abuse").unwrap()
    }

    #[test]
    fn severity_by_topic_kind_and_days_left() {
        let none = json!({});
        let starts = |time: &str| json!({"startTime": time});
        for (code, category, change, expected) in [
            ("AWS_EC2_OPERATIONAL_ISSUE", "issue", none.clone(), Severity::High),
            ("AWS_EC2_OPERATIONAL_ISSUE", "issue", json!({"eventScopeCode": "PUBLIC"}), Severity::Medium),
            (
                "AWS_EC2_OPERATIONAL_ISSUE",
                "issue",
                json!({"eventScopeCode": "PUBLIC", "affectedEntities": [{"entityValue": "i-1"}]}),
                Severity::High,
            ),
            ("AWS_EC2_X", "investigation", none.clone(), Severity::Medium),
            ("AWS_X", "scheduledChange", starts("Fri, 27 Nov 2026 10:00:00 GMT"), Severity::High),
            ("AWS_X", "scheduledChange", starts("Fri, 27 Nov 2026 10:00:01 GMT"), Severity::Medium),
            ("AWS_X", "scheduledChange", starts("Thu, 19 Nov 2026 10:00:00 GMT"), Severity::High),
            ("AWS_X", "scheduledChange", none.clone(), Severity::Medium),
            ("AWS_X", "scheduledChange", json!({"actionability": "INFORMATIONAL"}), Severity::Low),
            ("AWS_BILLING_NOTIFICATION", "accountNotification", none.clone(), Severity::Low),
            ("AWS_X", "accountNotification", json!({"actionability": "ACTION_REQUIRED"}), Severity::Medium),
            ("AWS_X", "accountNotification", json!({"actionability": "informational"}), Severity::Informational),
            ("AWS_X", "accountNotification", json!({"personas": ["SECURITY"]}), Severity::Medium),
            ("AWS_ACM_RENEWAL_FAILURE", "accountNotification", none.clone(), Severity::Medium),
            ("AWS_RISK_CREDENTIALS_EXPOSED", "issue", none.clone(), Severity::Critical),
            ("AWS_ABUSE_DOS_REPORT", "abuse", none.clone(), Severity::High),
            ("AWS_X", "a category of next year", none, Severity::Medium),
        ] {
            assert_eq!(severity(&notice(code, category, &change)), expected, "{code} {category} {change}");
        }
    }

    #[test]
    fn the_advice_fits_the_kind() {
        let section = |code: &str, topic: Topic| {
            Advice::find(&ADVICE, code, topic.name(), Severity::High).unwrap().runbook.rsplit_once('#').unwrap().1
        };
        for (code, topic, expected) in [
            ("AWS_RISK_CREDENTIALS_EXPOSED", Topic::Issue, "stolen-credentials"),
            ("AWS_ABUSE_DOS_REPORT", Topic::Abuse, "an-abuse-report"),
            ("AWS_ECS_TASK_PATCHING_RETIREMENT", Topic::ScheduledChange, "fargate-task-retirement"),
            ("AWS_ACM_RENEWAL_STATE_CHANGE", Topic::ScheduledChange, "certificates"),
            ("AWS_RDS_CERTIFICATE_ROTATION_SCHEDULED", Topic::ScheduledChange, "certificates"),
            ("AWS_LAMBDA_PLANNED_LIFECYCLE_EVENT", Topic::ScheduledChange, "the-end-of-a-version"),
            ("AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED", Topic::ScheduledChange, "an-instance"),
            ("AWS_RDS_MAINTENANCE_SCHEDULED", Topic::ScheduledChange, "a-scheduled-change"),
            ("AWS_ECS_OPERATIONAL_ISSUE", Topic::Issue, "a-service-issue"),
            ("AWS_EBS_VOLUME_LOST", Topic::Issue, "a-degraded-resource"),
            ("AWS_BILLING_NOTIFICATION", Topic::Notification, "a-notification"),
            ("AWS_X", Topic::Other, "a-notification"),
        ] {
            assert_eq!(section(code, topic), expected, "{code}");
        }
    }
}
