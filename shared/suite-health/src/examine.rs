//! Judges the parts of a suite: what was found, and what is wrong with it. Pure: no call to AWS.

use serde_json::Value;

use crate::policy::{allows, services};

/// One result of the examination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The part of the suite: `rules`, `triggers`, `schedules` or `queues`.
    pub part: &'static str,
    /// What was found.
    pub detail: String,
    /// How to repair it; `None` if nothing is wrong.
    pub fix: Option<String>,
}

/// A part of the suite could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    /// The permission that the read needs, for example `events:ListRules`.
    pub action: &'static str,
    /// The error that AWS returned.
    pub reason: String,
    /// Whether AWS refused the caller (credentials or permissions).
    pub denied: bool,
}

/// An `EventBridge` rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The state as AWS writes it, for example `ENABLED`.
    pub state: String,
    /// The ARNs of its targets.
    pub targets: Vec<String>,
}

/// An event source mapping: Lambda reads a queue or a stream through it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// The ARN of the queue or stream.
    pub reads: String,
    /// The state as AWS writes it, for example `Enabled`.
    pub state: String,
    /// The result of the last batch, if it failed.
    pub trouble: Option<String>,
}

/// A schedule of the `EventBridge` Scheduler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Its name.
    pub name: String,
    /// The state as AWS writes it, for example `ENABLED`.
    pub state: String,
}

/// A queue of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Its ARN.
    pub arn: String,
    /// Its policy; null if it has none.
    pub policy: Value,
    /// The KMS key of the queue; `None` with SQS-managed encryption.
    pub key: Option<Result<Key, Unseen>>,
}

/// A key of KMS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The id, alias or ARN of the key, as the queue names it.
    pub id: String,
    /// The state as AWS writes it, for example `Enabled`.
    pub state: String,
    /// Whether AWS manages the key; its policy cannot be changed then.
    pub of_aws: bool,
    /// Its policy.
    pub policy: Value,
}

/// A function of the suite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its name without the prefix, for example `ecr-scan`.
    pub name: String,
    /// The event source mappings of the function; `None` if it is not deployed.
    pub triggers: Result<Option<Vec<Mapping>>, Unseen>,
    /// Its queue, if it is a deployed source function.
    pub queue: Option<Result<Queue, Unseen>>,
}

/// The parts of a suite, as far as they could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// All rules whose names begin with the prefix of the suite.
    pub rules: Result<Vec<Rule>, Unseen>,
    /// The source functions and the notifiers.
    pub functions: Vec<Function>,
    /// All schedules of the suite's group.
    pub schedules: Result<Vec<Schedule>, Unseen>,
}

const APPLY: &str = "`terraform apply` puts it back";

/// One result for each fault, and one result for each part without a fault.
#[must_use]
pub fn examine(found: &Found) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    verdicts.extend(part("rules", rules(found)));
    verdicts.extend(part("triggers", triggers(found)));
    verdicts.extend(part("schedules", schedules(found)));
    verdicts.extend(part("queues", queues(found)));
    verdicts
}

/// The faults of a part; without any, one result that says what was checked.
type Lookup = (Vec<(String, String)>, String);

fn part(part: &'static str, (faults, good): Lookup) -> Vec<Verdict> {
    if faults.is_empty() {
        return vec![Verdict { part, detail: good, fix: None }];
    }
    faults.into_iter().map(|(detail, fix)| Verdict { part, detail, fix: Some(fix) }).collect()
}

fn unseen(what: &str, unseen: &Unseen) -> (String, String) {
    let fix = if unseen.denied {
        format!("run this with a role that may {}", unseen.action)
    } else {
        "try again; nothing was found wrong as far as could be seen".to_owned()
    };
    (format!("{what} cannot be seen: {}", unseen.reason), fix)
}

