//! The one thing that is ever written with these clients, and only when a person asks for it: what a cost anomaly was.
//! <https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_ProvideAnomalyFeedback.html>

use aws_sdk_costexplorer::types::AnomalyFeedbackType;
use plimsoll_aws::{Clients, Service, explain};

use crate::run::GLOBAL_REGION;

/// Cost Anomaly Detection did not take the answer; its words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Cost Anomaly Detection did not take the answer about {anomaly_id}: {reason}")]
pub struct FeedbackError {
    /// The anomaly.
    pub anomaly_id: String,
    /// What AWS said.
    pub reason: String,
}

/// Says what an anomaly was: `YES` (it is one), `NO` (a false alarm) or `PLANNED_ACTIVITY`.
///
/// # Errors
/// AWS refused, or did not answer. Trying again is safe: the last answer counts.
pub async fn answer_anomaly(clients: &Clients, anomaly_id: &str, feedback: &str) -> Result<(), FeedbackError> {
    let client = aws_sdk_costexplorer::Client::new(&clients.settings(Service::CostExplorer, GLOBAL_REGION));
    let call = client.provide_anomaly_feedback().anomaly_id(anomaly_id).feedback(AnomalyFeedbackType::from(feedback));
    let refused = |reason| FeedbackError { anomaly_id: anomaly_id.to_owned(), reason };
    call.send().await.map(|_| ()).map_err(|error| refused(explain(&error)))
}
