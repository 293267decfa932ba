//! Databases and data stores: proxies, backups, copies.

use jiff::{SignedDuration, Timestamp};
use plimsoll_checklist::Blind;

use super::{Line, line};
use crate::{
    answer::{
        Answer,
        Means::{CannotTell, Fails, Holds},
    },
    place::{Place, number},
    population::{Nothing, Population, Scope},
    view::{Set, View},
};

pub(super) const LINES: [Line; 8] = [
    line("RDSP-01", proxies),
    line("RDSP-02", iam_authentication),
    line("RDSP-03", tls),
    line("RDSP-04", pools),
    line("DR-02", backups),
    line("DR-03", retention),
    line("DR-04", copies),
    line("DR-06", restores),
];

const INSTANCE: &str = "AWS::RDS::DBInstance";
const CLUSTER: &str = "AWS::RDS::DBCluster";
const PROXY: &str = "AWS::RDS::DBProxy";
const TARGETS: &str = "AWS::RDS::DBProxyTargetGroup";
const TABLE: &str = "AWS::DynamoDB::Table";
const FILE_SYSTEM: &str = "AWS::EFS::FileSystem";
const PLAN: &str = "AWS::Backup::BackupPlan";
const NO_DATABASE: Nothing = Nothing::NotApplicable("there is no database", &[INSTANCE, CLUSTER]);
const NO_STORE: Nothing = Nothing::NotApplicable("there is no data store", &[INSTANCE, CLUSTER, TABLE, FILE_SYSTEM]);

/// Databases of Amazon RDS. A cluster is one, its members are not counted; Neptune and `DocumentDB` take no proxy.
fn databases<'a>(view: &View<'a>, proxied: bool) -> Scope<'a> {
    let mut scope = Scope::new("databases");
    for kind in [CLUSTER, INSTANCE] {
        let set = view.of(kind);
        for database in &set.resources {
            let other = database.at("Engine").text().is_some_and(|engine| ["neptune", "docdb"].contains(&engine));
            let member = kind == INSTANCE && database.at("DBClusterIdentifier").value().is_some();
            if !(member || proxied && other) {
                scope.add(database.unit(), Ok(database.clone()));
            }
        }
        scope.missing(set.blind);
    }
    scope
}

/// Every database is a target of a proxy.
fn proxies(view: &View<'_>) -> Population {
    let targets = view.of(TARGETS);
    databases(view, true).every(view, NO_DATABASE, |database| {
        targets.some(database.unit(), "a proxy before it", |group| {
            let named = |list: &str| {
                let ids = group.at(list).list(Fails, Fails);
                ids.some(|id| id.absent(Fails).is(database.unit()))
            };
            named("DBInstanceIdentifiers").or(named("DBClusterIdentifiers"))
        })
    })
}

/// Judges every proxy, or the group of targets of one. Databases without any proxy fail.
fn of_proxies(view: &View<'_>, kind: &'static str, judge: impl Fn(&Place<'_>) -> Answer) -> Population {
    let (databases, set) = (databases(view, true), view.of(kind));
    if databases.is_empty() {
        return databases.every(view, NO_DATABASE, |_| Answer::cannot_tell(Blind::new("", "")));
    }
    if set.resources.is_empty() {
        return databases.every(view, NO_DATABASE, |database| set.some(database.unit(), "a proxy", &judge));
    }
    let mut scope = Scope::new("proxies");
    let (_, blind) = databases.into_parts();
    scope.missing(blind);
    set.resources.iter().for_each(|proxy| scope.add(proxy.unit(), Ok(proxy.clone())));
    scope.missing(set.blind);
    scope.every(view, NO_DATABASE, judge)
}

/// Every proxy demands the authentication of IAM.
fn iam_authentication(view: &View<'_>) -> Population {
    of_proxies(view, PROXY, |proxy| {
        let by_default = proxy.at("DefaultAuthScheme").absent(Fails).is("IAM_AUTH");
        by_default
            .or(proxy.at("Auth").list(CannotTell, Fails).every(|auth| auth.at("IAMAuth").absent(Fails).is("REQUIRED")))
    })
}

/// Every proxy demands TLS.
fn tls(view: &View<'_>) -> Population {
    of_proxies(view, PROXY, |proxy| proxy.at("RequireTLS").absent(Fails).is_true())
}

/// Every pool of connections has limits: at most 100 % of the connections, no more idle ones than that, and nobody waits
/// longer than five minutes.
fn pools(view: &View<'_>) -> Population {
    of_proxies(view, TARGETS, |group| {
        let pool = group.at("ConnectionPoolConfigurationInfo");
        let Some(most) = pool.at("MaxConnectionsPercent").value().and_then(number) else {
            return Answer::cannot_tell(pool.at("MaxConnectionsPercent").odd("a number"));
        };
        let all = pool.at("MaxConnectionsPercent").absent(CannotTell).within(1.0, 100.0);
        let idle = pool.at("MaxIdleConnectionsPercent").absent(CannotTell).at_most(most);
        all.and(idle).and(pool.at("ConnectionBorrowTimeout").absent(CannotTell).within(1.0, 300.0))
    })
}

/// Data stores by their ARN: databases, tables of DynamoDB, file systems of EFS.
fn stores<'a>(view: &View<'a>) -> Scope<'a> {
    let mut scope = Scope::new("data stores");
    let (databases, blind) = databases(view, false).into_parts();
    scope.missing(blind);
    let found = databases.into_iter().filter_map(|(_, seen)| seen.ok());
    let others: Vec<Set<'a>> = vec![view.of(TABLE), view.of(FILE_SYSTEM)];
    scope.missing(others.iter().filter_map(|set| set.blind.clone()));
    for store in found.chain(others.into_iter().flat_map(|set| set.resources)) {
        let named = ["DBClusterArn", "DBInstanceArn", "Arn"].into_iter().find_map(|name| store.at(name).text());
        match named {
            Some(arn) => scope.add(arn, Ok(store)),
            None => scope.add(store.unit(), Err(store.at("Arn").odd("text"))),
        }
    }
    scope
}

