//! `plimsoll doctor`: does everything work that is needed to tell people? Each failure says how to fix it. With `--before`:
//! is everything on that the suite needs, before it is deployed?

mod before;
mod services;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use plimsoll_app::{App, Clients, SOURCES, validate_config, variables};
use plimsoll_finding::clean_line;
use plimsoll_message::UNPROBED;
use plimsoll_pipeline::{
    delivery::{HeartbeatStatus, heartbeat::heartbeat_statuses},
    heartbeat::last_heartbeats,
    quarantine::Quarantined,
    reconcile::last_reconciles,
    state::survey,
};
use plimsoll_render::{Cell, Column, Style, Table};
use plimsoll_suite_health::Names;
use serde::Serialize;

use crate::{
    arguments::{Common, Doctor},
    output::{self, Exit},
    schedule,
    session::{self, Session},
};

/// The alarm of a source that is not read any more waits as long.
const RECONCILED_WITHIN: SignedDuration = SignedDuration::from_hours(26);
/// So does the alarm of a heartbeat that does not come, unless the suite says otherwise.
const HEARD_WITHIN: SignedDuration = SignedDuration::from_hours(7);
/// Findings that are due on a channel and are looked at, for each source.
const MAX_DUE: usize = 1_000;

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    name: String,
    /// `null` for what could not be looked at: that is never called well.
    ok: Option<bool>,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

impl Check {
    fn good(name: &str, detail: impl Into<String>) -> Self {
        Self { name: name.to_owned(), ok: Some(true), detail: detail.into(), fix: None }
    }

    /// What was not reached, and why.
    fn unseen(name: &str, why: impl Into<String>) -> Self {
        Self { name: name.to_owned(), ok: None, detail: why.into(), fix: None }
    }

    fn is_bad(&self) -> bool {
        self.ok == Some(false)
    }

    fn bad(name: &str, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { name: name.to_owned(), ok: Some(false), detail: detail.into(), fix: Some(fix.into()) }
    }
}

