//! `plimsoll ack`: somebody takes care of a finding, or says what a cost anomaly was. It ends the reminders and closes
//! nothing.

use anyhow::Context as _;
use jiff::SignedDuration;
use plimsoll_app::Clients;
use plimsoll_collector::{GLOBAL_REGION, answer_anomaly};
use plimsoll_message::{Answer, AnswerKind};
use plimsoll_pipeline::{Record, answer::answer};
use serde_json::json;

use super::replay::complain;
use crate::{
    arguments::{Ack, Common},
    output::{self, Exit},
    reference, session,
};

/// How long the message about it may take on this machine.
const PATIENCE: SignedDuration = SignedDuration::from_mins(2);

pub(crate) async fn run(common: &Common, arguments: &Ack) -> anyhow::Result<Exit> {
    // The functions of a deployed suite notify by themselves; here there are none.
    let deployed = session::is_deployed();
    let session = session::open(common, !deployed).await?;
    let app = &session.app;
    let key = reference::finding(app.store.as_ref(), &arguments.reference).await?.key;
    let given = Answer {
        kind: kind(arguments),
        owner: arguments.owner.clone(),
        by: arguments.actor.clone(),
        at: app.clock.now(),
    };
    let record = answer(app.store.as_ref(), &app.policy, &key, &given).await?;
    let failed = if deployed { false } else { complain(&app.deliver(PATIENCE).await?) };
    let sent = if arguments.send { send(&record, given.kind).await? } else { false };
    if common.json {
        let feedback = command(&record, given.kind);
        output::json(&json!({
            "key": record.key, "title": record.title(), "answer": record.answer, "feedback_command": feedback,
            "feedback_sent": sent,
        }))?;
    } else {
        say(&record, &given, deployed, sent);
    }
    Ok(if failed { Exit::Delivery } else { Exit::Ok })
}

const fn kind(arguments: &Ack) -> AnswerKind {
    match arguments {
        Ack { planned: true, .. } => AnswerKind::Planned,
        Ack { false_alarm: true, .. } => AnswerKind::FalseAlarm,
        Ack { real: true, .. } => AnswerKind::Real,
        _ => AnswerKind::Acknowledged,
    }
}

/// Gives the answer to Cost Anomaly Detection with the user's own credentials.
async fn send(record: &Record, kind: AnswerKind) -> anyhow::Result<bool> {
    let Some((anomaly, word)) = feedback(record, kind) else { return Ok(false) };
    let kept = "the answer is kept here, and not by Cost Anomaly Detection";
    let clients = Clients::from_environment_in(GLOBAL_REGION).context(kept)?;
    answer_anomaly(&clients, anomaly, word).await.context(kept)?;
    Ok(true)
}

fn say(record: &Record, given: &Answer, deployed: bool, sent: bool) {
    let width = output::width();
    let line = |text: &str| output::line(plimsoll_render::hanging("", text, width).trim_end());
    line(&format!("{} {}: {}", record.key.short(), record.title(), plimsoll_render::answer(given)));
    line("Reminders are off until it gets worse or comes back. Its end is told as always.");
    let channels = record.cursors.values().filter(|cursor| cursor.delivered.is_some()).count();
    if deployed && channels > 0 {
        line("The channels that know of it hear of the answer within a minute.");
    }
    if sent {
        line("Cost Anomaly Detection has the same answer.");
    } else if let Some(feedback) = command(record, given.kind) {
        let account = Some(&record.finding.account).filter(|account| !account.is_empty());
        let whose = account
            .map_or_else(|| "your own credentials".to_owned(), |id| format!("your own credentials in account {id}"));
        line(&format!("Cost Anomaly Detection learns from the same answer. Give it by --send, or with {whose}:"));
        output::line(format!("  {feedback}"));
    }
}

/// The command that gives the answer to Cost Anomaly Detection. The endpoint is that of the partition, whichever region is
/// configured.
fn command(record: &Record, kind: AnswerKind) -> Option<String> {
    let (id, word) = feedback(record, kind)?;
    Some(format!("aws ce provide-anomaly-feedback --anomaly-id {id} --feedback {word}"))
}

/// The anomaly, and the answer in AWS's words: `YES` means that it is an anomaly, `NO` that it is none.
/// <https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_ProvideAnomalyFeedback.html>,
/// <https://docs.aws.amazon.com/cli/latest/reference/ce/provide-anomaly-feedback.html>; names and values are those of
/// `service-2.json` for `ce` in botocore 1.43.
fn feedback(record: &Record, kind: AnswerKind) -> Option<(&str, &'static str)> {
    let word = match kind {
        AnswerKind::Acknowledged => return None,
        AnswerKind::Planned => "PLANNED_ACTIVITY",
        AnswerKind::FalseAlarm => "NO",
        AnswerKind::Real => "YES",
    };
    let id = record.finding.resource.id.rsplit('/').next().filter(|id| !id.is_empty())?;
    // It stands in a command line that people copy.
    let is_plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    is_plain.then_some((id, word))
}
