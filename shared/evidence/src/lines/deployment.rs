//! How services scale, deploy and talk to each other.

use plimsoll_checklist::Blind;

use super::{Line, line, network};
use crate::{
    Purpose,
    answer::{
        Answer,
        Means::{CannotTell, Fails, Holds},
    },
    place::Place,
    population::{Nothing, Population, Scope},
    scope::{CLUSTERS, NO_SERVICE, SERVICES, cluster_and_name, told},
    view::View,
};

pub(super) const LINES: [Line; 11] = [
    line("REL-02", scaling),
    line("COST-01", spot),
    line("BG-01", strategy),
    line("BG-02", canary),
    line("BG-03", rollback),
    line("BG-04", pair),
    line("BG-05", rolled_back),
    line("ENV-02", production),
    line("MESH-01", mutual_tls),
    line("MESH-02", routing),
    line("MESH-03", circuit_breakers),
];

const GROUP: &str = "AWS::CodeDeploy::DeploymentGroup";

fn targets(view: &View<'_>, service: &Place<'_>, judge: impl Fn(&Place<'_>) -> Answer) -> Answer {
    of_service(view, "AWS::ApplicationAutoScaling::ScalableTarget", service, "a scalable target", judge)
}

fn of_service(
    view: &View<'_>,
    kind: &'static str,
    service: &Place<'_>,
    wanted: &str,
    judge: impl Fn(&Place<'_>) -> Answer,
) -> Answer {
    told(cluster_and_name(service).map(|(cluster, name)| {
        let id = format!("service/{cluster}/{name}");
        view.of(kind).some(service.unit(), wanted, |target| {
            let mine = target.at("ResourceId").absent(Fails).is(&id);
            let tasks = target.at("ScalableDimension").absent(CannotTell).is("ecs:service:DesiredCount");
            mine.and(tasks).and(judge(target))
        })
    }))
}

/// Every service that runs a number of tasks has a scalable target with room between least and most, and a policy.
fn scaling(view: &View<'_>) -> Population {
    let replicas = view.services().only(|service| service.at("schedulingStrategy").text() != Some("DAEMON"));
    replicas.every(view, NO_SERVICE, |service| {
        let room = targets(view, service, |target| {
            let most = target.at("MaxCapacity").value().and_then(crate::place::number);
            let Some(most) = most else { return Answer::cannot_tell(target.at("MaxCapacity").odd("a number")) };
            target
                .at("MinCapacity")
                .absent(CannotTell)
                .meets("is less than", &most.to_string(), |value| crate::place::number(value).map(|least| least < most))
        });
        let policy =
            of_service(view, "AWS::ApplicationAutoScaling::ScalingPolicy", service, "a scaling policy", |policy| {
                policy.at("PolicyType").absent(CannotTell).is_set()
            });
        room.and(policy)
    })
}

/// Outside production every service, or the default of its cluster, uses Fargate Spot.
fn spot(view: &View<'_>) -> Population {
    if view.settings.purpose == Purpose::Production {
        return Population::left_out("services", "production does not run on capacity that may be withdrawn");
    }
    view.services().every(view, NO_SERVICE, |service| uses_spot(view, service))
}

fn uses_spot(view: &View<'_>, service: &Place<'_>) -> Answer {
    let own = service.at("capacityProviderStrategy");
    if own.value().is_some_and(|list| list.as_array().is_none_or(|list| !list.is_empty())) {
        return weighs_spot(&own);
    }
    match service.at("launchType").text() {
        Some("FARGATE") => service.at("launchType").answer(false, "is", "a strategy with Fargate Spot"),
        Some(_) => Answer::cannot_tell(Blind::new(
            format!("{} runs on instances; whether they are Spot is not read", service.unit()),
            "sign for the line, or use a capacity provider of Fargate",
        )),
        None => {
            let cluster = service.at("clusterArn");
            let found = cluster.text().ok_or_else(|| cluster.odd("text")).and_then(|arn| view.of(CLUSTERS).find(arn));
            found
                .map_or_else(Answer::cannot_tell, |cluster| weighs_spot(&cluster.at("defaultCapacityProviderStrategy")))
        }
    }
}

fn weighs_spot(strategy: &Place<'_>) -> Answer {
    strategy.clone().list(CannotTell, Fails).some(|part| {
        let spot = part.at("capacityProvider").absent(CannotTell).is("FARGATE_SPOT");
        let weight = part.at("weight").absent(Fails).more_than(0.0);
        spot.and(weight.or(part.at("base").absent(Fails).more_than(0.0)))
    })
}

/// Services that others reach: behind a load balancer, or in Service Connect.
fn reached<'a>(view: &View<'a>) -> Scope<'a> {
    let mut services = view.services();
    let odd: Vec<Blind> = services.seen().filter_map(|s| s.at("loadBalancers").elements(false).err()).collect();
    services.missing(odd);
    services.only(|service| {
        let behind = service.at("loadBalancers").elements(false).map_or(true, |list| !list.is_empty());
        behind || connect(service).at("enabled").value().and_then(serde_json::Value::as_bool) == Some(true)
    })
}

