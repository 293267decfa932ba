# One function with a schedule, outside a suite.

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
  region = "eu-west-1"
}

data "aws_caller_identity" "current" {}

variable "packages_bucket" {
  description = "Bucket with the zip."
  type        = string
}

module "hello" {
  source = "../.."

  name     = "hello"
  artifact = { s3_bucket = var.packages_bucket, s3_key = "hello/bootstrap.zip" }
  common = {
    name_prefix = "example"
    partition   = "aws"
    region      = "eu-west-1"
    account_id  = data.aws_caller_identity.current.account_id
  }
  failures = { unstarted_queue_arn = aws_sqs_queue.unstarted.arn, schedule_role_arn = aws_iam_role.schedule.arn }
  trigger  = { schedules = { hourly = { expression = "rate(1 hour)", silent_after_minutes = 180 } } }
}

resource "aws_sqs_queue" "unstarted" {
  name                    = "example-unstarted"
  sqs_managed_sse_enabled = true
}

resource "aws_iam_role" "schedule" {
  name = "example-schedule"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = {
        "aws:SourceAccount" = data.aws_caller_identity.current.account_id
        "aws:SourceArn"     = "arn:aws:scheduler:eu-west-1:${data.aws_caller_identity.current.account_id}:schedule-group/default"
      } }
    }]
  })
}

resource "aws_iam_role_policy" "schedule" {
  name = "calls"
  role = aws_iam_role.schedule.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "lambda:InvokeFunction", Resource = module.hello.function_arn },
      { Effect = "Allow", Action = "sqs:SendMessage", Resource = aws_sqs_queue.unstarted.arn },
    ]
  })
}
