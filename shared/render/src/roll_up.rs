//! What every form of a roll-up says.

use plimsoll_finding::Status;
use plimsoll_message::RollUp;

use crate::{escape::line as clean, words};

pub(crate) fn headline(roll_up: &RollUp) -> String {
    let badge = words::badge(worst_status(roll_up), roll_up.severity);
    format!("{badge}: {} from {}", words::count_of(roll_up.members.len(), "finding"), clean(&roll_up.source))
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
