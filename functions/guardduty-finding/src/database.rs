//! Logins to a database.
//! <https://docs.aws.amazon.com/guardduty/latest/APIReference/API_RdsLoginAttemptAction.html>

use plimsoll_finding::{Detail, Finding};

use crate::redact::{few, text};

/// Users and applications that are shown.
const SHOWN: usize = 5;

/// Adds who tried to log in to which database, how often, and whether a login succeeded.
pub(crate) fn action(finding: Finding, said: Detail<'_>) -> Finding {
    let attempt = said.at("service.action.rdsLoginAttemptAction");
    let tried = Attempts::read(attempt);
    let user = said.at("resource.rdsDbUserDetails");
    finding
        .fact("Login succeeded", tried.succeeded(said.text("type").as_deref()))
        .fact("Login attempts", tried.label())
        .fact("Database user", distinct(attempt, "user").or_else(|| text(user, "user")))
        .fact("Database", text(user, "database"))
}

/// Adds what is good to know beside that.
pub(crate) fn details(finding: Finding, said: Detail<'_>) -> Finding {
    let attempt = said.at("service.action.rdsLoginAttemptAction");
    let user = said.at("resource.rdsDbUserDetails");
    finding
        .fact("Database server", server(said.at("resource")))
        .fact("Application", distinct(attempt, "application").or_else(|| text(user, "application")))
        .fact("Login method", text(user, "authMethod"))
}

/// `ledger-1, cluster ledger (Aurora PostgreSQL 16.2)`
fn server(resource: Detail<'_>) -> Option<String> {
    let kinds = [("rdsDbInstanceDetails", "dbInstanceIdentifier"), ("rdsLimitlessDbDetails", "dbShardGroupIdentifier")];
    let (details, name) =
        kinds.into_iter().find_map(|(kind, name)| Some((resource.at(kind), text(resource.at(kind), name)?)))?;
    let cluster =
        text(details, "dbClusterIdentifier").map_or_else(String::new, |cluster| format!(", cluster {cluster}"));
    let engine = match (text(details, "engine"), text(details, "engineVersion")) {
        (Some(engine), Some(version)) => format!(" ({engine} {version})"),
        (Some(engine), None) => format!(" ({engine})"),
        (None, _) => String::new(),
    };
    Some(format!("{name}{cluster}{engine}"))
}

/// How many logins were tried, over all users and applications.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Attempts {
    failed: Option<u64>,
    successful: Option<u64>,
}

impl Attempts {
    fn read(attempt: Detail<'_>) -> Self {
        let mut sum = Self::default();
        let add = |sum: Option<u64>, more: Option<u64>| match (sum, more) {
            (Some(sum), Some(more)) => Some(sum.saturating_add(more)),
            (sum, more) => sum.or(more),
        };
        for login in attempt.list("loginAttributes") {
            sum.failed = add(sum.failed, login.count("failedLoginAttempts"));
            sum.successful = add(sum.successful, login.count("successfulLoginAttempts"));
        }
        sum
    }

    /// `77 failed, 2 successful`
    fn label(self) -> Option<String> {
        let failed = self.failed.map(|count| format!("{count} failed"));
        let successful = self.successful.map(|count| format!("{count} successful"));
        let words: Vec<String> = failed.into_iter().chain(successful).collect();
        few(&words, 2)
    }

    /// By the count, else by the type of the finding: `...SuccessfulLogin`, `...FailedLogin`.
    fn succeeded(self, finding_type: Option<&str>) -> Option<&'static str> {
        let says = |word: &str| finding_type.is_some_and(|kind| kind.contains(word));
        match self.successful {
            Some(count) if count > 0 => Some("yes"),
            _ if says("Successful") => Some("yes"),
            Some(_) => Some("no"),
            None if says("FailedLogin") => Some("no"),
            None => None,
        }
    }
}

fn distinct(attempt: Detail<'_>, field: &str) -> Option<String> {
    let mut names: Vec<String> = Vec::new();
    for login in attempt.list("loginAttributes") {
        names.extend(text(login, field).filter(|name| !names.contains(name)));
    }
    few(&names, SHOWN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn attempts_are_summed_over_all_logins() {
        let attempt = json!({"LoginAttributes": [
            {"user": "root", "failedLoginAttempts": 40, "successfulLoginAttempts": 0},
            {"user": "admin", "failedLoginAttempts": "2"}, {"user": "root", "application": "psql"}]});
        let read = Attempts::read(Detail(&attempt));
        assert_eq!(read, Attempts { failed: Some(42), successful: Some(0) });
        assert_eq!(read.label().as_deref(), Some("42 failed, 0 successful"));
        assert_eq!(distinct(Detail(&attempt), "user").as_deref(), Some("root, admin"));
    }

    #[test]
    fn success_is_never_guessed() {
        let attempts = |successful| Attempts { failed: Some(9), successful };
        for (read, kind, expected) in [
            (attempts(Some(3)), None, Some("yes")),
            (attempts(Some(0)), Some("CredentialAccess:RDS/AnomalousBehavior.FailedLogin"), Some("no")),
            (attempts(Some(0)), Some("CredentialAccess:RDS/AnomalousBehavior.SuccessfulBruteForce"), Some("yes")),
            (attempts(None), Some("CredentialAccess:RDS/TorIPCaller.SuccessfulLogin"), Some("yes")),
            (attempts(None), Some("CredentialAccess:RDS/TorIPCaller.FailedLogin"), Some("no")),
            (attempts(None), Some("Discovery:RDS/MaliciousIPCaller"), None),
        ] {
            assert_eq!(read.succeeded(kind), expected, "{read:?} {kind:?}");
        }
    }
}
