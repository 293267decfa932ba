output "dashboard_name" {
  description = "Name of the dashboard; null if there is none."
  value       = one(aws_cloudwatch_dashboard.main[*].dashboard_name)
}

output "alarm_arns" {
  description = "ARNs of the alarms, by service and what they watch, as in `web-cpu`."
  value       = { for key, alarm in aws_cloudwatch_metric_alarm.service : key => alarm.arn }
}

output "alarm_names" {
  description = "Names of the alarms, by service and what they watch: for the automatic rollback of a deployment."
  value       = { for key, alarm in aws_cloudwatch_metric_alarm.service : key => alarm.alarm_name }
}

output "sampling_rule_arn" {
  description = "ARN of the sampling rule; null if there is none."
  value       = one(aws_xray_sampling_rule.traces[*].arn)
}

output "query_definition_id" {
  description = "Id of the saved query; null if there is none."
  value       = one(aws_cloudwatch_query_definition.errors[*].query_definition_id)
}
