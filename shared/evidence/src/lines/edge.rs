//! What faces the internet: web ACLs, APIs, distributions, Shield.

use plimsoll_checklist::Blind;
use serde_json::Value;

use super::{Line, line};
use crate::{
    answer::{
        Answer,
        Means::{CannotTell, Fails},
    },
    place::Place,
    population::{Nothing, Population, Scope},
    scope::{DISTRIBUTION, SERVICES, STAGE, told},
    view::View,
};

pub(super) const LINES: [Line; 15] = [
    line("WAF-00", web_acl),
    line("WAF-01", |view| managed_rules(view, "AWSManagedRulesCommonRuleSet")),
    line("WAF-02", |view| managed_rules(view, "AWSManagedRulesKnownBadInputsRuleSet")),
    line("WAF-03", |view| managed_rules(view, "AWSManagedRulesAmazonIpReputationList")),
    line("WAF-04", rate_limit),
    line("WAF-05", |view| statement(view, "GeoMatchStatement")),
    line("WAF-06", |view| statement(view, "IPSetReferenceStatement")),
    line("WAF-07", firewall_logs),
    line("API-01", throttling),
    line("API-02", api_logs),
    line("API-03", tracing),
    line("CDN-01", caching),
    line("CDN-02", distribution),
    line("CDN-03", custom_domain),
    line("ADV-01", shield_advanced),
];

const REST_API: &str = "AWS::ApiGateway::RestApi";
const HTTP_API: &str = "AWS::ApiGatewayV2::Api";
const HTTP_STAGE: &str = "AWS::ApiGatewayV2::Stage";
const NO_ENTRY: Nothing =
    Nothing::NotApplicable("nothing faces the internet", &[SERVICES, DISTRIBUTION, REST_API, STAGE]);
/// The managed cache policy that caches nothing.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html>
const CACHING_DISABLED: &str = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";

/// Every entry from the internet has a web ACL.
fn web_acl(view: &View<'_>) -> Population {
    acls(view, |acl| acl.at("Arn").absent(CannotTell).is_set())
}

/// Judges the web ACL of every entry; an entry without one fails.
fn acls<'a>(view: &View<'a>, judge: impl Fn(&Place<'a>) -> Answer) -> Population {
    view.entries().every(view, NO_ENTRY, |entry| {
        told(view.web_acl(entry).map(|acl| match acl {
            Some(acl) => judge(&acl),
            None => entry.answer(false, "has", "a web ACL"),
        }))
    })
}

/// Every web ACL blocks by that group of rules of AWS.
fn managed_rules(view: &View<'_>, group: &str) -> Population {
    acls(view, |acl| {
        acl.at("Rules").list(Fails, Fails).some(|rule| {
            let statement = rule.at("Statement.ManagedRuleGroupStatement");
            let named = statement.at("Name").absent(Fails).is(group);
            let of_aws = statement.at("VendorName").absent(Fails).is("AWS");
            // To count is to let through. AWS asks for one of the two actions in every rule about a group.
            let blocks = rule
                .at("OverrideAction")
                .absent(CannotTell)
                .meets("is not", "Count", |action| action.as_object().map(|action| !action.contains_key("Count")));
            named.and(of_aws).and(blocks)
        })
    })
}

/// Every web ACL blocks addresses that send more requests than the profile allows.
fn rate_limit(view: &View<'_>) -> Population {
    acls(view, |acl| {
        acl.at("Rules").list(Fails, Fails).some(|rule| {
            let limit = rule.at("Statement.RateBasedStatement.Limit").absent(Fails);
            limit.at_most(f64::from(view.settings.waf_rate_limit)).and(rule.at("Action.Block").absent(Fails).meets(
                "is",
                "set",
                |action| Some(action.is_object()),
            ))
        })
    })
}

/// Every web ACL has a rule with such a statement, also within others, that does more than count.
fn statement(view: &View<'_>, wanted: &str) -> Population {
    acls(view, |acl| {
        acl.at("Rules").list(Fails, Fails).some(|rule| {
            let there = rule
                .at("Statement")
                .absent(CannotTell)
                .meets("contains", wanted, |statement| statement.is_object().then(|| contains(statement, wanted)));
            there.and(
                rule.at("Action")
                    .absent(CannotTell)
                    .meets("is not", "Count", |action| action.as_object().map(|action| !action.contains_key("Count"))),
            )
        })
    })
}

fn contains(value: &Value, key: &str) -> bool {
    match value {
        Value::Object(object) => object.contains_key(key) || object.values().any(|inner| contains(inner, key)),
        Value::Array(list) => list.iter().any(|inner| contains(inner, key)),
        _ => false,
    }
}

