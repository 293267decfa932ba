output "dashboard_url" {
  description = "The page in CloudWatch that shows whether it works."
  value       = module.plimsoll.dashboard_url
}

output "table_name" {
  description = "For `export PLIMSOLL_TABLE=...`."
  value       = module.plimsoll.table_name
}

output "cost_topic_arn" {
  description = "The topic to name in Budgets and Cost Anomaly Detection."
  value       = module.global_events.cost_topic_arn
}
