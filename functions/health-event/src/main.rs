//! AWS Health -> [`health_event::SOURCE`] -> the pipeline.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    plimsoll_app::serve(health_event::SOURCE, plimsoll_app::source_apis::none).await
}
