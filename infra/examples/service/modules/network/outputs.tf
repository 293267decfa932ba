output "vpc_id" {
  description = "Id of the VPC."
  value       = aws_vpc.vpc.id
}

output "public_subnet_ids" {
  description = "Ids of the public subnets, one in each zone: for load balancers."
  value       = [for zone in local.zones : aws_subnet.subnet["public-${zone}"].id]
}

output "private_subnet_ids" {
  description = "Ids of the private subnets, one in each zone: for tasks."
  value       = [for zone in local.zones : aws_subnet.subnet["private-${zone}"].id]
}

output "endpoint_security_group_id" {
  description = "Security group of the endpoints."
  value       = aws_security_group.endpoints.id
}

output "s3_prefix_list_id" {
  description = "Prefix list of the endpoint of S3: images come from there."
  value       = aws_vpc_endpoint.s3.prefix_list_id
}

output "nat_gateways" {
  description = "Number of NAT gateways, and of zones that have subnets."
  value       = { gateways = length(aws_nat_gateway.nat), zones = length(local.zones) }
}
