//! What people write to name something: the eight digits of a message, a key, a line of the checklist.

use anyhow::bail;
use plimsoll_checklist::{Checklist, Item};
use plimsoll_pipeline::{DocumentKind, Policy, Record, Store};

/// The fewest digits that name a finding.
const DIGITS: usize = 8;

/// What a reference names.
pub(crate) enum Named<'a> {
    /// A finding.
    Finding(&'a Record),
    /// A line of the checklist.
    Line(&'a Item),
}

/// The finding that a reference names.
///
/// # Errors
/// It names none, or several.
pub(crate) fn finding<'a>(records: &'a [Record], reference: &str) -> anyhow::Result<&'a Record> {
    let digits = digits(reference);
    let found: Vec<&Record> =
        records.iter().filter(|r| digits.len() >= DIGITS && r.key.as_str().starts_with(&digits)).collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] if digits.len() < DIGITS => {
            bail!("`{reference}` is too short; write the eight digits at the end of a message")
        }
        [] => bail!("there is no finding {reference}; `plimsoll findings` lists what is open"),
        many => bail!("{} findings begin with {reference}; give more digits", many.len()),
    }
}

/// What a reference names, or why it names nothing here.
pub(crate) async fn named<'a>(
    store: &dyn Store,
    checklist: &'a Checklist,
    policy: &Policy,
    records: &'a [Record],
    reference: &str,
) -> anyhow::Result<Named<'a>> {
    let id = reference.trim();
    if let Some(item) = checklist.items().iter().find(|item| item.id.eq_ignore_ascii_case(id)) {
        return Ok(Named::Line(item));
    }
    let error = match finding(records, reference) {
        Ok(record) => return Ok(Named::Finding(record)),
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

    #[test]
    fn a_reference_as_people_copy_it() {
        for text in ["a1b2c3d4", "A1B2C3D4", "[a1b2c3d4]", "`a1b2c3d4`", "Reference a1b2c3d4", "#a1b2c3d4."] {
            assert_eq!(digits(text), "a1b2c3d4", "{text}");
        }
        assert!(finding(&[], "a1b2").unwrap_err().to_string().contains("too short"));
    }
}
