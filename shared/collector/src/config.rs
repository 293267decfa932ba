//! AWS Config: whether it records, its rules and what they say at rule level, and how many resources of each type it
//! knows, which is the second witness for an empty list.
//! <https://docs.aws.amazon.com/config/latest/APIReference/API_GetDiscoveredResourceCounts.html>

use aws_sdk_config::Client;
use aws_sdk_config::operation::describe_compliance_by_config_rule::DescribeComplianceByConfigRuleOutput;
use aws_sdk_config::operation::describe_config_rule_evaluation_status::DescribeConfigRuleEvaluationStatusOutput;
use aws_sdk_config::operation::describe_config_rules::DescribeConfigRulesOutput;
use aws_sdk_config::operation::describe_conformance_packs::DescribeConformancePacksOutput;
use aws_sdk_config::operation::get_conformance_pack_compliance_summary::GetConformancePackComplianceSummaryOutput;
use aws_sdk_config::operation::get_discovered_resource_counts::GetDiscoveredResourceCountsOutput;
use plimsoll_evidence::Read;

use crate::{
    pace::{Pace, fail, is_out_of_time},
    take::take,
};

/// <https://docs.aws.amazon.com/config/latest/APIReference/API_GetConformancePackComplianceSummary.html>
const PACKS_A_CALL: usize = 5;

pub(crate) async fn recorders(client: &Client, pace: &Pace<'_>) -> Read {
    let mut read = Read { complete: true, ..Read::default() };
    let send = |capture| client.describe_configuration_recorder_status().customize().interceptor(capture).send();
    match pace.call("config:DescribeConfigurationRecorderStatus", None, send).await {
        Ok(Some(answer)) => take(&mut read, &answer.body, "ConfigurationRecordersStatus", "name"),
        Ok(None) => {}
        Err(error) => fail(&mut read, error),
    }
    read
}

pub(crate) async fn rules(client: &Client, pace: &Pace<'_>) -> Read {
    let mut read = Read { complete: true, ..Read::default() };
    pace.pages(
        &mut read,
        ("config:DescribeConfigRules", None),
        |capture, token| client.describe_config_rules().set_next_token(token).customize().interceptor(capture).send(),
        DescribeConfigRulesOutput::next_token,
        |read, answer| take(read, &answer.body, "ConfigRules", "ConfigRuleName"),
    )
    .await;
    read
}

pub(crate) async fn compliance(client: &Client, pace: &Pace<'_>) -> Read {
    let mut read = Read { complete: true, ..Read::default() };
    pace.pages(
        &mut read,
        ("config:DescribeComplianceByConfigRule", None),
        |capture, token| {
            let request = client.describe_compliance_by_config_rule().set_next_token(token);
            request.customize().interceptor(capture).send()
        },
        DescribeComplianceByConfigRuleOutput::next_token,
        |read, answer| take(read, &answer.body, "ComplianceByConfigRules", "ConfigRuleName"),
    )
    .await;
    read
}

pub(crate) async fn evaluations(client: &Client, pace: &Pace<'_>) -> Read {
    let mut read = Read { complete: true, ..Read::default() };
    pace.pages(
        &mut read,
        ("config:DescribeConfigRuleEvaluationStatus", None),
        |capture, token| {
            let request = client.describe_config_rule_evaluation_status().set_next_token(token);
            request.customize().interceptor(capture).send()
        },
        DescribeConfigRuleEvaluationStatusOutput::next_token,
        |read, answer| take(read, &answer.body, "ConfigRulesEvaluationStatus", "ConfigRuleName"),
    )
    .await;
    read
}

pub(crate) async fn counts(client: &Client, pace: &Pace<'_>) -> Read {
    let mut read = Read { complete: true, ..Read::default() };
    pace.pages(
        &mut read,
        ("config:GetDiscoveredResourceCounts", None),
        |capture, token| {
            let request = client.get_discovered_resource_counts().limit(100).set_next_token(token);
            request.customize().interceptor(capture).send()
        },
        GetDiscoveredResourceCountsOutput::next_token,
        |read, answer| take(read, &answer.body, "resourceCounts", "resourceType"),
    )
    .await;
    read
}

/// Conformance packs, and how compliant each is.
pub(crate) async fn packs(client: &Client, pace: &Pace<'_>) -> Read {
    let mut read = Read { complete: true, ..Read::default() };
    let mut names = Vec::new();
    pace.pages(
        &mut read,
        ("config:DescribeConformancePacks", None),
        |capture, token| {
            client.describe_conformance_packs().set_next_token(token).customize().interceptor(capture).send()
        },
        DescribeConformancePacksOutput::next_token,
        |_, answer| {
            let packs = answer.output.conformance_pack_details().iter();
            names.extend(packs.map(|pack| pack.conformance_pack_name().to_owned()));
        },
    )
    .await;
    for some in names.chunks(PACKS_A_CALL) {
        pace.pages(
            &mut read,
            ("config:GetConformancePackComplianceSummary", None),
            |capture, token| {
                let request = client.get_conformance_pack_compliance_summary();
                let request = request.set_conformance_pack_names(Some(some.to_vec())).set_next_token(token);
                request.customize().interceptor(capture).send()
            },
            GetConformancePackComplianceSummaryOutput::next_token,
            |read, answer| take(read, &answer.body, "ConformancePackComplianceSummaryList", "ConformancePackName"),
        )
        .await;
        if is_out_of_time(&read) {
            break;
        }
    }
    read
}
