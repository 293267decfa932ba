//! Amazon ECR's basic scanning: `DescribeImageScanFindings`, image by image. Basic scanning keeps no list of what it
//! found, and `DescribeImages` no longer shows the result of a scan.
//! <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImageScanFindings.html>

use aws_sdk_ecr::types::{ImageIdentifier, ScanType};
use plimsoll_finding::{Arn, Kind, Partition};
use plimsoll_pipeline::{SourceApiError, source_api::Page};
use serde_json::{Value, json};

use super::{Place, code, event, fault, list, text};
use crate::Capture;
use crate::Clients;

const SCAN: Kind = ("aws.ecr", "ECR Image Scan");
const ACTION: &str = "ecr:DescribeImageScanFindings";
/// Images in one page: each costs a call.
const IMAGES_PER_PAGE: i32 = 20;
const REPOSITORIES_PER_PAGE: i32 = 100;

#[derive(Debug, Clone)]
pub(super) struct Ecr {
    clients: Clients,
    place: Place,
}

/// What is known of the scan of one image.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scan {
    /// Basic scanning has a result, or says why it has none: as an event. The flag says whether the scan is complete.
    Basic(Value, bool),
    /// Inspector scans it.
    Enhanced,
    /// The image is not there any more.
    Gone,
    /// It was never scanned.
    None,
}

/// The image in an identity of the form `arn:...:repository/<name>/<digest>`.
pub(super) struct Image {
    pub(super) account: String,
    pub(super) region: String,
    pub(super) repository: String,
    pub(super) digest: String,
}

impl Image {
    pub(super) fn parse(id: &str) -> Option<Self> {
        let arn = Arn::parse(id).filter(|arn| arn.service == "ecr")?;
        let (repository, digest) = arn.resource.strip_prefix("repository/")?.rsplit_once('/')?;
        let (repository, digest) = (repository.to_owned(), digest.to_owned());
        digest.contains(':').then_some(Self { account: arn.account, region: arn.region, repository, digest })
    }
}

impl Ecr {
    pub(super) fn new(clients: &Clients, place: &Place) -> Self {
        Self { clients: clients.clone(), place: place.clone() }
    }

    /// Whether this registry has basic scanning: with enhanced scanning, Inspector knows all.
    pub(super) async fn is_basic(&self) -> Result<bool, SourceApiError> {
        let region = &self.place.region;
        let answer = self.clients.ecr(region).get_registry_scanning_configuration().send().await;
        let answer = answer.map_err(|e| fault(&e, "ecr:GetRegistryScanningConfiguration", region, ""))?;
        let kind = answer.scanning_configuration().and_then(|configuration| configuration.scan_type());
        Ok(kind != Some(&ScanType::Enhanced))
    }

    /// The scan of one image. `tags` are those that are known; the answer does not name them.
    pub(super) async fn scan(&self, image: &Image, tags: &[String]) -> Result<Scan, SourceApiError> {
        let Some(region) = self.place.region_of(&image.region) else { return Ok(Scan::None) };
        let capture = Capture::default();
        let request = self.clients.ecr(region).describe_image_scan_findings().repository_name(&image.repository);
        let request = request
            .set_registry_id(Some(image.account.clone()).filter(|account| !account.is_empty()))
            .image_id(ImageIdentifier::builder().image_digest(&image.digest).build())
            .max_results(1);
        if let Err(error) = request.customize().interceptor(capture.clone()).send().await {
            return match code(&error) {
                "ImageNotFoundException" | "RepositoryNotFoundException" => Ok(Scan::Gone),
                "ScanNotFoundException" => Ok(Scan::None),
                _ => Err(fault(&error, ACTION, region, &self.place.hint(&image.account))),
            };
        }
        let answer = capture.json();
        let found = answer.get("imageScanFindings").unwrap_or(&Value::Null);
        let status = answer.get("imageScanStatus").and_then(|s| text(s, "status")).unwrap_or("COMPLETE");
        if found.get("enhancedFindings").is_some() || matches!(status, "ACTIVE" | "PENDING") {
            return Ok(Scan::Enhanced);
        }
        let partition = Partition::of_region(region).name();
        let arn = format!("arn:{partition}:ecr:{region}:{}:repository/{}", image.account, image.repository);
        let detail = json!({
            "scan-status": status,
            "repository-name": image.repository,
            "image-digest": image.digest,
            "image-tags": tags,
            "finding-severity-counts": found.get("findingSeverityCounts"),
        });
        let time = found.get("imageScanCompletedAt").unwrap_or(&Value::Null);
        Ok(Scan::Basic(event(SCAN, &image.account, region, time, &[arn.as_str()], &detail), status == "COMPLETE"))
    }

    /// The complete scans of up to twenty images of one repository. `from` is a JSON document: repositories yet to be
    /// read, the token of the next page of those, the token of the next page of images.
    pub(super) async fn page(&self, from: Option<&str>) -> Result<Page, SourceApiError> {
        let region = &self.place.region;
        let state: Value = from.and_then(|from| serde_json::from_str(from).ok()).unwrap_or_default();
        let mut repositories: Vec<String> =
            list(&state, "repositories").iter().filter_map(|name| name.as_str().map(ToOwned::to_owned)).collect();
        let mut more = text(&state, "more").map(ToOwned::to_owned);
        if repositories.is_empty() {
            if from.is_some() && more.is_none() {
                return Ok(Page::default());
            }
            let request = self.clients.ecr(region).describe_repositories().set_next_token(more);
            let answer = request.max_results(REPOSITORIES_PER_PAGE).send().await;
            let answer = answer.map_err(|error| fault(&error, "ecr:DescribeRepositories", region, ""))?;
            repositories =
                answer.repositories().iter().filter_map(|r| r.repository_name().map(ToOwned::to_owned)).collect();
            more = answer.next_token;
        }
        let Some(repository) = repositories.first().cloned() else { return Ok(Page::default()) };
        let (events, images) = self.images(&repository, text(&state, "images")).await?;
        if images.is_none() {
            repositories.remove(0);
        }
        let is_last = repositories.is_empty() && more.is_none();
        let next = json!({"repositories": repositories, "more": more, "images": images}).to_string();
        Ok(Page { events, next: (!is_last).then_some(next) })
    }

    async fn images(
        &self,
        repository: &str,
        from: Option<&str>,
    ) -> Result<(Vec<Value>, Option<String>), SourceApiError> {
        let region = &self.place.region;
        let request = self.clients.ecr(region).describe_images().repository_name(repository);
        let answer = request.set_next_token(from.map(ToOwned::to_owned)).max_results(IMAGES_PER_PAGE).send().await;
        let answer = match answer {
            Ok(answer) => answer,
            // Deleted while we read.
            Err(error) if code(&error) == "RepositoryNotFoundException" => return Ok((Vec::new(), None)),
            Err(error) => return Err(fault(&error, "ecr:DescribeImages", region, "")),
        };
        let mut events = Vec::new();
        for details in answer.image_details() {
            let Some(digest) = details.image_digest() else { continue };
            let image = Image {
                account: details.registry_id().unwrap_or(&self.place.account).to_owned(),
                region: region.clone(),
                repository: repository.to_owned(),
                digest: digest.to_owned(),
            };
            if let Scan::Basic(event, true) = self.scan(&image, details.image_tags()).await? {
                events.push(event);
            }
        }
        Ok((events, answer.next_token))
    }
}
