//! What may be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::Severity;

/// Is this service ready for production? Events in, alerts and a score out.
#[derive(Debug, Parser)]
#[command(
    name = "plimsoll",
    version,
    after_help = "Exit status: 0 done, 1 below target (or the answer is no), 2 wrong usage or configuration, 3 a delivery failed.\n\
                  `plimsoll COMMAND --help` shows examples."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Common {
    /// Print JSON for programs instead of text for people.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// The configuration file; `plimsoll.toml` in this folder if it is there.
    #[arg(long, global = true, value_name = "FILE", env = "PLIMSOLL_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// The state file.
    #[arg(long, global = true, value_name = "FILE", env = "PLIMSOLL_STORE", default_value = ".plimsoll/state.redb")]
    pub(crate) state: PathBuf,
    /// Take this for the present moment: 2026-11-02 or 2026-11-02T09:00:00Z.
    #[arg(long, global = true, value_name = "TIME", value_parser = moment)]
    pub(crate) now: Option<Timestamp>,
}

/// A time as people write it; a date is its midnight in UTC.
fn moment(text: &str) -> Result<Timestamp, String> {
    plimsoll_finding::parse_time(text).ok_or_else(|| "write 2026-11-02 or 2026-11-02T09:00:00Z".to_owned())
}

/// A time, or how long before now: `7d`, `36h`.
fn since(text: &str) -> Result<Since, String> {
    let ago =
        |digits: &str, hours: i64| digits.parse::<u16>().ok().map(|n| SignedDuration::from_hours(i64::from(n) * hours));
    let ago =
        text.strip_suffix('d').and_then(|n| ago(n, 24)).or_else(|| text.strip_suffix('h').and_then(|n| ago(n, 1)));
    ago.map(Since::Ago)
        .or_else(|| plimsoll_finding::parse_time(text).map(Since::At))
        .ok_or_else(|| "write 7d, 36h, 2026-11-02 or 2026-11-02T09:00:00Z".to_owned())
}

/// A point in time as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Since {
    /// This time.
    At(Timestamp),
    /// So long before now.
    Ago(SignedDuration),
}

impl Since {
    /// The time.
    pub(crate) fn at(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Ago(ago) => now.checked_sub(ago).unwrap_or(Timestamp::MIN),
        }
    }
}

