//! One row of evidence for each line that a read serves.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_checklist::{LineEvidence, Verdict, Witness};
use plimsoll_pipeline::{Document, DocumentKind, Revision, Saved, Store, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::packed::{pack, unpack};

/// How many witnesses of a unit that is proved are kept: they are looked at when it breaks.
const KEPT_OF_PROVED: usize = 3;

/// What the reads say of one line, and what was known before of its units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvidenceRow {
    /// What the reads say.
    pub evidence: LineEvidence,
    /// The units that were proved when they were last seen, each with what was compared then. A unit that cannot be seen
    /// for a while stays in here, so that a break that happens meanwhile is told.
    #[serde(default)]
    pub proved: BTreeMap<String, Vec<Witness>>,
    /// The units whose break is an open finding.
    #[serde(default)]
    pub broken: BTreeSet<String>,
    /// The revision that was read.
    #[serde(skip)]
    pub revision: Revision,
}

/// All rows, by line.
///
/// # Errors
/// The store could not answer, or a row cannot be read.
pub async fn read_rows(store: &dyn Store) -> Result<BTreeMap<String, EvidenceRow>, StoreError> {
    let documents = store.documents(DocumentKind::Evidence).await?;
    documents.into_iter().map(|document| Ok((document.id.clone(), of_document(&document)?))).collect()
}

/// What the reads say of every line; nothing where no collector runs.
///
/// # Errors
/// The store could not answer, or a row cannot be read.
pub async fn read_evidence(store: &dyn Store) -> Result<Vec<LineEvidence>, StoreError> {
    Ok(read_rows(store).await?.into_values().map(|row| row.evidence).collect())
}

/// Keeps a row.
pub(crate) async fn save(store: &dyn Store, line: &str, row: &EvidenceRow) -> Result<(), StoreError> {
    let mut slim = row.clone();
    for unit in slim.evidence.units.iter_mut().filter(|unit| unit.verdict == Verdict::Holds) {
        unit.witnesses.truncate(KEPT_OF_PROVED);
    }
    let what = format!("the evidence of {line}");
    let body = json!({"read_at": row.evidence.read_at, "packed": pack(&what, &slim)?});
    let document = Document { id: line.to_owned(), revision: row.revision, body };
    match store.put_document(DocumentKind::Evidence, &document).await? {
        Saved::Written(_) => Ok(()),
        Saved::Conflict => Err(StoreError::new(
            "save",
            what,
            "another run of the collector wrote meanwhile; the next run judges again",
        )),
    }
}

fn of_document(document: &Document) -> Result<EvidenceRow, StoreError> {
    let what = format!("the evidence of {}", document.id);
    let text = document.body.get("packed").and_then(Value::as_str).unwrap_or_default();
    let row: EvidenceRow = unpack(&what, text)?;
    Ok(EvidenceRow { revision: document.revision, ..row })
}
