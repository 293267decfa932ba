//! Amazon `GuardDuty`: `ListFindings` and `GetFindings`, which also return archived findings.
//! <https://docs.aws.amazon.com/guardduty/latest/APIReference/API_GetFindings.html>: at most 50 in a page; findings are
//! kept for 90 days. An administrator's detector knows the findings of its members.
//!
//! Believed, because no API tells: the health of runtime monitoring, malware scans of S3 objects, protection plans.

use async_trait::async_trait;
use aws_sdk_guardduty::types::{Condition, FindingCriteria};
use jiff::Timestamp;
use plimsoll_finding::{Finding, Kind};
use plimsoll_pipeline::{
    SourceApi, SourceApiError,
    source_api::{Lookup, Page},
};
use serde_json::Value;

use super::{Place, event, fault, list, text};
use crate::Capture;
use crate::Clients;

const FINDING: Kind = ("aws.guardduty", "GuardDuty Finding");
/// What is asked for; everything else that this source says has no API.
const CHECKS: [&str; 2] = ["guardduty:finding", "guardduty:attack-sequence"];
const PAGE: i32 = 50;

/// The API behind `guardduty-finding`.
#[derive(Debug, Clone)]
pub struct GuardDuty {
    clients: Clients,
    place: Place,
}

impl GuardDuty {
    /// With the credentials of `clients`.
    #[must_use]
    pub fn new(clients: &Clients, place: &Place) -> Self {
        Self { clients: clients.clone(), place: place.clone() }
    }

    /// The one detector of a region; `None` if `GuardDuty` is off there.
    async fn detector(&self, region: &str) -> Result<Option<String>, SourceApiError> {
        let answer = self.clients.guardduty(region).list_detectors().send().await;
        let answer = answer.map_err(|error| fault(&error, "guardduty:ListDetectors", region, ""))?;
        Ok(answer.detector_ids().first().cloned())
    }

    async fn findings(
        &self,
        region: &str,
        detector: &str,
        ids: Vec<String>,
        hint: &str,
    ) -> Result<Vec<Value>, SourceApiError> {
        let capture = Capture::default();
        let request = self.clients.guardduty(region).get_findings().detector_id(detector).set_finding_ids(Some(ids));
        let answer = request.customize().interceptor(capture.clone()).send().await;
        answer.map_err(|error| fault(&error, "guardduty:GetFindings", region, hint))?;
        let answer = capture.json();
        Ok(list(&answer, "findings")
            .iter()
            .map(|said| {
                let account = text(said, "accountId").unwrap_or(&self.place.account);
                let region = text(said, "region").unwrap_or(region);
                event(FINDING, account, region, said.get("updatedAt").unwrap_or(&Value::Null), &[], said)
            })
            .collect())
    }
}

#[async_trait]
impl SourceApi for GuardDuty {
    async fn lookup(&self, finding: &Finding) -> Result<Lookup, SourceApiError> {
        let id = finding.identity_rule.clone().filter(|_| CHECKS.contains(&finding.check.as_str()));
        let Some(id) = id else { return Ok(Lookup::NoApi) };
        let Some(region) = self.place.region_of(&finding.region) else {
            return Ok(Lookup::Unknown(format!("`{}` is no region", finding.region)));
        };
        let hint = self.place.hint(&finding.account);
        let Some(detector) = self.detector(region).await? else {
            return Ok(Lookup::Unknown(format!("GuardDuty is off in {region}: there is no detector{hint}")));
        };
        let events = self.findings(region, &detector, vec![id.clone()], &hint).await?;
        if events.is_empty() {
            return Ok(Lookup::Unknown(format!("GuardDuty in {region} does not know the finding {id}{hint}")));
        }
        Ok(Lookup::Events(events))
    }

    async fn page(&self, since: Option<Timestamp>, from: Option<&str>) -> Result<Page, SourceApiError> {
        let region = self.place.region.as_str();
        let Some(detector) = self.detector(region).await? else {
            let reason = format!("GuardDuty is off in {region}; switch it on, or leave the source out of `sources`");
            return Err(SourceApiError::Refused(reason));
        };
        let (field, condition) = match since {
            Some(since) => ("updatedAt", Condition::builder().greater_than_or_equal(since.as_millisecond())),
            None => ("service.archived", Condition::builder().equals("false")),
        };
        let criteria = FindingCriteria::builder().criterion(field, condition.build()).build();
        let request = self.clients.guardduty(region).list_findings().detector_id(&detector);
        let request = request.finding_criteria(criteria).max_results(PAGE);
        let answer = request.set_next_token(from.map(ToOwned::to_owned)).send().await;
        let answer = answer.map_err(|error| fault(&error, "guardduty:ListFindings", region, ""))?;
        let ids = answer.finding_ids().to_vec();
        let events = if ids.is_empty() { Vec::new() } else { self.findings(region, &detector, ids, "").await? };
        // GuardDuty ends with an empty token.
        Ok(Page { events, next: answer.next_token.filter(|token| !token.is_empty()) })
    }
}
