//! A schedule's tick -> the digest of that time, once per channel.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    plimsoll_app::serve_digest().await
}
