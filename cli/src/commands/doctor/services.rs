//! The services that the sources rest on, judged by what was read. Where a line of the checklist asks the same question,
//! its judgement stands.

use std::{collections::BTreeSet, fmt};

use jiff::Timestamp;
use plimsoll_app::SOURCES;
use plimsoll_checklist::{Checklist, Remedy};
use plimsoll_collector::prerequisites::{BACKUP_REGION, DELIVERY_CHANNELS, LAMBDA_ACCOUNT, actions_of};
use plimsoll_evidence::{
    Collection, LineEvidence, Profile, ReadError, ReadErrorKind, ReadState, Resource, judge, reads::lines_of,
};
use plimsoll_finding::clean_line;
use serde::Serialize;
use serde_json::Value;

/// Most characters of an error of AWS that are shown.
const SHOWN_CHARS: usize = 300;

/// Whether a service is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    /// It is on.
    On,
    /// It is off.
    Off,
    /// It is on, and does less than the suite needs.
    Partial,
    /// The credentials may not look.
    NotAllowed,
    /// AWS gave no answer, or one that cannot be read.
    NotReached,
    /// The question costs money, and no paid request was allowed.
    NotAsked,
}

impl State {
    /// `None` for what was not seen.
    pub(super) fn is_ok(self) -> Option<bool> {
        match self {
            Self::On => Some(true),
            Self::Off | Self::Partial => Some(false),
            Self::NotAllowed | Self::NotReached | Self::NotAsked => None,
        }
    }
}

/// What nobody hears of while a service is off.
#[derive(Debug, Default, Serialize)]
pub(super) struct Dark {
    /// Source functions that get no events.
    sources: Vec<&'static str>,
    /// Lines of the checklist that lose evidence.
    lines: Vec<String>,
    /// What else.
    #[serde(skip_serializing_if = "Option::is_none")]
    also: Option<&'static str>,
}

impl fmt::Display for Dark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if !self.sources.is_empty() {
            parts.push(format!("{} stays silent", self.sources.join(", ")));
        }
        match self.lines.as_slice() {
            [] => {}
            [line] => parts.push(format!("1 line loses evidence: {line}")),
            lines => parts.push(format!("{} lines lose evidence: {}", lines.len(), lines.join(", "))),
        }
        parts.extend(self.also.map(ToOwned::to_owned));
        write!(f, "{}", parts.join("; "))
    }
}

/// One service, judged.
#[derive(Debug, Serialize)]
pub(super) struct Verdict {
    pub(super) name: &'static str,
    pub(super) state: State,
    /// What was found, or why nothing was.
    pub(super) detail: String,
    /// What to do; `None` where it is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fix: Option<String>,
    /// What nobody hears of without it, whether it is on or not.
    pub(super) dark: Dark,
}

/// A question without an answer.
struct Unseen {
    state: State,
    detail: String,
    fix: String,
}

impl Unseen {
    fn odd(kind: &str) -> Self {
        Self {
            state: State::NotReached,
            detail: format!("the answer to {kind} cannot be understood"),
            fix: "run this again; if it stays, please report it with what the AWS command line prints".to_owned(),
        }
    }
}

type Judged = Result<(State, String), Unseen>;

/// What was read, and what the lines of the checklist say about it.
pub(super) struct Answers {
    collection: Collection,
    lines: Vec<LineEvidence>,
    may_pay: bool,
}

impl Answers {
    /// `may_pay`: whether requests to Cost Explorer were allowed.
    pub(super) fn of(collection: Collection, may_pay: bool) -> Self {
        let lines = judge(std::slice::from_ref(&collection), &Profile::default());
        Self { collection, lines, may_pay }
    }

    /// Everything of a kind; only a complete answer is one.
    fn all(&self, kind: &str) -> Result<&[Resource], Unseen> {
        match self.collection.reads.get(kind) {
            Some(read) if read.complete => Ok(&read.resources),
            Some(read) => Err(read.errors.first().map_or_else(|| Unseen::odd(kind), |error| refused(kind, error))),
            None if kind.starts_with("ce:") && !self.may_pay => Err(Unseen {
                state: State::NotAsked,
                detail: "not asked, since each request to Cost Explorer costs 0.01 USD".to_owned(),
                fix: "allow two requests with --paid-calls 2".to_owned(),
            }),
            None => Err(Unseen {
                state: State::NotReached,
                detail: format!("no time was left for {kind}"),
                fix: "run this again".to_owned(),
            }),
        }
    }

    /// Whether that line of the checklist is met by these kinds.
    fn line(&self, id: &str, kinds: &[&str]) -> Result<bool, Unseen> {
        for kind in kinds {
            self.all(kind)?;
        }
        let state = self.lines.iter().find(|line| line.line == id).map(|line| line.state(self.now()));
        match state {
            Some(ReadState::Met) => Ok(true),
            Some(ReadState::Gap) => Ok(false),
            _ => Err(Unseen::odd(&kinds.join(" and "))),
        }
    }

