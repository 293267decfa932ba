//! Whether somebody hears what AWS costs.

use super::{Line, line};
use crate::{
    answer::{
        Answer,
        Means::{CannotTell, Fails},
    },
    place::number,
    population::Population,
    view::View,
};

pub(super) const LINES: [Line; 3] = [
    Line { id: "FIN-01", judge: anomalies, max_age_days: Some(3) },
    line("FIN-02", budgets),
    Line { id: "FIN-03", judge: savings_plans, max_age_days: Some(8) },
];

/// A monitor looks for anomalies of the account, and a subscription of it has somebody to tell.
fn anomalies(view: &View<'_>) -> Population {
    let (monitors, subscriptions) = (view.of("ce:GetAnomalyMonitors"), view.of("ce:GetAnomalySubscriptions"));
    let watched = monitors.some(&view.own.account, "an anomaly monitor", |monitor| {
        let arn = monitor.at("MonitorArn").absent(CannotTell).is_set();
        let told = subscriptions.some(monitor.unit(), "a subscription with a subscriber", |subscription| {
            let mine =
                subscription.at("MonitorArnList").list(Fails, Fails).some(|arn| arn.absent(Fails).is(monitor.unit()));
            mine.and(subscription.at("Subscribers").list(Fails, Fails).some(|subscriber| {
                let declined = subscriber.at("Status").absent(Fails).is("DECLINED");
                subscriber.at("Address").absent(CannotTell).is_set().and(declined.not())
            }))
        });
        arn.and(told)
    });
    Population::account(view, watched)
}

/// A budget of costs notifies somebody of what was spent and of what is forecast.
fn budgets(view: &View<'_>) -> Population {
    let notified = view.of("AWS::Budgets::Budget").some(&view.own.account, "a budget that notifies", |budget| {
        let notifies = |kind: &str| {
            budget.at("NotificationsWithSubscribers").list(Fails, Fails).some(|notification| {
                let of_kind = notification.at("Notification.NotificationType").absent(CannotTell).is(kind);
                of_kind.and(notification.at("Subscribers").absent(Fails).is_set())
            })
        };
        let of_costs = budget.at("Budget.BudgetType").absent(CannotTell).is("COST");
        of_costs.and(notifies("ACTUAL")).and(notifies("FORECASTED"))
    });
    Population::account(view, notified)
}

/// Savings Plans cover as much of the compute spend as the profile asks.
fn savings_plans(view: &View<'_>) -> Population {
    let coverage = view.of("ce:GetSavingsPlansCoverage");
    let total = coverage.resources.first().and_then(|period| period.at("Coverage.TotalCost").value()).and_then(number);
    if total.is_some_and(|total| total < f64::from(view.settings.savings_plans_floor)) && coverage.blind.is_none() {
        return Population::left_out("accounts", "the compute spend is below the floor of the profile");
    }
    let least = f64::from(view.settings.savings_plans_coverage);
    let covered = coverage.some(&view.own.account, "coverage by Savings Plans", |period| {
        period.at("Coverage.CoveragePercentage").absent(CannotTell).at_least(least)
    });
    Population::account(
        view,
        if coverage.resources.is_empty() { Answer::cannot_tell(nothing_spent()) } else { covered },
    )
}

fn nothing_spent() -> plimsoll_checklist::Blind {
    plimsoll_checklist::Blind::new("Cost Explorer reports no compute spend", "wait for the next report")
}
