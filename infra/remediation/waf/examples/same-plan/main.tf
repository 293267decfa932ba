# A load balancer and its firewall in one plan: the ARN is not known yet when the associations are counted.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

resource "aws_lb" "orders" {
  name                       = "orders"
  internal                   = true
  drop_invalid_header_fields = true
  enable_deletion_protection = true
  subnets                    = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
}

module "waf" {
  source = "../.."

  name         = "orders"
  resource_arn = aws_lb.orders.arn
}

output "associations" {
  description = "Number of resources behind the web ACL."
  value       = length(module.waf.associated_keys)
}