    fn now(&self) -> Timestamp {
        self.collection.finished_at
    }
}

fn refused(kind: &str, error: &ReadError) -> Unseen {
    // The words of AWS may hold what somebody put there.
    let whole = clean_line(&error.message);
    let mut said: String = whole.chars().take(SHOWN_CHARS).collect();
    if said.len() < whole.len() {
        said.push('…');
    }
    if error.kind == ReadErrorKind::Denied {
        let actions = actions_of(kind);
        // A handler of Cloud Control is refused in the service, and then AWS names one of its actions.
        let names = |action: &&String| whole.contains(&format!("not authorized to perform: {action} "));
        let wanted: Vec<&str> = match actions.iter().find(names) {
            Some(one) => vec![one],
            None => actions.iter().map(String::as_str).collect(),
        };
        let detail = format!("not allowed to look: {said}");
        return Unseen { state: State::NotAllowed, detail, fix: format!("allow {}", wanted.join(", ")) };
    }
    let detail = format!("could not be reached, {}: {said}", error.kind.label());
    Unseen {
        state: State::NotReached,
        detail,
        fix: "run this again; if it stays, look at the network and the region".to_owned(),
    }
}

/// One service: what it is called, what is judged, and what depends on it.
struct Service {
    name: &'static str,
    judge: fn(&Answers) -> Judged,
    /// The source functions that it feeds.
    sources: &'static [&'static str],
    /// What the checks of its findings begin with.
    checks: &'static [&'static str],
    /// What else only it can show.
    kinds: &'static [&'static str],
    also: Option<&'static str>,
    /// The line of the checklist whose page says how to switch it on.
    line: Option<&'static str>,
    /// Where no page does.
    fix: &'static str,
}

const REGISTRY: &str = "AWS::ECR::RegistryScanningConfiguration";
const INSPECTOR: &str = "inspector2:BatchGetAccountStatus";
const RECORDERS: &str = "config:DescribeConfigurationRecorderStatus";
const DETECTORS: &str = "guardduty:GetDetector";
const PLANS: &str = "AWS::Backup::BackupPlan";
const MONITORS: &str = "ce:GetAnomalyMonitors";
const SUBSCRIPTIONS: &str = "ce:GetAnomalySubscriptions";
const TRAILS: &str = "AWS::CloudTrail::Trail";

const SERVICES: [Service; 7] = [
    Service {
        name: "ECR scanning",
        judge: images,
        sources: &["ecr-scan"],
        checks: &["ecr-scan:", "inspector:"],
        kinds: &[],
        also: None,
        line: Some("SEC-02"),
        fix: "",
    },
    Service {
        name: "AWS Config",
        judge: config,
        sources: &["config-rule"],
        checks: &["config:"],
        kinds: &[RECORDERS],
        also: None,
        line: Some("GOV-03"),
        fix: "",
    },
    Service {
        name: "GuardDuty",
        judge: guardduty,
        sources: &["guardduty-finding"],
        checks: &["guardduty:"],
        kinds: &[DETECTORS],
        also: None,
        line: Some("GOV-06"),
        fix: "",
    },
    Service {
        name: "AWS Backup",
        judge: backup,
        sources: &["backup-job"],
        checks: &["backup:"],
        kinds: &[PLANS],
        also: None,
        line: Some("DR-02"),
        fix: "",
    },
    Service {
        name: "Cost anomalies",
        judge: anomalies,
        sources: &["cost-anomaly"],
        checks: &["cost:anomaly"],
        kinds: &[MONITORS],
        also: Some("AWS Budgets are told all the same"),
        line: Some("FIN-01"),
        fix: "",
    },
    Service {
        name: "CloudTrail",
        judge: trail,
        sources: &[],
        checks: &[],
        kinds: &[TRAILS],
        also: Some("the direct notice `root-login` tells nobody"),
        line: Some("GOV-01"),
        fix: "",
    },
    Service {
        name: "Lambda quota",
        judge: concurrency,
        sources: &[],
        checks: &[],
        kinds: &[],
        also: Some("events wait in their queues and alerts come late; none is lost"),
        line: None,
        fix: "aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 \
              --desired-value 1000",
    },
];

/// Every service, in the order in which the documentation names them.
pub(super) fn examine(answers: &Answers, checklist: &Checklist) -> Vec<Verdict> {
    SERVICES.iter().map(|service| service.examine(answers, checklist)).collect()
}

