//! Who is called. Mentions come from the configuration only, never from an event.
//! <https://docs.slack.dev/messaging/formatting-message-text#mentioning-users>

use plimsoll_finding::{Severity, Status};
use plimsoll_message::{Alert, NotifyReason, RollUp};

/// People and groups that are called when something is bad enough.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mentions {
    /// From which severity, and Slack's markup for whom.
    entries: Vec<(Severity, String)>,
}

/// The configuration names somebody in a way that Slack does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MentionError(String);

impl std::fmt::Display for MentionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for MentionError {}

impl Mentions {
    /// Calls nobody.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Also calls `whom` from that severity on: a member id (`U…` or `W…`) or a user group id (`S…`) with at least
    /// eight more capitals and digits, or, if broadcasts are allowed, `here` or `channel`, which call nobody below
    /// critical.
    ///
    /// # Errors
    /// `whom` is none of these, or is a broadcast and they are not allowed.
    pub fn and(mut self, whom: &str, from: Severity, allow_broadcast: bool) -> Result<Self, MentionError> {
        let whom = whom.trim();
        let is_id = whom.get(1..).is_some_and(|rest| {
            rest.len() >= 8 && rest.len() <= 30 && rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        });
        let (from, markup) = match (whom.chars().next(), whom) {
            (_, "here" | "channel") if allow_broadcast => (Severity::Critical, format!("<!{whom}>")),
            (_, "here" | "channel") => {
                return Err(MentionError(format!("`{whom}` calls everybody; set `allow_broadcast` if that is meant")));
            }
            (Some('S'), id) if is_id => (from, format!("<!subteam^{id}>")),
            (Some('U' | 'W'), id) if is_id => (from, format!("<@{id}>")),
            _ => {
                return Err(MentionError(format!(
                    "`{whom}` is no Slack member id (U01ABCDEFGH) and no user group id (S01ABCDEFGH); copy the id from \
                     the profile in Slack"
                )));
            }
        };
        self.entries.push((from, markup));
        Ok(self)
    }

    /// For an alert: nobody is called for what is over, or for what was told before.
    pub(super) fn for_alert(&self, alert: &Alert) -> Option<String> {
        let calls = match alert.reason {
            NotifyReason::Resolved
            | NotifyReason::OpenedAndResolved
            | NotifyReason::Uncertain
            | NotifyReason::Answered => false,
            NotifyReason::FirstSeen
            | NotifyReason::Worse
            | NotifyReason::News
            | NotifyReason::Reopened
            | NotifyReason::Flapping
            | NotifyReason::WaiverExpired
            | NotifyReason::Reminder => alert.status == Status::Open && !alert.finding.sample,
        };
        if calls { self.from(alert.severity) } else { None }
    }

    /// For a roll-up: by its worst member that is open.
    pub(super) fn for_roll_up(&self, roll_up: &RollUp) -> Option<String> {
        roll_up.members.iter().filter(|m| m.status == Status::Open).map(|m| m.severity).max().and_then(|s| self.from(s))
    }

    fn from(&self, severity: Severity) -> Option<String> {
        let whom: Vec<&str> =
            self.entries.iter().filter(|(from, _)| severity >= *from).map(|(_, m)| m.as_str()).collect();
        (!whom.is_empty()).then(|| whom.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_and_only_from_their_severity() {
        let mentions = Mentions::none()
            .and("U01ABCDEFGH", Severity::High, false)
            .and_then(|m| m.and("S01ABCDEFGH", Severity::Critical, false))
            .and_then(|m| m.and("here", Severity::Low, true))
            .unwrap();
        assert_eq!(mentions.from(Severity::Medium), None);
        assert_eq!(mentions.from(Severity::High).as_deref(), Some("<@U01ABCDEFGH>"));
        assert_eq!(mentions.from(Severity::Critical).as_deref(), Some("<@U01ABCDEFGH> <!subteam^S01ABCDEFGH> <!here>"));
    }

    #[test]
    fn anything_else_is_refused_with_words() {
        for whom in ["", "alice", "U123", "<@U01ABCDEFGH>", "U01ABCDEFG>", "everyone", "Ü01ABCDEFGH", "here", "channel"]
        {
            assert!(Mentions::none().and(whom, Severity::High, false).is_err(), "{whom}");
        }
        let error = Mentions::none().and("channel", Severity::High, false).unwrap_err();
        assert!(error.to_string().contains("allow_broadcast"));
    }
}
