# A CloudFront distribution in front of a load balancer: your domain with its certificate, caching, the firewall, and
# Shield Standard, which every distribution has. How the load balancer is closed to everybody else is in origin.tf.

# By name, so that no id is written down: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
data "aws_cloudfront_cache_policy" "by_origin" {
  name = var.default_cache_policy
}

data "aws_cloudfront_cache_policy" "static" {
  name = "Managed-CachingOptimized"
}

data "aws_cloudfront_origin_request_policy" "all_viewer" {
  name = "Managed-AllViewer"
}

data "aws_cloudfront_response_headers_policy" "security" {
  name = "Managed-SecurityHeadersPolicy"
}

locals {
  origin_id = "load-balancer"
}

resource "aws_cloudfront_distribution" "site" {
  #checkov:skip=CKV_AWS_310:One load balancer in several zones is the origin; a second one elsewhere is a disaster recovery plan of yours
  #checkov:skip=CKV_AWS_305:The service answers its root itself
  #checkov:skip=CKV_AWS_374:Countries are blocked by the firewall, where the checklist looks for it
  #checkov:skip=CKV_AWS_86:Access logs go to log_bucket_domain_name if it is given
  #checkov:skip=CKV2_AWS_47:The firewall with the managed rules is an input
  count = var.create ? 1 : 0

  enabled         = true
  comment         = var.name
  aliases         = var.aliases
  price_class     = var.price_class
  http_version    = "http2and3"
  is_ipv6_enabled = true
  web_acl_id      = var.web_acl_arn
  tags            = var.tags

  origin {
    origin_id   = local.origin_id
    domain_name = var.origin.domain_name

    dynamic "custom_header" {
      for_each = local.locked_by_header ? [true] : []

      content {
        name  = var.origin_header_name
        value = var.origin_header_value
      }
    }

    dynamic "custom_origin_config" {
      for_each = local.locked_by_header ? [true] : []

      content {
        http_port                = 80
        https_port               = 443
        origin_protocol_policy   = "https-only"
        origin_ssl_protocols     = ["TLSv1.2"]
        origin_read_timeout      = var.origin.read_timeout_seconds
        origin_keepalive_timeout = 60
      }
    }

    dynamic "vpc_origin_config" {
      for_each = aws_cloudfront_vpc_origin.load_balancer[*].id

      content {
        vpc_origin_id            = vpc_origin_config.value
        origin_read_timeout      = var.origin.read_timeout_seconds
        origin_keepalive_timeout = 60
      }
    }
  }

  default_cache_behavior {
    target_origin_id           = local.origin_id
    viewer_protocol_policy     = "redirect-to-https"
    allowed_methods            = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
    cached_methods             = ["GET", "HEAD"]
    compress                   = true
    cache_policy_id            = data.aws_cloudfront_cache_policy.by_origin.id
    origin_request_policy_id   = data.aws_cloudfront_origin_request_policy.all_viewer.id
    response_headers_policy_id = data.aws_cloudfront_response_headers_policy.security.id
  }

  dynamic "ordered_cache_behavior" {
    for_each = var.static_paths

    content {
      path_pattern               = ordered_cache_behavior.value
      target_origin_id           = local.origin_id
      viewer_protocol_policy     = "redirect-to-https"
      allowed_methods            = ["GET", "HEAD"]
      cached_methods             = ["GET", "HEAD"]
      compress                   = true
      cache_policy_id            = data.aws_cloudfront_cache_policy.static.id
      origin_request_policy_id   = data.aws_cloudfront_origin_request_policy.all_viewer.id
      response_headers_policy_id = data.aws_cloudfront_response_headers_policy.security.id
    }
  }

  viewer_certificate {
    acm_certificate_arn      = var.acm_certificate_arn
    ssl_support_method       = "sni-only"
    minimum_protocol_version = "TLSv1.2_2021"
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  dynamic "logging_config" {
    for_each = compact([var.log_bucket_domain_name])

    content {
      bucket          = logging_config.value
      prefix          = "cloudfront/${var.name}/"
      include_cookies = false
    }
  }
}

resource "aws_route53_record" "alias" {
  for_each = { for pair in setproduct(var.hosted_zone_id == null ? [] : var.aliases, ["A", "AAAA"]) : "${pair[0]} ${pair[1]}" => pair if var.create }

  zone_id = var.hosted_zone_id
  name    = each.value[0]
  type    = each.value[1]

  alias {
    name                   = aws_cloudfront_distribution.site[0].domain_name
    zone_id                = aws_cloudfront_distribution.site[0].hosted_zone_id
    evaluate_target_health = false
  }
}
