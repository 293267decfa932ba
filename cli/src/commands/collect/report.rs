//! What `plimsoll collect` prints: what was read, and what it may not see.

use std::collections::BTreeMap;

use plimsoll_evidence::{
    Collection, Read, ReadErrorKind,
    reads::{KINDS, lines_of},
};
use plimsoll_finding::clean_line;
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

pub(crate) fn print(common: &Common, collections: &[Collection]) -> anyhow::Result<Exit> {
    let hidden = not_visible(collections);
    if common.json {
        let read: Vec<_> = collections.iter().map(summary).collect();
        output::json_pretty(
            &json!({"schema_version": 1, "preview": true, "collections": read, "not_visible": hidden}),
        )?;
        return Ok(Exit::Ok);
    }
    for collection in collections {
        let complete = collection.reads.values().filter(|read| read.complete).count();
        let resources: usize = collection.reads.values().map(|read| read.resources.len()).sum();
        output::line(format!(
            "{} {}: {resources} resources, {complete} of {} reads complete, at {}",
            collection.account,
            collection.region,
            collection.reads.len(),
            collection.started_at
        ));
    }
    if !hidden.is_empty() {
        output::line("\nNot visible");
        for (reason, group) in grouped(&hidden) {
            output::line(format!("  {reason}"));
            for line in group {
                output::line(format!("    {line}"));
            }
        }
    }
    output::talk(PREVIEW);
    Ok(Exit::Ok)
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
    let word = match error.kind {
        ReadErrorKind::Denied => "denied",
        ReadErrorKind::Throttled => "throttled",
        ReadErrorKind::Unsupported => "not supported here",
        ReadErrorKind::OutOfTime => "no time was left",
        ReadErrorKind::Failed => "failed",
    };
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
    use plimsoll_evidence::ReadError;

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
        assert!(subnet.lines.contains(&"SEC-07") && subnet.reason.starts_with("denied: "), "{subnet:?}");
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
