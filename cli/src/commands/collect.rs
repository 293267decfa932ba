//! `plimsoll collect`: one's own account, read with one's own credentials, without anything deployed. A preview: nobody
//! has compared its answers with a real account yet.

mod account;
mod report;

use std::{
    io::{IsTerminal as _, Write as _},
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use plimsoll_checklist::{Known, assess_known};
use plimsoll_collector::{Options, Progress, permissions, recording, resume};
use plimsoll_evidence::{Collection, Read, judge, reads::KINDS, reads::Kind};

use self::report::Judged;
use crate::{
    arguments::{Collect, Common},
    output::{self, Exit},
    session,
};

/// The longest that one region may take.
const LONGEST_RUN: SignedDuration = SignedDuration::from_mins(15);

pub(crate) async fn run(common: &Common, arguments: &Collect) -> anyhow::Result<Exit> {
    if arguments.permissions {
        output::json_pretty(&permissions::policy())?;
        return Ok(Exit::Ok);
    }
    let collections = match &arguments.from {
        Some(folder) => recording::read(folder)?,
        None => Box::pin(read_account(arguments)).await?,
    };
    if let Some(folder) = &arguments.record {
        recording::write(folder, &collections)?;
        output::talk(format!(
            "recorded without secrets; `plimsoll collect --from {}` judges it again without AWS",
            folder.display()
        ));
    }
    let config = session::config(common)?;
    let checklist = config.checklist(session::checklist()?);
    let now = session::clock(common).now();
    // Answers that were kept are judged as of the time when they were read, unless somebody says otherwise.
    let read_at = collections.iter().map(|collection| collection.finished_at).max();
    let now = if arguments.from.is_some() && common.now.is_none() { read_at.unwrap_or(now) } else { now };
    let reads = judge(&collections, &config.evidence_profile());
    let lines = assess_known(&checklist, Known { reads: &reads, ..Known::default() }, now);
    let score = checklist.score(&lines, &config.targets);
    report::print(common, &Judged { collections: &collections, reads: &reads, lines: &lines, score: &score, now })
}

/// Reads every region that was asked for, one after the other.
async fn read_account(arguments: &Collect) -> anyhow::Result<Vec<Collection>> {
    let account = account::find(&arguments.regions).await?;
    let mut collections = Vec::new();
    for (index, region) in account.regions.iter().enumerate() {
        let now = Timestamp::now();
        let options = Options {
            per_second: arguments.requests_per_second,
            account_wide: index == 0,
            paid_calls: if index == 0 { arguments.paid_calls } else { 0 },
            savings_plans: true,
            ..Options::until(now.checked_add(LONGEST_RUN).context("the clock is wrong")?)
        };
        output::talk(format!("reading account {} in {region}", account.id));
        let watch = Watch::new(KINDS.iter().filter(|kind| options.reads(kind)).count());
        let progress = Progress::new(&account.id, region, now);
        let clock = Timestamp::now;
        let progress = resume(&account.clients, progress, options, &clock, &|kind, read| watch.show(kind, read)).await;
        watch.end(&progress);
        collections.push(progress.collection);
    }
    Ok(collections)
}

/// What a person who waits sees: one line that changes, where there is a terminal.
struct Watch {
    all: usize,
    seen: AtomicUsize,
    resources: AtomicUsize,
    started: Instant,
    terminal: bool,
}

impl Watch {
    fn new(all: usize) -> Self {
        let (seen, resources) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self { all, seen, resources, started: Instant::now(), terminal: std::io::stderr().is_terminal() }
    }

    fn show(&self, kind: &Kind, read: &Read) {
        let seen = self.seen.fetch_add(1, Ordering::Relaxed) + 1;
        let resources = self.resources.fetch_add(read.resources.len(), Ordering::Relaxed) + read.resources.len();
        if self.terminal {
            let line = format!("{seen} of {} reads, {resources} resources: {}", self.all, kind.name);
            write!(std::io::stderr(), "\r{line:<78.78}").ok();
        }
    }

    fn end(&self, progress: &Progress) {
        if self.terminal {
            write!(std::io::stderr(), "\r{:<78}\r", "").ok();
        }
        let seconds = self.started.elapsed().as_secs();
        let paid = match progress.paid_calls {
            0 => String::new(),
            1 => ", 1 paid request to Cost Explorer".to_owned(),
            calls => format!(", {calls} paid requests to Cost Explorer"),
        };
        output::talk(format!(
            "{} of {} reads, {} resources in {seconds} s{paid}",
            self.seen.load(Ordering::Relaxed),
            self.all,
            self.resources.load(Ordering::Relaxed)
        ));
    }
}
