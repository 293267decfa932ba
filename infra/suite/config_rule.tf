# Config rule results to findings. Code: functions/config-rule.
module "config_rule" {
  source = "../modules/function"
  create = var.create && contains(local.sources, "config-rule")

  name            = "config-rule"
  description     = "Config rule results to findings."
  artifact        = local.artifacts["config-rule"]
  common          = local.common
  failures        = local.failures
  memory_mb       = local.tuned["config-rule"].memory_mb
  timeout_seconds = local.tuned["config-rule"].timeout_seconds
  queue           = local.tuned["config-rule"].queue
  vpc             = local.tuned["config-rule"].vpc

  trigger = {
    event_pattern = file("${path.module}/patterns/config-rule.json")
    schedules     = local.reconcile["config-rule"]
  }
  environment = local.environment
  permissions = concat(local.source_permissions, local.open_permissions, [
    {
      sid       = "ReadRules"
      actions   = ["config:DescribeComplianceByConfigRule", "config:GetComplianceDetailsByConfigRule"]
      resources = ["arn:${local.partition}:config:${local.region}:${local.account_id}:config-rule/*"]
    },
    {
      sid     = "ReadResults"
      actions = ["config:GetComplianceDetailsByResource"]
      # Config knows no resources for it: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsconfig.html
      resources = ["*"]
      reason    = "The results of a resource have no ARN."
    },
  ])
}
