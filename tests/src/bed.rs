//! Starts the test bed (`tests/bed`): AWS on this machine, in a process of its own, at a free port of 127.0.0.1.
//! It needs Python 3.10 or later; what it needs beside that is installed once into the cache. Nothing outlives the test.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, PoisonError, mpsc},
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use plimsoll_aws::Clients;
use serde_json::Value;

/// The region that the bed is in.
pub const REGION: &str = "us-east-1";
/// The account that the bed is in.
pub const ACCOUNT: &str = "111122223333";
/// A bed takes half a second of CPU to start; a busy machine takes its time.
const START_TIMEOUT: Duration = Duration::from_mins(2);

/// A running bed. It ends when this is dropped, and when the test process dies.
#[derive(Debug)]
pub struct Bed {
    child: Child,
    /// For example `http://127.0.0.1:41141`.
    url: String,
    folder: tempfile::TempDir,
}

impl Bed {
    /// Starts a bed for a test; `None` if the test is to be skipped, which is then said on standard error: with
    /// `PLIMSOLL_E2E=0`, or without Python and its packages on a machine that is not CI.
    ///
    /// # Errors
    /// The bed does not start, or cannot be set up and this is CI (`CI=true`), where nothing may be skipped.
    pub fn for_test(arguments: &[&str]) -> Result<Option<Self>> {
        if std::env::var("PLIMSOLL_E2E").is_ok_and(|value| value == "0") {
            say("SKIPPED: PLIMSOLL_E2E=0, so nothing was tried against the test bed");
            return Ok(None);
        }
        match python() {
            Ok(python) => Self::start(&python, arguments).map(Some),
            Err(error) if std::env::var("CI").is_ok_and(|value| value == "true") => Err(error),
            Err(error) => {
                say(&format!("SKIPPED: no test bed on this machine: {error:#}"));
                Ok(None)
            }
        }
    }

