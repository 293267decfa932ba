//! What is in scope, starting from what is used: the services that want tasks, and from them their task definitions,
//! repositories, target groups, load balancers, subnets, security groups, log groups; and what faces the internet.

use std::collections::BTreeSet;

use plimsoll_checklist::{Blind, Verdict};

use crate::{
    answer::{Answer, Means::CannotTell},
    place::{Place, number},
    population::{Nothing, Scope},
    view::View,
};

pub(crate) const SERVICES: &str = "ecs:DescribeServices";
pub(crate) const CLUSTERS: &str = "ecs:DescribeClusters";
pub(crate) const TASK_DEFINITIONS: &str = "ecs:DescribeTaskDefinition";
pub(crate) const TASKS: &str = "ecs:DescribeTasks";
pub(crate) const REPOSITORY: &str = "AWS::ECR::Repository";
pub(crate) const TARGET_GROUP: &str = "AWS::ElasticLoadBalancingV2::TargetGroup";
pub(crate) const LOAD_BALANCER: &str = "AWS::ElasticLoadBalancingV2::LoadBalancer";
pub(crate) const SUBNET: &str = "AWS::EC2::Subnet";
pub(crate) const DISTRIBUTION: &str = "AWS::CloudFront::Distribution";
pub(crate) const STAGE: &str = "AWS::ApiGateway::Stage";
pub(crate) const WEB_ACL: &str = "AWS::WAFv2::WebACL";

pub(crate) const NO_SERVICE: Nothing = Nothing::Unknown("no ECS service wants a task");

