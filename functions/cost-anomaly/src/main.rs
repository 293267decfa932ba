//! Cost anomalies and budgets -> [`cost_anomaly::SOURCE`] -> the pipeline.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    plimsoll_app::serve(cost_anomaly::SOURCE, plimsoll_app::source_apis::none).await
}
