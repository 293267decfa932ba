//! What the collector reads, and which line needs it.
//!
//! A kind is a type of `CloudFormation` that Cloud Control lists and gets (`AWS::EC2::Subnet`), or `service:Operation`
//! for the answer of a service's own API (`ecs:DescribeServices`). For the second sort, one [`Resource`] is one element
//! of the answer's list with the names that the API uses on the wire (`serviceName` for ECS, `ConfigRuleName` for
//! Config), and `id` is what [`Kind::id`] names.
//!
//! Which handlers a type has: its schema in the `CloudFormation` registry
//! (<https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/supported-resources.html>).
//!
//! [`Resource`]: crate::Resource

/// How a kind is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// Cloud Control: `ListResources`, then `GetResource` for each.
    CloudControl,
    /// Cloud Control, where the list asks for an input: once for each value of it.
    CloudControlPer {
        /// The property of the resource model, for example `LoadBalancerArn`.
        input: &'static str,
        /// The kind whose identifiers are the values; empty where the values are fixed (`REGIONAL`, `ecs`).
        parent: &'static str,
    },
    /// The API of the service itself.
    Api,
}

/// How far "every resource" goes for a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Every resource of the account in the region.
    Region,
    /// Every resource of the account; it stands in the collection of one region.
    Account,
    /// Only what is used: the task definitions of running tasks, the topics of alarms. A resource that is referred to and
    /// that is not in the read was not seen.
    Used,
}

/// One kind of read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// Its key in [`crate::Collection::reads`].
    pub name: &'static str,
    /// How it is read.
    pub via: Via,
    /// How far "every resource" goes.
    pub extent: Extent,
    /// What [`crate::Resource::id`] is.
    pub id: &'static str,
    /// What the collector must know about it; empty if nothing.
    pub note: &'static str,
}

const fn cc(name: &'static str) -> Kind {
    Kind { name, via: Via::CloudControl, extent: Extent::Region, id: "primary identifier", note: "" }
}

const fn per(name: &'static str, input: &'static str, parent: &'static str, note: &'static str) -> Kind {
    Kind { name, via: Via::CloudControlPer { input, parent }, extent: Extent::Region, id: "primary identifier", note }
}

const fn global(name: &'static str) -> Kind {
    Kind { name, via: Via::CloudControl, extent: Extent::Account, id: "primary identifier", note: "" }
}

const fn api(name: &'static str, extent: Extent, id: &'static str, note: &'static str) -> Kind {
    Kind { name, via: Via::Api, extent, id, note }
}

