# The Config rules that the checklist reads. rules.json has each with its name, its trigger and its parameters: outside the
# console AWS sets no defaults, so that a rule without its parameters is refused or checks nothing.
# https://docs.aws.amazon.com/config/latest/developerguide/managed-rules-by-aws-config.html

locals {
  in_groups = { for identifier, rule in local.catalogue.rules : identifier => rule if contains(var.rule_groups, rule.group) && !contains(var.excluded_rules, identifier) }

  # Some exist in us-east-1 only; the one on endpoints looks at every VPC unless it is told which.
  chosen = { for identifier, rule in local.in_groups : identifier => rule if try(rule.only_in, local.region) == local.region && (rule.group != "vpc-endpoints" || length(var.vpc_ids) > 0) }

  # What the variables of this module say about the parameters of a rule.
  from_variables = {
    CW_LOGGROUP_RETENTION_PERIOD_CHECK                = { MinRetentionTime = tostring(var.log_retention_days) }
    BACKUP_PLAN_MIN_FREQUENCY_AND_MIN_RETENTION_CHECK = { requiredRetentionDays = tostring(var.backup_retention_days) }
    BACKUP_RECOVERY_POINT_MINIMUM_RETENTION_CHECK     = { requiredRetentionDays = tostring(var.backup_retention_days) }
    VPC_ENDPOINT_ENABLED                              = { vpcIds = join(",", var.vpc_ids) }
  }

  parameters = { for identifier, rule in local.chosen : identifier => merge(
    try(rule.parameters, {}),
    lookup(local.from_variables, identifier, {}),
    lookup(var.rule_parameters, identifier, {}),
  ) }
}

resource "aws_config_config_rule" "rule" {
  for_each = { for identifier, rule in local.chosen : identifier => rule if var.create && var.enable_config_rules }

  name             = "${var.rule_name_prefix}${each.value.name}"
  description      = "Read by the production readiness checklist"
  input_parameters = length(local.parameters[each.key]) == 0 ? null : jsonencode(local.parameters[each.key])

  # Rules that look at changes take no frequency.
  maximum_execution_frequency = each.value.trigger == "periodic" ? "TwentyFour_Hours" : null

  # The identifier is not always the name in capitals, and the name is yours to choose.
  tags = merge(var.tags, { SourceIdentifier = each.key })

  source {
    owner             = "AWS"
    source_identifier = each.key
  }

  depends_on = [aws_config_configuration_recorder_status.recorder]
}
