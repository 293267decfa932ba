# An account whose events a suite in another account reads. Deploy it in each region that has events.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  # The same files that the suite's rules are made of: what is forwarded is exactly what is read.
  suite = "${path.module}/../../suite/patterns"

  # A GuardDuty finding that is forwarded for its function reaches the suite's direct rule, too: forwarded twice, it
  # would be noticed twice.
  notices = contains(var.sources, "guardduty-finding") ? setsubtract(var.direct_notices, ["guardduty-critical"]) : var.direct_notices
}

module "forwarding" {
  source = "../forwarding"
  create = var.create

  name                     = "${var.name_prefix}-forward"
  bus_arn                  = var.central_bus_arn
  alarm_topic_arns         = var.alarm_topic_arns
  permissions_boundary_arn = var.permissions_boundary_arn
  tags                     = var.tags
  location = {
    partition  = data.aws_partition.current.partition
    region     = data.aws_region.current.id
    account_id = data.aws_caller_identity.current.account_id
  }
  patterns = merge(
    { for name in var.sources : name => file("${local.suite}/${name}.json") },
    { for name in local.notices : name => file("${local.suite}/direct/${name}.json") },
  )
}
