//! What the first screen of an alert must say, by kind of action and resource.

use plimsoll_finding::{Finding, Severity, Status};
use serde_json::{Value, json};

use crate::tests::{event, fact, only};

/// A finding of GuardDuty with this type, resource and action.
fn finding(kind: &str, severity: f64, resource: &Value, action: &Value) -> Finding {
    only(&envelope(kind, severity, resource, action))
}

fn envelope(kind: &str, severity: f64, resource: &Value, action: &Value) -> Value {
    event(
        "GuardDuty Finding",
        &json!({"id": "f-9", "accountId": "111122223333", "region": "eu-central-1", "severity": severity, "type": kind,
                "title": "Something was seen.", "updatedAt": "2026-10-02T07:59:00Z", "resource": resource,
                "service": {"detectorId": "d", "resourceRole": "TARGET", "action": action}}),
    )
}

fn assert_facts(finding: &Finding, expected: &[(&str, &str)]) {
    for (name, value) in expected {
        assert_eq!(fact(finding, name), Some(*value), "{name} of {:?}", finding.facts);
    }
}

fn names_of_first(finding: &Finding, count: usize) -> Vec<&str> {
    finding.facts.iter().take(count).map(|fact| fact.name.as_str()).collect()
}

fn instance() -> Value {
    json!({"resourceType": "Instance", "instanceDetails": {"instanceId": "i-0feed", "imageId": "ami-1",
        "iamInstanceProfile": {"arn": "arn:aws:iam::111122223333:instance-profile/web"},
        "networkInterfaces": [{"publicIp": "203.0.113.80", "securityGroups": [{"groupId": "sg-1"}, {"groupId": "sg-2"}]}]}})
}

#[test]
fn a_port_probe_names_all_ports_and_addresses() {
    let probe = |port: u64, name: &str, ip: &str| {
        json!({"localPortDetails": {"port": port, "portName": name}, "remoteIpDetails": {"ipAddressV4": ip,
               "country": {"countryName": "Utopia"}, "organization": {"asn": "64501", "asnOrg": "Scan Ltd"}}})
    };
    let probes: Vec<Value> = (1..=11).map(|n| probe(9_000 + n % 2, "Unknown", &format!("198.51.100.{n}"))).collect();
    let action = json!({"actionType": "PORT_PROBE", "portProbeAction": {"blocked": false, "portProbeDetails": probes}});
    let read = finding("Recon:EC2/PortProbeUnprotectedPort", 2.0, &instance(), &action);
    assert_facts(
        &read,
        &[
            ("Attacked ports", "9001, 9000"),
            ("Blocked", "no"),
            ("Remote network", "AS64501 Scan Ltd"),
            ("Security groups", "sg-1, sg-2"),
            ("Public IP", "203.0.113.80"),
        ],
    );
    let addresses = fact(&read, "Remote IPs").unwrap();
    assert!(addresses.starts_with("198.51.100.1 (Utopia), 198.51.100.2 (Utopia)"), "{addresses}");
    assert!(addresses.ends_with(" and 3 more"), "{addresses}");
    assert_eq!(names_of_first(&read, 3), ["Attacked ports", "Remote IPs", "Blocked"]);
    assert!(read.remediation.as_deref().unwrap().starts_with("Close the port"));
    assert_eq!(read.runbook.as_deref(), Some("docs/runbooks/guardduty-finding.md#close-a-port"));

    let one = json!({"portProbeAction": {"blocked": true, "portProbeDetails": [probe(22, "SSH", "198.51.100.9")]}});
    let read = finding("Recon:EC2/PortProbeUnprotectedPort", 5.0, &instance(), &one);
    assert_facts(&read, &[("Attacked port", "22 (SSH)"), ("Remote IP", "198.51.100.9 (Utopia)"), ("Blocked", "yes")]);
}

