//! What the store makes of each answer; what it does in a real table is in the store contract.

use plimsoll_finding::{Event, Finding, Resource, Status};
use plimsoll_pipeline::ingest::{Merged, merge};
use serde_json::{Value, json};

use super::*;
use crate::canned::{Answer, Request, Server};

const JSON: &str = "application/x-amz-json-1.0";

fn now() -> Timestamp {
    "2026-11-02T09:15:00Z".parse().unwrap()
}

fn record() -> Record {
    let event = Event::from_envelope(&json!({"id": "e", "detail-type": "X", "detail": {}}), now()).unwrap();
    let finding = Finding::new("ecr-scan", "c", Resource::new("r", "k", "n"), &event).status(Status::Open).title("t");
    let Merged::Applied(record) = merge(None, &finding, now()) else { panic!("the first is applied") };
    *record
}

fn store(server: &Server) -> DynamoStore {
    DynamoStore::new(&Clients::at(&server.url(), "eu-central-1"), "plimsoll-state", ["ecr-scan"])
}

fn error(code: &str, message: &str) -> Answer {
    let body = json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": message});
    Answer::Body(400, JSON, body.to_string())
}

fn sent(request: &Request) -> Value {
    serde_json::from_str(&request.body).unwrap()
}

#[tokio::test]
async fn the_condition_names_what_is_replaced() {
    let server = Server::start(|_| Answer::Body(200, JSON, "{}".to_owned()));
    let store = store(&server);
    assert_eq!(store.save(&record()).await.unwrap(), Saved::Written(1));
    assert_eq!(store.save(&Record { revision: 7, ..record() }).await.unwrap(), Saved::Written(8));
    let requests: Vec<Value> = server.requests().iter().map(sent).collect();
    assert_eq!(requests[0]["ConditionExpression"], "attribute_not_exists(#pk)");
    assert_eq!(requests[1]["ConditionExpression"], "#rev = :expected");
    assert_eq!(requests[1]["ExpressionAttributeValues"][":expected"]["N"], "7");
    assert_eq!(requests[1]["Item"]["rev"]["N"], "8");
    assert_ne!(requests[0]["Item"]["write_id"], requests[1]["Item"]["write_id"]);
    let body: Record = serde_json::from_str(requests[1]["Item"]["body"]["S"].as_str().unwrap()).unwrap();
    assert_eq!(body, Record { revision: 8, ..record() });
}

#[tokio::test]
async fn a_lost_race_is_a_conflict_and_not_an_error() {
    let other =
        json!({"__type": "ConditionalCheckFailedException", "Item": {"rev": {"N": "1"}, "write_id": {"S": "x"}}});
    let server = Server::start(move |_| Answer::Body(400, JSON, other.to_string()));
    assert_eq!(store(&server).save(&record()).await.unwrap(), Saved::Conflict);
}

