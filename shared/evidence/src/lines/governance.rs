//! Whether AWS watches: `CloudTrail`, Config, GuardDuty, Macie, Inspector.

use jiff::{SignedDuration, Timestamp};

use super::{Line, line};
use crate::{
    answer::{
        Answer,
        Means::{CannotTell, Fails},
    },
    place::Place,
    population::{Nothing, Population, Scope},
    scope::NO_SERVICE,
    view::View,
};

pub(super) const LINES: [Line; 11] = [
    line("GOV-01", trails),
    line("GOV-02", validated_trails),
    line("GOV-03", recorder),
    line("GOV-04", host_mode),
    line("GOV-05", scanning_rule),
    line("GOV-06", |view| detectors(view, |detector| detector.at("status").absent(CannotTell).is("ENABLED"))),
    line("GOV-07", |view| detectors(view, |detector| feature(detector, "S3_DATA_EVENTS", on))),
    line("GOV-08", runtime_monitoring),
    line("ADV-02", macie),
    line("ADV-03", inspector),
    line("GO-16", conformance),
];

const DETECTOR: &str = "guardduty:GetDetector";
const RULES: &str = "config:DescribeConfigRules";
/// A rule that was evaluated longer ago says nothing: Config evaluates at least once a day.
const EVALUATED: SignedDuration = SignedDuration::from_hours(25);

/// A trail of the account records management events in every region.
fn trails(view: &View<'_>) -> Population {
    let trails = view.everywhere("AWS::CloudTrail::Trail");
    Population::account(view, trails.some(&view.own.account, "a trail of every region that records", records))
}

/// Such a trail signs its files.
fn validated_trails(view: &View<'_>) -> Population {
    let trails = view.everywhere("AWS::CloudTrail::Trail");
    Population::account(
        view,
        trails.some(&view.own.account, "such a trail that signs its files", |trail| {
            records(trail).and(trail.at("EnableLogFileValidation").absent(Fails).is_true())
        }),
    )
}

fn records(trail: &Place<'_>) -> Answer {
    let everywhere = trail.at("IsMultiRegionTrail").absent(Fails).is_true();
    let simple = trail.at("EventSelectors").list(Fails, Fails).some(|selector| {
        let all = selector.at("ReadWriteType").absent(CannotTell).is("All");
        all.and(selector.at("IncludeManagementEvents").absent(CannotTell).is_true())
    });
    let advanced = trail.at("AdvancedEventSelectors").list(Fails, Fails).some(|selector| {
        let category = selector.at("FieldSelectors").list(Fails, Fails).some(|field| {
            let named = field.at("Field").absent(CannotTell).is("eventCategory");
            named.and(field.at("Equals").list(Fails, Fails).some(|value| value.absent(CannotTell).is("Management")))
        });
        let narrowed = selector
            .at("FieldSelectors")
            .list(CannotTell, CannotTell)
            .some(|field| field.at("Field").absent(CannotTell).is("readOnly"));
        category.and(narrowed.not())
    });
    everywhere.and(trail.at("IsLogging").absent(CannotTell).is_true()).and(simple.or(advanced))
}

/// The recorder of AWS Config runs, and its last delivery worked.
fn recorder(view: &View<'_>) -> Population {
    let recorders = view.of("config:DescribeConfigurationRecorderStatus");
    let unit = format!("{}/{}", view.own.account, view.own.region);
    Population::region(
        view,
        recorders.some(&unit, "a recorder that runs", |recorder| {
            let runs = recorder.at("recording").absent(CannotTell).is_true();
            runs.and(recorder.at("lastStatus").absent(CannotTell).is("SUCCESS"))
        }),
    )
}

/// A rule with that identifier is active in the region and was evaluated in the last 25 hours.
fn rule(view: &View<'_>, identifiers: &[&str]) -> Answer {
    let (rules, evaluations) = (view.of(RULES), view.of("config:DescribeConfigRuleEvaluationStatus"));
    let unit = format!("{}/{}", view.own.account, view.own.region);
    rules.some(&unit, &format!("the rule {}", identifiers.join(" or ")), |rule| {
        let is = rule.at("Source.SourceIdentifier").absent(Fails).is_one_of(identifiers);
        let active = rule.at("ConfigRuleState").absent(CannotTell).is("ACTIVE");
        let evaluated = evaluations.find(rule.unit()).map_or_else(Answer::cannot_tell, |evaluation| {
            let last = evaluation.at("LastSuccessfulEvaluationTime").absent(Fails);
            last.meets("is in", "the last 25 hours", |value| {
                let last: Timestamp = value.as_str()?.parse().ok()?;
                Some(view.own.finished_at.duration_since(last) <= EVALUATED)
            })
        });
        if is.holds() { active.and(evaluated) } else { is }
    })
}

