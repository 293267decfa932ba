//! What a source makes of an event, before any state is touched. Pure.

use plimsoll_finding::{Finding, Reading, Source, Unreadable, foreign};
use serde_json::Value;

use crate::{
    heartbeat::is_heartbeat,
    ingest::{Outcome, enrich},
    intake::{
        unwrap::Delivery,
        well_known::{well_known_document, well_known_event},
    },
    policy::Policy,
    quarantine::unread_finding,
};

/// What a source makes of an event, before any state is touched.
#[derive(Debug, Clone, PartialEq)]
pub enum Classification {
    /// It says something about resources. Enriched by the checklist and the configuration.
    Findings(Vec<Finding>),
    /// It says nothing about readiness.
    Ignored(String),
    /// It could not be read, or is not for us.
    Quarantined(Unreadable),
}

/// Judges a delivery: reads it with the first of the sources that reads its kind. Pure.
#[must_use]
pub fn classify(delivery: &Delivery, sources: &[Source], policy: &Policy) -> (Option<&'static str>, Classification) {
    let event = &delivery.event;
    let source = sources.iter().find(|s| s.reads(&event.source, &event.detail_type));
    // Where one process reads every source, nobody in particular speaks of an event that no function reads.
    let only = if let [only] = sources { Some(only) } else { None };
    let name = source.or(only).map(|s| s.name);
    if let Some(fault) = &delivery.fault {
        let classification = well_known_document(&event.detail)
            .map_or_else(|| Classification::Quarantined(fault.clone()), Classification::Ignored);
        return (name, classification);
    }
    if is_heartbeat(event) {
        let ignored = || Classification::Ignored("a heartbeat says nothing about a resource".to_owned());
        let foreign = foreign_place(&event.account, &event.region, policy);
        return (name, foreign.map_or_else(ignored, Classification::Quarantined));
    }
    let Some(source) = source else {
        if let Some(reason) = well_known_event(event) {
            return (name, Classification::Ignored(reason));
        }
        let fault = match sources {
            [only] => foreign(only, event),
            _ => Unreadable::reasons(format!("no function reads `{}` from `{}`", event.detail_type, event.source)),
        };
        return (name, Classification::Quarantined(fault));
    };
    if let Some(fault) = foreign_place(&event.account, &event.region, policy) {
        return (name, Classification::Quarantined(fault));
    }
    let classification = match (source.read)(event) {
        Ok(Reading::Findings(findings)) => {
            // The detail names owner and region of the resource, which need not be those of the envelope.
            match findings.iter().find_map(|f| foreign_place(&f.account, &f.region, policy)) {
                Some(fault) => Classification::Quarantined(fault),
                None => Classification::Findings(findings.iter().map(|f| enrich(f, policy)).collect()),
            }
        }
        Ok(Reading::Ignored(reason)) => Classification::Ignored(reason),
        Err(fault) => Classification::Quarantined(no_object(&event.detail).unwrap_or(fault)),
    };
    (name, classification)
}

/// Why nothing was found in a `detail` that is no object: no field is missing, all of them are.
fn no_object(detail: &Value) -> Option<Unreadable> {
    let what = match detail {
        Value::Object(_) => return None,
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
    };
    Some(Unreadable::reasons(format!("`detail` is {what}, not an object")))
}

/// What one event means, judged alone and as if nothing were known: the one answer for people, whatever asks.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Applied, ignored or quarantined.
    pub outcome: Outcome,
    /// Why it is ignored or put in quarantine.
    pub reason: Option<String>,
    /// What people would see: for an event that is put in quarantine the finding that says so.
    pub findings: Vec<Finding>,
}

/// Judges a delivery without state. Pure.
#[must_use]
pub fn judge(delivery: &Delivery, sources: &[Source], policy: &Policy) -> Judgement {
    match classify(delivery, sources, policy) {
        (_, Classification::Findings(findings)) => Judgement { outcome: Outcome::Applied, reason: None, findings },
        (_, Classification::Ignored(reason)) => {
            Judgement { outcome: Outcome::Ignored, reason: Some(reason), findings: Vec::new() }
        }
        (function, Classification::Quarantined(fault)) => {
            let finding = unread_finding(function.unwrap_or(NO_FUNCTION), &delivery.event, &fault, sources);
            Judgement { outcome: Outcome::Quarantined, reason: Some(fault.reason), findings: vec![finding] }
        }
    }
}

/// Who speaks of an event that no function reads.
pub(crate) const NO_FUNCTION: &str = "plimsoll";

/// Why an account or a region is not one of ours. What has none is not foreign.
#[must_use]
pub fn foreign_place(account: &str, region: &str, policy: &Policy) -> Option<Unreadable> {
    let foreign = |name: &str, ours: &[String]| !ours.is_empty() && !name.is_empty() && ours.iter().all(|o| o != name);
    let reasons = |what: &str, name: &str, list: &str| {
        Unreadable::reasons(format!("{what} {name} is not one of ours; add it to `{list}` in plimsoll.toml if it is"))
    };
    if foreign(account, &policy.accounts) {
        return Some(reasons("account", account, "accounts"));
    }
    // AWS Config's name for the region of what has none.
    let placed = region != "global";
    (placed && foreign(region, &policy.regions)).then(|| reasons("region", region, "regions"))
}
