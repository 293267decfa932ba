//! The facts of one finding, most decisive first: messages show the first few only.
//! <https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Service.html>
//!
//! Values are `null` as often as they are absent.

use plimsoll_finding::{Detail, Finding};

use crate::{
    action, kubernetes, properties,
    redact::{redact, text},
    remote, threats, workload,
};

/// Adds what was done, to what, from where; then the details.
pub(crate) fn facts(finding: Finding, said: Detail<'_>) -> Finding {
    let action = said.at("service.action");
    let finding = action::decisive(finding, said);
    let finding = kubernetes::decisive(finding, said);
    let finding = remote::addresses(finding, action).fact("Blocked", action::blocked(action));
    let finding = threats::facts(finding, said);
    let finding = workload::facts(finding, said);
    let finding = properties::facts(finding, said);
    action::details(finding, said)
        .fact("Unusual API calls", threats::additional(said.at("service"), "anomalies.anomalousAPIs"))
        .fact("Part of attack sequence", text(said, "associatedAttackSequenceArn").map(after_last_slash))
}

/// Adds what GuardDuty says in words and how often it was seen; the description closes the list. When it was first and
/// last seen are dates of the finding, not facts: merges keep the earliest and the latest.
pub(crate) fn history(finding: Finding, said: Detail<'_>) -> Finding {
    let service = said.at("service");
    let count = service.count("count").filter(|count| *count > 1).map(|count| format!("{count} times"));
    let title = text(said, "title");
    let description = said.raw("description").map(|text| redact(&in_one_line(&text))).filter(|text| !text.is_empty());
    let description = description.filter(|description| Some(description) != title.as_ref());
    finding
        .seen(service.time("eventFirstSeen"), service.time("eventLastSeen"))
        .fact("What happened", title)
        .fact("Seen", count)
        .fact("Description", description)
}

/// The items of a list behind each other: `A sequence: a binary ran; a domain was asked`.
fn in_one_line(text: &str) -> String {
    let mut line = String::new();
    for part in text.lines().map(str::trim).filter(|part| !part.is_empty()) {
        let item = ["- ", "* ", "• "].into_iter().find_map(|bullet| part.strip_prefix(bullet));
        let is_next = item.is_some() && !line.is_empty() && !line.ends_with([':', '.', ';']);
        line.push_str(if is_next { "; " } else { " " });
        line.push_str(item.unwrap_or(part));
    }
    line
}

fn after_last_slash(arn: String) -> String {
    arn.rsplit('/').next().filter(|end| !end.is_empty()).map(ToOwned::to_owned).unwrap_or(arn)
}