impl<'a> View<'a> {
    /// S: the services whose desired count is not 0. One whose count cannot be read is in scope.
    pub(crate) fn services(&self) -> Scope<'a> {
        let set = self.of(SERVICES);
        let mut scope = Scope::new("services");
        for service in &set.resources {
            let idle = service.at("desiredCount").value().and_then(number).is_some_and(|count| count < 1.0);
            let gone = service.at("status").text().is_some_and(|status| status.eq_ignore_ascii_case("INACTIVE"));
            if !idle && !gone {
                scope.add(service.unit(), Ok(service.clone()));
            }
        }
        scope.missing(set.blind);
        scope
    }

    /// Task definitions of S, those of a deployment that is under way included.
    pub(crate) fn task_definitions(&self) -> Scope<'a> {
        let definitions = self.of(TASK_DEFINITIONS);
        self.of_services("task definitions", |scope, service| {
            let arn = service.at("taskDefinition").text().ok_or_else(|| service.at("taskDefinition").odd("text"))?;
            scope.add(arn, definitions.find(arn));
            for deployment in service.at("deployments").elements(true)? {
                if let Some(arn) = deployment.at("taskDefinition").text() {
                    scope.add(arn, definitions.find(arn));
                }
            }
            Ok(())
        })
    }

    /// Repositories of ECR that the images of running tasks are from. One of another account is looked for there.
    pub(crate) fn repositories(&self) -> Scope<'a> {
        let tasks = self.of(TASKS);
        let mut scope = Scope::new("repositories");
        for task in &tasks.resources {
            match Self::images(task) {
                Ok(images) => images.iter().for_each(|image| scope.add(&image.arn(), self.repository(image))),
                Err(blind) => scope.missing([blind]),
            }
        }
        scope.missing(tasks.blind);
        scope
    }

    fn images(task: &Place<'a>) -> Result<Vec<Image<'a>>, Blind> {
        let containers = task.at("containers").elements(false)?;
        let images: Result<Vec<&str>, Blind> =
            containers.iter().map(|c| c.at("image").text().ok_or_else(|| c.at("image").odd("text"))).collect();
        Ok(images?.into_iter().filter_map(Image::parse).collect())
    }

    fn repository(&self, image: &Image<'_>) -> Result<Place<'a>, Blind> {
        let arn = image.arn();
        let view = self.region(image.account, image.region).ok_or_else(|| {
            let remedy = "let the collector read the account and region that it is in";
            Blind::new(format!("{arn} is in an account or region that was not read"), remedy)
        })?;
        view.of(REPOSITORY).find_by(&arn, |place| place.unit() == image.name)
    }

    /// Target groups of S, the alternates of a blue-green pair included.
    pub(crate) fn target_groups(&self) -> Scope<'a> {
        let groups = self.of(TARGET_GROUP);
        self.of_services("target groups", |scope, service| {
            for arn in target_group_arns(service)? {
                scope.add(arn, groups.find(arn));
            }
            Ok(())
        })
    }

    /// Load balancers of S, by their target groups.
    pub(crate) fn load_balancers(&self) -> Scope<'a> {
        let (groups, balancers) = (self.target_groups(), self.of(LOAD_BALANCER));
        let mut scope = Scope::new("load balancers");
        let (units, blind) = groups.into_parts();
        scope.missing(blind);
        for (_, group) in units {
            match group.and_then(|group| group.at("LoadBalancerArns").texts(false)) {
                Ok(arns) => arns.into_iter().for_each(|arn| scope.add(arn, balancers.find(arn))),
                Err(blind) => scope.missing([blind]),
            }
        }
        scope
    }

    /// PUB: what faces the internet in front of S: internet-facing application load balancers, distributions that are
    /// enabled and have an origin other than a bucket, and the stages of REST APIs. HTTP APIs take no web ACL.
    pub(crate) fn entries(&self) -> Scope<'a> {
        let balancers = self.load_balancers().only(|balancer| {
            let is = |property: &str, unlike: &str| balancer.at(property).text() == Some(unlike);
            !is("Scheme", "internal") && !is("Type", "network") && !is("Type", "gateway")
        });
        let mut scope = Scope::new("entries from the internet");
        let (units, blind) = balancers.into_parts();
        for (id, seen) in units {
            scope.add(&id, seen);
        }
        scope.missing(blind);
        let distributions = self.of(DISTRIBUTION);
        for distribution in &distributions.resources {
            match serves_more_than_buckets(distribution) {
                Ok(true) => scope.add(distribution.unit(), Ok(distribution.clone())),
                Ok(false) => {}
                Err(blind) => scope.missing([blind]),
            }
        }
        scope.missing(distributions.blind);
        let stages = self.of(STAGE);
        stages.resources.iter().for_each(|stage| scope.add(stage.unit(), Ok(stage.clone())));
        scope.missing(stages.blind);
        scope
    }

    /// The web ACL of an entry: `Ok(None)` if it has none.
    pub(crate) fn web_acl(&self, entry: &Place<'a>) -> Result<Option<Place<'a>>, Blind> {
        let of_distribution = entry.at("DistributionConfig");
        if of_distribution.value().is_some() {
            return match of_distribution.at("WebACLId").text().filter(|arn| !arn.is_empty()) {
                Some(arn) => {
                    let acls = self.everywhere(WEB_ACL);
                    acls.find_by(arn, |acl| acl.at("Arn").text() == Some(arn)).map(Some)
                }
                None => Ok(None),
            };
        }
        let arn = match entry.at("StageName").text() {
            Some(stage) => {
                let api = entry.at("RestApiId").text().ok_or_else(|| entry.at("RestApiId").odd("text"))?;
                format!("arn:aws:apigateway:{}::/restapis/{api}/stages/{stage}", self.own.region)
            }
            None => entry.unit().to_owned(),
        };
        let pairs = self.of("AWS::WAFv2::WebACLAssociation");
        let pair = pairs.resources.iter().find(|pair| pair.at("ResourceArn").text() == Some(&arn));
        match (pair, pairs.blind) {
            (Some(pair), _) => {
                let acl = pair.at("WebACLArn").text().ok_or_else(|| pair.at("WebACLArn").odd("text"))?;
                self.of(WEB_ACL).find_by(acl, |place| place.at("Arn").text() == Some(acl)).map(Some)
            }
            (None, Some(blind)) => Err(blind),
            (None, None) => Ok(None),
        }
    }

    /// The subnets of a service in a VPC; an error if its network cannot be read.
    pub(crate) fn subnets(&self, service: &Place<'a>) -> Result<Vec<Place<'a>>, Blind> {
        let ids = service.at("networkConfiguration.awsvpcConfiguration.subnets").texts(false)?;
        let set = self.of(SUBNET);
        ids.into_iter().map(|id| set.find(id)).collect()
    }

    /// The availability zones of subnets.
    pub(crate) fn zones(subnets: &[Place<'a>]) -> Result<BTreeSet<&'a str>, Blind> {
        let zone = |subnet: &Place<'a>| subnet.at("AvailabilityZone");
        subnets.iter().map(|subnet| zone(subnet).text().ok_or_else(|| zone(subnet).odd("text"))).collect()
    }

    /// The VPCs of S.
    pub(crate) fn vpcs(&self) -> Scope<'a> {
        self.of_services("VPCs", |scope, service| {
            for subnet in self.subnets(service)? {
                let vpc = subnet.at("VpcId");
                scope.add(vpc.text().ok_or_else(|| vpc.odd("text"))?, Ok(subnet));
            }
            Ok(())
        })
    }

    fn of_services(
        &self,
        what: &'static str,
        mut add: impl FnMut(&mut Scope<'a>, &Place<'a>) -> Result<(), Blind>,
    ) -> Scope<'a> {
        let (services, blind) = self.services().into_parts();
        let mut scope = Scope::new(what);
        scope.missing(blind);
        for (_, service) in services {
            if let Err(blind) = service.and_then(|service| add(&mut scope, &service)) {
                scope.missing([blind]);
            }
        }
        scope
    }
}

/// Target groups of a service, the alternates of a blue-green pair included.
pub(crate) fn target_group_arns<'a>(service: &Place<'a>) -> Result<Vec<&'a str>, Blind> {
    let mut arns = Vec::new();
    for balancer in service.at("loadBalancers").elements(false)? {
        arns.extend(balancer.at("targetGroupArn").text());
        arns.extend(balancer.at("advancedConfiguration.alternateTargetGroupArn").text());
    }
    Ok(arns)
}

