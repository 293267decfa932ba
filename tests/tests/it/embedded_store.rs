//! The store contract over the embedded store, in memory and in a file.

use std::sync::Arc;

use anyhow::Result;
use plimsoll_local::LocalStore;
use plimsoll_pipeline::Store;
use plimsoll_tests::store_contract::{check, fifty_writers_lose_nothing, one_of_fifty_wins};

#[tokio::test]
async fn keeps_the_contract() -> Result<()> {
    check(async || Ok(Arc::new(LocalStore::in_memory()?) as Arc<dyn Store>)).await
}

#[tokio::test]
async fn keeps_the_contract_in_a_file() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let files = std::cell::Cell::new(0);
    check(async || {
        files.set(files.get() + 1);
        let path = folder.path().join(format!("{}.redb", files.get()));
        Ok(Arc::new(LocalStore::rehearsal(&path)?) as Arc<dyn Store>)
    })
    .await
}

#[tokio::test]
async fn races_lose_nothing() -> Result<()> {
    let store: Arc<dyn Store> = Arc::new(LocalStore::in_memory()?);
    for round in 0..20 {
        one_of_fifty_wins(Arc::clone(&store), round).await?;
    }
    for round in 0..3 {
        fifty_writers_lose_nothing(Arc::clone(&store), round).await?;
    }
    Ok(())
}
