//! What every form of a roll-up says.

use plimsoll_finding::Status;
use plimsoll_message::RollUp;

use crate::{escape::line as clean, words};

pub(crate) fn headline(roll_up: &RollUp) -> String {
    let badge = words::badge(worst_status(roll_up), roll_up.severity);
    if roll_up.is_reminder() {
        return format!("{badge}: reminder of {} still open", words::count_of(roll_up.members.len(), "finding"));
    }
    format!("{badge}: {} from {}", words::count_of(roll_up.members.len(), "finding"), clean(&roll_up.source))
}

/// Why the members stand in one message.
pub(crate) fn why_together(roll_up: &RollUp) -> &'static str {
    if roll_up.is_reminder() {
        "Nobody has answered for these: `plimsoll ack` ends the reminders of a finding."
    } else {
        "Told together, because there are too many to tell one by one."
    }
}

/// Open while any member is.
pub(crate) fn worst_status(roll_up: &RollUp) -> Status {
    roll_up.members.iter().map(|m| m.status).max().unwrap_or(Status::Open)
}

/// `account, region`, if all members share them.
pub(crate) fn common_place(roll_up: &RollUp) -> Option<String> {
    let first = roll_up.members.first()?;
    let shared = roll_up.members.iter().all(|m| m.account == first.account && m.region == first.region);
    let account = words::account(first.account_name.as_deref(), &first.account);
    let place = words::place(None, &account, &first.region).join(", ");
    (shared && !place.is_empty()).then_some(place)
}
