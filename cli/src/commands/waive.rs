//! `plimsoll waive` and `plimsoll waivers`: accepted risks, each with an owner, a reason and an end, and an audit row
//! for every change.

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use plimsoll_finding::{FindingKey, Severity, Status, parse_time};
use plimsoll_pipeline::{
    Document, DocumentKind, Matcher, Record, Saved, Store, Waiver, WaiverTarget, due::refresh, state::all_open,
    waiver::STANDING,
};
use plimsoll_render::{Cell, Column, Style, Table};
use serde_json::json;

use crate::{
    arguments::{Common, Waive, Waivers},
    output::{self, Exit},
    reference,
    session::{self, Session},
};

/// Findings that are due on a channel and are looked at, for each source.
const MAX_DUE: usize = 10_000;

/// Proposes a waiver; without `require_approval` it takes effect at once.
pub(crate) async fn propose(common: &Common, arguments: &Waive) -> anyhow::Result<Exit> {
    let mut session = session::open(common, false).await?;
    let now = session.app.clock.now();
    let until = parse_time(&arguments.until)
        .with_context(|| format!("`{}` is no time; write 2026-12-01 or 2026-12-01T12:00:00Z", arguments.until))?;
    let (target, up_to) = if let Some(matcher) = matcher(arguments) {
        (WaiverTarget::Matching(Box::new(matcher)), Severity::High)
    } else if let Some(line) = line(&session, &arguments.target) {
        (WaiverTarget::Line(line), Severity::High)
    } else {
        let record = reference::finding(session.app.store.as_ref(), &arguments.target).await?;
        (WaiverTarget::Finding(record.key.to_string()), record.severity())
    };
    let require_approval = session.app.config.waivers.require_approval;
    let identity = format!("{target:?} {until} {now}");
    let waiver = Waiver {
        id: FindingKey::of("waiver", "", "", &identity, &arguments.owner).short().to_owned(),
        target,
        up_to,
        owner: arguments.owner.clone(),
        reason: arguments.reason.clone(),
        proposed_by: arguments.actor.clone(),
        proposed_at: now,
        approved_by: (!require_approval).then(|| arguments.actor.clone()),
        from: now,
        until,
        revoked_at: None,
    };
    waiver.validate(require_approval)?;
    let same = |other: &&Waiver| other.target == waiver.target && other.up_to >= waiver.up_to && other.until >= until;
    let is_alive = |other: &&Waiver| other.revoked_at.is_none() && now < other.ends();
    if let Some(other) = session.app.policy.waivers.iter().filter(is_alive).find(same) {
        output::talk(format!(
            "waiver {} covers that already until {} ({}: {}), so nothing is changed; `plimsoll waivers --revoke {}` ends it",
            other.id,
            other.ends(),
            other.owner,
            other.reason,
            other.id
        ));
        return Ok(Exit::Below);
    }
    write(&session, "proposed", &arguments.actor, &waiver, 0, now).await?;
    let affected = apply(&mut session, &waiver, now).await?;
    if common.json {
        output::json(&json!({"waiver": waiver, "findings": affected}))?;
    } else if require_approval {
        output::say(format!(
            "waiver {} waits for approval by somebody else: plimsoll waivers --approve {}",
            waiver.id, waiver.id
        ));
    } else {
        let until = until.strftime("%Y-%m-%d %H:%M UTC");
        let covered = match &waiver.target {
            WaiverTarget::Line(line) => format!("line {line} of the checklist and {}", open_findings(affected)),
            _ => open_findings(affected),
        };
        output::say(format!("waiver {} covers {covered} until {until}", waiver.id));
        let critical = |record: &&Record| {
            record.severity() == Severity::Critical
                && waiver.up_to < Severity::Critical
                && waiver.target.describes(record)
        };
        for record in all_open(session.app.store.as_ref(), None).await?.iter().filter(critical) {
            let key = record.key.short();
            output::say(format!(
                "not covered, since it is critical and needs a waiver by its key: {key} {}",
                record.title()
            ));
        }
    }
    Ok(Exit::Ok)
}