pub(crate) async fn run(common: &Common, arguments: &Doctor) -> anyhow::Result<Exit> {
    if arguments.before {
        return before::run(common, arguments).await;
    }
    let mut checks = vec![configuration(common)?];
    if !checks.iter().any(Check::is_bad) {
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
    if common.json {
        for check in &checks {
            output::json(check)?;
        }
    } else {
        output::line(table(&checks).render(output::width(), Style::Colour).trim_end());
    }
    let unseen = checks.iter().filter(|check| check.ok.is_none()).count();
    if unseen > 0 && !common.json {
        output::talk(format!("{unseen} of {} could not be checked; `--` names them", checks.len()));
    }
    Ok(if checks.iter().any(Check::is_bad) { Exit::Below } else { Exit::Ok })
}

fn table(checks: &[Check]) -> Table {
    let mut table = Table::new(&[Column::new(""), Column::new("Check"), Column::new("What was found")]);
    for check in checks {
        let mark = match check.ok {
            Some(true) => Cell::Good("ok".to_owned()),
            Some(false) => Cell::Bad("BAD".to_owned()),
            None => Cell::Dim("--".to_owned()),
        };
        let fix = check.fix.iter().map(|fix| format!("fix: {fix}")).collect();
        table.row(vec![mark, Cell::text(&check.name), Cell::text(&check.detail)], fix);
    }
    table
}

fn configuration(common: &Common) -> anyhow::Result<Check> {
    let Some((path, text)) = session::config_text(common)? else {
        if session::is_deployed() {
            return Ok(Check::good("configuration", "no plimsoll.toml here, so that of the table is looked at"));
        }
        return Ok(Check::unseen(
            "configuration",
            "no plimsoll.toml here: this looks at the defaults on this machine, not at a deployed suite (`plimsoll init` writes a file)",
        ));
    };
    Ok(match validate_config(&text, &session::overlay()) {
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

/// The channel that has been due for longest, and since when.
async fn oldest_due(app: &App) -> anyhow::Result<Option<(String, Timestamp)>> {
    let now = app.clock.now();
    let mut oldest: Option<(String, Timestamp)> = None;
    for channel in app.policy.channels.keys() {
        // Since when, not the next attempt: what waits for one is overdue all the same.
        for row in app.store.due(channel, Timestamp::MAX, MAX_DUE).await? {
            if row.since <= now && oldest.as_ref().is_none_or(|(_, since)| row.since < *since) {
                oldest = Some((channel.to_string(), row.since));
            }
        }
    }
    Ok(oldest)
}

async fn examine(session: &Session, checks: &mut Vec<Check>) {
    let app = &session.app;
    let now = app.clock.now();
    let mut open = 0_usize;
    match survey(app.store.as_ref(), |_| open = open.saturating_add(1)).await {
        Ok(known) => {
            checks.push(Check::good("state", format!("{open} open findings in {}", session.place)));
            checks.push(match oldest_due(app).await {
                Ok(Some((channel, since))) if now.duration_since(since) > SignedDuration::from_mins(5) => {
                    let minutes = now.duration_since(since).as_secs() / 60;
                    Check::bad(
                        "due",
                        format!("channel {channel} has been due for {minutes} minutes"),
                        "look at that channel below; on AWS look at the alarm of its alert-notifier",
                    )
                }
                Ok(_) => Check::good("due", "no overdue notifications"),
                Err(error) => Check::bad("due", error.to_string(), "look at the state file or the table it names"),
            });
            let newest = known.last_heard.values().max().copied();
            let ahead = newest.filter(|t| now.duration_since(*t) < SignedDuration::from_mins(-6));
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
    match Quarantined::waiting(app.store.as_ref()).await {
        Ok(waiting) => {
            let waiting = waiting.len();
            checks.push(if waiting == 0 {
                Check::good("quarantine", "empty")
            } else {
                Check::bad(
                    "quarantine",
                    format!("{waiting} events wait"),
                    "`plimsoll quarantine list` names them; `plimsoll quarantine replay` takes them through again",
                )
            });
        }
        Err(error) => {
            checks.push(Check::bad("quarantine", error.to_string(), "look at the state file or the table it names"));
        }
    }
    if !app.local {
        checks.push(reconciled(session).await);
        checks.push(heartbeats(session).await);
        checks.extend(deployment(session).await);
    }
    for notifier in &app.notifiers {
        let name = format!("channel {}", notifier.channel());
        if session.look_alike.is_some() {
            checks.push(Check::unseen(
                &name,
                "no channel is configured: nobody but a look-alike in this program is told",
            ));
            continue;
        }
        checks.push(match notifier.probe().await {
            Ok(detail) if detail == UNPROBED => Check::unseen(&name, detail),
            Ok(detail) => Check::good(&name, detail),
            Err(fault) => {
                Check::bad(&name, fault.to_string(), "the message says what to do; nothing is lost meanwhile")
            }
        });
    }
    let digest = &app.config.digest;
    let zone = TimeZone::get(&digest.time_zone).unwrap_or(TimeZone::UTC);
    if digest.schedule.trim().starts_with("rate(") {
        let detail = format!("{}, from the time at which the schedule was made", digest.schedule);
        checks.push(Check::unseen("next digests", detail));
        return;
    }
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
        return Check::unseen(
            "reconcile",
            "no API has been read yet; each source is within six hours of its deployment",
        );
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

/// What of a deployed suite is switched off, gone or forbidden.
async fn deployment(session: &Session) -> Vec<Check> {
    let table = std::env::var(variables::TABLE).unwrap_or_default();
    let names = match Names::of_table(&table) {
        Ok(names) => names,
        Err(error) => {
            let fix = "look at rules, triggers, schedules and queues by hand: docs/runbooks/alarms.md#heartbeat";
            return vec![Check::bad("deployment", error.to_string(), fix)];
        }
    };
    let clients = match Clients::from_environment() {
        Ok(clients) => clients,
        Err(error) => return vec![Check::bad("deployment", error.to_string(), "set what the message names")],
    };
    let channels: Vec<String> = session.app.config.channels.keys().cloned().collect();
    let found = plimsoll_suite_health::read(&clients, &names, &SOURCES, &channels).await;
    plimsoll_suite_health::examine(&found)
        .into_iter()
        .map(|verdict| Check {
            name: verdict.part.to_owned(),
            ok: Some(verdict.fix.is_none()),
            detail: verdict.detail,
            fix: verdict.fix,
        })
        .collect()
}

/// Which heartbeats came out at which channel, on a deployed suite.
async fn heartbeats(session: &Session) -> Check {
    let store = session.app.store.as_ref();
    let (arrived, heard) = match (last_heartbeats(store).await, heartbeat_statuses(store).await) {
        (Ok(arrived), Ok(heard)) => (arrived, heard),
        (Err(error), _) | (_, Err(error)) => {
            return Check::bad("heartbeat", error.to_string(), "look at the table it names");
        }
    };
    // What a channel heard that is no longer in the configuration stays in the table.
    let channels = &session.app.config.channels;
    let heard = heard.into_iter().filter(|(channel, _)| channels.contains_key(channel)).collect();
    heartbeat(&arrived, &heard, session.app.clock.now())
}

/// By what reached the functions, and what each channel heard of it.
fn heartbeat(
    arrived: &BTreeMap<String, Timestamp>,
    heard: &BTreeMap<String, BTreeMap<String, HeartbeatStatus>>,
    now: Timestamp,
) -> Check {
    let paths = || heard.iter().flat_map(|(channel, paths)| paths.iter().map(move |(path, l)| (channel, path, l)));
    let Some((channel, path, listening)) = paths().max_by_key(|(_, _, listening)| listening.age(now)) else {
        return Check::unseen("heartbeat", "no channel listens: a deployed notifier does from its first sweep on");
    };
    let waiting = paths().filter(|(_, _, listening)| listening.last_received.is_none()).count();
    let began = |at: Option<Timestamp>| at.map_or_else(|| "never".to_owned(), |at| format!("last at {at:.0}"));
    let reached = arrived.get(path.as_str()).copied();
    let path = format!("{} (function and bus)", clean_line(path));
    if listening.age(now) <= HEARD_WITHIN {
        let since = listening.last_received.unwrap_or(listening.expected_since);
        let detail = match waiting {
            0 => format!("every channel heard every path; the oldest, {path}, at {since:.0}"),
            _ => {
                format!("{waiting} of {} paths and channels wait for their first, and none is overdue", paths().count())
            }
        };
        return Check::good("heartbeat", detail);
    }
    if reached.is_some() && reached > listening.last_received {
        let detail = format!(
            "{path}: reached its function {}; channel {channel} heard it {}",
            began(reached),
            began(listening.last_received)
        );
        return Check::bad(
            "heartbeat",
            detail,
            "look at that channel below, and at the log of its alert-notifier for `heartbeat`",
        );
    }
    Check::bad(
        "heartbeat",
        format!("{path}: reached its function {}", began(reached)),
        "something before the function is switched off or forbidden; docs/runbooks/alarms.md#heartbeat says where to look",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i8) -> Timestamp {
        format!("2026-11-02T{hour:02}:00:00Z").parse().unwrap()
    }

    #[test]
    fn a_heartbeat_that_is_missed_names_its_path_and_how_far_it_came() {
        let arrived = |ecr, backup| {
            BTreeMap::from([("ecr-scan/default".to_owned(), at(ecr)), ("backup-job/default".to_owned(), at(backup))])
        };
        let heard = |since, ecr: Option<i8>, backup: Option<i8>| {
            let paths = [("ecr-scan/default", ecr), ("backup-job/default", backup)];
            let listening =
                |hour: Option<i8>| HeartbeatStatus { expected_since: at(since), last_received: hour.map(at) };
            BTreeMap::from([("slack".to_owned(), paths.map(|(path, hour)| (path.to_owned(), listening(hour))).into())])
        };
        for (arrived, heard, ok, words) in [
            (arrived(12, 12), heard(1, Some(12), Some(12)), true, "every channel heard every path"),
            (
                arrived(6, 12),
                heard(1, Some(6), Some(12)),
                false,
                "ecr-scan/default (function and bus): reached its function last at",
            ),
            (
                arrived(12, 12),
                heard(1, Some(12), Some(6)),
                false,
                "; channel slack heard it last at 2026-11-02T06:00:00Z",
            ),
            (arrived(12, 12), heard(1, Some(12), None), false, "channel slack heard it never"),
            (BTreeMap::new(), heard(1, None, None), false, "reached its function never"),
            (BTreeMap::new(), heard(13, None, None), true, "2 of 2 paths and channels wait for their first"),
            (arrived(12, 12), heard(13, Some(12), None), true, "1 of 2 paths and channels wait for their first"),
            (BTreeMap::new(), BTreeMap::new(), true, "no channel listens"),
        ] {
            let check = heartbeat(&arrived, &heard, at(14));
            let unseen = words == "no channel listens";
            let expected = if unseen { None } else { Some(ok) };
            assert!(check.ok == expected && check.detail.contains(words), "{}", check.detail);
            assert_eq!(check.fix.is_none(), ok);
        }
    }
}
