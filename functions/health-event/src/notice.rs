//! What an event of AWS Health says, as values and as words for people.

use std::collections::BTreeMap;

use jiff::Timestamp;
use plimsoll_finding::{Detail, Event, Status, Unreadable, clean_line, code_in_words};

/// Affected resources that are named; the others are counted.
const MAX_NAMED: usize = 5;
/// Characters of the description that are shown, up to the end of a sentence.
const MAX_SUMMARY: usize = 400;
/// What AWS writes in place of a resource that it does not name.
const NO_RESOURCE: [&str; 2] = ["UNKNOWN", "AWS_ACCOUNT"];

/// What kind of news it is: the detail-type for abuse, else `eventTypeCategory`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    Issue,
    Investigation,
    ScheduledChange,
    Notification,
    Abuse,
    /// A category that AWS added later.
    Other,
}

impl Topic {
    /// AWS's own word, which the table of advice uses as well.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Investigation => "investigation",
            Self::ScheduledChange => "scheduledChange",
            Self::Notification => "accountNotification",
            Self::Abuse => "abuse",
            Self::Other => "other",
        }
    }

    pub(crate) const fn check(self) -> &'static str {
        match self {
            Self::Issue => "health:issue",
            Self::Investigation => "health:investigation",
            Self::ScheduledChange => "health:scheduled-change",
            Self::Notification => "health:notification",
            Self::Abuse => "health:abuse",
            Self::Other => "health:other",
        }
    }

    fn of(word: &str) -> Self {
        [Self::Issue, Self::Investigation, Self::ScheduledChange, Self::Notification]
            .into_iter()
            .find(|topic| topic.name().eq_ignore_ascii_case(word))
            .unwrap_or(Self::Other)
    }
}

/// Abuse reports and credentials that leaked come under services of their own.
pub(crate) fn is_abuse(service: &str, code: &str) -> bool {
    service.eq_ignore_ascii_case("ABUSE") || code.starts_with("AWS_ABUSE_")
}

/// One event of AWS Health.
#[derive(Debug)]
pub(crate) struct Notice {
    /// `eventArn`, exactly as sent.
    pub(crate) arn: String,
    pub(crate) service: String,
    /// `eventTypeCode`, for example `AWS_ECS_TASK_PATCHING_RETIREMENT`.
    pub(crate) code: String,
    pub(crate) topic: Topic,
    pub(crate) status: Status,
    pub(crate) is_public: bool,
    /// The account that it concerns; for a copy in the organisation view not the one of the envelope.
    pub(crate) affected_account: String,
    /// The region that it concerns; empty for global services.
    pub(crate) region: String,
    pub(crate) start: Option<Timestamp>,
    pub(crate) end: Option<Timestamp>,
    pub(crate) updated: Option<Timestamp>,
    /// When AWS sent this: what "in seven days" counts from.
    pub(crate) sent: Timestamp,
    /// The first sentences of the description.
    pub(crate) summary: Option<String>,
    /// `ACTION_REQUIRED`, `ACTION_MAY_BE_REQUIRED` or `INFORMATIONAL`.
    pub(crate) actionability: Option<String>,
    personas: Vec<String>,
    entities: Vec<String>,
    page: u64,
    pages: u64,
    /// Tags of the affected resource, if there is one only.
    pub(crate) tags: BTreeMap<String, String>,
}

impl Notice {
    pub(crate) fn of(event: &Event, is_abuse: bool) -> Result<Self, Unreadable> {
        let detail = event.detail();
        let text = |path: &str| detail.text(path);
        let category = text("eventTypeCategory").ok_or_else(|| Unreadable::missing("eventTypeCategory"))?;
        let account = || Some(event.account.clone()).filter(|account| !account.is_empty());
        let region = text("eventRegion").or_else(|| Some(clean_line(&event.region))).unwrap_or_default();
        let entities = entities(event);
        Ok(Self {
            arn: detail.raw("eventArn").ok_or_else(|| Unreadable::missing("eventArn"))?,
            service: text("service").unwrap_or_else(|| "AWS".to_owned()),
            code: text("eventTypeCode").ok_or_else(|| Unreadable::missing("eventTypeCode"))?,
            topic: if is_abuse { Topic::Abuse } else { Topic::of(&category) },
            status: status(detail)?,
            is_public: text("eventScopeCode").is_some_and(|scope| scope.eq_ignore_ascii_case("PUBLIC")),
            affected_account: text("affectedAccount")
                .or_else(account)
                .ok_or_else(|| Unreadable::missing("affectedAccount"))?,
            region: if region == "global" { String::new() } else { region },
            start: detail.time("startTime"),
            end: detail.time("endTime"),
            updated: detail.time("lastUpdatedTime"),
            sent: event.latest(detail.time("lastUpdatedTime")).unwrap_or(event.received_at),
            summary: summary(detail),
            actionability: text("actionability").map(|word| word.to_ascii_uppercase()),
            personas: detail.texts("personas").into_iter().map(|word| word.to_ascii_uppercase()).collect(),
            tags: tags(detail),
            entities,
            page: detail.count("page").unwrap_or(1),
            pages: detail.count("totalPages").unwrap_or(1),
        })
    }

