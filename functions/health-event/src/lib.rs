//! AWS Health to findings: scheduled changes such as the retirement of Fargate tasks, service issues, notifications about the
//! account, and abuse reports.
//! <https://docs.aws.amazon.com/health/latest/ug/aws-health-events-eventbridge-schema.html>
//!
//! One event of AWS Health is one finding for each account that it affects. These are not findings of their own:
//! - copies in the organisation view, which the management account or a delegated administrator receives;
//! - copies in the backup region (`backupEvent`);
//! - pages of the list of affected resources (`page`, `totalPages`);
//! - the copies of a public event, which every account receives.
//!
//! No API confirms a close: AWS Health answers only accounts with a Business support plan or a higher one.
//! <https://docs.aws.amazon.com/health/latest/ug/health-api.html>

mod notice;
mod tables;

use plimsoll_finding::{
    Advice, Category, Detail, Event, Finding, Kind, Reading, Resource, Source, Unreadable, console, foreign,
};
use serde_json::Value;

use notice::{Notice, Topic};

const EVENT: Kind = ("aws.health", "AWS Health Event");
const ABUSE: Kind = ("aws.health", "AWS Health Abuse Event");
/// Part of the identity: the event says something else about the same problem when its topic or its state changes.
const RULE: &str = "health:event";

/// The function `health-event`.
pub const SOURCE: Source = Source { name: "health-event", kinds: &[EVENT, ABUSE], recognise, read };

/// The bare `detail` of an event.
fn recognise(document: &Value) -> Option<Kind> {
    let detail = Detail(document);
    let code = detail.text("eventTypeCode")?;
    detail.get("eventArn")?;
    Some(if notice::is_abuse(&detail.text("service").unwrap_or_default(), &code) { ABUSE } else { EVENT })
}

fn read(event: &Event) -> Result<Reading, Unreadable> {
    if !SOURCE.reads(&event.source, &event.detail_type) {
        return Err(foreign(&SOURCE, event));
    }
    let notice = Notice::of(event, event.detail_type == ABUSE.1)?;
    // AWS sends a public event to the region that it is about and to one backup region. There the copies of all other regions
    // would arrive, whether somebody uses those regions or not.
    // <https://docs.aws.amazon.com/health/latest/ug/choosing-a-region.html>
    if notice.is_public && event.detail().flag("backupEvent") == Some(true) {
        return Ok(Reading::Ignored(
            "a copy in the backup region: AWS sends this public event to the region that it is about as well"
                .to_owned(),
        ));
    }
    Ok(Reading::Findings(vec![finding(event, &notice)]))
}

fn finding(event: &Event, notice: &Notice) -> Finding {
    let severity = tables::severity(notice);
    let advice = Advice::find(&tables::ADVICE, &notice.kind(), notice.topic.name(), severity);
    let received_by =
        Some(&event.account).filter(|account| !account.is_empty() && **account != notice.affected_account);
    // A public event is about nobody in particular: the account is not part of its identity.
    let owner = if notice.is_public { String::new() } else { notice.affected_account.clone() };
    let mut finding = Finding::new(
        SOURCE.name,
        notice.topic.check(),
        Resource::new(&notice.arn, "health-event", &notice.name()),
        event,
    )
    .owner(Some(owner), Some(notice.region.clone()))
    .identity_rule(RULE)
    .finding_type(Some(&notice.code))
    .status(notice.status)
    .severity(severity, notice.actionability.as_deref())
    .category(category(notice))
    .observed_at(event.latest(notice.updated))
    .title(&notice.title())
    .fact("What happened", notice.summary.as_ref())
    .fact("Action", notice.action())
    .fact(if notice.has_started() { "Started" } else { "Starts" }, notice.start.map(time))
    .fact(if notice.has_ended() { "Ended" } else { "Ends" }, notice.end.map(time))
    .fact("Affected", notice.affected())
    .fact("Service", Some(&notice.service).filter(|service| !["RISK", "ABUSE"].contains(&service.as_str())))
    .fact("Event type", Some(&notice.code))
    .fact("Scope", Some(if notice.is_public { "public: every account of the region" } else { "this account" }))
    .fact("Received by account", received_by)
    .advice(advice)
    .console_url(page(&notice.arn));
    if notice.is_public {
        finding = finding.linked_account(&notice.affected_account);
    }
    for (key, value) in &notice.tags {
        finding = finding.tag(key, value);
    }
    finding
}

fn category(notice: &Notice) -> Category {
    match notice.topic {
        _ if notice.is_for("SECURITY") => Category::Security,
        Topic::Abuse => Category::Security,
        _ if notice.is_for("BILLING") => Category::Cost,
        Topic::Issue | Topic::Investigation | Topic::ScheduledChange => Category::Reliability,
        Topic::Notification | Topic::Other => Category::Operations,
    }
}

