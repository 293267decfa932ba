# What the test `deployed` applies onto the test bed: the suite as a user would deploy it in eu-central-1, with the events
# that AWS raises in us-east-1, a secret, and a queue that hears what SNS tells people.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

variable "endpoint" {
  description = "Address of the test bed."
  type        = string
}

variable "slack_endpoint" {
  description = "Address of what plays Slack."
  type        = string
}

variable "slack_token" {
  description = "The token that what plays Slack accepts."
  type        = string
}

variable "packages_directory" {
  description = "Folder with `<function>/bootstrap.zip`."
  type        = string
}

variable "architecture" {
  description = "Processor of this machine, on which the bed runs the functions."
  type        = string
}

locals {
  name     = "plimsoll"
  account  = "111122223333"
  region   = "eu-central-1"
  location = { partition = "aws", region = local.region, account_id = local.account }
}

# The bed takes an account id as the access key of its root user.
provider "aws" {
  region                      = local.region
  access_key                  = local.account
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  max_retries                 = 4

  endpoints {
    cloudwatch     = var.endpoint
    dynamodb       = var.endpoint
    events         = var.endpoint
    iam            = var.endpoint
    lambda         = var.endpoint
    logs           = var.endpoint
    scheduler      = var.endpoint
    secretsmanager = var.endpoint
    sns            = var.endpoint
    sqs            = var.endpoint
    sts            = var.endpoint
  }
}

provider "aws" {
  alias                       = "us_east_1"
  region                      = "us-east-1"
  access_key                  = local.account
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  max_retries                 = 4

  endpoints {
    cloudwatch = var.endpoint
    events     = var.endpoint
    iam        = var.endpoint
    scheduler  = var.endpoint
    sns        = var.endpoint
    sqs        = var.endpoint
    sts        = var.endpoint
  }
}

module "plimsoll" {
  source = "../infra/suite"

  name_prefix  = local.name
  packages     = { directory = var.packages_directory }
  architecture = var.architecture

  configuration = templatefile("${path.module}/plimsoll.toml", {
    slack_endpoint   = var.slack_endpoint
    slack_token_arn  = aws_secretsmanager_secret.slack.arn
    people_topic_arn = module.people.arn
  })
  channels = {
    slack  = { secret_arns = [aws_secretsmanager_secret.slack.arn] }
    people = { topic_arn = module.people.arn }
  }
  operations          = { heartbeat_schedule = "rate(1 hour)" }
  heartbeat           = { forwarded_paths = module.global_events.heartbeat_paths }
  cost_topic_arns     = { global = module.global_events.cost_topic_arn }
  log_retention_days  = 7
  deletion_protection = false
}

module "global_events" {
  source    = "../infra/modules/global-events"
  providers = { aws = aws.us_east_1 }

  name_prefix    = local.name
  event_bus_arn  = module.plimsoll.event_bus_arn
  cost_queue_arn = module.plimsoll.cost_queue_arn
  operations     = { emails = ["oncall@example.com"] }
}

resource "aws_secretsmanager_secret" "slack" {
  name                    = "${local.name}-slack"
  recovery_window_in_days = 0
}

resource "aws_secretsmanager_secret_version" "slack" {
  secret_id     = aws_secretsmanager_secret.slack.id
  secret_string = var.slack_token
}

module "people" {
  source = "../infra/modules/topic"

  name     = "${local.name}-people"
  location = local.location
}

# Somebody who reads what people are told, and somebody who hears that Plimsoll itself is in trouble.
locals {
  readers = { reader = module.people.arn, on-call = module.plimsoll.operations_topic_arn }
}

resource "aws_sqs_queue" "readers" {
  for_each = local.readers

  name = "${local.name}-${each.key}"
}

resource "aws_sqs_queue_policy" "readers" {
  for_each = local.readers

  queue_url = aws_sqs_queue.readers[each.key].url
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AllowFromTopic"
      Effect    = "Allow"
      Principal = { Service = "sns.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.readers[each.key].arn
      Condition = { ArnEquals = { "aws:SourceArn" = each.value } }
    }]
  })
}

resource "aws_sns_topic_subscription" "readers" {
  for_each = local.readers

  topic_arn            = each.value
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.readers[each.key].arn
  raw_message_delivery = true
}

output "on_call_url" {
  value = aws_sqs_queue.readers["on-call"].url
}

output "alarms" {
  value = module.plimsoll.alarms
}

output "table" {
  value = module.plimsoll.table_name
}

output "queues" {
  value = { for name, function in module.plimsoll.functions : name => function.queue_urls }
}

output "reader_url" {
  value = aws_sqs_queue.readers["reader"].url
}

output "slack_secret_arn" {
  value = aws_secretsmanager_secret.slack.arn
}

output "calls" {
  value = module.plimsoll.calls
}
