//! AWS Config: the results of rules, by resource and by rule.
//! <https://docs.aws.amazon.com/config/latest/APIReference/API_GetComplianceDetailsByResource.html>: at most 100 in a
//! page. Config knows the results of its own account and region only; another account's need its own suite.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_config::types::ComplianceType;
use jiff::Timestamp;
use plimsoll_finding::{Finding, Kind, parse_time_value};
use plimsoll_pipeline::{
    SourceApi, SourceApiError,
    source_api::{Lookup, Page},
};
use serde_json::{Value, json};

use super::{Place, event, fault, list, text};
use crate::Capture;
use crate::Clients;

const CHANGE: Kind = ("aws.config", "Config Rules Compliance Change");
const BY_RESOURCE: &str = "config:GetComplianceDetailsByResource";
const BY_RULE: &str = "config:GetComplianceDetailsByConfigRule";
const RULES: &str = "config:DescribeComplianceByConfigRule";
const PAGE: i32 = 100;
/// Pages of one resource: a resource has as many results as there are rules for it, and an account 1,000 rules.
const MAX_PAGES: usize = 10;

/// The API behind `config-rule`.
#[derive(Debug, Clone)]
pub struct ConfigRules {
    clients: Clients,
    place: Place,
}

impl ConfigRules {
    /// With the credentials of `clients`.
    #[must_use]
    pub fn new(clients: &Clients, place: &Place) -> Self {
        Self { clients: clients.clone(), place: place.clone() }
    }

    /// A result as the event that tells of it.
    fn event(&self, region: &str, rule: &str, kind: &str, id: &str, result: &Value) -> Value {
        let time = |key: &str| result.get(key).and_then(parse_time_value).map(|time| time.to_string());
        let recorded = time("ResultRecordedTime");
        let detail = json!({
            "messageType": "ComplianceChangeNotification",
            "configRuleName": rule,
            "resourceType": kind,
            "resourceId": id,
            "awsAccountId": self.place.account,
            "awsRegion": region,
            "newEvaluationResult": {
                "complianceType": result.get("ComplianceType"),
                "resultRecordedTime": recorded,
                "configRuleInvokedTime": time("ConfigRuleInvokedTime"),
                "annotation": result.get("Annotation"),
            },
        });
        event(CHANGE, &self.place.account, region, &json!(recorded), &[], &detail)
    }

    async fn results_of(&self, finding: &Finding, region: &str) -> Result<Vec<Value>, SourceApiError> {
        let mut results = Vec::new();
        let mut from = None;
        for _ in 0..MAX_PAGES {
            let capture = Capture::default();
            let request = self.clients.config(region).get_compliance_details_by_resource();
            let request =
                request.resource_type(&finding.resource.kind).resource_id(&finding.resource.id).set_next_token(from);
            let answer = request.customize().interceptor(capture.clone()).send().await;
            let answer = answer.map_err(|e| fault(&e, BY_RESOURCE, region, &self.place.hint(&finding.account)))?;
            results.extend(list(&capture.json(), "EvaluationResults").iter().cloned());
            from = answer.next_token;
            if from.is_none() {
                break;
            }
        }
        Ok(results)
    }

    /// The names of the rules that something breaks, and where to go on.
    async fn broken_rules(&self, from: Option<String>) -> Result<(Vec<String>, Option<String>), SourceApiError> {
        let region = &self.place.region;
        let request = self.clients.config(region).describe_compliance_by_config_rule();
        let request = request.compliance_types(ComplianceType::NonCompliant).set_next_token(from);
        let answer = request.send().await.map_err(|error| fault(&error, RULES, region, ""))?;
        let names = answer.compliance_by_config_rules().iter();
        Ok((names.filter_map(|rule| rule.config_rule_name().map(ToOwned::to_owned)).collect(), answer.next_token))
    }
}

