//! Repositories of Amazon ECR that running tasks have their images from.

use super::{Line, line};
use crate::{
    answer::{
        Answer,
        Means::{CannotTell, Fails, Holds},
    },
    place::Place,
    population::{Nothing, Population},
    view::View,
};

pub(super) const LINES: [Line; 5] = [
    line("SEC-01", encryption),
    line("SEC-02", scanning),
    line("OPS-03", lifecycle),
    line("CICD-04", immutable_tags),
    line("DR-01", replication),
];

const NO_IMAGE: Nothing = Nothing::Unknown("no running task has an image of Amazon ECR");

/// Every repository in use is encrypted in a way that the profile accepts.
fn encryption(view: &View<'_>) -> Population {
    let accepted: &[&str] = if view.settings.ecr_kms { &["KMS", "KMS_DSSE"] } else { &["AES256", "KMS", "KMS_DSSE"] };
    view.repositories().every(view, NO_IMAGE, |repository| {
        repository.at("EncryptionConfiguration.EncryptionType").absent(CannotTell).is_one_of(accepted)
    })
}

/// A rule of the registry covers every repository in use, or the repository scans on push. A repository that no rule
/// covers is not scanned.
fn scanning(view: &View<'_>) -> Population {
    let registry = view.of("AWS::ECR::RegistryScanningConfiguration");
    let every = view.repositories().every(view, NO_IMAGE, |repository| {
        let on_push = repository.at("ImageScanningConfiguration.ScanOnPush").absent(Fails).is_true();
        on_push.or(registry.some(repository.unit(), "a scanning rule for the repository", |configuration| {
            configuration.at("Rules").list(Fails, Fails).some(|rule| {
                let scans = rule.at("ScanFrequency").absent(Fails).is_one_of(&["SCAN_ON_PUSH", "CONTINUOUS_SCAN"]);
                let filters = rule.at("RepositoryFilters").list(Fails, Fails);
                scans.and(filters.some(|filter| matches_name(&filter.at("Filter"), repository, wildcard)))
            })
        }))
    });
    every.also("a finished scan of a deployed image")
}

/// Every repository in use has a lifecycle policy.
fn lifecycle(view: &View<'_>) -> Population {
    view.repositories()
        .every(view, NO_IMAGE, |repository| repository.at("LifecyclePolicy.LifecyclePolicyText").absent(Fails).is_set())
}

/// No repository in use lets a tag be overwritten; exclusions that somebody named are accepted.
fn immutable_tags(view: &View<'_>) -> Population {
    view.repositories().every(view, NO_IMAGE, |repository| {
        let accepted = ["IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION"];
        repository.at("ImageTagMutability").absent(Fails).is_one_of(&accepted)
    })
}

/// A replication rule copies every repository in use into another region, and no copy of a deployed image failed.
fn replication(view: &View<'_>) -> Population {
    let configuration = view.of("AWS::ECR::ReplicationConfiguration");
    let copies = view.of("ecr:DescribeImageReplicationStatus");
    view.repositories().every(view, NO_IMAGE, |repository| {
        let covered = configuration.some(repository.unit(), "a rule that copies it into another region", |all| {
            all.at("ReplicationConfiguration.Rules").list(Fails, Fails).some(|rule| {
                let elsewhere = rule
                    .at("Destinations")
                    .list(Fails, Fails)
                    .some(|destination| destination.at("Region").absent(CannotTell).is(&view.own.region).not());
                let filters = rule.at("RepositoryFilters").list(Holds, Holds);
                elsewhere.and(filters.some(|filter| {
                    matches_name(&filter.at("Filter"), repository, |prefix, name| name.starts_with(prefix))
                }))
            })
        });
        let name = |copy: &&Place<'_>| copy.at("repositoryName").text() == Some(repository.unit());
        let deployed = copies.resources.iter().filter(name).map(|copy| {
            copy.at("replicationStatuses")
                .list(Holds, Holds)
                .every(|status| status.at("status").absent(CannotTell).is("FAILED").not())
        });
        deployed.fold(covered, Answer::and)
    })
}

fn matches_name(filter: &Place<'_>, repository: &Place<'_>, is: impl Fn(&str, &str) -> bool) -> Answer {
    let name = repository.unit();
    filter.clone().absent(CannotTell).meets("matches", name, |value| value.as_str().map(|filter| is(filter, name)))
}

/// `*` stands for any text; a filter without one is any part of a name.
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-filters.html>
fn wildcard(filter: &str, name: &str) -> bool {
    if !filter.contains('*') {
        return name.contains(filter);
    }
    let mut parts = filter.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let ends_open = filter.ends_with('*');
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() && !ends_open {
            return rest.ends_with(part);
        }
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_of_the_registry_match_names() {
        for (filter, name, expected) in [
            ("*", "shop/web", true),
            ("shop/*", "shop/web", true),
            ("shop", "shop/web", true),
            ("shop", "shop", true),
            ("*web", "shop/web", true),
            ("*web", "web/shop", false),
            ("s*/w*b", "shop/web", true),
            ("s*x*b", "shop/web", false),
            ("web*", "shop/web", false),
        ] {
            assert_eq!(wildcard(filter, name), expected, "{filter} {name}");
        }
    }
}
