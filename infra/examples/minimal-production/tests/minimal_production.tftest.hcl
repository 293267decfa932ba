mock_provider "aws" {
  mock_data "aws_availability_zones" {
    defaults = { names = ["us-east-1a", "us-east-1b", "us-east-1c"] }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "us-east-1", name = "us-east-1" }
  }
}

variables {
  domain_name        = "www.example.com"
  certificate_arn    = "arn:aws:acm:us-east-1:111122223333:certificate/0123"
  image              = "111122223333.dkr.ecr.us-east-1.amazonaws.com/web-prod@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  alarm_emails       = ["oncall@example.com"]
  github_org         = "example"
  github_repo        = "web"
  cost_topic_arn     = "arn:aws:sns:us-east-1:111122223333:plimsoll-cost-alerts"
  monthly_budget_usd = 5000
}

run "is_production" {
  command = plan

  assert {
    condition     = output.settings.nat_gateways == 3 && output.settings.autoscaling.min == 3 && output.settings.autoscaling.max == 20 && output.settings.log_retention_days == 90 && !contains(keys(output.settings.capacity), "FARGATE_SPOT") && output.settings.backup
    error_message = "The numbers of production: ${jsonencode(output.settings)}"
  }
  assert {
    condition     = output.pipeline.cluster == "web-prod" && output.pipeline.service == "web-prod" && output.pipeline.codedeploy_application == "web-prod"
    error_message = "The pipeline deploys this service."
  }
}
