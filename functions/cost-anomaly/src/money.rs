//! Amounts, exact and readable.
//!
//! Cost Explorer and Budgets count in US dollars, whatever the currency of the bill; usage budgets count in units of
//! their own. <https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_Impact.html>

use plimsoll_finding::in_currency;
use rust_decimal::{Decimal, RoundingStrategy};

/// What stands before an amount, and the code of its currency. AWS writes `$` for US dollars.
const CURRENCIES: [(&str, &str); 4] = [("$", "USD"), ("€", "EUR"), ("₹", "INR"), ("¥", "CNY")];

/// An amount as AWS Budgets writes it: `$1,234.56`, `80 Hrs`, `90%`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Amount {
    pub(crate) value: Decimal,
    /// `USD`, `Hrs`, `%`; empty for a bare number.
    pub(crate) unit: String,
}

impl Amount {
    /// `None` for text that is no amount.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (sign, rest) = text.strip_prefix('-').map_or((Decimal::ONE, text), |rest| (Decimal::NEGATIVE_ONE, rest));
        let rest = rest.trim_start();
        let (currency, rest) = leading_currency(rest);
        let digits_end = rest.find(|c: char| !c.is_ascii_digit() && c != ',' && c != '.').unwrap_or(rest.len());
        let (digits, unit) = rest.split_at(digits_end);
        let unit = unit.trim();
        // A currency and another unit, or an exponent, is nothing that AWS Budgets writes.
        let is_plain = !digits.is_empty() && (currency.is_none() || unit.is_empty() || Some(unit) == currency);
        let value: Decimal = digits.replace(',', "").parse().ok().filter(|_| is_plain)?;
        let unit = currency.unwrap_or(unit).to_owned();
        Some(Self { value: value.checked_mul(sign)?, unit })
    }
}

fn leading_currency(text: &str) -> (Option<&'static str>, &str) {
    for (symbol, code) in CURRENCIES {
        for mark in [symbol, code] {
            if let Some(rest) = text.strip_prefix(mark) {
                return (Some(code), rest.trim_start());
            }
        }
    }
    (None, text)
}

/// `USD 1,234.56`, rounded to cents, half away from zero.
pub(crate) fn usd(amount: Decimal) -> String {
    in_currency("USD", amount)
}

/// An amount in whole cents, half away from zero.
pub(crate) fn cents(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

/// `+333.67 %`, at most two digits.
pub(crate) fn signed_percent(value: Decimal) -> String {
    let sign = if value.is_sign_negative() { "" } else { "+" };
    format!("{sign}{}", percent(value))
}

/// `162.4 %`, at most two digits.
pub(crate) fn percent(value: Decimal) -> String {
    format!("{} %", cents(value).normalize())
}

/// Money as `USD 1,234.56`, everything else as it is.
pub(crate) fn readable(text: &str) -> String {
    let is_currency = |unit: &str| CURRENCIES.iter().any(|(_, code)| *code == unit);
    match Amount::parse(text).filter(|amount| is_currency(&amount.unit)) {
        Some(amount) => in_currency(&amount.unit, amount.value),
        None => text.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn amounts_have_separators_and_two_digits() {
        for (text, expected) in [
            ("0", "USD 0.00"),
            ("999.994", "USD 999.99"),
            ("999.995", "USD 1,000.00"),
            ("1234.5", "USD 1,234.50"),
            ("1234567.891", "USD 1,234,567.89"),
            ("-12.3", "-USD 12.30"),
            ("-0.001", "USD 0.00"),
            ("79228162514264337593543950335", "USD 79,228,162,514,264,337,593,543,950,335.00"),
        ] {
            assert_eq!(usd(decimal(text)), expected, "{text}");
        }
    }

    #[test]
    fn percentages_have_at_most_two_digits() {
        assert_eq!(signed_percent(decimal("333.670")), "+333.67 %");
        assert_eq!(signed_percent(decimal("100")), "+100 %");
        assert_eq!(signed_percent(decimal("-4.005")), "-4.01 %");
        assert_eq!(percent(decimal("162.40")), "162.4 %");
    }

    #[test]
    fn amounts_are_read_with_their_unit() {
        for (text, value, unit) in [
            ("$1,234.56", "1234.56", "USD"),
            (" $ 80 ", "80", "USD"),
            ("-$3.50", "-3.50", "USD"),
            ("USD 12.00", "12.00", "USD"),
            ("€5", "5", "EUR"),
            ("80 Hrs", "80", "Hrs"),
            ("1,200.5 GB-Months", "1200.5", "GB-Months"),
            ("90%", "90", "%"),
            ("7", "7", ""),
        ] {
            assert_eq!(Amount::parse(text), Some(Amount { value: decimal(value), unit: unit.to_owned() }), "{text}");
        }
        for text in ["$", "", "$1e3", "$12,x", "Hrs 80", "$5 Hrs", "$99999999999999999999999999999999"] {
            assert_eq!(Amount::parse(text), None, "{text}");
        }
    }

    #[test]
    fn only_money_is_written_anew() {
        assert_eq!(readable("$1234.5"), "USD 1,234.50");
        assert_eq!(readable("€1234.5"), "EUR 1,234.50");
        assert_eq!(readable(" 750 Hrs "), "750 Hrs");
        assert_eq!(readable("$1e3"), "$1e3");
    }
}
