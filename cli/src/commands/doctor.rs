//! `plimsoll doctor`: does everything work that is needed to tell people? Each failure says how to fix it.

use jiff::{SignedDuration, tz::TimeZone};
use plimsoll_app::{check_config, last_reconciles};
use plimsoll_pipeline::DocumentKind;
use serde::Serialize;

use crate::{
    arguments::Common,
    output::{self, Exit},
    schedule,
    session::{self, Session},
};

/// The alarm of a source that is not read any more waits as long.
const RECONCILED_WITHIN: SignedDuration = SignedDuration::from_hours(26);

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    name: String,
    ok: bool,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

impl Check {
    fn good(name: &str, detail: impl Into<String>) -> Self {
        Self { name: name.to_owned(), ok: true, detail: detail.into(), fix: None }
    }

    fn bad(name: &str, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { name: name.to_owned(), ok: false, detail: detail.into(), fix: Some(fix.into()) }
    }
}

pub(crate) async fn run(common: &Common) -> anyhow::Result<Exit> {
    let mut checks = vec![configuration(common)?];
    if checks.iter().all(|c| c.ok) {
        match session::open(common, true).await {
            Ok(session) => examine(&session, &mut checks).await,
            Err(error) => {
                checks.push(Check::bad(
                    "start",
                    format!("{error:#}"),
                    "put right what the message names, then run this again",
                ));
            }
        }
    }
    for check in &checks {
        if common.json {
            output::json(check)?;
        } else {
            output::line(format!("{} {:<14} {}", if check.ok { "ok " } else { "BAD" }, check.name, check.detail));
            if let Some(fix) = &check.fix {
                output::line(format!("    fix: {fix}"));
            }
        }
    }
    Ok(if checks.iter().all(|c| c.ok) { Exit::Ok } else { Exit::Below })
}

fn configuration(common: &Common) -> anyhow::Result<Check> {
    let Some((path, text)) = session::config_text(common)? else {
        return Ok(Check::good("configuration", "no plimsoll.toml here, so the defaults: look-alikes on this machine"));
    };
    Ok(match check_config(&text, &session::overlay()) {
        Ok(config) => Check::good(
            "configuration",
            format!("{}: {} channels, {} routes", path.display(), config.channels.len(), config.routes.len()),
        ),
        Err(faults) => Check::bad(
            "configuration",
            format!(
                "{}: {} faults, first: {}",
                path.display(),
                faults.len(),
                faults.first().map_or("?", |f| f.message.as_str())
            ),
            "`plimsoll check` shows every fault with its place",
        ),
    })
}

async fn examine(session: &Session, checks: &mut Vec<Check>) {
    let app = &session.app;
    let now = app.clock.now();
    match app.store.records().await {
        Ok(records) => {
            checks.push(Check::good("state", format!("{} findings", records.len())));
            let oldest = records
                .iter()
                .flat_map(|r| r.cursors.iter().filter_map(|(id, c)| c.due.as_ref().map(|d| (id, d))))
                .filter(|(_, due)| due.at <= now)
                .min_by_key(|(_, due)| due.since);
            checks.push(match oldest {
                Some((channel, due)) if now.duration_since(due.since) > SignedDuration::from_mins(5) => {
                    let minutes = now.duration_since(due.since).as_secs() / 60;
                    Check::bad(
                        "due",
                        format!("channel {channel} has been due for {minutes} minutes"),
                        "look at that channel below; on AWS look at the alarm of its alert-notifier",
                    )
                }
                _ => Check::good("due", "every channel knows the truth"),
            });
            let ahead = records
                .iter()
                .map(|r| r.last_seen)
                .max()
                .filter(|t| now.duration_since(*t) < SignedDuration::from_mins(-6));
            checks.push(match ahead {
                Some(newest) => Check::bad(
                    "clock",
                    format!("this machine says {now}, and the newest event was seen at {newest}"),
                    "set this machine's clock (timedatectl set-ntp true)",
                ),
                None => Check::good("clock", format!("{now:.0}")),
            });
        }
        Err(error) => {
            checks.push(Check::bad("state", error.to_string(), "look at the state file or the table it names"));
        }
    }
    match app.store.documents(DocumentKind::Quarantine).await {
        Ok(documents) => {
            let waiting =
                documents.iter().filter(|d| d.body.get("released_at").is_none_or(serde_json::Value::is_null)).count();
            checks.push(if waiting == 0 {
                Check::good("quarantine", "empty")
            } else {
                Check::bad(
                    "quarantine",
                    format!("{waiting} events wait"),
                    "`plimsoll replay --quarantine` takes them through again",
                )
            });
        }
        Err(error) => {
            checks.push(Check::bad("quarantine", error.to_string(), "look at the state file or the table it names"));
        }
    }
    if !app.local {
        checks.push(reconciled(session).await);
    }
    for notifier in &app.notifiers {
        let name = format!("channel {}", notifier.channel());
        checks.push(match notifier.probe().await {
            Ok(detail) => Check::good(&name, detail),
            Err(fault) => {
                Check::bad(&name, fault.to_string(), "the message says what to do; nothing is lost meanwhile")
            }
        });
    }
    let digest = &app.config.digest;
    let zone = TimeZone::get(&digest.time_zone).unwrap_or(TimeZone::UTC);
    checks.push(match schedule::next(&digest.schedule, &zone, now, 5) {
        Ok(times) => {
            let times: Vec<String> = times
                .iter()
                .map(|t| t.to_zoned_datetime(zone.clone()).strftime("%a %d %b %H:%M").to_string())
                .collect();
            Check::good("next digests", format!("{} ({})", times.join(", "), digest.time_zone))
        }
        Err(error) => Check::bad("next digests", format!("{error:#}"), "correct `schedule` under [digest]"),
    });
}

/// When the APIs of the sources were read last, on a deployed suite.
async fn reconciled(session: &Session) -> Check {
    let now = session.app.clock.now();
    let times = match last_reconciles(session.app.store.as_ref()).await {
        Ok(times) => times,
        Err(error) => return Check::bad("reconcile", error.to_string(), "look at the table it names"),
    };
    if times.is_empty() {
        return Check::good("reconcile", "no API has been read yet; each source is within six hours of its deployment");
    }
    let said: Vec<String> = times.iter().map(|(source, at)| format!("{source} {at:.0}")).collect();
    let is_old = times.values().any(|at| now.duration_since(*at) > RECONCILED_WITHIN);
    if is_old {
        return Check::bad(
            "reconcile",
            said.join(", "),
            "the log of the function that is behind says why: `Reconcile failed`",
        );
    }
    Check::good("reconcile", said.join(", "))
}
