output "table_name" {
  description = "For `export PLIMSOLL_TABLE=...`, so that the command line sees the same state."
  value       = module.plimsoll.table_name
}

output "cost_topic_arn" {
  description = "The topic to name in Budgets and Cost Anomaly Detection."
  value       = module.plimsoll.cost_topic_arn
}

output "operations_topic_arn" {
  description = "The topic that hears of trouble in Plimsoll itself."
  value       = module.plimsoll.operations_topic_arn
}

output "dashboard_url" {
  description = "The page in CloudWatch that shows whether it works; null without `dashboard`."
  value       = module.plimsoll.dashboard_url
}
