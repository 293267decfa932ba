//! Secrets, roles, and who may assume them.

use plimsoll_checklist::Blind;
use serde_json::Value;

use super::{Line, line};
use crate::{
    answer::{
        Answer,
        Means::{CannotTell, Fails, Holds},
    },
    place::Place,
    population::{Population, Scope},
    scope::{NO_SERVICE, containers},
    view::{Set, View},
};

pub(super) const LINES: [Line; 3] =
    [line("SEC-03", secrets), line("SEC-04", scoped_roles), line("CICD-02", github_roles)];

/// Managed policies of AWS that allow everything, or everything that matters.
const ADMIN: [&str; 3] = ["AdministratorAccess", "PowerUserAccess", "IAMFullAccess"];
const GITHUB: &str = "token.actions.githubusercontent.com";

/// No running task definition has a literal in a variable that is named like a secret, and some of them read secrets.
fn secrets(view: &View<'_>) -> Population {
    let definitions = view.task_definitions();
    let uses = definitions.seen().any(|definition| {
        let containers = definition.at("containerDefinitions").elements(true).unwrap_or_default();
        containers.iter().any(|c| c.at("secrets").elements(true).is_ok_and(|secrets| !secrets.is_empty()))
    });
    let mut all = definitions.every(view, NO_SERVICE, |definition| {
        containers(definition, |container| {
            container.at("environment").list(Holds, Holds).every(|variable| literal(&variable))
        })
    });
    if !uses && !all.units.is_empty() {
        let remedy = "reference secrets by valueFrom, or sign that the services need none";
        all.blind.push(Blind::new("no task definition reads a secret", remedy));
    }
    all
}

fn literal(variable: &Place<'_>) -> Answer {
    let plain = variable
        .at("name")
        .absent(CannotTell)
        .meets("is not", "the name of a secret", |name| name.as_str().map(|name| !is_secret(name)));
    // The collector replaces every value by one of these two.
    let mut answer = plain.or(variable
        .at("value")
        .absent(Holds)
        .meets("is", "empty", |value| value.as_str().map(|value| value.is_empty() || value == "<empty>")));
    // Nor does this crate show one that somebody recorded by other means.
    let values = answer.witnesses.iter_mut().filter(|witness| witness.path.rsplit('.').next() == Some("value"));
    values.for_each(|witness| "<set>".clone_into(&mut witness.actual));
    answer
}

/// Whether a variable of that name holds a secret itself, and not where one is.
fn is_secret(name: &str) -> bool {
    let mut words: Vec<String> = Vec::new();
    let mut before = 'A';
    for c in name.chars() {
        if !c.is_ascii_alphanumeric() || (before.is_ascii_lowercase() && c.is_ascii_uppercase()) || words.is_empty() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_ascii_alphanumeric()) {
            word.push(c.to_ascii_uppercase());
        }
        before = c;
    }
    let last = words.iter().rev().find(|word| !word.is_empty()).map_or("", String::as_str);
    let all = words.join("_");
    if all == "AWS_ACCESS_KEY_ID" || all == "ECS_ENGINE_AUTH_DATA" {
        return true;
    }
    let place =
        ["ARN", "NAME", "PATH", "FILE", "URL", "URI", "ENDPOINT", "TTL", "EXPIRY", "LENGTH", "ISSUER", "ENABLED", "ID"];
    if place.contains(&last) {
        return false;
    }
    let single = [
        "PASSWORD",
        "PASSWD",
        "PASSPHRASE",
        "PWD",
        "SECRET",
        "SECRETS",
        "TOKEN",
        "APIKEY",
        "CREDENTIAL",
        "CREDENTIALS",
    ];
    let pairs =
        ["API_KEY", "PRIVATE_KEY", "ACCESS_KEY", "SECRET_KEY", "ENCRYPTION_KEY", "SIGNING_KEY", "CONNECTION_STRING"];
    words.iter().any(|word| single.contains(&word.as_str())) || pairs.iter().any(|pair| all.contains(pair))
}

/// No role of a task may do everything.
fn scoped_roles(view: &View<'_>) -> Population {
    let (roles, policies) = (view.of("AWS::IAM::Role"), view.of("AWS::IAM::ManagedPolicy"));
    let mut scope = Scope::new("roles");
    let (definitions, blind) = view.task_definitions().into_parts();
    scope.missing(blind);
    for (_, definition) in definitions {
        match definition {
            Ok(definition) => {
                for role in ["taskRoleArn", "executionRoleArn"] {
                    if let Some(arn) = definition.at(role).text() {
                        let name = arn.rsplit('/').next().unwrap_or(arn);
                        scope.add(arn, roles.find(name));
                    }
                }
            }
            Err(blind) => scope.missing([blind]),
        }
    }
    let none = crate::population::Nothing::Unknown("no task definition names a role");
    scope.every(view, none, |role| {
        let known = role.at("AssumeRolePolicyDocument").absent(CannotTell).is_set();
        let inline = role.at("Policies").list(Holds, Holds).every(|policy| scoped(&policy.at("PolicyDocument")));
        let managed = role.at("ManagedPolicyArns").list(Holds, Holds).every(|arn| managed(&arn, &policies));
        known.and(inline).and(managed)
    })
}

