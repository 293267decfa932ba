//! Sample messages, for the tests of all formats.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "test data"
)]

use jiff::Timestamp;
use plimsoll_checklist::{
    Bounds, Claimed, ItemState, PhaseCount, PlanLine, Priority, Scorecard, Step, StepKind, SwitchedOff,
};
use plimsoll_finding::{Category, Event, Fact, Finding, FindingKey, Resource, Severity, Status};
use plimsoll_message::{
    Alert, AlertHistory, Answer, AnswerKind, Change, ChangeKind, ChecklistLine, Digest, EnvironmentScore, LineChange,
    Message, Movement, Names, News, NotifyReason, RollUp, RollUpMember, SourceHealth,
};
use serde_json::json;

pub const HOSTILE: [&str; 16] = [
    "<!channel> <!here> <!everyone>",
    "<@U0123456789> <!subteam^S0123456789>",
    "<http://evil.example|Console>",
    "`code` ```fence``` *bold* _it_ ~no~",
    "a & b < c > d &amp; &lt;!channel&gt;",
    "\u{202e}gnirts live\u{202c} \u{2066}x\u{2069}",
    "zero\u{200b}width\u{feff}\u{2060}",
    "\u{1b}[31mred\u{1b}[0m\u{7}\u{9b}2J",
    "line\nbreak\r\nFrom: x\u{2028}y\u{85}z",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "\" onmouseover=\"alert(1)\" style='background:url(https://evil.example)'",
    "{% raw %}{{ 7*7 }}",
    "👩‍👩‍👧‍👦🏴‍☠️ 漢字 نص عربي",
    ":tada: :x: @channel #general https://evil.example",
    "|}>^^^<|",
    "",
];

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn event() -> Event {
    Event::from_envelope(
        &json!({"id": "e-1", "source": "aws.inspector2", "detail-type": "Inspector2 Finding", "detail": {"a": 1},
                "account": "111122223333", "region": "eu-central-1", "time": "2026-11-02T09:15:00Z"}),
        at("2026-11-02T09:15:05Z"),
    )
    .unwrap()
}

/// A new critical with parts.
pub fn image() -> Alert {
    let resource = Resource::new(
        "arn:aws:ecr:eu-central-1:111122223333:repository/web/api/sha256:4f1d",
        "ecr-image",
        "web/api:1.4.2",
    );
    let finding = Finding::new("ecr-scan", "ecr-scan:vulnerabilities", resource, &event())
        .title("web/api:1.4.2 has 1 critical and 2 high vulnerabilities")
        .severity(Severity::Critical, Some("CRITICAL"))
        .fact("Image tags", Some("1.4.2, latest"))
        .fact("Digest", Some("sha256:4f1d2a90c1"))
        .fact("Running in", Some("ECS service web-api, 4 tasks"))
        .remediation("Rebuild the image on a base with openssl 3.0.15 or later and deploy it.\nStop using the tag latest.")
        .tag("Owner", "team-web")
        .console_url(Some("https://eu-central-1.console.aws.amazon.com/ecr/repositories/private/111122223333/web/api?region=eu-central-1".to_owned()));
    Alert {
        key: finding.key(),
        reason: NotifyReason::FirstSeen,
        status: Status::Open,
        severity: Severity::Critical,
        peak: None,
        previous: None,
        news: News::default(),
        parts: vec![
            (Severity::Critical, "CVE-2026-1111 in openssl 3.0.1, fixed in 3.0.15".to_owned()),
            (Severity::High, "CVE-2026-2222 in zlib 1.2.11".to_owned()),
            (Severity::High, "CVE-2026-3333 in curl 7.88.0".to_owned()),
        ],
        more_parts: 9,
        environment: Some("prod".to_owned()),
        account_name: Some("payments-prod".to_owned()),
        lines: vec![ChecklistLine { id: "SEC-02".to_owned(), title: "ECR image scanning".to_owned() }],
        first_seen: at("2026-11-02T09:15:00Z"),
        last_seen: at("2026-11-02T09:15:00Z"),
        history: AlertHistory {
            at: Some(at("2026-11-02T09:16:00Z")),
            open_since: Some(at("2026-11-02T09:15:00Z")),
            also_told: vec!["mail".to_owned(), "pager".to_owned()],
            ..AlertHistory::default()
        },
        update: None,
        as_fallback: false,
        deduplication_id: "d-1".to_owned(),
        finding,
    }
}

pub fn worse() -> Alert {
    Alert {
        reason: NotifyReason::Worse,
        previous: Some((Status::Open, Severity::High)),
        last_seen: at("2026-11-03T07:00:00Z"),
        ..image()
    }
}

