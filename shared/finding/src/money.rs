//! Amounts behind a finding about costs, and the thresholds that make a severity of them.
//!
//! The function that reads an event knows the amounts, the configuration knows what is much money for an account. So a
//! finding carries the amounts as data: the function judges them by [`CostThresholds::default`], and whoever knows the
//! configured thresholds judges them again.

use rust_decimal::{Decimal, RoundingStrategy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Severity;

/// What an amount is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MoneyKind {
    /// A cost anomaly: `amount` is the difference to the expected cost.
    Anomaly,
    /// A budget alert of what was spent: `amount` is all that was spent in the period.
    BudgetActual,
    /// A budget alert of what will be spent: `amount` is the forecast for the period.
    BudgetForecast,
}

/// The amounts behind a finding about costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// What the amount is about.
    pub kind: MoneyKind,
    /// `USD`, or what a usage budget counts, for example `Hrs`.
    pub unit: String,
    /// See [`MoneyKind`]. Below zero for an anomaly that costs less than expected.
    pub amount: Decimal,
    /// What it is compared with: the expected cost of an anomaly, the limit of a budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Decimal>,
    /// `amount` in percent of `baseline`. For an anomaly: how much more than expected, 100 is twice the expected cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<Decimal>,
}

impl Money {
    /// Amounts; `percent` is computed from the baseline where it is not given. A baseline of zero or less gives none.
    #[must_use]
    pub fn new(
        kind: MoneyKind,
        unit: &str,
        amount: Decimal,
        baseline: Option<Decimal>,
        percent: Option<Decimal>,
    ) -> Self {
        let computed = || {
            let baseline = baseline.filter(|baseline| *baseline > Decimal::ZERO)?;
            amount.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(baseline).map(|percent| percent.round_dp(2))
        };
        Self { kind, unit: crate::clean_line(unit), amount, baseline, percent: percent.or_else(computed) }
    }

    /// The amount as people read it: `USD 1,234.56`, `85.5 Hrs`.
    #[must_use]
    pub fn text(&self) -> String {
        let is_currency = self.unit.len() == 3 && self.unit.bytes().all(|b| b.is_ascii_uppercase());
        if is_currency {
            in_currency(&self.unit, self.amount)
        } else {
            format!("{} {}", self.amount.normalize(), self.unit)
        }
    }
}

/// `USD 1,234.56`, rounded to cents, half away from zero.
#[must_use]
pub fn in_currency(code: &str, amount: Decimal) -> String {
    let rounded = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    let sign = if rounded.is_sign_negative() && !rounded.is_zero() { "-" } else { "" };
    format!("{sign}{code} {}", grouped(rounded.abs()))
}

/// `1,234.56`, of an amount that is not negative.
fn grouped(amount: Decimal) -> String {
    let text = format!("{amount:.2}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, "00"));
    let mut grouped = String::with_capacity(text.len().saturating_mul(2));
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && whole.len().saturating_sub(index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped}.{fraction}")
}

/// From which amounts and percentages on a finding about costs has which severity. Below the medium ones it is low.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostThresholds {
    /// An anomaly is high from this amount in US dollars on, whatever its percentage.
    pub anomaly_high_from: u32,
    /// An anomaly is medium from this amount in US dollars on.
    pub anomaly_medium_from: u32,
    /// An anomaly is high from this percentage above the expected cost on; 100 is twice the expected cost.
    pub anomaly_high_percent: u32,
    /// The percentage of an anomaly counts from this amount in US dollars on: three cents instead of one are 200 %.
    pub anomaly_percent_from: u32,
    /// What was spent is high from this percentage of the budget on.
    pub budget_high_percent: u32,
    /// What was spent is medium from this percentage of the budget on.
    pub budget_medium_percent: u32,
    /// A forecast is high from this percentage of the budget on.
    pub forecast_high_percent: u32,
    /// A forecast is medium from this percentage of the budget on.
    pub forecast_medium_percent: u32,
    /// The percentages of a budget count from this amount in US dollars on, spent or forecast; below it is low.
    pub budget_percent_from: u32,
}

