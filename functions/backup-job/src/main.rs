//! AWS Backup state changes -> [`backup_job::SOURCE`] -> the pipeline.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    plimsoll_app::serve(backup_job::SOURCE, plimsoll_app::source_apis::backup_jobs).await
}
