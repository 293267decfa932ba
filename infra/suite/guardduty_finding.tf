# GuardDuty findings, runtime health and malware scans to findings. Code: functions/guardduty-finding.
module "guardduty_finding" {
  source = "../modules/function"
  create = var.create && contains(local.sources, "guardduty-finding")

  name            = "guardduty-finding"
  description     = "GuardDuty findings, runtime health and malware scans to findings."
  artifact        = local.artifacts["guardduty-finding"]
  common          = local.common
  failures        = local.failures
  memory_mb       = local.tuned["guardduty-finding"].memory_mb
  timeout_seconds = local.tuned["guardduty-finding"].timeout_seconds
  queue           = local.tuned["guardduty-finding"].queue
  vpc             = local.tuned["guardduty-finding"].vpc

  trigger = {
    event_pattern = file("${path.module}/patterns/guardduty-finding.json")
    schedules     = local.reconcile["guardduty-finding"]
  }
  environment = local.environment
  permissions = concat(local.source_permissions, local.open_permissions, [
    {
      sid     = "ListDetectors"
      actions = ["guardduty:ListDetectors"]
      # The list of detectors has no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonguardduty.html
      resources = ["*"]
      reason    = "The list of detectors has no resource."
    },
    {
      sid       = "ReadThreats"
      actions   = ["guardduty:GetFindings", "guardduty:ListFindings"]
      resources = ["arn:${local.partition}:guardduty:${local.region}:${local.account_id}:detector/*"]
    },
  ])
}