    /// Whether AWS addresses the event to these readers: `SECURITY`, `BILLING`, `OPERATIONAL`.
    pub(crate) fn is_for(&self, persona: &str) -> bool {
        self.personas.iter().any(|word| word == persona)
    }

    /// Whether it says that something of ours is affected: it was sent to this account alone, or names a resource.
    pub(crate) fn is_about_us(&self) -> bool {
        !self.is_public || !self.entities.is_empty()
    }

    pub(crate) fn has_started(&self) -> bool {
        self.start.is_some_and(|start| start <= self.sent)
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.end.is_some_and(|end| end <= self.sent)
    }

    /// The event type in words: `task patching retirement`.
    pub(crate) fn words(&self) -> String {
        let code = self.code.strip_prefix("AWS_").unwrap_or(&self.code);
        let code = code.strip_prefix(&format!("{}_", self.service)).unwrap_or(code);
        let code = code.strip_suffix("_SCHEDULED").unwrap_or(code);
        let words = code_in_words(&code.to_ascii_uppercase());
        words.split(' ').map(|word| if word == "dos" { "DoS" } else { word }).collect::<Vec<_>>().join(" ")
    }

    /// What people call the service: AWS writes `LAMBDA`, and `RISK` for what is no service.
    pub(crate) fn service_name(&self) -> &str {
        match self.service.as_str() {
            "ABUSE" => "AWS abuse team",
            "RISK" => "AWS security",
            "LAMBDA" => "Lambda",
            "FARGATE" => "Fargate",
            "DYNAMODB" => "DynamoDB",
            "CLOUDFRONT" => "CloudFront",
            "ELASTICACHE" => "ElastiCache",
            other => other,
        }
    }

    /// The only affected resource by its name; `None` where there are several, or where the name says nothing to people.
    fn only_affected(&self) -> Option<&str> {
        let [only] = self.entities.as_slice() else { return None };
        let id = only.rsplit_once(" (").map_or(only.as_str(), |(id, _)| id);
        let name = id.rsplit(['/', ':']).next().filter(|name| !name.is_empty())?;
        let is_uuid = name.len() == 36 && name.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
        (self.pages <= 1 && name.len() <= 60 && !is_uuid).then_some(name)
    }

    /// What the tables look at: the event type; RDS and others announce a certificate that ends by a general event type.
    pub(crate) fn kind(&self) -> String {
        let may_be_general = matches!(self.topic, Topic::ScheduledChange | Topic::Notification);
        let names_one = self.summary.as_ref().is_some_and(|text| text.to_ascii_lowercase().contains("certificate"));
        if may_be_general && names_one { format!("{} CERTIFICATE", self.code) } else { self.code.clone() }
    }

