//! The checks can fail: each known-bad variant of the protocol is caught.

use plimsoll_simulation::{Mutant, Setting, checklist, explain, first_caught};

/// Within so many schedules, a fraction of what the test command runs for the real protocol.
const MOST: u64 = 3_000;

fn is_caught(mutant: Mutant, promise: &str) {
    let (setting, checklist) = (Setting { mutant: Some(mutant), skew: None }, checklist());
    let ended = first_caught(MOST, setting, &checklist, promise);
    let ended = ended.unwrap_or_else(|| panic!("{mutant:?} passed {MOST} schedules"));
    println!("{mutant:?} is caught in schedule {} of {MOST}: {}", ended.schedule, ended.broken.join("; "));
    assert!(explain(&ended, setting, &checklist).contains(&format!("PLIMSOLL_SCHEDULE={}", ended.schedule)));
}

#[test]
fn record_before_send_is_caught() {
    is_caught(Mutant::RecordBeforeSend, "D3");
}

#[test]
fn no_in_flight_mark_is_caught() {
    is_caught(Mutant::NoInFlightMark, "D5");
}

#[test]
fn no_fencing_is_caught() {
    is_caught(Mutant::NoFencing, "D");
}

#[test]
fn no_lease_is_caught() {
    is_caught(Mutant::NoLease, "D4");
}

#[test]
fn a_late_send_is_caught() {
    is_caught(Mutant::SendWhenLate, "D5");
}

#[test]
fn last_arrival_wins_is_caught() {
    is_caught(Mutant::LastArrivalWins, "S1");
}

#[test]
fn clear_without_compare_is_caught() {
    is_caught(Mutant::ClearWithoutCompare, "D9");
}

#[test]
fn peak_ignored_is_caught() {
    is_caught(Mutant::PeakIgnored, "D9");
}

#[test]
fn a_fifo_id_without_version_is_caught() {
    is_caught(Mutant::FifoIdWithoutVersion, "D5");
}

#[test]
fn news_ignored_is_caught() {
    is_caught(Mutant::NewsIgnored, "D14");
}

#[test]
fn acknowledge_on_429_is_caught() {
    is_caught(Mutant::AcknowledgeOn429, "D3");
}
