//! A server on 127.0.0.1 that does to a client whatever a test wants done, and keeps what it was sent.
//!
//! Threads and blocking sockets, so that it needs no runtime and cannot be slowed down by the one under test.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// A request, as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// For example `POST`.
    pub method: String,
    /// For example `/api/chat.postMessage`.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// As text.
    pub body: String,
    /// Counts the connections from 0.
    pub connection: usize,
}

impl Request {
    /// The value of a header; the name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null if it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// What is done with a request.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Status, headers, body; the connection stays open.
    Reply(u16, Vec<(&'static str, String)>, String),
    /// The same, then the connection is closed without a word about it.
    ReplyThenClose(u16, Vec<(&'static str, String)>, String),
    /// The head and body of the request come back as the body: what a debugging proxy does.
    Echo(u16),
    /// Nothing: the connection is closed after the whole request was read.
    Close,
    /// Nothing: the connection is reset in the middle of the request's body.
    Reset,
    /// Status, headers, a promise of 1,000 bytes, ten of them, then the connection is closed.
    CutBody(u16, Vec<(&'static str, String)>),
    /// The same with a reset.
    ResetInBody(u16),
    /// Nothing, for as long as the client waits.
    Silent,
    /// One byte at a time, at this pace.
    Drip(Duration),
    /// A head, then one byte of the body at a time, at this pace.
    DripBody(u16, Vec<(&'static str, String)>, Duration),
    /// A body that never ends.
    Endless(u16),
    /// These bytes, which need not be HTTP.
    Raw(&'static [u8]),
}

impl Answer {
    /// A body without further headers.
    #[must_use]
    pub fn body(status: u16, body: &str) -> Self {
        Self::Reply(status, Vec::new(), body.to_owned())
    }

    /// No body, and one header.
    #[must_use]
    pub fn header(status: u16, name: &'static str, value: &str) -> Self {
        Self::Reply(status, vec![(name, value.to_owned())], String::new())
    }
}

type Script = dyn Fn(&Request, usize) -> Answer + Send + Sync;

/// A running server. Its threads end with their connections, and with the test process.
#[derive(Debug, Clone)]
pub struct HostileServer {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl HostileServer {
    /// Answers each request as the script says, which also hears how many requests came before.
    ///
    /// # Errors
    /// There is no port to listen at.
    pub fn start(script: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let server = Self { address: listener.local_addr()?, requests: Arc::default() };
        let (requests, script): (_, Arc<Script>) = (Arc::clone(&server.requests), Arc::new(script));
        std::thread::spawn(move || {
            for (connection, stream) in listener.incoming().flatten().enumerate() {
                let (requests, script) = (Arc::clone(&requests), Arc::clone(&script));
                std::thread::spawn(move || while serve(&stream, connection, &requests, &*script).is_some() {});
            }
        });
        Ok(server)
    }

    /// Answers with these in turn, and with the last one for ever.
    ///
    /// # Errors
    /// There is no port to listen at.
    pub fn answering(answers: Vec<Answer>) -> std::io::Result<Self> {
        Self::start(move |_, before| answers.get(before).or(answers.last()).cloned().unwrap_or(Answer::Close))
    }

    /// For example `http://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What came so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Serves one request; `None` when the connection is over.
fn serve(stream: &TcpStream, connection: usize, requests: &Mutex<Vec<Request>>, script: &Script) -> Option<()> {
    let mut reader = BufReader::with_capacity(1, stream);
    let (mut request, length) = head(&mut reader)?;
    request.connection = connection;
    // The script may want to see the body, and may want to break off before the end of it.
    let mut body = vec![0; length.saturating_sub(1)];
    reader.read_exact(&mut body).ok()?;
    request.body = String::from_utf8_lossy(&body).into_owned();
    let before = requests.lock().unwrap_or_else(PoisonError::into_inner).len();
    let answer = script(&request, before);
    let unread = matches!(answer, Answer::Reset | Answer::ResetInBody(_));
    if !unread && length > 0 {
        let mut last = [0];
        reader.read_exact(&mut last).ok()?;
        body.extend(last);
        request.body = String::from_utf8_lossy(&body).into_owned();
    }
    requests.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
    perform(stream, &request, answer)
}

fn head(reader: &mut BufReader<&TcpStream>) -> Option<(Request, usize)> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim_end().is_empty() {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let mut first = lines.first()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .iter()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let request = Request { method, path, headers, ..Request::default() };
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or_default();
    Some((request, length))
}

fn perform(mut stream: &TcpStream, request: &Request, answer: Answer) -> Option<()> {
    match answer {
        Answer::Reply(status, headers, body) => stream.write_all(whole(status, &headers, &body).as_bytes()).ok(),
        Answer::ReplyThenClose(status, headers, body) => {
            stream.write_all(whole(status, &headers, &body).as_bytes()).ok()?;
            None
        }
        Answer::Echo(status) => {
            let headers: Vec<String> = request.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            let body = format!("{} {}\n{}\n\n{}", request.method, request.path, headers.join("\n"), request.body);
            stream.write_all(whole(status, &[], &body).as_bytes()).ok()
        }
        // The last byte of the request is unread: closing then resets the connection.
        Answer::Close | Answer::Reset => None,
        Answer::CutBody(status, headers) => {
            stream
                .write_all(format!("{}0123456789", start(status, &headers, "Content-Length: 1000")).as_bytes())
                .ok()?;
            None
        }
        Answer::ResetInBody(status) => {
            stream.write_all(format!("{}0123456789", start(status, &[], "Content-Length: 1000")).as_bytes()).ok()?;
            None
        }
        Answer::Silent => hold(stream),
        Answer::Drip(pace) => drip(stream, whole(200, &[], &"x".repeat(1_000)).bytes(), pace),
        Answer::DripBody(status, headers, pace) => {
            stream.write_all(start(status, &headers, "Content-Length: 1000").as_bytes()).ok()?;
            drip(stream, std::iter::repeat_n(b'x', 1_000), pace)
        }
        Answer::Endless(status) => {
            stream.write_all(start(status, &[], "Content-Length: 10737418240").as_bytes()).ok()?;
            // Not as fast as it can: somebody may keep all of it.
            while stream.write_all(&[b'x'; 8_192]).is_ok() {
                std::thread::sleep(Duration::from_millis(1));
            }
            None
        }
        Answer::Raw(bytes) => {
            stream.write_all(bytes).ok()?;
            None
        }
    }
}

fn start(status: u16, headers: &[(&'static str, String)], length: &str) -> String {
    let headers: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("HTTP/1.1 {status} Hostile\r\n{}{length}\r\n\r\n", headers.concat())
}

fn whole(status: u16, headers: &[(&'static str, String)], body: &str) -> String {
    format!("{}{body}", start(status, headers, &format!("Content-Length: {}", body.len())))
}

/// Until the client hangs up.
fn hold(mut stream: &TcpStream) -> Option<()> {
    stream.read_exact(&mut [0]).ok();
    None
}

fn drip(mut stream: &TcpStream, bytes: impl Iterator<Item = u8>, pace: Duration) -> Option<()> {
    for byte in bytes {
        stream.write_all(&[byte]).ok()?;
        std::thread::sleep(pace);
    }
    None
}
