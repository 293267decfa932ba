# Costs of one account, told to the topic of the suite.

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
  region = "us-east-1"
}

variable "cost_topic_arn" {
  description = "The suite's output `cost_topic_arn`; of modules/global-events, for a suite outside us-east-1."
  type        = string
  default     = "arn:aws:sns:us-east-1:111122223333:plimsoll-cost-alerts"
}

module "cost" {
  source = "../.."

  topic_arn = var.cost_topic_arn
  emails    = ["finance@example.com"]

  budgets = {
    account = { limit_usd = 5000 }
    web     = { limit_usd = 1200, filters = { TagKeyValue = ["user:Team$web"] } }
  }
  monitored_tags               = { Team = ["web"] }
  enable_savings_plans_budgets = true
}