impl Default for CostThresholds {
    fn default() -> Self {
        Self {
            anomaly_high_from: 1_000,
            anomaly_medium_from: 100,
            anomaly_high_percent: 100,
            anomaly_percent_from: 10,
            budget_high_percent: 100,
            budget_medium_percent: 80,
            forecast_high_percent: 150,
            forecast_medium_percent: 100,
            budget_percent_from: 0,
        }
    }
}

/// Thresholds of one environment or account: what is not given is inherited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CostOverrides {
    /// An anomaly is high from this amount in US dollars on, whatever its percentage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anomaly_high_from: Option<u32>,
    /// An anomaly is medium from this amount in US dollars on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anomaly_medium_from: Option<u32>,
    /// An anomaly is high from this percentage above the expected cost on; 100 is twice the expected cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anomaly_high_percent: Option<u32>,
    /// The percentage of an anomaly counts from this amount in US dollars on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anomaly_percent_from: Option<u32>,
    /// What was spent is high from this percentage of the budget on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget_high_percent: Option<u32>,
    /// What was spent is medium from this percentage of the budget on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget_medium_percent: Option<u32>,
    /// A forecast is high from this percentage of the budget on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forecast_high_percent: Option<u32>,
    /// A forecast is medium from this percentage of the budget on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forecast_medium_percent: Option<u32>,
    /// The percentages of a budget count from this amount in US dollars on, spent or forecast; below it is low.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget_percent_from: Option<u32>,
}

impl CostThresholds {
    /// These thresholds with what the overrides give in their place.
    #[must_use]
    pub fn with(self, overrides: &CostOverrides) -> Self {
        Self {
            anomaly_high_from: overrides.anomaly_high_from.unwrap_or(self.anomaly_high_from),
            anomaly_medium_from: overrides.anomaly_medium_from.unwrap_or(self.anomaly_medium_from),
            anomaly_high_percent: overrides.anomaly_high_percent.unwrap_or(self.anomaly_high_percent),
            anomaly_percent_from: overrides.anomaly_percent_from.unwrap_or(self.anomaly_percent_from),
            budget_high_percent: overrides.budget_high_percent.unwrap_or(self.budget_high_percent),
            budget_medium_percent: overrides.budget_medium_percent.unwrap_or(self.budget_medium_percent),
            forecast_high_percent: overrides.forecast_high_percent.unwrap_or(self.forecast_high_percent),
            forecast_medium_percent: overrides.forecast_medium_percent.unwrap_or(self.forecast_medium_percent),
            budget_percent_from: overrides.budget_percent_from.unwrap_or(self.budget_percent_from),
        }
    }

    /// The severity of these amounts while the finding is open. A budget alert without a percentage is as bad as the
    /// worst that its kind usually is: high for what was spent, medium for a forecast.
    #[must_use]
    pub fn severity(&self, money: &Money) -> Severity {
        let (high, medium, unknown) = match money.kind {
            MoneyKind::Anomaly => return self.of_anomaly(money),
            MoneyKind::BudgetActual => (self.budget_high_percent, self.budget_medium_percent, Severity::High),
            MoneyKind::BudgetForecast => (self.forecast_high_percent, self.forecast_medium_percent, Severity::Medium),
        };
        // What a usage budget counts, for example hours, is no amount of money.
        if money.unit == "USD" && money.amount < Decimal::from(self.budget_percent_from) {
            return Severity::Low;
        }
        match money.percent {
            None => unknown,
            Some(percent) if percent >= Decimal::from(high) => Severity::High,
            Some(percent) if percent >= Decimal::from(medium) => Severity::Medium,
            Some(_) => Severity::Low,
        }
    }

