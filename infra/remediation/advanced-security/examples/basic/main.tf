# Inspector for images and Macie for one bucket; Shield Advanced for an account that is subscribed.

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

variable "enable_shield" {
  description = "Whether the organisation is subscribed to Shield Advanced."
  type        = bool
  default     = false
}

module "advanced_security" {
  source = "../.."

  enable_inspector = true
  enable_macie     = true
  macie_buckets    = ["example-uploads"]

  enable_shield = var.enable_shield
  shield_resource_arns = {
    web = "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/web/0123456789abcdef"
    cdn = "arn:aws:cloudfront::111122223333:distribution/E0123456789ABC"
  }
  shield_automatic_response = ["web"]
}
