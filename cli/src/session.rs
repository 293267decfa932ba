//! What commands share: configuration, files, and an application over the state file.

use std::{
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, bail};
use async_trait::async_trait;
use jiff::Timestamp;
use plimsoll_app::{
    App, Clients, Config, Environment, KeptScore, LOOK_ALIKE_URL, OVERLAY_PREFIX, SystemClock, notifiers, table_store,
    validate_config, variables,
};
use plimsoll_checklist::Checklist;
use plimsoll_local::{LocalStore, LookAlike};
use plimsoll_message::{ChannelId, Message, Notifier, ProbeError, Receipt, SendError};
use plimsoll_pipeline::{
    Clock, Policy, Store,
    ending::end_on_time,
    intake::{Delivery, Judgement, decode, judge, unwrap_text},
};

use plimsoll_render::hanging;
use plimsoll_sources::SOURCES;
use serde_json::json;

use crate::{arguments::Common, output};

/// A clock that stands still, for `--now`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FixedClock(pub(crate) Timestamp);

#[async_trait]
impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }

    async fn sleep(&self, duration: std::time::Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// The clock that the arguments ask for.
pub(crate) fn clock(common: &Common) -> Arc<dyn Clock> {
    match common.now {
        Some(now) => Arc::new(FixedClock(now)),
        None => Arc::new(SystemClock),
    }
}

/// The file's path and text; `None` if no file was named and none is here.
pub(crate) fn config_text(common: &Common) -> anyhow::Result<Option<(PathBuf, String)>> {
    let path = common.config.clone().unwrap_or_else(|| PathBuf::from("plimsoll.toml"));
    if common.config.is_none() && !path.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Some((path, text)))
}

/// The variables that lie over the file.
pub(crate) fn overlay() -> Vec<(String, String)> {
    std::env::vars().filter(|(name, _)| name.starts_with(OVERLAY_PREFIX)).collect()
}

/// The configuration; the first fault of a wrong one is the error.
pub(crate) fn config(common: &Common) -> anyhow::Result<Config> {
    let (path, text) = config_text(common)?.unwrap_or_default();
    validate_config(&text, &overlay()).map_err(|faults| {
        let first = faults.first().map(ToString::to_string).unwrap_or_default();
        anyhow::anyhow!("{}: {first}\nhint: `plimsoll check` shows every fault with its place", path.display())
    })
}

/// The shipped checklist.
pub(crate) fn checklist() -> anyhow::Result<Checklist> {
    Checklist::shipped().map_err(|faults| {
        anyhow::anyhow!("the shipped checklist is wrong: {}", faults.first().map_or("?", |f| f.message.as_str()))
    })
}

/// The policy, for commands that touch no state.
pub(crate) fn policy(common: &Common) -> anyhow::Result<Policy> {
    Ok(config(common)?.policy(checklist()?, LOOK_ALIKE_URL))
}

/// The environment of this name.
pub(crate) fn environment<'a>(policy: &'a Policy, name: &str) -> anyhow::Result<&'a plimsoll_pipeline::Environment> {
    let known: Vec<&str> = policy.environments.iter().map(|environment| environment.name.as_str()).collect();
    policy.environments.iter().find(|environment| environment.name == name).with_context(|| {
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        format!("there is no environment `{name}`; the configuration has {known}")
    })
}

/// An application over the state file, and the look-alike that receives its messages if no channel is configured.
pub(crate) struct Session {
    pub(crate) app: App,
    /// Where the state is, for people.
    pub(crate) place: String,
    pub(crate) look_alike: Option<LookAlike>,
    /// The state file; `None` for a table.
    pub(crate) file: Option<Arc<LocalStore>>,
}

/// A notifier that sends nothing before what was written is on the disk.
struct AfterCommit {
    notifier: Arc<dyn Notifier>,
    file: Arc<LocalStore>,
}

#[async_trait]
impl Notifier for AfterCommit {
    fn channel(&self) -> &ChannelId {
        self.notifier.channel()
    }

    async fn send(&self, message: &Message, send_before: Timestamp) -> Result<Receipt, SendError> {
        self.file.commit().map_err(|error| SendError::Refused(error.to_string()))?;
        self.notifier.send(message, send_before).await
    }

    async fn probe(&self) -> Result<String, ProbeError> {
        self.notifier.probe().await
    }
}

