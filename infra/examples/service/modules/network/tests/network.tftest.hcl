mock_provider "aws" {
  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-west-1a", "eu-west-1b", "eu-west-1c"] }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:111122223333:log-group:/vpc/web/flow" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/web-flow-logs" }
  }
}

variables {
  name = "web"
}

run "a_nat_gateway_in_each_zone" {
  command = plan

  assert {
    condition     = toset(keys(aws_nat_gateway.nat)) == toset(["eu-west-1a", "eu-west-1b", "eu-west-1c"]) && length(aws_route.private) == 3
    error_message = "Each zone has its way out."
  }
  assert {
    condition     = length(aws_subnet.subnet) == 6 && alltrue([for subnet in aws_subnet.subnet : !subnet.map_public_ip_on_launch])
    error_message = "Two subnets in each zone, and no public addresses."
  }
  assert {
    condition     = length(distinct([for subnet in aws_subnet.subnet : subnet.cidr_block])) == 6
    error_message = "The subnets do not overlap."
  }
}

run "one_where_it_may_fail" {
  command = plan
  variables {
    single_nat_gateway = true
    availability_zones = 2
  }
  assert {
    condition     = keys(aws_nat_gateway.nat) == ["eu-west-1a"] && length(aws_route.private) == 2
    error_message = "One NAT gateway for both zones."
  }
}

run "calls_to_aws_stay_within" {
  command = plan

  assert {
    condition     = toset([for endpoint in aws_vpc_endpoint.interface : endpoint.service_name]) == toset(["com.amazonaws.eu-west-1.ecr.api", "com.amazonaws.eu-west-1.ecr.dkr", "com.amazonaws.eu-west-1.logs", "com.amazonaws.eu-west-1.secretsmanager"])
    error_message = "Images, logs and secrets."
  }
  assert {
    condition     = aws_vpc_endpoint.s3.vpc_endpoint_type == "Gateway" && aws_vpc_endpoint.s3.service_name == "com.amazonaws.eu-west-1.s3"
    error_message = "The layers of images come from S3, without a price."
  }
  assert {
    condition     = aws_vpc_security_group_ingress_rule.endpoints.cidr_ipv4 == "10.0.0.0/16" && aws_vpc_security_group_ingress_rule.endpoints.from_port == 443 && length(aws_default_security_group.closed.ingress) == 0
    error_message = "HTTPS from the VPC; the default group is closed."
  }
}

run "refuses_one_zone" {
  command = plan
  variables {
    availability_zones = 1
  }
  expect_failures = [var.availability_zones]
}

run "refuses_a_small_network" {
  command = plan
  variables {
    cidr_block = "10.0.0.0/24"
  }
  expect_failures = [var.cidr_block]
}

run "refuses_images_by_nat" {
  command = plan
  variables {
    interface_endpoints = ["logs"]
  }
  expect_failures = [var.interface_endpoints]
}
