//! A wait that a provider asked for in the middle of a send of several requests.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// Keeps a provider's "wait" for the next send, when this one cannot report it: half of what it tells was accepted, so
/// it must be reported as unknown.
#[derive(Debug, Default)]
pub struct Pause(Mutex<Option<Timestamp>>);

impl Pause {
    /// Starts a pause of this length.
    pub fn begin(&self, now: Timestamp, wait: SignedDuration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now.checked_add(wait).ok();
    }

    /// The remaining pause at `now`; `None` when there is none.
    #[must_use]
    pub fn left(&self, now: Timestamp) -> Option<SignedDuration> {
        let until = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        Some(until.duration_since(now)).filter(SignedDuration::is_positive)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_by_itself() {
        let at = |second: i64| Timestamp::from_second(1_793_610_900 + second).unwrap();
        let pause = Pause::default();
        assert_eq!(pause.left(at(0)), None);
        pause.begin(at(0), SignedDuration::from_secs(7));
        assert_eq!(pause.left(at(2)), Some(SignedDuration::from_secs(5)));
        assert_eq!(pause.left(at(7)), None);
    }
}
