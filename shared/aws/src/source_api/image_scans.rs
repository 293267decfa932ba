//! What `ecr-scan` asks: Amazon Inspector for vulnerabilities one by one, ECR for the result of basic scanning.
//!
//! Believed, because nothing is asked: scanning that was switched on again, Inspector's coverage, its auto-enable.

use async_trait::async_trait;
use jiff::Timestamp;
use plimsoll_finding::Finding;
use plimsoll_pipeline::{
    SourceApi, SourceApiError,
    source_api::{Lookup, Page},
};

use super::{
    Place,
    ecr::{Ecr, Image, Scan},
    inspector2::Inspector,
};
use crate::Clients;

/// The rule in the identity of everything that is scanned.
const SCANNED: &str = "ecr-scan:image";
/// The part that basic scanning speaks of; Inspector's resolve it when it takes over.
const BASIC_PART: &str = "basic";

/// The API behind `ecr-scan`.
#[derive(Debug, Clone)]
pub struct ImageScans {
    inspector: Inspector,
    ecr: Ecr,
}

impl ImageScans {
    /// With the credentials of `clients`.
    #[must_use]
    pub fn new(clients: &Clients, place: &Place) -> Self {
        Self { inspector: Inspector::new(clients, place), ecr: Ecr::new(clients, place) }
    }
}

#[async_trait]
impl SourceApi for ImageScans {
    async fn lookup(&self, finding: &Finding) -> Result<Lookup, SourceApiError> {
        if finding.identity_rule.as_deref() != Some(SCANNED) {
            return Ok(Lookup::NoApi);
        }
        let statements = finding.statements();
        let (arns, others): (Vec<&str>, Vec<&str>) =
            statements.iter().map(|part| part.id.as_str()).partition(|id| id.starts_with("arn:"));
        let mut events = Vec::new();
        if !arns.is_empty() {
            match self.inspector.findings(finding, &arns).await? {
                Lookup::Events(said) => events.extend(said),
                other => return Ok(other),
            }
        }
        if others.is_empty() {
            return Ok(Lookup::Events(events));
        }
        // Only an image can have been scanned by ECR itself; and whether Inspector took over, ECR knows.
        let scan = match Image::parse(&finding.resource.id) {
            Some(image) => self.ecr.scan(&image, &[]).await?,
            None if others.contains(&BASIC_PART) => {
                return Ok(Lookup::Unknown(format!("{} names no image by its digest", finding.resource.name)));
            }
            None => Scan::Enhanced,
        };
        match scan {
            Scan::Basic(event, _) => events.push(event),
            Scan::Gone => return Ok(Lookup::Gone("the image is not in ECR any more".to_owned())),
            Scan::None => {
                return Ok(Lookup::Unknown("ECR has no scan of this image; start one".to_owned()));
            }
            Scan::Enhanced => match self.inspector.counts(finding).await? {
                Lookup::Events(said) => events.extend(said),
                other => return Ok(other),
            },
        }
        Ok(Lookup::Events(events))
    }

    async fn page(&self, since: Option<Timestamp>, from: Option<&str>) -> Result<Page, SourceApiError> {
        let stage = from.and_then(|from| from.split_once(':'));
        match stage {
            Some(("ecr", cursor)) => {
                let page = self.ecr.page(Some(cursor).filter(|c| !c.is_empty())).await?;
                return Ok(Page { next: page.next.map(|next| format!("ecr:{next}")), ..page });
            }
            Some((_, cursor)) => {
                let page = self.inspector.page(since, Some(cursor)).await?;
                self.after_inspector(page).await
            }
            None if self.inspector.is_on().await? => {
                let page = self.inspector.page(since, None).await?;
                self.after_inspector(page).await
            }
            None => self.after_inspector(Page::default()).await,
        }
    }
}

impl ImageScans {
    /// After Inspector's last page come the images of a registry with basic scanning.
    async fn after_inspector(&self, page: Page) -> Result<Page, SourceApiError> {
        let next = match page.next {
            Some(next) => Some(format!("inspector:{next}")),
            None => self.ecr.is_basic().await?.then(|| "ecr:".to_owned()),
        };
        Ok(Page { next, ..page })
    }
}
