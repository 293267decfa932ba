use super::*;
use serde_json::json;

fn event() -> Event {
    let now = "2026-11-02T09:15:00Z".parse().unwrap();
    Event::from_envelope(&json!({"detail-type": "X", "detail": {"a": 1}}), now).unwrap()
}

#[test]
fn account_and_region_come_from_the_arn_when_the_envelope_has_none() {
    let arn = "arn:aws:ecr:eu-central-1:111122223333:repository/web";
    let finding = Finding::new("ecr-scan", "c", Resource::new(arn, "ecr-repository", "web"), &event());
    assert_eq!((finding.account.as_str(), finding.region.as_str()), ("111122223333", "eu-central-1"));
}

#[test]
fn the_key_follows_the_identity_and_nothing_else() {
    let base = Finding::new("s", "c", Resource::new("r", "k", "n"), &event());
    let same = base.clone().title("other").severity(Severity::Critical, Some("9")).status(Status::Resolved);
    assert_eq!(base.key(), same.key());
    assert_ne!(base.key(), base.clone().identity_rule("other").key());
    assert_ne!(base.key(), base.clone().owner(Some("1".into()), None).key());
}

#[test]
fn text_from_the_event_is_cleaned() {
    let finding = Finding::new("s", "c", Resource::new("r\n", "k", "n\u{202e}ame"), &event())
        .title("bad\ntitle")
        .fact("Tag", Some("\u{1b}[2J"))
        .fact("Empty", Some("\u{200b}"))
        .fact("None", None::<&str>);
    assert_eq!(finding.resource.id, "r\n", "identity is exact");
    assert_eq!((finding.resource.name.as_str(), finding.title.as_str()), ("name", "bad title"));
    assert_eq!(finding.facts.len(), 1);
    assert_eq!(finding.facts[0].value, "[2J");
}

#[test]
fn a_finding_without_parts_is_its_own_only_statement() {
    let finding = Finding::new("s", "c", Resource::new("r", "k", "n"), &event()).severity(Severity::High, None);
    let statements = finding.statements();
    assert_eq!(statements, [Part::new("", "c", Status::Open, Severity::High, "")]);
    let part = Part::new("cve", "d", Status::Resolved, Severity::Low, "CVE\n").summary_of(2);
    assert_eq!(finding.part(part.clone()).statements(), [part]);
}

#[test]
fn survives_a_round_trip_through_json() {
    let finding =
        Finding::new("s", "c", Resource::new("r", "k", "n"), &event()).tag("team", "web").remediation("Do it.");
    let text = serde_json::to_string(&finding).unwrap();
    assert_eq!(serde_json::from_str::<Finding>(&text).unwrap(), finding);
}

#[test]
fn what_an_older_build_wrote_is_read() {
    let finding = Finding::new("s", "c", Resource::new("r", "k", "n"), &event()).part(Part::new(
        "p",
        "c",
        Status::Open,
        Severity::High,
        "CVE-2026-4711",
    ));
    let mut old = serde_json::to_value(&finding).unwrap();
    let new_fields = ["finding_type", "threat_names", "first_seen", "last_seen", "runbook"];
    assert!(new_fields.iter().all(|field| old.get(field).is_none()), "what is not set takes no room: {old}");
    old["parts"][0].as_object_mut().unwrap().remove("not_applicable");
    assert_eq!(serde_json::from_value::<Finding>(old).unwrap(), finding);
}

#[test]
fn data_for_matching_is_cleaned_and_bounded() {
    let names = (0..30).map(|n| format!("Threat-{n}\n")).chain(["Threat-0".to_owned(), " ".to_owned()]);
    let finding = Finding::new("s", "c", Resource::new("r", "k", "n"), &event())
        .finding_type(Some("Recon:EC2/\u{202e}PortProbe"))
        .threat_names(names);
    assert_eq!(finding.finding_type.as_deref(), Some("Recon:EC2/PortProbe"));
    assert_eq!((finding.threat_names.len(), finding.threat_names[0].as_str()), (MAX_THREAT_NAMES, "Threat-0"));
    assert_eq!(finding.finding_type(Some("\u{200b}")).finding_type, None);
}

#[test]
fn advice_brings_its_runbook() {
    let advice = Advice {
        finding_types: &[],
        resource_kinds: &[],
        from: Severity::Informational,
        text: "Close the port.",
        runbook: "docs/runbooks/guardduty-finding.md#close-a-port",
    };
    let finding = Finding::new("s", "c", Resource::new("r", "k", "n"), &event()).advice(Some(&advice));
    assert_eq!(finding.remediation.as_deref(), Some("Close the port."));
    assert_eq!(finding.runbook.as_deref(), Some(advice.runbook));
    assert_eq!(finding.clone().advice(None), finding);
}
