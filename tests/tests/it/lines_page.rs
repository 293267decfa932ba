//! `docs/reference/lines.md`: what proves and refutes each of the hundred lines. It is generated: `INSTA_UPDATE=always` writes it.

use std::{collections::BTreeSet, env, fmt::Write as _, fs};

use plimsoll_checklist::{Checklist, Item, LineEvidence, Proof, Quantifier};
use plimsoll_collector::{Progress, permissions::actions_of};
use plimsoll_evidence::{Profile, judge, reads};
use plimsoll_tests::samples::root;

const PAGE: &str = "docs/reference/lines.md";

const HEAD: &str = "\
# The hundred lines

What proves and what refutes each line of the checklist, what it counts, for how long a proof holds, and what closes it. This page is
generated from `shared/checklist/checklist.toml` and `shared/evidence`, and a test holds it equal to them. `plimsoll show SEC-07` says
the same of one line with what is known of it now.

- **Reads** are reads of the configuration by `evidence-collector` or `plimsoll collect`; where they were made they decide. The actions
  that each wants are below the table. They are made every six hours; what a month of them costs is in [cost.md](../cost.md).
- **Events** are about one resource each. What `supports` a line counts together with reads that have seen every unit; what `proves`
  it is enough, for the days behind it. An event has to say \"resolved\" (or anything at all, where it says \"heard\"). An open one of the
  severity behind `gap` refutes the line. A rule without either word can only refute.
- **Follows** other lines: met if all of them are, a gap if one is. Such a line weighs nothing.
- **Signature**: somebody's word is needed as well, and this version takes none yet.

| line | asks for | phase | weight | reads: units, days | events | remedy |
|---|---|--:|--:|---|---|---|
";

const KINDS: &str = "
## What the reads want

| read | actions of IAM |
|---|---|
";

fn row(item: &Item, read: Option<&LineEvidence>) -> String {
    let title = item.title.replace('|', "\\|");
    let kinds = reads::kinds_of(&item.id);
    let reads = read.map_or_else(String::new, |read| {
        let kinds = kinds.iter().map(|kind| format!("`{kind}`")).collect::<Vec<_>>().join(", ");
        let also = read.also.as_deref().map(|also| format!("; and {also}")).unwrap_or_default();
        format!("{}, {}{also}: {kinds}", read.what, read.max_age_days)
    });
    let mut events: Vec<String> = item
        .evidence
        .iter()
        .map(|rule| {
            let days = rule.holds_days().map_or_else(String::new, |days| format!(" {days} d"));
            let verb = if rule.units == Quantifier::Any { "proves" } else { "supports" };
            let proves = match rule.met {
                Some(Proof::Resolved) => format!(" {verb}{days}"),
                Some(Proof::Observed) => format!(" {verb} when heard{days}"),
                None => String::new(),
            };
            let gap = rule.gap_from.map(|from| format!(" gap from {}", from.name())).unwrap_or_default();
            format!("`{}`{proves}{gap}", rule.check)
        })
        .collect();
    if item.is_alias() {
        events.insert(0, format!("follows {}", item.same_as.join(", ")));
    }
    events.extend(item.attestation_days.map(|days| format!("signature {days} d")));
    let remedy = item.remedy.as_ref().unwrap_or_else(|| panic!("{} has no remedy", item.id));
    let page = remedy.page().replacen("docs/", "../", 1);
    format!(
        "| {} | {title} | {} | {} | {reads} | {} | [{}]({page}) |\n",
        item.id,
        item.phase,
        item.weight,
        events.join("<br>"),
        remedy.runbook
    )
}

#[test]
fn the_page_of_the_hundred_lines_is_what_the_data_says() {
    let checklist = Checklist::shipped().unwrap();
    let at = "2026-11-02T09:00:00Z".parse().unwrap();
    let nothing = Progress::new("111122223333", "eu-central-1", at).collection;
    let judged = judge(&[nothing], &Profile::default());
    let mut page = HEAD.to_owned();
    let mut kinds: BTreeSet<&str> = BTreeSet::new();
    for item in checklist.items() {
        page.push_str(&row(item, judged.iter().find(|read| read.line == item.id)));
        kinds.extend(reads::kinds_of(&item.id));
    }
    page.push_str(KINDS);
    for name in kinds {
        let kind = reads::kind(name).unwrap();
        let actions: Vec<String> = actions_of(kind).iter().map(|action| format!("`{action}`")).collect();
        writeln!(page, "| `{name}` | {} |", actions.join(", ")).unwrap();
    }
    assert_eq!(page.lines().filter(|line| line.starts_with("| ") && line.contains("](../runbooks/")).count(), 100);
    let path = root().join(PAGE);
    if env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        fs::write(&path, &page).unwrap();
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    assert!(known == page, "{PAGE} differs from the data: run with INSTA_UPDATE=always");
}

/// The most that events, reads and both can prove, by category and overall, as `docs/concepts/score.md` says it.
#[test]
fn the_table_of_what_can_be_proved_is_what_the_data_says() {
    let checklist = Checklist::shipped().unwrap();
    let at = "2026-11-02T09:00:00Z".parse().unwrap();
    let judged = judge(&[Progress::new("111122223333", "eu-central-1", at).collection], &Profile::default());
    // What a read cannot show alone: a finished scan, a completed copy and restore, a signature.
    let also = ["SEC-02", "DR-04", "DR-06", "GO-16"];
    let proves = |item: &Item, enough: &dyn Fn(Quantifier) -> bool| {
        item.evidence.iter().any(|rule| rule.met.is_some() && enough(rule.units))
    };
    let by_event = |item: &Item| proves(item, &|units| units == Quantifier::Any);
    let is_read = |item: &Item| judged.iter().any(|read| read.line == item.id);
    let by_read = |item: &Item| !also.contains(&item.id.as_str()) && is_read(item);
    let by_both = |item: &Item| by_event(item) || by_read(item) || (is_read(item) && proves(item, &|_| true));
    let rounded = |sum: u32, count: u32| (2 * sum + count) / (2 * count);
    let page = fs::read_to_string(root().join("docs/concepts/score.md")).unwrap();
    let mut sums = [0; 3];
    for category in plimsoll_finding::Category::ALL {
        let items = || checklist.items().iter().filter(|item| item.category == category);
        let weight = |is: &dyn Fn(&Item) -> bool| items().filter(|item| is(item)).map(|item| item.weight).sum::<u32>();
        let all = weight(&|_| true);
        let most = [weight(&by_event), weight(&by_read), weight(&by_both)];
        let most = most.map(|weight| rounded(100 * weight, all));
        for (sum, most) in sums.iter_mut().zip(most) {
            *sum += most;
        }
        let row = format!("| {category} | {} % | {} % | {} % |\n", most[0], most[1], most[2]);
        assert!(page.contains(&row), "{row}");
    }
    let [events, reads, both] = sums.map(|sum| rounded(sum, 5));
    assert!(page.contains(&format!("| overall | {events} % | {reads} % | {both} % |\n")), "{events} {reads} {both}");
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.contains(&format!("bring it to {events} % at most")) && readme.contains(&format!("to {both} %")));
}
