//! What the demo leaves in its folder: every message as data, and two pages that show what people saw.

use std::path::Path;

use anyhow::Context as _;
use plimsoll_local::{
    ReceivedKind,
    preview::{Chapter, Mail, SlackPost, Theme, chapters_page, slack_page},
};
use plimsoll_message::Digest;
use plimsoll_pipeline::Record;
use plimsoll_render::Style;

use super::Delivered;

pub(super) fn write_folder(
    out: &Path,
    delivered: &[Delivered],
    digest: &Digest,
    records: &[Record],
) -> anyhow::Result<()> {
    let write = |name: &str, text: String| {
        let path = out.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    };
    let slack: Vec<&Delivered> = delivered.iter().filter(|t| t.received.kind != ReceivedKind::Sns).collect();
    let sns: Vec<&Delivered> = delivered.iter().filter(|t| t.received.kind == ReceivedKind::Sns).collect();
    write("slack.json", serde_json::to_string_pretty(&slack)?)?;
    write("sns.json", serde_json::to_string_pretty(&sns)?)?;
    let posts = posts(&slack);
    let chapters = chapters(&posts, &sns, records);
    let lead = "Thirty days of shipped events, played through the real handlers, store and notifiers. A selection of what people \
                were told; all.html has every message.";
    write("index.html", chapters_page("Plimsoll demo", lead, &chapters, Theme::System))?;
    write("all.html", slack_page("Plimsoll demo: every message", &posts, Theme::System))?;
    write("digest.txt", plimsoll_render::digest(digest, 80, Style::Plain))
}

/// What stands in the channel at the end: updates have replaced what they update.
fn posts(slack: &[&Delivered]) -> Vec<SlackPost> {
    let mut posts: Vec<SlackPost> = Vec::new();
    for delivered in slack {
        let received = &delivered.received;
        if received.kind == ReceivedKind::SlackUpdate {
            if let Some(post) = posts.iter_mut().find(|p| p.ts == received.id) {
                post.body = received.body.clone();
                post.updated = true;
            }
            continue;
        }
        posts.push(SlackPost {
            channel: "plimsoll".to_owned(),
            ts: received.id.clone(),
            thread_ts: received.body.get("thread_ts").and_then(|t| t.as_str()).map(ToOwned::to_owned),
            at: delivered.at,
            body: received.body.clone(),
            updated: false,
        });
    }
    posts
}

