output "endpoint" {
  description = "Host to which the tasks connect, with TLS and an IAM token in place of the password."
  value       = aws_db_proxy.proxy.endpoint
}

output "port" {
  description = "Port to which the tasks connect."
  value       = local.port
}

output "proxy_arn" {
  description = "ARN of the proxy."
  value       = aws_db_proxy.proxy.arn
}

output "security_group_id" {
  description = "Id of the proxy's security group."
  value       = aws_security_group.proxy.id
}

output "connect_policy" {
  description = "Policy for the task role as JSON: it may log in as `db_user`, by this proxy only."
  value       = local.connect_policy
}

output "policy" {
  description = "Permissions of the proxy's role as JSON."
  value       = local.policy
}