/// New vulnerabilities, an exploit and a fix in an image that is critical already.
pub fn news() -> Alert {
    let names = |label: &str, more| Names { names: vec![label.to_owned()], more };
    Alert {
        reason: NotifyReason::News,
        previous: Some((Status::Open, Severity::Critical)),
        news: News {
            new: vec![(Severity::Critical, 2), (Severity::High, 10)],
            worst: Some("CVE-2026-1111 in openssl 3.0.1, fixed in 3.0.15".to_owned()),
            worse: Names::default(),
            exploits: names("CVE-2026-2222 in zlib 1.2.11", 1),
            fixes: names("CVE-2026-3333 in curl 7.88.0", 0),
            amount: None,
        },
        last_seen: at("2026-11-03T07:00:00Z"),
        ..image()
    }
}

pub fn resolved() -> Alert {
    let mut alert = image();
    alert.finding.status = Status::Resolved;
    "CVE-2026-3333 in web/api:1.4.2 is closed".clone_into(&mut alert.finding.title);
    alert.finding.collective_title = Some("Vulnerabilities in web/api:1.4.2".to_owned());
    Alert {
        reason: NotifyReason::Resolved,
        status: Status::Resolved,
        severity: Severity::High,
        peak: Some(Severity::Critical),
        previous: Some((Status::Open, Severity::High)),
        history: AlertHistory {
            at: Some(at("2026-11-03T16:41:00Z")),
            previous_at: Some(at("2026-11-02T09:16:00Z")),
            resolved_at: Some(at("2026-11-03T16:40:00Z")),
            worst: alert.parts.iter().take(2).cloned().collect(),
            more_worst: 10,
            ..alert.history.clone()
        },
        parts: Vec::new(),
        more_parts: 0,
        last_seen: at("2026-11-03T16:40:00Z"),
        ..alert
    }
}

/// A critical that is still open after three days.
pub fn reminder() -> Alert {
    let alert = image();
    Alert {
        reason: NotifyReason::Reminder,
        previous: Some((Status::Open, Severity::Critical)),
        history: AlertHistory {
            at: Some(at("2026-11-05T09:16:00Z")),
            previous_at: Some(at("2026-11-03T09:16:00Z")),
            reported_open: 2,
            reported_resolved: 1,
            ..alert.history.clone()
        },
        ..alert
    }
}

/// A critical that somebody answered.
pub fn answered(kind: AnswerKind) -> Alert {
    let mut alert = image();
    let answer = Answer { kind, owner: "team-web".to_owned(), by: "ana".to_owned(), at: at("2026-11-02T10:02:00Z") };
    alert.history.at = Some(at("2026-11-02T10:02:00Z"));
    alert.history.previous_at = Some(at("2026-11-02T09:16:00Z"));
    alert.history.answer = Some(answer);
    Alert { reason: NotifyReason::Answered, previous: Some((Status::Open, Severity::Critical)), ..alert }
}

/// A sample told on the fallback channel, with no environment and no region.
pub fn fallback() -> Alert {
    let mut alert = image();
    alert.finding.sample = true;
    alert.finding.region = String::new();
    alert.finding.severity_is_default = true;
    alert.finding.native_severity = Some("8.0".to_owned());
    Alert { severity: Severity::High, environment: None, as_fallback: true, parts: Vec::new(), more_parts: 0, ..alert }
}

pub fn roll_up(members: usize) -> RollUp {
    let member = |index: usize| {
        let severity = match index {
            0..2 => Severity::Critical,
            2..30 => Severity::High,
            _ => Severity::Medium,
        };
        let account = if index.is_multiple_of(2) { "111122223333" } else { "444455556666" };
        let title = format!("web/service-{index}:2.{index}.0 has {} high vulnerabilities in its base image", index + 1);
        RollUpMember {
            key: FindingKey::of("ecr-scan", account, "eu-central-1", &title, ""),
            reason: NotifyReason::FirstSeen,
            status: if index + 1 == members { Status::Resolved } else { Status::Open },
            severity,
            title,
            account: account.to_owned(),
            account_name: (account == "444455556666").then(|| "orders-prod".to_owned()),
            region: "eu-central-1".to_owned(),
        }
    };
    RollUp {
        id: "5e1f00d1".to_owned(),
        source: "ecr-scan".to_owned(),
        category: Category::Security,
        severity: Severity::Critical,
        members: (0..members).map(member).collect(),
    }
}

fn change(kind: ChangeKind, severity: Severity, title: &str, since: &str) -> Change {
    Change {
        kind,
        key: FindingKey::of("x", "", "", title, ""),
        severity,
        title: title.to_owned(),
        account: "111122223333".to_owned(),
        account_name: Some("payments-prod".to_owned()),
        since: at(since),
        waived_until: None,
        answer: None,
    }
}

