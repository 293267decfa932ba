output "api_id" {
  description = "Id of the API."
  value       = local.rest ? aws_api_gateway_rest_api.api[0].id : aws_apigatewayv2_api.api[0].id
}

output "stage_arn" {
  description = "ARN of the stage: what the module `waf` takes as `resource_arn` (REST APIs only)."
  value       = local.rest ? aws_api_gateway_stage.live[0].arn : aws_apigatewayv2_stage.live[0].arn
}

output "invoke_url" {
  description = "URL of the stage."
  value       = local.rest ? aws_api_gateway_stage.live[0].invoke_url : aws_apigatewayv2_stage.live[0].invoke_url
}

output "log_group_name" {
  description = "Name of the log group with the access log; null without access logs."
  value       = one(aws_cloudwatch_log_group.access[*].name)
}
