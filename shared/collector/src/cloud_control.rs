//! Cloud Control: `ListResources`, then `GetResource` for each, since a list may give identifiers only.
//! <https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-operations-list.html>

use aws_sdk_cloudcontrol::Client;
use aws_sdk_cloudcontrol::operation::list_resources::ListResourcesOutput;
use futures_util::{StreamExt as _, stream};
use plimsoll_evidence::{Read, ReadError, ReadErrorKind, Resource};
use serde_json::Value;

use crate::{
    pace::{Pace, fail, failed, is_out_of_time},
    redact::without_secrets,
};

/// Calls that wait for their answers at a time: a handler takes half a second and more.
const IN_FLIGHT: usize = 16;
/// Refusals in a row from the first resource on, after which a type counts as denied.
const DENIALS: usize = 5;

/// The resource that a list is asked for: the property that the list wants, and its value.
pub(crate) type Model = Option<(&'static str, String)>;

/// All resources of a type; once for each model. `skip` leaves out what nobody asks for.
pub(crate) async fn read(
    client: &Client,
    pace: &Pace<'_>,
    kind: &str,
    models: Vec<Model>,
    skip: impl Fn(&str) -> bool,
) -> Read {
    let mut read = Read { complete: true, ..Read::default() };
    let mut wanted = Vec::new();
    {
        let mut lists = stream::iter(models).map(|model| list(client, pace, kind, model)).buffered(IN_FLIGHT);
        while let Some((model, part)) = lists.next().await {
            wanted.extend(part.resources.into_iter().filter(|r| !skip(&r.id)).map(|r| (r.id, model.clone())));
            part.errors.into_iter().for_each(|error| fail(&mut read, error));
            read.complete &= part.complete;
        }
    }
    if is_out_of_time(&read) {
        return read;
    }
    fetch(client, pace, kind, wanted, &mut read).await;
    read
}

/// The resources with those identifiers. One that does not exist is no error.
pub(crate) async fn get_each(client: &Client, pace: &Pace<'_>, kind: &str, ids: Vec<String>) -> Read {
    let mut read = Read { complete: true, ..Read::default() };
    fetch(client, pace, kind, ids.into_iter().map(|id| (id, None)).collect(), &mut read).await;
    read
}

async fn fetch(client: &Client, pace: &Pace<'_>, kind: &str, wanted: Vec<(String, Model)>, read: &mut Read) {
    let mut answers = stream::iter(wanted)
        .map(|(id, model)| async move {
            let answer = get(client, pace, kind, &id).await;
            (id, model, answer)
        })
        .buffered(IN_FLIGHT);
    let mut denied = 0;
    while let Some((id, model, answer)) = answers.next().await {
        match answer {
            Ok(Some(mut properties)) => {
                // Some handlers do not give back the parent that the list was asked for.
                if let (Some((name, value)), Some(map)) = (model, properties.as_object_mut()) {
                    map.entry(name).or_insert(Value::String(value));
                }
                read.resources.push(Resource { id, properties: without_secrets(kind, properties) });
            }
            // Deleted since it was listed.
            Ok(None) => {}
            Err(error) => {
                let over = error.kind == ReadErrorKind::OutOfTime;
                denied += usize::from(error.kind == ReadErrorKind::Denied);
                fail(read, error);
                if over || (denied >= DENIALS && read.resources.is_empty()) {
                    return;
                }
            }
        }
    }
}

/// The identifiers, as resources without properties.
async fn list(client: &Client, pace: &Pace<'_>, kind: &str, model: Model) -> (Model, Read) {
    let action = format!("cloudformation:ListResources {kind}");
    let text = model.as_ref().map(|(name, value)| serde_json::json!({*name: value}).to_string());
    let mut read = Read { complete: true, ..Read::default() };
    pace.pages(
        &mut read,
        (&action, None),
        |_, token| {
            client.list_resources().type_name(kind).set_resource_model(text.clone()).set_next_token(token).send()
        },
        ListResourcesOutput::next_token,
        |read, answer| {
            let descriptions = answer.output.resource_descriptions().iter();
            let found = descriptions.filter_map(|r| r.identifier.clone());
            read.resources.extend(found.map(|id| Resource { id, properties: Value::Null }));
        },
    )
    .await;
    (model, read)
}

async fn get(client: &Client, pace: &Pace<'_>, kind: &str, id: &str) -> Result<Option<Value>, ReadError> {
    let action = format!("cloudformation:GetResource {kind}");
    let send = |_| client.get_resource().type_name(kind).identifier(id).send();
    let Some(answer) = pace.call(&action, Some(id), send).await? else { return Ok(None) };
    let text = answer.output.resource_description.and_then(|r| r.properties).unwrap_or_default();
    match serde_json::from_str::<Value>(&text) {
        Ok(properties @ Value::Object(_)) => Ok(Some(properties)),
        _ => Err(failed(&action, Some(id), "the properties in the answer are no JSON object")),
    }
}
