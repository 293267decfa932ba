//! Alarms, logs, dashboards, traces.

use plimsoll_checklist::Blind;

use super::{Line, line};
use crate::{
    answer::{
        Answer,
        Means::{CannotTell, Fails},
    },
    place::Place,
    population::{Nothing, Population, Scope},
    scope::{CLUSTERS, LOAD_BALANCER, NO_SERVICE, TARGET_GROUP, cluster_and_name, containers, target_group_arns, told},
    view::View,
};

pub(super) const LINES: [Line; 7] = [
    line("REL-04", alarms),
    line("REL-06", container_insights),
    line("OPS-01", logs),
    line("OBS-01", dashboards),
    line("OBS-02", sampling),
    line("OBS-03", queries),
    line("GO-05", topics),
];

const ALARM: &str = "AWS::CloudWatch::Alarm";
const LOG_GROUP: &str = "AWS::Logs::LogGroup";

/// One metric that a service needs an alarm on, by namespace, name and one of its dimensions.
struct Cell<'a> {
    metrics: &'static [(&'static str, &'static str)],
    dimensions: Vec<(&'static str, &'a str)>,
}

const CPU: &[(&str, &str)] = &[("AWS/ECS", "CPUUtilization"), ("ECS/ContainerInsights", "CpuUtilized")];
const MEMORY: &[(&str, &str)] = &[("AWS/ECS", "MemoryUtilization"), ("ECS/ContainerInsights", "MemoryUtilized")];
const ERRORS: &[(&str, &str)] = &[("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count")];
const UNHEALTHY: &[(&str, &str)] =
    &[("AWS/ApplicationELB", "UnHealthyHostCount"), ("AWS/NetworkELB", "UnHealthyHostCount")];
const SLOW: &[(&str, &str)] = &[("AWS/ApplicationELB", "TargetResponseTime")];

/// Every service has an alarm that acts on its CPU and memory, and behind a load balancer on errors, unhealthy tasks and
/// response time. A network load balancer counts neither errors nor time.
fn alarms(view: &View<'_>) -> Population {
    let alarms = view.of(ALARM);
    view.services().every(view, NO_SERVICE, |service| {
        told(cells(view, service).map(|cells| {
            let covered = cells.iter().map(|cell| {
                let wanted = format!("an alarm that acts on {}", cell.metrics.first().map_or("", |(_, name)| name));
                alarms.some(service.unit(), &wanted, |alarm| watches(alarm, cell).and(acts(alarm)))
            });
            Answer::every(covered, || Answer::cannot_tell(service.odd("a service")))
        }))
    })
}

fn cells<'a>(view: &View<'a>, service: &Place<'a>) -> Result<Vec<Cell<'a>>, Blind> {
    let (cluster, name) = cluster_and_name(service)?;
    let of_service = vec![("ClusterName", cluster), ("ServiceName", name)];
    let mut cells =
        vec![Cell { metrics: CPU, dimensions: of_service.clone() }, Cell { metrics: MEMORY, dimensions: of_service }];
    let (groups, balancers) = (view.of(TARGET_GROUP), view.of(LOAD_BALANCER));
    if let Some(arn) = target_group_arns(service)?.first() {
        let group = groups.find(arn)?;
        let mut dimensions: Vec<(&'static str, &str)> = Vec::new();
        dimensions.extend(group.at("TargetGroupFullName").text().map(|name| ("TargetGroup", name)));
        let mut network = false;
        for arn in group.at("LoadBalancerArns").texts(false)? {
            let balancer = balancers.find(arn)?;
            network |= balancer.at("Type").text() == Some("network");
            dimensions.extend(balancer.at("LoadBalancerFullName").text().map(|name| ("LoadBalancer", name)));
        }
        let metrics: &[&[(&str, &str)]] = if network { &[UNHEALTHY] } else { &[ERRORS, UNHEALTHY, SLOW] };
        cells.extend(metrics.iter().map(|metrics| Cell { metrics, dimensions: dimensions.clone() }));
    }
    Ok(cells)
}

/// Whether the alarm, or one of the metrics of its expression, is about the cell. For a service both dimensions have to
/// fit; behind a load balancer one of them is enough.
fn watches(alarm: &Place<'_>, cell: &Cell<'_>) -> Answer {
    let mut places = vec![alarm.clone()];
    places.extend(alarm.at("Metrics").elements(true).unwrap_or_default().iter().map(|m| m.at("MetricStat.Metric")));
    let fits = |place: &Place<'_>| {
        let (namespace, name) = (place.at("Namespace").text(), place.at("MetricName").text());
        let metric = cell.metrics.iter().any(|(space, metric)| namespace == Some(space) && name == Some(metric));
        let dimensions = place.at("Dimensions").elements(true).unwrap_or_default();
        let has = |(key, value): &(&str, &str)| {
            dimensions.iter().any(|d| d.at("Name").text() == Some(key) && d.at("Value").text() == Some(value))
        };
        let service = cell.dimensions.iter().any(|(key, _)| *key == "ServiceName");
        metric && if service { cell.dimensions.iter().all(has) } else { cell.dimensions.iter().any(has) }
    };
    alarm.at("MetricName").answer(
        places.iter().any(fits),
        "is about",
        cell.metrics.first().map_or("", |(_, name)| name),
    )
}

