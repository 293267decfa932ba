//! What resolved findings prove, kept apart from them: so that a score need not read every finding that was ever resolved.
//!
//! A line is proved by the newest statement of a check that is over. For each check and account the newest statements of
//! eight findings are one document. What is kept may speak of a finding that has opened again since: whoever takes it
//! leaves out the findings that are open ([`crate::state::survey`] does). With all of them open again a proof is missing
//! until the next statement: no evidence is never a pass, and a missing proof never makes a pass.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use plimsoll_checklist::{Checklist, Signal};
use plimsoll_finding::Status;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    policy::Policy,
    ports::{Document, DocumentKind, Saved, Store, StoreError},
    record::Record,
    signals::signals,
};

/// Findings whose newest statement is kept for a check and account; as many again that are resolved for want of their
/// resource.
const KEPT: usize = 8;
/// A statement that is not newer than the kept ones by this is not written, once [`KEPT`] are there: proofs hold for days.
const STEP: SignedDuration = SignedDuration::from_hours(1);
/// A source was heard: written at most this often.
const HEARD_STEP: SignedDuration = SignedDuration::from_mins(10);
/// How often a lost race is tried again. Each loss means that a newer proof of the same check was written.
const MAX_RACES: usize = 16;

/// One document.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    proofs: Vec<Signal>,
}

/// Keeps what a record proves, and that its source was heard. Run again it changes nothing, so that an event that is
/// delivered again after a crash makes up for what was not written.
///
/// # Errors
/// The store could not answer. Trying again is safe.
pub async fn note(store: &dyn Store, record: &Record, checklist: &Checklist) -> Result<(), StoreError> {
    note_heard(store, record).await?;
    if record.status() == Status::Open || record.finding.sample {
        return Ok(());
    }
    let mut by_check: BTreeMap<String, Vec<Signal>> = BTreeMap::new();
    for signal in signals([record]).into_iter().filter(|signal| signal.status == Status::Resolved) {
        by_check.entry(signal.check.clone()).or_default().push(signal);
    }
    by_check.retain(|check, _| can_prove(checklist, check));
    for (check, statements) in by_check {
        note_check(store, &format!("{check}@{}", record.finding.account), statements).await?;
    }
    Ok(())
}

/// Whether a statement with this check can prove a line.
fn can_prove(checklist: &Checklist, check: &str) -> bool {
    let mut rules = checklist.every_line().flat_map(|item| &item.evidence);
    rules.any(|rule| rule.met.is_some() && rule.concerns(check))
}

async fn note_check(store: &dyn Store, id: &str, statements: Vec<Signal>) -> Result<(), StoreError> {
    for _ in 0..MAX_RACES {
        let document = store.document(DocumentKind::Proof, id).await?;
        let revision = document.as_ref().map_or(0, |document| document.revision);
        let known: Kept = document.and_then(|it| serde_json::from_value(it.body).ok()).unwrap_or_default();
        let Some(proofs) = with(known.proofs, &statements) else { return Ok(()) };
        let document = Document { id: id.to_owned(), revision, body: json!(Kept { proofs }) };
        if let Saved::Written(_) = store.put_document(DocumentKind::Proof, &document).await? {
            return Ok(());
        }
    }
    Ok(())
}

/// The kept statements with these of one finding among them; `None` if nothing is to be written. Pure.
fn with(known: Vec<Signal>, statements: &[Signal]) -> Option<Vec<Signal>> {
    let key = &statements.first()?.key;
    let newest = |not_applicable: bool| {
        statements.iter().filter(|it| it.not_applicable == not_applicable).max_by_key(|it| it.observed_at)
    };
    let (mine, mut others): (Vec<Signal>, Vec<Signal>) = known.into_iter().partition(|it| it.key == *key);
    let latest = statements.iter().map(|it| it.observed_at).max();
    if mine.iter().map(|it| it.observed_at).max() >= latest {
        return None;
    }
    let crowded = |statement: &Signal| {
        let near = statement.observed_at.checked_sub(STEP).unwrap_or(statement.observed_at);
        let same = |it: &&Signal| it.not_applicable == statement.not_applicable && it.observed_at >= near;
        others.iter().filter(same).count() >= KEPT
    };
    let added: Vec<Signal> = [newest(false), newest(true)].into_iter().flatten().cloned().collect();
    if mine.is_empty() && added.iter().all(crowded) {
        return None;
    }
    others.extend(added);
    others.sort_by(|a, b| b.observed_at.cmp(&a.observed_at).then_with(|| a.key.cmp(&b.key)));
    let (proving, absent): (Vec<Signal>, Vec<Signal>) = others.into_iter().partition(|it| !it.not_applicable);
    Some(proving.into_iter().take(KEPT).chain(absent.into_iter().take(KEPT)).collect())
}

