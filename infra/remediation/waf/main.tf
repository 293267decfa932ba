# A web ACL in front of a load balancer, a REST API stage or a CloudFront distribution. Rules run in the order of their
# priority: address lists first, then country, request rate, and the groups that AWS maintains.
# https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html

data "aws_region" "current" {}

locals {
  managed_groups = {
    for key, group in {
      ip-reputation    = { enabled = var.enable_ip_reputation, priority = 50, group = "AWSManagedRulesAmazonIpReputationList" }
      core-rule-set    = { enabled = var.enable_core_rule_set, priority = 60, group = "AWSManagedRulesCommonRuleSet" }
      known-bad-inputs = { enabled = var.enable_known_bad_inputs, priority = 70, group = "AWSManagedRulesKnownBadInputsRuleSet" }
    } : key => group if group.enabled
  }
}

resource "aws_wafv2_web_acl" "firewall" {
  # checkov:skip=CKV_AWS_192:AWSManagedRulesKnownBadInputsRuleSet, which refuses such lookups, blocks by default; checkov does not read it in a dynamic rule
  name        = var.name
  description = "Firewall ${var.name}: AWS managed rules, request rate, countries and address lists"
  scope       = var.scope
  tags        = var.tags

  default_action {
    allow {}
  }

  dynamic "rule" {
    for_each = local.address_rules
    content {
      name     = rule.key
      priority = rule.value.priority
      action {
        dynamic "allow" {
          for_each = rule.value.allow ? [true] : []
          content {}
        }
        dynamic "block" {
          for_each = rule.value.allow ? [] : [true]
          content {}
        }
      }
      statement {
        ip_set_reference_statement {
          arn = aws_wafv2_ip_set.addresses[rule.key].arn
        }
      }
      visibility_config {
        metric_name                = "${var.name}-${rule.key}"
        cloudwatch_metrics_enabled = true
        sampled_requests_enabled   = true
      }
    }
  }

  dynamic "rule" {
    for_each = var.enable_geo_blocking ? [var.blocked_countries] : []
    content {
      name     = "blocked-countries"
      priority = 30
      action {
        block {}
      }
      statement {
        geo_match_statement {
          country_codes = rule.value
        }
      }
      visibility_config {
        metric_name                = "${var.name}-blocked-countries"
        cloudwatch_metrics_enabled = true
        sampled_requests_enabled   = true
      }
    }
  }

  dynamic "rule" {
    for_each = var.enable_rate_limiting ? [var.rate_limit] : []
    content {
      name     = "rate-limit"
      priority = 40
      action {
        block {}
      }
      statement {
        rate_based_statement {
          limit                 = rule.value
          aggregate_key_type    = "IP"
          evaluation_window_sec = 300
        }
      }
      visibility_config {
        metric_name                = "${var.name}-rate-limit"
        cloudwatch_metrics_enabled = true
        sampled_requests_enabled   = true
      }
    }
  }

  dynamic "rule" {
    for_each = local.managed_groups
    content {
      name     = rule.key
      priority = rule.value.priority
      # "none" keeps the actions of the group's own rules; "count" would let every request pass.
      override_action {
        none {}
      }
      statement {
        managed_rule_group_statement {
          vendor_name = "AWS"
          name        = rule.value.group
          dynamic "rule_action_override" {
            for_each = lookup(var.counted_rules, rule.key, [])
            content {
              name = rule_action_override.value
              action_to_use {
                count {}
              }
            }
          }
        }
      }
      visibility_config {
        metric_name                = "${var.name}-${rule.key}"
        cloudwatch_metrics_enabled = true
        sampled_requests_enabled   = true
      }
    }
  }

  visibility_config {
    metric_name                = var.name
    cloudwatch_metrics_enabled = true
    sampled_requests_enabled   = true
  }

  lifecycle {
    precondition {
      condition     = var.scope == "REGIONAL" || data.aws_region.current.id == "us-east-1"
      error_message = "A web ACL for CloudFront can be created in us-east-1 only: pass a provider of that region."
    }
  }
}

# CloudFront names the web ACL in the distribution (web_acl_id); every other resource is associated here.
resource "aws_wafv2_web_acl_association" "protected" {
  for_each = local.protected

  resource_arn = each.value
  web_acl_arn  = aws_wafv2_web_acl.firewall.arn
}
