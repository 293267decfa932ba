# GuardDuty findings, runtime health and malware scans to findings. Code: functions/guardduty-finding.
module "guardduty_finding" {
  source = "../modules/function"
  create = var.create && contains(var.sources, "guardduty-finding")

  name        = "guardduty-finding"
  description = "GuardDuty findings, runtime health and malware scans to findings."
  artifact    = local.artifacts["guardduty-finding"]
  common      = local.common

  trigger     = { event_pattern = file("${path.module}/patterns/guardduty-finding.json") }
  environment = local.environment
  permissions = local.source_permissions
}
