//! Which facts an alert shows, and in which order: first those by which somebody decides what to do.
//!
//! The order is data, so that it can be read in one place. A fact that no table names stands behind those that do.

use std::collections::BTreeSet;

use jiff::Timestamp;
use plimsoll_message::Alert;

use crate::{
    escape::{block, cut, line as clean},
    limits, words,
};

/// Facts that tell what happened in a sentence, and the heading above them. The first that is there is the story.
const STORIES: [(&str, &str); 6] = [
    ("What happened", "What happened"),
    ("Issue", "What happened"),
    ("Message", "What happened"),
    ("Description", "What happened"),
    ("The rule wants", "What the rule wants"),
    ("Text", "What AWS says"),
];

/// The fact that says more than the story does, in the same place.
const MORE_OF_THE_STORY: &str = "Description";

/// Facts that are a part of the resource's name, as in `web/api:1.4.2`: there the headline says them as well.
const NAME_PARTS: [&str; 9] =
    ["Bucket", "Image tags", "Namespace", "Object", "Pod", "Repository", "Resource type", "Service", "Workload"];

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
            "On",
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
    let is_money = finding.source == "cost-anomaly";
    let (told, story) = story(alert, &headline);
    let mut ranked: Vec<(usize, String, String)> = Vec::new();
    for fact in &finding.facts {
        let (name, value) = (clean(&fact.name), readable(clean(&fact.value)));
        let words = squash(&value);
        let is_story = told.contains(&fact.name.as_str());
        // Amounts and yes or no mean something only together with their name.
        let is_shown = if NAME_PARTS.contains(&name.as_str()) { contains } else { contains_words };
        let in_headline = !is_money && words.len() >= 4 && is_shown(&headline, &words);
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
    let mut ranked: Vec<(String, String)> = ranked.into_iter().map(|(_, name, value)| (name, value)).collect();
    if !is_money {
        leave_out_repeated(&mut ranked);
    }
    Facts { story, ranked }
}

/// What happened, under its heading, and the names of the facts that it is made of. A sentence that only repeats the
/// headline or another sentence is left out.
fn story<'a>(alert: &'a Alert, headline: &str) -> (Vec<&'a str>, Option<(&'static str, String)>) {
    let fact = |name: &str| alert.finding.facts.iter().find(|fact| fact.name == name && !block(&fact.value).is_empty());
    let Some((first, heading)) = STORIES.iter().find_map(|(name, heading)| Some((fact(name)?, *heading))) else {
        return (Vec::new(), None);
    };
    let more = fact(MORE_OF_THE_STORY).filter(|more| more.name != first.name && heading == "What happened");
    let mut told = vec![first.name.as_str()];
    told.extend(more.map(|more| more.name.as_str()));
    let mut sentences: Vec<String> = Vec::new();
    for text in [Some(first), more].into_iter().flatten().map(|fact| block(&fact.value)) {
        let words = squash(&text);
        let is_in = |before: &String| {
            let before = squash(before);
            let before: BTreeSet<&str> = before.split(' ').collect();
            words.split(' ').all(|word| before.contains(word))
        };
        let is_said = contains(headline, &words) || sentences.iter().any(is_in);
        if !is_said {
            sentences.retain(|before| !contains(&words, &squash(before)));
            sentences.push(text);
        }
    }
    (told, (!sentences.is_empty()).then(|| (heading, sentences.join("\n"))))
}

/// Leaves out a longer value that another fact has word by word: the domain of an endpoint, for example.
fn leave_out_repeated(ranked: &mut Vec<(String, String)>) {
    let words: Vec<String> = ranked.iter().map(|(_, value)| squash(value)).collect();
    let is_repeated = |index: usize, own: &str| {
        own.len() >= 12
            && own.starts_with(char::is_alphabetic)
            && words.iter().enumerate().any(|(other, words)| other != index && words != own && contains(words, own))
    };
    let repeated: Vec<bool> = words.iter().enumerate().map(|(index, own)| is_repeated(index, own)).collect();
    let mut repeated = repeated.into_iter();
    ranked.retain(|_| !repeated.next().unwrap_or_default());
}

