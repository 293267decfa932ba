# Costs and sign-ins of the root user, which AWS raises in us-east-1, for a suite in eu-west-1.

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

module "global_events" {
  source = "../.."

  event_bus_arn  = "arn:aws:events:eu-west-1:111122223333:event-bus/default"
  cost_queue_arn = "arn:aws:sqs:eu-west-1:111122223333:plimsoll-cost-anomaly"
  # Needs a CloudTrail trail that logs management events.
  direct_notices = ["root-login"]
  operations     = { emails = ["oncall@example.com"] }
}

output "cost_topic_arn" {
  description = "The topic to name in Budgets and Cost Anomaly Detection."
  value       = module.global_events.cost_topic_arn
}
