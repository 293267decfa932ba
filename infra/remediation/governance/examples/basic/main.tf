# An account that has nothing yet: trail, recorder, rules and detector.

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

module "governance" {
  source = "../.."

  enable_cloudtrail   = true
  enable_config       = true
  enable_config_rules = true
  enable_guardduty    = true

  rule_groups     = ["core", "backup", "restore-time", "vpc-endpoints"]
  vpc_ids         = ["vpc-0123456789abcdef0"]
  rule_parameters = { RDS_MEETS_RESTORE_TIME_TARGET = { maxRestoreTime = "120" } }
}