/// Every web ACL writes its log to CloudWatch Logs.
fn firewall_logs(view: &View<'_>) -> Population {
    let loggings = view.everywhere("AWS::WAFv2::LoggingConfiguration");
    acls(view, |acl| {
        let arn = acl.at("Arn").text().unwrap_or_default();
        loggings.some(arn, "a logging configuration", |logging| {
            let mine = logging.at("ResourceArn").absent(CannotTell).is(arn);
            mine.and(logging.at("LogDestinationConfigs").list(Fails, Fails).some(|destination| {
                destination.absent(CannotTell).meets("is", "a log group aws-waf-logs-…", |value| {
                    value.as_str().map(|arn| arn.contains(":log-group:aws-waf-logs-"))
                })
            }))
        })
    })
}

/// The stages of REST APIs and of HTTP and WebSocket APIs.
fn stages<'a>(view: &View<'a>) -> Scope<'a> {
    let mut scope = Scope::new("API stages");
    for kind in [STAGE, HTTP_STAGE] {
        let set = view.of(kind);
        set.resources.iter().for_each(|stage| scope.add(stage.unit(), Ok(stage.clone())));
        scope.missing(set.blind);
    }
    for kind in [REST_API, HTTP_API] {
        let apis = view.of(kind);
        scope.missing(apis.blind);
        if scope.is_empty() && !apis.resources.is_empty() {
            scope.missing([Blind::new("there are APIs, and no stage of them was read", "wait for the next run")]);
        }
    }
    scope
}

const NO_API: Nothing = Nothing::NotApplicable("there is no API", &[REST_API, HTTP_API]);

/// Every stage admits at most 10,000 requests a second and a burst of 5,000.
fn throttling(view: &View<'_>) -> Population {
    let limits = |place: &Place<'_>| {
        let rate = place.at("ThrottlingRateLimit").absent(Fails).within(0.001, 10_000.0);
        rate.and(place.at("ThrottlingBurstLimit").absent(Fails).within(1.0, 5_000.0))
    };
    stages(view).every(view, NO_API, |stage| match stage.at("RestApiId").text() {
        Some(_) => stage.at("MethodSettings").list(Fails, Fails).some(|method| {
            let all = method.at("ResourcePath").absent(Fails).is_one_of(&["/*", "*"]);
            all.and(method.at("HttpMethod").absent(Fails).is("*")).and(limits(&method))
        }),
        None => known_stage(stage).and(limits(&stage.at("DefaultRouteSettings"))),
    })
}

fn known_stage(stage: &Place<'_>) -> Answer {
    stage.at("StageName").absent(CannotTell).is_set()
}

/// Every stage writes a line of JSON for each request.
fn api_logs(view: &View<'_>) -> Population {
    stages(view).every(view, NO_API, |stage| {
        let log = if stage.at("RestApiId").text().is_some() { "AccessLogSetting" } else { "AccessLogSettings" };
        let json = stage.at(log).at("Format").absent(Fails).meets("is", "JSON", |value| value.as_str().map(is_json));
        known_stage(stage).and(stage.at(log).at("DestinationArn").absent(Fails).is_set()).and(json)
    })
}

/// Whether a format with its variables, such as `$context.requestId`, makes a line of JSON. A variable may stand for a
/// number without quotes.
fn is_json(format: &str) -> bool {
    let mut line = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once('$') {
        line.push_str(before);
        line.push('0');
        rest = after.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
    }
    line.push_str(rest);
    serde_json::from_str::<serde_json::Map<String, Value>>(line.trim()).is_ok()
}

/// Every stage of a REST API is traced; HTTP APIs cannot be.
fn tracing(view: &View<'_>) -> Population {
    let set = view.of(STAGE);
    let mut scope = Scope::new("stages of REST APIs");
    set.resources.iter().for_each(|stage| scope.add(stage.unit(), Ok(stage.clone())));
    scope.missing(set.blind);
    let nothing = Nothing::NotApplicable("there is no REST API", &[REST_API, STAGE]);
    scope.every(view, nothing, |stage| stage.at("TracingEnabled").absent(Fails).is_true())
}

/// Load balancers that face the internet, and APIs, by the name that a distribution would have as origin.
fn origins<'a>(view: &View<'a>) -> Scope<'a> {
    let balancers = view.load_balancers().only(|balancer| balancer.at("Scheme").text() != Some("internal"));
    let (units, blind) = balancers.into_parts();
    let mut scope = Scope::new("entries from the internet");
    for (id, seen) in units {
        scope.add(&id, seen);
    }
    scope.missing(blind);
    for kind in [REST_API, HTTP_API] {
        let apis = view.of(kind);
        apis.resources.iter().for_each(|api| scope.add(api.unit(), Ok(api.clone())));
        scope.missing(apis.blind);
    }
    scope
}