/// All kinds that some line needs.
pub const KINDS: [Kind; 67] = [
    // Containers.
    api("ecs:DescribeClusters", Extent::Region, "clusterArn", "`clusters[]`, asked with include = SETTINGS"),
    api(
        "ecs:DescribeServices",
        Extent::Region,
        "serviceArn",
        "`services[]` of every cluster, also those with desired count 0; with `deployments` and `tags`",
    ),
    api(
        "ecs:DescribeTasks",
        Extent::Used,
        "taskArn",
        "running `tasks[]`: `taskDefinitionArn`, `group`, `containers[].image` and `.imageDigest`; no overrides",
    ),
    api(
        "ecs:DescribeTaskDefinition",
        Extent::Used,
        "taskDefinitionArn",
        "`taskDefinition` of every service and running task. Every value in `environment[].value` is replaced by \
         \"<set>\" or \"<empty>\" before it reaches the collection; `command` and `entryPoint` are left out",
    ),
    api(
        "ecs:ListServiceDeployments",
        Extent::Used,
        "serviceDeploymentArn",
        "`serviceDeployments[]` of the last 180 days: `serviceArn`, `status`, `finishedAt`",
    ),
    // Registry.
    cc("AWS::ECR::Repository"),
    cc("AWS::ECR::ReplicationConfiguration"),
    cc("AWS::ECR::RegistryScanningConfiguration"),
    // Network.
    cc("AWS::EC2::Subnet"),
    cc("AWS::EC2::SecurityGroup"),
    cc("AWS::EC2::VPCEndpoint"),
    cc("AWS::EC2::RouteTable"),
    per("AWS::EC2::Route", "RouteTableId", "AWS::EC2::RouteTable", ""),
    cc("AWS::EC2::SubnetRouteTableAssociation"),
    cc("AWS::EC2::NatGateway"),
    cc("AWS::ElasticLoadBalancingV2::LoadBalancer"),
    cc("AWS::ElasticLoadBalancingV2::TargetGroup"),
    per("AWS::ElasticLoadBalancingV2::Listener", "LoadBalancerArn", "AWS::ElasticLoadBalancingV2::LoadBalancer", ""),
    per(
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        "ListenerArn",
        "AWS::ElasticLoadBalancingV2::Listener",
        "only the listeners on HTTP are needed",
    ),
    // Scaling and alarms.
    per("AWS::ApplicationAutoScaling::ScalableTarget", "ServiceNamespace", "", "ServiceNamespace = ecs"),
    per("AWS::ApplicationAutoScaling::ScalingPolicy", "ServiceNamespace", "", "ServiceNamespace = ecs"),
    cc("AWS::CloudWatch::Alarm"),
    cc("AWS::CloudWatch::Dashboard"),
    api("sns:GetTopicAttributes", Extent::Used, "TopicArn", "`Attributes` of every topic that an alarm acts on"),
    // Logs and traces.
    cc("AWS::Logs::LogGroup"),
    cc("AWS::Logs::QueryDefinition"),
    cc("AWS::XRay::SamplingRule"),
    // The edge.
    cc("AWS::ApiGateway::RestApi"),
    per("AWS::ApiGateway::Stage", "RestApiId", "AWS::ApiGateway::RestApi", ""),
    per(
        "AWS::WAFv2::WebACL",
        "Scope",
        "",
        "Scope = REGIONAL; with what is global to the account also CLOUDFRONT, which is asked for in us-east-1",
    ),
    Kind {
        name: "AWS::WAFv2::LoggingConfiguration",
        via: Via::CloudControl,
        extent: Extent::Used,
        id: "ResourceArn",
        note: "its list names no scope: one GetResource for the ARN of each web ACL that was read",
    },
    Kind {
        name: "AWS::WAFv2::WebACLAssociation",
        via: Via::CloudControl,
        extent: Extent::Used,
        id: "ResourceArn|WebACLArn",
        note: "it has no list: one GetResource for each pair of internet-facing resource and web ACL of the region; \
               `complete` only if every pair was answered, found or not found",
    },
    global("AWS::CloudFront::Distribution"),
    cc("AWS::ApiGatewayV2::Api"),
    per("AWS::ApiGatewayV2::Stage", "ApiId", "AWS::ApiGatewayV2::Api", ""),
    global("AWS::Shield::Protection"),
    // Delivery of software.
    global("AWS::IAM::OIDCProvider"),
    Kind {
        name: "AWS::IAM::Role",
        via: Via::CloudControl,
        extent: Extent::Account,
        id: "RoleName",
        note: "every role of the account, service-linked roles left out; the handler gives inline `Policies` too",
    },
    Kind {
        name: "AWS::IAM::ManagedPolicy",
        via: Via::CloudControl,
        extent: Extent::Account,
        id: "PolicyArn",
        note: "only those of the customer that a read role names; the policies of AWS are judged by name",
    },
    cc("AWS::CodeDeploy::Application"),
    per("AWS::CodeDeploy::DeploymentGroup", "ApplicationName", "AWS::CodeDeploy::Application", ""),
    // Data and its copies.
    cc("AWS::RDS::DBInstance"),
    cc("AWS::RDS::DBCluster"),
    cc("AWS::RDS::DBProxy"),
    cc("AWS::RDS::DBProxyTargetGroup"),
    cc("AWS::DynamoDB::Table"),
    cc("AWS::EFS::FileSystem"),
    cc("AWS::Backup::BackupPlan"),
    cc("AWS::Backup::RestoreTestingPlan"),
    api("backup:ListProtectedResources", Extent::Region, "ResourceArn", "`Results[]`, with `LastBackupTime`"),
    api(
        "ecr:DescribeImageReplicationStatus",
        Extent::Used,
        "repository@digest",
        "the answer for each deployed digest, with `repositoryName`, `imageId` and `replicationStatuses[]`",
    ),
    // Governance.
    cc("AWS::CloudTrail::Trail"),
    api("config:DescribeConfigurationRecorderStatus", Extent::Region, "name", "`ConfigurationRecordersStatus[]`"),
    api("config:DescribeConfigRules", Extent::Region, "ConfigRuleName", "`ConfigRules[]`"),
    api(
        "config:DescribeComplianceByConfigRule",
        Extent::Region,
        "ConfigRuleName",
        "`ComplianceByConfigRules[]`, with `Compliance.ComplianceType`",
    ),
    api(
        "config:DescribeConfigRuleEvaluationStatus",
        Extent::Region,
        "ConfigRuleName",
        "`ConfigRulesEvaluationStatus[]`, with `LastSuccessfulEvaluationTime`",
    ),
    api(
        "config:GetDiscoveredResourceCounts",
        Extent::Region,
        "resourceType",
        "`resourceCounts[]`: the second witness for an empty list",
    ),
    api(
        "config:GetConformancePackComplianceSummary",
        Extent::Region,
        "ConformancePackName",
        "`ConformancePackComplianceSummaryList[]`",
    ),
    api("guardduty:GetDetector", Extent::Region, "detectorId", "the answer, with `status` and `features[]`"),
    api(
        "guardduty:ListCoverage",
        Extent::Region,
        "resourceId",
        "`resources[]` of resource type ECS, with `coverageStatus` and `resourceDetails.ecsClusterDetails.clusterName`",
    ),
    api(
        "inspector2:BatchGetAccountStatus",
        Extent::Region,
        "accountId",
        "`accounts[]`, with `resourceState.ecr.status`",
    ),
    cc("AWS::Macie::Session"),
    // Money; the Cost Explorer answers each call for a price.
    api("ce:GetAnomalyMonitors", Extent::Account, "MonitorArn", "`AnomalyMonitors[]`; a paid call"),
    api(
        "ce:GetAnomalySubscriptions",
        Extent::Account,
        "SubscriptionArn",
        "`AnomalySubscriptions[]`, with `Subscribers[].Status`; a paid call",
    ),
    api("ce:GetAnomalies", Extent::Account, "AnomalyId", "`Anomalies[]` of the last 90 days; a paid call"),
    api(
        "ce:GetSavingsPlansCoverage",
        Extent::Account,
        "TimePeriod.Start",
        "`SavingsPlansCoverages[]` of the last 30 days, one element; a paid call, once a week",
    ),
    Kind {
        name: "AWS::Budgets::Budget",
        via: Via::CloudControl,
        extent: Extent::Account,
        id: "BudgetName",
        note: "through Cloud Control or the Budgets API: `Budget` and `NotificationsWithSubscribers[]` in \
               CloudFormation's names either way",
    },
];

