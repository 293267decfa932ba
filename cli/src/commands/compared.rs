//! What was compared for a line that reads serve: each unit with its witnesses, and the command of the AWS CLI that shows the
//! same.

use jiff::Timestamp;
use plimsoll_checklist::{LineEvidence, UnitVerdict, Verdict, Witness};
use plimsoll_finding::clean_line;
use plimsoll_render::{Cell, Column, Table};

/// How many units are listed, the refuted first; `--json` has all.
const UNITS: usize = 10;
/// How many comparisons of one unit are listed.
const WITNESSES: usize = 3;

/// The units of the line: the refuted first, then what could not be seen.
pub(crate) fn table(read: &LineEvidence, now: Timestamp) -> Table {
    let mut table = Table::new(&[Column::new("Unit"), Column::new("Account"), Column::new("Verdict, and why")]);
    let units: Vec<&UnitVerdict> = read.units.iter().filter(|unit| unit.counts(now)).collect();
    for unit in units.iter().take(UNITS) {
        let verdict = match (&unit.verdict, unit.gone_at) {
            (Verdict::Fails, Some(gone)) => Cell::Bad(format!("failed, gone since {gone:.0}")),
            (Verdict::Fails, None) => Cell::Bad("fails".to_owned()),
            (Verdict::Holds, _) => Cell::Good("holds".to_owned()),
            (Verdict::CannotTell(blind), _) => Cell::Dim(clean_line(&format!("cannot tell: {blind}"))),
        };
        let cells = vec![Cell::text(clean_line(unit.name())), Cell::text(&unit.account), verdict];
        let notes = unit.witnesses.iter().take(WITNESSES).map(|witness| clean_line(&witness.to_string())).collect();
        table.row(cells, notes);
    }
    if units.len() > UNITS {
        let more = format!("and {} more; --json has all", units.len().saturating_sub(UNITS));
        table.row(vec![Cell::text(more), Cell::text(""), Cell::text("")], Vec::new());
    }
    table
}

/// The commands of the AWS CLI that show what the table does, each once.
pub(crate) fn commands(read: &LineEvidence, now: Timestamp) -> Vec<String> {
    let units = read.units.iter().filter(|unit| unit.counts(now)).take(UNITS);
    let shown = units.flat_map(|unit| unit.witnesses.iter().take(WITNESSES).map(move |witness| (unit, witness)));
    let mut all: Vec<String> = Vec::new();
    for command in shown.filter_map(|(unit, witness)| command(witness, &unit.region)) {
        if !all.contains(&command) {
            all.push(command);
        }
    }
    all
}

/// The command of the AWS CLI that shows what was compared; `None` where no single command does, or where a name holds
/// what a shell could take for something else.
fn command(witness: &Witness, region: &str) -> Option<String> {
    let Witness { kind, unit, path, .. } = witness;
    let is_plain = |text: &str, more: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
    if unit.is_empty() || !is_plain(unit, ":/_.|@+=,-") || !is_plain(path, "_.[]") {
        return None;
    }
    let region = if region == "global" { "us-east-1" } else { region };
    let query = |list: &str| {
        if path.is_empty() { format!("--query '{list}'") } else { format!("--query '{list}.{path}'") }
    };
    let call = match kind.as_str() {
        _ if kind.starts_with("AWS::") => {
            format!(
                "cloudcontrol get-resource --type-name {kind} --identifier '{unit}' --query ResourceDescription.Properties --output text"
            )
        }
        "ecs:DescribeServices" => {
            let cluster = unit.rsplit('/').nth(1).filter(|_| unit.contains(":service/"))?;
            format!("ecs describe-services --cluster '{cluster}' --services '{unit}' {}", query("services[0]"))
        }
        "ecs:DescribeTaskDefinition" => {
            format!("ecs describe-task-definition --task-definition '{unit}' {}", query("taskDefinition"))
        }
        "ecs:DescribeClusters" => {
            format!("ecs describe-clusters --clusters '{unit}' --include SETTINGS {}", query("clusters[0]"))
        }
        "guardduty:GetDetector" => {
            format!(
                "guardduty get-detector --detector-id '{unit}' --query '{}'",
                if path.is_empty() { "@" } else { path }
            )
        }
        "sns:GetTopicAttributes" => format!("sns get-topic-attributes --topic-arn '{unit}'"),
        "config:DescribeConfigurationRecorderStatus" => {
            "configservice describe-configuration-recorder-status".to_owned()
        }
        "config:DescribeComplianceByConfigRule" => {
            format!("configservice describe-compliance-by-config-rule --config-rule-names '{unit}'")
        }
        "config:DescribeConfigRules" => format!("configservice describe-config-rules --config-rule-names '{unit}'"),
        _ => return None,
    };
    Some(format!("aws {call} --region {region}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn witness(kind: &str, unit: &str, path: &str) -> Witness {
        Witness {
            kind: kind.to_owned(),
            unit: unit.to_owned(),
            path: path.to_owned(),
            operator: "is".to_owned(),
            expected: "x".to_owned(),
            actual: "y".to_owned(),
        }
    }

    #[test]
    fn the_command_asks_for_what_was_compared() {
        let of = |kind, unit, path, region| command(&witness(kind, unit, path), region);
        assert_eq!(
            of("AWS::ECR::Repository", "shop/web", "EncryptionConfiguration.EncryptionType", "eu-central-1").as_deref(),
            Some(
                "aws cloudcontrol get-resource --type-name AWS::ECR::Repository --identifier 'shop/web' --query \
                 ResourceDescription.Properties --output text --region eu-central-1"
            )
        );
        let service = "arn:aws:ecs:eu-central-1:111122223333:service/shop/api";
        assert_eq!(
            of("ecs:DescribeServices", service, "networkConfiguration.awsvpcConfiguration", "eu-central-1").as_deref(),
            Some(
                "aws ecs describe-services --cluster 'shop' --services \
                 'arn:aws:ecs:eu-central-1:111122223333:service/shop/api' --query \
                 'services[0].networkConfiguration.awsvpcConfiguration' --region eu-central-1"
            )
        );
        assert!(of("AWS::IAM::Role", "task", "", "global").unwrap().ends_with("--region us-east-1"));
        assert_eq!(of("backup:ListProtectedResources", "db", "x", "eu-central-1"), None);
    }

    #[test]
    fn a_hostile_name_is_in_no_command() {
        for hostile in ["x'; rm -rf ~; '", "$(id)", "a b", "`id`", "x\ny", ""] {
            assert_eq!(command(&witness("AWS::ECR::Repository", hostile, ""), "eu-central-1"), None, "{hostile}");
        }
        assert_eq!(command(&witness("ecs:DescribeTaskDefinition", "shop:1", "x' --debug '"), "eu-central-1"), None);
    }
}
