//! How fast a region is asked, and until when.

use std::time::Duration;

use jiff::Timestamp;
use plimsoll_evidence::{ReadError, ReadErrorKind};
use tokio::{sync::Mutex, time::Instant};

/// The rhythm of the requests of one run.
pub(crate) struct Pace<'a> {
    /// The shortest time from one request to the next.
    interval: Duration,
    deadline: Timestamp,
    now: &'a (dyn Fn() -> Timestamp + Send + Sync),
    next: Mutex<Option<Instant>>,
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
    pub(crate) async fn turn(&self, action: &str, resource: Option<&str>) -> Result<(), ReadError> {
        if !self.has_time() {
            return Err(ReadError {
                resource: resource.map(ToOwned::to_owned),
                kind: ReadErrorKind::OutOfTime,
                action: action.to_owned(),
                message: "the run reached its deadline first".to_owned(),
            });
        }
        let mut next = self.next.lock().await;
        let turn = next.unwrap_or_else(Instant::now).max(Instant::now());
        *next = Some(turn + self.interval);
        drop(next);
        tokio::time::sleep_until(turn).await;
        Ok(())
    }
}
