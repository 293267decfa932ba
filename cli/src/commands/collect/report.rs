//! What `plimsoll collect` prints: the score, the gaps with what closes them, and what it may not see.

use std::{cmp::Reverse, collections::BTreeMap};

use jiff::Timestamp;
use plimsoll_checklist::{Assessment, ItemState, LineEvidence, Reason, Scorecard, Verdict};
use plimsoll_evidence::{
    Collection, Read,
    reads::{KINDS, lines_of},
};
use plimsoll_finding::clean_line;
use plimsoll_render::{Style, hanging, scorecard};
use serde::Serialize;
use serde_json::json;

use crate::{
    arguments::Common,
    output::{self, Exit},
};

/// Said wherever the answers are shown.
pub(crate) const PREVIEW: &str =
    "preview: these reads were never compared with a real account of AWS; please report what is wrong";

/// One kind that was not read completely.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct NotVisible {
    account: String,
    region: String,
    kind: &'static str,
    /// Why, in a sentence.
    reason: String,
    /// What to do.
    remedy: &'static str,
    /// The lines that cannot be met without it.
    lines: Vec<&'static str>,
}

/// What was read, and what it says of each line.
pub(crate) struct Judged<'a> {
    /// The answers.
    pub(crate) collections: &'a [Collection],
    /// What they say of the lines that a read serves.
    pub(crate) reads: &'a [LineEvidence],
    /// The state of every line by the reads alone: no event, no signature.
    pub(crate) lines: &'a [Assessment<'a>],
    /// The score of that.
    pub(crate) score: &'a Scorecard,
    /// As of when.
    pub(crate) now: Timestamp,
}

impl Judged<'_> {
    fn read(&self, line: &Assessment<'_>) -> Option<&LineEvidence> {
        self.reads.iter().find(|read| read.line == line.item.id)
    }
}

pub(crate) fn print(common: &Common, judged: &Judged<'_>) -> anyhow::Result<Exit> {
    let hidden = not_visible(judged.collections);
    if common.json {
        let read: Vec<_> = judged.collections.iter().map(summary).collect();
        let lines: Vec<_> = judged.lines.iter().map(|line| line_json(line, judged)).collect();
        output::json_pretty(&json!({
            "schema_version": 1, "preview": true, "at": judged.now, "score": judged.score, "lines": lines,
            "collections": read, "not_visible": hidden,
        }))?;
    } else {
        print_text(judged, &hidden);
    }
    let below = judged.score.categories.iter().any(|category| category.gap > 0);
    Ok(if below { Exit::Below } else { Exit::Ok })
}

fn print_text(judged: &Judged<'_>, hidden: &[NotVisible]) {
    for collection in judged.collections {
        let complete = collection.reads.values().filter(|read| read.complete).count();
        let resources: usize = collection.reads.values().map(|read| read.resources.len()).sum();
        let reads = collection.reads.len();
        let read =
            format!("{resources} resources, {complete} of {reads} reads complete, at {:.0}", collection.started_at);
        output::line(
            hanging(&format!("{} {}: ", collection.account, collection.region), &read, output::width()).trim_end(),
        );
    }
    output::line(format!("\n{}", scorecard(judged.score, None, output::text_width(), Style::Colour).trim_end()));
    let gaps = in_order_to_close(judged);
    if !gaps.is_empty() {
        output::line("\nGaps, in the order to close them");
        for (line, read) in gaps {
            entry(&line.item.id, &format!("{} ({})", line.item.title, line.item.priority.label()));
            for text in details(read, judged.now) {
                entry("", &text);
            }
            if let Some(remedy) = &line.item.remedy {
                entry("", &format!("close it: {}", remedy.page()));
            }
        }
    }
    for (state, heading) in [
        (ItemState::NotApplicable, "Not applicable"),
        (ItemState::Stale, "Too old"),
        (ItemState::Unknown, "Unknown, though read"),
    ] {
        let lines: Vec<_> = judged
            .lines
            .iter()
            .filter(|line| line.state == state)
            .filter_map(|line| Some((line, judged.read(line)?)))
            .collect();
        if !lines.is_empty() {
            output::line(format!("\n{heading}"));
        }
        for (line, read) in lines {
            entry(&line.item.id, &sentence(line, read, judged.now));
        }
    }
    if !hidden.is_empty() {
        output::line("\nNot visible");
        for (reason, group) in grouped(hidden) {
            output::line(hanging("  ", reason, output::width()).trim_end());
            for line in group {
                output::line(hanging("    ", &line, output::width()).trim_end());
            }
        }
    }
    output::talk(PREVIEW);
}

