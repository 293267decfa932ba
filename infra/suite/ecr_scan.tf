# ECR and Inspector scans to findings. Code: functions/ecr-scan.
module "ecr_scan" {
  source = "../modules/function"
  create = var.create && contains(var.sources, "ecr-scan")

  name        = "ecr-scan"
  description = "ECR and Inspector scans to findings."
  artifact    = local.artifacts["ecr-scan"]
  common      = local.common

  trigger     = { event_pattern = file("${path.module}/patterns/ecr-scan.json") }
  environment = local.environment
  permissions = local.source_permissions
}