    /// What people call it: `ECS task patching retirement`.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.service_name(), self.words())
    }

    pub(crate) fn title(&self) -> String {
        let (service, words) = (self.service_name(), self.words());
        if self.status == Status::Resolved {
            return format!("{service}: {words} is over");
        }
        let place = match (self.topic, self.start) {
            (Topic::ScheduledChange, Some(start)) => format!(" on {}", start.strftime("%Y-%m-%d")),
            _ if self.region.is_empty() => String::new(),
            _ => format!(" in {}", self.region),
        };
        if let Some(name) = self.only_affected() {
            return format!("{service}: {words}{place}: {name}");
        }
        let affected = match self.entities.len() {
            0 => String::new(),
            // Each page knows its own resources only, and all pages are one finding with one title.
            _ if self.pages > 1 => format!(", {} pages of affected resources", self.pages),
            count => format!(", {count} affected"),
        };
        format!("{service}: {words}{place}{affected}")
    }

    /// What AWS says about whether somebody must act.
    pub(crate) fn action(&self) -> Option<&'static str> {
        match self.actionability.as_deref()? {
            "ACTION_REQUIRED" => Some("required, says AWS"),
            "ACTION_MAY_BE_REQUIRED" => Some("may be required, says AWS"),
            "INFORMATIONAL" => Some("none, says AWS"),
            _ => None,
        }
    }

    /// The affected resources: some by name, the others counted.
    pub(crate) fn affected(&self) -> Option<String> {
        let more = self.entities.len().saturating_sub(MAX_NAMED);
        let named = self.entities.iter().take(MAX_NAMED).cloned().collect::<Vec<_>>().join(", ");
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let page = if self.pages > 1 { format!(" (page {} of {})", self.page, self.pages) } else { String::new() };
        (!self.entities.is_empty()).then(|| format!("{named}{more}{page}"))
    }
}

/// Upcoming and open are open: somebody has to know. An event without a state is as old as 2018, or an abuse report.
fn status(detail: Detail<'_>) -> Result<Status, Unreadable> {
    let Some(word) = detail.text("statusCode") else { return Ok(Status::Open) };
    match word.to_ascii_lowercase().as_str() {
        "closed" => Ok(Status::Resolved),
        "open" | "upcoming" => Ok(Status::Open),
        _ => Err(Unreadable::reasons(format!(
            "`detail.statusCode` is {word}, which is none of open, upcoming and closed"
        ))),
    }
}

/// The affected resources, each once, with their own state if there is one.
fn entities(event: &Event) -> Vec<String> {
    let mut named: Vec<String> = Vec::new();
    let entities = event.detail().list("affectedEntities");
    let of_detail = entities.iter().filter_map(|entity| {
        let value = entity.text("entityValue")?;
        let state = entity.text("status").or_else(|| entity.text("statusCode"));
        let state = state.filter(|state| !NO_RESOURCE.contains(&state.as_str()));
        (!NO_RESOURCE.contains(&value.as_str())).then(|| match state {
            Some(state) => format!("{value} ({})", state.to_ascii_lowercase()),
            None => value,
        })
    });
    named.extend(of_detail);
    if named.is_empty() {
        let resources = event.resources.iter().map(|resource| clean_line(resource));
        named.extend(resources.filter(|name| !name.is_empty() && !NO_RESOURCE.contains(&name.as_str())));
    }
    let mut seen = std::collections::BTreeSet::new();
    named.retain(|name| seen.insert(name.clone()));
    named
}

fn tags(detail: Detail<'_>) -> BTreeMap<String, String> {
    let entities = detail.list("affectedEntities");
    let [only] = entities.as_slice() else { return BTreeMap::new() };
    let tags = only.get("tags").and_then(serde_json::Value::as_object);
    let texts = tags.into_iter().flatten().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
    texts.collect()
}

