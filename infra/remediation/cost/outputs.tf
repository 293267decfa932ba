output "monitor_arns" {
  description = "ARNs of the anomaly monitors, the existing ones included."
  value       = var.create && var.enable_anomaly_detection ? local.monitor_arns : []
}

output "subscription_arns" {
  description = "ARNs of the anomaly subscriptions: `immediate` to the topic, `daily` to the addresses."
  value       = { for key, subscription in aws_ce_anomaly_subscription.alerts : key => subscription.arn }
}

output "budget_names" {
  description = "Names of the budgets, by what they are about."
  value = merge(
    { for key, budget in aws_budgets_budget.costs : key => budget.name },
    { for key, budget in aws_budgets_budget.savings_plans : "savings-plans-${key}" => budget.name },
  )
}
