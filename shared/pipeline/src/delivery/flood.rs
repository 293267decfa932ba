//! Flood control: merges, never drops. Per source the first ten in five minutes are told one by one, the rest in
//! roll-ups; sources take turns, so that a flood of one delays another by at most one message per source.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::Severity;
use serde::{Deserialize, Serialize};

use crate::ports::DueRow;

/// Messages of one source that are told one by one in a window.
pub const FLOOD_SINGLES: u32 = 10;
/// The window.
pub const FLOOD_WINDOW: SignedDuration = SignedDuration::from_mins(5);
/// Most findings in one roll-up: about a hundred names fit a Slack message.
pub const ROLL_UP_MAX: usize = 100;

/// How many messages of each source a channel was told one by one in the current window.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FloodWindows(BTreeMap<String, Window>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Window {
    since: Timestamp,
    singles: u32,
}

impl FloodWindows {
    /// How many of a source may still be told one by one at `now`.
    #[must_use]
    pub fn left(&self, source: &str, now: Timestamp) -> u32 {
        match self.0.get(source) {
            Some(window) if now.duration_since(window.since) < FLOOD_WINDOW => {
                FLOOD_SINGLES.saturating_sub(window.singles)
            }
            _ => FLOOD_SINGLES,
        }
    }

    /// Counts one that was told on its own.
    pub fn count(&mut self, source: &str, now: Timestamp) {
        let window = self.0.entry(source.to_owned()).or_insert(Window { since: now, singles: 0 });
        if now.duration_since(window.since) >= FLOOD_WINDOW {
            *window = Window { since: now, singles: 0 };
        }
        window.singles = window.singles.saturating_add(1);
    }
}

/// One message to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// One finding on its own.
    Single(DueRow),
    /// Several findings of one source together, worst first.
    RollUp(Vec<DueRow>),
}

impl Step {
    /// The rows that it tells.
    #[must_use]
    pub fn rows(&self) -> &[DueRow] {
        match self {
            Self::Single(row) => std::slice::from_ref(row),
            Self::RollUp(rows) => rows,
        }
    }
}

/// Orders what is due into messages: by severity, then in turn over the sources, then by age. Every row is in exactly
/// one step.
#[must_use]
pub fn plan(rows: Vec<DueRow>, windows: &FloodWindows, now: Timestamp) -> Vec<Step> {
    let mut queues: BTreeMap<String, VecDeque<DueRow>> = BTreeMap::new();
    let mut rows = rows;
    rows.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.since.cmp(&b.since)).then_with(|| a.key.cmp(&b.key)));
    for row in rows {
        queues.entry(row.source.clone()).or_default().push_back(row);
    }
    let mut left: BTreeMap<String, u32> = queues.keys().map(|s| (s.clone(), windows.left(s, now))).collect();
    let mut steps = Vec::new();
    for severity in Severity::WORST_FIRST {
        while queues.values().any(|q| q.front().is_some_and(|row| row.severity == severity)) {
            for (source, queue) in &mut queues {
                let Some(head) = queue.front().filter(|row| row.severity == severity) else { continue };
                let singles = left.get_mut(source);
                if queue.len() == 1 || singles.as_ref().is_some_and(|n| **n > 0) {
                    if let Some(n) = singles {
                        *n = n.saturating_sub(1);
                    }
                    steps.push(Step::Single(head.clone()));
                    queue.pop_front();
                } else {
                    let members = queue.drain(..queue.len().min(ROLL_UP_MAX)).collect();
                    steps.push(Step::RollUp(members));
                }
            }
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_finding::FindingKey;

    fn now() -> Timestamp {
        "2026-11-02T09:15:00Z".parse().unwrap()
    }

    fn row(source: &str, n: i64, severity: Severity) -> DueRow {
        DueRow {
            key: FindingKey::of(source, "", "", &n.to_string(), ""),
            source: source.into(),
            severity,
            since: now() + SignedDuration::from_secs(n),
        }
    }

    #[test]
    fn a_flood_of_one_source_delays_another_by_at_most_one_message() {
        let mut rows: Vec<DueRow> = (0..10_000).map(|n| row("ecr-scan", n, Severity::Critical)).collect();
        rows.push(row("guardduty-finding", 99_999, Severity::Critical));
        let steps = plan(rows, &FloodWindows::default(), now());
        let position = steps.iter().position(|s| s.rows()[0].source == "guardduty-finding").unwrap();
        assert!(position <= 1, "{position}");
        assert_eq!(steps.iter().map(|s| s.rows().len()).sum::<usize>(), 10_001);
        assert_eq!(steps.len(), 10 + 100 + 1);
    }

    #[test]
    fn worst_first_then_in_turn_then_by_age() {
        let rows = vec![
            row("b", 2, Severity::High),
            row("a", 1, Severity::High),
            row("a", 0, Severity::High),
            row("b", 9, Severity::Critical),
        ];
        let order: Vec<(String, Timestamp)> = plan(rows, &FloodWindows::default(), now())
            .iter()
            .map(|s| (s.rows()[0].source.clone(), s.rows()[0].since))
            .collect();
        let at = |n| now() + SignedDuration::from_secs(n);
        assert_eq!(order, [("b".into(), at(9)), ("a".into(), at(0)), ("b".into(), at(2)), ("a".into(), at(1))]);
    }

    #[test]
    fn the_window_opens_again() {
        let mut windows = FloodWindows::default();
        for _ in 0..FLOOD_SINGLES {
            windows.count("a", now());
        }
        assert_eq!(windows.left("a", now()), 0);
        assert_eq!(windows.left("b", now()), FLOOD_SINGLES);
        let later = now() + FLOOD_WINDOW;
        assert_eq!(windows.left("a", later), FLOOD_SINGLES);
        windows.count("a", later);
        assert_eq!(windows.left("a", later), FLOOD_SINGLES - 1);
        let two = vec![row("a", 0, Severity::Low), row("a", 1, Severity::Critical)];
        windows = FloodWindows::default();
        for _ in 0..FLOOD_SINGLES {
            windows.count("a", now());
        }
        let steps = plan(two, &windows, now());
        assert_eq!(steps.len(), 1);
        assert_eq!(steps[0].rows()[0].severity, Severity::Critical, "the worst leads the roll-up");
    }
}
