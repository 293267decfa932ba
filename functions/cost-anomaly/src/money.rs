//! Amounts of money, exact and readable.
//!
//! Cost Explorer and Budgets count in US dollars, whatever the currency of the bill.
//! <https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_Impact.html>

use rust_decimal::{Decimal, RoundingStrategy};

/// `USD 1,234.56`, rounded to cents, half away from zero.
pub(crate) fn usd(amount: Decimal) -> String {
    let (sign, digits) = cents(amount);
    format!("{sign}USD {digits}")
}

/// `+333.67 %`, at most two digits.
pub(crate) fn percent(value: Decimal) -> String {
    let sign = if value.is_sign_negative() { "" } else { "+" };
    let rounded = value.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero).normalize();
    format!("{sign}{rounded} %")
}

/// An amount as AWS Budgets writes it (`$1,234.56`); `None` for another unit (`80 Hrs`, `90%`).
pub(crate) fn dollars(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let (sign, rest) = text.strip_prefix('-').map_or((Decimal::ONE, text), |rest| (Decimal::NEGATIVE_ONE, rest));
    let digits = rest.trim().strip_prefix('$')?.trim().replace(',', "");
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let amount: Decimal = digits.parse().ok().filter(|_| plain)?;
    amount.checked_mul(sign)
}

/// Text with dollars made `USD 1,234.56`, everything else as it is.
pub(crate) fn readable(text: &str) -> String {
    dollars(text).map_or_else(|| text.trim().to_owned(), usd)
}

fn cents(amount: Decimal) -> (&'static str, String) {
    let rounded = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    let sign = if rounded.is_sign_negative() && !rounded.is_zero() { "-" } else { "" };
    let text = format!("{:.2}", rounded.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, "00"));
    let mut grouped = String::with_capacity(text.len() + text.len() / 3);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    (sign, format!("{grouped}.{fraction}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str) -> Decimal {
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
            assert_eq!(usd(amount(text)), expected, "{text}");
        }
    }

    #[test]
    fn percents_have_a_sign() {
        assert_eq!(percent(amount("333.670")), "+333.67 %");
        assert_eq!(percent(amount("100")), "+100 %");
        assert_eq!(percent(amount("-4.005")), "-4.01 %");
    }

    #[test]
    fn only_dollars_are_money() {
        for (text, expected) in [("$1,234.56", "1234.56"), (" $ 80 ", "80"), ("-$3.50", "-3.50")] {
            assert_eq!(dollars(text), Some(amount(expected)), "{text}");
        }
        for text in ["80 Hrs", "90%", "$", "", "$1e3", "$12,x", "€5", "$99999999999999999999999999999999"] {
            assert_eq!(dollars(text), None, "{text}");
        }
        assert_eq!(readable("$1234.5"), "USD 1,234.50");
        assert_eq!(readable(" 750 Hrs "), "750 Hrs");
    }
}
