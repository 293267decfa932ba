//! How fast a region is asked, and until when: every request of a run takes its turn here, and so does every repetition.

use std::{error::Error, time::Duration};

use aws_sdk_cloudcontrol::error::{ProvideErrorMetadata, SdkError};
use jiff::Timestamp;
use plimsoll_aws::Capture;
use plimsoll_evidence::{Read, ReadError, ReadErrorKind};
use serde_json::Value;
use tokio::{sync::Mutex, time::Instant};

use crate::fault::{fault, is_transient};

/// Tries of one call while AWS asks for fewer requests.
const THROTTLED_TRIES: u32 = 8;
/// Tries of one call whose answer was lost, or that failed on the side of AWS.
const TRANSIENT_TRIES: u32 = 3;
/// Pages of one list: a service that never ends its list ends here, and the list counts as incomplete.
const MAX_PAGES: usize = 500;
/// Errors that one read keeps; a type that is denied says so for each of its resources.
const MAX_ERRORS: usize = 20;
/// The pause after the first request that was throttled, in turns; it doubles with each one that follows.
const THROTTLED_PAUSE: u32 = 25;
/// The pause after one whose answer was lost.
const TRANSIENT_PAUSE: u32 = 5;
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// The rhythm of the requests of one run.
pub(crate) struct Pace<'a> {
    /// The shortest time from one request to the next.
    interval: Duration,
    deadline: Timestamp,
    now: &'a (dyn Fn() -> Timestamp + Send + Sync),
    next: Mutex<Option<Instant>>,
}

/// An answer: what the SDK understood, and the body as it came.
pub(crate) struct Answer<T> {
    pub(crate) output: T,
    pub(crate) body: Value,
}

impl<'a> Pace<'a> {
    /// At most `per_second` requests a second, none after `deadline`.
    pub(crate) fn new(per_second: u32, deadline: Timestamp, now: &'a (dyn Fn() -> Timestamp + Send + Sync)) -> Self {
        Self { interval: Duration::from_secs(1) / per_second.max(1), deadline, now, next: Mutex::default() }
    }

    /// Whether there is time for another request.
    pub(crate) fn has_time(&self) -> bool {
        (self.now)() < self.deadline
    }

    /// Waits for the turn of the next request.
    ///
    /// # Errors
    /// The deadline has passed; the request must not be made.
    async fn turn(&self, action: &str, resource: Option<&str>) -> Result<(), ReadError> {
        let turn = {
            let mut next = self.next.lock().await;
            let turn = next.unwrap_or_else(Instant::now).max(Instant::now());
            *next = Some(turn + self.interval);
            turn
        };
        tokio::time::sleep_until(turn).await;
        // After the wait, since a pause may be longer than what is left.
        if self.has_time() {
            return Ok(());
        }
        Err(ReadError {
            resource: resource.map(ToOwned::to_owned),
            kind: ReadErrorKind::OutOfTime,
            action: action.to_owned(),
            message: "the run reached its deadline first".to_owned(),
        })
    }

    /// Nobody takes a turn until the pause is over.
    async fn pause(&self, turns: u32, tries: u32) {
        let pause = (self.interval * turns * 2u32.saturating_pow(tries.saturating_sub(1))).min(LONGEST_PAUSE);
        let until = Instant::now() + pause;
        let mut next = self.next.lock().await;
        *next = Some(next.map_or(until, |next| next.max(until)));
    }

    /// Makes one call, and repeats it as long as AWS asks to slow down. `Ok(None)`: the resource is gone.
    ///
    /// # Errors
    /// What the call was refused with in the end.
    pub(crate) async fn call<T, E, F>(
        &self,
        action: &str,
        resource: Option<&str>,
        send: impl Fn(Capture) -> F,
    ) -> Result<Option<Answer<T>>, ReadError>
    where
        E: ProvideErrorMetadata + Error + 'static,
        F: Future<Output = Result<T, SdkError<E>>>,
    {
        let mut tries = 0;
        loop {
            self.turn(action, resource).await?;
            tries += 1;
            let capture = Capture::default();
            let error = match Box::pin(send(capture.clone())).await {
                Ok(output) => return Ok(Some(Answer { output, body: capture.json() })),
                Err(error) => error,
            };
            let Some(refused) = fault(&error, action, resource) else { return Ok(None) };
            let turns = match refused.kind {
                ReadErrorKind::Throttled if tries < THROTTLED_TRIES => THROTTLED_PAUSE,
                ReadErrorKind::Failed if tries < TRANSIENT_TRIES && is_transient(&error) => TRANSIENT_PAUSE,
                _ => return Err(refused),
            };
            self.pause(turns, tries).await;
        }
    }

    /// All pages of a list: `send` gets the token of the page, `next` finds the token of the page after it. `false` if a
    /// page failed, which is then in the read.
    pub(crate) async fn pages<T, E, F>(
        &self,
        read: &mut Read,
        (action, resource): (&str, Option<&str>),
        send: impl Fn(Capture, Option<String>) -> F,
        next: impl Fn(&T) -> Option<&str>,
        mut take: impl FnMut(&mut Read, &Answer<T>),
    ) -> bool
    where
        E: ProvideErrorMetadata + Error + 'static,
        F: Future<Output = Result<T, SdkError<E>>>,
    {
        let mut token = None;
        for _ in 0..MAX_PAGES {
            let answer = match self.call(action, resource, |capture| send(capture, token.clone())).await {
                Ok(Some(answer)) => answer,
                Ok(None) => return true,
                Err(error) => {
                    fail(read, error);
                    return false;
                }
            };
            take(read, &answer);
            let following = next(&answer.output).filter(|next| !next.is_empty()).map(ToOwned::to_owned);
            if following.is_none() {
                return true;
            }
            if following == token {
                break;
            }
            token = following;
        }
        fail(read, failed(action, resource, "the list did not end"));
        false
    }
}

/// The read is incomplete, for that reason.
pub(crate) fn fail(read: &mut Read, error: ReadError) {
    read.complete = false;
    // That time ran out is what makes the next run go on.
    let over = error.kind == ReadErrorKind::OutOfTime;
    if read.errors.len() < MAX_ERRORS || (over && !read.errors.iter().any(|e| e.kind == error.kind)) {
        read.errors.push(error);
    }
}

/// Whether there was no time left.
pub(crate) fn is_out_of_time(read: &Read) -> bool {
    read.errors.iter().any(|error| error.kind == ReadErrorKind::OutOfTime)
}

pub(crate) fn failed(action: &str, resource: Option<&str>, message: &str) -> ReadError {
    ReadError {
        resource: resource.map(ToOwned::to_owned),
        kind: ReadErrorKind::Failed,
        action: action.to_owned(),
        message: message.to_owned(),
    }
}
