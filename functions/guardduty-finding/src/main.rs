//! GuardDuty findings -> [`guardduty_finding::SOURCE`] -> the pipeline.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    plimsoll_app::serve(guardduty_finding::SOURCE, plimsoll_app::source_apis::guardduty).await
}