/// The first sentences of the description, in English if there is a choice.
fn summary(detail: Detail<'_>) -> Option<String> {
    let all = detail.list("eventDescription");
    let english = all.iter().find(|one| one.text("language").is_some_and(|language| language.starts_with("en")));
    let text = english.or(all.first())?.raw("latestDescription")?;
    // AWS writes some line breaks as a backslash and an `n`.
    let text = clean_line(&text.replace("\\n", " ").replace("\\r", " "));
    if text.chars().count() <= MAX_SUMMARY {
        return Some(text).filter(|text| !text.is_empty());
    }
    let shown: String = text.chars().take(MAX_SUMMARY).collect();
    let end = [". ", "! ", "? "].into_iter().filter_map(|mark| shown.rfind(mark)).max();
    match end.and_then(|end| shown.get(..=end)) {
        Some(sentences) => Some(sentences.to_owned()),
        None => Some(format!("{}…", shown.rsplit_once(' ').map_or(shown.as_str(), |(words, _)| words))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn notice(change: &Value) -> Notice {
        let mut detail = json!({"eventArn": "arn:aws:health:eu-central-1::event/X", "service": "EC2",
            "eventTypeCode": "AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED", "eventTypeCategory": "scheduledChange",
            "startTime": "Tue, 1 Dec 2026 06:00:00 GMT", "eventRegion": "eu-central-1"});
        for (key, value) in change.as_object().unwrap() {
            detail[key] = value.clone();
        }
        let envelope = json!({"id": "e", "source": "aws.health", "detail-type": "AWS Health Event", "account": "111122223333",
            "region": "eu-central-1", "time": "2026-11-20T10:00:00Z", "resources": [], "detail": detail});
        Notice::of(&Event::from_envelope(&envelope, Timestamp::UNIX_EPOCH).unwrap(), false).unwrap()
    }

    #[test]
    fn titles_say_what_when_and_how_many() {
        let title = |change: &Value| notice(change).title();
        assert_eq!(title(&json!({})), "EC2: instance retirement on 2026-12-01");
        let many: Vec<Value> = (0..7).map(|n| json!({"entityValue": format!("i-{n}"), "status": "PENDING"})).collect();
        assert_eq!(title(&json!({"affectedEntities": many})), "EC2: instance retirement on 2026-12-01, 7 affected");
        let paged = json!({"affectedEntities": many, "page": "2", "totalPages": "3"});
        assert_eq!(title(&paged), "EC2: instance retirement on 2026-12-01, 3 pages of affected resources");
        let affected = notice(&paged).affected().unwrap();
        assert!(
            affected.starts_with("i-0 (pending), ") && affected.ends_with(" and 2 more (page 2 of 3)"),
            "{affected}"
        );
        let one = json!({"affectedEntities": [{"entityValue": "arn:aws:ec2:eu-central-1:111122223333:instance/i-7", "status": "PENDING"}]});
        assert_eq!(title(&one), "EC2: instance retirement on 2026-12-01: i-7");
        let uuid = json!({"affectedEntities": [{"entityValue": "5c1d9a0e-8f2b-4c3d-9e4f-0a1b2c3d4e5f"}]});
        assert_eq!(title(&uuid), "EC2: instance retirement on 2026-12-01, 1 affected");
        let risk = json!({"service": "RISK", "eventTypeCode": "AWS_RISK_CREDENTIALS_EXPOSED", "eventTypeCategory": "issue",
            "affectedEntities": [{"entityValue": "arn:aws:iam::111122223333:user/deployer"}]});
        assert_eq!(title(&risk), "AWS security: credentials exposed in eu-central-1: deployer");
        assert_eq!(title(&json!({"statusCode": "closed"})), "EC2: instance retirement is over");
        let issue = json!({"eventTypeCategory": "issue", "eventTypeCode": "AWS_EC2_OPERATIONAL_ISSUE"});
        assert_eq!(title(&issue), "EC2: operational issue in eu-central-1");
    }

    #[test]
    fn a_description_gives_its_first_sentences() {
        let summary = |text: &str| notice(&json!({"eventDescription": [{"latestDescription": text}]})).summary;
        assert_eq!(summary("\\nOne.\\n\\nTwo.").as_deref(), Some("One. Two."));
        let long = format!("First. Second. {}", "word ".repeat(200));
        assert_eq!(summary(&long).as_deref(), Some("First. Second."));
        let endless = summary(&"word ".repeat(200)).unwrap();
        assert!(endless.ends_with("word…") && endless.chars().count() <= MAX_SUMMARY, "{endless}");
        let languages = json!({"eventDescription": [{"language": "ja_JP", "latestDescription": "はい。"},
            {"language": "en_US", "latestDescription": "Yes."}]});
        assert_eq!(notice(&languages).summary.as_deref(), Some("Yes."));
    }

    #[test]
    fn what_aws_does_not_name_is_no_resource() {
        let unknown = json!({"affectedEntities": [{"entityValue": "UNKNOWN"}, {"entityValue": "AWS_ACCOUNT"}]});
        assert_eq!(notice(&unknown).affected(), None);
        let twice = json!({"affectedEntities": [{"entityValue": "i-1"}, {"entityValue": "i-1", "status": "UNKNOWN"}]});
        assert_eq!(notice(&twice).affected().as_deref(), Some("i-1"));
        let tagged = json!({"affectedEntities": [{"entityValue": "i-1", "tags": {"stage": "prod"}}]});
        assert_eq!(notice(&tagged).tags["stage"], "prod");
    }
}
