//! Accepted risks: somebody owns them, says why, and they end.

use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::{Severity, wildcard};
use serde::{Deserialize, Serialize};

use crate::{
    record::Record,
    route::{Matcher, Place},
};

/// The longest that a waiver may last, in days.
pub const LONGEST_DAYS: i64 = 90;
/// The longest that a waiver of a critical finding may last, in days.
pub const LONGEST_CRITICAL_DAYS: i64 = 14;
/// The longest that a waiver in the configuration may last, in days: who writes it has it reviewed with the file.
pub const LONGEST_STANDING_DAYS: i64 = 366;
/// How the id of a waiver in the configuration begins; the rest is its name.
pub const STANDING: &str = "plimsoll.toml/";
/// The fewest characters of a reason.
pub const SHORTEST_REASON: usize = 10;
const LONGEST: SignedDuration = SignedDuration::from_hours(LONGEST_DAYS * 24);
const LONGEST_CRITICAL: SignedDuration = SignedDuration::from_hours(LONGEST_CRITICAL_DAYS * 24);
const LONGEST_STANDING: SignedDuration = SignedDuration::from_hours(LONGEST_STANDING_DAYS * 24);

/// A risk that somebody accepted for a time. It silences alerts; it never makes a checklist line count as met, and
/// every digest lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// Names it.
    pub id: String,
    /// The exact key of one finding, or a resource pattern in which `*` stands for any text.
    pub target: WaiverTarget,
    /// The worst severity that it covers; what becomes worse is told.
    pub up_to: Severity,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// Who asked for it.
    pub proposed_by: String,
    /// When.
    pub proposed_at: Timestamp,
    /// Who agreed; `None` while it waits for approval and has no effect.
    pub approved_by: Option<String>,
    /// When it takes effect.
    pub from: Timestamp,
    /// When it ends.
    pub until: Timestamp,
    /// When somebody ended it early.
    #[serde(default)]
    pub revoked_at: Option<Timestamp>,
}

/// What a waiver covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaiverTarget {
    /// One finding, by its full key.
    Finding(String),
    /// All findings that match, by what they are about.
    Matching(Box<Matcher>),
    /// A line of the checklist, such as `SEC-07`, and what reads of the configuration find of it.
    Line(String),
    /// All findings of a check on resources whose id or name matches, as older builds wrote it.
    Resources {
        /// The check, for example `config:ECR_PRIVATE_IMAGE_SCANNING_ENABLED`.
        check: String,
        /// The pattern.
        pattern: String,
    },
}

/// Why a waiver is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WaiverError {
    /// It names nobody.
    #[error("a waiver needs an owner: --owner <name>")]
    NoOwner,
    /// It gives no reason.
    #[error("a waiver needs a reason of at least {SHORTEST_REASON} characters: --reason \"...\"")]
    NoReason,
    /// It never takes effect.
    #[error("a waiver must end after it begins")]
    EndsBeforeItBegins,
    /// It lasts too long.
    #[error("a waiver may last at most {0} days")]
    TooLong(i64),
    /// It would cover criticals by a pattern.
    #[error("a waiver of a critical finding needs its exact key, not a pattern")]
    CriticalNeedsKey,
    /// The proposer approved it.
    #[error("a waiver must be approved by somebody other than {0}, who proposed it")]
    SelfApproved(String),
}

/// What the waivers say of one finding at one time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WaiverState {
    /// Waived until then.
    pub active_until: Option<Timestamp>,
    /// The worst severity that all waivers in force cover.
    pub up_to: Option<Severity>,
    /// One of them stands in the configuration. Nothing is written when somebody takes it out, so it is looked at again
    /// before its end.
    pub is_standing: bool,
    /// A waiver of it ended then; the latest such time.
    pub ended_at: Option<Timestamp>,
}

impl Waiver {
    /// Whether it stands in the configuration rather than in the store.
    #[must_use]
    pub fn is_standing(&self) -> bool {
        self.id.starts_with(STANDING)
    }

