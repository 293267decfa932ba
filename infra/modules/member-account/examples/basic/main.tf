# An account whose events a suite elsewhere reads: apply it in each region that has events.

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

module "member" {
  source = "../.."

  central_bus_arn = "arn:aws:events:eu-central-1:111122223333:event-bus/plimsoll-central"
  sources         = ["ecr-scan", "backup-job"]
  operations      = { emails = ["oncall@example.com"] }
}

output "heartbeat_paths" {
  description = "For `heartbeat.forwarded_paths` of the suite."
  value       = module.member.heartbeat_paths
}