fn rules(found: &Found) -> Lookup {
    let rules = match &found.rules {
        Ok(rules) => rules,
        Err(error) => return (vec![unseen("the rules", error)], String::new()),
    };
    if rules.is_empty() {
        return (vec![("there is no rule, so no event can come".to_owned(), APPLY.to_owned())], String::new());
    }
    let mut faults = Vec::new();
    for Rule { name, state, targets, .. } in rules {
        if state != "ENABLED" {
            let fix = format!("`aws events enable-rule --name {name}`, or `terraform apply`");
            faults.push((format!("rule {name} is {state}: its events are dropped"), fix));
        }
        if targets.is_empty() {
            faults.push((format!("rule {name} has no target: its events are dropped"), APPLY.to_owned()));
        }
    }
    (faults, format!("{} rules are on", rules.len()))
}

fn triggers(found: &Found) -> Lookup {
    let (mut faults, mut on, mut absent) = (Vec::new(), 0_usize, Vec::new());
    for Function { name: function, triggers, queue } in &found.functions {
        let mappings = match triggers {
            Ok(Some(mappings)) => mappings,
            Ok(None) => {
                absent.push(function.as_str());
                continue;
            }
            Err(error) => {
                faults.push(unseen(&format!("what triggers {function}"), error));
                continue;
            }
        };
        // A notifier may run by its schedule alone, without a trigger.
        if mappings.is_empty() && queue.is_some() {
            faults.push((format!("nothing makes {function} read its queue: events wait"), APPLY.to_owned()));
        }
        for Mapping { reads, state, trouble } in mappings {
            let what = reads.rsplit(':').next().unwrap_or(reads);
            if state == "Enabled" {
                on = on.saturating_add(1);
            } else {
                let detail = format!("the trigger of {function} on {what} is {state}: what is there waits");
                faults.push((detail, "`terraform apply` switches it on".to_owned()));
            }
            if let Some(trouble) = trouble {
                let detail = format!("the trigger of {function} on {what} says: {trouble}");
                faults.push((detail, "docs/runbooks/alarms.md#backlog says where to look".to_owned()));
            }
        }
    }
    let absent = if absent.is_empty() { String::new() } else { format!("; not deployed: {}", absent.join(", ")) };
    (faults, format!("{on} are on{absent}"))
}

fn schedules(found: &Found) -> Lookup {
    let schedules = match &found.schedules {
        Ok(schedules) => schedules,
        Err(error) => return (vec![unseen("the schedules", error)], String::new()),
    };
    let mut faults: Vec<_> = schedules
        .iter()
        .filter(|schedule| schedule.state != "ENABLED")
        .map(|Schedule { name, state }| {
            (format!("schedule {name} is {state}"), "`terraform apply` switches it on".to_owned())
        })
        .collect();
    if !schedules.iter().any(|schedule| schedule.name.ends_with("-sweep")) {
        faults.push(("no channel has a sweep: what a hint missed is not told".to_owned(), APPLY.to_owned()));
    }
    (faults, format!("{} are on", schedules.len()))
}

fn queues(found: &Found) -> Lookup {
    let (mut faults, mut all, mut keys) = (Vec::new(), 0_usize, 0_usize);
    let rules = found.rules.as_ref().map(Vec::as_slice).unwrap_or_default();
    for Function { name, queue, .. } in &found.functions {
        let queue = match queue {
            None => continue,
            Some(Ok(queue)) => queue,
            Some(Err(error)) => {
                faults.push(unseen(&format!("the queue of {name}"), error));
                continue;
            }
        };
        all = all.saturating_add(1);
        for rule in rules.iter().filter(|rule| rule.targets.contains(&queue.arn)) {
            if !allows(&queue.policy, "events.amazonaws.com", "sqs:SendMessage", Some(&rule.arn)) {
                let detail = format!("the policy of queue {} does not let rule {} send", last(&queue.arn), rule.name);
                faults.push((detail, APPLY.to_owned()));
            }
        }
        match &queue.key {
            None => {}
            Some(Err(error)) => faults.push(unseen(&format!("the key of queue {}", last(&queue.arn)), error)),
            Some(Ok(key)) => {
                keys = keys.saturating_add(1);
                faults.extend(key_faults(queue, key));
            }
        }
    }
    let keys = if keys == 0 { "" } else { " and the use of its key" };
    (faults, format!("the policy allows every sender{keys} ({all} checked)"))
}

