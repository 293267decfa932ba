use super::*;

#[test]
fn one_host_per_partition() {
    for (region, expected) in [
        ("eu-central-1", "https://eu-central-1.console.aws.amazon.com/guardduty/home?region=eu-central-1"),
        ("us-gov-east-1", "https://us-gov-east-1.console.amazonaws-us-gov.com/guardduty/home?region=us-gov-east-1"),
        ("cn-north-1", "https://cn-north-1.console.amazonaws.cn/guardduty/home?region=cn-north-1"),
        ("eusc-de-east-1", "https://eusc-de-east-1.console.amazonaws-eusc.eu/guardduty/home?region=eusc-de-east-1"),
    ] {
        assert_eq!(in_region(region).unwrap().guardduty(), expected);
    }
    for region in ["us-iso-east-1", "", "evil.example/", "eu-central", "N/A", "eu--1", "EU-CENTRAL-1"] {
        assert!(in_region(region).is_none(), "{region}");
    }
}

#[test]
fn parts_are_encoded_and_validated() {
    let console = in_region("eu-central-1").unwrap();
    assert_eq!(
        console.ecr_image("111122223333", "web/a?b", "sha256:ab").unwrap(),
        "https://eu-central-1.console.aws.amazon.com/ecr/repositories/private/111122223333/web/a%3Fb/_/image/sha256%3Aab/scan-results?region=eu-central-1"
    );
    assert_eq!(console.ecr_image("1111222233334", "web", "d"), None);
    assert!(console.guardduty_finding("<!channel>|x").ends_with("fId=%3C%21channel%3E%7Cx"));
    assert_eq!(console.any("no arn"), None);
    assert!(console.backup(&["backupvaults", "details", "aws/efs"]).ends_with("#/backupvaults/details/aws%2Fefs"));
    assert!(budget("a b&c").ends_with("#/budgets/details?name=a%20b%26c"));
    assert!(cost_anomaly("m/1", "a").ends_with("/monitors/m%2F1/anomalies/a"));
}

#[test]
fn only_console_hosts_are_trusted() {
    for url in [
        "https://console.aws.amazon.com/cost-management/home?region=us-east-1#/anomaly-detection/x",
        "https://us-east-1.console.aws.amazon.com/x",
    ] {
        assert_eq!(trusted(url).as_deref(), Some(url));
    }
    for url in [
        "http://console.aws.amazon.com/",
        "https://console.aws.amazon.com.evil.example/",
        "https://evilconsole.aws.amazon.com/",
        "https://user@console.aws.amazon.com/",
        "https://console.aws.amazon.com:8443/",
        "https://evil.example/?console.aws.amazon.com",
        "https://a.b.console.aws.amazon.com@evil.example/",
        "https://console.aws.amazon.com/|x>",
        "https://console.aws.amazon.com/ x",
    ] {
        assert_eq!(trusted(url), None, "{url}");
    }
}

#[test]
fn resources_have_their_own_page() {
    let console = in_region("eu-west-1").unwrap();
    let base = "https://eu-west-1.console.aws.amazon.com";
    for (id, path) in [
        ("i-0abc12", "/ec2/home?region=eu-west-1#InstanceDetails:instanceId=i-0abc12"),
        (
            "arn:aws:ec2:eu-west-1:111122223333:instance/i-0abc12",
            "/ec2/home?region=eu-west-1#InstanceDetails:instanceId=i-0abc12",
        ),
        (
            "arn:aws:lambda:eu-west-1:111122223333:function:billing:$LATEST",
            "/lambda/home?region=eu-west-1#/functions/billing",
        ),
        ("arn:aws:ecs:eu-west-1:111122223333:cluster/shop", "/ecs/v2/clusters/shop/services?region=eu-west-1"),
        ("arn:aws:eks:eu-west-1:111122223333:cluster/tools", "/eks/home?region=eu-west-1#/clusters/tools"),
        ("arn:aws:s3:::ledger", "/s3/buckets/ledger?region=eu-west-1"),
        ("arn:aws:s3:::ledger/in/a b.pdf", "/s3/object/ledger?region=eu-west-1&prefix=in%2Fa%20b.pdf"),
    ] {
        assert_eq!(console.resource(id), Some(format!("{base}{path}")), "{id}");
    }
    let other = console.resource("arn:aws:sqs:eu-west-1:111122223333:jobs").unwrap();
    assert!(other.starts_with("https://console.aws.amazon.com/go/view?arn="), "{other}");
    for id in ["something", "i-", "i-<script>", ""] {
        assert_eq!(console.resource(id), None, "{id}");
    }
}