impl Session {
    /// Gathers writes from now on, so that thousands of events do not wait for the disk one by one. What is to be told
    /// reaches the disk before it is sent; [`Session::commit`] brings the rest there.
    pub(crate) fn gather(&mut self) {
        let Some(file) = &self.file else { return };
        file.gather();
        for notifier in &mut self.app.notifiers {
            *notifier = Arc::new(AfterCommit { notifier: Arc::clone(notifier), file: Arc::clone(file) });
        }
    }

    /// Brings what was gathered to the disk.
    pub(crate) fn commit(&self) -> anyhow::Result<()> {
        Ok(self.file.as_ref().map_or(Ok(()), |file| file.commit())?)
    }
}

/// Whether the state is the table of a deployed suite, whose functions notify by themselves.
pub(crate) fn is_deployed() -> bool {
    std::env::var(variables::TABLE).is_ok_and(|name| !name.is_empty())
}

/// Says what people who watch an inbox would miss: without a configured channel this command receives its own messages.
pub(crate) fn warn_of_an_inbox(common: &Common, session: &Session) {
    let address = LOOK_ALIKE_URL.trim_start_matches("http://").parse::<std::net::SocketAddr>();
    let is_there =
        |address| std::net::TcpStream::connect_timeout(&address, std::time::Duration::from_millis(200)).is_ok();
    if session.look_alike.is_some() && !common.json && address.is_ok_and(is_there) {
        output::talk(format!(
            "an inbox runs on {LOOK_ALIKE_URL}; no channel is configured, so this command prints its messages itself and the inbox \
             hears nothing"
        ));
    }
}

/// Opens the state: the table that `PLIMSOLL_TABLE` names, else the state file. `tell`: channels are wanted, so that secrets are read and the look-alike is started.
pub(crate) async fn open(common: &Common, deliver: bool) -> anyhow::Result<Session> {
    let table = std::env::var(variables::TABLE).ok().filter(|name| !name.is_empty());
    let environment: Environment = Clients::from_environment();
    let mut state_file = None;
    let (store, config): (Arc<dyn Store>, Config) = if let Some(table) = &table {
        let store = table_store(&environment, table)?;
        let named = config_text(common)?.is_some();
        let config = if named { config(common)? } else { deployed_config(&store).await? };
        (Arc::new(store), config)
    } else {
        let opened = Arc::new(LocalStore::open(&common.state)?);
        state_file = Some(Arc::clone(&opened));
        (opened, config(common)?)
    };
    let look_alike = if deliver && config.channels.is_empty() { Some(LookAlike::start(0).await?) } else { None };
    let url = look_alike.as_ref().map_or_else(|| LOOK_ALIKE_URL.to_owned(), LookAlike::url);
    let clock = clock(common);
    let notifiers = if deliver { notifiers(&environment, &config, &url, &clock, None).await? } else { Vec::new() };
    let pause = if look_alike.is_some() { std::time::Duration::ZERO } else { std::time::Duration::from_millis(1_100) };
    let policy = config.policy(checklist()?, &url);
    // What is replayed on a deployed suite is confirmed like what comes by its queues.
    let source_api = table.as_ref().map(|_| plimsoll_app::source_apis::every());
    let mut app = App {
        policy,
        config,
        store,
        notifiers,
        clock,
        local: table.is_none(),
        pause,
        source_api,
        score: KeptScore::default(),
    };
    app.load_waivers().await?;
    // On a deployed suite the digest does this.
    if table.is_none() {
        app.migrate(jiff::SignedDuration::MAX).await?;
        end_on_time(app.store.as_ref(), &app.policy, app.clock.now()).await?;
    }
    let place = table.map_or_else(|| common.state.display().to_string(), |table| format!("table {table}"));
    Ok(Session { app, place, look_alike, file: state_file })
}

/// The configuration that Terraform put into the table, when there is no file here.
async fn deployed_config(store: &plimsoll_app::DynamoStore) -> anyhow::Result<Config> {
    let text = store.configuration().await?.unwrap_or_default();
    validate_config(&text, &overlay()).map_err(|faults| {
        anyhow::anyhow!(
            "the configuration in the table is wrong: {}",
            faults.first().map(ToString::to_string).unwrap_or_default()
        )
    })
}

