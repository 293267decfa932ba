//! AWS Budgets' notification to a finding: one per budget, threshold, kind (actual or forecast) and period.
//! <https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html>
//!
//! Nobody promises its wording. Text that cannot be understood is kept as it is and delivered all the same.

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use plimsoll_finding::{
    Advice, Arn, Category, CostThresholds, Event, Finding, Money, MoneyKind, Reading, Resource, Severity, Status,
    Unreadable, clean_line, console,
};

use crate::{
    SOURCE,
    advice::BUDGETS,
    money::{Amount, percent, readable},
    notice::{field, message, value_of_prefix},
    period::Period,
};

const CHECK: &str = "cost:budget";
/// An alert stays open for at least this long: that of the last day of a period comes when the next has begun.
const OPEN_AT_LEAST: SignedDuration = SignedDuration::from_hours(24);
/// A budget of coverage or utilisation below this share of its threshold is high, in percent.
const FAR_BELOW_PERCENT: u32 = 50;

pub(crate) fn read(event: &Event) -> Result<Reading, Unreadable> {
    if event.detail().get("Budgets").is_some() {
        return Ok(Reading::Ignored(
            "a list of budgets, not an alert: AWS Budgets sends one when a threshold is crossed".to_owned(),
        ));
    }
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
    /// When AWS Budgets wrote it: by SNS, else by its own header, which has a day only.
    written_at: Timestamp,
    /// The day of its header: SNS may deliver in the next period.
    day: Date,
}

impl Notice {
    fn read(event: &Event, message: &str) -> Self {
        let document = event.detail();
        let sent = event.time.or_else(|| document.time("Timestamp"));
        let header = value_of_prefix(message, "AWS Budget Notification").and_then(|date| parse_day(&date));
        let topic = || Arn::parse(&document.raw("TopicArn")?).map(|arn| arn.account);
        let account = value_of_prefix(message, "AWS Account")
            .filter(|account| account.bytes().all(|b| b.is_ascii_digit()))
            .or_else(|| Some(event.account.clone()).filter(|account| !account.is_empty()))
            .or_else(topic)
            .unwrap_or_default();
        let written_at = sent.or_else(|| midnight(header?)).unwrap_or(event.received_at);
        Self {
            subject: document.text("Subject"),
            account,
            written_at,
            day: header.unwrap_or_else(|| TimeZone::UTC.to_datetime(written_at).date()),
        }
    }
}

/// `October 14, 2026`.
fn parse_day(text: &str) -> Option<Date> {
    Date::strptime("%B %d %Y", text.replace(',', "")).ok()
}

