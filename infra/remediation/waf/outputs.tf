output "web_acl_arn" {
  description = "ARN of the web ACL: what a CloudFront distribution takes as `web_acl_id`."
  value       = aws_wafv2_web_acl.firewall.arn
}

output "web_acl_id" {
  description = "Id of the web ACL."
  value       = aws_wafv2_web_acl.firewall.id
}

output "ip_set_arns" {
  description = "ARNs of the IP sets by list and version: `allow-ipv4`, `allow-ipv6`, `block-ipv4`, `block-ipv6`."
  value       = { for key, addresses in aws_wafv2_ip_set.addresses : key => addresses.arn }
}

output "log_group_name" {
  description = "Name of the log group with the requests; null without logging."
  value       = one(aws_cloudwatch_log_group.requests[*].name)
}

output "associated_keys" {
  description = "Keys of the resources behind the web ACL: `resource` for `resource_arn`, and those of `additional_resource_arns`."
  value       = keys(aws_wafv2_web_acl_association.protected)
}