/// A file that is larger than this when it is unpacked is refused: 256 MB.
const MAX_UNPACKED: u64 = 256 * 1024 * 1024;

/// The text of a file, or of standard input for `-`. What was packed by gzip is unpacked.
pub(crate) fn read(path: &Path) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().lock().read_to_end(&mut bytes).context("cannot read standard input")?;
    } else {
        bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    }
    // <https://www.rfc-editor.org/rfc/rfc1952>, 2.3.1: the first two bytes of every gzip file.
    if bytes.starts_with(&[0x1f, 0x8b]) {
        bytes = unpacked(&bytes, MAX_UNPACKED).with_context(|| format!("cannot unpack {}", path.display()))?;
    }
    Ok(decode(&bytes))
}

fn unpacked(packed: &[u8], most: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    flate2::read::MultiGzDecoder::new(packed).take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        bail!("it has more than {most} bytes when it is unpacked");
    }
    Ok(bytes)
}

/// What each event in a file's content means, judged alone and as if nothing were known: the one answer of all commands
/// that touch no state.
pub(crate) fn judged(content: &str, policy: &Policy, now: Timestamp) -> Vec<(Delivery, Judgement)> {
    let judge = |delivery: Delivery| {
        let judgement = judge(&delivery, &SOURCES, policy);
        (delivery, judgement)
    };
    unwrap_text(content, &SOURCES, now).deliveries.into_iter().map(judge).collect()
}

/// A file with events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EventFile {
    pub(crate) path: PathBuf,
    /// It was named itself, not found below a folder.
    named: bool,
}

