mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
}

variables {
  name                   = "web"
  vpc_id                 = "vpc-0123"
  public_subnet_ids      = ["subnet-a", "subnet-b"]
  task_security_group_id = "sg-tasks"
  certificate_arn        = "arn:aws:acm:eu-west-1:111122223333:certificate/0123"
  container_port         = 8080
}

run "https_only" {
  command = plan

  assert {
    condition     = aws_lb_listener.https.protocol == "HTTPS" && aws_lb_listener.https.ssl_policy == "ELBSecurityPolicy-TLS13-1-2-2021-06" && aws_lb_listener.https.certificate_arn == var.certificate_arn
    error_message = "HTTPS with TLS 1.2 or newer."
  }
  assert {
    condition     = one(aws_lb_listener.redirect.default_action).type == "redirect" && one(one(aws_lb_listener.redirect.default_action).redirect).protocol == "HTTPS" && one(one(aws_lb_listener.redirect.default_action).redirect).status_code == "HTTP_301"
    error_message = "HTTP redirects and serves nothing."
  }
  assert {
    condition     = toset([for rule in aws_vpc_security_group_ingress_rule.web : rule.from_port]) == toset([80, 443]) && aws_vpc_security_group_egress_rule.tasks.referenced_security_group_id == "sg-tasks"
    error_message = "Two ports in, and out to the tasks only."
  }
  assert {
    condition     = aws_lb.web.drop_invalid_header_fields && aws_lb.web.enable_deletion_protection
    error_message = "Invalid headers are dropped, and it is not deleted by accident."
  }
}

run "logs_checks_and_drains" {
  command = plan

  assert {
    condition     = one(aws_lb.web.access_logs).enabled && local.log_bucket == "web-alb-logs-111122223333-eu-west-1"
    error_message = "Access logs are written."
  }
  assert {
    condition = jsondecode(aws_s3_bucket_policy.logs.policy).Statement[0] == {
      Sid       = "LetTheLoadBalancerWrite"
      Effect    = "Allow"
      Principal = { Service = "logdelivery.elasticloadbalancing.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "arn:aws:s3:::web-alb-logs-111122223333-eu-west-1/AWSLogs/111122223333/*"
      Condition = { ArnLike = { "aws:SourceArn" = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/*" } }
    }
    error_message = "Only load balancers of this account write."
  }
  assert {
    condition     = alltrue([for group in aws_lb_target_group.service : one(group.health_check).path == "/health" && one(group.health_check).matcher == "200-299" && one(group.health_check).enabled && group.deregistration_delay == "30"])
    error_message = "A health check of its own path, and 30 seconds to drain."
  }
}

run "refuses_one_zone" {
  command = plan
  variables {
    public_subnet_ids = ["subnet-a"]
  }
  expect_failures = [var.public_subnet_ids]
}

run "refuses_to_cut_requests_off" {
  command = plan
  variables {
    deregistration_delay_seconds = 0
  }
  expect_failures = [var.deregistration_delay_seconds]
}

run "refuses_a_long_name" {
  command = plan
  variables {
    name = "a-name-that-is-far-too-long-for-it"
  }
  expect_failures = [var.name]
}
