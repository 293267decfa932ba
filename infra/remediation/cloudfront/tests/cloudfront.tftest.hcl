mock_provider "aws" {
  mock_data "aws_cloudfront_cache_policy" {
    defaults = { id = "cache" }
  }
  mock_data "aws_cloudfront_origin_request_policy" {
    defaults = { id = "all-viewer" }
  }
  mock_data "aws_cloudfront_response_headers_policy" {
    defaults = { id = "security" }
  }
  mock_data "aws_ec2_managed_prefix_list" {
    defaults = { id = "pl-cloudfront" }
  }
}

variables {
  name                = "web"
  aliases             = ["www.example.com"]
  acm_certificate_arn = "arn:aws:acm:us-east-1:111122223333:certificate/0123"
  web_acl_arn         = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/web/0123"
  origin = {
    domain_name       = "internal-web.eu-west-1.elb.amazonaws.com"
    load_balancer_arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/web/0123"
    security_group_id = "sg-0123"
  }
}

run "domain_certificate_and_firewall" {
  command = plan

  assert {
    condition     = aws_cloudfront_distribution.site[0].enabled && aws_cloudfront_distribution.site[0].aliases == toset(["www.example.com"]) && aws_cloudfront_distribution.site[0].web_acl_id == var.web_acl_arn
    error_message = "The domain of the user, behind the firewall."
  }
  assert {
    condition     = one(aws_cloudfront_distribution.site[0].viewer_certificate).acm_certificate_arn == var.acm_certificate_arn && one(aws_cloudfront_distribution.site[0].viewer_certificate).minimum_protocol_version == "TLSv1.2_2021" && one(aws_cloudfront_distribution.site[0].viewer_certificate).ssl_support_method == "sni-only"
    error_message = "Its certificate, with TLS 1.2 or newer."
  }
  assert {
    condition     = one(aws_cloudfront_distribution.site[0].default_cache_behavior).viewer_protocol_policy == "redirect-to-https" && data.aws_cloudfront_cache_policy.by_origin.name == "UseOriginCacheControlHeaders-QueryStrings"
    error_message = "HTTPS only, and the service says what is cached."
  }
  assert {
    condition     = aws_cloudfront_distribution.site[0].price_class == "PriceClass_All"
    error_message = "The whole world."
  }
}

run "locked_by_a_vpc_origin" {
  command = plan

  assert {
    condition     = one(aws_cloudfront_vpc_origin.load_balancer[0].vpc_origin_endpoint_config).arn == var.origin.load_balancer_arn && one(aws_cloudfront_vpc_origin.load_balancer[0].vpc_origin_endpoint_config).origin_protocol_policy == "https-only"
    error_message = "The load balancer is reached within the VPC, by HTTPS."
  }
  assert {
    condition     = aws_vpc_security_group_ingress_rule.cloudfront[0].prefix_list_id == "pl-cloudfront" && aws_vpc_security_group_ingress_rule.cloudfront[0].from_port == 443 && aws_vpc_security_group_ingress_rule.cloudfront[0].to_port == 443 && aws_vpc_security_group_ingress_rule.cloudfront[0].cidr_ipv4 == null
    error_message = "Only CloudFront gets in, by HTTPS."
  }
  assert {
    condition     = length(aws_lb_listener_rule.header) == 0 && length(one(aws_cloudfront_distribution.site[0].origin).custom_header) == 0
    error_message = "A VPC origin needs no secret."
  }
}

run "locked_by_a_header" {
  command = plan
  variables {
    origin_header_value = "0123456789abcdef0123456789abcdef"
    origin = {
      lock              = "header"
      domain_name       = "web.eu-west-1.elb.amazonaws.com"
      security_group_id = "sg-0123"
      listener_arn      = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/web/0123/4567"
      target_group_arn  = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/0123"
    }
  }
  assert {
    condition     = one(one(aws_cloudfront_distribution.site[0].origin).custom_header).name == "X-Origin-Verify" && one(one(aws_lb_listener_rule.header[0].condition).http_header).http_header_name == "X-Origin-Verify"
    error_message = "CloudFront sends the header that the listener demands."
  }
  assert {
    condition     = one(one(aws_cloudfront_distribution.site[0].origin).custom_header).value == one(one(one(aws_lb_listener_rule.header[0].condition).http_header).values)
    error_message = "It has the same value in both."
  }
  assert {
    condition     = one(one(aws_cloudfront_distribution.site[0].origin).custom_origin_config).origin_protocol_policy == "https-only" && length(aws_cloudfront_vpc_origin.load_balancer) == 0
    error_message = "HTTPS to the origin."
  }
}

run "static_files_and_records" {
  command = plan
  variables {
    static_paths           = ["/static/*"]
    hosted_zone_id         = "Z0123"
    log_bucket_domain_name = "logs.s3.amazonaws.com"
  }
  assert {
    condition     = one(aws_cloudfront_distribution.site[0].ordered_cache_behavior).path_pattern == "/static/*" && one(aws_cloudfront_distribution.site[0].ordered_cache_behavior).allowed_methods == toset(["GET", "HEAD"])
    error_message = "Static files are only read."
  }
  assert {
    condition     = toset(keys(aws_route53_record.alias)) == toset(["www.example.com A", "www.example.com AAAA"])
    error_message = "Records for both kinds of addresses."
  }
  assert {
    condition     = one(aws_cloudfront_distribution.site[0].logging_config).bucket == "logs.s3.amazonaws.com"
    error_message = "The logs go to the bucket."
  }
}

run "nothing_if_switched_off" {
  command = plan
  variables {
    create         = false
    hosted_zone_id = "Z0123"
  }
  assert {
    condition     = output.distribution_arn == null && length(aws_vpc_security_group_ingress_rule.cloudfront) == 0 && length(aws_route53_record.alias) == 0
    error_message = "create = false creates nothing."
  }
}

run "refuses_a_certificate_elsewhere" {
  command = plan
  variables {
    acm_certificate_arn = "arn:aws:acm:eu-west-1:111122223333:certificate/0123"
  }
  expect_failures = [var.acm_certificate_arn]
}

run "refuses_a_regional_firewall" {
  command = plan
  variables {
    web_acl_arn = "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/web/0123"
  }
  expect_failures = [var.web_acl_arn]
}

run "refuses_an_open_origin" {
  command = plan
  variables {
    origin = { lock = "none", domain_name = "web.example.com", security_group_id = "sg-0123" }
  }
  expect_failures = [var.origin]
}

run "refuses_a_header_without_value" {
  command = plan
  variables {
    origin = { lock = "header", domain_name = "web.example.com", security_group_id = "sg-0123", listener_arn = "arn:l", target_group_arn = "arn:t" }
  }
  expect_failures = [var.origin]
}

run "refuses_a_short_secret" {
  command = plan
  variables {
    origin_header_value = "secret"
  }
  expect_failures = [var.origin_header_value]
}

run "refuses_to_cache_nothing" {
  command = plan
  variables {
    default_cache_policy = "Managed-CachingDisabled"
  }
  expect_failures = [var.default_cache_policy]
}