const NOT_REACHED: Nothing =
    Nothing::NotApplicable("no service is behind a load balancer or in Service Connect", &[SERVICES]);

fn uses_code_deploy(service: &Place<'_>) -> bool {
    service.at("deploymentController.type").text() == Some("CODE_DEPLOY")
}

/// Judges a service by its own deployment configuration, or by its deployment group where CodeDeploy deploys it.
fn deployed_by(
    view: &View<'_>,
    service: &Place<'_>,
    by_ecs: impl Fn(&Place<'_>) -> Answer,
    by_group: impl Fn(&Place<'_>) -> Answer,
) -> Answer {
    if service.at("deploymentController.type").text() == Some("EXTERNAL") {
        return Answer::cannot_tell(Blind::new(
            format!("{} is deployed by an external controller", service.unit()),
            "sign for the line, or let Amazon ECS deploy the service",
        ));
    }
    if !uses_code_deploy(service) {
        return by_ecs(service);
    }
    told(cluster_and_name(service).map(|(cluster, name)| {
        view.of(GROUP).some(service.unit(), "a deployment group that fits", |group| {
            let mine = group.at("ECSServices").list(Fails, Fails).some(|of| {
                let cluster = of.at("ClusterName").absent(Fails).is(cluster);
                cluster.and(of.at("ServiceName").absent(Fails).is(name))
            });
            mine.and(by_group(group))
        })
    }))
}

/// Every service that others reach is deployed beside its old tasks.
fn strategy(view: &View<'_>) -> Population {
    reached(view).every(view, NOT_REACHED, |service| {
        let controller = service.at("deploymentController.type").absent(Fails).is("CODE_DEPLOY");
        controller
            .or(deployed_by(view, service, beside, |group| group.at("DeploymentGroupName").absent(CannotTell).is_set()))
    })
}

fn beside(service: &Place<'_>) -> Answer {
    service.at("deploymentConfiguration.strategy").absent(Fails).is_one_of(&["BLUE_GREEN", "LINEAR", "CANARY"])
}

/// Every such service shifts its traffic in steps: at most 10 % for at least 5 minutes, or evenly.
fn canary(view: &View<'_>) -> Population {
    reached(view).every(view, NOT_REACHED, |service| {
        deployed_by(view, service, in_steps, |group| {
            group.at("DeploymentConfigName").absent(Fails).meets("shifts by", "10 % or less at first", |value| {
                let name = value.as_str()?.strip_prefix("CodeDeployDefault.ECS")?;
                Some(name.starts_with("Canary10Percent") || name.starts_with("Linear10Percent"))
            })
        })
    })
}

fn in_steps(service: &Place<'_>) -> Answer {
    let configuration = service.at("deploymentConfiguration");
    let strategy = |wanted: &str| configuration.at("strategy").absent(Fails).is(wanted);
    let small = configuration.at("canaryConfiguration.canaryPercent").absent(Fails).at_most(10.0);
    let long = configuration.at("canaryConfiguration.canaryBakeTimeInMinutes").absent(Fails).at_least(5.0);
    strategy("LINEAR").or(strategy("CANARY").and(small).and(long))
}

/// Every service is rolled back by itself: by the circuit breaker, by alarms, or by its deployment group.
fn rollback(view: &View<'_>) -> Population {
    view.services().every(view, NO_SERVICE, |service| {
        deployed_by(
            view,
            service,
            |service| {
                let by = |what: &str, flag: &str| {
                    let part = service.at("deploymentConfiguration").at(what);
                    part.at(flag).absent(Fails).is_true().and(part.at("rollback").absent(Fails).is_true())
                };
                by("deploymentCircuitBreaker", "enable").or(by("alarms", "enable"))
            },
            |group| group.at("AutoRollbackConfiguration.Enabled").absent(Fails).is_true(),
        )
    })
}

/// Every service behind a load balancer has a second target group, and its old tasks are kept for a while.
fn pair(view: &View<'_>) -> Population {
    let behind =
        reached(view).only(|service| service.at("loadBalancers").elements(false).map_or(true, |list| !list.is_empty()));
    let nothing = Nothing::NotApplicable("no service is behind a load balancer", &[SERVICES]);
    behind.every(view, nothing, |service| {
        deployed_by(
            view,
            service,
            |service| {
                let pair = service.at("loadBalancers").list(CannotTell, CannotTell).every(|balancer| {
                    balancer.at("advancedConfiguration.alternateTargetGroupArn").absent(Fails).is_set()
                });
                pair.and(service.at("deploymentConfiguration.bakeTimeInMinutes").absent(Fails).more_than(0.0))
            },
            |group| {
                let pairs = group.at("LoadBalancerInfo.TargetGroupPairInfoList").list(Fails, Fails).every(|pair| {
                    pair.at("TargetGroups")
                        .absent(Fails)
                        .meets("has", "two target groups", |groups| groups.as_array().map(|groups| groups.len() >= 2))
                });
                let ending = group.at("BlueGreenDeploymentConfiguration.TerminateBlueInstancesOnDeploymentSuccess");
                pairs.and(ending.at("TerminationWaitTimeInMinutes").absent(Fails).more_than(0.0))
            },
        )
    })
}

/// Somewhere in the account a deployment was rolled back in the last 180 days, and the newest rollback worked.
fn rolled_back(view: &View<'_>) -> Population {
    let deployments = view.of("ecs:ListServiceDeployments");
    let known = ["ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"];
    let rollbacks = deployments.resources.iter().filter(|d| d.at("status").text().is_some_and(|s| known.contains(&s)));
    let newest = rollbacks.max_by_key(|d| d.at("finishedAt").text().and_then(|t| t.parse::<jiff::Timestamp>().ok()));
    match newest {
        None => {
            Population::empty("regions", "no rollback of a deployment was seen", "exercise a rollback, or sign for one")
        }
        Some(newest) => {
            let when = newest.at("finishedAt").absent(CannotTell).meets("is in", "the last 180 days", |value| {
                let finished: jiff::Timestamp = value.as_str()?.parse().ok()?;
                Some(view.own.finished_at.duration_since(finished) <= jiff::SignedDuration::from_hours(180 * 24))
            });
            Population::region(view, newest.at("status").absent(CannotTell).is("ROLLBACK_SUCCESSFUL").and(when))
        }
    }
}

/// In production every service scales between three tasks or more, none of them on Spot, and GO-07 is met.
fn production(view: &View<'_>) -> Population {
    if view.settings.purpose != Purpose::Production {
        return Population::left_out("services", "the line is about production");
    }
    let least = f64::from(view.settings.min_tasks);
    let mut all = view.services().every(view, NO_SERVICE, |service| {
        let enough = targets(view, service, |target| target.at("MinCapacity").absent(CannotTell).at_least(least));
        enough.and(uses_spot(view, service).not())
    });
    let gateways = network::nat_gateways(view);
    all.what = "services and zones";
    all.units.extend(gateways.units);
    all.blind.extend(gateways.blind);
    all
}

/// The Service Connect configuration of a service stands on its primary deployment.
fn connect<'a>(service: &Place<'a>) -> Place<'a> {
    let deployments = service.at("deployments").elements(true).unwrap_or_default();
    let primary = deployments.into_iter().find(|deployment| deployment.at("status").text() == Some("PRIMARY"));
    primary.unwrap_or_else(|| service.at("primaryDeployment")).at("serviceConnectConfiguration")
}