/// What the page shows: one message of each kind, the score first.
fn chapters(posts: &[SlackPost], sns: &[&Delivered], records: &[Record]) -> Vec<Chapter> {
    let text = |post: &SlackPost| post.body.get("text").and_then(|t| t.as_str()).unwrap_or_default().to_owned();
    let is_root = |post: &&SlackPost| post.thread_ts.is_none();
    let body = |post: &SlackPost| post.body.to_string();
    let of = |root: &SlackPost, replies: usize| -> Vec<SlackPost> {
        let below: Vec<&SlackPost> = posts.iter().filter(|p| p.thread_ts.as_ref() == Some(&root.ts)).collect();
        let skipped = below.len().saturating_sub(replies);
        std::iter::once(root).chain(below.into_iter().skip(skipped)).cloned().collect()
    };
    let roots = || posts.iter().rev().filter(is_root);
    let mut chapters = Vec::new();
    let mut add = |title: &str, intro: &str, root: Option<&SlackPost>, replies: usize| {
        if let Some(root) = root {
            chapters.push(Chapter {
                title: title.to_owned(),
                intro: intro.to_owned(),
                posts: of(root, replies),
                mails: Vec::new(),
            });
        }
    };
    let answered: Vec<&str> = records.iter().filter(|r| r.current_answer().is_some()).map(|r| r.key.short()).collect();
    let is_answered = |post: &SlackPost| answered.iter().any(|key| body(post).contains(key));
    let is_open = |post: &SlackPost| text(post).contains("State: open");
    let is_critical = |post: &SlackPost| text(post).starts_with("◆ Critical");
    add(
        "The score",
        "The last digest: how ready, what changed, which risks are accepted, and which sources are silent.",
        roots().find(|p| text(p).starts_with("Production readiness")),
        0,
    );
    // The one of which most is known shows most.
    let criticals = roots().filter(|p| is_critical(p) && is_open(p) && !is_answered(p));
    add(
        "A critical that is open",
        "It calls the people on duty. Facts by rank, what to do, and where to look.",
        criticals.filter(|p| body(p).contains("<!subteam^")).max_by_key(|p| body(p).matches("mrkdwn").count()),
        1,
    );
    add(
        "Somebody takes care",
        "The command plimsoll ack ends the reminders, and the thread says who takes care.",
        roots().find(|p| is_answered(p)),
        2,
    );
    add(
        "It is over",
        "The same message, brought up to date: what was worst, and how long it took. Its history is in the thread.",
        roots()
            .find(|p| text(p).starts_with("✓ Resolved") && posts.iter().any(|r| r.thread_ts.as_ref() == Some(&p.ts))),
        3,
    );
    add(
        "Many at once",
        "After ten findings of one source in five minutes, the others are told together, each by name.",
        roots().find(|p| body(p).contains("Told together")),
        0,
    );
    add(
        "What a bill did",
        "A cost anomaly can be answered by plimsoll ack: planned, a false alarm, or real.",
        roots().find(|p| text(p).contains("more than expected") && is_open(p)),
        0,
    );
    let mails: Vec<Mail> =
        sns.iter().rev().filter_map(|d| mail(d)).filter(|m| m.subject.starts_with("Critical")).take(1).collect();
    if !mails.is_empty() {
        let intro = "What people who subscribe to the SNS topic get.";
        chapters.push(Chapter { title: "By e-mail".to_owned(), intro: intro.to_owned(), posts: Vec::new(), mails });
    }
    let data: Vec<Mail> = sns.iter().rev().find_map(|d| for_programs(d)).into_iter().collect();
    if !data.is_empty() {
        let intro = "What a queue or a function that subscribes gets: attributes to filter by, and a document. sns.json has all.";
        chapters.push(Chapter {
            title: "To programs".to_owned(),
            intro: intro.to_owned(),
            posts: Vec::new(),
            mails: data,
        });
    }
    chapters
}

fn mail(delivered: &Delivered) -> Option<Mail> {
    let text = |key: &str| delivered.received.body.get(key).and_then(|t| t.as_str());
    let subject = text("Subject").filter(|subject| !subject.is_empty())?.to_owned();
    let forms: serde_json::Value = serde_json::from_str(text("Message")?).ok()?;
    Some(Mail { label: "Subject", subject, body: forms.get("email")?.as_str()?.to_owned() })
}

/// The same for programs: the attributes of the message, and the first fields of its document.
fn for_programs(delivered: &Delivered) -> Option<Mail> {
    const SHOWN: [&str; 12] = [
        "schema_version",
        "kind",
        "reference",
        "reason",
        "state",
        "severity",
        "environment",
        "account",
        "region",
        "source",
        "title",
        "checklist",
    ];
    let fields = &delivered.received.body;
    let text = |key: String| fields.get(key).and_then(|value| value.as_str());
    let attribute = |number: usize| {
        let name = text(format!("MessageAttributes.entry.{number}.Name"))?;
        Some(format!("{name}={}", text(format!("MessageAttributes.entry.{number}.Value.StringValue"))?))
    };
    let document: serde_json::Value = serde_json::from_str(text("Message".to_owned())?).ok()?;
    if document.get("kind")?.as_str() != Some("alert") || document.get("severity")?.as_str() != Some("critical") {
        return None;
    }
    let shown: Vec<String> =
        SHOWN.iter().filter_map(|name| Some(format!("  \"{name}\": {}", document.get(name)?))).collect();
    let attributes: Vec<String> = (1..=10).filter_map(attribute).collect();
    Some(Mail {
        label: "Attributes",
        subject: attributes.join(", "),
        body: format!("{{\n{},\n  …\n}}", shown.join(",\n")),
    })
}
