# Production: its own key, a year of logs, direct notices, an hourly sign of life, a bucket for reports.
#
# terraform init -backend-config=backend.hcl, with bucket, key and region of your state in backend.hcl.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }

  backend "s3" {}
}

provider "aws" {
  region = var.region

  default_tags {
    tags = { Application = "plimsoll", Environment = "prod", ManagedBy = "terraform" }
  }
}

provider "aws" {
  alias  = "us_east_1"
  region = "us-east-1"
}

module "key" {
  source = "../../modules/encryption-key"
}

module "plimsoll" {
  source = "../../suite"

  name_prefix              = "plimsoll-prod"
  packages                 = { directory = var.packages_directory }
  permissions_boundary_arn = var.permissions_boundary_arn

  configuration = templatefile("${path.module}/plimsoll.toml", {
    account_id      = data.aws_caller_identity.current.account_id
    slack_channel   = var.slack_channel
    slack_token_arn = var.slack_token_arn
  })
  operations = {
    emails             = var.operations_emails
    operator_arns      = var.operator_arns
    heartbeat_schedule = "rate(1 hour)"
  }

  heartbeat = { forwarded_paths = module.global_events.heartbeat_paths }

  # Budgets and cost anomalies are told in us-east-1; the queue lets that topic in.
  cost_topic_arns = { global = module.global_events.cost_topic_arn }

  kms_key_arn    = module.key.arn
  direct_notices = ["guardduty-critical"]
  report_bucket  = { enabled = true }
}

module "global_events" {
  source    = "../../modules/global-events"
  providers = { aws = aws.us_east_1 }

  name_prefix    = "plimsoll-prod"
  event_bus_arn  = module.plimsoll.event_bus_arn
  cost_queue_arn = module.plimsoll.cost_queue_arn
  operations     = { emails = var.operations_emails }

  permissions_boundary_arn = var.permissions_boundary_arn
}

data "aws_caller_identity" "current" {}