fn score(figures: [(u8, u8); 5]) -> Scorecard {
    let figures: Vec<_> = Category::ALL.into_iter().zip(figures).map(|(c, (now, goal))| (c, now, goal)).collect();
    let mut score = Scorecard::from_figures(&figures);
    // As if 96 of 100 lines were known.
    for (category, (met, gaps, unknown)) in
        score.categories.iter_mut().zip([(33, 5, 1), (23, 3, 0), (13, 4, 1), (7, 1, 1), (7, 0, 1)])
    {
        (category.met, category.gaps, category.unknown) = (met, gaps, unknown);
        category.bounds = Some(Bounds { upper: category.current.saturating_add(5), not_visible: 2 });
    }
    score.bounds = Some(Bounds { upper: score.current.saturating_add(5), not_visible: 2 });
    score.unknown_lines.to_sign = 4;
    score.phases = [(1, 50, 3), (2, 16, 6), (3, 10, 3), (4, 7, 5)]
        .map(|(phase, met, gaps)| PhaseCount { phase, met, gaps, ..PhaseCount::default() })
        .to_vec();
    score
}

fn step(kind: StepKind, what: &str, id: &str, after: u8) -> Step {
    let line = PlanLine {
        id: id.to_owned(),
        title: "Rate limit by address".to_owned(),
        priority: Priority::Critical,
        phase: 1,
        points: 0.9,
    };
    Step {
        kind,
        what: what.to_owned(),
        lines: vec![line],
        risk: Priority::Critical,
        severity: None,
        points: 0.9,
        after,
        page: Some("docs/runbooks/remediation/waf.md".to_owned()),
        uses: vec!["infra/remediation/waf".to_owned()],
    }
}

pub fn digest() -> Digest {
    let image = change(
        ChangeKind::Opened,
        Severity::Critical,
        "web/api:1.4.2 has 1 critical and 2 high vulnerabilities",
        "2026-11-02T09:15:00Z",
    );
    let backup = change(ChangeKind::Opened, Severity::High, "Backup of orders-db failed", "2026-11-07T02:00:00Z");
    let bucket = change(
        ChangeKind::Resolved,
        Severity::Medium,
        "S3 bucket logs-archive has no encryption",
        "2026-10-20T00:00:00Z",
    );
    let waived = Change {
        waived_until: Some(at("2026-12-01T00:00:00Z")),
        ..change(
            ChangeKind::Opened,
            Severity::Medium,
            "EC2 instance bastion has a public address",
            "2026-09-01T00:00:00Z",
        )
    };
    let source = |name: &str, last: Option<&str>, silent_days| SourceHealth {
        source: name.to_owned(),
        last_event: last.map(at),
        silent_days,
    };
    Digest {
        id: "d16e5700".to_owned(),
        environment: Some("prod".to_owned()),
        others: vec![
            EnvironmentScore { name: Some("staging".to_owned()), current: 61, upper: 90, target: 80 },
            EnvironmentScore { name: None, current: 60, upper: 84, target: 92 },
        ],
        scheduled_for: at("2026-11-09T08:00:00Z"),
        previous_at: Some(at("2026-11-02T08:00:00Z")),
        score: score([(85, 95), (90, 95), (75, 90), (80, 90), (85, 90)]),
        previous_score: Some(score([(88, 95), (90, 95), (70, 90), (80, 90), (80, 90)])),
        changes: vec![image.clone(), backup.clone(), bucket],
        change_counts: [2, 0, 1],
        lines: vec![
            LineChange {
                id: "REL-04".to_owned(),
                title: "Backups succeed".to_owned(),
                from: ItemState::Met,
                to: ItemState::Gap,
                cause: "High open: Backup of orders-db failed (backup:backup-job, seen 2026-11-07T02:00:00Z, finding db11842b)"
                    .to_owned(),
                points: 0.8,
            },
            LineChange {
                id: "SEC-07".to_owned(),
                title: "Buckets are encrypted".to_owned(),
                from: ItemState::Gap,
                to: ItemState::Met,
                cause: "14 of 14 buckets (read 2026-11-08T18:00:00Z)".to_owned(),
                points: 0.9,
            },
        ],
        movement: Some(Movement { by_team: 1, by_list: 0 }),
        fix_next: Some(step(StepKind::Fix, "apply infra/remediation/waf", "WAF-04", 86)),
        see_next: Some(step(StepKind::See, "grant the permission to the collector's role", "CICD-04", 88)),
        open: vec![image, backup, waived.clone()],
        open_counts: vec![(Severity::Critical, 1), (Severity::High, 1), (Severity::Medium, 7), (Severity::Low, 0)],
        waived: vec![waived],
        sources: vec![
            source("ecr-scan", Some("2026-11-08T20:00:00Z"), None),
            source("guardduty-finding", Some("2026-10-31T20:00:00Z"), Some(8)),
            source("cost-anomaly", None, None),
        ],
        undelivered: 2,
        quarantined: 1,
    }
}

