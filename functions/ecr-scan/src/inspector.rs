//! "Inspector2 Finding": one vulnerability of one image (or another resource), at every change of it.
//! <https://docs.aws.amazon.com/inspector/v2/APIReference/API_Finding.html>
//!
//! Each is one part of the finding about its image, instance or function. The delegated administrator of an organisation
//! gets a copy of each event, with its own account in the envelope: the owner comes from the resource. Also reads
//! `{"findings": [...]}`, the answer of the API.

use plimsoll_finding::{
    Arn, Detail, Event, Finding, Part, Reading, Resource, Severity, Status, Unreadable, console, unreadable_finding,
};

use crate::{
    IMAGE_RULE, NAME, advice,
    image::{Image, Repository, known},
    package, place,
    scanned::{self, Scanned},
};

/// Resource tags that are kept for routing.
const MAX_TAGS: usize = 50;

pub(crate) fn read(event: &Event) -> Result<Reading, Unreadable> {
    let detail = event.detail();
    if detail.get("findingArn").is_some() || detail.0.get("findings").is_none() {
        return Ok(Reading::Findings(vec![one(detail, event)?.finding]));
    }
    list(detail.list("findings"), event)
}

/// Findings of the API's answer, one for each image or other resource.
pub(crate) fn list(listed: Vec<Detail<'_>>, event: &Event) -> Result<Reading, Unreadable> {
    if listed.is_empty() {
        return Ok(Reading::Ignored("the list of findings is empty".to_owned()));
    }
    let mut images: Vec<Vec<Said>> = Vec::new();
    let mut errors = Vec::new();
    for entry in listed {
        match one(entry, event) {
            Ok(said) => match images
                .iter_mut()
                .find(|group| group.first().is_some_and(|first| first.finding.key() == said.finding.key()))
            {
                Some(group) => group.push(said),
                None => images.push(vec![said]),
            },
            Err(error) => errors.push(error),
        }
    }
    let mut findings: Vec<Finding> = images.into_iter().filter_map(together).collect();
    if let Some(error) = errors.first() {
        if findings.is_empty() {
            return Err(error.clone());
        }
        // What could be read is reported, and so is what could not.
        let reason = format!("{} of the listed findings could not be read; the first: {}", errors.len(), error.reason);
        findings.push(unreadable_finding(NAME, event, &Unreadable::reasons(reason)));
    }
    Ok(Reading::Findings(findings))
}

/// What one Inspector finding says.
struct Said {
    /// With one part.
    finding: Finding,
    /// `CVE-2026-1111 (High)`
    headline: String,
    /// `in web/api:1.4.2`
    resource: String,
}

/// Many vulnerabilities of one resource as one finding: titled by the worst that is open, as new as the newest of them.
/// The list is a snapshot, so all of it was true when the newest was.
fn together(mut group: Vec<Said>) -> Option<Finding> {
    let parts: Vec<Part> = group.iter().flat_map(|said| said.finding.parts.clone()).collect();
    let newest = group.iter().map(|said| said.finding.observed_at).max();
    let first_seen = group.iter().filter_map(|said| said.finding.first_seen).min();
    let last_seen = group.iter().filter_map(|said| said.finding.last_seen).max();
    // The sort is stable: among equals the first in the list.
    group.sort_by_key(|said| std::cmp::Reverse((said.finding.status, said.finding.severity)));
    let others = group.len().saturating_sub(1);
    let Said { mut finding, headline, resource } = group.into_iter().next()?;
    if others > 0 {
        finding = finding.title(&format!("{headline} and {others} more {resource}"));
    }
    finding.parts = parts;
    Some(finding.observed_at(newest).seen(first_seen, last_seen))
}

fn one(said: Detail<'_>, event: &Event) -> Result<Said, Unreadable> {
    let arn = said.raw("findingArn").ok_or_else(|| Unreadable::missing("findingArn"))?;
    let status_word = said.text("status").ok_or_else(|| Unreadable::missing("status"))?;
    let status = match status_word.to_ascii_uppercase().as_str() {
        "ACTIVE" => Status::Open,
        "CLOSED" | "SUPPRESSED" => Status::Resolved,
        _ => return Err(Unreadable::reasons(format!("`detail.status` is `{status_word}`, which is not known"))),
    };
    let native = said.text("severity");
    // Inspector has not rated it yet, or uses an unknown word: medium, so that it is not missed.
    let severity = native.as_deref().and_then(Severity::from_word).unwrap_or(Severity::Medium);

    let resource = said.list("resources").into_iter().next().unwrap_or(Detail(&serde_json::Value::Null));
    let finding_type = said.text("type").unwrap_or_default();
    let image = image(said, resource, event);
    let (finding, name, scanned) = match &image {
        Some(image) => (image.finding(event), image.name(), Scanned::Image),
        None => other_resource(said, resource, &arn, event).ok_or_else(|| Unreadable::missing("resources"))?,
    };
    let check = scanned.vulnerabilities(&finding_type);
    let part = Part::new(arn, check, status, severity, &package::label(said))
        .exploit_and_fix(package::exploit_available(said), package::fix_available(said));

    let headline = package::vulnerability(said);
    // A port is open on an instance, a vulnerability is in something.
    let preposition = if finding_type.eq_ignore_ascii_case("NETWORK_REACHABILITY") { "on" } else { "in" };
    let where_it_is = format!("{preposition} {name}");
    let kind = finding.resource.kind.clone();
    let finding = finding
        .check(check)
        .title(&format!("{headline} {where_it_is}"))
        .collective_title(&format!("Vulnerabilities in {name}"))
        .finding_type(Some(finding_type))
        .status(status)
        .severity(severity, native.as_deref())
        // A close may keep its dates: the envelope then says when it was.
        .observed_at(event.latest(said.time("updatedAt").or_else(|| said.time("lastObservedAt"))))
        .seen(said.time("firstObservedAt"), said.time("lastObservedAt"))
        .part(part);
    let finding = place::decisive(package::decisive(finding, said), said);
    let finding = package::scores(place::resource(finding, resource), said)
        .fact("Suppressed", status_word.eq_ignore_ascii_case("SUPPRESSED").then_some("by a rule in Inspector"));
    let finding = match &image {
        Some(image) => image.facts(finding),
        None => finding.fact("Resource type", Some(kind)),
    };
    let finding = tags(finding, resource);
    let finding = match status {
        Status::Open => finding.advice(advice::of(&advice::key(said), scanned, severity)),
        Status::Resolved => finding,
    };
    Ok(Said { finding, headline, resource: where_it_is })
}

