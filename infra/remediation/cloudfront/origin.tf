# The origin answers to CloudFront alone. Best is a load balancer without public addresses, reached by a VPC origin. A public
# one is locked twice: by the addresses of CloudFront, and by a header that only this distribution knows, because the
# addresses are those of all distributions of all customers.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/restrict-access-to-load-balancer.html

locals {
  locked_by_vpc    = var.origin.lock == "vpc-origin"
  locked_by_header = var.origin.lock == "header"
}

resource "aws_cloudfront_vpc_origin" "load_balancer" {
  count = var.create && local.locked_by_vpc ? 1 : 0

  tags = var.tags

  vpc_origin_endpoint_config {
    name                   = var.name
    arn                    = var.origin.load_balancer_arn
    http_port              = 80
    https_port             = 443
    origin_protocol_policy = "https-only"

    origin_ssl_protocols {
      items    = ["TLSv1.2"]
      quantity = 1
    }
  }
}

data "aws_ec2_managed_prefix_list" "cloudfront" {
  name = "com.amazonaws.global.cloudfront.origin-facing"
}

# The prefix list counts as 55 rules of the group: https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html
resource "aws_vpc_security_group_ingress_rule" "cloudfront" {
  count = var.create ? 1 : 0

  security_group_id = var.origin.security_group_id
  description       = "HTTPS from CloudFront"
  prefix_list_id    = data.aws_ec2_managed_prefix_list.cloudfront.id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  tags              = var.tags
}

# The listener's own default action must be a refusal, for example a fixed 403.
resource "aws_lb_listener_rule" "header" {
  count = var.create && local.locked_by_header ? 1 : 0

  listener_arn = var.origin.listener_arn
  priority     = var.origin.listener_rule_priority
  tags         = var.tags

  action {
    type             = "forward"
    target_group_arn = var.origin.target_group_arn
  }

  condition {
    http_header {
      http_header_name = var.origin_header_name
      values           = [var.origin_header_value]
    }
  }
}
