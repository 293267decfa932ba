# GuardDuty: the detector and what of it sees an ECS service. The audit logs of Kubernetes, which the source checklist
# switches on, see nothing on ECS.
# https://docs.aws.amazon.com/guardduty/latest/ug/guardduty-features-activation-model.html

locals {
  detector_id = var.guardduty_detector_id != null ? var.guardduty_detector_id : one(aws_guardduty_detector.detector[*].id)

  # Each is said, also what is off: a new detector switches some of them on by itself.
  features = {
    S3_DATA_EVENTS         = { enabled = var.enable_s3_protection, agents = {} }
    RUNTIME_MONITORING     = { enabled = var.enable_ecs_runtime_monitoring, agents = { ECS_FARGATE_AGENT_MANAGEMENT = var.enable_ecs_runtime_monitoring, EC2_AGENT_MANAGEMENT = false, EKS_ADDON_MANAGEMENT = false } }
    EBS_MALWARE_PROTECTION = { enabled = var.enable_malware_protection, agents = {} }
    EKS_AUDIT_LOGS         = { enabled = false, agents = {} }
  }
}

resource "aws_guardduty_detector" "detector" {
  #checkov:skip=CKV2_AWS_3:One detector for one region; an organisation enables the others
  count = var.create && var.enable_guardduty && var.guardduty_detector_id == null ? 1 : 0

  enable                       = true
  finding_publishing_frequency = "FIFTEEN_MINUTES"
  tags                         = var.tags
}

resource "aws_guardduty_detector_feature" "feature" {
  for_each = { for name, feature in local.features : name => feature if var.create && var.enable_guardduty }

  detector_id = local.detector_id
  name        = each.key
  status      = each.value.enabled ? "ENABLED" : "DISABLED"

  dynamic "additional_configuration" {
    for_each = each.value.agents

    content {
      name   = additional_configuration.key
      status = additional_configuration.value ? "ENABLED" : "DISABLED"
    }
  }
}
