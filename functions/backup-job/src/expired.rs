//! `EXPIRED` has two meanings: the job did not start within its start window, or it started and did not finish within its
//! completion window. The event does not say which; message, progress and times do.
//! <https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupRule.html>

use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::Detail;

use crate::text::message;

/// A job that did not start expires at the end of its start window, and AWS Backup sends events every five minutes.
const LATE_AFTER: SignedDuration = SignedDuration::from_mins(30);

const NOT_FINISHED: &str = "did not finish in its window";
const NOT_STARTED: &str = "did not start in its window";
const NOT_KNOWN: &str = "expired: it did not start or did not finish in its window";

/// Words of messages, in small letters.
const FINISH_WORDS: [&str; 5] =
    ["completion", "did not complete", "not completed", "did not finish", "complete window"];
const START_WORDS: [&str; 5] = ["start window", "did not start", "not started", "could not start", "before it started"];

/// Continues a title: `Backup of orders did not start in its window`.
pub(crate) fn words(detail: Detail<'_>, expired_at: Timestamp) -> &'static str {
    let message = message(detail, "statusMessage").unwrap_or_default().to_lowercase();
    if FINISH_WORDS.iter().any(|words| message.contains(words)) {
        return NOT_FINISHED;
    }
    if START_WORDS.iter().any(|words| message.contains(words)) {
        return NOT_STARTED;
    }
    // Not `backupSizeInBytes`: that is the size of the resource for some types, before a byte has moved.
    let moved = detail.count("bytesTransferred").is_some_and(|bytes| bytes > 0);
    if moved || detail.number("percentDone").is_some_and(|percent| percent > 0.0) {
        return NOT_FINISHED;
    }
    let ended_at = detail.time("completionDate").unwrap_or(expired_at);
    match detail.time("startBy") {
        Some(start_by) if ended_at.duration_since(start_by) > LATE_AFTER => NOT_FINISHED,
        Some(_) => NOT_STARTED,
        None if detail.number("percentDone").is_some() => NOT_STARTED,
        None => NOT_KNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn message_progress_and_times_say_what_expired_means() {
        let words = |value: Value| words(Detail(&value), "2026-05-04T10:01:00Z".parse().unwrap());
        for (value, expected) in [
            (json!({"statusMessage": "Backup job expired before completion."}), NOT_FINISHED),
            (json!({"statusMessage": "The job did not complete in time", "percentDone": 0}), NOT_FINISHED),
            (json!({"statusMessage": "Job was not started within the start window"}), NOT_STARTED),
            (json!({"percentDone": "41.5"}), NOT_FINISHED),
            (json!({"percentDone": 0.0, "bytesTransferred": "1024"}), NOT_FINISHED),
            (json!({"percentDone": 0.0}), NOT_STARTED),
            (json!({"startBy": "2026-05-04T10:00:00Z"}), NOT_STARTED),
            (json!({"startBy": "2026-05-04T03:00:00Z"}), NOT_FINISHED),
            (json!({"startBy": "2026-05-04T03:00:00Z", "completionDate": "2026-05-04T03:05:00Z"}), NOT_STARTED),
            (json!({"startBy": "2026-05-04T10:00:00Z", "backupSizeInBytes": 7}), NOT_STARTED),
            (json!({}), NOT_KNOWN),
        ] {
            assert_eq!(words(value.clone()), expected, "{value}");
        }
    }
}
