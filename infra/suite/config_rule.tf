# Config rule results to findings. Code: functions/config-rule.
module "config_rule" {
  source = "../modules/function"
  create = var.create && contains(var.sources, "config-rule")

  name        = "config-rule"
  description = "Config rule results to findings."
  artifact    = local.artifacts["config-rule"]
  common      = local.common

  trigger     = { event_pattern = file("${path.module}/patterns/config-rule.json") }
  environment = local.environment
  permissions = local.source_permissions
}
