//! Which facts an alert shows, and in which order: first those by which somebody decides what to do.
//!
//! The order is data, so that it can be read in one place. A fact that no table names stands behind those that do.

use std::collections::BTreeSet;

use plimsoll_message::Alert;

use crate::{
    escape::{block, cut, line as clean},
    limits, words,
};

/// Facts that tell what happened in a sentence, and the heading above them. The first that is there is the story.
const STORIES: [(&str, &str); 5] = [
    ("What happened", "What happened"),
    ("Issue", "What happened"),
    ("Message", "What happened"),
    ("Description", "What happened"),
    ("The rule wants", "What the rule wants"),
];

/// The facts by which somebody decides, by source, the most important first.
const FIRST: [(&str, &[&str]); 5] = [
    (
        "guardduty-finding",
        &[
            "Remote IP",
            "Remote IPs",
            "Domain",
            "Endpoints",
            "Threat",
            "Threats",
            "Process",
            "Object",
            "API call",
            "User",
            "Role",
            "Kubernetes user",
            "Service account",
            "Login succeeded",
            "Affected resources",
            "Signals",
            "Actors",
            "Container image",
            "Task",
            "Service",
            "Workload",
            "Pod",
            "Attacked port",
            "Blocked",
            "Remote network",
            "Threat list",
            "Public IP",
            "Security groups",
            "Seen",
        ],
    ),
    (
        "ecr-scan",
        &[
            "Exploit known",
            "Fixed in",
            "Suggested fix",
            "Package",
            "Found",
            "In use by",
            "Last in use",
            "Network path",
            "Open port",
            "Inspector score",
            "Image tags",
            "Scan status",
            "Reason",
            "Repository",
        ],
    ),
    ("config-rule", &["Before", "Why", "Rule parameters", "Rule", "Evaluated in"]),
    (
        "backup-job",
        &[
            "Validation",
            "Validation message",
            "Not covered",
            "Had to start by",
            "Was expected to complete",
            "To be deleted",
            "Completed",
            "Started",
            "Vault",
            "Destination vault",
            "Plan",
            "Plan rule",
        ],
    ),
    (
        "cost-anomaly",
        &[
            "More than expected",
            "Spent",
            "Expected",
            "Budgeted",
            "Used",
            "Forecast",
            "Threshold",
            "Root cause",
            "Account name",
            "Worst day",
            "Since",
            "Until",
            "Period",
            "Monitor",
        ],
    ),
];

/// Facts for whoever investigates, after all others, the least important last.
const LAST: [&str; 25] = [
    "State",
    "Remote port",
    "Local port",
    "Protocol",
    "Direction",
    "User agent",
    "Size",
    "Encrypted",
    "Locked",
    "Retries",
    "Platform",
    "Managed",
    "Storage class",
    "Scan type",
    "Scan frequency",
    "Scanned by",
    "Scanner",
    "Resource type",
    "Rule comes from",
    "Image digest",
    "Version",
    "Created",
    "Job",
    "Recovery point",
    "Evaluated",
];

/// What an alert says of its finding, in the order of importance, each thing once.
pub(crate) struct Facts {
    /// A heading and what happened, in full.
    pub(crate) story: Option<(&'static str, String)>,
    /// Names and values.
    pub(crate) ranked: Vec<(String, String)>,
}

/// The facts of an alert. What the headline says already is left out, and so is what another fact says.
pub(crate) fn facts(alert: &Alert) -> Facts {
    let finding = &alert.finding;
    // As far as it is shown: what Slack cuts off must stand somewhere else.
    let headline = squash(&cut(&words::headline(alert), limits::HEADER));
    let mut said: BTreeSet<String> = [words::resource(alert), finding.account.clone(), finding.region.clone()]
        .iter()
        .map(|text| squash(text))
        .filter(|words| !words.is_empty())
        .collect();
    let named = |name: &str| finding.facts.iter().find(|fact| fact.name == name).map(|fact| block(&fact.value));
    let story = STORIES
        .iter()
        .find_map(|(name, heading)| named(name).filter(|text| !text.is_empty()).map(|text| (*name, *heading, text)));
    let mut ranked: Vec<(usize, String, String)> = Vec::new();
    for fact in &finding.facts {
        let (name, value) = (clean(&fact.name), clean(&fact.value));
        let words = squash(&value);
        let is_story = story.as_ref().is_some_and(|(story, ..)| *story == fact.name);
        // Amounts and yes or no mean something only together with their name.
        let in_headline = finding.source != "cost-anomaly" && words.len() >= 4 && contains(&headline, &words);
        let is_said = said.contains(&words) && !name.starts_with("Remote");
        if value.is_empty() || is_story || in_headline || is_said {
            continue;
        }
        // The same time, number or yes under another name is another fact.
        if words.len() >= 12 && words.starts_with(char::is_alphabetic) {
            said.insert(words);
        }
        ranked.push((rank(&finding.source, &name), if name.is_empty() { "Fact".to_owned() } else { name }, value));
    }
    if let Some(native) = native_severity(alert) {
        ranked.push((rank(&finding.source, "Severity in AWS"), "Severity in AWS".to_owned(), native));
    }
    ranked.sort_by_key(|(rank, ..)| *rank);
    // A story that only repeats the headline says nothing.
    let story = story.filter(|(_, _, text)| !contains(&headline, &squash(text))).map(|(_, head, text)| (head, text));
    Facts { story, ranked: ranked.into_iter().map(|(_, name, value)| (name, value)).collect() }
}

fn rank(source: &str, name: &str) -> usize {
    let place = |names: &[&str]| names.iter().position(|known| *known == name);
    let first = FIRST.iter().find(|(known, _)| *known == source).and_then(|(_, names)| place(names));
    first.or_else(|| place(&LAST).map(|place| place.saturating_add(1_000))).unwrap_or(500)
}

/// The source's own severity, where it is one and says more than ours: `8.0`, and not the state of a job.
fn native_severity(alert: &Alert) -> Option<String> {
    const SCALE: [&str; 7] = ["critical", "high", "medium", "low", "informational", "untriaged", "undefined"];
    let native = clean(alert.finding.native_severity.as_deref()?);
    let is_number = !native.is_empty() && native.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let is_word = SCALE.iter().any(|word| native.eq_ignore_ascii_case(word));
    let differs = !native.eq_ignore_ascii_case(alert.severity.label());
    ((is_number || is_word) && differs).then_some(native)
}

/// A text as its words: `1 critical, 2 high` and `1 critical and 2 high` say the same.
fn squash(text: &str) -> String {
    let lower = clean(text).to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric() && !matches!(c, '/' | ':' | '.' | '-' | '_' | '@' | '%'));
    let words: Vec<&str> =
        words.map(|word| word.trim_matches(['.', ':', '-'])).filter(|w| !w.is_empty() && *w != "and").collect();
    words.join(" ")
}