fn midnight(day: Date) -> Option<Timestamp> {
    day.to_zoned_datetime(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// The block of a budget alert. Values are exactly as written.
struct Alert {
    budget: String,
    kind: Option<String>,
    budgeted: Option<String>,
    basis: MoneyKind,
    period: Period,
    /// With its comparison: `> $24.00`, `< 90%`.
    threshold: String,
    amount: Option<String>,
}

impl Alert {
    fn read(message: &str) -> Option<Self> {
        let basis = match field(message, "Alert Type")?.to_ascii_uppercase().as_str() {
            "ACTUAL" => MoneyKind::BudgetActual,
            "FORECASTED" => MoneyKind::BudgetForecast,
            _ => return None,
        };
        Some(Self {
            budget: field(message, "Budget Name")?,
            kind: field(message, "Budget Type"),
            budgeted: field(message, "Budgeted Amount"),
            basis,
            period: Period::read(message),
            threshold: field(message, "Alert Threshold")?,
            amount: field(message, &format!("{} Amount", word(basis))),
        })
    }

    /// `over USD 24.00`, from `> $24.00`.
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

    /// The amounts, if they are numbers. A budget of coverage or utilisation has none: less of it is worse.
    fn money(&self) -> Option<Money> {
        let amount = Amount::parse(self.amount.as_deref()?).filter(|_| !self.threshold.starts_with('<'))?;
        let limit = self.budgeted.as_deref().and_then(Amount::parse).filter(|limit| limit.unit == amount.unit);
        Some(Money::new(self.basis, &amount.unit, amount.value, limit.map(|limit| limit.value), None))
    }

    fn severity(&self, money: Option<&Money>) -> Severity {
        if let Some(money) = money {
            return CostThresholds::default().severity(money);
        }
        let threshold = self.threshold.strip_prefix('<').and_then(|text| Amount::parse(text.trim_start_matches('=')));
        let share = self.amount.as_deref().and_then(Amount::parse).zip(threshold).and_then(|(amount, threshold)| {
            Money::new(self.basis, "%", amount.value, Some(threshold.value), None).percent
        });
        match (self.basis, share) {
            (_, Some(share)) if share >= FAR_BELOW_PERCENT.into() => Severity::Medium,
            (MoneyKind::BudgetForecast, _) => Severity::Medium,
            _ => Severity::High,
        }
    }
}

/// The word of AWS Budgets for what was spent and what will be.
const fn word(basis: MoneyKind) -> &'static str {
    match basis {
        MoneyKind::BudgetForecast => "FORECASTED",
        MoneyKind::BudgetActual | MoneyKind::Anomaly => "ACTUAL",
    }
}

fn alert_finding(event: &Event, notice: &Notice, alert: &Alert) -> Finding {
    let crossing = alert.crossing();
    let is_actual = alert.basis == MoneyKind::BudgetActual;
    let amount = alert.amount.as_deref().map(readable);
    let ends_at = ends_at(alert.period, notice);
    let is_over = ends_at.is_some_and(|end| end <= event.received_at);
    let period = alert.period.words(notice.day);
    let what = match (is_actual, is_over) {
        (true, false) => "is",
        (true, true) => "was",
        (false, false) => "is forecast to be",
        (false, true) => "was forecast to be",
    };
    let preposition = if alert.period == Period::Day { "on" } else { "in" };
    let when = if is_over { format!(" {preposition} {period}") } else { String::new() };
    let amount_words = amount.as_ref().map(|amount| format!(": {amount}")).unwrap_or_default();
    let money = alert.money();
    let severity = alert.severity(money.as_ref());
    let used = money.as_ref().and_then(|money| money.percent).map(|share| format!("{} of the budget", percent(share)));
    let kind = if is_actual { "budget-actual" } else { "budget-forecast" };
    let finding = base(event, notice, Resource::new(alert.budget.clone(), "budget", &alert.budget))
        // The period belongs to the identity, so that the same budget alerts again in the next one.
        .identity_rule(format!("{CHECK}/{}/{}/{}", word(alert.basis), alert.threshold, alert.period.label(notice.day)))
        .finding_type(Some(kind))
        .status(if is_over { Status::Resolved } else { Status::Open })
        .severity(severity, None)
        .title(&format!("Budget {} {what} {crossing}{when}{amount_words}", alert.budget))
        .fact(if is_actual { "Spent" } else { "Forecast" }, amount)
        .fact("Budgeted", alert.budgeted.as_deref().map(readable))
        .fact("Used", used)
        .fact("Threshold", Some(crossing))
        .fact("Period", Some(period))
        .fact("Budget type", alert.kind.as_deref())
        .console_url(Some(console::budget(&alert.budget)))
        .money(money)
        .ends_at(ends_at);
    if is_over { finding } else { finding.advice(Advice::find(&BUDGETS, kind, "budget", severity)) }
}

fn ends_at(period: Period, notice: &Notice) -> Option<Timestamp> {
    let soonest = notice.written_at.checked_add(OPEN_AT_LEAST).ok();
    period.end(notice.day).max(soonest)
}

/// A budget action, or new wording: delivered with its own words. Each text is a finding of its own.
fn verbatim(event: &Event, notice: &Notice, message: &str) -> Finding {
    let name = field(message, "Budget Name");
    let title = notice
        .subject
        .clone()
        .filter(|subject| !says_nothing(subject))
        .or_else(|| name.as_ref().map(|name| format!("AWS Budgets: notification about {name}")))
        .or_else(|| own_words(message).map(|words| format!("AWS Budgets: {words}")))
        .unwrap_or_else(|| "Notification of AWS Budgets".to_owned());
    let link = name.as_deref().map_or_else(console::budgets, console::budget);
    let id = name.unwrap_or_else(|| title.clone());
    let called = id.clone();
    base(event, notice, Resource::new(id, "budget", &called))
        .identity_rule(format!("{CHECK}/text/{message}"))
        .finding_type(Some("budget-text"))
        .severity(Severity::Medium, None)
        .title(&title)
        .fact("Text", Some(message))
        .advice(Advice::find(&BUDGETS, "budget-text", "budget", Severity::Medium))
        .console_url(Some(link))
}

/// Whether a line is the name of the notification alone, its date, its account or its salutation.
fn says_nothing(line: &str) -> bool {
    let rest = ["AWS Budgets", "AWS Budget", "AWS"].into_iter().find_map(|name| line.trim().strip_prefix(name));
    let rest = rest.unwrap_or(line).trim().trim_start_matches("Notification").trim_start_matches([':', ' ']);
    let is_account = line.starts_with("AWS Account ") && !line.contains(". ");
    rest.is_empty() || rest == "Message" || parse_day(rest).is_some() || is_account || line.starts_with("Dear ")
}

/// The first line that says something, without the name of the notification.
fn own_words(message: &str) -> Option<String> {
    let line = message.lines().map(clean_line).find(|line| !says_nothing(line))?;
    let words = line.strip_prefix("AWS Budget Notification").map_or(line.as_str(), str::trim_start);
    Some(words.to_owned())
}

fn base(event: &Event, notice: &Notice, resource: Resource) -> Finding {
    Finding::new(SOURCE.name, CHECK, resource, event)
        // A budget has no region.
        .owner(Some(notice.account.clone()), Some(String::new()))
        .status(Status::Open)
        .category(Category::Cost)
        .observed_at(Some(notice.written_at))
}
