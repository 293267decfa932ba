//! Small texts: messages, sizes, times, names.

use plimsoll_finding::{Arn, Detail, clean_line, parse_time_value};

/// A status message without the literal quotes that AWS Backup puts around many (`"\"Backup job failed.\""`); `None`
/// when nothing is left.
pub(crate) fn message(detail: Detail<'_>, path: &str) -> Option<String> {
    let text = detail.text(path)?;
    let inner = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(&text);
    Some(clean_line(inner)).filter(|t| !t.is_empty() && t != "\"")
}

/// Most characters of a message within a title.
const MAX_ISSUE_CHARS: usize = 120;

/// What is wrong with a job that completed with issues: its message without "Completed with issues.", short enough for a
/// title.
pub(crate) fn issue(detail: Detail<'_>, path: &str) -> Option<String> {
    const PREFIX: &str = "completed with issues";
    let text = message(detail, path)?;
    let has_prefix = text.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX));
    let rest = if has_prefix { text.get(PREFIX.len()..).unwrap_or_default() } else { &text };
    let rest = rest.trim_start_matches(['.', ':', ',', ';', '-', ' ']).trim_end_matches('.');
    let mut short: String = rest.chars().take(MAX_ISSUE_CHARS).collect();
    if short.len() < rest.len() {
        short.push('…');
    }
    Some(short).filter(|text| !text.is_empty())
}

/// Bytes for people, in the units of the AWS Backup console: `36,048 bytes` is `35.2 KiB`.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [(u32, &str); 4] = [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")];
    let Some((shift, unit)) = UNITS.into_iter().find(|(shift, _)| bytes >> shift > 0) else {
        return format!("{bytes} bytes");
    };
    // Tenths, rounded half up, without floating point; 128 bits hold ten times any 64-bit number.
    let tenths = ((u128::from(bytes) * 10) + (1_u128 << (shift - 1))) >> shift;
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

/// The size at a path; the number may be text, and zero says nothing (a failed job moved nothing).
pub(crate) fn size_at(detail: Detail<'_>, path: &str) -> Option<String> {
    detail.count(path).filter(|bytes| *bytes > 0).map(size)
}

/// A time for people (`2026-10-05 02:13 UTC`); what cannot be read as a time is shown as it came.
pub(crate) fn time_at(detail: Detail<'_>, path: &str) -> Option<String> {
    let value = detail.get(path)?;
    match parse_time_value(value) {
        Some(time) => Some(time.strftime("%Y-%m-%d %H:%M UTC").to_string()),
        None => detail.text(path),
    }
}

/// What people call a resource: the last part of its ARN (`orders` for `…:db:orders`), else the text itself.
pub(crate) fn name_of(arn: &str) -> String {
    clean_line(&Arn::parse(arn).map_or_else(|| arn.to_owned(), |arn| arn.resource_name().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sizes_are_read_from_text_and_numbers() {
        let value = json!({"text": "22548578304", "number": 3_221_225_472_u64, "zero": "0", "odd": {}, "bad": "-1"});
        let detail = Detail(&value);
        assert_eq!(size_at(detail, "text").as_deref(), Some("21.0 GiB"));
        assert_eq!(size_at(detail, "number").as_deref(), Some("3.0 GiB"));
        for path in ["zero", "odd", "bad", "none"] {
            assert_eq!(size_at(detail, path), None, "{path}");
        }
        for (bytes, expected) in [
            (0, "0 bytes"),
            (1023, "1023 bytes"),
            (36_048, "35.2 KiB"),
            (u64::MAX, "16777216.0 TiB"),
            (1 << 40, "1.0 TiB"),
        ] {
            assert_eq!(size(bytes), expected);
        }
    }

    #[test]
    fn messages_lose_their_literal_quotes() {
        let value = json!({"quoted": "\"Backup job failed.\"", "plain": "It \"broke\"", "empty": "\"\"", "one": "\"", "blank": " "});
        let read = |path: &str| message(Detail(&value), path);
        assert_eq!(read("quoted").as_deref(), Some("Backup job failed."));
        assert_eq!(read("plain").as_deref(), Some("It \"broke\""));
        for path in ["empty", "one", "blank", "none"] {
            assert_eq!(read(path), None, "{path}");
        }
    }

    #[test]
    fn the_issue_of_a_job_fits_a_title() {
        let long = format!("Completed with issues: {}", "x".repeat(300));
        let value = json!({"a": "\"Completed with issues. Some objects were left out.\"", "b": "VSS failed.", "c": "Completed with issues.", "d": long});
        let read = |path: &str| issue(Detail(&value), path);
        assert_eq!(read("a").as_deref(), Some("Some objects were left out"));
        assert_eq!(read("b").as_deref(), Some("VSS failed"));
        assert_eq!(read("c"), None);
        assert_eq!(read("d").unwrap().chars().count(), 121);
    }

    #[test]
    fn times_of_both_formats_and_other_text() {
        let value = json!({"iso": "2026-10-05T02:13:44.392Z", "old": "Oct 5, 2026 9:39:07 PM", "other": "later"});
        let read = |path: &str| time_at(Detail(&value), path);
        assert_eq!(read("iso").as_deref(), Some("2026-10-05 02:13 UTC"));
        assert_eq!(read("old").as_deref(), Some("2026-10-05 21:39 UTC"));
        assert_eq!(read("other").as_deref(), Some("later"));
    }

    #[test]
    fn names_come_from_arns() {
        for (arn, name) in [
            ("arn:aws:rds:eu-central-1:111122223333:db:orders", "orders"),
            ("arn:aws:s3:::reports", "reports"),
            ("arn:aws-cn:ec2:cn-north-1:111122223333:volume/vol-0a1", "vol-0a1"),
            ("arn:aws:backup:eu-west-1:111122223333:backup-vault:aws/efs/automatic", "aws/efs/automatic"),
            ("vault", "vault"),
        ] {
            assert_eq!(name_of(arn), name);
        }
    }
}
