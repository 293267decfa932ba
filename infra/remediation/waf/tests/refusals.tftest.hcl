mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
}

variables {
  name         = "orders"
  resource_arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/orders/0123456789abcdef"
}

run "refuses_an_unknown_scope" {
  command = plan
  variables {
    scope        = "GLOBAL"
    resource_arn = null
  }
  expect_failures = [var.scope]
}

run "refuses_an_http_api" {
  command = plan
  variables {
    resource_arn = "arn:aws:apigateway:eu-west-1::/apis/abc123/stages/live"
  }
  expect_failures = [var.resource_arn]
}

run "refuses_an_association_with_cloudfront" {
  command = plan
  variables {
    scope = "CLOUDFRONT"
  }
  override_data {
    target = data.aws_region.current
    values = { id = "us-east-1" }
  }
  expect_failures = [var.resource_arn]
}

run "refuses_cloudfront_outside_us_east_1" {
  command = plan
  variables {
    scope        = "CLOUDFRONT"
    resource_arn = null
  }
  expect_failures = [aws_wafv2_web_acl.firewall]
}

run "refuses_a_rate_that_aws_refuses" {
  command = plan
  variables {
    rate_limit = 5
  }
  expect_failures = [var.rate_limit]
}

run "refuses_countries_that_nobody_switched_on" {
  command = plan
  variables {
    blocked_countries = ["KP"]
  }
  expect_failures = [var.blocked_countries]
}

run "refuses_a_country_by_its_name" {
  command = plan
  variables {
    enable_geo_blocking = true
    blocked_countries   = ["Iran"]
  }
  expect_failures = [var.blocked_countries]
}

run "refuses_to_block_the_whole_internet" {
  command = plan
  variables {
    blocked_ips = ["0.0.0.0/0"]
  }
  expect_failures = [var.blocked_ips]
}

run "refuses_an_allow_list_that_is_off" {
  command = plan
  variables {
    allowed_ips = ["198.51.100.0/24"]
  }
  expect_failures = [var.allowed_ips]
}

run "refuses_a_retention_that_cloudwatch_lacks" {
  command = plan
  variables {
    log_retention_days = 45
  }
  expect_failures = [var.log_retention_days]
}

run "refuses_a_header_that_waf_would_miss" {
  command = plan
  variables {
    redacted_headers = ["Authorization"]
  }
  expect_failures = [var.redacted_headers]
}
