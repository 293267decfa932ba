# Proofs that silence means health.
#
# On each bus an event of our own, which every rule lets in: it must come out at every channel, which is checked and told
# nothing. Member accounts and us-east-1 send theirs by each forwarding rule. And on the operations topic, if it is wanted, a sign of life for a dead
# man's switch elsewhere: if it stops coming, the way of the alarms itself is broken.

locals {
  heartbeat_buses = { for key, bus in local.buses : key => bus if var.create && var.heartbeat.enabled }
  heartbeat_paths = var.heartbeat.enabled ? sort(concat(flatten([for source in local.sources : [for bus in keys(local.buses) : "${source}/${bus}"]]), [for path in var.heartbeat.forwarded_paths : path if contains(local.sources, split("/", path)[0])])) : []

  heartbeat_bus_arns = { for key, bus in local.buses : key => "arn:${local.partition}:events:${local.region}:${local.account_id}:event-bus/${key == "default" ? "default" : "${var.name_prefix}-${key}"}" }
  heartbeat_to_topic = var.create && var.operations.heartbeat_schedule != null
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
    role_arn = local.failures.schedule_role_arn
    input    = jsonencode({ bus = each.key })

    eventbridge_parameters {
      source      = "plimsoll"
      detail_type = "Heartbeat"
    }

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 10
    }

    dead_letter_config {
      arn = local.failures.unstarted_queue_arn
    }
  }

  depends_on = [aws_cloudwatch_event_bus.central]
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
    role_arn = local.failures.schedule_role_arn
    input    = "Plimsoll ${var.name_prefix} in ${local.account_id}, ${local.region}: the path of its alarms works."

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 10
    }

    dead_letter_config {
      arn = local.failures.unstarted_queue_arn
    }
  }
}
