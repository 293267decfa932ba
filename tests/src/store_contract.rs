//! What every store must do, embedded or on AWS. One suite over the port; each case gets a store of its own.
//!
//! A store for the contract knows the channels [`CHANNELS`] and the sources [`SOURCES`].

use std::{fmt::Debug, sync::Arc};

use anyhow::{Context as _, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::{Event, Finding, FindingKey, Part, Resource, Severity, Status};
use plimsoll_message::{ChannelId, NotifyReason};
use plimsoll_pipeline::{
    Cursor, Document, DocumentKind, DueMark, Record, Saved, Store,
    ingest::{Merged, merge},
};
use serde_json::{Value, json};

/// The channels that the contract speaks of.
pub const CHANNELS: [&str; 2] = ["slack", "sns-humans"];
/// The sources that the contract speaks of.
pub const SOURCES: [&str; 2] = ["ecr-scan", "guardduty-finding"];
/// Writers of one finding at the same time.
const WRITERS: usize = 50;
/// Text as an attacker would have it, and as languages have it.
const HOSTILE: [&str; 6] = [
    "<!channel> <@U0ABC> &amp; </script>",
    "F#0#1|D#waiver/../..",
    "\u{0}\u{1b}[31m\r\n\t\u{7f}",
    "\u{202e}evil\u{200b}\u{feff}",
    "naïve 漢字 🚢 \u{10ffff}",
    "\"}},{\"pk\":{\"S\":\":expected #rev",
];

/// The whole contract but for the races; `fresh` makes an empty store.
///
/// # Errors
/// The first promise that the store breaks, or that it could not answer.
pub async fn check(fresh: impl AsyncFn() -> Result<Arc<dyn Store>>) -> Result<()> {
    nothing_is_there_at_first(&*fresh().await?).await.context("nothing is there at first")?;
    writes_name_what_they_replace(&*fresh().await?).await.context("writes name what they replace")?;
    due_rows_come_worst_first(&*fresh().await?).await.context("due rows come worst first, then oldest")?;
    a_row_is_there_while_it_is_due(&*fresh().await?).await.context("a row is there while it is due")?;
    many_rows_that_wait_hide_none(&*fresh().await?).await.context("many rows that wait hide none that is due")?;
    channels_are_independent(&*fresh().await?).await.context("channels are independent")?;
    documents_are_kept_by_kind(&*fresh().await?).await.context("documents are kept by kind")?;
    records_are_all_there(&*fresh().await?).await.context("records are all there")?;
    what_is_open_is_listed_by_page(&*fresh().await?).await.context("what is open is listed by page")?;
    a_reference_finds_its_record(&*fresh().await?).await.context("a reference finds its record")?;
    the_latest_document_is_found(&*fresh().await?).await.context("the latest document is found")?;
    any_text_comes_back(&*fresh().await?).await.context("any text comes back as it was")?;
    a_big_record_comes_back(&*fresh().await?).await.context("a big record comes back")
}

/// Of fifty writers of one record at the same time, which all say the same, exactly one wins.
///
/// # Errors
/// More or fewer than one won, or the store could not answer.
pub async fn one_of_fifty_wins(store: Arc<dyn Store>, round: usize) -> Result<()> {
    let record = record(&finding(0, &format!("race-{round}"))?)?;
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..WRITERS {
        let (store, record) = (Arc::clone(&store), record.clone());
        writers.spawn(async move {
            let seen = store.load(&record.key).await?.is_some();
            tokio::task::yield_now().await;
            Ok::<_, anyhow::Error>(!seen && store.save(&record).await? == Saved::Written(1))
        });
    }
    let won = writers.join_all().await.into_iter().collect::<Result<Vec<bool>>>()?;
    equal("writers that won", &won.iter().filter(|won| **won).count(), &1)?;
    equal("the record", &store.load(&record.key).await?, &Some(Record { revision: 1, ..record }))
}

/// Fifty writers of one finding at the same time, each with a part of its own: in the end all parts are there.
///
/// # Errors
/// A part is missing, a revision was used twice, or the store could not answer.
pub async fn fifty_writers_lose_nothing(store: Arc<dyn Store>, round: usize) -> Result<()> {
    let subject = finding(0, &format!("merge-{round}"))?;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let store = Arc::clone(&store);
        let id = format!("part-{writer}");
        let mine = subject.clone().part(Part::new(&id, "c", Status::Open, Severity::High, &id));
        writers.spawn(async move {
            loop {
                let known = store.load(&mine.key()).await?;
                tokio::task::yield_now().await;
                let Merged::Applied(next) = merge(known.as_ref(), &mine, now()) else {
                    anyhow::bail!("{id} was there before it was written");
                };
                if let Saved::Written(revision) = store.save(&next).await? {
                    return Ok(revision);
                }
            }
        });
    }
    let mut revisions = writers.join_all().await.into_iter().collect::<Result<Vec<u64>>>()?;
    revisions.sort_unstable();
    equal("revisions", &revisions, &(1..=WRITERS as u64).collect())?;
    let record = store.load(&subject.key()).await?.context("the record is there")?;
    equal("parts", &record.parts.len(), &WRITERS)
}