/// Services that talk to each other. With one service only there is nobody to talk to.
fn mesh(view: &View<'_>, judge: impl Fn(&Place<'_>) -> Answer) -> Population {
    let services = view.services();
    let odd = services.seen().any(|service| service.at("serviceName").text().is_none());
    if services.len() > 1 || odd {
        return services.every(view, NO_SERVICE, judge);
    }
    let nothing = Nothing::NotApplicable("there is one service at the most", &[SERVICES]);
    let (_, blind) = services.into_parts();
    let mut none = Scope::new("services");
    none.missing(blind);
    none.every(view, nothing, |_| Answer::cannot_tell(Blind::new("", "")))
}

/// Every service that Service Connect serves has a certificate of its own.
fn mutual_tls(view: &View<'_>) -> Population {
    mesh(view, |service| {
        let connect = connect(service);
        let served = connect
            .at("services")
            .list(Holds, Holds)
            .every(|endpoint| endpoint.at("tls.issuerCertificateAuthority").absent(Fails).is_set());
        in_connect(service, &connect).and(served)
    })
}

fn in_connect(service: &Place<'_>, connect: &Place<'_>) -> Answer {
    match connect.at("enabled").value().and_then(serde_json::Value::as_bool) {
        Some(true) => connect.at("enabled").answer(true, "is", "true"),
        _ => Answer::cannot_tell(Blind::new(
            format!("{} is not in Service Connect; another mesh may serve it", service.unit()),
            "put the service into Service Connect, or sign for the line",
        )),
    }
}

/// Every service in Service Connect is released in steps.
fn routing(view: &View<'_>) -> Population {
    mesh(view, |service| {
        let connect = connect(service);
        let strategy = service.at("deploymentConfiguration.strategy").absent(Fails).is_one_of(&["LINEAR", "CANARY"]);
        in_connect(service, &connect).and(strategy)
    })
}

/// Every service is in Service Connect, which takes bad tasks out by itself.
fn circuit_breakers(view: &View<'_>) -> Population {
    mesh(view, |service| connect(service).at("enabled").absent(Fails).is_true())
}
