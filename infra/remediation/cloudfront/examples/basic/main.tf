# A distribution in front of a load balancer without public addresses.

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

module "cloudfront" {
  source = "../.."

  name                = "web"
  aliases             = ["www.example.com"]
  acm_certificate_arn = "arn:aws:acm:us-east-1:111122223333:certificate/01234567-89ab-cdef-0123-456789abcdef"
  web_acl_arn         = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/web/01234567-89ab-cdef-0123-456789abcdef"
  hosted_zone_id      = "Z0123456789ABCDEFGHIJ"
  static_paths        = ["/static/*"]

  origin = {
    domain_name       = "internal-web-0123456789.eu-west-1.elb.amazonaws.com"
    load_balancer_arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/web/0123456789abcdef"
    security_group_id = "sg-0123456789abcdef0"
  }
}
