//! Load balancers and target groups before the services.

use plimsoll_checklist::Blind;

use super::{Line, line};
use crate::{
    answer::{
        Answer,
        Means::{CannotTell, Fails, Holds},
    },
    place::Place,
    population::{Nothing, Population},
    scope::{NO_SERVICE, SERVICES, TARGET_GROUP, attribute, target_group_arns, told},
    view::View,
};

pub(super) const LINES: [Line; 4] =
    [line("SEC-08", https), line("REL-03", health_checks), line("REL-05", draining), line("OPS-02", access_logs)];

const NO_BALANCER: Nothing = Nothing::NotApplicable("no service is behind a load balancer", &[SERVICES]);

/// Every load balancer of a service ends TLS 1.2 or later with a certificate, and what it accepts on plain HTTP it only
/// redirects to HTTPS.
fn https(view: &View<'_>) -> Population {
    let listeners = view.of("AWS::ElasticLoadBalancingV2::Listener");
    let rules = view.of("AWS::ElasticLoadBalancingV2::ListenerRule");
    view.load_balancers().every(view, NO_BALANCER, |balancer| {
        let mine = |listener: &&Place<'_>| listener.at("LoadBalancerArn").text() == Some(balancer.unit());
        let of_balancer: Vec<_> = listeners.resources.iter().filter(mine).collect();
        let encrypted = Answer::any(of_balancer.iter().map(|listener| encrypts(listener)), || {
            balancer.answer(false, "has", "a listener on HTTPS")
        });
        let plain = of_balancer.iter().filter(|listener| listener.at("Protocol").text() == Some("HTTP"));
        let redirects = plain.map(|listener| {
            // Cloud Control cannot read the listener of a rule; the ARN of the rule names it.
            let of_listener = |rule: &&Place<'_>| {
                let listener_of = rule.unit().replacen(":listener-rule/", ":listener/", 1);
                listener_of.strip_prefix(listener.unit()).is_some_and(|rest| rest.starts_with('/'))
            };
            let by_rule = rules.resources.iter().filter(of_listener).map(|rule| redirects(&rule.at("Actions")));
            by_rule.fold(redirects(&listener.at("DefaultActions")), Answer::and)
        });
        let old = of_balancer.iter().filter(|listener| listener.at("SslPolicy").text().is_some()).map(|l| modern(l));
        // A TCP listener may pass TLS through to the task, which no property shows.
        let passed = of_balancer.iter().filter(|l| l.at("Protocol").text() == Some("TCP")).map(|listener| {
            Answer::cannot_tell(Blind::new(
                format!("listener {} passes TCP through; the task may end TLS", listener.unit()),
                "use a TLS listener, or sign for the line",
            ))
        });
        let answer = redirects.chain(old).chain(passed).fold(encrypted, Answer::and);
        match &listeners.blind {
            Some(blind) if answer.fails() && of_balancer.is_empty() => Answer::cannot_tell(blind.clone()),
            _ => answer,
        }
    })
}

fn encrypts(listener: &Place<'_>) -> Answer {
    let protocol = listener.at("Protocol").absent(CannotTell).is_one_of(&["HTTPS", "TLS"]);
    protocol
        .and(
            listener
                .at("Certificates")
                .list(Fails, Fails)
                .some(|certificate| certificate.at("CertificateArn").absent(Fails).is_set()),
        )
        .and(modern(listener))
}

/// Policies that begin at TLS 1.2 carry `1-2` or `1-3` in their name as the lowest version.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html>
fn modern(listener: &Place<'_>) -> Answer {
    listener.at("SslPolicy").absent(Fails).meets("begins at", "TLS 1.2 or later", |value| {
        let policy = value.as_str()?.strip_prefix("ELBSecurityPolicy-")?;
        let rest = policy
            .strip_prefix("TLS13-")
            .or_else(|| policy.strip_prefix("TLS-"))
            .or_else(|| policy.strip_prefix("FS-"));
        Some(rest.is_some_and(|lowest| lowest.starts_with("1-2-") || lowest.starts_with("1-3-")))
    })
}

fn redirects(actions: &Place<'_>) -> Answer {
    actions.clone().list(CannotTell, CannotTell).every(|action| {
        let kind = action.at("Type").absent(CannotTell).is_one_of(&["redirect", "fixed-response"]);
        let to = action.at("RedirectConfig.Protocol").absent(Holds).is("HTTPS");
        kind.and(to)
    })
}

/// Every target group of a service checks a path of its own and counts only codes below 400 as healthy; without a target
/// group, every essential container of the service has a health check.
fn health_checks(view: &View<'_>) -> Population {
    let groups = view.of(TARGET_GROUP);
    let definitions = view.of(crate::scope::TASK_DEFINITIONS);
    view.services().every(view, NO_SERVICE, |service| {
        told(target_group_arns(service).map(|arns| {
            let by_group =
                arns.iter().map(|arn| groups.find(arn).map_or_else(Answer::cannot_tell, |group| checks(&group)));
            Answer::every(by_group, || {
                let arn = service.at("taskDefinition");
                let definition = arn.text().ok_or_else(|| arn.odd("text")).and_then(|arn| definitions.find(arn));
                definition.map_or_else(Answer::cannot_tell, |definition| by_container(&definition))
            })
        }))
    })
}

fn checks(group: &Place<'_>) -> Answer {
    let enabled = group.at("HealthCheckEnabled").absent(CannotTell).is_true();
    let path = group.at("HealthCheckPath").absent(Fails).is_set();
    let http = group.at("Matcher.HttpCode").absent(Fails).meets("has no code above", "399", |value| {
        let codes = value.as_str()?.split([',', '-']).map(|code| code.trim().parse::<u16>().ok());
        codes.collect::<Option<Vec<u16>>>().map(|codes| codes.iter().all(|code| *code <= 399))
    });
    let grpc = group.at("Matcher.GrpcCode").absent(Fails).is_set();
    enabled.and(path).and(http.or(grpc))
}

fn by_container(definition: &Place<'_>) -> Answer {
    crate::scope::containers(definition, |container| {
        let optional = container.at("essential").absent(Fails).is_false();
        optional.or(container.at("healthCheck.command").absent(Fails).is_set())
    })
}

/// Every target group of a service lets requests end for 5 to 300 seconds before it drops a task.
fn draining(view: &View<'_>) -> Population {
    let nothing = Nothing::NotApplicable("no service has a target group", &[SERVICES]);
    view.target_groups().every(view, nothing, |group| {
        attribute(group, "TargetGroupAttributes", "deregistration_delay.timeout_seconds", |value| {
            value.absent(CannotTell).within(5.0, 300.0)
        })
    })
}

/// Every load balancer of a service writes its access log to a bucket.
fn access_logs(view: &View<'_>) -> Population {
    view.load_balancers().every(view, NO_BALANCER, |balancer| {
        attribute(balancer, "LoadBalancerAttributes", "access_logs.s3.enabled", |value| {
            value.absent(CannotTell).is_true()
        })
    })
}