fn time(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// The event in the console of AWS Health; `None` for an ARN with characters that a link must encode, and outside of the
/// partition `aws`.
fn page(arn: &str) -> Option<String> {
    let is_plain = arn.bytes().all(|b| b.is_ascii_alphanumeric() || b":/_-.".contains(&b));
    let is_ours = arn.starts_with("arn:aws:health:") && is_plain;
    let link = format!(
        "https://health.console.aws.amazon.com/health/home#/account/dashboard/open-issues?eventID={arn}&eventTab=details"
    );
    is_ours.then(|| console::trusted(&link)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_finding::{Severity, Status};
    use serde_json::json;

    fn retirement(change: &Value) -> Value {
        let mut detail = json!({
            "eventArn": "arn:aws:health:eu-central-1::event/ECS/AWS_ECS_TASK_PATCHING_RETIREMENT/AWS_ECS_TASK_PATCHING_RETIREMENT_1",
            "service": "ECS", "eventTypeCode": "AWS_ECS_TASK_PATCHING_RETIREMENT", "eventTypeCategory": "scheduledChange",
            "eventScopeCode": "ACCOUNT_SPECIFIC", "statusCode": "upcoming", "eventRegion": "eu-central-1",
            "startTime": "Mon, 30 Nov 2026 22:00:00 GMT", "lastUpdatedTime": "Fri, 20 Nov 2026 10:00:00 GMT",
            "eventDescription": [{"language": "en_US", "latestDescription": "\\nTasks are replaced. No action is required."}],
            "affectedEntities": [{"entityValue": "shop|cart"}, {"entityValue": "shop|web"}],
            "affectedAccount": "111122223333", "page": "1", "totalPages": "1", "backupEvent": "false",
        });
        for (key, value) in change.as_object().unwrap() {
            detail[key] = value.clone();
        }
        detail
    }

    fn read_in(account: &str, region: &str, detail: &Value) -> Result<Reading, Unreadable> {
        let envelope = json!({
            "id": "e", "source": "aws.health", "detail-type": "AWS Health Event", "account": account, "region": region,
            "time": "2026-11-20T10:00:05Z", "resources": [], "detail": detail,
        });
        read(&Event::from_envelope(&envelope, "2026-11-20T10:00:06Z".parse().unwrap()).unwrap())
    }

    fn only(account: &str, region: &str, change: &Value) -> Finding {
        match read_in(account, region, &retirement(change)) {
            Ok(Reading::Findings(findings)) => findings.into_iter().next().unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn copies_of_the_organisation_and_of_the_backup_region_and_pages_are_one_finding() {
        let own = only("111122223333", "eu-central-1", &json!({}));
        let organisation = only("444455556666", "eu-central-1", &json!({}));
        let backup = only("111122223333", "us-west-2", &json!({"backupEvent": "true"}));
        let page = only("111122223333", "eu-central-1", &json!({"page": "2", "totalPages": "3"}));
        for copy in [&organisation, &backup, &page] {
            assert_eq!(copy.key(), own.key());
        }
        assert_eq!(organisation.account, "111122223333");
        assert!(organisation.facts.iter().any(|f| f.name == "Received by account" && f.value == "444455556666"));
        let other = only("444455556666", "eu-central-1", &json!({"affectedAccount": "444455556666"}));
        assert_ne!(other.key(), own.key(), "each account that is affected has a finding of its own");
    }

    #[test]
    fn a_public_event_is_one_finding_for_all_accounts_and_its_backup_copy_is_ignored() {
        let public = |account: &str| json!({"eventScopeCode": "PUBLIC", "eventTypeCategory": "issue", "statusCode": "open", "affectedAccount": account});
        let one = only("111122223333", "eu-central-1", &public("111122223333"));
        let two = only("444455556666", "eu-central-1", &public("444455556666"));
        assert_eq!(one.key(), two.key());
        assert_eq!(
            (one.account.as_str(), one.linked_accounts.as_slice()),
            ("", ["111122223333".to_owned()].as_slice())
        );
        let mut copy = public("111122223333");
        copy["backupEvent"] = json!("true");
        assert!(matches!(read_in("111122223333", "us-west-2", &retirement(&copy)), Ok(Reading::Ignored(_))));
    }

    #[test]
    fn closed_is_resolved_and_an_unknown_state_is_unreadable() {
        assert_eq!(only("111122223333", "eu-central-1", &json!({"statusCode": "closed"})).status, Status::Resolved);
        for state in ["open", "upcoming", "UPCOMING"] {
            assert_eq!(only("111122223333", "eu-central-1", &json!({"statusCode": state})).status, Status::Open);
        }
        let unknown =
            read_in("111122223333", "eu-central-1", &retirement(&json!({"statusCode": "paused"}))).unwrap_err();
        assert!(unknown.reason.contains("paused"), "{}", unknown.reason);
        for field in ["eventArn", "eventTypeCode", "eventTypeCategory"] {
            let missing = read_in("111122223333", "eu-central-1", &retirement(&json!({field: null}))).unwrap_err();
            assert!(missing.reason.contains(field), "{}", missing.reason);
        }
    }

    #[test]
    fn a_global_event_has_no_region_and_the_link_leads_to_the_console() {
        let global = only("111122223333", "us-east-1", &json!({"eventRegion": "global"}));
        assert_eq!(global.region, "");
        assert!(global.console_url.unwrap().starts_with("https://health.console.aws.amazon.com/health/home#/"));
        let odd = only("111122223333", "eu-central-1", &json!({"eventArn": "arn:aws:health:x::event/<!here>|x"}));
        assert_eq!(odd.console_url, None);
        assert_eq!(only("111122223333", "eu-central-1", &json!({})).severity, Severity::Medium);
    }

    #[test]
    fn a_bare_detail_is_recognised_and_others_are_not() {
        assert_eq!(recognise(&retirement(&json!({}))), Some(EVENT));
        assert_eq!(recognise(&retirement(&json!({"service": "ABUSE"}))), Some(ABUSE));
        assert_eq!(recognise(&json!({"eventTypeCode": "X"})), None);
    }
}
