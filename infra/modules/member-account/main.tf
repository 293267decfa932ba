# An account whose events a suite in another account reads. Deploy it in each region that has events.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  # The topic has a name of its own: the suite's may be in the same account and region.
  operations_name  = "${var.name_prefix}-forward-operations"
  operations_arn   = "arn:${local.location.partition}:sns:${local.location.region}:${local.location.account_id}:${local.operations_name}"
  has_topic        = var.alarms && length(var.operations.emails) + length(var.operations.https_endpoints) > 0
  alarm_topic_arns = concat(local.has_topic ? [local.operations_arn] : [], var.operations.topic_arns)

  # The same files that the suite's rules are made of: what is forwarded is exactly what is read.
  suite = "${path.module}/../../suite/patterns"
  # The registry of sources; infra/suite/main.tf says why it is read from there.
  registry     = jsondecode(file("${path.module}/../../../functions/sources/sources.json")).sources
  source_names = local.registry[*].name
  sources      = var.sources == null ? toset([for source in local.registry : source.name if source.regional]) : var.sources

  location = {
    partition  = data.aws_partition.current.partition
    region     = data.aws_region.current.id
    account_id = data.aws_caller_identity.current.account_id
  }

  # A GuardDuty finding that is forwarded for its function reaches the suite's direct rule, too: forwarded twice, it
  # would be noticed twice.
  notices = contains(local.sources, "guardduty-finding") ? setsubtract(var.direct_notices, ["guardduty-critical"]) : var.direct_notices
}

module "forwarding" {
  source = "../forwarding"
  create = var.create

  name                     = "${var.name_prefix}-forward"
  bus_arn                  = var.central_bus_arn
  alarms                   = var.alarms
  alarm_topic_arns         = local.alarm_topic_arns
  heartbeat_schedule       = var.heartbeat_schedule
  permissions_boundary_arn = var.permissions_boundary_arn
  tags                     = var.tags
  location                 = local.location
  patterns = merge(
    { for name in local.sources : name => file("${local.suite}/${name}.json") },
    { for name in local.notices : name => file("${local.suite}/direct/${name}.json") },
  )
}

# Who hears that forwarding is in trouble. No other region's topic can be reached by an alarm, and the way of the events
# is the very way that would be broken.
module "operations" {
  source = "../topic"
  create = var.create && local.has_topic

  name            = local.operations_name
  location        = local.location
  emails          = var.operations.emails
  https_endpoints = var.operations.https_endpoints
  tags            = var.tags
  publishers = {
    alarms = {
      service     = "cloudwatch.amazonaws.com"
      source_arns = ["arn:${local.location.partition}:cloudwatch:${local.location.region}:${local.location.account_id}:alarm:${var.name_prefix}-*"]
    }
  }
}
