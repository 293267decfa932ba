//! Reads the parts of a deployed suite. Terraform gives the names: `<prefix>-state` is the table, `<prefix>-<function>`
//! a function, its queue and its rule, `<prefix>-central` the bus of other accounts, `<prefix>` the group of schedules.

use aws_sdk_eventbridge::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use plimsoll_aws::{CallOutcome, Clients, Service, explain};
use plimsoll_finding::clean_line;
use serde_json::Value;

use crate::{Found, Function, Key, Mapping, Queue, Rule, Schedule, Unseen};

/// The place and the name prefix of a suite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    prefix: String,
}

/// The name of the table does not follow Terraform's pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("table {0} is not called <prefix>-state, so what belongs to it is not known")]
pub struct NotNamed(String);

impl Names {
    /// Derives the prefix from the name of the suite's table.
    ///
    /// # Errors
    /// The name is not of the form `<prefix>-state`.
    pub fn of_table(table: &str) -> Result<Self, NotNamed> {
        match table.strip_suffix("-state").filter(|prefix| !prefix.is_empty()) {
            Some(prefix) => Ok(Self { prefix: prefix.to_owned() }),
            None => Err(NotNamed(clean_line(table))),
        }
    }

    fn of(&self, what: &str) -> String {
        format!("{}-{what}", self.prefix)
    }
}

/// Reads rules, triggers, schedules and queues of a suite with these source functions and channels.
pub async fn read(clients: &Clients, names: &Names, sources: &[&str], channels: &[String]) -> Found {
    let reader = Reader {
        events: aws_sdk_eventbridge::Client::new(&clients.settings(Service::EventBridge, clients.region())),
        lambda: aws_sdk_lambda::Client::new(&clients.settings(Service::Lambda, clients.region())),
        scheduler: aws_sdk_scheduler::Client::new(&clients.settings(Service::Scheduler, clients.region())),
        sqs: aws_sdk_sqs::Client::new(&clients.settings(Service::Sqs, clients.region())),
        kms: aws_sdk_kms::Client::new(&clients.settings(Service::Kms, clients.region())),
        names,
    };
    let notifiers = channels.iter().map(|channel| format!("alert-notifier-{channel}"));
    let mut functions = Vec::new();
    for name in sources.iter().map(|source| (*source).to_owned()).chain(notifiers) {
        let triggers = reader.mappings(&name).await;
        let has_queue = triggers != Ok(None) && sources.contains(&name.as_str());
        let queue = if has_queue { Some(reader.queue(&name).await) } else { None };
        functions.push(Function { name, triggers, queue });
    }
    Found { rules: reader.rules().await, functions, schedules: reader.schedules().await }
}

struct Reader<'a> {
    events: aws_sdk_eventbridge::Client,
    lambda: aws_sdk_lambda::Client,
    scheduler: aws_sdk_scheduler::Client,
    sqs: aws_sdk_sqs::Client,
    kms: aws_sdk_kms::Client,
    names: &'a Names,
}

fn unseen<E>(action: &'static str, error: &SdkError<E>) -> Unseen
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    Unseen { action, reason: explain(error), denied: CallOutcome::of(error).is_denied() }
}

/// Whether AWS answered that the resource does not exist.
fn is_absent<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    error.code().is_some_and(|code| code.contains("NotFound") || code.contains("NonExistent"))
}

