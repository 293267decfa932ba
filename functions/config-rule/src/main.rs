//! AWS Config compliance changes -> [`config_rule::SOURCE`] -> the pipeline.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    plimsoll_app::serve(config_rule::SOURCE, plimsoll_app::source_apis::config_rules).await
}