    fn start(python: &Path, arguments: &[&str]) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("plimsoll-bed-").tempdir()?;
        let log = folder.path().join("bed.log");
        let mut child = Command::new(python)
            .arg(sources().join("bed.py"))
            .arg("--exit-on-eof")
            .args(arguments)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            // The code of functions is unpacked there and would stay.
            .env("TMPDIR", folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&log)?)
            .spawn()
            .with_context(|| format!("cannot run {}", python.display()))?;
        let output = child.stdout.take().context("the bed has no standard output")?;
        let mut bed = Self { child, url: String::new(), folder };
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            // The first line says where it is; the rest is read so that the bed never waits for a reader.
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                sender.send(line).ok();
            }
        });
        let Ok(ready) = receiver.recv_timeout(START_TIMEOUT) else {
            let words = std::fs::read_to_string(&log).unwrap_or_default();
            bail!("the test bed did not start: {}", words.trim());
        };
        let ready: Value = serde_json::from_str(&ready).with_context(|| format!("the test bed said `{ready}`"))?;
        ready.get("url").and_then(Value::as_str).context("the test bed named no url")?.clone_into(&mut bed.url);
        Ok(bed)
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Clients that speak to it, as the root of its account.
    #[must_use]
    pub fn clients(&self) -> Clients {
        self.clients_in(REGION)
    }

    /// The same in another region.
    #[must_use]
    pub fn clients_in(&self, region: &str) -> Clients {
        Clients::at(&self.url, region)
    }

    /// One call of an AWS API in JSON as the root user of its account; the operation as `X-Amz-Target` names it.
    ///
    /// # Errors
    /// The bed is gone, or the API refuses.
    pub fn call(&self, service: &str, region: &str, operation: &str, body: &Value) -> Result<Value> {
        // The bed does not check the signature of a root user.
        let credential = format!("{ACCOUNT}/20260101/{region}/{service}/aws4_request");
        let head = format!(
            "Authorization: AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0\r\n\
             X-Amz-Target: {operation}\r\nContent-Type: application/x-amz-json-1.0\r\n"
        );
        self.request("POST", "/", &head, body).with_context(|| operation.to_owned())
    }

    /// One call of an AWS API whose operation is in its path, as the root user of its account.
    ///
    /// # Errors
    /// The bed is gone, or the API refuses.
    pub fn rest(&self, service: &str, region: &str, method: &str, path: &str, body: &Value) -> Result<Value> {
        let credential = format!("{ACCOUNT}/20260101/{region}/{service}/aws4_request");
        let head = format!(
            "Authorization: AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0\r\n\
             Content-Type: application/json\r\n"
        );
        self.request(method, path, &head, body).with_context(|| path.to_owned())
    }

    /// One call of an AWS API that takes a form and answers XML, such as SNS; the answer as it is. Values go as they are, so
    /// they are percent-encoded here.
    ///
    /// # Errors
    /// The bed is gone, or the API refuses.
    pub fn query(&self, service: &str, region: &str, form: &[(&str, &str)]) -> Result<String> {
        let credential = format!("{ACCOUNT}/20260101/{region}/{service}/aws4_request");
        let head = format!(
            "Authorization: AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n"
        );
        let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
        let body: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        self.exchange("POST", "/", &head, &body.join("&"))
    }

    /// Its folder for temporary files, which goes with it.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Asks the control API (`tests/bed/README.md`), for example `control("POST", "faults", &json!([..]))`.
    ///
    /// # Errors
    /// The bed is gone, or refuses.
    pub fn control(&self, method: &str, what: &str, body: &Value) -> Result<Value> {
        self.request(method, &format!("/_bed/{what}"), "", body)
    }

    fn request(&self, method: &str, path: &str, head: &str, body: &Value) -> Result<Value> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.exchange(method, path, head, &body)?;
        Ok(if answer.trim().is_empty() { Value::Null } else { serde_json::from_str(&answer)? })
    }

    fn exchange(&self, method: &str, path: &str, head: &str, body: &str) -> Result<String> {
        let address = self.url.strip_prefix("http://").unwrap_or(&self.url);
        let mut stream = TcpStream::connect(address).context("the test bed is gone")?;
        stream.set_read_timeout(Some(Duration::from_mins(1)))?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: bed\r\nConnection: close\r\n{head}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").context("the test bed sent no answer")?;
        let status = head.split_whitespace().nth(1).unwrap_or_default();
        ensure!(status == "200", "the test bed answered {status} to {method} {path}: {body}");
        Ok(body.to_owned())
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The Python of an environment with the bed's packages, made at first use. Its name holds a hash of what it holds.
pub(crate) fn python() -> Result<PathBuf> {
    // One test of a process makes it and the others wait for it.
    static MAKING: Mutex<()> = Mutex::new(());
    let _making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    let requirements = sources().join("requirements.txt");
    let mut hash = DefaultHasher::new();
    std::fs::read(&requirements)?.hash(&mut hash);
    let cache = match (std::env::var_os("PLIMSOLL_CACHE"), std::env::var_os("HOME")) {
        (Some(cache), _) => PathBuf::from(cache),
        (None, Some(home)) => PathBuf::from(home).join(".cache/plimsoll"),
        (None, None) => bail!("neither PLIMSOLL_CACHE nor HOME is set"),
    };
    let environment = cache.join(format!("bed-venv-{:016x}", hash.finish()));
    let python = environment.join("bin/python");
    if python.exists() {
        return Ok(python);
    }
    say("making the test bed's Python environment, once");
    std::fs::create_dir_all(&cache)?;
    // Made aside and then renamed: tests run side by side, and none may see half of it.
    let aside = tempfile::Builder::new().prefix("bed-venv-").tempdir_in(&cache)?;
    let base = std::env::var_os("PLIMSOLL_PYTHON").unwrap_or_else(|| "python3".into());
    let wanted = "import sys; sys.exit(sys.version_info < (3, 10))";
    run(Command::new(&base).args(["-c", wanted]), "Python 3.10 or later is needed (PLIMSOLL_PYTHON names it)")?;
    run(Command::new(&base).args(["-m", "venv"]).arg(aside.path()), "Python cannot make a virtual environment")?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--requirement"];
    let mut install = Command::new(aside.path().join("bin/python"));
    run(install.args(pip).arg(&requirements), "pip cannot install the bed's packages")?;
    match std::fs::rename(aside.path(), &environment) {
        Ok(()) => drop(aside.keep()),
        // Another test was faster.
        Err(_) if python.exists() => {}
        Err(error) => return Err(error).context("cannot keep the test bed's Python environment"),
    }
    Ok(python)
}

fn run(command: &mut Command, problem: &str) -> Result<()> {
    let output = command.stdin(Stdio::null()).output().with_context(|| problem.to_owned())?;
    let words = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{problem}: {}", words.trim());
    Ok(())
}

pub(crate) fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("bed")
}

/// To standard error itself: the test harness keeps what `eprintln!` writes in a test that passes.
pub fn say(words: &str) {
    writeln!(std::io::stderr(), "{words}").ok();
}