/// The last backup of every data store is younger than the profile asks.
fn backups(view: &View<'_>) -> Population {
    let protected = view.of("backup:ListProtectedResources");
    let most = SignedDuration::from_hours(i64::from(view.settings.backup_max_age_hours));
    stores(view).every(view, NO_STORE, |store| {
        let arn = ["DBClusterArn", "DBInstanceArn", "Arn"]
            .into_iter()
            .find_map(|name| store.at(name).text())
            .unwrap_or_default();
        protected.some(arn, "a backup by AWS Backup", |backed_up| {
            let mine = backed_up.at("ResourceArn").absent(CannotTell).is(arn);
            let hours = format!("{} hours", view.settings.backup_max_age_hours);
            mine.and(backed_up.at("LastBackupTime").absent(Fails).meets("is younger than", &hours, |value| {
                let last: Timestamp = value.as_str()?.parse().ok()?;
                Some(view.own.finished_at.duration_since(last) <= most)
            }))
        })
    })
}

/// Judges every backup plan. Data stores without any plan fail; without data stores the line does not apply.
fn plans(view: &View<'_>, judge: impl Fn(&Place<'_>) -> Answer) -> Population {
    let (stores, set) = (stores(view), view.of(PLAN));
    if stores.is_empty() || set.resources.is_empty() {
        return stores.every(view, NO_STORE, |store| set.some(store.unit(), "a backup plan", &judge));
    }
    let (_, blind) = stores.into_parts();
    let mut scope = Scope::new("backup plans");
    scope.missing(blind);
    set.resources.iter().for_each(|plan| scope.add(plan.unit(), Ok(plan.clone())));
    scope.missing(set.blind);
    scope.every(view, NO_STORE, judge)
}

/// Every rule of every plan keeps its recovery points as long as the profile asks, or for ever.
fn retention(view: &View<'_>) -> Population {
    let least = f64::from(view.settings.backup_retention_days);
    plans(view, |plan| {
        plan.at("BackupPlan.BackupPlanRule").list(CannotTell, Fails).every(|rule| {
            let known = rule.at("RuleName").absent(CannotTell).is_set();
            known.and(rule.at("Lifecycle.DeleteAfterDays").absent(Holds).at_least(least))
        })
    })
}

/// A plan copies into another region or another account. That a copy arrived only its event shows.
fn copies(view: &View<'_>) -> Population {
    let (stores, set) = (stores(view), view.of(PLAN));
    if stores.is_empty() {
        return stores.every(view, NO_STORE, |_| Answer::cannot_tell(Blind::new("", "")));
    }
    let (_, blind) = stores.into_parts();
    let unit = format!("{}/{}", view.own.account, view.own.region);
    let home = format!(":{}:{}:", view.own.region, view.own.account);
    let copies = set.some(&unit, "a rule that copies into another region or account", |plan| {
        plan.at("BackupPlan.BackupPlanRule").list(CannotTell, Fails).some(|rule| {
            rule.at("CopyActions").list(Fails, Fails).some(|copy| {
                copy.at("DestinationBackupVaultArn").absent(CannotTell).meets("is outside", &home, |value| {
                    value.as_str().map(|arn| arn.starts_with("arn:") && !arn.contains(&home))
                })
            })
        })
    });
    let mut population = Population::region(view, copies).also("a completed copy");
    population.blind.extend(blind);
    population
}

/// Restores are tested. A plan for that is no restore, so the line needs one that completed.
fn restores(view: &View<'_>) -> Population {
    let plans = view.of("AWS::Backup::RestoreTestingPlan");
    let unit = format!("{}/{}", view.own.account, view.own.region);
    let planned = plans.some(&unit, "a plan that tests restores", |plan| {
        plan.at("RestoreTestingPlanName").absent(CannotTell).is_set()
    });
    if planned.fails() {
        let remedy = "restore something, make a restore testing plan, or sign for a restore";
        return Population::empty("regions", "no plan tests restores", remedy).also("a completed restore");
    }
    Population::region(view, planned).also("a completed restore")
}