/// The image, if the resource is one: by its ARN, else by the details that Inspector gives of an image.
fn image(said: Detail<'_>, resource: Detail<'_>, event: &Event) -> Option<Image> {
    let details = ["details.awsEcrContainerImage", "details.image"]
        .into_iter()
        .map(|path| resource.at(path))
        .find(|details| details.get("repositoryName").is_some())
        .unwrap_or(Detail(&serde_json::Value::Null));
    let tags = details.texts("imageTags");
    let hash = details.raw("imageHash").or_else(|| details.raw("imageDigest"));
    let id = resource.raw("id").or_else(|| event.resources.first().cloned());
    if let Some((repository, digest)) = id.as_deref().and_then(Repository::from_arn)
        && let Some(digest) = digest.or_else(|| hash.clone())
    {
        return Image::new(repository, Some(digest), tags);
    }
    // Images of other clouds have a repository and a digest too, and an identifier that is no ECR ARN.
    let is_ecr = resource.text("type").is_none_or(|kind| kind.eq_ignore_ascii_case("AWS_ECR_CONTAINER_IMAGE"));
    let name = details.raw("repositoryName").filter(|_| is_ecr)?;
    let account = details.raw("registry").and_then(|a| known(&a)).or_else(|| account(said, event));
    let region = region(resource, event);
    let repository = Repository::owned_by(&name, &account.unwrap_or_default(), &region.unwrap_or_default());
    Image::new(repository, Some(hash?), tags)
}

/// An instance, a function, a code repository, something in another cloud: as Inspector names it.
fn other_resource(
    said: Detail<'_>,
    resource: Detail<'_>,
    arn: &str,
    event: &Event,
) -> Option<(Finding, String, Scanned)> {
    let id = resource.raw("id").or_else(|| event.resources.first().cloned())?;
    let kind = resource.text("type").unwrap_or_else(|| "resource".to_owned());
    let owner = Arn::parse(&id);
    let finding_arn = Arn::parse(arn);
    let account = owner
        .as_ref()
        .and_then(|o| known(&o.account))
        .or_else(|| account(said, event))
        .or_else(|| finding_arn.as_ref().and_then(|f| known(&f.account)));
    let region = owner
        .as_ref()
        .and_then(|o| known(&o.region))
        .or_else(|| region(resource, event))
        .or_else(|| finding_arn.as_ref().and_then(|f| known(&f.region)));
    let scanned = Scanned::of(&kind, &id);
    let name = scanned::name(&id, resource);
    let url = region.as_deref().and_then(console::in_region).map(|c| c.inspector_finding(arn));
    let resource = Resource::new(scanned::identity(id), &kind, &name);
    let name = resource.name.clone();
    let finding = Finding::new(NAME, scanned.vulnerabilities(""), resource, event)
        .identity_rule(IMAGE_RULE)
        .owner(account, region)
        .console_url(url);
    Some((finding, name, scanned))
}

fn account(said: Detail<'_>, event: &Event) -> Option<String> {
    said.raw("awsAccountId").and_then(|a| known(&a)).or_else(|| known(&event.account))
}

/// For a resource of another cloud, `region` is that cloud's: Inspector still works in the region of the event.
fn region(resource: Detail<'_>, event: &Event) -> Option<String> {
    let foreign = resource.text("provider").is_some_and(|provider| !provider.eq_ignore_ascii_case("AWS"));
    let own = resource.raw("region").filter(|_| !foreign).and_then(|r| known(&r));
    own.or_else(|| known(&event.region))
}

fn tags(mut finding: Finding, resource: Detail<'_>) -> Finding {
    let Some(map) = resource.get("tags").and_then(|tags| tags.as_object()) else { return finding };
    for (key, value) in map.iter().take(MAX_TAGS) {
        if let Some(value) = value.as_str() {
            finding = finding.tag(key, value);
        }
    }
    finding
}
