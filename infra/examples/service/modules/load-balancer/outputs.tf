output "arn" {
  description = "ARN of the load balancer."
  value       = aws_lb.web.arn
}

output "arn_suffix" {
  description = "Last part of its ARN: the dimension of its metrics."
  value       = aws_lb.web.arn_suffix
}

output "dns_name" {
  description = "Name that your domain points to."
  value       = aws_lb.web.dns_name
}

output "security_group_id" {
  description = "Security group of the load balancer."
  value       = aws_security_group.web.id
}

output "https_listener_arn" {
  description = "ARN of the HTTPS listener."
  value       = aws_lb_listener.https.arn
}

output "target_groups" {
  description = "The pair of target groups: ARN, name and last part of the ARN of `blue` and `green`."
  value       = { for role, group in aws_lb_target_group.service : role => { arn = group.arn, name = group.name, arn_suffix = group.arn_suffix } }
}

output "log_bucket_name" {
  description = "Bucket of the access logs."
  value       = aws_s3_bucket.logs.id
}
