//! ECR image scans and Inspector findings -> [`ecr_scan::SOURCE`] -> the pipeline.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    plimsoll_app::serve(ecr_scan::SOURCE, plimsoll_app::source_apis::image_scans).await
}