/// One entry of a list: the id, and the text beside it.
fn entry(id: &str, text: &str) {
    output::line(hanging(&format!("  {id:<9}"), text, output::width()).trim_end());
}

/// The gaps that a read shows, what matters most first; an alias closes with the lines that it names.
fn in_order_to_close<'a>(judged: &'a Judged<'a>) -> Vec<(&'a Assessment<'a>, &'a LineEvidence)> {
    let gaps = judged.lines.iter().filter(|line| line.state == ItemState::Gap);
    let mut gaps: Vec<_> = gaps.filter_map(|line| Some((line, judged.read(line)?))).collect();
    gaps.sort_by_key(|(line, _)| (Reverse(line.item.priority), line.item.phase, Reverse(line.item.weight)));
    gaps
}

/// How many witnesses of a gap are printed.
const SHOWN: usize = 3;

fn details(read: &LineEvidence, now: Timestamp) -> Vec<String> {
    let failing = read.units.iter().filter(|unit| unit.counts(now) && unit.verdict == Verdict::Fails);
    let witnesses: Vec<String> =
        failing.flat_map(|unit| unit.witnesses.iter().map(|witness| clean(&witness.to_string()))).collect();
    let more = witnesses.len().saturating_sub(SHOWN);
    let mut texts = vec![clean(&read.summary(now))];
    texts.extend(witnesses.into_iter().take(SHOWN));
    if more > 0 {
        texts.push(format!("and {more} more; --json shows each"));
    }
    texts
}

/// What was read of a line that is neither met nor a gap, and why that is not enough.
fn sentence(line: &Assessment<'_>, read: &LineEvidence, now: Timestamp) -> String {
    if let Some(absent) = read.absent.as_ref().filter(|_| line.state == ItemState::NotApplicable) {
        return clean(absent.because());
    }
    let mut text = read.summary(now);
    if let Some(blind) = read.unseen().first() {
        text = format!("{text}; cannot tell: {blind}");
    } else if let Some(also) = &read.also {
        text = format!("{text}; also needs {also}");
    } else if let Some(reason) = line.reasons.iter().find(|reason| !matches!(reason, Reason::Read { .. })) {
        text = format!("{text}; {reason}");
    }
    clean(&text)
}

/// One line of text, since names of resources are whatever somebody wrote.
fn clean(text: &str) -> String {
    clean_line(text).chars().take(300).collect()
}

fn line_json(line: &Assessment<'_>, judged: &Judged<'_>) -> serde_json::Value {
    let (item, read) = (line.item, judged.read(line));
    json!({
        "id": item.id, "title": item.title, "category": item.category, "priority": item.priority, "weight": item.weight,
        "state": line.state, "because": line.reasons.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "summary": read.map(|read| sentence(line, read, judged.now)), "evidence": read, "remedy": item.remedy,
    })
}

/// By what to do, so that one missing permission is one paragraph.
fn grouped(hidden: &[NotVisible]) -> BTreeMap<&'static str, Vec<String>> {
    let mut groups: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for one in hidden {
        let lines =
            if one.lines.is_empty() { String::new() } else { format!("; leaves {} unknown", one.lines.join(", ")) };
        let text = format!("{} {} in {}: {}{lines}", one.account, one.kind, one.region, one.reason);
        groups.entry(one.remedy).or_default().push(text);
    }
    groups
}

fn summary(collection: &Collection) -> serde_json::Value {
    let kinds: BTreeMap<&str, _> = collection
        .reads
        .iter()
        .map(|(kind, read)| {
            (
                kind.as_str(),
                json!({"complete": read.complete, "resources": read.resources.len(), "errors": read.errors}),
            )
        })
        .collect();
    json!({
        "account": collection.account, "region": collection.region, "started_at": collection.started_at,
        "finished_at": collection.finished_at, "reads": kinds,
    })
}

