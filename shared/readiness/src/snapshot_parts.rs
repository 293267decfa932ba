//! What was open at a digest, in as many documents as it takes.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>: an item holds at most 400 KB.

use std::collections::BTreeMap;

use plimsoll_finding::{FindingKey, Severity};
use plimsoll_pipeline::{Document, DocumentKind, Store, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::digest::Snapshot;

/// Open findings in one document. Two keys of 64 digits, the longest severity and the longest number take 180 bytes of
/// JSON: 264 KB.
const IN_ONE_DOCUMENT: usize = 1_500;

/// What one document holds.
#[derive(Debug, Serialize, Deserialize)]
struct Part {
    open: BTreeMap<String, Severity>,
    news: BTreeMap<String, u64>,
}

/// Moves what is open out of a snapshot that is too large for one document; the ids of the documents in order, none if
/// the snapshot keeps it. The ids follow from the content, so two writers of one digest never mix their parts, and a
/// repeated write changes nothing.
pub(crate) async fn write(store: &dyn Store, snapshot: &mut Snapshot) -> Result<Vec<String>, StoreError> {
    if snapshot.open.len() <= IN_ONE_DOCUMENT {
        return Ok(Vec::new());
    }
    let open: Vec<(String, Severity)> = std::mem::take(&mut snapshot.open).into_iter().collect();
    let mut news = std::mem::take(&mut snapshot.news);
    let hash = FindingKey::of("snapshot", "", "", &json!([open, news]).to_string(), "");
    let mut ids = Vec::new();
    for (number, chunk) in open.chunks(IN_ONE_DOCUMENT).enumerate() {
        let id = format!("{hash}/{number}");
        let news = chunk.iter().filter_map(|(key, _)| news.remove_entry(key)).collect();
        let part = Part { open: chunk.iter().cloned().collect(), news };
        let document = Document { id: id.clone(), revision: 0, body: json!(part) };
        // A conflict means that this very part was written before.
        store.put_document(DocumentKind::Snapshot, &document).await?;
        ids.push(id);
    }
    Ok(ids)
}

/// The snapshot with what was open then, wherever it is kept.
pub(crate) async fn read(store: &dyn Store, mut snapshot: Snapshot, ids: &[String]) -> Result<Snapshot, StoreError> {
    for id in ids {
        let failed = |reason: String| StoreError::new("read", format!("snapshot {id}"), reason);
        let document = store.document(DocumentKind::Snapshot, id).await?;
        let document = document.ok_or_else(|| failed("a part of the digest before is missing".to_owned()))?;
        let part: Part = serde_json::from_value(document.body).map_err(|error| failed(error.to_string()))?;
        snapshot.open.extend(part.open);
        snapshot.news.extend(part.news);
    }
    Ok(snapshot)
}