#[tokio::test]
async fn a_write_that_was_retried_finds_itself() {
    // The first try is written and its answer lost; the SDK tries again and the condition fails.
    let server = Server::start(|request| {
        if request.index == 0 {
            return Answer::Close;
        }
        let item = sent(request)["Item"].clone();
        Answer::Body(400, JSON, json!({"__type": "ConditionalCheckFailedException", "Item": item}).to_string())
    });
    assert_eq!(store(&server).save(&record()).await.unwrap(), Saved::Written(1));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_write_whose_fate_is_unknown_is_looked_up() {
    for (stored, expected) in [("mine", Ok(Saved::Written(4))), ("newer", Ok(Saved::Conflict)), ("old", Err(()))] {
        let server = Server::start(move |request| {
            if request.target.ends_with("PutItem") {
                return Answer::Body(500, JSON, json!({"__type": "InternalServerError"}).to_string());
            }
            let (revision, write_id) = match stored {
                "mine" => ("4", "the-write".to_owned()),
                "newer" => ("4", "theirs".to_owned()),
                _ => ("3", "theirs".to_owned()),
            };
            let item = json!({"rev": {"N": revision}, "write_id": {"S": write_id}});
            Answer::Body(200, JSON, json!({"Item": item}).to_string())
        });
        let table = store(&server).table;
        let item = item::of_record(&Record { revision: 4, ..record() }, "the-write").unwrap();
        let saved = table.put("save", item, 3, "the-write").await;
        assert_eq!(saved.map_err(drop), expected, "{stored}");
    }
}

#[tokio::test]
async fn an_item_that_is_too_big_is_not_sent() {
    let server = Server::start(|_| Answer::Body(200, JSON, "{}".to_owned()));
    let mut big = record();
    big.finding.title = "x".repeat(crate::MAX_ITEM_BYTES);
    let error = store(&server).save(&big).await.unwrap_err().to_string();
    assert!(error.contains("at most 409600") && error.contains(big.key.as_str()), "{error}");
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn a_source_that_nobody_asks_for_is_refused() {
    let server = Server::start(|_| Answer::Body(200, JSON, "{}".to_owned()));
    let mut stranger = record();
    stranger.finding.source = "stranger".to_owned();
    let error = store(&server).save(&stranger).await.unwrap_err().to_string();
    assert!(error.contains("`stranger`") && error.ends_with("are ecr-scan"), "{error}");
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn errors_name_the_table_and_what_to_do() {
    for (code, message, hint) in [
        ("AccessDeniedException", "not authorized", "allow the role dynamodb:Query on the table and its indexes"),
        ("ResourceNotFoundException", "not found", "there is no such table in eu-central-1"),
        (
            "ValidationException",
            "The table does not have the specified index: due_slack",
            "name the channel in Terraform",
        ),
        ("ExpiredTokenException", "expired", "the credentials have expired"),
    ] {
        let server = Server::start(move |_| error(code, message));
        let error = store(&server).due(&ChannelId::new("slack"), now(), 10).await.unwrap_err().to_string();
        assert!(error.starts_with(&format!("due on table plimsoll-state failed: {code}: {message} (")), "{error}");
        assert!(error.contains(hint), "{error}");
    }
}

#[tokio::test]
async fn throttling_is_retried_and_then_named() {
    let server = Server::start(|_| error("ThrottlingException", "slow down"));
    let error = store(&server).load(&record().key).await.unwrap_err().to_string();
    assert!(error.contains("it will be tried again by itself"), "{error}");
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn pages_are_followed_until_enough_is_due() {
    let key = |n: u8| FindingKey::of("ecr-scan", "1", "r", &n.to_string(), "c");
    let server = Server::start(move |request| {
        let n = u8::try_from(request.index).unwrap();
        let row = json!({
            "due_slack_pk": {"S": "ecr-scan"},
            "due_slack_sk": {"S": format!("1#2026-11-02T09:15:0{n}.000000000Z#{}", key(n))},
        });
        // The first page has nothing due: its entries were filtered out.
        let items = if n == 0 { vec![] } else { vec![row] };
        Answer::Body(200, JSON, json!({"Items": items, "LastEvaluatedKey": {"pk": {"S": "more"}}}).to_string())
    });
    let rows = store(&server).due(&ChannelId::new("slack"), now(), 2).await.unwrap();
    assert_eq!(rows.into_iter().map(|row| row.key).collect::<Vec<_>>(), [key(1), key(2)]);
    let requests: Vec<Value> = server.requests().iter().map(sent).collect();
    assert_eq!(requests.len(), 3);
    assert_eq!(requests[0]["IndexName"], "due_slack");
    assert_eq!(requests[1]["ExclusiveStartKey"]["pk"]["S"], "more");
}

#[tokio::test]
async fn the_configuration_is_what_terraform_wrote() {
    let body = json!({"toml": "accounts = []\n"}).to_string();
    let item = json!({"Item": {"sk": {"S": "plimsoll.toml"}, "rev": {"N": "1"}, "body": {"S": body}}}).to_string();
    let server = Server::start(move |request| {
        let answer = [item.clone(), "{}".to_owned(), json!({"Item": {"body": {"S": "{}"}}}).to_string()];
        Answer::Body(200, JSON, answer[request.index].clone())
    });
    let store = store(&server);
    assert_eq!(store.configuration().await.unwrap().as_deref(), Some("accounts = []\n"));
    assert_eq!(store.configuration().await.unwrap(), None);
    assert!(store.configuration().await.is_err());
}
