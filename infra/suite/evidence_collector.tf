# Reads of AWS's configuration to evidence for the checklist. Code: functions/evidence-collector.
module "evidence_collector" {
  source = "../modules/function"
  create = var.create && var.collector.enabled

  name            = "evidence-collector"
  description     = "What the configuration proves of the checklist."
  artifact        = local.artifacts["evidence-collector"]
  common          = local.common
  failures        = local.failures
  memory_mb       = local.tuned["evidence-collector"].memory_mb
  timeout_seconds = local.tuned["evidence-collector"].timeout_seconds
  queue           = local.tuned["evidence-collector"].queue
  vpc             = local.tuned["evidence-collector"].vpc

  trigger = {
    schedules = {
      # A tick goes on with a reading that was stopped by its deadline, begins one every `every_hours`, and has nothing to do
      # in between.
      collect = {
        expression           = var.collector.schedule
        input                = jsonencode({ plimsoll = "collect" })
        silent_after_minutes = var.collector.silent_after_minutes
      }
    }
  }
  environment = merge(local.environment, {
    PLIMSOLL_COLLECT = jsonencode({
      accounts = concat(
        [{ account = local.account_id, regions = local.collector_regions }],
        [for account, member in var.collector.members : { account = account, regions = member.regions, role_arn = member.role_arn, external_id = member.external_id }],
      )
      every_hours      = var.collector.every_hours
      paid_calls_a_day = var.collector.paid_calls_a_day
    })
  })
  permissions = concat(
    # Whether an event told of what broke.
    local.open_permissions,
    [
      {
        sid       = "ReadAndWriteState"
        actions   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]
        resources = [local.table_arn]
      },
      {
        sid       = "ReadConfiguration"
        actions   = [for action in local.evidence_reads.actions : action if !contains(local.evidence_reads.paid, action)]
        resources = ["*"]
        reason    = "The collector finds what there is: it cannot know the names. Each action reads configuration; infra/suite/evidence_reads.json is the list, and a test compares it with the code."
      },
      {
        sid       = "ReadApis"
        actions   = local.evidence_reads.api_gateway
        resources = ["arn:${local.partition}:apigateway:*::/restapis", "arn:${local.partition}:apigateway:*::/restapis/*"]
      },
    ],
    var.collector.paid_calls_a_day == 0 ? [] : [{
      sid       = "ReadCosts"
      actions   = local.evidence_reads.paid
      resources = ["*"]
      # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscostexplorerservice.html
      reason = "Coverage and anomalies have no ARN. Each request costs 0.01 USD; paid_calls_a_day limits them."
    }],
    length(var.collector.members) == 0 ? [] : [{
      sid       = "ReadMembers"
      actions   = ["sts:AssumeRole"]
      resources = values(var.collector.members)[*].role_arn
    }],
  )
}

locals {
  # Which actions the reads need: derived from the code, see shared/collector/src/permissions.rs.
  evidence_reads    = jsondecode(file("${path.module}/evidence_reads.json"))
  collector_regions = coalesce(var.collector.regions, [local.region])
}
