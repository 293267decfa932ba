mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
  mock_resource "aws_wafv2_web_acl" {
    defaults = { arn = "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/orders/0a1b2c3d" }
  }
  mock_resource "aws_wafv2_ip_set" {
    defaults = { arn = "arn:aws:wafv2:eu-west-1:111122223333:regional/ipset/orders/0a1b2c3d" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:111122223333:log-group:aws-waf-logs-orders" }
  }
}

variables {
  name         = "orders"
  resource_arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/orders/0123456789abcdef"
}

run "the_numbers_of_the_source_are_the_defaults" {
  assert {
    condition = one([for rule in aws_wafv2_web_acl.firewall.rule : rule.statement[0].rate_based_statement[0] if rule.name == "rate-limit"]) != null && alltrue([
      for rule in aws_wafv2_web_acl.firewall.rule : rule.statement[0].rate_based_statement[0].limit == 2000 && rule.statement[0].rate_based_statement[0].evaluation_window_sec == 300 && length(rule.action[0].block) == 1
      if rule.name == "rate-limit"
    ])
    error_message = "An address is blocked above 2,000 requests within 5 minutes."
  }
  assert {
    condition = toset([for rule in aws_wafv2_web_acl.firewall.rule : rule.statement[0].managed_rule_group_statement[0].name if length(rule.override_action) == 1]) == toset([
      "AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet", "AWSManagedRulesAmazonIpReputationList",
    ])
    error_message = "The three managed groups of the source are on."
  }
  assert {
    condition = alltrue([
      for rule in aws_wafv2_web_acl.firewall.rule : length(rule.override_action[0].none) == 1 && length(rule.override_action[0].count) == 0
      if length(rule.override_action) == 1
    ])
    error_message = "A managed group blocks, it does not count."
  }
  assert {
    condition     = toset([for rule in aws_wafv2_web_acl.firewall.rule : rule.name if length(rule.statement[0].ip_set_reference_statement) == 1]) == toset(["block-ipv4", "block-ipv6"])
    error_message = "The block list is there for both versions of addresses, the allow list is not."
  }
  assert {
    condition     = length(distinct([for rule in aws_wafv2_web_acl.firewall.rule : rule.priority])) == length(aws_wafv2_web_acl.firewall.rule)
    error_message = "Each rule has a priority of its own."
  }
  assert {
    condition     = aws_wafv2_web_acl_association.protected["resource"].resource_arn == var.resource_arn
    error_message = "The web ACL protects the resource."
  }
  assert {
    condition     = aws_cloudwatch_log_group.requests[0].name == "aws-waf-logs-orders" && aws_cloudwatch_log_group.requests[0].retention_in_days == 30
    error_message = "WAF writes to a group whose name starts with aws-waf-logs- only."
  }
  assert {
    condition     = toset([for field in aws_wafv2_web_acl_logging_configuration.requests[0].redacted_fields : field.single_header[0].name]) == toset(["authorization", "cookie"])
    error_message = "Credentials stay out of the log."
  }
}

run "lists_and_countries" {
  variables {
    enable_ip_allowlist = true
    allowed_ips         = ["198.51.100.0/24"]
    blocked_ips         = ["203.0.113.7/32", "2001:db8::/48"]
    enable_geo_blocking = true
    blocked_countries   = ["KP", "IR"]
    counted_rules       = { core-rule-set = ["SizeRestrictions_BODY"] }
  }
  assert {
    condition = aws_wafv2_ip_set.addresses["block-ipv4"].addresses == toset(["203.0.113.7/32"]) && (
      aws_wafv2_ip_set.addresses["block-ipv6"].addresses == toset(["2001:db8::/48"]) && aws_wafv2_ip_set.addresses["block-ipv6"].ip_address_version == "IPV6"
    )
    error_message = "Each address is in the set of its version."
  }
  assert {
    condition     = [for rule in aws_wafv2_web_acl.firewall.rule : rule.statement[0].geo_match_statement[0].country_codes if rule.name == "blocked-countries"][0] == tolist(["KP", "IR"])
    error_message = "The countries are blocked."
  }
  assert {
    condition     = min([for rule in aws_wafv2_web_acl.firewall.rule : rule.priority if length(rule.action) == 1 && try(length(rule.action[0].allow), 0) == 1]...) == min([for rule in aws_wafv2_web_acl.firewall.rule : rule.priority]...)
    error_message = "The allow list is asked first."
  }
  assert {
    condition = one(flatten([for rule in aws_wafv2_web_acl.firewall.rule : [
      for override in rule.statement[0].managed_rule_group_statement[0].rule_action_override : override.name
    ] if rule.name == "core-rule-set"])) == "SizeRestrictions_BODY"
    error_message = "One rule counts, its group still blocks."
  }
}

run "each_part_has_its_toggle" {
  variables {
    enable_core_rule_set    = false
    enable_known_bad_inputs = false
    enable_ip_reputation    = false
    enable_rate_limiting    = false
    enable_ip_blocklist     = false
    enable_logging          = false
  }
  assert {
    condition     = length(aws_wafv2_web_acl.firewall.rule) == 0 && length(aws_wafv2_ip_set.addresses) == 0 && output.log_group_name == null
    error_message = "Everything that is switched off is absent."
  }
}

run "cloudfront_names_the_web_acl_itself" {
  variables {
    scope        = "CLOUDFRONT"
    resource_arn = null
  }
  override_data {
    target = data.aws_region.current
    values = { id = "us-east-1" }
  }
  assert {
    condition     = length(aws_wafv2_web_acl_association.protected) == 0 && aws_wafv2_ip_set.addresses["block-ipv4"].scope == "CLOUDFRONT"
    error_message = "A distribution is not associated here."
  }
}

# By `plan`: nothing has an ARN yet, neither the load balancer nor the web ACL.
run "protects_a_load_balancer_of_the_same_plan" {
  command = plan
  module {
    source = "./examples/same-plan"
  }
  assert {
    condition     = output.associations == 1
    error_message = "One association, although the ARN is not known yet."
  }
}

run "resources_by_keys_alone" {
  variables {
    resource_arn             = null
    associate_resource       = false
    additional_resource_arns = { api = "arn:aws:apigateway:eu-west-1::/restapis/abc123/stages/live" }
  }
  assert {
    condition     = output.associated_keys == ["api"]
    error_message = "Only the resource with a key of its own is behind the web ACL."
  }
}

run "the_example_plans" {
  command = plan
  module {
    source = "./examples/basic"
  }
}
