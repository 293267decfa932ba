//! AWS Cost Explorer, whose every answered page costs 0.01 USD: each request is counted, and none is made over the limit.
//! <https://aws.amazon.com/aws-cost-management/aws-cost-explorer/pricing/>

use std::sync::atomic::{AtomicU32, Ordering};

use aws_sdk_costexplorer::{
    Client,
    types::{AnomalyDateInterval, DateInterval},
};
use jiff::{SignedDuration, Timestamp};
use plimsoll_evidence::Read;
use serde_json::Value;

use crate::{
    pace::{Pace, fail, failed, is_out_of_time},
    redact::without_secrets,
    take::{resource, take},
};

/// How many paid requests this run may still make.
#[derive(Debug)]
pub(crate) struct Purse {
    left: AtomicU32,
    spent: AtomicU32,
}

impl Purse {
    pub(crate) fn new(limit: u32) -> Self {
        Self { left: AtomicU32::new(limit), spent: AtomicU32::new(0) }
    }

    /// Paid requests so far.
    pub(crate) fn spent(&self) -> u32 {
        self.spent.load(Ordering::Relaxed)
    }

    /// Takes the price of one request; `false` if nothing is left.
    fn pay(&self) -> bool {
        let paid = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        if paid {
            self.spent.fetch_add(1, Ordering::Relaxed);
        }
        paid
    }
}

/// How far back anomalies are looked for, as far as the API goes.
/// <https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetAnomalies.html>
const ANOMALY_DAYS: i64 = 90;
const COVERAGE_DAYS: i64 = 30;
/// Pages of one list; each costs.
const MAX_PAGES: usize = 5;

pub(crate) async fn read(client: &Client, pace: &Pace<'_>, kind: &str, purse: &Purse, now: Timestamp) -> Read {
    let mut read = Read { complete: true, ..Read::default() };
    let mut token = None::<String>;
    for _ in 0..MAX_PAGES {
        if !purse.pay() {
            fail(&mut read, failed(kind, None, "the limit of paid requests is reached"));
            return read;
        }
        let body = match page(client, pace, kind, token.clone(), now).await {
            Ok(body) => body,
            Err(error) => {
                fail(&mut read, error);
                return read;
            }
        };
        let (list, id) = match kind {
            "ce:GetAnomalyMonitors" => ("AnomalyMonitors", "MonitorArn"),
            "ce:GetAnomalySubscriptions" => ("AnomalySubscriptions", "SubscriptionArn"),
            "ce:GetAnomalies" => ("Anomalies", "AnomalyId"),
            _ => ("SavingsPlansCoverages", ""),
        };
        if id.is_empty() {
            for element in body.get(list).and_then(Value::as_array).into_iter().flatten() {
                let start = element.pointer("/TimePeriod/Start").and_then(Value::as_str).unwrap_or_default();
                read.resources.push(resource(start, element));
            }
        } else {
            take(&mut read, &body, list, id);
        }
        let next = ["NextPageToken", "NextToken"].iter().find_map(|name| body.get(*name).and_then(Value::as_str));
        token = next.filter(|next| !next.is_empty()).map(ToOwned::to_owned);
        if token.is_none() || is_out_of_time(&read) {
            break;
        }
    }
    read.complete &= token.is_none();
    for resource in &mut read.resources {
        resource.properties = without_secrets(kind, std::mem::take(&mut resource.properties));
    }
    read
}

async fn page(
    client: &Client,
    pace: &Pace<'_>,
    kind: &str,
    token: Option<String>,
    now: Timestamp,
) -> Result<Value, plimsoll_evidence::ReadError> {
    let day = |days: i64| {
        let at = now.checked_sub(SignedDuration::from_hours(24 * days)).unwrap_or(now);
        at.strftime("%Y-%m-%d").to_string()
    };
    let body = match kind {
        "ce:GetAnomalyMonitors" => {
            let send = |capture| {
                let request = client.get_anomaly_monitors().max_results(100).set_next_page_token(token.clone());
                request.customize().interceptor(capture).send()
            };
            pace.call(kind, None, send).await?.map(|answer| answer.body)
        }
        "ce:GetAnomalySubscriptions" => {
            let send = |capture| {
                let request = client.get_anomaly_subscriptions().max_results(100).set_next_page_token(token.clone());
                request.customize().interceptor(capture).send()
            };
            pace.call(kind, None, send).await?.map(|answer| answer.body)
        }
        "ce:GetAnomalies" => {
            let period = AnomalyDateInterval::builder().start_date(day(ANOMALY_DAYS)).build();
            let period = period.map_err(|error| failed(kind, None, &error.to_string()))?;
            let send = |capture| {
                let request = client.get_anomalies().date_interval(period.clone()).max_results(100);
                request.set_next_page_token(token.clone()).customize().interceptor(capture).send()
            };
            pace.call(kind, None, send).await?.map(|answer| answer.body)
        }
        _ => {
            let period = DateInterval::builder().start(day(COVERAGE_DAYS)).end(day(0)).build();
            let period = period.map_err(|error| failed(kind, None, &error.to_string()))?;
            let send = |capture| {
                let request = client.get_savings_plans_coverage().time_period(period.clone());
                request.set_next_token(token.clone()).customize().interceptor(capture).send()
            };
            pace.call(kind, None, send).await?.map(|answer| answer.body)
        }
    };
    Ok(body.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_paid_than_the_limit() {
        let purse = Purse::new(2);
        assert!(purse.pay() && purse.pay());
        assert!(!purse.pay());
        assert_eq!(purse.spent(), 2);
    }
}
