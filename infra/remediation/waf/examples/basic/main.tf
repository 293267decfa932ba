# The firewall of the source checklist in front of an existing load balancer, with a list of blocked countries.

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
  region = var.region
}

variable "region" {
  description = "Region of the load balancer."
  type        = string
  default     = "us-east-1"
}

variable "alb_arn" {
  description = "ARN of the load balancer that the firewall protects."
  type        = string
  default     = "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/orders/0123456789abcdef"
}

module "waf" {
  source = "../.."

  name         = "orders-waf"
  scope        = "REGIONAL"
  resource_arn = var.alb_arn

  enable_rate_limiting    = true
  rate_limit              = 2000
  enable_ip_reputation    = true
  enable_known_bad_inputs = true
  enable_geo_blocking     = true
  blocked_countries       = ["KP"]
  blocked_ips             = ["203.0.113.7/32", "2001:db8::/48"]
  log_retention_days      = 90

  tags = { Service = "orders" }
}

output "web_acl_arn" {
  description = "ARN of the web ACL."
  value       = module.waf.web_acl_arn
}
