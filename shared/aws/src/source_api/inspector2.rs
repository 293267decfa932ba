//! Amazon Inspector: `ListFindings`, which returns closed findings too for as long as Inspector keeps them.
//! <https://docs.aws.amazon.com/inspector/v2/APIReference/API_ListFindings.html>: at most 100 in a page, at most ten
//! values in a filter. A delegated administrator sees the findings of its members.

use aws_sdk_inspector2::{
    operation::list_findings::builders::ListFindingsFluentBuilder,
    types::{DateFilter, FilterCriteria, Status, StringComparison, StringFilter},
};
use aws_smithy_types::DateTime;
use jiff::Timestamp;
use plimsoll_finding::{Arn, Finding, Kind, lambda_function};
use plimsoll_pipeline::{
    SourceApiError,
    source_api::{Lookup, Page},
};
use serde_json::{Value, json};

use super::{Place, event, fault, list, text};
use crate::Capture;
use crate::Clients;

const FINDING: Kind = ("aws.inspector2", "Inspector2 Finding");
const SCAN: Kind = ("aws.inspector2", "Inspector2 Scan");
const ACTION: &str = "inspector2:ListFindings";
const PAGE: i32 = 100;
/// Values in one filter.
const MAX_VALUES: usize = 10;
/// Pages of one resource that are read: 2,000 findings.
const MAX_PAGES: usize = 20;

#[derive(Debug, Clone)]
pub(super) struct Inspector {
    clients: Clients,
    place: Place,
}

impl Inspector {
    pub(super) fn new(clients: &Clients, place: &Place) -> Self {
        Self { clients: clients.clone(), place: place.clone() }
    }

    /// Whether Inspector is on here; a suite may live with ECR's basic scanning alone.
    pub(super) async fn is_on(&self) -> Result<bool, SourceApiError> {
        let region = &self.place.region;
        let answer = self.clients.inspector2(region).batch_get_account_status().send().await;
        let answer = answer.map_err(|e| fault(&e, "inspector2:BatchGetAccountStatus", region, ""))?;
        Ok(answer.accounts().iter().any(|account| {
            account.state().is_some_and(|state| matches!(state.status(), Status::Enabled | Status::Enabling))
        }))
    }

    /// The Inspector findings with these ARNs, or all of the resource if there are more than a filter takes.
    pub(super) async fn findings(&self, finding: &Finding, arns: &[&str]) -> Result<Lookup, SourceApiError> {
        let Some(region) = self.place.region_of(&finding.region) else {
            return Ok(Lookup::Unknown(format!("`{}` is no region", finding.region)));
        };
        let mut criteria = FilterCriteria::builder();
        if arns.len() <= MAX_VALUES {
            for arn in arns {
                criteria = criteria.finding_arn(equals(arn)?);
            }
        } else {
            criteria = criteria.set_resource_id(Some(names_of(&finding.resource.id)?));
        }
        let criteria = criteria.build();
        let hint = self.place.hint(&finding.account);
        let mut events = Vec::new();
        let mut from = None;
        for _ in 0..MAX_PAGES {
            let request = self.clients.inspector2(region).list_findings().filter_criteria(criteria.clone());
            let (answer, next) = page(request.set_next_token(from), region, &hint).await?;
            events.extend(list(&answer, "findings").iter().map(|said| self.event(said)));
            from = next;
            if from.is_none() {
                break;
            }
        }
        if events.is_empty() {
            let reason = format!("{ACTION} in {region} does not know {}{hint}", arns.join(", "));
            return Ok(Lookup::Unknown(reason));
        }
        Ok(Lookup::Events(events))
    }

