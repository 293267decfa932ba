# Cost anomalies and budgets to findings. Code: functions/cost-anomaly.
#
# AWS raises anomalies in us-east-1 only: a suite elsewhere needs modules/global-events. Budgets publish to SNS only.
module "cost_anomaly" {
  source = "../modules/function"
  create = var.create && contains(local.sources, "cost-anomaly")

  name            = "cost-anomaly"
  description     = "Cost anomalies and budgets to findings."
  artifact        = local.artifacts["cost-anomaly"]
  common          = local.common
  failures        = local.failures
  memory_mb       = local.tuned["cost-anomaly"].memory_mb
  timeout_seconds = local.tuned["cost-anomaly"].timeout_seconds
  queue           = local.tuned["cost-anomaly"].queue
  vpc             = local.tuned["cost-anomaly"].vpc

  trigger = {
    event_pattern = file("${path.module}/patterns/cost-anomaly.json")
    topics = merge(
      { cost-alerts = { arn = local.cost_topic_arn } },
      { for key, arn in var.cost_topic_arns : key => { arn = arn, subscribe = false } },
    )
  }
  environment = local.environment
  permissions = local.source_permissions

  # The subscription needs the topic, whose ARN is composed from its name.
  depends_on = [module.cost_alerts]
}

locals {
  cost_topic_name = "${var.name_prefix}-cost-alerts"
  cost_topic_arn  = "arn:${local.partition}:sns:${local.region}:${local.account_id}:${local.cost_topic_name}"
}

module "cost_alerts" {
  source = "../modules/topic"
  create = var.create && contains(local.sources, "cost-anomaly")

  name        = local.cost_topic_name
  location    = local.location
  kms_key_arn = var.kms_key_arn
  tags        = local.tags
  publishers = {
    budgets = {
      service     = "budgets.amazonaws.com"
      source_arns = ["arn:${local.partition}:budgets::${local.account_id}:*"]
    }
    # Documented with the account alone: https://docs.aws.amazon.com/cost-management/latest/userguide/ad-SNS.html
    cost-anomaly-detection = { service = "costalerts.amazonaws.com" }
  }
}
