//! Where tasks run: endpoints, security groups, subnets, zones, NAT gateways.

use std::collections::BTreeSet;

use plimsoll_checklist::Blind;

use super::{Line, line};
use crate::{
    Purpose,
    answer::{
        Answer,
        Means::{CannotTell, Fails, Holds},
    },
    place::{Place, number},
    population::{Nothing, Population, Scope},
    scope::{NO_SERVICE, SUBNET, told},
    view::View,
};

pub(super) const LINES: [Line; 6] = [
    line("SEC-05", endpoints),
    line("SEC-06", security_groups),
    line("SEC-07", private_subnets),
    line("REL-01", zones),
    line("COST-02", gateway_endpoint),
    line("GO-07", nat_gateways),
];

const ENDPOINT: &str = "AWS::EC2::VPCEndpoint";
const NAT_GATEWAY: &str = "AWS::EC2::NatGateway";
const INTERNET: [&str; 2] = ["0.0.0.0/0", "::/0"];

/// Every VPC of a service has the endpoints of the profile, and those of the stores that its tasks read secrets from.
fn endpoints(view: &View<'_>) -> Population {
    let mut wanted: Vec<String> = view.settings.vpc_endpoints.clone();
    wanted.extend(secret_stores(view).into_iter().map(str::to_owned));
    view.vpcs().every(view, NO_SERVICE, |subnet| {
        let vpc = subnet.at("VpcId").text().unwrap_or_default();
        let has = wanted.iter().map(|service| endpoint(view, vpc, service));
        Answer::every(has, || Answer::cannot_tell(Blind::new("the profile names no endpoint", "name some")))
    })
}

/// Every VPC of a service reaches Amazon S3 through a gateway endpoint, which costs nothing.
fn gateway_endpoint(view: &View<'_>) -> Population {
    let gateways = view.of(NAT_GATEWAY);
    let nothing = Nothing::NotApplicable("there is no NAT gateway", &[NAT_GATEWAY]);
    if gateways.resources.is_empty() && gateways.blind.is_none() {
        return Scope::new("VPCs").every(view, nothing, |_| Answer::cannot_tell(Blind::new("", "")));
    }
    view.vpcs().every(view, NO_SERVICE, |subnet| endpoint(view, subnet.at("VpcId").text().unwrap_or_default(), "s3"))
}

fn endpoint(view: &View<'_>, vpc: &str, service: &str) -> Answer {
    let name = format!("com.amazonaws.{}.{service}", view.own.region);
    let kind = if service == "s3" { "Gateway" } else { "Interface" };
    view.of(ENDPOINT).some(vpc, &format!("an endpoint of type {kind} for {name}"), |endpoint| {
        let type_of = endpoint.at("VpcEndpointType").absent(CannotTell).is(kind);
        type_of
            .and(endpoint.at("VpcId").absent(CannotTell).is(vpc))
            .and(endpoint.at("ServiceName").absent(CannotTell).is(&name))
    })
}

