//! A stream record or a schedule's tick -> everything that one channel is due to hear.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    plimsoll_app::serve_notifier().await
}