pub fn quiet_digest() -> Digest {
    let digest = digest();
    Digest {
        previous_score: Some(digest.score.clone()),
        changes: Vec::new(),
        change_counts: [0; 3],
        movement: Some(Movement::default()),
        lines: Vec::new(),
        open: Vec::new(),
        open_counts: vec![(Severity::Critical, 0)],
        waived: Vec::new(),
        sources: digest.sources.iter().take(1).cloned().collect(),
        undelivered: 0,
        quarantined: 0,
        ..digest
    }
}

pub fn all() -> Vec<Message> {
    let reasons = [
        NotifyReason::Reopened,
        NotifyReason::OpenedAndResolved,
        NotifyReason::Flapping,
        NotifyReason::WaiverExpired,
        NotifyReason::Uncertain,
        NotifyReason::Answered,
    ];
    let mut alerts =
        vec![image(), worse(), news(), resolved(), fallback(), reminder(), answered(AnswerKind::Acknowledged)];
    alerts.extend(reasons.into_iter().map(|reason| Alert { reason, ..image() }));
    let first = Digest { previous_at: None, previous_score: None, ..digest() };
    let mut messages: Vec<Message> = alerts.into_iter().map(Message::Alert).collect();
    messages.extend([1, 5, 100].map(|n| Message::RollUp(roll_up(n))));
    messages.extend([digest(), quiet_digest(), first].map(Message::Digest));
    messages
}

/// Messages whose fields may be filled with very long text without the test itself taking minutes.
pub fn few() -> Vec<Message> {
    vec![Message::Alert(image()), Message::RollUp(roll_up(5)), Message::Digest(digest())]
}

/// The same message with the text in every field that an event can fill.
pub fn poisoned(message: &Message, text: &str) -> Message {
    let text = || text.to_owned();
    let mut message = message.clone();
    let poison = |change: &mut Change| {
        (change.title, change.account, change.account_name) = (text(), text(), Some(text()));
    };
    match &mut message {
        Message::Alert(alert) => {
            let finding = &mut alert.finding;
            (finding.title, finding.account, finding.region) = (text(), text(), text());
            (finding.resource.id, finding.resource.name, finding.resource.kind) = (text(), text(), text());
            finding.native_severity = Some(text());
            finding.facts = (0..20).map(|_| Fact { name: text(), value: text() }).collect();
            finding.remediation = Some(text());
            finding.console_url = Some(text());
            finding.tags.insert(text(), text());
            finding.event_id = text();
            finding.detail_type = text();
            alert.environment = Some(text());
            alert.account_name = Some(text());
            finding.collective_title = Some(text());
            finding.runbook = Some(text());
            finding.tags.insert("owner".to_owned(), text());
            alert.history.also_told = (0..20).map(|_| text()).collect();
            let at = alert.first_seen;
            alert.history.answer = Some(Answer { kind: AnswerKind::Planned, owner: text(), by: text(), at });
            alert.history.worst = (0..3).map(|_| (Severity::High, text())).collect();
            alert.news.worst = Some(text());
            alert.news.new = vec![(Severity::High, 1)];
            alert.news.exploits = Names { names: vec![text()], more: 0 };
            alert.news.amount = Some((text(), text()));
            alert.parts = (0..20).map(|_| (Severity::High, text())).collect();
            alert.lines = (0..20).map(|_| ChecklistLine { id: text(), title: text() }).collect();
        }
        Message::RollUp(roll_up) => {
            (roll_up.source, roll_up.id) = (text(), text());
            for member in &mut roll_up.members {
                (member.title, member.account, member.region) = (text(), text(), text());
                member.account_name = Some(text());
            }
        }
        Message::Digest(digest) => {
            digest.id = text();
            digest.environment = Some(text());
            digest.others.iter_mut().for_each(|score| score.name = Some(text()));
            digest.changes.iter_mut().for_each(poison);
            digest.open.iter_mut().for_each(poison);
            digest.waived = vec![
                digest.open.first().cloned().unwrap_or_else(|| change(
                    ChangeKind::Opened,
                    Severity::Low,
                    &text(),
                    "2026-09-01T00:00:00Z"
                ));
                30
            ];
            digest.waived.iter_mut().for_each(poison);
            for line in &mut digest.lines {
                (line.id, line.title, line.cause) = (text(), text(), text());
            }
            for step in digest.fix_next.iter_mut().chain(&mut digest.see_next) {
                (step.what, step.page) = (text(), Some(text()));
                step.lines.iter_mut().for_each(|line| (line.id, line.title) = (text(), text()));
            }
            let off = SwitchedOff { id: text(), owner: text(), reason: text() };
            digest.score.claimed = Some(Claimed { current: 90, switched_off: vec![off; 3], by_profile: Vec::new() });
            for source in &mut digest.sources {
                source.source = text();
            }
        }
    }
    message
}