fn severity(text: &str) -> Result<Severity, String> {
    let names = Severity::WORST_FIRST.map(Severity::name).join(", ");
    Severity::from_word(text).ok_or_else(|| format!("write one of {names}"))
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Play 30 days of shipped events through the real handlers: no AWS, no network, no configuration.
    Demo(Demo),
    /// Say what each event in the files means. Touches no state.
    Explain(Files),
    /// Take the events in files or folders through the real handlers. Running it again changes nothing.
    Replay(Replay),
    /// The events in quarantine: list, show, replay and discard them.
    #[command(subcommand)]
    Quarantine(Quarantine),
    /// Show the Slack message of an event, in the terminal and as HTML.
    Preview(Preview),
    /// Say who would hear of an event, and why.
    Route(Route),
    /// Read an account with your own credentials, without anything deployed: what it proves and what it may not see. Preview.
    Collect(Collect),
    /// Show the readiness score from the evidence in the state.
    Score(Score),
    /// Show what to fix next and what to see next, with the points that each step is worth.
    Plan(Plan),
    /// Show each line of the checklist with its state, the finding that decided, and what closes it.
    Checklist(Checklist),
    /// Show the digest: score, what changed, what is open, who is silent.
    Digest(Digest),
    /// List the open findings, worst first.
    Findings(Findings),
    /// Show all that is known of one finding, or of one line of the checklist.
    Show(Show),
    /// Take care of a finding, or say what a cost anomaly was. Ends its reminders, closes nothing.
    Ack(Ack),
    /// Accept a risk for a time.
    Waive(Waive),
    /// List the accepted risks; approve one, or end one.
    Waivers(Waivers),
    /// Receive alerts on this machine: a look-alike of Slack and SNS.
    Inbox(Inbox),
    /// Write a commented plimsoll.toml, and the schema by which an editor completes it.
    Init(Init),
    /// Check the configuration and the checklist; name every fault.
    Check,
    /// Check that everything that is needed to tell people works; each failure says how to fix it. With --before: which
    /// services of AWS are on, before anything is deployed.
    Doctor(Doctor),
    /// Print the JSON Schema of plimsoll.toml.
    Schema,
    /// Print the completions of a shell.
    Completions {
        /// Which shell.
        shell: Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Where the messages, the pages and the state are written.
    #[arg(long, value_name = "DIR", default_value = "plimsoll-demo")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Files {
    /// Files or folders. A file has one event, several in a row, an array or JSON lines, in any wrapping; `-` reads standard
    /// input. Below a folder every `.json`, `.jsonl` and `.ndjson` is read, packed by gzip or not. A line of the checklist, such
    /// as SEC-07, is explained by what is known of it, as `plimsoll show` does.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// Files or folders with events; `-` reads standard input. What is skipped below a folder is named.
    #[arg(value_name = "PATH", required_unless_present = "quarantine")]
    pub(crate) paths: Vec<PathBuf>,
    /// Take the events in quarantine through again, as `plimsoll quarantine replay` does.
    #[arg(long)]
    pub(crate) quarantine: bool,
}

/// An event goes to quarantine if it could not be read, is not one of ours, or would have closed something bad and was not
/// confirmed. It stays there, behind a finding that people are told, until it is taken through or discarded.
#[derive(Debug, Subcommand)]
pub(crate) enum Quarantine {
    /// What waits, oldest first: id, when it came, which function received it, and why it is there.
    List {
        /// Also what was taken through or discarded.
        #[arg(long)]
        all: bool,
    },
    /// One event as it was received, and why it is there.
    Show {
        /// The first 8 digits of its id, or more.
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Take events through again. What is read now leaves the quarantine; exit status 1 if something stays.
    Replay {
        /// Which ones; every one that waits unless given.
        #[arg(value_name = "ID")]
        ids: Vec<String>,
    },
    /// Say of events that they need not be read. Each stays in the store, with an audit row; its finding is over with the
    /// last event behind it.
    Discard(Discard),
}

#[derive(Debug, Args)]
pub(crate) struct Discard {
    /// Which ones.
    #[arg(value_name = "ID", required_unless_present = "all")]
    pub(crate) ids: Vec<String>,
    /// Every one that waits.
    #[arg(long, conflicts_with = "ids")]
    pub(crate) all: bool,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// Who says so; your login name unless given.
    #[arg(long = "as", value_name = "NAME", env = "USER", default_value = "unknown")]
    pub(crate) actor: String,
}

#[derive(Debug, Args)]
pub(crate) struct Preview {
    /// A file with one event.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Where the HTML is written.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// The page's colours.
    #[arg(long, value_enum, default_value = "system")]
    pub(crate) theme: Theme,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Theme {
    /// As the reader's system says.
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

#[derive(Debug, Args)]
pub(crate) struct Route {
    /// A file with events.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Show what each rule said.
    #[arg(long)]
    pub(crate) explain: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Collect {
    /// A region to read; repeat it for more. What is global to the account is read with the first.
    #[arg(long = "region", value_name = "REGION")]
    pub(crate) regions: Vec<String>,
    /// Keep the answers in this folder, without secrets.
    #[arg(long, value_name = "DIR")]
    pub(crate) record: Option<PathBuf>,
    /// Judge the answers that were kept in this folder, without AWS.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["record", "regions"])]
    pub(crate) from: Option<PathBuf>,
    /// Print the policy of IAM that the reads need, and read nothing.
    #[arg(long, conflicts_with_all = ["record", "from", "regions"])]
    pub(crate) permissions: bool,
    /// How many requests to Cost Explorer may be made; each costs 0.01 USD.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) paid_calls: u32,
    /// Requests a second to one region.
    #[arg(long, value_name = "N", default_value_t = plimsoll_collector::REQUESTS_A_SECOND, value_parser = clap::value_parser!(u32).range(1..=25))]
    pub(crate) requests_per_second: u32,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Before anything is deployed")]
pub(crate) struct Doctor {
    /// Check which services of AWS are on, with your own credentials, and what stays dark without each. Preview.
    #[arg(long)]
    pub(crate) before: bool,
    /// The region to look at; that of the environment unless given.
    #[arg(long, value_name = "REGION", requires = "before")]
    pub(crate) region: Option<String>,
    /// How many requests to Cost Explorer may be made; each costs 0.01 USD.
    #[arg(long, value_name = "N", default_value_t = 2, requires = "before")]
    pub(crate) paid_calls: u32,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(crate) struct Score {
    /// Show every line of the checklist, its state and why.
    #[arg(long)]
    pub(crate) explain: bool,
    /// Count only what belongs to this environment, against its own targets. Without it: the environment of the headline.
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,
    /// Count the whole deployment: a line is met only if it is met in every environment where it applies.
    #[arg(long, conflicts_with = "environment")]
    pub(crate) deployment: bool,
    /// Show the figures that the checklist document claims for itself, instead of what is proved.
    #[arg(long)]
    pub(crate) declared: bool,
    /// Go or no-go: the lines that are looked at again before going live. Exit status 1 if one of them is a no-go.
    #[arg(long, conflicts_with_all = ["declared", "explain"])]
    pub(crate) golive: bool,
    /// The score by day, and what moved it.
    #[arg(long, conflicts_with_all = ["declared", "explain", "golive"])]
    pub(crate) trend: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// The overall score to reach, in percent; that of the targets unless given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) target: Option<u8>,
    /// Plan for this environment, against its own targets. Without it: for the environment of the headline.
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,
    /// Plan for the whole deployment.
    #[arg(long, conflicts_with = "environment")]
    pub(crate) deployment: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Checklist {
    /// Print the document as Markdown, its boxes ticked by evidence and dated.
    #[arg(long, conflicts_with = "json")]
    pub(crate) markdown: bool,
    /// Count only what belongs to this environment. Without it: the environment of the headline.
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,
    /// Count the whole deployment.
    #[arg(long, conflicts_with = "environment")]
    pub(crate) deployment: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Digest {
    /// Also send it to the digest's channels, each once per scheduled time.
    #[arg(long)]
    pub(crate) send: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Which findings")]
pub(crate) struct Findings {
    /// This severity and worse.
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    pub(crate) severity: Option<Severity>,
    /// Of this account; may be repeated.
    #[arg(long, value_name = "ID")]
    pub(crate) account: Vec<String>,
    /// Of the accounts of this environment.
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,
    /// Of this source, for example ecr-scan; may be repeated.
    #[arg(long, value_name = "NAME")]
    pub(crate) source: Vec<String>,
    /// First seen since then: 7d, 36h, 2026-11-02 or 2026-11-02T09:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = since)]
    pub(crate) since: Option<Since>,
    /// Only those that a waiver covers now.
    #[arg(long)]
    pub(crate) waived: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The eight digits of a message, a finding's key, or a line of the checklist such as SEC-02.
    #[arg(value_name = "REF")]
    pub(crate) reference: String,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(crate) struct Ack {
    /// The eight digits of a message, or a finding's key.
    #[arg(value_name = "REF")]
    pub(crate) reference: String,
    /// Who takes care of it, or who says so.
    #[arg(long, value_name = "NAME")]
    pub(crate) owner: String,
    /// A cost anomaly: the cost was planned.
    #[arg(long, group = "answer", help_heading = "What a cost anomaly was")]
    pub(crate) planned: bool,
    /// A cost anomaly: it is a false alarm.
    #[arg(long, group = "answer", help_heading = "What a cost anomaly was")]
    pub(crate) false_alarm: bool,
    /// A cost anomaly: the cost is real and was not planned.
    #[arg(long, group = "answer", help_heading = "What a cost anomaly was")]
    pub(crate) real: bool,
    /// A cost anomaly: give the answer to Cost Anomaly Detection as well, with the credentials in your environment.
    #[arg(long, requires = "answer", help_heading = "What a cost anomaly was")]
    pub(crate) send: bool,
    /// Who is asking; your login name unless given.
    #[arg(long = "as", value_name = "NAME", env = "USER", default_value = "unknown")]
    pub(crate) actor: String,
}

#[derive(Debug, Args)]
#[command(
    override_usage = "plimsoll waive <FINDING> --until <TIME>\n           --owner <NAME> --reason <TEXT> [OPTIONS]"
)]
pub(crate) struct Waive {
    /// A finding's key (64 digits, or the first 8 if that is unique), a line of the checklist such as SEC-07, or a check with at
    /// least one of the patterns below.
    /// In a check and in a pattern `*` stands for any text.
    #[arg(value_name = "FINDING")]
    pub(crate) target: String,
    /// Waive it on all resources whose id or name matches.
    #[arg(long, value_name = "PATTERN")]
    pub(crate) resource: Option<String>,
    /// Waive it on resources of this kind, for example `AWS_EC2_INSTANCE`.
    #[arg(long, value_name = "PATTERN")]
    pub(crate) resource_kind: Option<String>,
    /// Waive findings of this type, for example `CryptoCurrency:EC2/*`.
    #[arg(long, value_name = "PATTERN")]
    pub(crate) finding_type: Option<String>,
    /// Waive findings whose threats all match, for example `EICAR*`.
    #[arg(long, value_name = "PATTERN")]
    pub(crate) threat: Option<String>,
    /// Waive findings with such a title.
    #[arg(long, value_name = "PATTERN")]
    pub(crate) title: Option<String>,
    /// Waive findings of which the source says this, for example `*S3 Glacier*`: the title, message or description.
    #[arg(long, value_name = "PATTERN")]
    pub(crate) message: Option<String>,
    /// Waive only what is in use, or only what is not.
    #[arg(long, value_name = "true|false")]
    pub(crate) deployed: Option<bool>,
    /// When it ends, for example 2026-12-01 or 2026-12-01T12:00:00Z.
    #[arg(long, value_name = "TIME")]
    pub(crate) until: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// Who answers for it.
    #[arg(long, value_name = "NAME")]
    pub(crate) owner: String,
    /// Who is asking; your login name unless given.
    #[arg(long = "as", value_name = "NAME", env = "USER", default_value = "unknown")]
    pub(crate) actor: String,
}

#[derive(Debug, Args)]
pub(crate) struct Waivers {
    /// Approve the waiver with this id.
    #[arg(long, value_name = "ID")]
    pub(crate) approve: Option<String>,
    /// End the waiver with this id now.
    #[arg(long, value_name = "ID", conflicts_with = "approve")]
    pub(crate) revoke: Option<String>,
    /// Who is asking; your login name unless given.
    #[arg(long = "as", value_name = "NAME", env = "USER", default_value = "unknown")]
    pub(crate) actor: String,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Replace files that are there.
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Inbox {
    /// Where to listen on 127.0.0.1.
    #[arg(long, default_value_t = 7117)]
    pub(crate) port: u16,
}