fn qualifier(result: &Value) -> &Value {
    let qualifier = result.get("EvaluationResultIdentifier").and_then(|it| it.get("EvaluationResultQualifier"));
    qualifier.unwrap_or(&Value::Null)
}

#[async_trait]
impl SourceApi for ConfigRules {
    async fn lookup(&self, finding: &Finding) -> Result<Lookup, SourceApiError> {
        if finding.account != self.place.account {
            let hint = self.place.hint(&finding.account);
            let reason = format!("AWS Config is read for account {} only{hint}", self.place.account);
            return Ok(Lookup::Unknown(reason));
        }
        let (kind, id) = (finding.resource.kind.as_str(), finding.resource.id.as_str());
        // Config keeps a result for as long as rule and resource are there, so none at all is an answer as well.
        let none = json!({"ComplianceType": "NOT_APPLICABLE"});
        let (mut results, mut said) = (BTreeMap::<String, Vec<Value>>::new(), Vec::new());
        for part in finding.statements() {
            // A part of a global resource names the region that evaluated it: `eu-central-1:restricted-ssh`.
            let (region, rule) = match part.id.split_once(':') {
                Some((region, rule)) if finding.region.is_empty() => (region, rule),
                _ => (finding.region.as_str(), part.id.as_str()),
            };
            let Some(region) = self.place.region_of(region) else {
                return Ok(Lookup::Unknown(format!("`{region}` is no region")));
            };
            if !results.contains_key(region) {
                results.insert(region.to_owned(), self.results_of(finding, region).await?);
            }
            let of_rule = |result: &&Value| text(qualifier(result), "ConfigRuleName") == Some(rule);
            let result = results.get(region).and_then(|results| results.iter().find(of_rule));
            said.push(self.event(region, rule, kind, id, result.unwrap_or(&none)));
        }
        Ok(Lookup::Events(said))
    }

    /// Everything that breaks a rule, rule by rule; Config cannot list what changed. `from` is a JSON document: rules yet
    /// to be read, the token of the next page of those, the token of the next page of results.
    async fn page(&self, _: Option<Timestamp>, from: Option<&str>) -> Result<Page, SourceApiError> {
        let region = self.place.region.as_str();
        let state: Value = from.and_then(|from| serde_json::from_str(from).ok()).unwrap_or_default();
        let mut rules: Vec<String> =
            list(&state, "rules").iter().filter_map(|name| name.as_str().map(ToOwned::to_owned)).collect();
        let mut more = text(&state, "more").map(ToOwned::to_owned);
        if rules.is_empty() {
            if from.is_some() && more.is_none() {
                return Ok(Page::default());
            }
            (rules, more) = self.broken_rules(more).await?;
        }
        let (mut events, mut results) = (Vec::new(), None);
        if let Some(rule) = rules.first().cloned() {
            let capture = Capture::default();
            let request = self.clients.config(region).get_compliance_details_by_config_rule().config_rule_name(&rule);
            let request = request.compliance_types(ComplianceType::NonCompliant).limit(PAGE);
            let request = request.set_next_token(text(&state, "results").map(ToOwned::to_owned));
            match request.customize().interceptor(capture.clone()).send().await {
                Ok(answer) => results = answer.next_token,
                // Deleted while we read.
                Err(error) if super::code(&error) == "NoSuchConfigRuleException" => {}
                Err(error) => return Err(fault(&error, BY_RULE, region, "")),
            }
            for result in list(&capture.json(), "EvaluationResults") {
                let said = qualifier(result);
                let (kind, id) = (text(said, "ResourceType"), text(said, "ResourceId"));
                events.push(self.event(region, &rule, kind.unwrap_or_default(), id.unwrap_or_default(), result));
            }
            if results.is_none() {
                rules.remove(0);
            }
        }
        let is_last = rules.is_empty() && more.is_none();
        let next = json!({"rules": rules, "more": more, "results": results}).to_string();
        Ok(Page { events, next: (!is_last).then_some(next) })
    }
}