/// A moment in the form of all other moments; any other text as it is.
fn readable(value: String) -> String {
    let is_dated = value.len() >= 19 && value.starts_with(|first: char| first.is_ascii_digit());
    let time = is_dated.then(|| value.parse::<Timestamp>().ok()).flatten();
    time.map_or(value, words::utc)
}

/// Whether headline, story and facts say all words of a text: the only open part of a finding, for example.
pub(crate) fn is_told(alert: &Alert, facts: &Facts, text: &str) -> bool {
    const SMALL: [&str; 10] = ["a", "an", "the", "in", "on", "of", "is", "was", "by", "with"];
    let mut said = squash(&words::headline(alert));
    if let Some((_, story)) = &facts.story {
        said.extend([" ", &squash(story)]);
    }
    for (name, value) in &facts.ranked {
        said.extend([" ", &squash(name), " ", &squash(value)]);
    }
    let said: BTreeSet<&str> = said.split([' ', '/', ':', '@']).collect();
    let words = squash(text);
    // The sum of the counts that are named.
    let words =
        words.strip_suffix(" in total").and_then(|rest| rest.rsplit_once(' ')).map_or(words.as_str(), |(rest, _)| rest);
    words.split([' ', '/', ':', '@']).all(|word| SMALL.contains(&word) || said.contains(word))
}

/// Whether one text says another: its words, in the same order.
pub(crate) fn says(text: &str, other: &str) -> bool {
    contains(&squash(text), &squash(other))
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
fn contains_words(text: &str, words: &str) -> bool {
    !words.is_empty() && format!(" {text} ").contains(&format!(" {words} "))
}

/// Whether the words of one text stand in another in the same order, as whole words or as whole parts of a name such as
/// `web/api:1.4.2`.
fn contains(text: &str, words: &str) -> bool {
    let is_edge = |next: Option<char>| next.is_none_or(|c| matches!(c, ' ' | '/' | ':' | '@'));
    let before = |at: usize| text.get(..at).and_then(|before| before.chars().next_back());
    let after = |at: usize| text.get(at.saturating_add(words.len())..).and_then(|after| after.chars().next());
    !words.is_empty() && text.match_indices(words).any(|(at, _)| is_edge(before(at)) && is_edge(after(at)))
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
    fn parts_of_a_name_in_the_headline_are_not_repeated() {
        let headline = squash("Malware in uploads/in/test virus.txt: EICAR-Test-File");
        for part in ["uploads", "in/test virus.txt", "EICAR-Test-File"] {
            assert!(contains(&headline, &squash(part)), "{part}");
        }
        assert!(contains(&squash("CVE-1 in web/api:1.4.2"), &squash("web/api")));
        for other in ["api:1.4", "we", "uploads/i", "EICAR-Test"] {
            assert!(
                !contains(&headline, &squash(other)) && !contains(&squash("CVE-1 in web/api:1.4.2"), &squash(other))
            );
        }
    }

    #[test]
    fn the_description_continues_the_story_and_repeated_values_are_left_out() {
        let mut alert = samples::image();
        alert.finding.facts.clear();
        alert.finding = alert
            .finding
            .clone()
            .title("Something in web")
            .fact("What happened", Some("A cluster may be compromised."))
            .fact("Description", Some("A sequence: a binary ran; a domain was asked"))
            .fact("Indicators", Some("pool.miner.example"))
            .fact("Endpoints", Some("pool.miner.example:443, 203.0.113.9"))
            .fact("Evaluated", Some("2026-10-13T10:15:00.12+02:00"));
        let facts = facts(&alert);
        let story = "A cluster may be compromised.\nA sequence: a binary ran; a domain was asked";
        assert_eq!(facts.story, Some(("What happened", story.to_owned())));
        let values: Vec<&str> = facts.ranked.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, ["pool.miner.example:443, 203.0.113.9", "2026-10-13 08:15 UTC"]);
        alert.finding =
            alert.finding.clone().fact("Service account", Some("agent")).title("Something in daemonsets/agent");
        let names: Vec<String> = super::facts(&alert).ranked.into_iter().map(|(name, _)| name).collect();
        assert!(names.contains(&"Service account".to_owned()), "a part of another name is not said: {names:?}");
        alert.finding = alert.finding.clone().title("Something in web");
        assert!(is_told(&alert, &facts, "something of web: pool.miner.example"));
        assert!(!is_told(&alert, &facts, "something else"));
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