impl Service {
    fn examine(&self, answers: &Answers, checklist: &Checklist) -> Verdict {
        let (state, detail, fix) = match (self.judge)(answers) {
            Ok((State::On, detail)) => (State::On, detail, None),
            Ok((state, detail)) => (state, detail, Some(self.fix(checklist))),
            Err(unseen) => (unseen.state, unseen.detail, Some(unseen.fix)),
        };
        Verdict { name: self.name, state, detail, fix, dark: self.dark(checklist) }
    }

    fn fix(&self, checklist: &Checklist) -> String {
        let remedy = self.line.and_then(|line| checklist.item(line)).and_then(|item| item.remedy.as_ref());
        let page = remedy.map(Remedy::page);
        page.unwrap_or_else(|| self.fix.to_owned())
    }

    /// Lines that a finding of the service can move, and those that its configuration proves.
    fn dark(&self, checklist: &Checklist) -> Dark {
        let read: BTreeSet<&str> = self.kinds.iter().flat_map(|kind| lines_of(kind)).collect();
        let moved = |check: &str| self.checks.iter().any(|prefix| check.starts_with(prefix));
        let lines = checklist.items().iter().filter(|item| {
            !item.is_alias() && (read.contains(item.id.as_str()) || item.evidence.iter().any(|rule| moved(&rule.check)))
        });
        Dark { sources: self.sources.to_vec(), lines: lines.map(|item| item.id.clone()).collect(), also: self.also }
    }
}

/// The text of a property, which must be there.
fn text<'a>(resource: &'a Resource, path: &str, kind: &str) -> Result<&'a str, Unseen> {
    resource.properties.pointer(path).and_then(Value::as_str).ok_or_else(|| Unseen::odd(kind))
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// Scanning of every repository by a rule of the registry; by Inspector, where the registry asks for that.
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html>
fn images(answers: &Answers) -> Judged {
    let Some(registry) = answers.all(REGISTRY)?.first() else {
        return Ok((State::Off, "the registry has no scanning configuration".to_owned()));
    };
    let enhanced = match text(registry, "/ScanType", REGISTRY)? {
        "BASIC" => false,
        "ENHANCED" => true,
        _ => return Err(Unseen::odd(REGISTRY)),
    };
    if enhanced {
        let account = answers.all(INSPECTOR)?.first().ok_or_else(|| Unseen::odd(INSPECTOR))?;
        let status = text(account, "/resourceState/ecr/status", INSPECTOR)?;
        if !status.eq_ignore_ascii_case("ENABLED") {
            let detail = format!(
                "the registry asks for enhanced scanning, and Inspector does not scan ECR: {}",
                clean_line(status)
            );
            return Ok((State::Off, detail));
        }
    }
    let automatic = list(&registry.properties, "Rules").filter(|rule| {
        let frequency = rule.get("ScanFrequency").and_then(Value::as_str);
        matches!(frequency, Some("SCAN_ON_PUSH" | "CONTINUOUS_SCAN"))
    });
    let filters: Vec<&str> = automatic
        .flat_map(|rule| list(rule, "RepositoryFilters"))
        .filter_map(|filter| filter.get("Filter").and_then(Value::as_str))
        .collect();
    let by = if enhanced { "enhanced scanning by Inspector" } else { "basic scanning on push" };
    Ok(match filters.as_slice() {
        [] => (State::Off, format!("{by}, and no rule of the registry scans a repository by itself")),
        filters if filters.contains(&"*") => (State::On, format!("{by} of every repository")),
        some => (State::Partial, format!("{by} only of repositories that match {}", named(some))),
    })
}

/// The recorder runs, its last delivery worked, and there is a channel to deliver by.
fn config(answers: &Answers) -> Judged {
    let recorders = answers.all(RECORDERS)?;
    let channels = answers.all(DELIVERY_CHANNELS)?;
    if recorders.is_empty() {
        return Ok((State::Off, "no recorder in this region".to_owned()));
    }
    let works = answers.line("GOV-03", &[RECORDERS])?;
    let recording = |recorder: &&Resource| recorder.properties.get("recording").and_then(Value::as_bool) == Some(true);
    let Some(running) = recorders.iter().find(recording) else {
        let names: Vec<&str> = recorders.iter().map(|recorder| recorder.id.as_str()).collect();
        return Ok((State::Off, format!("the recorder {} is stopped", named(&names))));
    };
    if channels.is_empty() {
        return Ok((State::Off, "a recorder, and no delivery channel".to_owned()));
    }
    if works {
        return Ok((State::On, format!("the recorder {} runs and delivers", clean_line(&running.id))));
    }
    let status = text(running, "/lastStatus", RECORDERS)?;
    let why = running.properties.get("lastErrorCode").and_then(Value::as_str);
    let why = why.map_or_else(String::new, |why| format!(" ({why})"));
    Ok((
        State::Partial,
        clean_line(&format!("the recorder {} runs, and its last delivery is {status}{why}", running.id)),
    ))
}

