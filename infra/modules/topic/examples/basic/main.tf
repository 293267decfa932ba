# A topic for people who read e-mail.

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

module "people" {
  source = "../.."

  name     = "plimsoll-people"
  location = { partition = "aws", region = "eu-west-1", account_id = data.aws_caller_identity.current.account_id }
  emails   = ["team@example.com"]
}

output "topic_arn" {
  description = "For `topic_arn` of a channel."
  value       = module.people.arn
}