#[test]
fn a_connection_says_direction_port_and_whether_it_was_blocked() {
    let connection = |direction: &str| {
        json!({"actionType": "NETWORK_CONNECTION", "networkConnectionAction": {"connectionDirection": direction,
            "blocked": "false", "protocol": "TCP", "localPortDetails": {"port": 3389, "portName": "RDP"},
            "remotePortDetails": {"port": 51_515, "portName": "Unknown"}, "localIpDetails": {"ipAddressV4": "10.0.0.9"},
            "remoteIpDetails": {"ipAddressV6": "2001:db8::7", "country": {"countryName": "Utopia"}}}})
    };
    let inbound = finding("UnauthorizedAccess:EC2/RDPBruteForce", 2.0, &instance(), &connection("INBOUND"));
    assert_facts(
        &inbound,
        &[
            ("Attacked port", "3389 (RDP)"),
            ("Direction", "inbound"),
            ("Remote IP", "2001:db8::7 (Utopia)"),
            ("Blocked", "no"),
            ("Protocol", "TCP"),
        ],
    );
    let outbound = finding("Backdoor:EC2/C&CActivity.B", 8.0, &instance(), &connection("OUTBOUND"));
    assert_facts(&outbound, &[("Remote port", "51515"), ("Direction", "outbound"), ("Local port", "3389 (RDP)")]);
    assert_eq!(fact(&outbound, "Attacked port"), None, "it attacks, it is not attacked");
    assert_eq!(names_of_first(&inbound, 4), ["Attacked port", "Direction", "Remote IP", "Blocked"]);
    assert_eq!(names_of_first(&outbound, 4), ["Remote port", "Direction", "Remote IP", "Blocked"]);
    let unknown = finding("Recon:EC2/Portscan", 5.0, &instance(), &connection("UNKNOWN"));
    assert_facts(&unknown, &[("Attacked port", "3389 (RDP)")]);
    assert_eq!(fact(&unknown, "Direction"), None);
}

#[test]
fn a_request_for_a_domain_says_whether_it_was_blocked() {
    let action = json!({"actionType": "DNS_REQUEST", "dnsRequestAction": {"domain": "c2.example", "blocked": true}});
    let read = finding("Backdoor:EC2/C&CActivity.B!DNS", 8.0, &instance(), &action);
    assert_facts(&read, &[("Domain", "c2.example"), ("Blocked", "yes")]);
    assert_eq!(names_of_first(&read, 2), ["Domain", "Blocked"]);
}

#[test]
fn an_api_call_names_user_call_and_what_it_was_about() {
    let key = json!({"resourceType": "AccessKey", "accessKeyDetails": {"userName": "deployer", "userType": "IAMUser"}});
    let action = json!({"actionType": "AWS_API_CALL", "awsApiCallAction": {"api": "DeleteTrail", "userAgent": "aws-cli/2",
        "serviceName": "cloudtrail.amazonaws.com", "errorCode": "AccessDenied", "callerType": "Remote IP",
        "remoteIpDetails": {"ipAddressV4": "198.51.100.4"},
        "remoteAccountDetails": {"accountId": "444455556666", "affiliated": false},
        "affectedResources": {"AWS::CloudTrail::Trail": "audit"}}});
    let read = finding("Stealth:IAMUser/CloudTrailLoggingDisabled", 2.0, &key, &action);
    assert_eq!(read.title, "Stealth:IAMUser/CloudTrailLoggingDisabled on IAM user deployer");
    assert_facts(
        &read,
        &[
            ("API call", "DeleteTrail of cloudtrail.amazonaws.com"),
            ("Error", "AccessDenied"),
            ("Affected resources", "AWS::CloudTrail::Trail audit"),
            ("Remote account", "444455556666 (unknown to this GuardDuty)"),
            ("Remote IP", "198.51.100.4"),
            ("User", "deployer (IAMUser)"),
        ],
    );
}

