output "distribution_arn" {
  description = "ARN of the distribution; null if there is none."
  value       = one(aws_cloudfront_distribution.site[*].arn)
}

output "distribution_id" {
  description = "Id of the distribution; null if there is none."
  value       = one(aws_cloudfront_distribution.site[*].id)
}

output "domain_name" {
  description = "Name that the aliases point to, dXXXX.cloudfront.net; null if there is none."
  value       = one(aws_cloudfront_distribution.site[*].domain_name)
}

output "vpc_origin_id" {
  description = "Id of the VPC origin; null with a lock by header."
  value       = one(aws_cloudfront_vpc_origin.load_balancer[*].id)
}