    /// Checks the rules: owner, reason, at most 90 days (366 in the configuration), and for criticals 14 days and an exact
    /// key.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn validate(&self, require_approval: bool) -> Result<(), WaiverError> {
        if self.owner.trim().is_empty() {
            return Err(WaiverError::NoOwner);
        }
        if self.reason.trim().chars().count() < SHORTEST_REASON {
            return Err(WaiverError::NoReason);
        }
        if self.until <= self.from {
            return Err(WaiverError::EndsBeforeItBegins);
        }
        let lasts = self.until.duration_since(self.from);
        let (longest, days) =
            if self.is_standing() { (LONGEST_STANDING, LONGEST_STANDING_DAYS) } else { (LONGEST, LONGEST_DAYS) };
        if lasts > longest {
            return Err(WaiverError::TooLong(days));
        }
        if self.up_to == Severity::Critical {
            if !matches!(self.target, WaiverTarget::Finding(_)) {
                return Err(WaiverError::CriticalNeedsKey);
            }
            if lasts > LONGEST_CRITICAL {
                return Err(WaiverError::TooLong(LONGEST_CRITICAL_DAYS));
            }
        }
        match &self.approved_by {
            Some(approver) if require_approval && *approver == self.proposed_by => {
                Err(WaiverError::SelfApproved(approver.clone()))
            }
            _ => Ok(()),
        }
    }

    /// When it ends, or ended.
    #[must_use]
    pub fn ends(&self) -> Timestamp {
        self.revoked_at.map_or(self.until, |revoked| revoked.min(self.until))
    }

    /// Whether it is in force at `now`.
    #[must_use]
    pub fn in_force(&self, now: Timestamp) -> bool {
        self.approved_by.is_some() && self.from <= now && now < self.ends()
    }

    /// Whether it covers the finding as it is now.
    #[must_use]
    pub fn covers(&self, record: &Record) -> bool {
        let target = match &self.target {
            WaiverTarget::Finding(key) => key == record.key.as_str(),
            target => record.severity() < Severity::Critical && target.describes(record),
        };
        target && record.severity() <= self.up_to
    }
}

impl WaiverTarget {
    /// Whether it names the finding, whatever its severity.
    #[must_use]
    pub fn describes(&self, record: &Record) -> bool {
        let finding = &record.finding;
        let matches = |matcher: &Matcher| {
            let place = Place { account: &finding.account, environment: None };
            matcher.mismatch(finding, place).is_none() && words_fit_all_parts(matcher, record)
        };
        match self {
            Self::Finding(key) => key == record.key.as_str(),
            Self::Matching(matcher) => matches(matcher),
            Self::Line(line) => finding.check.strip_prefix("evidence:") == Some(line.as_str()),
            Self::Resources { check, pattern } => {
                *check == finding.check && matches(&Matcher { resource: Some(pattern.clone()), ..Matcher::default() })
            }
        }
    }
}

/// Whether the words that a matcher asks for are said of every open part. The title and the message are those of the newest
/// event, which may be about one part of several: an accepted vulnerability must not silence another one of the same image.
fn words_fit_all_parts(matcher: &Matcher, record: &Record) -> bool {
    let patterns: Vec<&String> = matcher.title.iter().chain(&matcher.message).collect();
    let labels: Vec<&str> =
        record.open_parts().iter().map(|part| part.label.as_str()).filter(|label| !label.is_empty()).collect();
    let collective = record.finding.collective_title.as_deref();
    let whole = |pattern: &&String| collective.is_some_and(|title| wildcard(pattern, title));
    patterns.is_empty()
        || labels.len() < 2
        || patterns.iter().any(whole)
        || labels.iter().all(|label| patterns.iter().any(|pattern| wildcard(pattern, label)))
}