/// What the patterns of the arguments describe; `None` if there are none.
fn matcher(arguments: &Waive) -> Option<Matcher> {
    let list = |pattern: &Option<String>| pattern.iter().cloned().collect();
    let matcher = Matcher {
        resource: arguments.resource.clone(),
        resource_kinds: list(&arguments.resource_kind),
        finding_types: list(&arguments.finding_type),
        threats: list(&arguments.threat),
        title: arguments.title.clone(),
        message: arguments.message.clone(),
        deployed: arguments.deployed,
        ..Matcher::default()
    };
    (matcher != Matcher::default()).then(|| Matcher { checks: vec![arguments.target.clone()], ..matcher })
}

/// The line of the checklist that a waiver is about.
fn line(session: &Session, target: &str) -> Option<String> {
    let mut lines = session.app.policy.checklist.every_line();
    lines.find(|item| item.id.eq_ignore_ascii_case(target)).map(|item| item.id.clone())
}

/// `1 open finding`.
fn open_findings(number: usize) -> String {
    format!("{number} open finding{}", if number == 1 { "" } else { "s" })
}

/// What a waiver is about, in one line.
async fn words(target: &WaiverTarget, store: &dyn Store) -> anyhow::Result<String> {
    let matcher = match target {
        WaiverTarget::Finding(key) => {
            let short = key.get(..8).unwrap_or(key);
            let record = match FindingKey::from_hex(key) {
                Some(key) => store.load(&key).await?,
                None => None,
            };
            return Ok(record.map_or_else(|| short.to_owned(), |record| format!("{short} {}", record.title())));
        }
        WaiverTarget::Line(line) => return Ok(format!("line {line}")),
        WaiverTarget::Resources { check, pattern } => return Ok(format!("{check} on {pattern}")),
        WaiverTarget::Matching(matcher) => matcher,
    };
    let resource: Vec<String> = matcher.resource.iter().cloned().collect();
    let title: Vec<String> = matcher.title.iter().cloned().collect();
    let message: Vec<String> = matcher.message.iter().cloned().collect();
    let categories: Vec<String> = matcher.categories.iter().map(ToString::to_string).collect();
    let tags: Vec<String> = matcher.tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let conditions = [
        ("of type", &matcher.finding_types),
        ("with threat", &matcher.threats),
        ("on", &resource),
        ("on kind", &matcher.resource_kinds),
        ("titled", &title),
        ("that say", &message),
        ("of category", &categories),
        ("from", &matcher.sources),
        ("in account", &matcher.accounts),
        ("in environment", &matcher.environments),
        ("tagged", &tags),
    ];
    let mut said = if matcher.checks.is_empty() { "all checks".to_owned() } else { matcher.checks.join(" or ") };
    for (word, patterns) in conditions.into_iter().filter(|(_, patterns)| !patterns.is_empty()) {
        said.extend([" ", word, " ", &patterns.join(" or ")]);
    }
    Ok(match matcher.deployed {
        Some(true) => said + ", deployed",
        Some(false) => said + ", not deployed",
        None => said,
    })
}

/// Lists the waivers, approves one or ends one.
pub(crate) async fn list(common: &Common, arguments: &Waivers) -> anyhow::Result<Exit> {
    let mut session = session::open(common, false).await?;
    let now = session.app.clock.now();
    if let Some(id) = &arguments.approve {
        let change = |mut waiver: Waiver| {
            waiver.approved_by = Some(arguments.actor.clone());
            waiver.from = waiver.from.max(now);
            waiver.validate(true).map(|()| waiver)
        };
        return change_one(common, &mut session, id, "approved", &arguments.actor, change).await;
    }
    if let Some(id) = &arguments.revoke {
        let change = |waiver: Waiver| Ok(Waiver { revoked_at: Some(now), ..waiver });
        return change_one(common, &mut session, id, "revoked", &arguments.actor, change).await;
    }
    let mut waivers = session.app.policy.waivers.clone();
    waivers.sort_by_key(Waiver::ends);
    let mut table = Table::new(&[
        Column::new("Waiver"),
        Column::new("State"),
        Column::new("Ends"),
        Column::optional("Up to", 2),
        Column::optional("Owner", 1),
        Column::new("What, and why"),
    ]);
    for waiver in &waivers {
        let state = state(waiver, now);
        if common.json {
            output::json(&json!({"state": state, "waiver": waiver}))?;
        } else {
            let cells = vec![
                Cell::text(&waiver.id),
                if waiver.in_force(now) { Cell::text(state) } else { Cell::Dim(state.to_owned()) },
                Cell::text(waiver.ends().strftime("%Y-%m-%d %H:%M").to_string()),
                Cell::Severity(waiver.up_to.name().to_owned(), Status::Open, waiver.up_to),
                Cell::text(&waiver.owner),
                Cell::text(words(&waiver.target, session.app.store.as_ref()).await?),
            ];
            table.row(cells, vec![waiver.reason.clone()]);
        }
    }
    if !common.json {
        let text = table.render(output::width(), Style::Colour);
        output::line(if waivers.is_empty() { "no risk is accepted" } else { text.trim_end() });
    }
    Ok(Exit::Ok)
}