/// Every entry is an origin of a distribution that is enabled and that `judge` accepts.
fn behind_distribution(view: &View<'_>, judge: impl Fn(&Place<'_>) -> Answer) -> Population {
    let distributions = view.of(DISTRIBUTION);
    let nothing = Nothing::NotApplicable("nothing faces the internet", &[SERVICES, REST_API, HTTP_API]);
    origins(view).every(view, nothing, |entry| {
        let api = format!("{}.execute-api.", entry.unit());
        let name = entry.at("DNSName").text();
        let balancer = entry.at("LoadBalancerArn").text().is_some() || entry.unit().contains(":loadbalancer/");
        if balancer && name.is_none() {
            return Answer::cannot_tell(entry.at("DNSName").odd("text"));
        }
        distributions.some(entry.unit(), "a distribution before it", |distribution| {
            let config = distribution.at("DistributionConfig");
            let enabled = config.at("Enabled").absent(CannotTell).is_true();
            let origin = config.at("Origins").list(CannotTell, Fails).some(|origin| {
                let domain = origin.at("DomainName");
                let of_aws = |domain: &str| domain.ends_with(".amazonaws.com") || domain.ends_with(".amazonaws.com.cn");
                match domain.text() {
                    // A name of one's own may lead to the entry or not: no property says.
                    Some(own) if !of_aws(own) && origin.at("S3OriginConfig").value().is_none() => {
                        Answer::cannot_tell(Blind::new(
                            format!("{own} may be a name of {}", entry.unit()),
                            "use the name that AWS gave to the origin, or sign for the line",
                        ))
                    }
                    _ => domain.absent(CannotTell).meets("is", name.unwrap_or(&api), |value| {
                        value
                            .as_str()
                            .map(|is| name.map_or_else(|| is.starts_with(&api), |name| is.eq_ignore_ascii_case(name)))
                    }),
                }
            });
            enabled.and(origin).and(judge(&config))
        })
    })
}

/// Every entry is behind a distribution that caches something.
fn caching(view: &View<'_>) -> Population {
    let caches = |behavior: &Place<'_>| {
        let policy = behavior.at("CachePolicyId").absent(Fails).is(CACHING_DISABLED).not();
        behavior.at("CachePolicyId").absent(Fails).is_set().and(policy)
    };
    behind_distribution(view, |config| {
        let others = config.at("CacheBehaviors").list(Fails, Fails).some(|behavior| caches(&behavior));
        caches(&config.at("DefaultCacheBehavior")).or(others)
    })
}

/// Every entry is behind a distribution, which Shield Standard protects by itself.
fn distribution(view: &View<'_>) -> Population {
    behind_distribution(view, |config| config.at("Enabled").absent(CannotTell).is_true())
}

/// Every entry is behind a distribution with a name and a certificate of its own.
fn custom_domain(view: &View<'_>) -> Population {
    behind_distribution(view, |config| {
        let named = config.at("Aliases").list(Fails, Fails).some(|alias| alias.absent(Fails).is_set());
        named.and(config.at("ViewerCertificate.AcmCertificateArn").absent(Fails).is_set())
    })
}

/// Every entry is protected by Shield Advanced, where the profile wants that.
fn shield_advanced(view: &View<'_>) -> Population {
    if !view.settings.shield_advanced {
        return Population::left_out("entries from the internet", "the profile does not want Shield Advanced");
    }
    let protections = view.of("AWS::Shield::Protection");
    // Stages of APIs take no protection; they are behind a distribution.
    let entries = view.entries().only(|entry| entry.at("StageName").value().is_none());
    entries.every(view, NO_ENTRY, |entry| {
        let arn = match entry.at("DistributionConfig").value() {
            Some(_) => format!("arn:aws:cloudfront::{}:distribution/{}", view.own.account, entry.unit()),
            None => entry.unit().to_owned(),
        };
        protections.some(&arn, "a protection", |protection| protection.at("ResourceArn").absent(CannotTell).is(&arn))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_of_json_may_have_numbers_without_quotes() {
        assert!(is_json(r#"{"id":"$context.requestId","status":$context.status,"ip":"$context.identity.sourceIp"}"#));
        for no in ["$context.requestId $context.status", "", "[1]", r#"{"id":"$context.requestId""#] {
            assert!(!is_json(no), "{no}");
        }
    }
}