fn now() -> Timestamp {
    "2026-11-02T09:15:00Z".parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

fn minutes(minutes: i64) -> Timestamp {
    now() + SignedDuration::from_mins(minutes)
}

/// A finding of the source with that number.
fn finding(source: usize, resource: &str) -> Result<Finding> {
    let source = SOURCES.get(source).copied().context("the source exists")?;
    let envelope = json!({"id": "e-1", "detail-type": "X", "detail": {}, "time": "2026-11-02T09:00:00Z"});
    let event = Event::from_envelope(&envelope, now()).context("this is an envelope")?;
    Ok(Finding::new(source, "c", Resource::new(resource, "kind", resource), &event).severity(Severity::High, None))
}

fn record(finding: &Finding) -> Result<Record> {
    match merge(None, finding, now()) {
        Merged::Applied(record) => Ok(*record),
        other => anyhow::bail!("the first statement was {other:?}"),
    }
}

fn channel(number: usize) -> ChannelId {
    ChannelId::new(CHANNELS.get(number).copied().unwrap_or_default())
}

/// A record that the channel is due to hear of from `at` on.
fn due(record: Record, channel: ChannelId, severity: Severity, since: Timestamp, at: Timestamp) -> Record {
    let mark = DueMark { at, since, severity, reason: NotifyReason::FirstSeen };
    let mut record = record;
    record.cursors.insert(channel, Cursor { due: Some(mark), ..Cursor::default() });
    record
}

fn equal<T: PartialEq + Debug>(what: &str, got: &T, wanted: &T) -> Result<()> {
    ensure!(got == wanted, "{what}: got {got:?}, wanted {wanted:?}");
    Ok(())
}

async fn written(store: &dyn Store, record: Record) -> Result<Record> {
    match store.save(&record).await? {
        Saved::Written(revision) => Ok(Record { revision, ..record }),
        Saved::Conflict => anyhow::bail!("a conflict without another writer at revision {}", record.revision),
    }
}

async fn keys_due(store: &dyn Store, channel: &ChannelId, at: Timestamp, limit: usize) -> Result<Vec<FindingKey>> {
    Ok(store.due(channel, at, limit).await?.into_iter().map(|row| row.key).collect())
}

async fn nothing_is_there_at_first(store: &dyn Store) -> Result<()> {
    equal("load", &store.load(&finding(0, "r")?.key()).await?, &None)?;
    equal("due", &store.due(&channel(0), now(), 10).await?, &Vec::new())?;
    equal("records", &store.records().await?, &Vec::new())?;
    equal("document", &store.document(DocumentKind::Waiver, "w").await?, &None)?;
    equal("documents", &store.documents(DocumentKind::Waiver).await?, &Vec::new())
}

async fn writes_name_what_they_replace(store: &dyn Store) -> Result<()> {
    let first = record(&finding(0, "r")?)?;
    let early = Record { revision: 7, ..first.clone() };
    equal("a revision that is not there", &store.save(&early).await?, &Saved::Conflict)?;
    equal("the first write", &store.save(&first).await?, &Saved::Written(1))?;
    equal("another first write", &store.save(&first).await?, &Saved::Conflict)?;
    equal("the record", &store.load(&first.key).await?, &Some(Record { revision: 1, ..first.clone() }))?;

    let mut second = Record { revision: 1, ..first.clone() };
    "second".clone_into(&mut second.finding.title);
    equal("a later revision", &store.save(&Record { revision: 2, ..second.clone() }).await?, &Saved::Conflict)?;
    equal("the right revision", &store.save(&second).await?, &Saved::Written(2))?;
    equal("the same again", &store.save(&second).await?, &Saved::Conflict)?;
    equal("the first again", &store.save(&first).await?, &Saved::Conflict)?;
    equal("the record after conflicts", &store.load(&first.key).await?, &Some(Record { revision: 2, ..second }))
}

async fn due_rows_come_worst_first(store: &dyn Store) -> Result<()> {
    // Half a second apart, too: the fraction must not upset the order.
    let half = now() + SignedDuration::from_millis(500);
    let rows = [
        (0, "critical-new", Severity::Critical, half),
        (0, "low-old", Severity::Low, minutes(-90)),
        (0, "critical-old", Severity::Critical, now()),
        (0, "high", Severity::High, minutes(-10)),
        (1, "medium", Severity::Medium, minutes(-10)),
        (1, "informational", Severity::Informational, minutes(-100)),
    ];
    for (source, name, severity, since) in rows {
        written(store, due(record(&finding(source, name)?)?, channel(0), severity, since, now())).await?;
    }
    let got = store.due(&channel(0), now(), 10).await?;
    for (number, wanted) in
        [(0, vec!["critical-old", "critical-new", "high", "low-old"]), (1, vec!["medium", "informational"])]
    {
        let source = SOURCES.get(number).copied().unwrap_or_default();
        let wanted: Vec<FindingKey> =
            wanted.into_iter().map(|name| Ok(finding(number, name)?.key())).collect::<Result<_>>()?;
        let of_source: Vec<_> = got.iter().filter(|row| row.source == source).map(|row| row.key.clone()).collect();
        equal(source, &of_source, &wanted)?;
        let two = store.due(&channel(0), now(), 2).await?;
        let of_source: Vec<_> = two.into_iter().filter(|row| row.source == source).map(|row| row.key).collect();
        equal("the first two", &of_source.as_slice(), &wanted.get(..2).unwrap_or_default())?;
    }
    let key = finding(0, "critical-new")?.key();
    let worst = got.iter().find(|row| row.key == key).context("the row is there")?;
    equal("severity and since", &(worst.severity, worst.since), &(Severity::Critical, half))
}

async fn a_row_is_there_while_it_is_due(store: &dyn Store) -> Result<()> {
    let waits = due(record(&finding(0, "r")?)?, channel(0), Severity::Low, now(), minutes(5));
    let waits = written(store, waits).await?;
    let key = waits.key.clone();
    let moment = SignedDuration::from_nanos(1);
    equal("before its time", &keys_due(store, &channel(0), minutes(5) - moment, 10).await?, &Vec::new())?;
    equal("at its time", &keys_due(store, &channel(0), minutes(5), 10).await?, &vec![key.clone()])?;

    let other = due(record(&finding(0, "other")?)?, channel(0), Severity::Medium, now(), now());
    let other = written(store, other).await?;
    equal("the worse first", &keys_due(store, &channel(0), minutes(5), 1).await?, &vec![other.key.clone()])?;
    let worse = written(store, due(waits, channel(0), Severity::Critical, now(), now())).await?;
    equal("moved up", &keys_due(store, &channel(0), now(), 10).await?, &vec![key.clone(), other.key.clone()])?;
    let rows = store.due(&channel(0), now(), 10).await?;
    equal("one row per finding", &rows.iter().filter(|row| row.key == key).count(), &1)?;

    let mut delivered = worse;
    delivered.cursors.insert(channel(0), Cursor::default());
    written(store, delivered).await?;
    equal("gone when told", &keys_due(store, &channel(0), minutes(9), 10).await?, &vec![other.key])
}

async fn many_rows_that_wait_hide_none(store: &dyn Store) -> Result<()> {
    for number in 0..300 {
        let waits = record(&finding(0, &format!("waits-{number}"))?)?;
        written(store, due(waits, channel(0), Severity::Critical, minutes(-60), minutes(60))).await?;
    }
    let mild = due(record(&finding(0, "mild")?)?, channel(0), Severity::Low, now(), now());
    let mild = written(store, mild).await?;
    equal("due now", &keys_due(store, &channel(0), now(), 5).await?, &vec![mild.key])?;
    equal("due later", &keys_due(store, &channel(0), minutes(60), 280).await?.len(), &280)
}

async fn channels_are_independent(store: &dyn Store) -> Result<()> {
    let both = due(record(&finding(0, "r")?)?, channel(0), Severity::High, now(), now());
    let both = written(store, due(both, channel(1), Severity::Low, minutes(-5), minutes(3))).await?;
    equal("one", &keys_due(store, &channel(0), now(), 10).await?, &vec![both.key.clone()])?;
    equal("the other waits", &keys_due(store, &channel(1), now(), 10).await?, &Vec::new())?;
    let mut delivered = both.clone();
    delivered.cursors.insert(channel(0), Cursor::default());
    written(store, delivered).await?;
    equal("one is told", &keys_due(store, &channel(0), minutes(3), 10).await?, &Vec::new())?;
    let rows = store.due(&channel(1), minutes(3), 10).await?;
    let rows: Vec<_> = rows.into_iter().map(|row| (row.key, row.severity, row.since)).collect();
    equal("the other is not", &rows, &vec![(both.key, Severity::Low, minutes(-5))])
}

async fn documents_are_kept_by_kind(store: &dyn Store) -> Result<()> {
    let document = |id: &str, revision, body: Value| Document { id: id.to_owned(), revision, body };
    let kind = DocumentKind::Waiver;
    for id in ["b", "a", "a/1", "B", "é"] {
        let put = store.put_document(kind, &document(id, 0, json!({"of": id}))).await?;
        equal(id, &put, &Saved::Written(1))?;
    }
    equal("again", &store.put_document(kind, &document("a", 0, json!(2))).await?, &Saved::Conflict)?;
    equal("too new", &store.put_document(kind, &document("a", 2, json!(2))).await?, &Saved::Conflict)?;
    let body = json!({"text": HOSTILE, "none": null, "number": 1.5, "list": [[], {}], "z": 1, "a": 2});
    equal("right", &store.put_document(kind, &document("a", 1, body.clone())).await?, &Saved::Written(2))?;
    equal("read back", &store.document(kind, "a").await?, &Some(document("a", 2, body)))?;
    equal("not there", &store.document(kind, "c").await?, &None)?;
    equal("another kind", &store.document(DocumentKind::Audit, "a").await?, &None)?;
    store.put_document(DocumentKind::Audit, &document("z", 0, json!("z"))).await?;
    let ids: Vec<String> = store.documents(kind).await?.into_iter().map(|d| d.id).collect();
    equal("in the order of their bytes", &ids, &["B", "a", "a/1", "b", "é"].map(ToOwned::to_owned).to_vec())?;
    equal("of one kind", &store.documents(DocumentKind::Audit).await?, &vec![document("z", 1, json!("z"))])?;
    equal("no records", &store.records().await?, &Vec::new())
}

async fn records_are_all_there(store: &dyn Store) -> Result<()> {
    let mut wanted = Vec::new();
    for number in 0..30 {
        wanted.push(written(store, record(&finding(number % 2, &format!("r-{number}"))?)?).await?);
    }
    store.put_document(DocumentKind::Score, &Document { id: "s".to_owned(), revision: 0, body: json!({}) }).await?;
    let mut got = store.records().await?;
    got.sort_by(|a, b| a.key.cmp(&b.key));
    wanted.sort_by(|a, b| a.key.cmp(&b.key));
    equal("records", &got, &wanted)
}

/// The keys of all pages, and how many pages there were.
async fn open_keys(store: &dyn Store, source: Option<&str>) -> Result<(Vec<FindingKey>, usize)> {
    let (mut keys, mut pages) = (Vec::new(), 0);
    let mut from = None;
    loop {
        let page = store.open_page(source, from.as_deref()).await?;
        keys.extend(page.records.into_iter().map(|record| record.key));
        pages += 1;
        from = page.next;
        if from.is_none() {
            keys.sort();
            return Ok((keys, pages));
        }
        ensure!(pages < 1_000, "the pages have no end");
    }
}

async fn what_is_open_is_listed_by_page(store: &dyn Store) -> Result<()> {
    equal("nothing is open at first", &open_keys(store, None).await?.0, &Vec::new())?;
    let mut wanted: [Vec<Record>; 2] = [Vec::new(), Vec::new()];
    for number in 0..640 {
        let source = number % 2;
        let status = if number % 8 == 0 { Status::Resolved } else { Status::Open };
        let saved = written(store, record(&finding(source, &format!("r-{number}"))?.status(status))?).await?;
        if status == Status::Open {
            wanted.get_mut(source).context("the source exists")?.push(saved);
        }
    }
    let keys = |records: &[Record]| {
        let mut keys: Vec<FindingKey> = records.iter().map(|record| record.key.clone()).collect();
        keys.sort();
        keys
    };
    let [first, second] = &wanted;
    for (records, source) in [(first, SOURCES[0]), (second, SOURCES[1])] {
        equal(source, &open_keys(store, Some(source)).await?.0, &keys(records))?;
    }
    equal("a source that has none", &open_keys(store, Some("none")).await?.0, &Vec::new())?;
    let all: Vec<Record> = first.iter().chain(second).cloned().collect();
    let (listed, pages) = open_keys(store, None).await?;
    equal("of all sources, each once", &listed, &keys(&all))?;
    ensure!(pages > 1, "560 findings in one page");

    let one = first.first().context("it exists")?;
    let mut over = one.clone();
    over.finding.status = Status::Resolved;
    let over = written(store, over).await?;
    ensure!(!open_keys(store, None).await?.0.contains(&one.key), "what is over is listed");
    let mut again = over;
    again.finding.status = Status::Open;
    written(store, again).await?;
    equal("open again", &open_keys(store, None).await?.0, &keys(&all))
}

async fn a_reference_finds_its_record(store: &dyn Store) -> Result<()> {
    let mut records = Vec::new();
    for number in 0..20 {
        records.push(written(store, record(&finding(0, &format!("r-{number}"))?)?).await?);
    }
    for record in &records {
        equal("by all digits", &store.find(record.key.as_str()).await?, &vec![record.clone()])?;
        equal("by eight digits", &store.find(record.key.short()).await?, &vec![record.clone()])?;
    }
    equal("by none", &store.find("").await?.len(), &records.len())?;
    equal("unknown", &store.find("00000000").await?, &Vec::new())
}

async fn the_latest_document_is_found(store: &dyn Store) -> Result<()> {
    let kind = DocumentKind::Score;
    equal("nothing", &store.latest_document(kind, "2026").await?, &None)?;
    for id in ["2026-10-05", "2026-10-19", "2026-10-12"] {
        store.put_document(kind, &Document { id: id.to_owned(), revision: 0, body: json!({"of": id}) }).await?;
    }
    store.put_document(DocumentKind::Reconcile, &Document { id: "1".to_owned(), revision: 0, body: json!(1) }).await?;
    for (before, wanted) in [
        ("2026-10-05", None),
        ("2026-10-12", Some("2026-10-05")),
        ("2026-10-19T", Some("2026-10-19")),
        ("2027", Some("2026-10-19")),
    ] {
        let got = store.latest_document(kind, before).await?.map(|document| document.id);
        equal(before, &got.as_deref(), &wanted)?;
    }
    Ok(())
}

async fn any_text_comes_back(store: &dyn Store) -> Result<()> {
    for text in HOSTILE {
        let mut odd = record(&finding(0, text)?.identity_rule(text).part(Part::new(
            text,
            text,
            Status::Open,
            Severity::Low,
            text,
        )))?;
        odd.finding.title = text.to_owned();
        odd.finding.event_id = text.to_owned();
        odd.finding.account = text.to_owned();
        let odd = written(store, due(odd, channel(0), Severity::High, now(), now())).await?;
        equal(text, &store.load(&odd.key).await?, &Some(odd.clone()))?;
        let document = Document { id: text.to_owned(), revision: 0, body: json!({ text: text }) };
        equal(text, &store.put_document(DocumentKind::Digest, &document).await?, &Saved::Written(1))?;
        equal(text, &store.document(DocumentKind::Digest, text).await?, &Some(Document { revision: 1, ..document }))?;
    }
    equal("all due", &keys_due(store, &channel(0), now(), 10).await?.len(), &HOSTILE.len())
}

async fn a_big_record_comes_back(store: &dyn Store) -> Result<()> {
    let mut big = record(&finding(0, "big")?)?;
    big.finding.title = "漢".repeat(100 * 1024);
    let big = written(store, big).await?;
    equal("300 KB", &store.load(&big.key).await?.is_some_and(|loaded| loaded == big), &true)?;
    equal("among the records", &store.records().await?.len(), &1)
}