/// In words: whether it has an effect now.
pub(crate) fn state(waiver: &Waiver, now: Timestamp) -> &'static str {
    if waiver.approved_by.is_none() {
        "waits for approval"
    } else if waiver.in_force(now) {
        "in force"
    } else {
        "ended"
    }
}

async fn change_one(
    common: &Common,
    session: &mut Session,
    id: &str,
    action: &str,
    actor: &str,
    change: impl FnOnce(Waiver) -> Result<Waiver, plimsoll_pipeline::waiver::WaiverError>,
) -> anyhow::Result<Exit> {
    let now = session.app.clock.now();
    if id.starts_with(STANDING) {
        bail!(
            "waiver {id} stands in plimsoll.toml: take it out there, or change its `until`; it ends within a day of that"
        );
    }
    let Some(document) = session.app.store.document(DocumentKind::Waiver, id).await? else {
        bail!("there is no waiver {id}; `plimsoll waivers` lists them");
    };
    let revision = document.revision;
    let waiver = change(serde_json::from_value(document.body)?)?;
    write(session, action, actor, &waiver, revision, now).await?;
    let affected = apply(session, &waiver, now).await?;
    if common.json {
        output::json(&json!({"action": action, "waiver": waiver, "findings": affected}))?;
    } else {
        output::say(format!("waiver {id} {action}; it concerns {}", open_findings(affected)));
    }
    Ok(Exit::Ok)
}

/// Writes the audit row first: a change without a row must not exist, a row without its change is harmless.
async fn write(
    session: &Session,
    action: &str,
    actor: &str,
    waiver: &Waiver,
    revision: u64,
    now: Timestamp,
) -> anyhow::Result<()> {
    let store = session.app.store.as_ref();
    let row = Document {
        id: format!("{now}/waiver/{}/{action}", waiver.id),
        revision: 0,
        body: json!({"at": now, "actor": actor, "action": action, "waiver": waiver}),
    };
    store.put_document(DocumentKind::Audit, &row).await?;
    let document = Document { id: waiver.id.clone(), revision, body: serde_json::to_value(waiver)? };
    match store.put_document(DocumentKind::Waiver, &document).await? {
        Saved::Written(_) => Ok(()),
        Saved::Conflict => bail!("somebody else changed waiver {} meanwhile; look at it and try again", waiver.id),
    }
}

/// Computes anew what is due for the findings that the waiver covers: those that are open, and those of whose end somebody
/// is still to be told. How many of them are open.
async fn apply(session: &mut Session, waiver: &Waiver, now: Timestamp) -> anyhow::Result<usize> {
    session.app.load_waivers().await?;
    let store = session.app.store.as_ref();
    let mut covered = all_open(store, None).await?;
    for channel in session.app.policy.channels.keys() {
        // A channel that Terraform made no index for has nothing due.
        for row in store.due(channel, Timestamp::MAX, MAX_DUE).await.unwrap_or_default() {
            if !covered.iter().any(|record| record.key == row.key) {
                covered.extend(store.load(&row.key).await?);
            }
        }
    }
    covered.retain(|record| waiver.covers(record));
    for record in &covered {
        reconsider(store, record, &session.app.policy, now).await?;
    }
    Ok(covered.iter().filter(|r| r.status() == Status::Open).count())
}

async fn reconsider(
    store: &dyn Store,
    record: &Record,
    policy: &plimsoll_pipeline::Policy,
    now: Timestamp,
) -> anyhow::Result<()> {
    let mut record = record.clone();
    for _ in 0..8 {
        refresh(&mut record, policy, now);
        if let Saved::Written(_) = store.save(&record).await? {
            return Ok(());
        }
        match store.load(&record.key).await? {
            Some(newer) => record = newer,
            None => return Ok(()),
        }
    }
    bail!("finding {} changes too fast; the waiver takes effect with its next event", record.key.short())
}
