//! AWS Budgets' notification: English prose with a block of `Key: value` lines.
//! <https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html>
//!
//! Nobody promises its wording. Text that cannot be understood is kept as it is and told all the same.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use plimsoll_finding::{
    Arn, Category, Detail, Event, Finding, Reading, Resource, Severity, Status, Unreadable, clean_line, console,
};
use serde_json::Value;

use crate::{SOURCE, money::readable};

const CHECK: &str = "cost:budget";
/// How AWS Budgets calls itself in subject and text (`AWS Budgets: …`, `AWS Budget Notification`).
const SIGNATURE: &str = "AWS Budget";

/// A document with a `Message`, or the message alone, in which AWS Budgets speaks. JSON is somebody else's.
pub(crate) fn is_budget(document: &Value) -> bool {
    let Some(message) = message(document) else { return false };
    let subject = Detail(document).text("Subject").unwrap_or_default();
    !message.trim_start().starts_with(['{', '[']) && (subject.contains(SIGNATURE) || message.contains(SIGNATURE))
}

fn message(document: &Value) -> Option<String> {
    match document {
        Value::String(text) => Some(text.clone()).filter(|t| !t.trim().is_empty()),
        Value::Object(_) => Detail(document).get("Message")?.as_str().map(ToOwned::to_owned),
        _ => None,
    }
}

pub(crate) fn read(event: &Event) -> Result<Reading, Unreadable> {
    let Some(message) = message(&event.detail) else {
        return Err(Unreadable::reasons("the notification of AWS Budgets has no text in `Message`"));
    };
    let notice = Notice::read(event, &message);
    let finding = match Alert::read(&message) {
        Some(alert) => alert_finding(event, &notice, &alert),
        None => verbatim(event, &notice, &message),
    };
    Ok(Reading::Findings(vec![finding]))
}

/// What every notification has, whatever it says.
struct Notice {
    subject: Option<String>,
    account: String,
    /// When AWS Budgets told: by SNS, else by its own header, which has a day only.
    delivered_at: Timestamp,
    /// `2026-10`, by the header: SNS may deliver in the next month.
    month: String,
}

impl Notice {
    fn read(event: &Event, message: &str) -> Self {
        let document = event.detail();
        let delivered = event.time.or_else(|| document.time("Timestamp"));
        let header = value_of_prefix(message, "AWS Budget Notification").and_then(|date| parse_day(&date));
        let topic = || Arn::parse(&document.raw("TopicArn")?).map(|arn| arn.account);
        let account = value_of_prefix(message, "AWS Account")
            .filter(|account| account.bytes().all(|b| b.is_ascii_digit()))
            .or_else(|| Some(event.account.clone()).filter(|account| !account.is_empty()))
            .or_else(topic)
            .unwrap_or_default();
        Self {
            subject: document.text("Subject"),
            account,
            delivered_at: delivered.or(header).unwrap_or(event.received_at),
            month: header.or(delivered).unwrap_or(event.received_at).strftime("%Y-%m").to_string(),
        }
    }
}

/// The rest of the first line that starts with a prefix and a space: `AWS Account 111122223333`.
fn value_of_prefix(message: &str, prefix: &str) -> Option<String> {
    message
        .lines()
        .find_map(|line| line.trim().strip_prefix(prefix)?.strip_prefix(' ').map(|rest| rest.trim().to_owned()))
        .filter(|rest| !rest.is_empty())
}