#[test]
fn a_kubernetes_call_names_namespace_pod_image_and_user() {
    let resource = json!({"resourceType": "EKSCluster",
        "eksClusterDetails": {"name": "tools", "arn": "arn:aws:eks:eu-central-1:111122223333:cluster/tools"},
        "kubernetesDetails": {"kubernetesUserDetails": {"username": "system:serviceaccount:ci:runner", "groups": ["a", "b"]},
            "kubernetesWorkloadDetails": {"name": "shell", "type": "pods", "namespace": "ci", "hostPID": true,
                "containers": [{"name": "x", "image": "alpine:3", "securityContext": {"privileged": true}}]}}});
    let action = json!({"actionType": "KUBERNETES_API_CALL", "kubernetesApiCallAction": {"verb": "create", "statusCode": 201,
        "requestUri": "/api/v1/namespaces/ci/pods", "sourceIPs": ["10.0.0.7", "10.0.0.8"], "userAgent": "kubectl",
        "parameters": "password=hunter2", "remoteIpDetails": {"ipAddressV4": "10.0.0.7"}}});
    let read = finding("PrivilegeEscalation:Kubernetes/PrivilegedContainer", 5.0, &resource, &action);
    assert_eq!(read.title, "PrivilegeEscalation:Kubernetes/PrivilegedContainer on EKS cluster tools, pod ci/shell");
    assert_facts(
        &read,
        &[
            ("API call", "create /api/v1/namespaces/ci/pods"),
            ("API answer", "201 (allowed)"),
            ("Remote IPs", "10.0.0.7, 10.0.0.8"),
            ("Namespace", "ci"),
            ("Pod", "shell"),
            ("Kubernetes user", "system:serviceaccount:ci:runner"),
            ("Groups", "a, b"),
            ("Privileged", "yes"),
            ("Access to the host", "processes"),
            ("Container image", "alpine:3"),
        ],
    );
    let first = ["API call", "Namespace", "Pod", "Container image", "Kubernetes user", "Privileged"];
    assert_eq!(names_of_first(&read, 6), first);
    assert!(!serde_json::to_string(&read).unwrap().contains("hunter2"), "parameters may hold secrets");
    let advice = read.remediation.unwrap();
    assert!(advice.contains("workload") && !advice.contains("task"), "{advice}");
}

#[test]
fn a_database_login_says_who_how_often_and_whether_it_worked() {
    let resource = json!({"resourceType": "RDSDBInstance", "rdsDbInstanceDetails": {"dbInstanceIdentifier": "ledger-1",
            "dbInstanceArn": "arn:aws:rds:eu-central-1:111122223333:db:ledger-1", "engine": "Aurora MySQL",
            "engineVersion": "3.05", "dbClusterIdentifier": "ledger"},
        "rdsDbUserDetails": {"user": "reporting", "database": "ledger", "application": "mysql", "authMethod": "Password"}});
    let action = |successful: Value| {
        json!({"actionType": "RDS_LOGIN_ATTEMPT", "rdsLoginAttemptAction": {"remoteIpDetails": {"ipAddressV4": "198.51.100.4"},
            "LoginAttributes": [{"user": "reporting", "failedLoginAttempts": 77, "successfulLoginAttempts": successful}]}})
    };
    let kind = "CredentialAccess:RDS/AnomalousBehavior.SuccessfulBruteForce";
    let read = finding(kind, 8.0, &resource, &action(json!(2)));
    assert_eq!(read.title, format!("{kind} on database ledger-1"));
    assert_facts(
        &read,
        &[
            ("Login succeeded", "yes"),
            ("Login attempts", "77 failed, 2 successful"),
            ("Database user", "reporting"),
            ("Database", "ledger"),
            ("Database server", "ledger-1, cluster ledger (Aurora MySQL 3.05)"),
            ("Remote IP", "198.51.100.4"),
        ],
    );
    let first = ["Login succeeded", "Login attempts", "Database user", "Database", "Remote IP"];
    assert_eq!(names_of_first(&read, 5), first);
    assert!(read.remediation.unwrap().starts_with("Somebody is in the database"));
    let failed = finding("CredentialAccess:RDS/AnomalousBehavior.FailedLogin", 5.0, &resource, &action(json!(0)));
    assert_facts(&failed, &[("Login succeeded", "no")]);
    assert!(failed.remediation.unwrap().starts_with("Close the network path"));
}

#[test]
fn malware_on_a_volume_names_threats_and_files() {
    let mut envelope = envelope("Execution:EC2/MaliciousFile", 8.0, &instance(), &json!({}));
    envelope["detail"]["service"]["ebsVolumeScanDetails"] = json!({"scanDetections": {
        "threatsDetectedItemCount": {"files": 12}, "highestSeverityThreatDetails": {"threatName": "Linux.Miner"},
        "threatDetectedByName": {"threatNames": [{"name": "Linux.Miner", "filePaths": [{"filePath": "/tmp/m"}]}]}}});
    let read = only(&envelope);
    assert_facts(&read, &[("Threat", "Linux.Miner"), ("Infected file", "/tmp/m"), ("Infected files in all", "12")]);
    assert_eq!(read.threat_names, ["Linux.Miner"]);
    assert_eq!(read.runbook.as_deref(), Some("docs/runbooks/guardduty-finding.md#malware"));
}