/// Which kinds each line needs: without all of them its judge cannot say "met". A line that is absent here is served by
/// no read.
pub const LINES: [(&str, &[&str]); 73] = [
    ("SEC-01", &["ecs:DescribeTasks", "AWS::ECR::Repository"]),
    ("SEC-02", &["ecs:DescribeTasks", "AWS::ECR::Repository", "AWS::ECR::RegistryScanningConfiguration"]),
    ("SEC-03", &["ecs:DescribeServices", "ecs:DescribeTaskDefinition"]),
    ("SEC-04", &["ecs:DescribeServices", "ecs:DescribeTaskDefinition", "AWS::IAM::Role", "AWS::IAM::ManagedPolicy"]),
    ("SEC-05", &["ecs:DescribeServices", "ecs:DescribeTaskDefinition", "AWS::EC2::Subnet", "AWS::EC2::VPCEndpoint"]),
    (
        "SEC-06",
        &[
            "ecs:DescribeServices",
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "AWS::EC2::SecurityGroup",
        ],
    ),
    (
        "SEC-07",
        &[
            "ecs:DescribeServices",
            "AWS::EC2::Subnet",
            "AWS::EC2::RouteTable",
            "AWS::EC2::SubnetRouteTableAssociation",
            "AWS::EC2::Route",
        ],
    ),
    (
        "SEC-08",
        &[
            "ecs:DescribeServices",
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "AWS::ElasticLoadBalancingV2::Listener",
            "AWS::ElasticLoadBalancingV2::ListenerRule",
        ],
    ),
    (
        "REL-01",
        &[
            "ecs:DescribeServices",
            "AWS::EC2::Subnet",
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
        ],
    ),
    (
        "REL-02",
        &[
            "ecs:DescribeServices",
            "AWS::ApplicationAutoScaling::ScalableTarget",
            "AWS::ApplicationAutoScaling::ScalingPolicy",
        ],
    ),
    ("REL-03", &["ecs:DescribeServices", "ecs:DescribeTaskDefinition", "AWS::ElasticLoadBalancingV2::TargetGroup"]),
    (
        "REL-04",
        &[
            "ecs:DescribeServices",
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "AWS::CloudWatch::Alarm",
        ],
    ),
    ("REL-05", &["ecs:DescribeServices", "AWS::ElasticLoadBalancingV2::TargetGroup"]),
    ("REL-06", &["ecs:DescribeServices", "ecs:DescribeClusters"]),
    ("OPS-01", &["ecs:DescribeServices", "ecs:DescribeTaskDefinition", "AWS::Logs::LogGroup"]),
    (
        "OPS-02",
        &[
            "ecs:DescribeServices",
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
        ],
    ),
    ("OPS-03", &["ecs:DescribeTasks", "AWS::ECR::Repository"]),
    ("COST-01", &["ecs:DescribeServices", "ecs:DescribeClusters"]),
    ("COST-02", &["AWS::EC2::NatGateway", "ecs:DescribeServices", "AWS::EC2::Subnet", "AWS::EC2::VPCEndpoint"]),
    (
        "WAF-00",
        &[
            "ecs:DescribeServices",
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "AWS::CloudFront::Distribution",
            "AWS::WAFv2::WebACL",
            "AWS::WAFv2::WebACLAssociation",
            "AWS::ApiGateway::RestApi",
            "AWS::ApiGateway::Stage",
        ],
    ),
    (
        "WAF-01",
        &[
            "ecs:DescribeServices",
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "AWS::CloudFront::Distribution",
            "AWS::WAFv2::WebACL",
            "AWS::WAFv2::WebACLAssociation",
            "AWS::ApiGateway::RestApi",
            "AWS::ApiGateway::Stage",
        ],
    ),
    (
        "WAF-02",
        &[
            "ecs:DescribeServices",
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "AWS::CloudFront::Distribution",
            "AWS::WAFv2::WebACL",
            "AWS::WAFv2::WebACLAssociation",
            "AWS::ApiGateway::RestApi",
            "AWS::ApiGateway::Stage",
        ],
    ),
    (
        "WAF-03",
        &[
            "ecs:DescribeServices",
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "AWS::CloudFront::Distribution",
            "AWS::WAFv2::WebACL",
            "AWS::WAFv2::WebACLAssociation",
            "AWS::ApiGateway::RestApi",
            "AWS::ApiGateway::Stage",
        ],
    ),
    (
        "WAF-04",
        &[
            "ecs:DescribeServices",
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "AWS::CloudFront::Distribution",
            "AWS::WAFv2::WebACL",
            "AWS::WAFv2::WebACLAssociation",
            "AWS::ApiGateway::RestApi",
            "AWS::ApiGateway::Stage",
        ],
    ),
    (
        "WAF-05",
        &[
            "ecs:DescribeServices",
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "AWS::CloudFront::Distribution",
            "AWS::WAFv2::WebACL",
            "AWS::WAFv2::WebACLAssociation",
            "AWS::ApiGateway::RestApi",
            "AWS::ApiGateway::Stage",
        ],
    ),
    (
        "WAF-06",
        &[
            "ecs:DescribeServices",
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "AWS::CloudFront::Distribution",
            "AWS::WAFv2::WebACL",
            "AWS::WAFv2::WebACLAssociation",
            "AWS::ApiGateway::RestApi",
            "AWS::ApiGateway::Stage",
        ],
    ),
    (
        "WAF-07",
        &[
            "ecs:DescribeServices",
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "AWS::CloudFront::Distribution",
            "AWS::WAFv2::WebACL",
            "AWS::WAFv2::WebACLAssociation",
            "AWS::ApiGateway::RestApi",
            "AWS::ApiGateway::Stage",
            "AWS::WAFv2::LoggingConfiguration",
        ],
    ),
    (
        "API-01",
        &["AWS::ApiGateway::RestApi", "AWS::ApiGateway::Stage", "AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Stage"],
    ),
    (
        "API-02",
        &["AWS::ApiGateway::RestApi", "AWS::ApiGateway::Stage", "AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Stage"],
    ),
    ("API-03", &["AWS::ApiGateway::RestApi", "AWS::ApiGateway::Stage"]),
    ("CICD-02", &["AWS::IAM::OIDCProvider", "AWS::IAM::Role"]),
    ("CICD-04", &["ecs:DescribeTasks", "AWS::ECR::Repository"]),
    ("BG-01", &["ecs:DescribeServices"]),
    ("BG-02", &["ecs:DescribeServices", "AWS::CodeDeploy::Application", "AWS::CodeDeploy::DeploymentGroup"]),
    ("BG-03", &["ecs:DescribeServices", "AWS::CodeDeploy::Application", "AWS::CodeDeploy::DeploymentGroup"]),
    ("BG-04", &["ecs:DescribeServices", "AWS::CodeDeploy::Application", "AWS::CodeDeploy::DeploymentGroup"]),
    ("BG-05", &["ecs:ListServiceDeployments"]),
    ("RDSP-01", &["AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::RDS::DBProxy", "AWS::RDS::DBProxyTargetGroup"]),
    ("RDSP-02", &["AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::RDS::DBProxy"]),
    ("RDSP-03", &["AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::RDS::DBProxy"]),
    ("RDSP-04", &["AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::RDS::DBProxyTargetGroup"]),
    (
        "DR-01",
        &[
            "ecs:DescribeTasks",
            "AWS::ECR::Repository",
            "AWS::ECR::ReplicationConfiguration",
            "ecr:DescribeImageReplicationStatus",
        ],
    ),
    (
        "DR-02",
        &[
            "backup:ListProtectedResources",
            "AWS::RDS::DBInstance",
            "AWS::RDS::DBCluster",
            "AWS::DynamoDB::Table",
            "AWS::EFS::FileSystem",
            "AWS::Backup::BackupPlan",
        ],
    ),
    (
        "DR-03",
        &[
            "backup:ListProtectedResources",
            "AWS::RDS::DBInstance",
            "AWS::RDS::DBCluster",
            "AWS::DynamoDB::Table",
            "AWS::EFS::FileSystem",
            "AWS::Backup::BackupPlan",
        ],
    ),
    (
        "DR-04",
        &[
            "backup:ListProtectedResources",
            "AWS::RDS::DBInstance",
            "AWS::RDS::DBCluster",
            "AWS::DynamoDB::Table",
            "AWS::EFS::FileSystem",
            "AWS::Backup::BackupPlan",
        ],
    ),
    ("DR-06", &["AWS::Backup::RestoreTestingPlan"]),
    ("OBS-01", &["ecs:DescribeServices", "AWS::CloudWatch::Dashboard"]),
    ("OBS-02", &["ecs:DescribeServices", "AWS::XRay::SamplingRule"]),
    ("OBS-03", &["ecs:DescribeServices", "ecs:DescribeTaskDefinition", "AWS::Logs::QueryDefinition"]),
    ("GOV-01", &["AWS::CloudTrail::Trail"]),
    ("GOV-02", &["AWS::CloudTrail::Trail"]),
    ("GOV-03", &["config:DescribeConfigurationRecorderStatus"]),
    (
        "GOV-04",
        &[
            "config:DescribeConfigRules",
            "config:DescribeConfigRuleEvaluationStatus",
            "ecs:DescribeServices",
            "ecs:DescribeTaskDefinition",
        ],
    ),
    ("GOV-05", &["config:DescribeConfigRules"]),
    ("GOV-06", &["guardduty:GetDetector"]),
    ("GOV-07", &["guardduty:GetDetector"]),
    ("GOV-08", &["guardduty:GetDetector", "guardduty:ListCoverage", "ecs:DescribeServices"]),
    (
        "ENV-02",
        &[
            "ecs:DescribeServices",
            "ecs:DescribeClusters",
            "AWS::ApplicationAutoScaling::ScalableTarget",
            "AWS::EC2::Subnet",
            "AWS::EC2::NatGateway",
        ],
    ),
    ("MESH-01", &["ecs:DescribeServices"]),
    ("MESH-02", &["ecs:DescribeServices"]),
    ("MESH-03", &["ecs:DescribeServices"]),
    (
        "CDN-01",
        &[
            "AWS::CloudFront::Distribution",
            "ecs:DescribeServices",
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "AWS::ApiGateway::RestApi",
            "AWS::ApiGatewayV2::Api",
        ],
    ),
    (
        "CDN-02",
        &[
            "AWS::CloudFront::Distribution",
            "ecs:DescribeServices",
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "AWS::ApiGateway::RestApi",
            "AWS::ApiGatewayV2::Api",
        ],
    ),
    (
        "CDN-03",
        &[
            "AWS::CloudFront::Distribution",
            "ecs:DescribeServices",
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "AWS::ApiGateway::RestApi",
            "AWS::ApiGatewayV2::Api",
        ],
    ),
    (
        "ADV-01",
        &[
            "ecs:DescribeServices",
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "AWS::CloudFront::Distribution",
            "AWS::Shield::Protection",
        ],
    ),
    ("ADV-02", &["AWS::Macie::Session"]),
    ("ADV-03", &["inspector2:BatchGetAccountStatus"]),
    ("FIN-01", &["ce:GetAnomalyMonitors", "ce:GetAnomalySubscriptions"]),
    ("FIN-02", &["AWS::Budgets::Budget"]),
    ("FIN-03", &["ce:GetSavingsPlansCoverage"]),
    ("GO-05", &["AWS::CloudWatch::Alarm", "sns:GetTopicAttributes"]),
    ("GO-07", &["ecs:DescribeServices", "AWS::EC2::Subnet", "AWS::EC2::NatGateway"]),
    ("GO-16", &["config:GetConformancePackComplianceSummary"]),
];

