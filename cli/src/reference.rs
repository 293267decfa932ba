//! What people write to name something: the eight digits of a message, a key, a line of the checklist.

use anyhow::bail;
use plimsoll_checklist::{Checklist, Item};
use plimsoll_pipeline::{DocumentKind, Policy, Record, Store};

/// The fewest digits that name a finding.
const DIGITS: usize = 8;

/// What a reference names.
pub(crate) enum Named<'a> {
    /// A finding.
    Finding(Box<Record>),
    /// A line of the checklist.
    Line(&'a Item),
}

/// The finding that a reference names.
///
/// # Errors
/// It names none, or several, or the store could not answer.
pub(crate) async fn finding(store: &dyn Store, reference: &str) -> anyhow::Result<Record> {
    let digits = digits(reference);
    if digits.len() < DIGITS {
        bail!("`{reference}` is too short; write the eight digits at the end of a message");
    }
    let mut found = store.find(&digits).await?;
    match (found.pop(), found.len()) {
        (Some(one), 0) => Ok(one),
        (None, _) => bail!("there is no finding {reference}; `plimsoll findings` lists what is open"),
        (Some(_), others) => bail!("{} findings begin with {reference}; give more digits", others.saturating_add(1)),
    }
}

/// What a reference names, or why it names nothing here.
pub(crate) async fn named<'a>(
    store: &dyn Store,
    checklist: &'a Checklist,
    policy: &Policy,
    reference: &str,
) -> anyhow::Result<Named<'a>> {
    let id = reference.trim();
    if let Some(item) = checklist.every_line().find(|item| item.id.eq_ignore_ascii_case(id)) {
        return Ok(Named::Line(item));
    }
    let error = match finding(store, reference).await {
        Ok(record) => return Ok(Named::Finding(Box::new(record))),
        Err(error) => error,
    };
    let digits = digits(reference);
    if policy.waivers.iter().any(|waiver| waiver.id == digits) {
        bail!("{digits} is a waiver; `plimsoll waivers` shows it");
    }
    let quarantine = store.documents(DocumentKind::Quarantine).await?;
    if digits.len() >= DIGITS && quarantine.iter().any(|document| document.id.starts_with(&digits)) {
        bail!("{digits} is an event in quarantine; `plimsoll replay --quarantine` takes it through again");
    }
    bail!(
        "{error}. The reference of a digest or of several findings told together names that message; each finding in it has its own"
    )
}

/// As people copy it: `Reference a1b2c3d4`, `[A1B2C3D4]`, `#a1b2c3d4`.
fn digits(reference: &str) -> String {
    let last = reference.split_whitespace().last().unwrap_or_default();
    last.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_reference_as_people_copy_it() {
        for text in ["a1b2c3d4", "A1B2C3D4", "[a1b2c3d4]", "`a1b2c3d4`", "Reference a1b2c3d4", "#a1b2c3d4."] {
            assert_eq!(digits(text), "a1b2c3d4", "{text}");
        }
        let store = plimsoll_local::LocalStore::in_memory().unwrap();
        assert!(finding(&store, "a1b2").await.unwrap_err().to_string().contains("too short"));
    }
}