impl Reader<'_> {
    /// The rules of the default bus, and of the suite's own bus if there is one.
    async fn rules(&self) -> Result<Vec<Rule>, Unseen> {
        let mut rules = self.rules_of("default").await?.unwrap_or_default();
        rules.extend(self.rules_of(&self.names.of("central")).await?.unwrap_or_default());
        Ok(rules)
    }

    /// `None` if there is no such bus.
    async fn rules_of(&self, bus: &str) -> Result<Option<Vec<Rule>>, Unseen> {
        let (mut rules, mut from) = (Vec::new(), None);
        loop {
            let request = self.events.list_rules().event_bus_name(bus).name_prefix(self.names.of(""));
            let answer = match request.set_next_token(from).send().await {
                Ok(answer) => answer,
                Err(error) if is_absent(&error) => return Ok(None),
                Err(error) => return Err(unseen("events:ListRules", &error)),
            };
            for rule in answer.rules.unwrap_or_default() {
                let name = rule.name.unwrap_or_default();
                let request = self.events.list_targets_by_rule().event_bus_name(bus).rule(&name);
                let targets = request.send().await.map_err(|e| unseen("events:ListTargetsByRule", &e))?;
                rules.push(Rule {
                    name: clean_line(&name),
                    arn: rule.arn.unwrap_or_default(),
                    state: rule.state.map_or_else(|| "without a state".to_owned(), |state| clean_line(state.as_str())),
                    targets: targets.targets.unwrap_or_default().into_iter().map(|target| target.arn).collect(),
                });
            }
            from = answer.next_token.filter(|token| !token.is_empty());
            if from.is_none() {
                return Ok(Some(rules));
            }
        }
    }

    /// `None` if there is no such function.
    async fn mappings(&self, function: &str) -> Result<Option<Vec<Mapping>>, Unseen> {
        let name = self.names.of(function);
        match self.lambda.get_function_configuration().function_name(&name).send().await {
            Ok(_) => {}
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(unseen("lambda:GetFunctionConfiguration", &error)),
        }
        let (mut mappings, mut from) = (Vec::new(), None);
        loop {
            let request = self.lambda.list_event_source_mappings().function_name(&name).set_marker(from);
            let answer = request.send().await.map_err(|e| unseen("lambda:ListEventSourceMappings", &e))?;
            for mapping in answer.event_source_mappings.unwrap_or_default() {
                // https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html
                let trouble = mapping.last_processing_result.filter(|result| result.starts_with("PROBLEM"));
                mappings.push(Mapping {
                    reads: mapping.event_source_arn.as_deref().map(clean_line).unwrap_or_default(),
                    state: mapping.state.as_deref().map_or_else(|| "without a state".to_owned(), clean_line),
                    trouble: trouble.as_deref().map(clean_line),
                });
            }
            from = answer.next_marker.filter(|marker| !marker.is_empty());
            if from.is_none() {
                return Ok(Some(mappings));
            }
        }
    }

    async fn schedules(&self) -> Result<Vec<Schedule>, Unseen> {
        let (mut schedules, mut from) = (Vec::new(), None);
        loop {
            let request = self.scheduler.list_schedules().group_name(&self.names.prefix).set_next_token(from);
            let answer = request.send().await.map_err(|e| unseen("scheduler:ListSchedules", &e))?;
            for schedule in answer.schedules {
                schedules.push(Schedule {
                    name: schedule.name.as_deref().map(clean_line).unwrap_or_default(),
                    state: schedule
                        .state
                        .map_or_else(|| "without a state".to_owned(), |state| clean_line(state.as_str())),
                });
            }
            from = answer.next_token.filter(|token| !token.is_empty());
            if from.is_none() {
                return Ok(schedules);
            }
        }
    }

    async fn queue(&self, function: &str) -> Result<Queue, Unseen> {
        let name = self.names.of(function);
        let url = self.sqs.get_queue_url().queue_name(&name).send().await.map_err(|e| unseen("sqs:GetQueueUrl", &e))?;
        let url = url.queue_url.unwrap_or_default();
        let wanted = [Attribute::QueueArn, Attribute::Policy, Attribute::KmsMasterKeyId];
        let request = self.sqs.get_queue_attributes().queue_url(url).set_attribute_names(Some(wanted.into()));
        let answer = request.send().await.map_err(|e| unseen("sqs:GetQueueAttributes", &e))?;
        let attributes = answer.attributes.unwrap_or_default();
        let attribute = |name: Attribute| attributes.get(&name).filter(|value| !value.is_empty()).cloned();
        let key = match attribute(Attribute::KmsMasterKeyId) {
            Some(id) => Some(self.key(&id).await),
            None => None,
        };
        Ok(Queue {
            arn: attribute(Attribute::QueueArn).unwrap_or_default(),
            policy: attribute(Attribute::Policy)
                .and_then(|text| serde_json::from_str(&text).ok())
                .unwrap_or(Value::Null),
            key,
        })
    }

    async fn key(&self, id: &str) -> Result<Key, Unseen> {
        let described = self.kms.describe_key().key_id(id).send().await.map_err(|e| unseen("kms:DescribeKey", &e))?;
        let metadata = described.key_metadata;
        let of_aws = metadata.as_ref().and_then(|m| m.key_manager.as_ref()).is_some_and(|who| who.as_str() == "AWS");
        let state =
            metadata.as_ref().and_then(|m| m.key_state.as_ref()).map_or("without a state", |state| state.as_str());
        // The operation takes no alias.
        let arn = metadata.as_ref().and_then(|m| m.arn.as_deref()).unwrap_or(id);
        let request = self.kms.get_key_policy().key_id(arn).policy_name("default");
        let policy = request.send().await.map_err(|e| unseen("kms:GetKeyPolicy", &e))?.policy.unwrap_or_default();
        let policy = serde_json::from_str(&policy).unwrap_or(Value::Null);
        Ok(Key { id: clean_line(id), state: clean_line(state), of_aws, policy })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_the_table() {
        assert_eq!(Names::of_table("shop-plimsoll-state").unwrap().of("ecr-scan"), "shop-plimsoll-ecr-scan");
        for table in ["findings", "-state", ""] {
            let error = Names::of_table(table).unwrap_err().to_string();
            assert!(error.contains("is not called <prefix>-state"), "{error}");
        }
    }
}