/// Secrets Manager, or the Parameter Store of Systems Manager, where task definitions read from them.
fn secret_stores(view: &View<'_>) -> BTreeSet<&'static str> {
    let mut stores = BTreeSet::new();
    for definition in view.task_definitions().seen() {
        for container in definition.at("containerDefinitions").elements(true).unwrap_or_default() {
            for secret in container.at("secrets").elements(true).unwrap_or_default() {
                let from = secret.at("valueFrom").text().unwrap_or_default();
                stores.insert(if from.contains(":secretsmanager:") { "secretsmanager" } else { "ssm" });
            }
        }
    }
    stores
}

/// No task can be reached from the whole internet, and of a load balancer only the ports of HTTP and HTTPS.
fn security_groups(view: &View<'_>) -> Population {
    let groups = view.of("AWS::EC2::SecurityGroup");
    let (mut scope, mut of_tasks) = (Scope::new("security groups"), BTreeSet::new());
    let (services, blind) = view.services().into_parts();
    scope.missing(blind);
    for (_, service) in services {
        let ids = service
            .and_then(|service| service.at("networkConfiguration.awsvpcConfiguration.securityGroups").texts(false));
        match ids {
            // Without any, the default group of the VPC applies, and which one that is no property says.
            Ok(ids) if ids.is_empty() => scope.missing([Blind::new(
                "a service names no security group, so the default group of its VPC applies",
                "name the security groups of the service",
            )]),
            Ok(ids) => {
                for id in ids {
                    of_tasks.insert(id);
                    scope.add(id, groups.find(id));
                }
            }
            Err(blind) => scope.missing([blind]),
        }
    }
    let (balancers, blind) = view.load_balancers().into_parts();
    scope.missing(blind);
    for (_, balancer) in balancers {
        match balancer.and_then(|balancer| balancer.at("SecurityGroups").texts(true)) {
            Ok(ids) => ids.into_iter().for_each(|id| scope.add(id, groups.find(id))),
            Err(blind) => scope.missing([blind]),
        }
    }
    scope.every(view, NO_SERVICE, |group| {
        let web = !of_tasks.contains(group.unit());
        let known = group.at("GroupDescription").absent(CannotTell).is_set();
        known.and(group.at("SecurityGroupIngress").list(Holds, Holds).every(|rule| ingress(&rule, web)))
    })
}

/// A rule that admits the whole internet to other ports than those of the web (for load balancers) or at all (for tasks).
fn ingress(rule: &Place<'_>, web: bool) -> Answer {
    let open = |property: &str| {
        let source = rule.at(property).absent(Fails);
        source.meets("is", "the whole internet", |value| value.as_str().map(|cidr| INTERNET.contains(&cidr)))
    };
    let closed = open("CidrIp").or(open("CidrIpv6")).not();
    if !web || closed.holds() {
        return closed;
    }
    let port = |property: &str| {
        rule.at(property).absent(Fails).meets("is", "80 or 443", |value| {
            number(value).map(|port| [80.0, 443.0].iter().any(|web| (port - web).abs() < 0.5))
        })
    };
    let one = rule.at("FromPort").value() == rule.at("ToPort").value();
    closed.or(port("FromPort").and(port("ToPort")).and(rule.at("ToPort").answer(one, "is", "the same port")))
}

/// No task has a public address, and no subnet of a service gives addresses or routes to an internet gateway. Which table
/// is the main one of a VPC no property says, so a subnet without a table of its own is judged by itself.
fn private_subnets(view: &View<'_>) -> Population {
    let tables = view.of("AWS::EC2::SubnetRouteTableAssociation");
    let routes = view.of("AWS::EC2::Route");
    view.services().every(view, NO_SERVICE, |service| {
        let address = service.at("networkConfiguration.awsvpcConfiguration.assignPublicIp");
        let subnets = told(view.subnets(service).map(|subnets| {
            let private = subnets.iter().map(|subnet| {
                let table = tables.resources.iter().find(|table| table.at("SubnetId").text() == Some(subnet.unit()));
                let table = table.and_then(|table| table.at("RouteTableId").text());
                let of_table =
                    routes.resources.iter().filter(|r| table.is_some() && r.at("RouteTableId").text() == table);
                let by_gateway = of_table.map(|route| {
                    let gateway = route.at("GatewayId").absent(Holds);
                    gateway.meets("is not", "an internet gateway", |id| id.as_str().map(|id| !id.starts_with("igw-")))
                });
                by_gateway.fold(subnet.at("MapPublicIpOnLaunch").absent(CannotTell).is_false(), Answer::and)
            });
            Answer::every(private, || Answer::cannot_tell(address.odd("in a subnet")))
        }));
        address.clone().absent(CannotTell).is("DISABLED").and(subnets)
    })
}

/// Every service, and every load balancer before one, has subnets in two zones or more.
fn zones(view: &View<'_>) -> Population {
    let subnets = view.of(SUBNET);
    let balancers = view.load_balancers();
    let mut all = view.services().every(view, NO_SERVICE, |service| {
        let place = service.at("networkConfiguration.awsvpcConfiguration.subnets");
        told(view.subnets(service).and_then(|subnets| two_zones(&place, &subnets)))
    });
    let of_balancers = balancers.every(view, NO_SERVICE, |balancer| {
        let place = balancer.at("Subnets");
        let mapped = || -> Result<Vec<&str>, Blind> {
            let mappings = balancer.at("SubnetMappings").elements(false)?;
            mappings.iter().map(|m| m.at("SubnetId").text().ok_or_else(|| m.at("SubnetId").odd("text"))).collect()
        };
        let ids = place.texts(false).or_else(|_| mapped());
        let found = ids.and_then(|ids| ids.into_iter().map(|id| subnets.find(id)).collect::<Result<Vec<_>, _>>());
        told(found.and_then(|subnets| two_zones(&place, &subnets)))
    });
    all.what = "services and load balancers";
    all.units.extend(of_balancers.units);
    all.blind.extend(of_balancers.blind);
    all
}

fn two_zones(place: &Place<'_>, subnets: &[Place<'_>]) -> Result<Answer, Blind> {
    let zones = View::zones(subnets)?;
    let mut answer = place.answer(zones.len() >= 2, "are in", "two zones or more");
    for witness in &mut answer.witnesses {
        witness.actual = zones.iter().copied().collect::<Vec<_>>().join(", ");
    }
    Ok(answer)
}