#[test]
fn buckets_are_listed() {
    let bucket = |name: &str, public: &str| json!({"name": name, "arn": format!("arn:aws:s3:::{name}"), "publicAccess": {"effectivePermission": public}});
    let resource = json!({"resourceType": "S3Bucket", "s3BucketDetails": [bucket("ledger", "NOT_PUBLIC"),
        bucket("exports", "PUBLIC"), bucket("archive", "NOT_PUBLIC")]});
    let read = finding("Policy:S3/BucketAnonymousAccessGranted", 8.0, &resource, &json!({}));
    assert_eq!(read.title, "Policy:S3/BucketAnonymousAccessGranted on bucket ledger and 2 more");
    assert_facts(&read, &[("Public", "yes"), ("Buckets", "ledger, exports, archive")]);
}

#[test]
fn a_process_says_what_it_touched() {
    let resource = json!({"resourceType": "ECSCluster", "ecsClusterDetails": {"name": "edge",
        "arn": "arn:aws:ecs:eu-central-1:111122223333:cluster/edge", "taskDetails": {
            "arn": "arn:aws:ecs:eu-central-1:111122223333:task/edge/7788", "group": "service:proxy"}}});
    let mut envelope = envelope("PrivilegeEscalation:Runtime/ContainerMountsHostDirectory", 5.0, &resource, &json!({}));
    envelope["detail"]["service"]["runtimeDetails"] = json!({
        "process": {"name": "sh", "executablePath": "/bin/sh", "user": "root",
                    "lineage": [{"executablePath": "/usr/bin/node"}, {"name": "init"}], "pwd": "/root"},
        "context": {"mountSource": "/dev/sda1", "mountTarget": "/host", "toolName": "nsenter",
                    "commandLineExample": "curl -H token:hunter2"}});
    let read = only(&envelope);
    assert_facts(
        &read,
        &[
            ("Process", "/bin/sh"),
            ("Process user", "root"),
            ("Parent process", "/usr/bin/node"),
            ("Mount", "/dev/sda1 on /host"),
            ("Tool", "nsenter"),
            ("Service", "proxy"),
            ("Task", "7788"),
        ],
    );
    assert!(!serde_json::to_string(&read).unwrap().contains("hunter2"), "command lines may hold secrets");
}

#[test]
fn an_attack_sequence_names_its_victims() {
    let buckets: Vec<Value> = (1..=3).map(|n| json!({"resourceType": "S3_BUCKET", "name": format!("b{n}")})).collect();
    let mut envelope =
        envelope("AttackSequence:S3/CompromisedData", 9.0, &json!({"resourceType": "AttackSequence"}), &json!({}));
    envelope["detail"]["service"]["detection"] = json!({"sequence": {"resources": buckets,
        "actors": [{"user": {"name": "mallory"}}],
        "endpoints": [{"ip": "198.51.100.4", "port": 443, "location": {"country": "Utopia"}}],
        "sequenceIndicators": [{"key": "HIGH_RISK_API", "values": ["s3:DeleteObject"]}]}});
    let read = only(&envelope);
    assert_eq!(read.title, "AttackSequence:S3/CompromisedData on bucket b1, bucket b2 and 1 more");
    assert_facts(
        &read,
        &[
            ("Affected resources", "bucket b1, bucket b2, bucket b3"),
            ("Actors", "mallory"),
            ("Endpoints", "198.51.100.4:443 (Utopia)"),
            ("Indicators", "s3:DeleteObject"),
        ],
    );
    assert!(read.remediation.unwrap().starts_with("Check in CloudTrail who"));
}

#[test]
fn an_archived_finding_whose_dates_stand_still_is_dated_by_its_envelope() {
    let open = envelope("Recon:EC2/Portscan", 5.0, &instance(), &json!({}));
    let mut archived = open.clone();
    archived["time"] = json!("2026-10-04T10:00:00Z");
    archived["detail"]["service"]["archived"] = json!(true);
    let (open, archived) = (only(&open), only(&archived));
    assert_eq!((archived.key(), archived.status), (open.key(), Status::Resolved));
    assert!(archived.observed_at > open.observed_at, "else the archiving would be taken for older news");
}

#[test]
fn a_kind_of_action_that_is_not_known_yet_has_its_name() {
    let action = json!({"actionType": "QUANTUM_LEAP", "quantumLeapAction": {"to": "elsewhere"}});
    let read = finding("Recon:EC2/QuantumLeap", 5.0, &instance(), &action);
    assert_facts(&read, &[("Action", "quantum leap")]);
    assert_eq!(read.severity, Severity::Medium);
}
