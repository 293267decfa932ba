//! Which API each source function reads. `main.rs` names one, so that a function links the SDK of its own service only.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use plimsoll_aws::{
    Clients,
    source_api::{BackupJobs, ConfigRules, GuardDuty, ImageScans, Place},
};
use plimsoll_finding::Finding;
use plimsoll_pipeline::{
    SourceApi, SourceApiError,
    source_api::{Lookup, Page},
};
use tokio::sync::OnceCell;

/// Makes the API of one source function, or none.
pub type MakeSourceApi = fn(&Clients, &Place) -> Option<Arc<dyn SourceApi>>;

/// Amazon Inspector and ECR, for `ecr-scan`.
#[must_use]
pub fn image_scans(clients: &Clients, place: &Place) -> Option<Arc<dyn SourceApi>> {
    Some(Arc::new(ImageScans::new(clients, place)))
}

/// `GuardDuty`, for `guardduty-finding`.
#[must_use]
pub fn guardduty(clients: &Clients, place: &Place) -> Option<Arc<dyn SourceApi>> {
    Some(Arc::new(GuardDuty::new(clients, place)))
}

/// AWS Config, for `config-rule`.
#[must_use]
pub fn config_rules(clients: &Clients, place: &Place) -> Option<Arc<dyn SourceApi>> {
    Some(Arc::new(ConfigRules::new(clients, place)))
}

/// AWS Backup, for `backup-job`.
#[must_use]
pub fn backup_jobs(clients: &Clients, place: &Place) -> Option<Arc<dyn SourceApi>> {
    Some(Arc::new(BackupJobs::new(clients, place)))
}

/// None, for `cost-anomaly`: Cost Explorer costs $0.01 a request, and an event must never cause one.
#[must_use]
pub fn none(_: &Clients, _: &Place) -> Option<Arc<dyn SourceApi>> {
    None
}

/// The APIs of all sources, each asked for its own findings: for the command line on a deployed suite.
#[must_use]
pub fn every() -> Arc<dyn SourceApi> {
    let makers: [(&'static str, MakeSourceApi); 4] = [
        ("ecr-scan", image_scans),
        ("guardduty-finding", guardduty),
        ("config-rule", config_rules),
        ("backup-job", backup_jobs),
    ];
    Arc::new(Every(makers.into_iter().map(|(source, make)| (source, Lazy::new(make, String::new()))).collect()))
}

struct Every(Vec<(&'static str, Lazy)>);

#[async_trait]
impl SourceApi for Every {
    async fn lookup(&self, finding: &Finding) -> Result<Lookup, SourceApiError> {
        match self.0.iter().find(|(source, _)| *source == finding.source) {
            Some((_, source_api)) => source_api.lookup(finding).await,
            None => Ok(Lookup::NoApi),
        }
    }

    async fn page(&self, _: Option<Timestamp>, _: Option<&str>) -> Result<Page, SourceApiError> {
        Err(SourceApiError::Refused("each source is read by its own function".to_owned()))
    }
}

/// Made when it is first asked: most invocations ask nothing, and clients cost time at a cold start.
pub(crate) struct Lazy {
    make: MakeSourceApi,
    /// The ARN of this function; empty on the command line.
    function: String,
    made: OnceCell<Option<Arc<dyn SourceApi>>>,
}

impl Lazy {
    pub(crate) fn new(make: MakeSourceApi, function: String) -> Self {
        Self { make, function, made: OnceCell::new() }
    }

    async fn get(&self) -> Result<Option<&Arc<dyn SourceApi>>, SourceApiError> {
        let make = || async {
            let clients = Clients::from_environment().map_err(|e| SourceApiError::Unavailable(e.to_string()))?;
            Ok((self.make)(&clients, &Place::of_function(&self.function, &clients)))
        };
        Ok(self.made.get_or_try_init(make).await?.as_ref())
    }
}

#[async_trait]
impl SourceApi for Lazy {
    async fn lookup(&self, finding: &Finding) -> Result<Lookup, SourceApiError> {
        match self.get().await? {
            Some(source_api) => source_api.lookup(finding).await,
            None => Ok(Lookup::NoApi),
        }
    }

    async fn page(&self, since: Option<Timestamp>, from: Option<&str>) -> Result<Page, SourceApiError> {
        match self.get().await? {
            Some(source_api) => source_api.page(since, from).await,
            None => Err(SourceApiError::Refused(
                "this source has no API that is free of charge; take its reconcile schedule away".to_owned(),
            )),
        }
    }
}
