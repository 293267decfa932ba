//! What a source makes of an event, before any state is touched. Pure.

use plimsoll_finding::{Finding, Reading, Source, Unreadable, foreign};

use crate::{heartbeat::is_heartbeat, ingest::enrich, intake::unwrap::Delivery, policy::Policy};

/// What a source makes of an event, before any state is touched.
#[derive(Debug, Clone, PartialEq)]
pub enum Classification {
    /// It says something about resources. Enriched by the checklist.
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
    let name = source.or(sources.first()).map(|s| s.name);
    if let Some(fault) = &delivery.fault {
        return (name, Classification::Quarantined(fault.clone()));
    }
    if is_heartbeat(event) {
        let ignored = || Classification::Ignored("a heartbeat says nothing about a resource".to_owned());
        let foreign = foreign_place(&event.account, &event.region, policy);
        return (name, foreign.map_or_else(ignored, Classification::Quarantined));
    }
    let Some(source) = source else {
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
                None => Classification::Findings(findings.iter().map(|f| enrich(f, &policy.checklist)).collect()),
            }
        }
        Ok(Reading::Ignored(reason)) => Classification::Ignored(reason),
        Err(fault) => Classification::Quarantined(fault),
    };
    (name, classification)
}

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
