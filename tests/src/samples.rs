//! The sample events of `events/`, as files, as envelopes, and as deliveries.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use plimsoll_finding::{Source, parse_time};
use plimsoll_pipeline::intake::{Delivery, Intake, unwrap_text};
/// The source functions.
pub use plimsoll_sources::SOURCES;
use serde_json::Value;

/// When the samples are received: after all of them.
#[must_use]
pub fn now() -> Timestamp {
    parse_time("2026-12-01T08:00:00Z").unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The root of the workspace.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The sources with events in us-east-1 that concern the whole account, which a suite elsewhere has forwarded.
///
/// # Errors
/// The registry of sources cannot be read.
pub fn global_sources() -> Result<Vec<String>> {
    let text = fs::read_to_string(root().join("functions/sources/sources.json"))?;
    let registry: Value = serde_json::from_str(&text)?;
    let rows = registry.get("sources").and_then(Value::as_array).context("sources.json has no `sources`")?;
    let global = rows.iter().filter(|row| row.get("global") == Some(&Value::Bool(true)));
    Ok(global.filter_map(|row| Some(row.get("name")?.as_str()?.to_owned())).collect())
}

/// One file of `events/<function>/`.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The folder, which is the function.
    pub function: &'static str,
    /// The name within the folder.
    pub file: String,
    /// What is in it.
    pub text: String,
}

impl std::fmt::Display for Sample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "events/{}/{}", self.function, self.file)
    }
}

impl Sample {
    /// What all functions together make of it.
    #[must_use]
    pub fn intake(&self) -> Intake {
        unwrap_text(&self.text, &SOURCES, now())
    }
}

/// All sample files, by function and name.
///
/// # Errors
/// A folder is missing or a file is not text.
pub fn samples() -> Result<Vec<Sample>> {
    let mut samples = Vec::new();
    for source in SOURCES {
        let folder = root().join("events").join(source.name);
        let entries = fs::read_dir(&folder).with_context(|| format!("events/{} cannot be read", source.name))?;
        let mut files = Vec::new();
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_some_and(|e| e == "json" || e == "jsonl") {
                files.push(path);
            }
        }
        files.sort();
        for path in files {
            let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).with_context(|| format!("{file} is not text"))?;
            samples.push(Sample { function: source.name, file, text });
        }
    }
    Ok(samples)
}

/// An EventBridge envelope out of a sample file, whatever it was wrapped in.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// Where it comes from: `events/<function>/<file>`, with the number of the event if there are several.
    pub origin: String,
    /// The function whose folder it lies in.
    pub source: Source,
    /// The envelope as EventBridge would send it.
    pub json: Value,
    /// The same, as the function receives it.
    pub delivery: Delivery,
}

/// All envelopes in all samples. One without `source` was not sent by EventBridge and is left out.
///
/// # Errors
/// As for [`samples`].
pub fn envelopes() -> Result<Vec<Envelope>> {
    let mut envelopes = Vec::new();
    for sample in samples()? {
        let Some(source) = SOURCES.into_iter().find(|s| s.name == sample.function) else { continue };
        for (number, delivery) in sample.intake().deliveries.into_iter().enumerate() {
            let Ok(json) = serde_json::from_str::<Value>(&delivery.raw) else { continue };
            if json.get("detail-type").is_some() && json.get("source").is_some() {
                let origin = format!("{sample} (event {})", number.saturating_add(1));
                envelopes.push(Envelope { origin, source, json, delivery });
            }
        }
    }
    Ok(envelopes)
}