impl EventFile {
    /// Its text. One that was found below a folder and cannot be read is named and stops nobody: `None`.
    pub(crate) fn read(&self, common: &Common) -> anyhow::Result<Option<String>> {
        match read(&self.path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if !self.named => {
                name_skipped(common, &self.path, &format!("{error:#}"))?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// What paths stand for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) files: Vec<EventFile>,
    /// What lies below a folder and is not read, and why.
    pub(crate) skipped: Vec<(PathBuf, &'static str)>,
}

const OTHER_NAME: &str = "its name ends in neither .json, .jsonl nor .ndjson; name the file itself to read it";
const HIDDEN: &str = "its name begins with a dot";

/// The files in files and folders, and what is skipped is named: below a folder every `.json`, `.jsonl` and `.ndjson`,
/// packed by gzip or not, by name.
pub(crate) fn event_files(common: &Common, paths: &[PathBuf]) -> anyhow::Result<Vec<EventFile>> {
    let found = find_files(paths)?;
    for (path, reason) in &found.skipped {
        name_skipped(common, path, reason)?;
    }
    if found.files.is_empty() {
        bail!(
            "there is no .json, .jsonl or .ndjson file in {}",
            paths.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ")
        );
    }
    Ok(found.files)
}

fn name_skipped(common: &Common, path: &Path, reason: &str) -> anyhow::Result<()> {
    if common.json {
        return output::json(&json!({"skipped": path.display().to_string(), "reason": reason}));
    }
    output::talk(format!("skipped {}: {reason}", path.display()));
    Ok(())
}

pub(crate) fn find_files(paths: &[PathBuf]) -> anyhow::Result<Found> {
    let mut found = Found::default();
    for path in paths {
        if path.is_dir() {
            walk(path, &mut found, 0)?;
        } else {
            found.files.push(EventFile { path: path.clone(), named: true });
        }
    }
    Ok(found)
}

fn walk(folder: &Path, found: &mut Found, depth: usize) -> anyhow::Result<()> {
    if depth > 8 {
        bail!("{} is nested too deeply", folder.display());
    }
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .map(|entry| entry.map(|e| e.path()))
        .collect::<Result<_, _>>()?;
    entries.sort();
    for entry in entries {
        if entry.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
            found.skipped.push((entry, HIDDEN));
        } else if entry.is_dir() {
            walk(&entry, found, depth + 1)?;
        } else if holds_events(&entry) {
            found.files.push(EventFile { path: entry, named: false });
        } else {
            found.skipped.push((entry, OTHER_NAME));
        }
    }
    Ok(())
}

fn holds_events(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    [".json", ".jsonl", ".ndjson"].iter().any(|ending| name.ends_with(ending))
}

/// One received message: where it went and its plain text, wrapped behind it. Data for programs is one line, which ends at
/// the edge of a terminal and says so; in a pipe it is whole.
pub(crate) fn received_lines(indent: &str, message: &plimsoll_local::Received, width: Option<usize>) -> String {
    use plimsoll_local::ReceivedKind as Kind;
    let field = |key: &str| message.body.get(key).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let (what, words) = match message.kind {
        Kind::SlackPost if message.body.get("thread_ts").is_some() => ("slack reply", message.slack_text()),
        Kind::SlackPost => ("slack post", message.slack_text()),
        Kind::SlackUpdate => ("slack update", message.slack_text()),
        Kind::SlackWebhook => ("slack hook", message.slack_text()),
        Kind::Sns if !field("Subject").is_empty() => ("sns", field("Subject")),
        Kind::Sns => (DATA, field("Message")),
    };
    let prefix = format!("{indent}{what:<12} ");
    if what != DATA {
        return hanging(&prefix, &words, width);
    }
    // Cleaning as for a headline would cut it.
    let words: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let all = words.chars().count();
    match width.map(|width| width.saturating_sub(prefix.len() + 30)) {
        Some(room) if all > room => {
            let shown: String = words.chars().take(room).collect();
            format!("{prefix}{shown}… and {} more characters\n", all - room)
        }
        _ => format!("{prefix}{words}\n"),
    }
}

/// How a message for programs is named.
const DATA: &str = "sns data";

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn packed(text: &str) -> Vec<u8> {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(text.as_bytes()).unwrap();
        packer.finish().unwrap()
    }

    #[test]
    fn the_text_of_a_message_is_shown_as_slack_shows_it() {
        let message = plimsoll_local::Received {
            kind: plimsoll_local::ReceivedKind::SlackPost,
            place: "C0123456789".to_owned(),
            id: "1.0".to_owned(),
            body: serde_json::json!({"text": "Critical: Domain C&amp;C, not &amp;lt; but &lt;"}),
        };
        assert_eq!(received_lines("", &message, None).trim_end(), "slack post   Critical: Domain C&C, not &lt; but <");
    }

    #[test]
    fn what_gzip_packed_is_read_and_found_in_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.json", "b.JSON.gz", "c.ndjson", "d.jsonl.gz", "e.txt", "f.gz"] {
            let is_packed = Path::new(name).extension().is_some_and(|e| e == "gz");
            let text = format!("{{\"name\": \"{name}\"}}");
            let bytes = if is_packed { packed(&text) } else { text.clone().into_bytes() };
            std::fs::write(folder.path().join(name), bytes).unwrap();
            assert_eq!(read(&folder.path().join(name)).unwrap(), text);
        }
        std::fs::create_dir(folder.path().join(".git")).unwrap();
        let found = find_files(&[folder.path().to_owned()]).unwrap();
        let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
        let names: Vec<_> = found.files.iter().map(|f| name(&f.path)).collect();
        assert_eq!(names, ["a.json", "b.JSON.gz", "c.ndjson", "d.jsonl.gz"]);
        let skipped: Vec<_> = found.skipped.iter().map(|(path, reason)| (name(path), *reason)).collect();
        let expected = [(".git", HIDDEN), ("e.txt", OTHER_NAME), ("f.gz", OTHER_NAME)];
        assert_eq!(skipped, expected.map(|(path, reason)| (path.to_owned(), reason)));
        let named = find_files(&[folder.path().join("e.txt")]).unwrap();
        assert!(named.files[0].named && named.skipped.is_empty(), "a file that is named is read whatever its name");
    }

    #[test]
    fn two_packed_files_in_one_are_read_whole() {
        assert_eq!(unpacked(&[packed("{}"), packed("[]")].concat(), 10).unwrap(), b"{}[]");
    }

    #[test]
    fn a_torn_or_huge_file_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let torn = folder.path().join("torn.json.gz");
        std::fs::write(&torn, packed("{\"a\": 1}").get(..12).unwrap()).unwrap();
        assert!(format!("{:#}", read(&torn).unwrap_err()).contains("torn.json.gz"));
        let error = unpacked(&packed(&"x".repeat(1_000)), 999).unwrap_err();
        assert!(error.to_string().contains("more than 999 bytes"));
    }
}
