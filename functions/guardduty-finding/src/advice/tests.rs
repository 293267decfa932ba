use super::*;
use serde_json::json;

fn first_words(finding_type: &str, resource: &serde_json::Value, severity: Severity) -> String {
    let said = json!({"resource": resource});
    let subject = subject(Detail(&said), finding_type);
    let text = advice(finding_type, subject, severity).expect("a row fits everything").text;
    text.split_whitespace().take(4).collect::<Vec<_>>().join(" ")
}

#[test]
fn advice_fits_type_resource_and_severity() {
    let of = |kind: &str| json!({"resourceType": kind});
    let in_eks = json!({"resourceType": "Container", "eksClusterDetails": {"name": "tools"}});
    let in_ecs = json!({"resourceType": "Container", "ecsClusterDetails": {"name": "shop"}});
    for (finding_type, resource, severity, expected) in [
        ("Recon:EC2/PortProbeUnprotectedPort", of("Instance"), Severity::Low, "Close the port: remove"),
        ("Recon:EC2/PortProbeEMRUnprotectedPort", of("Instance"), High, "Close the port: remove"),
        ("UnauthorizedAccess:EC2/RDPBruteForce", of("Instance"), Severity::Low, "Close the port to"),
        ("UnauthorizedAccess:EC2/RDPBruteForce", of("Instance"), High, "Isolate the instance with"),
        ("CryptoCurrency:EC2/BitcoinTool.B", of("Instance"), High, "Isolate the instance with"),
        ("Behavior:EC2/NetworkPortUnusual", of("Instance"), Severity::Low, "Find out whether the"),
        ("Execution:EC2/MaliciousFile", of("Instance"), High, "Isolate the instance with"),
        ("PrivilegeEscalation:Kubernetes/PrivilegedContainer", of("EKSCluster"), Medium, "Find out who deployed"),
        ("Discovery:Kubernetes/SuccessfulAnonymousAccess", of("EKSCluster"), Medium, "Remove the role binding"),
        ("CredentialAccess:Kubernetes/MaliciousIPCaller", of("EKSCluster"), High, "Check in the audit"),
        ("Execution:Runtime/NewBinaryExecuted", of("EKSCluster"), Medium, "Cut the pod off"),
        ("Execution:Runtime/NewBinaryExecuted", in_eks, Medium, "Cut the pod off"),
        ("Execution:Runtime/NewBinaryExecuted", in_ecs, Medium, "Stop the task and"),
        ("Execution:Runtime/NewBinaryExecuted", of("Container"), Medium, "Stop the container and"),
        (
            "CredentialAccess:RDS/AnomalousBehavior.SuccessfulBruteForce",
            of("RDSDBInstance"),
            High,
            "Somebody is in the",
        ),
        ("CredentialAccess:RDS/AnomalousBehavior.FailedLogin", of("RDSDBInstance"), Medium, "Close the network path"),
        ("Stealth:IAMUser/CloudTrailLoggingDisabled", of("AccessKey"), Severity::Low, "Switch on again what"),
        ("Discovery:IAMUser/AnomalousBehavior", of("AccessKey"), Severity::Low, "Ask the user whether"),
        ("Impact:IAMUser/AnomalousBehavior", of("AccessKey"), High, "Find out from CloudTrail"),
        ("Policy:S3/BucketPublicAccessGranted", of("S3Bucket"), High, "Block public access to"),
        ("Exfiltration:S3/AnomalousBehavior", of("S3Bucket"), High, "Check in CloudTrail who"),
        ("Object:S3/MaliciousFile", of("S3Object"), High, "Keep everybody from reading"),
        ("Execution:EC2/MaliciousFile!Snapshot", of("EBSSnapshot"), High, "Restore nothing from this"),
        ("Backdoor:Lambda/C&CActivity.B", of("Lambda"), High, "Set the reserved concurrency"),
        ("AttackSequence:EKS/CompromisedCluster", of("AttackSequence"), Severity::Critical, "Cut the pod off"),
        ("AttackSequence:S3/CompromisedData", of("AttackSequence"), Severity::Critical, "Check in CloudTrail who"),
        (
            "AttackSequence:EC2/CompromisedInstanceGroup",
            of("AttackSequence"),
            Severity::Critical,
            "Isolate the instance with",
        ),
        ("Brand:New/Kind", of("QuantumThing"), High, "Open the finding in"),
        ("Brand:New/Kind", of("QuantumThing"), Severity::Low, "Decide whether this is"),
    ] {
        assert_eq!(first_words(finding_type, &resource, severity), expected, "{finding_type} {resource}");
    }
}

#[test]
fn nothing_of_another_service_is_advised() {
    for row in &TABLE {
        let speaks_of = |word: &str| row.text.contains(word);
        if row.resource_kinds == [EKS] {
            assert!(!speaks_of("task"), "EKS has no tasks: {}", row.text);
        }
        if row.resource_kinds == [ECS] {
            assert!(!speaks_of("pod") && !speaks_of("node"), "ECS has no pods: {}", row.text);
        }
    }
}

#[test]
fn every_runbook_section_exists() {
    let others = [OBJECT_MALWARE, BACKUP_MALWARE, OBJECT_NOT_SCANNED, ACTION_FAILED, BUCKET_NOT_SCANNED];
    for advice in TABLE.iter().chain(&others).chain(&NOT_WATCHED) {
        let (path, anchor) = advice.runbook.split_once('#').expect(advice.runbook);
        let path = format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"));
        let page = std::fs::read_to_string(&path).expect(&path);
        let sections: Vec<String> = page
            .lines()
            .filter_map(|line| line.strip_prefix("## ").or_else(|| line.strip_prefix("### ")))
            .map(|heading| heading.to_lowercase().replace(' ', "-"))
            .collect();
        assert!(sections.iter().any(|section| section == anchor), "{}: {sections:?}", advice.runbook);
        assert!(advice.text.ends_with('.'), "{}", advice.text);
    }
}