/// Every kind that some collection lacks or has in part. What is global to an account needs to be in one of its regions.
fn not_visible(collections: &[Collection]) -> Vec<NotVisible> {
    use plimsoll_evidence::reads::Extent;
    let mut hidden = Vec::new();
    for collection in collections {
        for kind in &KINDS {
            let elsewhere = kind.extent == Extent::Account
                && collections.iter().any(|c| {
                    c.account == collection.account && c.region != collection.region && c.reads.contains_key(kind.name)
                });
            let (reason, remedy) = match collection.reads.get(kind.name) {
                Some(read) if read.complete => continue,
                Some(read) => why(read),
                None if elsewhere => continue,
                None if kind.name.starts_with("ce:") => (
                    "not read, since each request costs 0.01 USD".to_owned(),
                    "allow paid requests with --paid-calls 10",
                ),
                None => ("not read".to_owned(), "give the run more time, or take a newer version"),
            };
            hidden.push(NotVisible {
                account: collection.account.clone(),
                region: collection.region.clone(),
                kind: kind.name,
                reason,
                remedy,
                lines: lines_of(kind.name),
            });
        }
    }
    hidden
}

fn why(read: &Read) -> (String, &'static str) {
    let Some(error) = read.errors.first() else {
        return ("what it refers to was not read completely".to_owned(), "see the other reads");
    };
    let word = error.kind.label();
    let more = match read.errors.len() {
        0 | 1 => String::new(),
        many => format!(" ({} more)", many - 1),
    };
    // The words of AWS may hold what somebody put there.
    let said: String = clean_line(&error.message).chars().take(120).collect();
    (format!("{word}: {said}{more}"), error.kind.advice())
}

#[cfg(test)]
mod tests {
    use plimsoll_collector::Progress;
    use plimsoll_evidence::{ReadError, ReadErrorKind};

    use super::*;

    fn collection(region: &str, reads: Vec<(&str, Read)>) -> Collection {
        let mut new = Progress::new("111122223333", region, "2026-11-02T09:00:00Z".parse().unwrap()).collection;
        new.reads = reads.into_iter().map(|(kind, read)| (kind.to_owned(), read)).collect();
        new
    }

    fn complete() -> Read {
        Read { complete: true, ..Read::default() }
    }

    #[test]
    fn what_is_denied_names_its_lines_and_what_is_global_is_wanted_once() {
        let denied = ReadError {
            resource: None,
            kind: ReadErrorKind::Denied,
            action: "cloudformation:ListResources AWS::EC2::Subnet".to_owned(),
            message: "AccessDeniedException: no\nforged line".to_owned(),
        };
        let all = || KINDS.iter().map(|kind| (kind.name, complete())).collect::<Vec<_>>();
        assert!(not_visible(&[collection("eu-central-1", all())]).is_empty());
        let mut reads = all();
        reads.retain(|(kind, _)| *kind != "AWS::EC2::Subnet");
        reads.push(("AWS::EC2::Subnet", Read { complete: false, errors: vec![denied], ..Read::default() }));
        let regional: Vec<_> = all()
            .into_iter()
            .filter(|(name, _)| {
                plimsoll_evidence::reads::kind(name).unwrap().extent != plimsoll_evidence::reads::Extent::Account
            })
            .collect();
        let hidden = not_visible(&[collection("eu-central-1", reads), collection("us-east-1", regional)]);
        let [subnet] = hidden.as_slice() else { panic!("{hidden:?}") };
        assert!(subnet.lines.contains(&"SEC-07") && subnet.reason.starts_with("access denied: "), "{subnet:?}");
        assert!(!subnet.reason.contains('\n'));
        assert_eq!(subnet.remedy, "grant the permission to the collector's role");
    }

    #[test]
    fn paid_reads_say_how_they_are_allowed() {
        let hidden = not_visible(&[collection("eu-central-1", Vec::new())]);
        assert_eq!(hidden.len(), KINDS.len());
        assert!(hidden.iter().any(|one| one.kind == "ce:GetAnomalies" && one.remedy.contains("--paid-calls")));
    }
}