fn acts(alarm: &Place<'_>) -> Answer {
    let enabled = alarm.at("ActionsEnabled").absent(CannotTell).is_true();
    enabled.and(alarm.at("AlarmActions").absent(Fails).is_set())
}

/// Every cluster of a service has Container Insights. An empty list of settings is off.
fn container_insights(view: &View<'_>) -> Population {
    let clusters = view.of(CLUSTERS);
    let mut scope = Scope::new("clusters");
    let (services, blind) = view.services().into_parts();
    scope.missing(blind);
    for (_, service) in services {
        match service.map(|service| service.at("clusterArn")) {
            Ok(place) => match place.text() {
                Some(arn) => scope.add(arn, clusters.find(arn)),
                None => scope.missing([place.odd("text")]),
            },
            Err(blind) => scope.missing([blind]),
        }
    }
    scope.every(view, NO_SERVICE, |cluster| {
        cluster.at("settings").list(CannotTell, Fails).some(|setting| {
            let named = setting.at("name").absent(CannotTell).is("containerInsights");
            named.and(setting.at("value").absent(CannotTell).is_one_of(&["enabled", "enhanced"]))
        })
    })
}

/// Every container writes to a log group that keeps its logs as long as the profile asks, and not for ever.
fn logs(view: &View<'_>) -> Population {
    let least = f64::from(view.settings.log_retention_days);
    view.task_definitions().every(view, NO_SERVICE, |definition| {
        containers(definition, |container| {
            let driver = container.at("logConfiguration.logDriver");
            match driver.text() {
                Some(other) if other != "awslogs" => Answer::cannot_tell(Blind::new(
                    format!("{} writes its logs by the driver {other}", definition.unit()),
                    "sign for how long they are kept",
                )),
                _ => driver.absent(Fails).is("awslogs").and(told(
                    log_group(view, &container).map(|group| group.at("RetentionInDays").absent(Fails).at_least(least)),
                )),
            }
        })
    })
}

fn log_group<'a>(view: &View<'a>, container: &Place<'a>) -> Result<Place<'a>, Blind> {
    let options = container.at("logConfiguration.options");
    let name = options.at("awslogs-group").text().ok_or_else(|| options.at("awslogs-group").odd("text"))?;
    let region = options.at("awslogs-region").text().unwrap_or(&view.own.region);
    let view = view.region(&view.own.account, region).ok_or_else(|| {
        Blind::new(format!("log group {name} is in {region}, which was not read"), "let the collector read the region")
    })?;
    view.of(LOG_GROUP).find(name)
}