    fn of_anomaly(&self, money: &Money) -> Severity {
        let reaches = |amount: u32| money.amount >= Decimal::from(amount);
        let by_percent = reaches(self.anomaly_percent_from)
            && money.percent.is_some_and(|percent| percent >= Decimal::from(self.anomaly_high_percent));
        if money.amount <= Decimal::ZERO {
            Severity::Informational
        } else if reaches(self.anomaly_high_from) || by_percent {
            Severity::High
        } else if reaches(self.anomaly_medium_from) {
            Severity::Medium
        } else {
            Severity::Low
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(kind: MoneyKind, amount: &str, baseline: Option<&str>, percent: Option<&str>) -> Money {
        let decimal = |text: &str| text.parse::<Decimal>().unwrap();
        Money::new(kind, "USD", decimal(amount), baseline.map(decimal), percent.map(decimal))
    }

    #[test]
    fn an_anomaly_counts_by_amount_and_from_an_amount_on_by_percentage() {
        let limits = CostThresholds::default();
        for (amount, percent, expected) in [
            ("1000", Some("1"), Severity::High),
            ("999.99", Some("99.99"), Severity::Medium),
            ("100", None, Severity::Medium),
            ("99.99", None, Severity::Low),
            ("10", Some("100"), Severity::High),
            ("9.99", Some("4377.78"), Severity::Low),
            ("0", None, Severity::Informational),
            ("-50", Some("-100"), Severity::Informational),
        ] {
            assert_eq!(limits.severity(&money(MoneyKind::Anomaly, amount, None, percent)), expected, "{amount}");
        }
    }

    #[test]
    fn a_budget_counts_by_how_much_of_it_is_gone() {
        let limits = CostThresholds::default();
        for (kind, amount, baseline, expected) in [
            (MoneyKind::BudgetActual, "50", Some("100"), Severity::Low),
            (MoneyKind::BudgetActual, "79.99", Some("100"), Severity::Low),
            (MoneyKind::BudgetActual, "80", Some("100"), Severity::Medium),
            (MoneyKind::BudgetActual, "100", Some("100"), Severity::High),
            (MoneyKind::BudgetActual, "100", None, Severity::High),
            (MoneyKind::BudgetActual, "100", Some("0"), Severity::High),
            (MoneyKind::BudgetForecast, "99", Some("100"), Severity::Low),
            (MoneyKind::BudgetForecast, "101", Some("100"), Severity::Medium),
            (MoneyKind::BudgetForecast, "150", Some("100"), Severity::High),
            (MoneyKind::BudgetForecast, "101", None, Severity::Medium),
        ] {
            assert_eq!(limits.severity(&money(kind, amount, baseline, None)), expected, "{kind:?} {amount}");
        }
        let half = money(MoneyKind::BudgetActual, "50", Some("100"), None);
        let strict = limits.with(&CostOverrides { budget_high_percent: Some(40), ..CostOverrides::default() });
        assert_eq!((strict.severity(&half), strict.budget_medium_percent), (Severity::High, 80));
        let small = strict.with(&CostOverrides { budget_percent_from: Some(51), ..CostOverrides::default() });
        assert_eq!(small.severity(&half), Severity::Low, "a budget of pennies");
        let hours = Money { unit: "Hrs".to_owned(), ..half };
        assert_eq!(small.severity(&hours), Severity::High, "hours are no dollars");
    }

    #[test]
    fn percentages_are_computed_and_never_overflow() {
        assert_eq!(money(MoneyKind::BudgetActual, "812", Some("500"), None).percent.unwrap().to_string(), "162.40");
        let largest = Decimal::MAX.to_string();
        assert_eq!(money(MoneyKind::BudgetActual, &largest, Some("0.01"), None).percent, None);
    }

    #[test]
    fn amounts_survive_a_round_trip_through_json() {
        let amounts = money(MoneyKind::Anomaly, "1234.56", Some("300"), Some("411.52"));
        let text = serde_json::to_string(&amounts).unwrap();
        assert!(text.contains(r#""kind":"anomaly""#) && text.contains(r#""1234.56""#), "{text}");
        assert_eq!(serde_json::from_str::<Money>(&text).unwrap(), amounts);
    }
}