async fn note_heard(store: &dyn Store, record: &Record) -> Result<(), StoreError> {
    let Some(heard) = heard(record) else { return Ok(()) };
    let source = &record.finding.source;
    let document = store.document(DocumentKind::Heard, source).await?;
    let revision = document.as_ref().map_or(0, |document| document.revision);
    let known: Option<Timestamp> = document.and_then(|it| serde_json::from_value(it.body).ok());
    if known.is_some_and(|known| heard.duration_since(known) < HEARD_STEP) {
        return Ok(());
    }
    // A conflict means that another process heard of it just now.
    let document = Document { id: source.clone(), revision, body: json!(heard) };
    store.put_document(DocumentKind::Heard, &document).await?;
    Ok(())
}

/// When AWS last spoke of this finding; `None` for a finding about ourselves.
pub(crate) fn heard(record: &Record) -> Option<Timestamp> {
    (!record.finding.check.starts_with("plimsoll:")).then_some(record.last_seen)
}

/// The statements that are kept, without those of `open` findings.
///
/// # Errors
/// The store could not answer, or a document has another shape.
pub(crate) async fn kept_proofs(store: &dyn Store, open: &BTreeSet<String>) -> Result<Vec<Signal>, StoreError> {
    let mut proofs = Vec::new();
    for document in store.documents(DocumentKind::Proof).await? {
        let kept: Kept = serde_json::from_value(document.body)
            .map_err(|error| StoreError::new("read", format!("proof {}", document.id), error))?;
        proofs.extend(kept.proofs.into_iter().filter(|signal| !open.contains(signal.key.as_str())));
    }
    Ok(proofs)
}

/// When each source was heard last, within ten minutes.
///
/// # Errors
/// The store could not answer.
pub(crate) async fn last_heard(store: &dyn Store) -> Result<BTreeMap<String, Timestamp>, StoreError> {
    let documents = store.documents(DocumentKind::Heard).await?;
    Ok(documents.into_iter().filter_map(|it| Some((it.id, serde_json::from_value(it.body).ok()?))).collect())
}

/// Keeps what the records of an older build prove; for [`crate::state::migrate`].
pub(crate) async fn note_all(store: &dyn Store, records: &[Record], policy: &Policy) -> Result<(), StoreError> {
    for record in records {
        note(store, record, &policy.checklist).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_finding::{FindingKey, Severity};

    fn signal(resource: &str, minute: i64, not_applicable: bool) -> Signal {
        let start: Timestamp = "2026-11-02T09:00:00Z".parse().unwrap();
        Signal {
            check: "backup:backup-job".to_owned(),
            status: Status::Resolved,
            severity: Severity::Informational,
            observed_at: start + SignedDuration::from_mins(minute),
            account: "111122223333".to_owned(),
            region: String::new(),
            resource: String::new(),
            tags: BTreeMap::new(),
            not_applicable,
            sample: false,
            key: FindingKey::of("s", "", "", resource, ""),
            title: resource.to_owned(),
        }
    }

    fn titles(kept: &[Signal]) -> Vec<(&str, bool)> {
        kept.iter().map(|it| (it.title.as_str(), it.not_applicable)).collect()
    }

    #[test]
    fn the_newest_of_each_finding_is_kept_once() {
        let first = with(Vec::new(), &[signal("a", 0, false)]).unwrap();
        assert_eq!(with(first.clone(), &[signal("a", 0, false)]), None, "again");
        assert_eq!(with(first.clone(), &[signal("a", -1, false)]), None, "older");
        let second = with(first, &[signal("b", 1, false)]).unwrap();
        let third = with(second, &[signal("a", 2, false)]).unwrap();
        assert_eq!(titles(&third), [("a", false), ("b", false)]);
    }

    #[test]
    fn what_is_gone_no_longer_proves() {
        let first = with(Vec::new(), &[signal("a", 0, false)]).unwrap();
        let gone = with(first, &[signal("a", 5, true)]).unwrap();
        assert_eq!(titles(&gone), [("a", true)]);
    }

    #[test]
    fn a_crowd_is_cut_and_not_written_within_an_hour() {
        let mut kept = Vec::new();
        let names: Vec<String> = (0..KEPT).map(|number| format!("r-{number}")).collect();
        for (minute, name) in (0..).zip(&names) {
            kept = with(kept, &[signal(name, minute, false)]).unwrap();
        }
        assert_eq!(with(kept.clone(), &[signal("late", 30, false)]), None);
        let next = with(kept.clone(), &[signal("later", 90, false)]).unwrap();
        assert_eq!((next.len(), next[0].title.as_str()), (KEPT, "later"));
        assert_eq!(next.iter().find(|it| it.title == "r-0"), None, "the oldest gave way");
        // What is in there already is kept up to date, whatever the hour.
        assert!(with(kept, &[signal("r-3", 30, false)]).is_some());
    }
}
