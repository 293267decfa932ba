//! Faults of `[[lines]]` and `[lines_off]`.

use std::collections::BTreeSet;

use plimsoll_checklist::{CHECKS, Checklist, is_known_check, is_line_id};
use plimsoll_finding::parse_time;
use plimsoll_pipeline::waiver::SHORTEST_REASON;

use super::{Check, ConfigFault, did_you_mean};

/// The longest that a signature holds, in days.
const LONGEST_SIGNATURE_DAYS: u32 = 366;

impl Check<'_> {
    pub(super) fn lines(&self, faults: &mut Vec<ConfigFault>) {
        let shipped = Checklist::shipped().ok();
        let ids: Vec<&str> = shipped.iter().flat_map(Checklist::items).map(|item| item.id.as_str()).collect();
        let mut seen: BTreeSet<&str> = ids.iter().copied().collect();
        for (index, line) in self.config.lines.iter().enumerate() {
            let (id, index) = (line.id.as_str(), index.to_string());
            let mut add = |keys: &[&str], message: String, help: &str| {
                let path: Vec<&str> = ["lines", &index].iter().chain(keys).copied().collect();
                faults.push(self.fault(&path, message, help));
            };
            if !is_line_id(id) {
                let help = "write capital letters, a hyphen and two digits, such as `OWN-01`";
                add(&["id"], format!("`{id}` is no id of a line"), help);
            } else if !seen.insert(id) {
                add(&["id"], format!("there is a line `{id}` already"), "give each line an id of its own");
            }
            if line.title.trim().is_empty() || line.owner.trim().is_empty() {
                add(
                    &["title"],
                    format!("line `{id}` has no title or no owner"),
                    "say what it asks for, and who answers",
                );
            }
            if !(1..=4).contains(&line.phase) {
                add(&["phase"], format!("line `{id}`: there is no phase {}", line.phase), "write 1, 2, 3 or 4");
            }
            if line.evidence.is_empty() && line.signed.is_none() {
                let help =
                    "add `evidence = [{ check = \"config:...\", met = \"resolved\", gap_from = \"low\" }]` or `signed`";
                add(&["id"], format!("nothing can prove line `{id}`"), help);
            }
            for (number, rule) in line.evidence.iter().enumerate() {
                let number = number.to_string();
                if !is_known_check(&rule.check) {
                    let message = format!("line `{id}`: no finding carries the check `{}`", rule.check);
                    let help =
                        format!("{}, or `config:` and the identifier of a rule", did_you_mean(&rule.check, &CHECKS));
                    add(&["evidence", &number, "check"], message, &help);
                }
                if rule.met.is_none() && rule.gap_from.is_none() {
                    let message = format!("line `{id}`: the rule about `{}` decides nothing", rule.check);
                    add(&["evidence", &number], message, "add `met`, `gap_from` or both");
                }
            }
            if let Some(signed) = &line.signed {
                if parse_time(&signed.on).is_none() {
                    let message = format!("line `{id}`: `on = \"{}\"` is no date", signed.on);
                    add(&["signed", "on"], message, "write a date: `2026-11-18`");
                }
                if signed.by.trim().is_empty() {
                    add(&["signed", "by"], format!("line `{id}`: nobody signed"), "name who signed");
                }
                if !(1..=LONGEST_SIGNATURE_DAYS).contains(&signed.days) {
                    let message = format!("line `{id}`: a signature cannot hold for {} days", signed.days);
                    add(&["signed", "days"], message, "write 1 to 366: it is given again then");
                }
            }
        }
        for (id, off) in &self.config.lines_off {
            let path = ["lines_off", id.as_str()];
            if !ids.contains(&id.as_str()) {
                faults.push(self.fault(&path, format!("`{id}` is no line of the checklist"), &did_you_mean(id, &ids)));
            }
            if off.owner.trim().is_empty() {
                faults.push(self.fault(&path, format!("nobody answers for `{id}`"), "add `owner = \"...\"`"));
            }
            if off.reason.trim().chars().count() < SHORTEST_REASON {
                let help = format!("say why in at least {SHORTEST_REASON} characters");
                faults.push(self.fault(&path, format!("`{id}` is switched off without a reason"), &help));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::validate_config;

    fn faults(text: &str) -> Vec<(String, String)> {
        let faults = validate_config(text, &[]).unwrap_err();
        faults.into_iter().map(|f| (f.message, text.get(f.span.unwrap()).unwrap_or_default().to_owned())).collect()
    }

    #[test]
    fn a_right_line_has_no_fault() {
        let text = "[[lines]]\nid = \"OWN-01\"\ntitle = \"T\"\ncategory = \"cost\"\nowner = \"o\"\n\
                    evidence = [{ check = \"config:REQUIRED_TAGS\", met = \"resolved\" }]\n\
                    signed = { by = \"ana\", on = \"2026-10-01\", days = 366 }\n\
                    [lines_off.ADV-01]\nowner = \"o\"\nreason = \"it is not bought\"\n";
        let config = validate_config(text, &[]).unwrap();
        assert_eq!((config.lines.len(), config.lines_off.len()), (1, 1));
    }

    #[test]
    fn each_fault_has_its_place() {
        let text = "[[lines]]\nid = \"SEC-01\"\ntitle = \"T\"\ncategory = \"cost\"\nowner = \"o\"\n\
                    evidence = [{ check = \"config:required-tags\", met = \"resolved\" }]\n\
                    [[lines]]\nid = \"own\"\ntitle = \"T\"\ncategory = \"cost\"\nowner = \"o\"\nphase = 5\n\
                    signed = { by = \"\", on = \"some day\", days = 400 }\n\
                    [lines_off.ADV-99]\nowner = \"\"\nreason = \"no\"\n";
        let all = faults(text);
        for (message, place) in [
            ("there is a line `SEC-01` already", "\"SEC-01\""),
            ("line `SEC-01`: no finding carries the check `config:required-tags`", "\"config:required-tags\""),
            ("`own` is no id of a line", "\"own\""),
            ("line `own`: there is no phase 5", "5"),
            ("line `own`: nobody signed", "\"\""),
            ("line `own`: `on = \"some day\"` is no date", "\"some day\""),
            ("line `own`: a signature cannot hold for 400 days", "400"),
        ] {
            assert!(all.contains(&(message.to_owned(), place.to_owned())), "{message}: {all:#?}");
        }
        assert_eq!(all.len(), 10, "{all:#?}");
    }
}
