//! What was read of each account and region, kept between the runs of the collector: the reading that is under way, and the
//! last one that was completed.

use jiff::Timestamp;
use plimsoll_evidence::Collection;
use plimsoll_finding::FindingKey;
use plimsoll_pipeline::{Document, DocumentKind, Saved, Store, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::packed::{pack, unpack};

/// Characters in one document.
const IN_ONE_DOCUMENT: usize = 300_000;

/// One account and region that the collector reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// 12 digits.
    pub account: String,
    /// Such as `eu-central-1`.
    pub region: String,
}

impl Place {
    fn id(&self) -> String {
        format!("{}/{}", self.account, self.region)
    }
}

/// What is known of a place.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PlaceReading {
    /// The reading that is under way, as the collector keeps it; `None` between two readings.
    pub under_way: Option<Value>,
    /// The last reading that was completed. It may hold errors.
    pub last: Option<Collection>,
    /// When paid requests were last made.
    pub paid_at: Option<Timestamp>,
}

/// The first document of a place: how many others there are, and what they hold together.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    parts: usize,
    hash: String,
}

/// What is known of a place; nothing if it was never read, or if a run died while it wrote. What is lost then is read again.
///
/// # Errors
/// The store could not answer.
pub async fn load_place(store: &dyn Store, place: &Place) -> Result<PlaceReading, StoreError> {
    let id = place.id();
    let Some(head) = store.document(DocumentKind::Reading, &id).await? else { return Ok(PlaceReading::default()) };
    let Ok(head) = serde_json::from_value::<Head>(head.body) else { return Ok(PlaceReading::default()) };
    let mut text = String::new();
    for number in 0..head.parts {
        let Some(part) = store.document(DocumentKind::Reading, &part_id(&id, number)).await? else {
            return Ok(PlaceReading::default());
        };
        text.push_str(part.body.get("packed").and_then(Value::as_str).unwrap_or_default());
    }
    if hash(&text) != head.hash {
        return Ok(PlaceReading::default());
    }
    unpack(&format!("the reading of {id}"), &text)
}

/// Keeps what is known of a place: the parts first, so that a head never names parts that are not there.
///
/// # Errors
/// The store could not answer, or another run of the collector wrote meanwhile.
pub async fn save_place(store: &dyn Store, place: &Place, reading: &PlaceReading) -> Result<(), StoreError> {
    let id = place.id();
    let text = pack(&format!("the reading of {id}"), reading)?;
    // Base64 has one byte a character.
    let parts: Vec<&str> =
        text.as_bytes().chunks(IN_ONE_DOCUMENT).map(|part| str::from_utf8(part).unwrap_or_default()).collect();
    for (number, part) in parts.iter().enumerate() {
        write(store, part_id(&id, number), json!({"packed": part})).await?;
    }
    write(store, id, json!(Head { parts: parts.len(), hash: hash(&text) })).await
}

async fn write(store: &dyn Store, id: String, body: Value) -> Result<(), StoreError> {
    let revision = store.document(DocumentKind::Reading, &id).await?.map_or(0, |known| known.revision);
    match store.put_document(DocumentKind::Reading, &Document { id: id.clone(), revision, body }).await? {
        Saved::Written(_) => Ok(()),
        Saved::Conflict => {
            let reason = "another run of the collector wrote meanwhile; the next run goes on";
            Err(StoreError::new("save", format!("the reading of {id}"), reason))
        }
    }
}

fn part_id(id: &str, number: usize) -> String {
    format!("{id}/{number}")
}

fn hash(text: &str) -> String {
    FindingKey::of("reading", "", "", text, "").to_string()
}
