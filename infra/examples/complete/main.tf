# Everything at once: a suite in one region with its own key, three channels, events of a second account and of
# us-east-1, direct notices, a heartbeat, a bucket for reports.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = { Application = "plimsoll", ManagedBy = "terraform" }
  }
}

# Where AWS raises cost anomalies, sign-ins of the root user and global Health events.
provider "aws" {
  alias  = "us_east_1"
  region = "us-east-1"
}

# An account whose events the suite reads.
provider "aws" {
  alias  = "member"
  region = var.region

  assume_role {
    role_arn = "arn:aws:iam::${var.member_account}:role/${var.member_role}"
  }
}

module "key" {
  source = "../../modules/encryption-key"

  name        = local.prefix
  name_prefix = local.prefix
}

# A channel for people who do not use Slack: e-mail, by a topic of their own.
module "people" {
  source = "../../modules/topic"

  name        = "${local.prefix}-people"
  location    = local.location
  kms_key_arn = module.key.arn
  emails      = var.people_emails
}

module "plimsoll" {
  source = "../../suite"

  name_prefix = local.prefix
  packages = {
    s3_bucket          = var.packages_bucket
    s3_prefix          = var.packages_prefix
    s3_object_versions = var.packages_versions
  }
  architecture = "arm64"

  configuration = templatefile("${path.module}/plimsoll.toml", {
    account_id        = local.location.account_id
    member_account    = var.member_account
    slack_channel     = var.slack_channel
    slack_token_arn   = var.secret_arns.slack
    pagerduty_key_arn = var.secret_arns.pagerduty
    people_topic_arn  = module.people.arn
  })
  channels = {
    slack   = { secret_arns = [var.secret_arns.slack], immediate = true }
    on-call = { secret_arns = [var.secret_arns.pagerduty], immediate = true }
    people  = { topic_arn = module.people.arn, kms_key_arns = [module.key.arn] }
  }
  digest = {
    schedule           = "cron(0 8 ? * MON-FRI *)"
    time_zone          = "Europe/Berlin"
    channels           = ["slack", "people"]
    silent_after_hours = 73
  }

  operations = {
    emails             = var.operations_emails
    heartbeat_schedule = "rate(1 hour)"
    operator_arns      = ["arn:aws:iam::${local.location.account_id}:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Operator_*"]
  }
  # root-login needs a CloudTrail trail that logs management events.
  direct_notices = ["guardduty-critical", "root-login"]
  heartbeat      = { forwarded_paths = concat(module.global_events.heartbeat_paths, module.member.heartbeat_paths) }
  central_bus    = { enabled = true, member_accounts = [var.member_account] }
  # Budgets and anomalies are told in us-east-1; the queue lets that topic in.
  cost_topic_arns = { global = module.global_events.cost_topic_arn }

  kms_key_arn   = module.key.arn
  tracing       = true
  report_bucket = { enabled = true }
  tags          = { Owner = "platform", CostCenter = "1234" }
}

module "global_events" {
  source    = "../../modules/global-events"
  providers = { aws = aws.us_east_1 }

  name_prefix    = local.prefix
  event_bus_arn  = module.plimsoll.event_bus_arn
  cost_queue_arn = module.plimsoll.cost_queue_arn
  direct_notices = ["root-login"]
  operations     = { emails = var.operations_emails }
}

module "member" {
  source    = "../../modules/member-account"
  providers = { aws = aws.member }

  name_prefix     = local.prefix
  central_bus_arn = module.plimsoll.event_bus_arn
  operations      = { emails = var.operations_emails }
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  prefix = "plimsoll"
  location = {
    partition  = data.aws_partition.current.partition
    region     = data.aws_region.current.id
    account_id = data.aws_caller_identity.current.account_id
  }
}
