//! Which image or repository an event is about.
//!
//! ECR sends a bare repository name, "Inspector2 Scan" sends the repository's ARN in the field of that name, and
//! "Inspector2 Finding" sends the image's ARN. All three become the same identity here: the form Inspector uses,
//! `arn:<partition>:ecr:<region>:<account>:repository/<name>/<digest>`.

use plimsoll_finding::{Arn, Detail, Event, Finding, Partition, Resource, clean_line, console};

use crate::{IMAGE_RULE, NAME, VULNERABILITIES};

/// Characters of a digest that people see: `sha256:` and eight digits.
const SHORT_DIGEST_CHARS: usize = 15;

/// An ECR repository and its owner. Account and region are empty where they are not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Repository {
    partition: Partition,
    region: String,
    account: String,
    /// May hold slashes, for example `web/api`.
    pub(crate) name: String,
}

impl Repository {
    /// Reads a repository's ARN, or an image's, whose digest is then the second value.
    pub(crate) fn from_arn(text: &str) -> Option<(Self, Option<String>)> {
        let arn = Arn::parse(text)?;
        if arn.service != "ecr" {
            return None;
        }
        let path = arn.resource.strip_prefix("repository/")?;
        // The name of a repository cannot hold a colon, a digest always does.
        let (name, digest) = match path.rsplit_once('/') {
            Some((name, tail)) if tail.contains(':') => (name, Some(tail.to_owned())),
            _ => (path, None),
        };
        if name.is_empty() || name.contains(':') {
            return None;
        }
        let repository =
            Self { partition: arn.partition, region: arn.region, account: arn.account, name: name.to_owned() };
        Some((repository, digest))
    }

    /// From a field that holds a bare name or an ARN. A bare name belongs to the repository among the event's
    /// resources that is called so, else to the event's own account and region.
    pub(crate) fn named(name: &str, event: &Event) -> Self {
        if let Some((repository, _)) = Self::from_arn(name) {
            return repository;
        }
        let same_name = event
            .resources
            .iter()
            .filter_map(|resource| Self::from_arn(resource))
            .map(|(repository, _)| repository)
            .find(|repository| repository.name == name && !repository.account.is_empty());
        same_name.unwrap_or_else(|| Self::owned_by(name, &event.account, &event.region))
    }

    /// A repository whose owner and region are known.
    pub(crate) fn owned_by(name: &str, account: &str, region: &str) -> Self {
        Self {
            partition: Partition::of_region(region),
            region: region.to_owned(),
            account: account.to_owned(),
            name: name.to_owned(),
        }
    }

    /// Its ARN: the identity.
    pub(crate) fn id(&self) -> String {
        format!("arn:{}:ecr:{}:{}:repository/{}", self.partition.name(), self.region, self.account, self.name)
    }

    /// An empty finding about the repository.
    pub(crate) fn finding(&self, check: &str, event: &Event) -> Finding {
        let url = console::in_region(&self.region).and_then(|c| c.ecr_repository(&self.account, &self.name));
        Finding::new(NAME, check, Resource::new(self.id(), "ecr-repository", &self.name), event)
            .owner(known(&self.account), known(&self.region))
            .console_url(url)
    }
}

/// One image in a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Image {
    pub(crate) repository: Repository,
    digest: Option<String>,
    tags: Vec<String>,
}

impl Image {
    /// An image; `None` without digest and tag, because they identify it.
    pub(crate) fn new(repository: Repository, digest: Option<String>, tags: Vec<String>) -> Option<Self> {
        (digest.is_some() || !tags.is_empty()).then_some(Self { repository, digest, tags })
    }

    /// The image of an event in ECR's own words: `repository-name`, `image-digest`, `image-tags`.
    pub(crate) fn of_ecr_detail(detail: Detail<'_>, event: &Event) -> Option<Self> {
        let repository = Repository::named(&detail.raw("repository-name")?, event);
        Self::new(repository, detail.raw("image-digest"), detail.texts("image-tags"))
    }

