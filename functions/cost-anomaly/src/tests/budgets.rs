//! Budget alerts.

use plimsoll_finding::{Event, Finding, MoneyKind, Severity, Status};
use serde_json::{Value, json};

use super::{bare, fact, only};
use crate::SOURCE;

pub(super) const BLOCK: &str = "AWS Budget Notification October 14, 2026\nAWS Account 111122223333\n\nDear AWS Customer,\n\n\
    You asked to be told.\n\nBudget Name: platform: monthly\nBudget Type: Cost\nBudgeted Amount: $1,200.00\n\
    Alert Type: ACTUAL\nAlert Threshold: > $1,080.00\nACTUAL Amount: $1,134.56\n\n[1] https://console.aws.amazon.com/billing/home#/budgets\n";

pub(super) fn notice(text: &str) -> Value {
    json!({
        "Message": text, "Subject": "AWS Budgets: platform: monthly has exceeded your alert threshold",
        "TopicArn": "arn:aws:sns:us-east-1:444455556666:cost", "Timestamp": "2026-10-14T21:15:00.120Z", "MessageAttributes": {}
    })
}

#[test]
fn a_budget_alert_is_read_from_its_block() {
    let finding = bare(&notice(BLOCK));
    assert_eq!(finding.title, "Budget platform: monthly is over USD 1,080.00: USD 1,134.56");
    assert_eq!((finding.check.as_str(), finding.resource.id.as_str()), ("cost:budget", "platform: monthly"));
    assert_eq!(finding.identity_rule.as_deref(), Some("cost:budget/ACTUAL/> $1,080.00/2026-10"));
    assert_eq!(
        (finding.severity, finding.native_severity.as_deref()),
        (Severity::Medium, None),
        "94.5 % of the budget"
    );
    assert_eq!((finding.account.as_str(), finding.region.as_str()), ("111122223333", ""));
    assert_eq!(finding.observed_at.to_string(), "2026-10-14T21:15:00.12Z");
    assert_eq!(fact(&finding, "Budgeted"), Some("USD 1,200.00"));
    let alone = bare(&json!(BLOCK));
    assert_eq!((alone.key(), alone.observed_at.to_string()), (finding.key(), "2026-10-14T00:00:00Z".to_owned()));
    let mut late = notice(BLOCK);
    late["Timestamp"] = json!("2026-11-01T00:00:10Z");
    assert_eq!(bare(&late).key(), finding.key(), "the month is the header's, not the delivery's");
    let crlf = bare(&notice(&BLOCK.replace('\n', "\r\n")));
    assert_eq!((crlf.key(), crlf.title), (finding.key(), finding.title));
}

#[test]
fn how_far_over_decides_how_bad_it_is() {
    for (spent, budgeted, kind, severity, used) in [
        ("$52.00", "$100.00", "ACTUAL", Severity::Low, "52 % of the budget"),
        ("$81.00", "$100.00", "ACTUAL", Severity::Medium, "81 % of the budget"),
        ("$100.00", "$100.00", "ACTUAL", Severity::High, "100 % of the budget"),
        ("$8,120.00", "$50.00", "ACTUAL", Severity::High, "16240 % of the budget"),
        ("$99.00", "$100.00", "FORECASTED", Severity::Low, "99 % of the budget"),
        ("$101.00", "$100.00", "FORECASTED", Severity::Medium, "101 % of the budget"),
        ("$150.00", "$100.00", "FORECASTED", Severity::High, "150 % of the budget"),
        ("45 Hrs", "100 Hrs", "ACTUAL", Severity::Low, "45 % of the budget"),
    ] {
        let text = BLOCK.replace("$1,134.56", spent).replace("$1,200.00", budgeted).replace("ACTUAL", kind);
        let finding = bare(&json!(text));
        assert_eq!((finding.severity, fact(&finding, "Used")), (severity, Some(used)), "{spent} of {budgeted}, {kind}");
        let expected = if kind == "ACTUAL" { MoneyKind::BudgetActual } else { MoneyKind::BudgetForecast };
        assert_eq!(finding.money.unwrap().kind, expected);
        assert!(finding.remediation.is_some() && finding.runbook.is_some());
    }
    let unknown = bare(&json!(BLOCK.replace("$1,134.56", "a lot")));
    assert_eq!((unknown.severity, unknown.money), (Severity::High, None), "what is not known is not played down");
    let other_unit = bare(&json!(BLOCK.replace("$1,200.00", "100 Hrs")));
    assert_eq!((other_unit.severity, fact(&other_unit, "Used")), (Severity::High, None));
}

/// The alert with another period, received then.
fn period(words: &str, header: &str, received: &str) -> Finding {
    let request = format!(
        "You requested that we alert you when the ACTUAL Cost associated with your platform: monthly budget is greater than \
         $1,080.00{words}. Yesterday, the ACTUAL Cost associated with this budget is $1,134.56."
    );
    let text = BLOCK.replace("You asked to be told.", &request).replace("October 14, 2026", header);
    let (source, kind) = (SOURCE.recognise)(&json!(text)).unwrap();
    only((SOURCE.read)(&Event::from_bare_detail(source, kind, &json!(text), received.parse().unwrap())))
}