/// A rule looks for task definitions in the network of their host, and none that runs is.
fn host_mode(view: &View<'_>) -> Population {
    let mut all = view
        .task_definitions()
        .every(view, NO_SERVICE, |definition| definition.at("networkMode").absent(CannotTell).is("host").not());
    if !all.units.is_empty() {
        let unit = format!("{}/{}", view.own.account, view.own.region);
        all.add(
            view,
            &unit,
            rule(view, &["ECS_TASK_DEFINITION_USER_FOR_HOST_MODE_CHECK", "ECS_TASK_DEFINITION_NETWORK_MODE_NOT_HOST"]),
        );
        all.what = "task definitions and regions";
    }
    all
}

/// The rule about scanning of private repositories is active where there are tasks.
fn scanning_rule(view: &View<'_>) -> Population {
    let rules = view.of(RULES);
    let unit = format!("{}/{}", view.own.account, view.own.region);
    Population::region(
        view,
        rules.some(&unit, "the rule ECR_PRIVATE_IMAGE_SCANNING_ENABLED", |rule| {
            let is = rule.at("Source.SourceIdentifier").absent(Fails).is("ECR_PRIVATE_IMAGE_SCANNING_ENABLED");
            is.and(rule.at("ConfigRuleState").absent(CannotTell).is("ACTIVE"))
        }),
    )
}

/// The region has a detector, and `judge` accepts it. What a detector finds says nothing against it.
fn detectors(view: &View<'_>, judge: impl Fn(&Place<'_>) -> Answer) -> Population {
    let unit = format!("{}/{}", view.own.account, view.own.region);
    Population::region(view, view.of(DETECTOR).some(&unit, "a detector with it", judge))
}

fn feature(detector: &Place<'_>, name: &str, judge: impl Fn(&Place<'_>) -> Answer) -> Answer {
    detector.at("features").list(CannotTell, Fails).some(|feature| {
        let named = feature.at("name").absent(CannotTell).is(name);
        if named.holds() { named.and(judge(&feature)) } else { named }
    })
}

fn on(feature: &Place<'_>) -> Answer {
    feature.at("status").absent(CannotTell).is("ENABLED")
}

/// Runtime monitoring of Fargate is on, and every cluster of a service is covered by it.
fn runtime_monitoring(view: &View<'_>) -> Population {
    let coverage = view.of("guardduty:ListCoverage");
    let detector = view.of(DETECTOR).some(&view.own.region, "runtime monitoring of Fargate", |detector| {
        feature(detector, "RUNTIME_MONITORING", |feature| {
            on(feature).and(feature.at("additionalConfiguration").list(Fails, Fails).some(|agent| {
                let named = agent.at("name").absent(CannotTell).is("ECS_FARGATE_AGENT_MANAGEMENT");
                if named.holds() { on(&agent) } else { named }
            }))
        })
    });
    let mut clusters = Scope::new("clusters");
    let (services, blind) = view.services().into_parts();
    clusters.missing(blind);
    for (_, service) in services {
        let Ok(service) = service else { continue };
        match service.at("clusterArn").text() {
            Some(arn) => clusters.add(arn, Ok(service)),
            None => clusters.missing([service.at("clusterArn").odd("text")]),
        }
    }
    clusters.every(view, NO_SERVICE, |service| {
        let arn = service.at("clusterArn").text().unwrap_or_default();
        let name = arn.rsplit('/').next().unwrap_or(arn);
        let covered = coverage.some(arn, "coverage that is healthy", |covered| {
            let mine = covered.at("resourceDetails.ecsClusterDetails.clusterName").absent(CannotTell).is(name);
            if mine.holds() { covered.at("coverageStatus").absent(CannotTell).is("HEALTHY") } else { mine }
        });
        detector.clone().and(covered)
    })
}

/// Macie is on.
fn macie(view: &View<'_>) -> Population {
    let unit = format!("{}/{}", view.own.account, view.own.region);
    let sessions = view.of("AWS::Macie::Session");
    Population::region(
        view,
        sessions.some(&unit, "a session", |session| session.at("Status").absent(CannotTell).is("ENABLED")),
    )
}

/// Inspector scans the images of Amazon ECR.
fn inspector(view: &View<'_>) -> Population {
    let unit = format!("{}/{}", view.own.account, view.own.region);
    let accounts = view.of("inspector2:BatchGetAccountStatus");
    Population::region(
        view,
        accounts.some(&unit, "scanning of images", |account| {
            account.at("resourceState.ecr.status").absent(CannotTell).is("ENABLED")
        }),
    )
}

/// Every conformance pack that the profile names is compliant. Whether they are the right packs somebody has to sign.
fn conformance(view: &View<'_>) -> Population {
    let summaries = view.of("config:GetConformancePackComplianceSummary");
    let mut scope = Scope::new("conformance packs");
    for pack in &view.settings.conformance_packs {
        scope.add(pack, summaries.find(pack));
    }
    let none = Nothing::Unknown("the profile names no conformance pack");
    scope
        .every(view, none, |pack| {
            pack.at("ConformancePackComplianceStatus").absent(CannotTell).meets("is", "COMPLIANT", |value| match value
                .as_str(
            )? {
                "COMPLIANT" => Some(true),
                "NON_COMPLIANT" => Some(false),
                _ => None,
            })
        })
        .also("a signature")
}
