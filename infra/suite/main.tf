# The suite: what all functions share. Each function has a file of its own, with its trigger, environment and
# permissions beside one another.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  # `id` is the name of the region in version 5 and in version 6 of the provider.
  region   = data.aws_region.current.id
  location = { partition = local.partition, region = local.region, account_id = local.account_id }
  tags     = merge({ "plimsoll:suite" = var.name_prefix }, var.tags)

  # The registry of sources, which the code, the tests and CI read as well. A copy in this folder would be a second list to
  # keep; a module source with a double slash brings the whole repository, and with it this file.
  registry     = jsondecode(file("${path.module}/../../functions/sources/sources.json")).sources
  source_names = local.registry[*].name
  sources      = sort(var.sources == null ? local.source_names : tolist(var.sources))

  accounts = distinct(concat([local.account_id], var.central_bus.member_accounts))
  buses = merge(
    { default = "default" },
    # Taken from the bus, so that the rules wait until it is there.
    var.central_bus.enabled ? { central = var.create ? aws_cloudwatch_event_bus.central[0].name : "none" } : {},
  )

  common = merge(local.location, {
    name_prefix              = var.name_prefix
    architecture             = var.architecture
    kms_key_arn              = var.kms_key_arn
    log_retention_days       = var.log_retention_days
    log_level                = var.log_level
    tracing                  = var.tracing
    event_buses              = local.buses
    event_accounts           = local.accounts
    schedule_group           = var.create ? aws_scheduler_schedule_group.suite[0].name : "none"
    alarms                   = var.alarms
    alarm_topic_arns         = local.alarm_topic_arns
    ok_topic_arns            = var.operations.ok_topic_arns
    operators                = var.operations.operator_arns
    permissions_boundary_arn = var.permissions_boundary_arn
    revision                 = local.revision
    tags                     = local.tags
  })

  functions = concat(local.source_names, ["alert-notifier", "readiness-digest", "evidence-collector"])

  artifacts = {
    for name in local.functions : name => {
      zip_path          = var.packages.directory == null ? null : "${var.packages.directory}/${name}/bootstrap.zip"
      s3_bucket         = var.packages.s3_bucket
      s3_key            = var.packages.s3_bucket == null ? null : join("/", compact([trim(var.packages.s3_prefix, "/"), name, "bootstrap.zip"]))
      s3_object_version = lookup(var.packages.s3_object_versions, name, null)
    }
  }

  # What the user said of a function, else what suits it.
  usual = { alert-notifier = { timeout_seconds = 75 }, readiness-digest = { timeout_seconds = 120, memory_mb = 512 }, evidence-collector = { timeout_seconds = 900, memory_mb = 512 } }
  tuned = {
    for name in local.functions : name => {
      memory_mb       = coalesce(try(var.functions[name].memory_mb, null), try(local.usual[name].memory_mb, 256))
      timeout_seconds = coalesce(try(var.functions[name].timeout_seconds, null), try(local.usual[name].timeout_seconds, 30))
      queue           = try(var.functions[name].queue, {})
      vpc             = try(var.functions[name].vpc, null)
    }
  }

  # Every function: where the state is, and where its metrics go.
  environment = {
    PLIMSOLL_TABLE             = local.table_name
    PLIMSOLL_METRICS_NAMESPACE = var.metrics_namespace
  }

  # Every function that reads events: the finding, the waivers, the configuration.
  source_permissions = [
    { sid = "ReadAndWriteState", actions = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"], resources = [local.table_arn] },
  ]
}

# What no event told is read from the services themselves. Costs are not: their API is paid for by the request.
locals {
  reconcile_every = {
    "ecr-scan"          = var.reconcile.ecr_scan
    "config-rule"       = var.reconcile.config_rule
    "guardduty-finding" = var.reconcile.guardduty_finding
    "backup-job"        = var.reconcile.backup_job
  }

  reconcile_schedule = {
    input                = jsonencode({ plimsoll = "reconcile" })
    retries              = 2
    maximum_age_seconds  = 3600
    silent_after_minutes = 26 * 60
  }
  reconcile = {
    for name, expression in local.reconcile_every : name => {
      for key, schedule in { reconcile = expression } : key => merge(local.reconcile_schedule, { expression = schedule }) if schedule != null
    }
  }

  # What is open here is compared with what is open there. Scan: the state that an older build wrote is taken over once.
  open_permissions = [
    { sid = "ListOpenFindings", actions = ["dynamodb:Query"], resources = ["${local.table_arn}/index/open"] },
    { sid = "ReadFindings", actions = ["dynamodb:BatchGetItem", "dynamodb:Scan"], resources = [local.table_arn] },
  ]
}

resource "aws_scheduler_schedule_group" "suite" {
  count = var.create ? 1 : 0

  name = var.name_prefix
  tags = local.tags
}