/// The cluster and the name of a service, from its ARN: `arn:aws:ecs:REGION:ACCOUNT:service/CLUSTER/NAME`.
pub(crate) fn cluster_and_name<'a>(service: &Place<'a>) -> Result<(&'a str, &'a str), Blind> {
    let cluster = service.at("clusterArn").text().and_then(|arn| arn.rsplit('/').next());
    let name = service.at("serviceName").text().or_else(|| service.unit().rsplit('/').next());
    cluster.zip(name).ok_or_else(|| service.at("clusterArn").odd("text"))
}

/// The container definitions of a task definition, each judged.
pub(crate) fn containers<'a>(definition: &Place<'a>, judge: impl FnMut(Place<'a>) -> Answer) -> Answer {
    definition.at("containerDefinitions").list(CannotTell, CannotTell).every(judge)
}

/// An answer, or why there is none.
pub(crate) fn told(answer: Result<Answer, Blind>) -> Answer {
    answer.unwrap_or_else(Answer::cannot_tell)
}

/// The value of a key in a list of `Key` and `Value`, such as the attributes of a load balancer.
pub(crate) fn attribute<'a>(place: &Place<'a>, list: &str, key: &str, judge: impl Fn(Place<'a>) -> Answer) -> Answer {
    use crate::answer::Means::Fails;
    place.at(list).list(CannotTell, CannotTell).some(|attribute| {
        let named = attribute.at("Key").absent(Fails).is(key);
        if named.verdict == Verdict::Holds { judge(attribute.at("Value")) } else { named }
    })
}

fn serves_more_than_buckets(distribution: &Place<'_>) -> Result<bool, Blind> {
    let config = distribution.at("DistributionConfig");
    let enabled = config.at("Enabled").value().and_then(serde_json::Value::as_bool);
    if !enabled.ok_or_else(|| config.at("Enabled").odd("true or false"))? {
        return Ok(false);
    }
    Ok(config.at("Origins").elements(false)?.iter().any(|origin| origin.at("S3OriginConfig").value().is_none()))
}

/// An image of Amazon ECR: `ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG`.
pub(crate) struct Image<'a> {
    account: &'a str,
    region: &'a str,
    name: &'a str,
}

impl<'a> Image<'a> {
    /// `None` for an image of another registry.
    pub(crate) fn parse(image: &'a str) -> Option<Self> {
        let (host, path) = image.split_once('/')?;
        let (account, rest) = host.split_once(".dkr.ecr.").or_else(|| host.split_once(".dkr.ecr-fips."))?;
        let (region, _) = rest.split_once('.')?;
        let path = path.split_once('@').map_or(path, |(path, _)| path);
        let name = path.rsplit_once(':').map_or(path, |(name, _)| name);
        Some(Self { account, region, name })
    }

    fn arn(&self) -> String {
        format!("arn:aws:ecr:{}:{}:repository/{}", self.region, self.account, self.name)
    }
}
