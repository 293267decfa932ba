output "dashboard_url" {
  description = "The page in CloudWatch that shows whether it works."
  value       = module.plimsoll.dashboard_url
}

output "cost_topic_arn" {
  description = "The topic to name in Budgets and Cost Anomaly Detection."
  value       = module.global_events.cost_topic_arn
}

output "report_bucket" {
  description = "A private bucket for reports that your own pipeline writes."
  value       = module.plimsoll.report_bucket
}