    /// Its identity. An image of which only a tag is known is another one than the image with that tag: a tag moves.
    pub(crate) fn id(&self) -> String {
        match (&self.digest, self.tags.first()) {
            (Some(digest), _) => format!("{}/{digest}", self.repository.id()),
            (None, Some(tag)) => format!("{}:{tag}", self.repository.id()),
            (None, None) => self.repository.id(),
        }
    }

    /// Its name in messages: `web/api:1.4.2`, or `web/api@sha256:0a1b2c3d` when it has no tag.
    pub(crate) fn name(&self) -> String {
        let repository = &self.repository.name;
        let name = match (self.tags.first(), &self.digest) {
            (Some(tag), _) => format!("{repository}:{tag}"),
            (None, Some(digest)) => {
                format!("{repository}@{}", digest.chars().take(SHORT_DIGEST_CHARS).collect::<String>())
            }
            (None, None) => repository.clone(),
        };
        clean_line(&name)
    }

    /// An empty finding about the image, with its identity, owner, link and the facts that name it.
    pub(crate) fn finding(&self, event: &Event) -> Finding {
        let Repository { account, region, name, .. } = &self.repository;
        let url = console::in_region(region).and_then(|c| match &self.digest {
            Some(digest) => c.ecr_image(account, name, digest),
            None => c.ecr_repository(account, name),
        });
        Finding::new(NAME, VULNERABILITIES, Resource::new(self.id(), "ecr-image", &self.name()), event)
            .identity_rule(IMAGE_RULE)
            .owner(known(account), known(region))
            .console_url(url)
    }

    /// Adds the facts that name the image.
    pub(crate) fn facts(&self, finding: Finding) -> Finding {
        finding
            .fact("Repository", Some(&self.repository.name))
            .fact("Image tags", (!self.tags.is_empty()).then(|| self.tags.join(", ")))
            .fact("Image digest", self.digest.as_ref())
    }
}

/// The text, if it has a value: Inspector writes `N/A` where it has none.
pub(crate) fn known(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty() && !text.eq_ignore_ascii_case("n/a")).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_of_repositories_and_images() {
        let base = "arn:aws-us-gov:ecr:us-gov-west-1:111122223333:repository/web/api";
        let (repository, digest) = Repository::from_arn(base).unwrap();
        assert_eq!((repository.name.as_str(), digest, repository.id().as_str()), ("web/api", None, base));
        let (image, digest) = Repository::from_arn(&format!("{base}/sha256:0a1b")).unwrap();
        assert_eq!((image, digest.as_deref()), (repository, Some("sha256:0a1b")));
        for no in [
            "web/api",
            "arn:aws:ecs:eu-central-1:111122223333:cluster/a",
            "arn:aws:ecr:eu-central-1:1:repository/",
            "arn:aws:ecr:eu-central-1:111122223333:registry/x",
            "arn:aws:ecr:eu-central-1:111122223333:repository/a:b/sha256:1",
        ] {
            assert_eq!(Repository::from_arn(no), None, "{no}");
        }
    }

    #[test]
    fn names_for_people() {
        let image = |digest: Option<&str>, tags: &[&str]| {
            let repository = Repository::owned_by("web/api", "111122223333", "eu-central-1");
            let tags = tags.iter().map(|t| (*t).to_owned()).collect();
            Image::new(repository, digest.map(ToOwned::to_owned), tags)
        };
        assert_eq!(image(Some("sha256:0a1b2c3d4e5f"), &["1.4.2", "latest"]).unwrap().name(), "web/api:1.4.2");
        assert_eq!(image(Some("sha256:0a1b2c3d4e5f"), &[]).unwrap().name(), "web/api@sha256:0a1b2c3d");
        assert_eq!(image(Some("äöü"), &[]).unwrap().name(), "web/api@äöü");
        let tagged = image(None, &["1.4.2"]).unwrap();
        assert!(tagged.id().ends_with("repository/web/api:1.4.2"), "{}", tagged.id());
        assert_eq!(image(None, &[]), None);
    }
}