/// A detector that is enabled.
fn guardduty(answers: &Answers) -> Judged {
    let detectors = answers.all(DETECTORS)?;
    if detectors.is_empty() {
        return Ok((State::Off, "no detector in this region".to_owned()));
    }
    Ok(if answers.line("GOV-06", &[DETECTORS])? {
        (State::On, "a detector is enabled".to_owned())
    } else {
        (State::Off, "the detector is suspended".to_owned())
    })
}

/// A plan, and resource types that it may protect. <https://docs.aws.amazon.com/aws-backup/latest/devguide/getting-started.html>
fn backup(answers: &Answers) -> Judged {
    let plans = answers.all(PLANS)?;
    let region = answers.all(BACKUP_REGION)?.first().ok_or_else(|| Unseen::odd(BACKUP_REGION))?;
    if plans.is_empty() {
        return Ok((State::Off, "no backup plan in this region".to_owned()));
    }
    let preferences = region.properties.get("ResourceTypeOptInPreference").and_then(Value::as_object);
    let preferences = preferences.filter(|all| !all.is_empty()).ok_or_else(|| Unseen::odd(BACKUP_REGION))?;
    let left_out: Vec<&str> =
        preferences.iter().filter(|(_, value)| value.as_bool() != Some(true)).map(|(name, _)| name.as_str()).collect();
    let count = match plans.len() {
        1 => "1 plan".to_owned(),
        many => format!("{many} plans"),
    };
    Ok(if left_out.is_empty() {
        (State::On, format!("{count}; every resource type is opted in"))
    } else if left_out.len() == preferences.len() {
        (State::Off, format!("{count}, and no resource type is opted in"))
    } else {
        (State::On, format!("{count}; not opted in, so not backed up by tags: {}", named(&left_out)))
    })
}

/// A monitor with a subscription that tells somebody.
fn anomalies(answers: &Answers) -> Judged {
    let monitors = answers.all(MONITORS)?;
    answers.all(SUBSCRIPTIONS)?;
    if monitors.is_empty() {
        return Ok((State::Off, "no anomaly monitor".to_owned()));
    }
    Ok(if answers.line("FIN-01", &[MONITORS, SUBSCRIPTIONS])? {
        (State::On, format!("{} with a subscription that tells somebody", monitors_of(monitors.len())))
    } else {
        (State::Partial, format!("{}, and no subscription that tells somebody", monitors_of(monitors.len())))
    })
}

fn monitors_of(count: usize) -> String {
    if count == 1 { "1 monitor".to_owned() } else { format!("{count} monitors") }
}

/// A trail that logs management events of every region: without one, `EventBridge` hears of no sign-in.
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html>
fn trail(answers: &Answers) -> Judged {
    let trails = answers.all(TRAILS)?;
    if trails.is_empty() {
        return Ok((State::Off, "no trail".to_owned()));
    }
    if answers.line("GOV-01", &[TRAILS])? {
        return Ok((State::On, "a trail logs the management events of every region".to_owned()));
    }
    let mut is_logging = false;
    for trail in trails {
        let logs = trail.properties.get("IsLogging").and_then(Value::as_bool);
        is_logging |= logs.ok_or_else(|| Unseen::odd(TRAILS))?;
    }
    let names: Vec<&str> = trails.iter().map(|trail| trail.id.as_str()).collect();
    Ok(if is_logging {
        (State::Partial, format!("{}: none logs all management events of every region", named(&names)))
    } else {
        (State::Off, format!("{}: none is logging", named(&names)))
    })
}

/// Copies of functions that the suite may run at once: two for each source, one for a channel, one for the digest.
fn wanted() -> u64 {
    u64::try_from(SOURCES.len()).unwrap_or(u64::MAX).saturating_mul(2).saturating_add(2)
}

/// What functions without a reservation of their own share. A new account has 10.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
fn concurrency(answers: &Answers) -> Judged {
    let account = answers.all(LAMBDA_ACCOUNT)?.first().ok_or_else(|| Unseen::odd(LAMBDA_ACCOUNT))?;
    let number = |name: &str| account.properties.pointer(&format!("/AccountLimit/{name}")).and_then(Value::as_u64);
    let (Some(all), Some(free)) = (number("ConcurrentExecutions"), number("UnreservedConcurrentExecutions")) else {
        return Err(Unseen::odd(LAMBDA_ACCOUNT));
    };
    let (state, least) = (if free < wanted() { State::Partial } else { State::On }, wanted());
    let detail = match state {
        State::On => format!("{all} functions at once, {free} of them not reserved"),
        _ => format!("{all} functions at once, {free} of them not reserved; the suite may use {least}"),
    };
    Ok((state, detail))
}

/// Names from AWS, on one line.
fn named(names: &[&str]) -> String {
    clean_line(&names.join(", "))
}

#[cfg(test)]
mod tests;
