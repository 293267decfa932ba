//! What became worse inside a finding that is as bad as before.

use plimsoll_finding::Severity;
use serde::{Deserialize, Serialize};

/// The first few names of a list, and how many follow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// Labels of parts, most urgent first.
    pub names: Vec<String>,
    /// How many are not named.
    pub more: usize,
}

impl Names {
    /// `A, B and 3 more`; `None` if there are none.
    fn text(&self) -> Option<String> {
        if self.names.is_empty() {
            return None;
        }
        let more = if self.more > 0 { format!(" and {} more", self.more) } else { String::new() };
        Some(format!("{}{more}", self.names.join(", ")))
    }
}

/// What became worse inside a finding since a channel was told of it. Labels are untrusted text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// How many parts are new, by severity, worst first; high and critical only.
    pub new: Vec<(Severity, usize)>,
    /// The most urgent new part.
    pub worst: Option<String>,
    /// Parts that rose to high or critical.
    pub worse: Names,
    /// Parts of which an exploit became known.
    pub exploits: Names,
    /// Parts for which a fix became known.
    pub fixes: Names,
    /// The amount before and the higher amount now, with units.
    pub amount: Option<(String, String)>,
}

impl News {
    /// One or more sentences without the last full stop: `12 new: 2 critical, 10 high; worst CVE-2026-1111 in openssl.
    /// Exploit known: CVE-2026-2222 in curl`. `None` if nothing is new.
    #[must_use]
    pub fn summary(&self) -> Option<String> {
        let all: usize = self.new.iter().map(|(_, count)| *count).fold(0, usize::saturating_add);
        let counts: Vec<String> = self.new.iter().map(|(severity, n)| format!("{n} {}", severity.name())).collect();
        let worst = |before: &str| self.worst.as_ref().map(|worst| format!("{before}{worst}")).unwrap_or_default();
        let new = match self.new.as_slice() {
            [] => None,
            [(severity, 1)] => Some(format!("New {}{}", severity.name(), worst(": "))),
            [(severity, count)] => Some(format!("{count} new {}{}", severity.name(), worst("; worst "))),
            _ => Some(format!("{all} new: {}{}", counts.join(", "), worst("; worst "))),
        };
        let is_one = self.exploits == self.fixes;
        let list = |what: &str, names: &Names| names.text().map(|names| format!("{what}: {names}"));
        let amount = self.amount.as_ref().map(|(before, now)| format!("Now {now}, was {before}"));
        let sentences: Vec<String> = [
            new,
            list("Worse", &self.worse),
            list(if is_one { "Exploit and fix known" } else { "Exploit known" }, &self.exploits),
            list("Fix available", &self.fixes).filter(|_| !is_one),
            amount,
        ]
        .into_iter()
        .flatten()
        .collect();
        (!sentences.is_empty()).then(|| sentences.join(". "))
    }
}
