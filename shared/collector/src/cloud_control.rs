//! Cloud Control: `ListResources`, then `GetResource` for each, since a list may give identifiers only.
//! <https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-operations-list.html>

use aws_sdk_cloudcontrol::Client;
use plimsoll_evidence::{Read, ReadError, ReadErrorKind, Resource};
use serde_json::Value;

use crate::{fault::fault, pace::Pace};

/// Pages of one list: a service that never ends its list ends here, and the list counts as incomplete.
const MAX_PAGES: usize = 200;

/// All resources of a type; once for each `model`, the input that its list asks for.
pub(crate) async fn read(client: &Client, pace: &Pace<'_>, kind: &str, models: &[Option<Value>]) -> Read {
    let mut read = Read { complete: true, ..Read::default() };
    for model in models {
        let (identifiers, error) = list(client, pace, kind, model.as_ref()).await;
        fail(&mut read, error);
        for id in identifiers {
            match get(client, pace, kind, &id).await {
                Ok(Some(properties)) => read.resources.push(Resource { id, properties }),
                // Deleted since it was listed.
                Ok(None) => {}
                Err(error) => {
                    let over = error.kind == ReadErrorKind::OutOfTime;
                    fail(&mut read, Some(error));
                    if over {
                        return read;
                    }
                }
            }
        }
    }
    read
}

fn fail(read: &mut Read, error: Option<ReadError>) {
    if let Some(error) = error {
        read.complete = false;
        read.errors.push(error);
    }
}

async fn list(client: &Client, pace: &Pace<'_>, kind: &str, model: Option<&Value>) -> (Vec<String>, Option<ReadError>) {
    let action = format!("cloudformation:ListResources {kind}");
    let (mut identifiers, mut token) = (Vec::new(), None::<String>);
    for _ in 0..MAX_PAGES {
        if let Err(error) = pace.turn(&action, None).await {
            return (identifiers, Some(error));
        }
        let request = client.list_resources().type_name(kind).set_resource_model(model.map(Value::to_string));
        match request.set_next_token(token.clone()).send().await {
            Ok(answer) => {
                identifiers.extend(answer.resource_descriptions().iter().filter_map(|r| r.identifier.clone()));
                let next = answer.next_token.filter(|next| !next.is_empty());
                if next.is_none() {
                    return (identifiers, None);
                }
                if next == token {
                    break;
                }
                token = next;
            }
            Err(error) => return (identifiers, fault(&error, &action, None)),
        }
    }
    let message = "the list did not end".to_owned();
    (identifiers, Some(ReadError { resource: None, kind: ReadErrorKind::Failed, action, message }))
}

async fn get(client: &Client, pace: &Pace<'_>, kind: &str, id: &str) -> Result<Option<Value>, ReadError> {
    let action = format!("cloudformation:GetResource {kind}");
    pace.turn(&action, Some(id)).await?;
    let answer = match client.get_resource().type_name(kind).identifier(id).send().await {
        Ok(answer) => answer,
        Err(error) => return fault(&error, &action, Some(id)).map_or(Ok(None), Err),
    };
    let text = answer.resource_description.and_then(|r| r.properties).unwrap_or_default();
    match serde_json::from_str::<Value>(&text) {
        Ok(properties @ Value::Object(_)) => Ok(Some(properties)),
        _ => Err(ReadError {
            resource: Some(id.to_owned()),
            kind: ReadErrorKind::Failed,
            action,
            message: "the properties in the answer are no JSON object".to_owned(),
        }),
    }
}
