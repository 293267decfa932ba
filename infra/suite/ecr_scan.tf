# ECR and Inspector scans to findings. Code: functions/ecr-scan.
module "ecr_scan" {
  source = "../modules/function"
  create = var.create && contains(local.sources, "ecr-scan")

  name            = "ecr-scan"
  description     = "ECR and Inspector scans to findings."
  artifact        = local.artifacts["ecr-scan"]
  common          = local.common
  failures        = local.failures
  memory_mb       = local.tuned["ecr-scan"].memory_mb
  timeout_seconds = local.tuned["ecr-scan"].timeout_seconds
  queue           = local.tuned["ecr-scan"].queue
  vpc             = local.tuned["ecr-scan"].vpc

  trigger = {
    event_pattern = file("${path.module}/patterns/ecr-scan.json")
    schedules     = local.reconcile["ecr-scan"]
  }
  environment = local.environment
  permissions = concat(local.source_permissions, local.open_permissions, [
    {
      sid     = "ReadInspector"
      actions = ["inspector2:BatchGetAccountStatus", "inspector2:ListFindings"]
      # Inspector knows no resources for these: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoninspector2.html
      resources = ["*"]
      reason    = "Inspector knows no resources for its lists."
    },
    {
      sid     = "ReadImageScans"
      actions = ["ecr:DescribeImageScanFindings", "ecr:DescribeImages", "ecr:DescribeRepositories"]
      # Of all accounts that are heard: a repository of another account must allow it, too.
      resources = [for account in local.accounts : "arn:${local.partition}:ecr:${local.region}:${account}:repository/*"]
    },
    {
      sid     = "ReadScanningConfiguration"
      actions = ["ecr:GetRegistryScanningConfiguration"]
      # It is about the registry: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
      resources = ["*"]
      reason    = "A registry has no ARN."
    },
  ])
}