/// A dashboard shows every service, and the load balancer before it.
fn dashboards(view: &View<'_>) -> Population {
    let dashboards = view.of("AWS::CloudWatch::Dashboard");
    view.services().every(view, NO_SERVICE, |service| {
        let behind = target_group_arns(service).map(|arns| !arns.is_empty());
        let names = behind.and_then(|behind| {
            let (_, name) = cluster_and_name(service)?;
            Ok([Some("AWS/ECS"), behind.then_some("AWS/ApplicationELB"), Some(name)])
        });
        told(names.map(|names| {
            dashboards.some(service.unit(), "a dashboard that shows it", |dashboard| {
                let wanted: Vec<&str> = names.iter().copied().flatten().collect();
                dashboard.at("DashboardBody").absent(CannotTell).meets("names", &wanted.join(", "), |body| {
                    body.as_str().map(|body| wanted.iter().all(|name| body.contains(name)))
                })
            })
        }))
    })
}

/// Requests are sampled by a rule of one's own, where there are services.
fn sampling(view: &View<'_>) -> Population {
    if view.services().is_empty() {
        return Population::empty(
            "regions",
            "no ECS service wants a task",
            "the line is judged as soon as there is one",
        );
    }
    let rules = view.of("AWS::XRay::SamplingRule");
    let unit = format!("{}/{}", view.own.account, view.own.region);
    Population::region(
        view,
        rules.some(&unit, "a sampling rule of its own", |rule| {
            let rule = rule.at("SamplingRule");
            let own = rule.at("RuleName").absent(CannotTell).is("Default").not();
            own.and(rule.at("FixedRate").absent(CannotTell).more_than(0.0))
        }),
    )
}

/// A saved query looks at a log group of the services.
fn queries(view: &View<'_>) -> Population {
    let definitions = view.task_definitions();
    if definitions.is_empty() {
        let (_, blind) = definitions.into_parts();
        let mut none = Scope::new("regions");
        none.missing(blind);
        return none.every(view, NO_SERVICE, |_| Answer::cannot_tell(Blind::new("", "")));
    }
    if let Some(Err(blind)) = definitions.clone().into_parts().0.into_iter().map(|(_, seen)| seen).find(Result::is_err)
    {
        return Population::unknown("regions", blind);
    }
    let groups: Vec<&str> = definitions
        .seen()
        .flat_map(|definition| definition.at("containerDefinitions").elements(true).unwrap_or_default())
        .filter_map(|container| container.at("logConfiguration.options.awslogs-group").text())
        .collect();
    let unit = format!("{}/{}", view.own.account, view.own.region);
    let queries = view.of("AWS::Logs::QueryDefinition");
    Population::region(
        view,
        queries.some(&unit, "a query over a log group of the services", |query| {
            query.at("LogGroupNames").list(Fails, Fails).some(|name| {
                name.absent(CannotTell)
                    .meets("is", "a log group of the services", |name| name.as_str().map(|name| groups.contains(&name)))
            })
        }),
    )
}

/// Every topic that an alarm acts on has a subscription that somebody confirmed, and none that waits.
fn topics(view: &View<'_>) -> Population {
    let (alarms, topics) = (view.of(ALARM), view.of("sns:GetTopicAttributes"));
    let mut scope = Scope::new("topics");
    for alarm in &alarms.resources {
        match alarm.at("AlarmActions").texts(true) {
            Ok(actions) => {
                actions
                    .into_iter()
                    .filter(|arn| arn.contains(":sns:"))
                    .for_each(|arn| scope.add(arn, topics.find(arn)));
            }
            Err(blind) => scope.missing([blind]),
        }
    }
    scope.missing(alarms.blind);
    scope.every(view, Nothing::Unknown("no alarm acts on a topic"), |topic| {
        // On the wire the attributes may stand in a map of their own.
        let attributes = if topic.at("Attributes").value().is_some() { topic.at("Attributes") } else { topic.clone() };
        let confirmed = attributes.at("SubscriptionsConfirmed").absent(CannotTell).at_least(1.0);
        confirmed.and(attributes.at("SubscriptionsPending").absent(CannotTell).at_most(0.0))
    })
}