/// What the waivers say of a finding.
#[must_use]
pub fn waiver_for(record: &Record, waivers: &[Waiver], now: Timestamp) -> WaiverState {
    let covering = waivers.iter().filter(|w| w.approved_by.is_some() && w.covers(record));
    covering.fold(WaiverState::default(), |mut state, waiver| {
        if waiver.in_force(now) {
            state.active_until = state.active_until.max(Some(waiver.ends()));
            state.is_standing |= waiver.is_standing();
            state.up_to = Some(state.up_to.map_or(waiver.up_to, |up_to| up_to.min(waiver.up_to)));
        } else if waiver.ends() <= now && waiver.from < waiver.ends() {
            state.ended_at = state.ended_at.max(Some(waiver.ends()));
        }
        state
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{Merged, merge};
    use plimsoll_finding::{Event, Finding, Part, Resource, Status};
    use serde_json::json;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn waiver() -> Waiver {
        Waiver {
            id: "w1".into(),
            target: WaiverTarget::Resources { check: "c".into(), pattern: "web/*".into() },
            up_to: Severity::High,
            owner: "platform".into(),
            reason: "replaced next sprint".into(),
            proposed_by: "ana".into(),
            proposed_at: at("2026-11-01T00:00:00Z"),
            approved_by: Some("ben".into()),
            from: at("2026-11-01T00:00:00Z"),
            until: at("2026-11-15T00:00:00Z"),
            revoked_at: None,
        }
    }

    #[test]
    fn the_rules() {
        assert_eq!(waiver().validate(true), Ok(()));
        let broken = |change: fn(&mut Waiver)| {
            let mut waiver = waiver();
            change(&mut waiver);
            waiver.validate(true).unwrap_err()
        };
        assert_eq!(broken(|w| w.owner = " ".into()), WaiverError::NoOwner);
        assert_eq!(broken(|w| w.reason = "because".into()), WaiverError::NoReason);
        assert_eq!(broken(|w| w.until = w.from), WaiverError::EndsBeforeItBegins);
        assert_eq!(broken(|w| w.until = at("2027-02-01T00:00:00Z")), WaiverError::TooLong(90));
        assert_eq!(broken(|w| w.up_to = Severity::Critical), WaiverError::CriticalNeedsKey);
        assert_eq!(broken(|w| w.approved_by = Some("ana".into())), WaiverError::SelfApproved("ana".into()));
        assert_eq!(
            broken(|w| {
                w.up_to = Severity::Critical;
                w.target = WaiverTarget::Finding("k".into());
                w.until = at("2026-11-15T00:00:01Z");
            }),
            WaiverError::TooLong(14)
        );
    }

    #[test]
    fn what_stands_in_the_configuration_may_last_a_year_and_covers_no_critical() {
        let standing = Waiver { id: format!("{STANDING}archive"), until: at("2027-11-01T00:00:00Z"), ..waiver() };
        assert!(standing.is_standing() && !waiver().is_standing());
        assert_eq!(standing.validate(true), Ok(()));
        let longer = Waiver { until: at("2027-11-02T00:00:01Z"), ..standing.clone() };
        assert_eq!(longer.validate(true), Err(WaiverError::TooLong(366)));
        let worse = Waiver { up_to: Severity::Critical, ..standing };
        assert_eq!(worse.validate(true), Err(WaiverError::CriticalNeedsKey));
    }

    #[test]
    fn in_force_between_its_ends_only_when_approved() {
        let waiver = waiver();
        assert!(!waiver.in_force(at("2026-10-31T23:59:59Z")));
        assert!(waiver.in_force(at("2026-11-01T00:00:00Z")));
        assert!(!waiver.in_force(at("2026-11-15T00:00:00Z")));
        let pending = Waiver { approved_by: None, ..waiver.clone() };
        assert!(!pending.in_force(at("2026-11-02T00:00:00Z")));
        let revoked = Waiver { revoked_at: Some(at("2026-11-03T00:00:00Z")), ..waiver };
        assert!(!revoked.in_force(at("2026-11-03T00:00:00Z")));
    }

    fn record(finding: &Finding) -> Record {
        match merge(None, finding, at("2026-11-02T09:00:00Z")) {
            Merged::Applied(record) => *record,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn exactly_what_it_describes_is_covered() {
        let event = Event::from_envelope(
            &json!({"id": "e", "detail-type": "X", "detail": {}, "time": "2026-11-02T08:00:00Z"}),
            at("2026-11-02T09:00:00Z"),
        );
        let of = |finding_type: &str, severity| {
            let resource = Resource::new("i-0aaa", "Instance", "crawler");
            let finding = Finding::new("guardduty-finding", "guardduty:finding", resource, event.as_ref().unwrap());
            record(&finding.finding_type(Some(finding_type)).severity(severity, None))
        };
        let matcher = Matcher {
            finding_types: vec!["CryptoCurrency:EC2/*".into()],
            resource: Some("crawler".into()),
            ..Matcher::default()
        };
        let waiver = Waiver { target: WaiverTarget::Matching(Box::new(matcher)), ..waiver() };
        assert!(waiver.covers(&of("CryptoCurrency:EC2/BitcoinTool.B!DNS", Severity::High)));
        assert!(!waiver.covers(&of("Backdoor:EC2/C&CActivity.B!DNS", Severity::High)));
        let critical = of("CryptoCurrency:EC2/BitcoinTool.B!DNS", Severity::Critical);
        assert!(!waiver.covers(&critical) && waiver.target.describes(&critical));
        let text = serde_json::to_string(&waiver.target).unwrap();
        assert_eq!(text, r#"{"matching":{"finding_types":["CryptoCurrency:EC2/*"],"resource":"crawler"}}"#);
        assert_eq!(serde_json::from_str::<WaiverTarget>(&text).unwrap(), waiver.target);
        let older: WaiverTarget =
            serde_json::from_str(r#"{"resources":{"check":"guardduty:finding","pattern":"craw*"}}"#).unwrap();
        assert!(older.describes(&critical));
    }
    /// The newest event names one vulnerability of an image, and the image has two.
    #[test]
    fn words_about_one_part_do_not_cover_another() {
        let event = |id: &str, second: u8| {
            let time = format!("2026-11-02T08:00:0{second}Z");
            let event = json!({"id": id, "detail-type": "X", "detail": {}, "time": time});
            Event::from_envelope(&event, at("2026-11-02T09:00:00Z")).unwrap()
        };
        let of = |id: &str, second: u8| {
            let part = Part::new(id, "c", Status::Open, Severity::High, &format!("{id} in zlib"));
            Finding::new("ecr-scan", "c", Resource::new("r", "k", "web/api"), &event(id, second))
                .title(&format!("{id} (High) in web/api"))
                .collective_title("Vulnerabilities in web/api")
                .fact("Message", Some(format!("{id} is bad")))
                .severity(Severity::High, None)
                .part(part)
        };
        let one = record(&of("CVE-1", 1));
        let Merged::Applied(both) = merge(Some(&one), &of("CVE-2", 2), at("2026-11-02T09:00:00Z")) else { panic!() };
        let covers = |matcher: Matcher, record: &Record| {
            Waiver { target: WaiverTarget::Matching(Box::new(matcher)), ..waiver() }.covers(record)
        };
        let title = |pattern: &str| Matcher { title: Some(pattern.into()), ..Matcher::default() };
        let message = |pattern: &str| Matcher { message: Some(pattern.into()), ..Matcher::default() };
        assert!(covers(title("CVE-1*"), &one) && covers(message("*CVE-1*"), &one));
        assert!(!covers(title("CVE-2*"), &both) && !covers(message("*CVE-2*"), &both));
        assert!(covers(title("CVE-*"), &both) && covers(message("CVE-*"), &both));
        assert!(covers(title("Vulnerabilities in *"), &both));
    }
}
