# Proofs that silence means health.
#
# On each bus an event of our own, which every rule lets in: it must come out at every channel, which is checked and told
# nothing. Code: shared/pipeline/src/heartbeat.rs. And on the operations topic, if it is wanted, a sign of life for a dead
# man's switch elsewhere: if it stops coming, the way of the alarms itself is broken.

locals {
  heartbeat_buses = { for key, bus in local.buses : key => bus if var.create && var.heartbeat.enabled }
  heartbeat_paths = var.heartbeat.enabled ? sort(flatten([for source in var.sources : [for bus in keys(local.buses) : "${source}/${bus}"]])) : []

  heartbeat_bus_arns = { for key, bus in local.buses : key => "arn:${local.partition}:events:${local.region}:${local.account_id}:event-bus/${key == "default" ? "default" : "${var.name_prefix}-${key}"}" }
  heartbeat_to_topic = var.create && var.operations.heartbeat_schedule != null
}

resource "aws_iam_role" "heartbeat" {
  count = var.create && (var.heartbeat.enabled || local.heartbeat_to_topic) ? 1 : 0

  name                 = "${var.name_prefix}-heartbeat"
  description          = "Sends heartbeats: to the buses, and a sign of life to the operations topic"
  permissions_boundary = var.permissions_boundary_arn
  tags                 = local.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = {
          "aws:SourceAccount" = local.account_id
          "aws:SourceArn"     = "arn:${local.partition}:scheduler:${local.region}:${local.account_id}:schedule-group/${var.name_prefix}"
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "heartbeat" {
  count = length(aws_iam_role.heartbeat)

  name = "calls"
  role = aws_iam_role.heartbeat[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      var.heartbeat.enabled ? [{ Sid = "PutEvents", Effect = "Allow", Action = ["events:PutEvents"], Resource = values(local.heartbeat_bus_arns) }] : [],
      local.heartbeat_to_topic ? [{ Sid = "Publish", Effect = "Allow", Action = ["sns:Publish"], Resource = [local.operations_topic_arn] }] : [],
      local.heartbeat_to_topic && var.kms_key_arn != null ? [{ Sid = "UseKey", Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = [var.kms_key_arn] }] : [],
    )
  })
}

resource "aws_scheduler_schedule" "heartbeat_bus" {
  # checkov:skip=CKV_AWS_297:The input names a bus
  for_each = local.heartbeat_buses

  name                = "${var.name_prefix}-heartbeat-${each.key}"
  description         = "An event that must come out at every channel"
  group_name          = aws_scheduler_schedule_group.suite[0].name
  schedule_expression = var.heartbeat.schedule

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = local.heartbeat_bus_arns[each.key]
    role_arn = aws_iam_role.heartbeat[0].arn
    input    = jsonencode({ bus = each.key })

    eventbridge_parameters {
      source      = "plimsoll"
      detail_type = "Heartbeat"
    }

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 10
    }
  }

  depends_on = [aws_iam_role_policy.heartbeat, aws_cloudwatch_event_bus.central]
}

resource "aws_scheduler_schedule" "heartbeat" {
  # checkov:skip=CKV_AWS_297:The input is a fixed sentence
  count = local.heartbeat_to_topic ? 1 : 0

  name                = "${var.name_prefix}-heartbeat"
  description         = "A sign of life on the operations topic"
  group_name          = aws_scheduler_schedule_group.suite[0].name
  schedule_expression = var.operations.heartbeat_schedule

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = module.operations.arn
    role_arn = aws_iam_role.heartbeat[0].arn
    input    = "Plimsoll ${var.name_prefix} in ${local.account_id}, ${local.region}: the path of its alarms works."

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 10
    }
  }

  depends_on = [aws_iam_role_policy.heartbeat]
}