fn last(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}

/// Why a sender cannot use the key of a queue.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html>
fn key_faults(queue: &Queue, key: &Key) -> Vec<(String, String)> {
    let name = last(&queue.arn);
    if key.of_aws {
        let detail = format!("queue {name} is encrypted with a key of AWS, which no rule may use: its events are lost");
        return vec![(detail, "give it a key of your own (kms_key_arn), or none".to_owned())];
    }
    if key.state != "Enabled" {
        let detail = format!("key {} of queue {name} is {}: nothing can be sent or read", key.id, key.state);
        return vec![(detail, "enable the key, or cancel its deletion".to_owned())];
    }
    let mut faults = Vec::new();
    for service in services(&queue.policy, "sqs:SendMessage") {
        let missing: Vec<&str> = ["kms:GenerateDataKey", "kms:Decrypt"]
            .into_iter()
            .filter(|action| !allows(&key.policy, &service, action, None))
            .collect();
        if !missing.is_empty() {
            let detail = format!("the policy of key {} does not let {service} use it for queue {name}", key.id);
            let fix = format!(
                "allow {service} {} in the key's policy, as modules/encryption-key does",
                missing.join(" and ")
            );
            faults.push((detail, fix));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const QUEUE: &str = "arn:aws:sqs:eu-central-1:111122223333:plimsoll-ecr-scan";
    const RULE: &str = "arn:aws:events:eu-central-1:111122223333:rule/plimsoll-ecr-scan";

    fn good() -> Found {
        let rule = Rule {
            name: "plimsoll-ecr-scan".into(),
            arn: RULE.into(),
            state: "ENABLED".into(),
            targets: vec![QUEUE.into()],
        };
        let mapping = Mapping { reads: QUEUE.into(), state: "Enabled".into(), trouble: None };
        let policy = json!({"Statement": {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage", "Condition": {"ArnEquals": {"aws:SourceArn": RULE}}}});
        let key_policy = json!({"Statement": [{"Effect": "Allow", "Principal": {"Service": ["events.amazonaws.com"]},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"]}]});
        let key = Key { id: "k-1".into(), state: "Enabled".into(), of_aws: false, policy: key_policy };
        let queue = Queue { arn: QUEUE.into(), policy, key: Some(Ok(key)) };
        Found {
            rules: Ok(vec![rule]),
            functions: vec![
                Function { name: "ecr-scan".into(), triggers: Ok(Some(vec![mapping])), queue: Some(Ok(queue)) },
                Function { name: "backup-job".into(), triggers: Ok(None), queue: None },
            ],
            schedules: Ok(vec![Schedule {
                name: "plimsoll-alert-notifier-slack-sweep".into(),
                state: "ENABLED".into(),
            }]),
        }
    }

    /// The faults after a change, and that each says how to put it right.
    fn faults(change: impl FnOnce(&mut Found)) -> Vec<String> {
        let mut found = good();
        change(&mut found);
        examine(&found)
            .into_iter()
            .filter(|v| v.fix.as_ref().is_some_and(|fix| !fix.is_empty()))
            .map(|v| v.detail)
            .collect()
    }

    fn queue(found: &mut Found) -> &mut Queue {
        found.functions[0].queue.as_mut().unwrap().as_mut().unwrap()
    }

    fn key(found: &mut Found) -> &mut Key {
        queue(found).key.as_mut().unwrap().as_mut().unwrap()
    }

    #[test]
    fn a_suite_that_is_as_it_was_left_is_well() {
        let verdicts = examine(&good());
        assert!(verdicts.iter().all(|v| v.fix.is_none()), "{verdicts:?}");
        let said: Vec<_> = verdicts.iter().map(|v| format!("{}: {}", v.part, v.detail)).collect();
        assert_eq!(
            said,
            [
                "rules: 1 rules are on",
                "triggers: 1 are on; not deployed: backup-job",
                "schedules: 1 are on",
                "queues: the policy allows every sender and the use of its key (1 checked)",
            ]
        );
    }

    #[test]
    fn a_rule_that_is_off_or_leads_nowhere_is_named() {
        let off = faults(|f| f.rules.as_mut().unwrap()[0].state = "DISABLED".into());
        assert_eq!(off, ["rule plimsoll-ecr-scan is DISABLED: its events are dropped"]);
        let nowhere = faults(|f| f.rules.as_mut().unwrap()[0].targets.clear());
        assert_eq!(nowhere, ["rule plimsoll-ecr-scan has no target: its events are dropped"]);
        assert_eq!(faults(|f| f.rules = Ok(Vec::new())), ["there is no rule, so no event can come"]);
    }

    #[test]
    fn a_trigger_that_is_off_gone_or_failing_is_named() {
        let mapping = |f: &mut Found, change: fn(&mut Mapping)| {
            change(&mut f.functions[0].triggers.as_mut().unwrap().as_mut().unwrap()[0]);
        };
        let off = faults(|f| mapping(f, |m| m.state = "Disabled".into()));
        assert_eq!(off, ["the trigger of ecr-scan on plimsoll-ecr-scan is Disabled: what is there waits"]);
        let failing = faults(|f| mapping(f, |m| m.trouble = Some("PROBLEM: KMS access denied".into())));
        assert_eq!(failing, ["the trigger of ecr-scan on plimsoll-ecr-scan says: PROBLEM: KMS access denied"]);
        let gone = faults(|f| f.functions[0].triggers = Ok(Some(Vec::new())));
        assert_eq!(gone, ["nothing makes ecr-scan read its queue: events wait"]);
        assert!(faults(|f| f.functions[1].triggers = Ok(Some(Vec::new()))).is_empty(), "a notifier needs none");
    }

    #[test]
    fn a_schedule_that_is_off_or_gone_is_named() {
        let off = faults(|f| f.schedules.as_mut().unwrap()[0].state = "DISABLED".into());
        assert_eq!(off, ["schedule plimsoll-alert-notifier-slack-sweep is DISABLED"]);
        assert_eq!(
            faults(|f| f.schedules = Ok(Vec::new())),
            ["no channel has a sweep: what a hint missed is not told"]
        );
    }

    #[test]
    fn a_queue_that_does_not_let_its_rule_in_is_named() {
        let shut = faults(|f| queue(f).policy = Value::Null);
        assert_eq!(shut, ["the policy of queue plimsoll-ecr-scan does not let rule plimsoll-ecr-scan send"]);
    }

    #[test]
    fn a_key_policy_without_the_sender_and_a_key_that_is_off_are_named() {
        let missing = faults(|f| key(f).policy = json!({"Statement": []}));
        assert_eq!(
            missing,
            ["the policy of key k-1 does not let events.amazonaws.com use it for queue plimsoll-ecr-scan"]
        );
        let off = faults(|f| key(f).state = "PendingDeletion".into());
        assert_eq!(off, ["key k-1 of queue plimsoll-ecr-scan is PendingDeletion: nothing can be sent or read"]);
        assert!(faults(|f| key(f).of_aws = true)[0].contains("a key of AWS, which no rule may use"));
    }

    #[test]
    fn what_cannot_be_seen_is_never_well() {
        let unseen = |denied| Unseen { action: "events:ListRules", reason: "AccessDenied".into(), denied };
        let mut found = good();
        found.rules = Err(unseen(true));
        found.schedules = Err(unseen(false));
        found.functions[0].triggers = Err(unseen(true));
        found.functions[0].queue = Some(Err(unseen(true)));
        let fixes: Vec<_> = examine(&found).into_iter().filter_map(|v| v.fix).collect();
        assert_eq!(fixes.len(), 4);
        assert_eq!(fixes[0], "run this with a role that may events:ListRules");
        assert!(
            faults(|f| queue(f).key = Some(Err(unseen(true))))[0]
                .starts_with("the key of queue plimsoll-ecr-scan cannot be seen")
        );
    }
}