    /// How many findings of a resource are active, in the form of a finished scan.
    pub(super) async fn counts(&self, finding: &Finding) -> Result<Lookup, SourceApiError> {
        let Some(region) = self.place.region_of(&finding.region) else {
            return Ok(Lookup::Unknown(format!("`{}` is no region", finding.region)));
        };
        let id = finding.resource.id.as_str();
        let criteria = FilterCriteria::builder().set_resource_id(Some(names_of(id)?));
        let criteria = criteria.finding_status(equals("ACTIVE")?).build();
        let (mut counts, mut total, mut from) = (std::collections::BTreeMap::<String, u64>::new(), 0_u64, None);
        for _ in 0..MAX_PAGES {
            let request = self.clients.inspector2(region).list_findings().filter_criteria(criteria.clone());
            let hint = self.place.hint(&finding.account);
            let (answer, next) = page(request.set_next_token(from), region, &hint).await?;
            for said in list(&answer, "findings") {
                let count = counts.entry(text(said, "severity").unwrap_or("UNTRIAGED").to_owned()).or_default();
                *count = count.saturating_add(1);
                total = total.saturating_add(1);
            }
            from = next;
            if from.is_none() {
                break;
            }
        }
        let mut severities = json!(counts);
        if let Some(map) = severities.as_object_mut() {
            map.insert("TOTAL".to_owned(), json!(total));
        }
        let mut detail = json!({
            "scan-status": "INITIAL_SCAN_COMPLETE", "version": "1.0", "finding-severity-counts": severities,
        });
        if let (Some(map), Some((repository, digest))) = (detail.as_object_mut(), id.rsplit_once('/'))
            && finding.resource.kind == "ecr-image"
        {
            map.insert("repository-name".to_owned(), json!(repository));
            map.insert("image-digest".to_owned(), json!(digest));
            map.insert("image-tags".to_owned(), json!([]));
        } else if let Some(map) = detail.as_object_mut() {
            match finding.resource.kind.as_str() {
                "AWS_EC2_INSTANCE" => map.insert("instance-id".to_owned(), json!(id)),
                "MACHINE_IMAGE" => map.insert("machine-image-id".to_owned(), json!(id)),
                _ => None,
            };
        }
        Ok(Lookup::Events(vec![event(SCAN, &finding.account, region, &Value::Null, &[id], &detail)]))
    }

    /// All that is active, or all that changed since then.
    pub(super) async fn page(&self, since: Option<Timestamp>, from: Option<&str>) -> Result<Page, SourceApiError> {
        let region = &self.place.region;
        let criteria = match since {
            Some(since) => {
                let since = DateFilter::builder().start_inclusive(DateTime::from_secs(since.as_second())).build();
                FilterCriteria::builder().updated_at(since)
            }
            None => FilterCriteria::builder().finding_status(equals("ACTIVE")?),
        };
        let request = self.clients.inspector2(region).list_findings().filter_criteria(criteria.build());
        let (answer, next) = page(request.set_next_token(from.map(ToOwned::to_owned)), region, "").await?;
        Ok(Page { events: list(&answer, "findings").iter().map(|said| self.event(said)).collect(), next })
    }

    fn event(&self, said: &Value) -> Value {
        // Owner and region of a finding are those of its ARN: a delegated administrator lists others' too.
        let arn = text(said, "findingArn").and_then(Arn::parse);
        let account = text(said, "awsAccountId").unwrap_or_default();
        let region = arn.as_ref().map_or(self.place.region.as_str(), |arn| arn.region.as_str());
        let time = said.get("updatedAt").or_else(|| said.get("lastObservedAt")).unwrap_or(&Value::Null);
        event(FINDING, account, region, time, &[], said)
    }
}

async fn page(
    request: ListFindingsFluentBuilder,
    region: &str,
    hint: &str,
) -> Result<(Value, Option<String>), SourceApiError> {
    let capture = Capture::default();
    let answer = request.max_results(PAGE).customize().interceptor(capture.clone()).send().await;
    let answer = answer.map_err(|error| fault(&error, ACTION, region, hint))?;
    Ok((capture.json(), answer.next_token))
}

/// The names that Inspector has for a resource: a Lambda function also with its version (`...:function:orders:$LATEST`).
fn names_of(id: &str) -> Result<Vec<StringFilter>, SourceApiError> {
    let mut names = vec![equals(id)?];
    if lambda_function(id).is_some() {
        names.push(compares(StringComparison::Prefix, &format!("{id}:"))?);
    }
    Ok(names)
}

fn equals(value: &str) -> Result<StringFilter, SourceApiError> {
    compares(StringComparison::Equals, value)
}

fn compares(comparison: StringComparison, value: &str) -> Result<StringFilter, SourceApiError> {
    let filter = StringFilter::builder().comparison(comparison).value(value).build();
    filter.map_err(|error| SourceApiError::Refused(error.to_string()))
}
