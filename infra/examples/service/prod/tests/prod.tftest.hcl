mock_provider "aws" {
  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-west-1a", "eu-west-1b", "eu-west-1c"] }
  }
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

mock_provider "aws" {
  alias = "recovery"

  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-central-1" }
  }
}

variables {
  image           = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/web@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  certificate_arn = "arn:aws:acm:eu-west-1:111122223333:certificate/0123"
  alarm_emails    = ["oncall@example.com"]
}

run "is_what_the_source_checklist_says" {
  command = plan

  assert {
    condition = jsonencode(output.settings) == jsonencode({
      nat_gateways       = 3
      availability_zones = 3
      capacity           = { FARGATE = 100 }
      autoscaling        = { min = 3, max = 20 }
      log_retention_days = 90
      waf                = true
      shield             = true
      backup             = true
    })
    error_message = "Section 7 of the source checklist says otherwise: ${jsonencode(output.settings)}"
  }
}

run "without_a_subscription_to_shield" {
  command = plan
  variables {
    subscribed_to_shield = false
  }
  assert {
    condition     = !output.settings.shield && output.settings.waf
    error_message = "Protections are refused by AWS in an account that is not subscribed."
  }
}

run "refuses_copies_in_the_same_region" {
  command = plan
  variables {
    recovery_region = "eu-west-1"
  }
  expect_failures = [var.recovery_region]
}
