//! A server on this machine that answers what a test tells it to, one connection after the other.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

/// A request that the server received.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The number of requests before this one.
    pub(crate) index: usize,
    /// Header `x-amz-target`: service and operation of a JSON protocol.
    pub(crate) target: String,
    /// Method and path, for example `POST /findings/list`.
    pub(crate) path: String,
    /// Header `authorization`: names the region and the service that it was signed for.
    pub(crate) authorization: String,
    /// The body.
    pub(crate) body: String,
}

/// The answer of the server.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// Status, content type, body.
    Body(u16, &'static str, String),
    /// Status, headers, body.
    With(u16, Vec<(&'static str, &'static str)>, String),
    /// No answer: the connection closes after the request was read.
    Close,
    /// No answer for as long as the client waits.
    Hang,
}

/// The server; it stops when the test ends.
pub(crate) struct Server {
    url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub(crate) fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests: Arc<Mutex<Vec<Request>>> = Arc::default();
        let (seen, answer) = (requests.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, answer) = (seen.clone(), answer.clone());
                std::thread::spawn(move || serve(&stream, &seen, &*answer));
            }
        });
        Self { url, requests }
    }

    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn serve(stream: &TcpStream, seen: &Mutex<Vec<Request>>, answer: &dyn Fn(&Request) -> Answer) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut length, mut target, mut path, mut authorization) =
            (0_usize, String::new(), String::new(), String::new());
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            if let Some(rest) = line.strip_suffix(" HTTP/1.1") {
                rest.clone_into(&mut path);
            } else if let Some((name, value)) = line.split_once(": ") {
                match name.to_ascii_lowercase().as_str() {
                    "content-length" => length = value.parse().ok()?,
                    "x-amz-target" => target = value.to_owned(),
                    "authorization" => authorization = value.to_owned(),
                    _ => {}
                }
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let request = {
            let mut seen = seen.lock().unwrap();
            let body = String::from_utf8_lossy(&body).into_owned();
            let request = Request { index: seen.len(), target, path, authorization, body };
            seen.push(request.clone());
            request
        };
        let (status, headers, body) = match answer(&request) {
            Answer::Close => return None,
            Answer::Hang => {
                // Holds the connection until the test process ends.
                let (_kept, never) = mpsc::channel::<()>();
                never.recv_timeout(Duration::from_mins(1)).ok();
                return None;
            }
            Answer::Body(status, kind, body) => (status, vec![("Content-Type", kind)], body),
            Answer::With(status, headers, body) => (status, headers, body),
        };
        let mut head = format!("HTTP/1.1 {status} Canned\r\nContent-Length: {}\r\n", body.len());
        for (name, value) in headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        let mut stream = stream;
        stream.write_all(format!("{head}\r\n{body}").as_bytes()).ok()?;
    }
}
