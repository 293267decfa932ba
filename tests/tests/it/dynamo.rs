//! The store contract over the DynamoDB store, against the test bed; and what a lost answer does to it.
//! `PLIMSOLL_LONG=1` runs ten times as many races.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use anyhow::Result;
use plimsoll_aws::{DueIndex, DynamoStore, create_table};
use plimsoll_finding::{Event, Finding, Resource};
use plimsoll_message::ChannelId;
use plimsoll_pipeline::{
    Document, DocumentKind, Record, Saved, Store,
    ingest::{Merged, merge},
};
use plimsoll_tests::{
    bed::Bed,
    samples::{now, root},
    store_contract::{CHANNELS, SOURCES, check, fifty_writers_lose_nothing, one_of_fifty_wins},
};
use serde_json::json;

/// A store in a table of its own.
async fn fresh(bed: &Bed) -> Result<Arc<dyn Store>> {
    static TABLES: AtomicUsize = AtomicUsize::new(0);
    let table = format!("plimsoll-{}", TABLES.fetch_add(1, Ordering::Relaxed));
    let clients = bed.clients();
    create_table(&clients, &table, &CHANNELS.map(ChannelId::new)).await?;
    Ok(Arc::new(DynamoStore::new(&clients, &table, SOURCES)))
}

fn rounds(usually: usize) -> usize {
    if std::env::var("PLIMSOLL_LONG").is_ok_and(|value| value == "1") { usually * 10 } else { usually }
}

fn record() -> Record {
    let event = Event::from_envelope(&json!({"id": "e", "detail-type": "X", "detail": {}}), now()).unwrap();
    let finding = Finding::new(SOURCES[0], "c", Resource::new("r", "k", "n"), &event);
    let Merged::Applied(record) = merge(None, &finding, now()) else { panic!("the first is applied") };
    *record
}

#[tokio::test]
async fn keeps_the_contract() -> Result<()> {
    let Some(bed) = Bed::for_test(&[])? else { return Ok(()) };
    check(async || fresh(&bed).await).await
}

#[tokio::test]
async fn one_of_fifty_identical_writers_wins() -> Result<()> {
    let Some(bed) = Bed::for_test(&[])? else { return Ok(()) };
    let store = fresh(&bed).await?;
    for round in 0..rounds(20) {
        one_of_fifty_wins(Arc::clone(&store), round).await?;
    }
    Ok(())
}

#[tokio::test]
async fn fifty_writers_of_one_finding_lose_nothing() -> Result<()> {
    let Some(bed) = Bed::for_test(&[])? else { return Ok(()) };
    let store = fresh(&bed).await?;
    for round in 0..rounds(1) {
        fifty_writers_lose_nothing(Arc::clone(&store), round).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_found_again() -> Result<()> {
    let Some(bed) = Bed::for_test(&[])? else { return Ok(()) };
    let store = fresh(&bed).await?;
    // Every try of one write is carried out and its answer lost: the store has to look.
    bed.control("POST", "faults", &json!([{"service": "dynamodb", "op": "PutItem", "lose_answer": true, "times": 3}]))?;
    assert_eq!(store.save(&record()).await?, Saved::Written(1));
    assert_eq!(store.load(&record().key).await?.map(|r| r.revision), Some(1));
    // The first try is lost, the second sees what the first has done.
    bed.control("DELETE", "faults", &json!(null))?;
    bed.control("POST", "faults", &json!([{"service": "dynamodb", "op": "PutItem", "lose_answer": true, "times": 1}]))?;
    assert_eq!(store.save(&Record { revision: 1, ..record() }).await?, Saved::Written(2));
    // Of a document, too; and whoever comes later is refused.
    bed.control("POST", "faults", &json!([{"service": "dynamodb", "op": "PutItem", "lose_answer": true, "times": 3}]))?;
    let document = Document { id: "d".to_owned(), revision: 0, body: json!({}) };
    assert_eq!(store.put_document(DocumentKind::Waiver, &document).await?, Saved::Written(1));
    assert_eq!(store.put_document(DocumentKind::Waiver, &document).await?, Saved::Conflict);
    Ok(())
}

#[tokio::test]
async fn a_write_that_never_arrived_is_an_error_and_can_be_repeated() -> Result<()> {
    let Some(bed) = Bed::for_test(&[])? else { return Ok(()) };
    let store = fresh(&bed).await?;
    bed.control("POST", "faults", &json!([{"service": "dynamodb", "op": "PutItem", "drop": true, "times": 3}]))?;
    let error = store.save(&record()).await.unwrap_err();
    assert!(error.to_string().starts_with("save on table plimsoll-"), "{error}");
    assert_eq!(store.load(&record().key).await?, None);
    assert_eq!(store.save(&record()).await?, Saved::Written(1));
    Ok(())
}

#[tokio::test]
async fn a_channel_without_an_index_is_an_error_that_says_so() -> Result<()> {
    let Some(bed) = Bed::for_test(&[])? else { return Ok(()) };
    let store = fresh(&bed).await?;
    let error = store.due(&ChannelId::new("new-channel"), now(), 10).await.unwrap_err().to_string();
    assert!(error.contains("name the channel in Terraform and apply"), "{error}");
    Ok(())
}

#[test]
fn terraform_names_the_indexes_as_the_store_does() {
    let terraform = std::fs::read_to_string(root().join("infra/suite/state.tf")).unwrap();
    let index = DueIndex::of(&ChannelId::new("on-call"));
    assert_eq!((index.name, index.partition), ("due_on_call".to_owned(), "due_on_call_pk".to_owned()));
    assert_eq!((index.sort, index.at), ("due_on_call_sk".to_owned(), "due_on_call_at".to_owned()));
    for line in [
        r#""due_${replace(name, "-", "_")}""#,
        r#""${global_secondary_index.value}_pk""#,
        r#""${global_secondary_index.value}_sk""#,
        r#"["${global_secondary_index.value}_at"]"#,
        r#"= "pk""#,
        r#"= "sk""#,
    ] {
        assert!(terraform.contains(line), "infra/suite/state.tf has no {line}");
    }
}
