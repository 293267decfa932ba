//! A schedule's tick -> a reading of AWS's configuration goes on, and what was read is judged.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    plimsoll_app::serve_ticks(&evidence_collector::Collector::from_environment()?).await
}
