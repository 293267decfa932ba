# A key of your own for everything that the suite stores.

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

module "key" {
  source = "../.."

  name        = "plimsoll"
  name_prefix = "plimsoll"
}

output "key_arn" {
  description = "For `kms_key_arn` of the suite."
  value       = module.key.arn
}