/// Whether the words of one text stand in another in the same order, as whole words.
fn contains(text: &str, words: &str) -> bool {
    !words.is_empty() && format!(" {text} ").contains(&format!(" {words} "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn important_facts_stand_first_and_nothing_stands_twice() {
        let mut alert = samples::image();
        "guardduty-finding".clone_into(&mut alert.finding.source);
        alert.finding.facts.clear();
        let finding = alert.finding.clone().title("Unusual call to api.example from web/api:1.4.2");
        alert.finding = finding
            .fact("Protocol", Some("TCP"))
            .fact("New in this release", Some("a value"))
            .fact("Remote IP", Some("198.51.100.7"))
            .fact("Container", Some("web/api:1.4.2"))
            .fact("Domain", Some("api.example"))
            .fact("Where", Some("eu-central-1"))
            .fact("Description", Some("A container calls a host that miners use."));
        let facts = facts(&alert);
        assert_eq!(facts.story, Some(("What happened", "A container calls a host that miners use.".to_owned())));
        let names: Vec<&str> = facts.ranked.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["Remote IP", "New in this release", "Protocol"]);
    }

    #[test]
    fn a_message_that_the_headline_cuts_off_is_shown_in_full() {
        let mut alert = samples::image();
        let told = |alert: &Alert| facts(alert).story.map(|(_, text)| text);
        let message = "VSS_ERROR: the snapshot ended because a writer did not answer in time";
        alert.finding = alert.finding.title(&format!("Backup of orders: {message}")).fact("Message", Some(message));
        assert_eq!(told(&alert), None, "the headline says it");
        let long = format!("{message}, {}", "and another writer neither ".repeat(6).trim_end());
        alert.finding = alert.finding.title(&format!("Backup of orders: {long}"));
        alert.finding.facts.retain(|fact| fact.name != "Message");
        alert.finding = alert.finding.fact("Message", Some(long.as_str()));
        assert_eq!(told(&alert), Some(long));
    }

    #[test]
    fn counts_of_the_headline_are_not_repeated() {
        assert!(contains(&squash("web has 1 critical and 2 high vulnerabilities"), &squash("1 critical, 2 high")));
        assert!(!contains(&squash("web has 11 critical"), &squash("1 critical")));
        assert!(!contains(&squash("web has 2 critical and 1 high"), &squash("1 critical, 2 high")));
    }

    #[test]
    fn the_state_of_a_job_is_no_severity() {
        let native = |text: &str| {
            let mut alert = samples::image();
            alert.finding.native_severity = Some(text.to_owned());
            native_severity(&alert)
        };
        assert_eq!(native("COMPLETED"), None);
        assert_eq!(native("CRITICAL"), None, "the headline says so");
        assert_eq!(native("9.1").as_deref(), Some("9.1"));
        assert_eq!(native("UNTRIAGED").as_deref(), Some("UNTRIAGED"));
    }

    /// A name that no source writes ranks nothing: it is a typing error, or it was renamed there.
    #[test]
    fn each_ranked_name_stands_in_the_corpus_of_its_source() {
        let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/tests/it/snapshots/corpus");
        for (source, names) in FIRST {
            let files = std::fs::read_dir(corpus.join(source)).unwrap();
            let text: String = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect();
            let unknown: Vec<&&str> = names.iter().filter(|name| !text.contains(&format!("\"{name}: "))).collect();
            assert!(unknown.is_empty(), "{source} has no fact named {unknown:?}");
        }
    }

    #[test]
    fn each_name_has_one_rank() {
        for (source, names) in FIRST {
            let all: Vec<&str> = names.iter().chain(&LAST).copied().collect();
            let unique: BTreeSet<&str> = all.iter().copied().collect();
            assert_eq!(all.len(), unique.len(), "{source}");
        }
    }
}