fn managed(arn: &Place<'_>, policies: &Set<'_>) -> Answer {
    match arn.text() {
        None => Answer::cannot_tell(arn.odd("text")),
        Some(text) if text.starts_with("arn:aws:iam::aws:policy/") => {
            let name = text.rsplit('/').next().unwrap_or(text);
            arn.answer(!ADMIN.contains(&name), "is not", ADMIN.join(", "))
        }
        Some(text) => {
            policies.find(text).map_or_else(Answer::cannot_tell, |policy| scoped(&policy.at("PolicyDocument")))
        }
    }
}

/// No statement of a policy allows everything on everything.
fn scoped(document: &Place<'_>) -> Answer {
    document.clone().absent(CannotTell).meets("allows not", "everything on everything", |document| {
        statements(document).map(|statements| !statements.iter().any(allows_everything))
    })
}

/// The statements of a policy: a document may be text, and one statement may stand without a list.
fn statements(document: &Value) -> Option<Vec<Value>> {
    match document {
        Value::String(text) => statements(&serde_json::from_str::<Value>(text).ok().filter(Value::is_object)?),
        Value::Object(object) => match object.get("Statement")? {
            Value::Array(list) => list.iter().all(Value::is_object).then(|| list.clone()),
            one @ Value::Object(_) => Some(vec![one.clone()]),
            _ => None,
        },
        _ => None,
    }
}

fn allows_everything(statement: &Value) -> bool {
    let has = |key: &str, wanted: &[&str]| texts(statement.get(key)).iter().any(|text| wanted.contains(text));
    let allows = statement.get("Effect").and_then(Value::as_str) == Some("Allow");
    allows && has("Resource", &["*"]) && (has("Action", &["*", "*:*"]) || statement.get("NotAction").is_some())
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// GitHub signs its jobs in, and every role that trusts it names the audience and the repository. Without the provider
/// another CI may be in use, which somebody has to sign for.
fn github_roles(view: &View<'_>) -> Population {
    let providers = view.of("AWS::IAM::OIDCProvider");
    let of_github = |place: &&Place<'_>| {
        place.unit().ends_with(GITHUB) || place.at("Url").text().is_some_and(|url| url.ends_with(GITHUB))
    };
    let Some(provider) = providers.resources.iter().find(of_github) else {
        let why = "GitHub is no identity provider of the account";
        return match providers.blind {
            Some(blind) => Population::unknown("accounts", blind),
            None => Population::empty("accounts", why, "add the provider, or sign how the CI signs in"),
        };
    };
    let audience = provider.at("ClientIdList").list(Fails, Fails).some(|id| id.absent(Fails).is("sts.amazonaws.com"));
    let roles = view.of("AWS::IAM::Role");
    let trusting = roles.resources.iter().filter_map(|role| {
        let document = role.at("AssumeRolePolicyDocument");
        let trusts = statements(document.value()?)?.into_iter().filter(trusts_github).collect::<Vec<_>>();
        let narrow = trusts.iter().all(names_a_repository);
        (!trusts.is_empty()).then(|| document.answer(narrow, "names", "the audience and one repository"))
    });
    let every = Answer::every(trusting, || match &roles.blind {
        Some(blind) => Answer::cannot_tell(blind.clone()),
        None => Answer::cannot_tell(Blind::new("no role trusts GitHub", "add a role, or sign how the CI signs in")),
    });
    Population::account(view, audience.and(every))
}

fn trusts_github(statement: &Value) -> bool {
    let federated = statement.get("Principal").and_then(|principal| principal.get("Federated"));
    let allows = statement.get("Effect").and_then(Value::as_str) == Some("Allow");
    allows && texts(federated).iter().any(|arn| arn.ends_with(GITHUB))
}

/// `repo:OWNER/NAME` has no wildcard; what comes after it, a branch or an environment, may.
fn names_a_repository(statement: &Value) -> bool {
    let condition = |key: &str| -> Vec<&str> {
        let operators = statement.get("Condition").and_then(Value::as_object).into_iter().flatten();
        let positive = operators.filter(|(operator, _)| ["StringEquals", "StringLike"].contains(&operator.as_str()));
        positive.flat_map(|(_, keys)| texts(keys.get(format!("{GITHUB}:{key}")))).collect()
    };
    let subjects = condition("sub");
    let exact = |subject: &&str| {
        let mut parts = subject.splitn(3, ':');
        let repository = parts.nth(1).unwrap_or_default();
        let rest = parts.next().unwrap_or_default();
        subject.starts_with("repo:") && repository.contains('/') && !repository.contains(['*', '?']) && !rest.is_empty()
    };
    condition("aud").contains(&"sts.amazonaws.com") && !subjects.is_empty() && subjects.iter().all(exact)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known_and_names_of_their_places_are_not() {
        for secret in [
            "DB_PASSWORD",
            "dbPassword",
            "API_KEY",
            "apiKey",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_ACCESS_KEY_ID",
            "GITHUB_TOKEN",
            "stripe.secret",
            "CONNECTION_STRING",
        ] {
            assert!(is_secret(secret), "{secret}");
        }
        for plain in ["DB_HOST", "TOKEN_URL", "SECRET_ARN", "PASSWORD_FILE", "LOG_LEVEL", "KEYBOARD", "TOKENIZER", ""] {
            assert!(!is_secret(plain), "{plain}");
        }
    }
}
