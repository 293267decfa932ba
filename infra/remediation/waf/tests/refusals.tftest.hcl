mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
}

variables {
  name         = "orders"
  resource_arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/orders/0123456789abcdef"
}

# One run for inputs that are refused independently of one another: each must be refused, or the run fails.
run "refuses_numbers_and_lists_that_aws_refuses" {
  command = plan
  variables {
    rate_limit          = 5
    enable_geo_blocking = true
    blocked_countries   = ["Iran"]
    blocked_ips         = ["0.0.0.0/0"]
    log_retention_days  = 45
    redacted_headers    = ["Authorization"]
    counted_rules       = { bots = ["CategoryAI"] }
  }
  expect_failures = [
    var.rate_limit, var.blocked_countries, var.blocked_ips, var.log_retention_days, var.redacted_headers, var.counted_rules,
  ]
}

run "refuses_lists_that_nobody_switched_on_and_an_http_api" {
  command = plan
  variables {
    resource_arn        = "arn:aws:apigateway:eu-west-1::/apis/abc123/stages/live"
    blocked_countries   = ["KP"]
    allowed_ips         = ["198.51.100.0/24"]
    enable_ip_blocklist = false
    blocked_ips         = ["203.0.113.7/32"]
  }
  expect_failures = [var.resource_arn, var.blocked_countries, var.allowed_ips, var.blocked_ips]
}

run "refuses_an_association_with_cloudfront" {
  command = plan
  variables {
    scope                    = "CLOUDFRONT"
    additional_resource_arns = { api = "arn:aws:apigateway:eu-west-1::/restapis/abc123/stages/live" }
  }
  override_data {
    target = data.aws_region.current
    values = { id = "us-east-1" }
  }
  expect_failures = [var.resource_arn, var.additional_resource_arns]
}

run "refuses_cloudfront_outside_us_east_1" {
  command = plan
  variables {
    scope        = "CLOUDFRONT"
    resource_arn = null
  }
  expect_failures = [aws_wafv2_web_acl.firewall]
}

run "refuses_a_firewall_that_protects_nothing" {
  command = plan
  variables {
    resource_arn = null
  }
  expect_failures = [var.resource_arn]
}

run "refuses_a_resource_that_would_not_be_associated" {
  command = plan
  variables {
    associate_resource = false
  }
  expect_failures = [var.resource_arn]
}