#[test]
fn an_alert_is_one_per_period_and_ends_with_it() {
    for (words, first, same, next, end, called) in [
        (" per day", "May 4, 2026", "May 4, 2026", "May 5, 2026", "2026-05-05T00:00:00Z", "4 May 2026"),
        (" for the current month", "May 4, 2026", "May 30, 2026", "June 1, 2026", "2026-06-01T00:00:00Z", "May 2026"),
        ("", "May 4, 2026", "May 30, 2026", "June 1, 2026", "2026-06-01T00:00:00Z", "May 2026"),
        (" for the current quarter", "May 4, 2026", "June 30, 2026", "July 1, 2026", "2026-07-01T00:00:00Z", "Q2 2026"),
        (
            " for the current year",
            "May 4, 2026",
            "December 31, 2026",
            "January 1, 2027",
            "2027-01-01T00:00:00Z",
            "2026",
        ),
    ] {
        let now = "2026-05-04T09:00:00Z";
        let alert = period(words, first, now);
        assert_eq!((alert.status, fact(&alert, "Period")), (Status::Open, Some(called)), "{words}");
        assert_eq!(alert.ends_at, Some(end.parse().unwrap()), "{words}");
        assert_eq!(alert.key(), period(words, same, now).key(), "{words}");
        assert_ne!(alert.key(), period(words, next, now).key(), "{words}");
        let late = period(words, first, end);
        assert_eq!((late.key(), late.status, late.remediation), (alert.key(), Status::Resolved, None), "{words}");
        let preposition = if words == " per day" { "on" } else { "in" };
        assert!(late.title.contains(&format!("was over USD 1,080.00 {preposition} {called}: ")), "{}", late.title);
    }
}

#[test]
fn an_alert_of_the_last_day_stays_open_for_a_day() {
    let mut document = notice(&BLOCK.replace("October 14", "September 30"));
    document["Timestamp"] = json!("2026-10-01T03:00:00Z");
    let read = |received: &str| {
        let (source, kind) = (SOURCE.recognise)(&document).unwrap();
        only((SOURCE.read)(&Event::from_bare_detail(source, kind, &document, received.parse().unwrap())))
    };
    assert_eq!(read("2026-10-01T03:01:00Z").status, Status::Open);
    assert_eq!(read("2026-10-01T03:01:00Z").ends_at, Some("2026-10-02T03:00:00Z".parse().unwrap()));
    assert_eq!(read("2026-10-02T03:00:00Z").status, Status::Resolved);
}

#[test]
fn a_budget_has_a_page_of_its_own() {
    assert!(bare(&notice(BLOCK)).console_url.unwrap().ends_with("#/budgets/details?name=platform%3A%20monthly"));
}

#[test]
fn thresholds_and_months_are_findings_of_their_own() {
    let base = bare(&notice(BLOCK)).key();
    let other = |from: &str, to: &str| bare(&json!(BLOCK.replace(from, to)));
    assert_ne!(other("> $1,080.00", "> $1,200.00").key(), base);
    assert_ne!(other("October 14", "November 02").key(), base);
    let forecast = other("ACTUAL", "FORECASTED");
    assert_ne!(forecast.key(), base);
    assert_eq!(forecast.severity, Severity::Low, "the forecast stays below the budget");
    assert_eq!(forecast.title, "Budget platform: monthly is forecast to be over USD 1,080.00: USD 1,134.56");
}

#[test]
fn budgets_of_usage_and_coverage_keep_their_units() {
    let text = BLOCK.replace("> $1,080.00", "< 80%").replace("$1,134.56", "71.5%").replace("$1,200.00", "100 Hrs");
    let finding = bare(&json!(text));
    assert_eq!(finding.title, "Budget platform: monthly is under 80%: 71.5%");
    assert_eq!(fact(&finding, "Budgeted"), Some("100 Hrs"));
    assert_eq!((finding.severity, finding.money), (Severity::Medium, None));
    let far = bare(&json!(BLOCK.replace("> $1,080.00", "< 80%").replace("$1,134.56", "30%")));
    assert_eq!(far.severity, Severity::High);
    let exact = bare(&json!(BLOCK.replace("> $1,080.00", "= $5")));
    assert!(exact.title.contains("is at USD 5.00"));
}

#[test]
fn other_text_of_aws_budgets_is_kept_as_it_is() {
    let mut document = notice("AWS Budgets has applied the policy stop-new-instances\nto role deployer.");
    document["Subject"] = json!("AWS Budgets: action executed");
    let finding = bare(&document);
    assert_eq!((finding.title.as_str(), finding.severity), ("AWS Budgets: action executed", Severity::Medium));
    assert!(fact(&finding, "Text").unwrap().contains("stop-new-instances to role deployer."));
    assert_eq!(finding.account, "444455556666", "from the topic");
    let mut another = document.clone();
    another["Message"] = json!("AWS Budgets has reversed the action.");
    assert_ne!(bare(&another).key(), finding.key(), "another text is not lost in the first one");
    let half = bare(&json!(BLOCK.replace("Alert Threshold", "Limit")));
    assert_eq!(
        (half.title.as_str(), half.resource.id.as_str()),
        ("AWS Budgets: notification about platform: monthly", "platform: monthly")
    );
    let mut prose = document.clone();
    prose["Subject"] = json!("AWS Budget Notification");
    prose["Message"] = json!("AWS Budget Notification\nOctober 14, 2026\nYour spending of sandbox is now 62 dollars.");
    assert_eq!(bare(&prose).title, "AWS Budgets: Your spending of sandbox is now 62 dollars.");
}