/// `October 14, 2026`.
fn parse_day(text: &str) -> Option<Timestamp> {
    let day = Date::strptime("%B %d %Y", text.replace(',', "")).ok()?;
    day.to_zoned_datetime(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// The block of a budget alert. Values are exactly as written.
struct Alert {
    budget: String,
    kind: Option<String>,
    budgeted: Option<String>,
    /// `ACTUAL` or `FORECASTED`.
    basis: Basis,
    /// With its comparison: `> $24.00`, `< 90%`.
    threshold: String,
    amount: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Basis {
    Actual,
    Forecasted,
}

impl Basis {
    const fn name(self) -> &'static str {
        match self {
            Self::Actual => "ACTUAL",
            Self::Forecasted => "FORECASTED",
        }
    }
}

impl Alert {
    fn read(message: &str) -> Option<Self> {
        let basis = match field(message, "Alert Type")?.to_ascii_uppercase().as_str() {
            "ACTUAL" => Basis::Actual,
            "FORECASTED" => Basis::Forecasted,
            _ => return None,
        };
        Some(Self {
            budget: field(message, "Budget Name")?,
            kind: field(message, "Budget Type"),
            budgeted: field(message, "Budgeted Amount"),
            basis,
            threshold: field(message, "Alert Threshold")?,
            amount: field(message, &format!("{} Amount", basis.name())),
        })
    }

    /// `is over USD 24.00`, from `> $24.00`.
    fn crossing(&self) -> String {
        let (words, rest) = if let Some(rest) = self.threshold.strip_prefix('>') {
            ("over", rest)
        } else if let Some(rest) = self.threshold.strip_prefix('<') {
            ("under", rest)
        } else {
            ("at", self.threshold.strip_prefix('=').unwrap_or(&self.threshold))
        };
        format!("{words} {}", readable(rest.trim_start_matches('=')))
    }
}

/// The value of the first line `Key: value`, the key in any case.
fn field(message: &str, key: &str) -> Option<String> {
    message
        .lines()
        .find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim().eq_ignore_ascii_case(key).then(|| value.trim().to_owned())
        })
        .filter(|value| !value.is_empty())
}

fn alert_finding(event: &Event, notice: &Notice, alert: &Alert) -> Finding {
    let crossing = alert.crossing();
    let (severity, what) = match alert.basis {
        Basis::Actual => (Severity::High, "is"),
        Basis::Forecasted => (Severity::Medium, "is forecast to be"),
    };
    let amount = alert.amount.as_deref().map(readable);
    let title = match &amount {
        Some(amount) => format!("Budget {} {what} {crossing}: {amount}", alert.budget),
        None => format!("Budget {} {what} {crossing}", alert.budget),
    };
    base(event, notice, Resource::new(alert.budget.clone(), "budget", &alert.budget))
        // The month belongs to the identity, so that the same budget alerts again in the next one.
        .identity_rule(format!("{CHECK}/{}/{}/{}", alert.basis.name(), alert.threshold, notice.month))
        .severity(severity, Some(alert.basis.name()))
        .title(&title)
        .fact(if alert.basis == Basis::Actual { "Actual" } else { "Forecast" }, amount)
        .fact("Budgeted", alert.budgeted.as_deref().map(readable))
        .fact("Threshold", Some(crossing))
        .fact("Budget type", alert.kind.as_deref())
        .remediation(
            "See in Cost Explorer which service grew in this month. If the new amount is right, raise the budget; \
             otherwise stop what costs it.",
        )
}

/// A budget action, or new wording: told with its own words. Each text is a finding of its own.
fn verbatim(event: &Event, notice: &Notice, message: &str) -> Finding {
    let name = field(message, "Budget Name");
    let title = notice
        .subject
        .clone()
        .or_else(|| message.lines().map(clean_line).find(|line| !line.is_empty()))
        .unwrap_or_else(|| "Notification of AWS Budgets".to_owned());
    let id = name.unwrap_or_else(|| title.clone());
    let called = id.clone();
    base(event, notice, Resource::new(id, "budget", &called))
        .identity_rule(format!("{CHECK}/text/{message}"))
        .severity(Severity::Medium, None)
        .title(&title)
        .fact("Text", Some(message))
        .remediation("The text is AWS Budgets' own; look at the budget in the console.")
}

fn base(event: &Event, notice: &Notice, resource: Resource) -> Finding {
    Finding::new(SOURCE.name, CHECK, resource, event)
        .owner(Some(notice.account.clone()), Some(String::new()))
        .status(Status::Open)
        .category(Category::Cost)
        .observed_at(Some(notice.delivered_at))
        .console_url(Some(console::budgets()))
}