/// Kinds that no line needs alone and that other proofs rest on: whether Config may be believed, the second witness for
/// an empty list, and the amounts of open anomalies.
pub const SUPPORT: [&str; 6] = [
    "config:DescribeConfigurationRecorderStatus",
    "config:DescribeConfigRules",
    "config:DescribeComplianceByConfigRule",
    "config:DescribeConfigRuleEvaluationStatus",
    "config:GetDiscoveredResourceCounts",
    "ce:GetAnomalies",
];

/// The kind of that name.
#[must_use]
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// The kinds that a line needs; empty if no read serves the line.
#[must_use]
pub fn kinds_of(line: &str) -> &'static [&'static str] {
    LINES.iter().find(|(id, _)| *id == line).map_or(&[], |(_, kinds)| kinds)
}

/// The lines that need a kind.
#[must_use]
pub fn lines_of(kind: &str) -> Vec<&'static str> {
    LINES.iter().filter(|(_, kinds)| kinds.contains(&kind)).map(|(line, _)| *line).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn is_parent(name: &str) -> bool {
        KINDS.iter().any(|kind| matches!(kind.via, Via::CloudControlPer { parent, .. } if parent == name))
    }

    #[test]
    fn names_are_unique_and_every_reference_is_a_kind() {
        let names: BTreeSet<&str> = KINDS.iter().map(|kind| kind.name).collect();
        assert_eq!(names.len(), KINDS.len());
        for (line, kinds) in LINES {
            assert!(kinds.iter().all(|kind| names.contains(kind)), "{line}: {kinds:?}");
        }
        for kind in KINDS {
            assert!(
                !lines_of(kind.name).is_empty() || SUPPORT.contains(&kind.name) || is_parent(kind.name),
                "{}",
                kind.name
            );
            if let Via::CloudControlPer { parent, .. } = kind.via {
                assert!(parent.is_empty() || names.contains(parent), "{}", kind.name);
            }
            assert_eq!(kind.name.starts_with("AWS::"), kind.via != Via::Api, "{}", kind.name);
        }
    }
}