/// Every zone of a service has a NAT gateway of its own, or a regional one serves all zones of the VPC.
pub(super) fn nat_gateways(view: &View<'_>) -> Population {
    if view.settings.purpose == Purpose::Development {
        return Population::left_out("zones", "a development environment gets along with one NAT gateway");
    }
    let gateways = view.of(NAT_GATEWAY);
    let subnets = view.of(SUBNET);
    let nothing = Nothing::NotApplicable("there is no NAT gateway", &[NAT_GATEWAY]);
    if gateways.resources.is_empty() && gateways.blind.is_none() {
        return Scope::new("zones").every(view, nothing, |_| Answer::cannot_tell(Blind::new("", "")));
    }
    let mut zones = Scope::new("zones");
    let (services, blind) = view.services().into_parts();
    zones.missing(blind);
    for (_, service) in services {
        match service.and_then(|service| view.subnets(&service)) {
            Ok(of_service) => of_service.into_iter().for_each(|subnet| {
                let zone = subnet.at("AvailabilityZone").text().unwrap_or_default().to_owned();
                zones.add(&zone, Ok(subnet));
            }),
            Err(blind) => zones.missing([blind]),
        }
    }
    zones.every(view, NO_SERVICE, |subnet| {
        let zone = subnet.at("AvailabilityZone").text();
        let vpc = subnet.at("VpcId").text();
        gateways.some(zone.unwrap_or_default(), "a public NAT gateway", |gateway| {
            let public = gateway.at("ConnectivityType").absent(Holds).is("public");
            let regional = gateway.at("AvailabilityMode").absent(Fails).is("regional");
            let same_vpc =
                gateway.at("VpcId").answer(vpc.is_some() && gateway.at("VpcId").text() == vpc, "is", "this VPC");
            let home = gateway.at("SubnetId").text().map(|id| subnets.find(id));
            let zonal = match home {
                Some(Ok(home)) => home
                    .at("AvailabilityZone")
                    .absent(CannotTell)
                    .meets("is", "this zone", |value| Some(zone.is_some() && value.as_str() == zone)),
                Some(Err(blind)) => Answer::cannot_tell(blind),
                None => gateway.at("SubnetId").answer(false, "is", "in this zone"),
            };
            public.and(regional.and(same_vpc).or(zonal))
        })
    })
}
