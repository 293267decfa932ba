//! The document in full, what ticks a box, and text that tries to become markup.

use plimsoll_checklist::{Checklist, assess};
use plimsoll_finding::{FindingKey, Severity, Status};

use super::*;

fn signal(check: &str, status: Status, severity: Severity, day: &str, title: &str) -> Signal {
    Signal {
        check: check.to_owned(),
        status,
        severity,
        observed_at: format!("{day}T08:00:00Z").parse().unwrap(),
        account: "111122223333".to_owned(),
        region: String::new(),
        resource: String::new(),
        tags: std::collections::BTreeMap::new(),
        not_applicable: false,
        sample: false,
        key: FindingKey::of("test", "111122223333", "eu-central-1", check, day),
        title: title.to_owned(),
    }
}

fn document(signals: &[Signal], scope: Option<&str>) -> String {
    let checklist = Checklist::where_one_is_enough().unwrap();
    let now = "2026-11-02T09:15:00Z".parse().unwrap();
    let assessments = assess(&checklist, signals, now);
    let score = checklist.score(&assessments, &BTreeMap::new());
    checklist_markdown(&assessments, &score, scope, now)
}

fn signals() -> Vec<Signal> {
    let (met, open) = (Status::Resolved, Status::Open);
    vec![
        signal("config:ALB_WAF_ENABLED", met, Severity::Informational, "2026-10-30", "web has a web ACL"),
        signal("ecr-scan:scan-status", met, Severity::Informational, "2026-11-01", "Scan of shop/cart:5.1.0 complete"),
        signal("ecr-scan:vulnerabilities", open, Severity::Critical, "2026-11-01", "2 critical in shop/cart:5.1.0"),
        signal("config:ECS_NO_ENVIRONMENT_SECRETS", met, Severity::Informational, "2026-09-01", "cart:7 complies"),
        signal("backup:backup-job", met, Severity::Informational, "2026-10-20", "Backup of orders complete"),
        signal("cost:budget", open, Severity::Low, "2026-10-28", "Budget monthly is over USD 500.00: USD 512.30"),
    ]
}

#[test]
fn the_document_in_its_order_ticked_by_evidence_and_dated() {
    insta::assert_snapshot!("checklist_markdown", document(&signals(), Some("prod")));
}

#[test]
fn each_line_has_one_box_and_only_what_is_met_is_ticked() {
    let checklist = Checklist::where_one_is_enough().unwrap();
    let (signals, now) = (signals(), "2026-11-02T09:15:00Z".parse().unwrap());
    let assessments = assess(&checklist, &signals, now);
    let text = document(&signals, None);
    let boxes: Vec<&str> = text.lines().filter(|line| line.starts_with("- [")).collect();
    assert_eq!(boxes.len(), 100);
    for (line, assessment) in boxes.iter().zip(&assessments) {
        let mark = if assessment.state == ItemState::Met { "- [x] **" } else { "- [ ] **" };
        assert!(line.starts_with(&format!("{mark}{}** ", assessment.item.id)), "{line}");
    }
    let open = boxes.iter().filter(|line| line.starts_with("- [ ]")).count();
    assert_eq!(text.matches("\n  - Remedy: `docs/runbooks/remediation/").count(), open, "each open line has one");
    assert!(boxes.len() > open, "some line is met");
    assert!(!document(&[], None).contains("[x]"), "without evidence no box is ticked");
}

#[test]
fn the_terminal_shows_the_same_states() {
    let checklist = Checklist::where_one_is_enough().unwrap();
    let (signals, now) = (signals(), "2026-11-02T09:15:00Z".parse().unwrap());
    let text = checklist_text(&assess(&checklist, &signals, now), None, Style::Plain);
    let shown: Vec<&str> = text.lines().filter(|line| line.starts_with('[')).collect();
    let markdown = document(&signals, None);
    let ticked = |text: &str, mark: &str| text.lines().filter(|line| line.starts_with(mark)).count();
    assert_eq!((shown.len(), ticked(&text, "[x]")), (100, ticked(&markdown, "- [x]")));
    let (_, first) = text.split_once("[ ] CICD-03").unwrap();
    assert!(
        first.lines().nth(1).unwrap().starts_with("    Gap: 2026-11-01 2 critical in shop/cart:5.1.0 ("),
        "{first}"
    );
}

#[test]
fn an_alias_is_as_old_as_its_oldest_proof() {
    let anomaly = signal("cost:anomaly", Status::Open, Severity::Low, "2026-10-10", "Anomaly");
    let budget = signal("cost:budget", Status::Open, Severity::Low, "2026-10-28", "Budget");
    let text = document(&[anomaly, budget], None);
    let (_, alias) = text.split_once("- [x] **GO-15**").unwrap();
    let reason = alias.lines().nth(1).unwrap();
    assert!(reason.starts_with("  - Met on 2026-10-10: finding `"), "{reason}");
    assert!(reason.ends_with("(as FIN-01, FIN-02)"), "{reason}");
}

#[test]
fn text_of_an_event_is_never_markup() {
    let hostile = [
        "`<script>alert(1)</script>` [click](https://evil.example) ![x](https://evil.example/x.png)",
        "a`` ``` b\n# heading\n- [x] **SEC-01** forged\n\n| a | b |",
        "@everyone #1 https://evil.example <https://evil.example> &lt; \u{202e}\u{1b}[31m",
        "",
        "`",
        "```",
        "\\`",
        " ` ",
    ];
    for title in hostile {
        for (check, status) in [("ecr-scan:vulnerabilities", Status::Open), ("backup:backup-job", Status::Resolved)] {
            let day = if status == Status::Open { "2026-11-01" } else { "2026-10-01" };
            let text = document(&[signal(check, status, Severity::Critical, day, title)], Some(title));
            assert_eq!(text.lines().filter(|line| line.starts_with("- [")).count(), 100, "{title}");
            for line in text.lines().filter(|line| line.contains("finding `")) {
                // The odd pieces stand inside the spans; no piece outside holds anything of the event.
                let outside: String = line.split('`').step_by(2).collect();
                assert_eq!(line.matches('`').count() % 2, 0, "{line}");
                assert!(!outside.contains(['<', '>', '@', '#', '!', '*', '|']), "{line}");
                assert!(!outside.contains("://") && !outside.contains(']'), "{line}");
            }
            assert!(!text.contains(['\u{202e}', '\u{1b}']), "{title}");
        }
    }
}
