# Schedules start the function through a role of their own, which may do nothing else.

locals {
  has_schedule  = length(var.trigger.schedules) > 0
  unstarted_arn = "${local.arn_of.queues}:${local.name}-unstarted"

  schedule_permissions = [
    { sid = "StartFunction", actions = ["lambda:InvokeFunction"], resources = [local.arn_of.function] },
    { sid = "KeepUnstarted", actions = ["sqs:SendMessage"], resources = [local.unstarted_arn] },
  ]
}

resource "aws_iam_role" "schedule" {
  count = var.create && local.has_schedule ? 1 : 0

  name                 = "${local.name}-schedule"
  description          = "Starts ${local.name} on time"
  permissions_boundary = var.common.permissions_boundary_arn
  tags                 = var.common.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      # The source is the schedule's group, never a single schedule:
      # https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
      Condition = {
        StringEquals = {
          "aws:SourceAccount" = var.common.account_id
          "aws:SourceArn"     = "arn:${var.common.partition}:scheduler:${var.common.region}:${var.common.account_id}:schedule-group/${var.common.schedule_group}"
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "schedule" {
  count = var.create && local.has_schedule ? 1 : 0

  name = "calls"
  role = aws_iam_role.schedule[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      for p in local.schedule_permissions : { Sid = p.sid, Effect = "Allow", Action = p.actions, Resource = p.resources }
    ]
  })
}

resource "aws_sqs_queue" "unstarted" {
  count = var.create && local.has_schedule ? 1 : 0

  name                      = "${local.name}-unstarted"
  message_retention_seconds = var.queue.dead_letter_retention_days * 86400
  sqs_managed_sse_enabled   = true
  tags                      = local.queue_tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "DenySendingByOthers"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:SendMessage"
        Resource  = local.unstarted_arn
        Condition = { ArnNotLike = { "aws:PrincipalArn" = ["${local.arn_of.role}-schedule"] } }
      },
      merge(local.deny_reading, { Resource = local.unstarted_arn }),
      merge(local.deny_plain_text, { Resource = local.unstarted_arn }),
    ]
  })
}

resource "aws_scheduler_schedule" "schedule" {
  # checkov:skip=CKV_AWS_297:The input names a time and a schedule, nothing that needs a key of one's own
  for_each = { for key, schedule in var.trigger.schedules : key => schedule if var.create }

  name                         = "${local.name}-${each.key}"
  description                  = "Starts ${local.name}"
  group_name                   = var.common.schedule_group
  schedule_expression          = each.value.expression
  schedule_expression_timezone = each.value.time_zone

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_lambda_function.function[0].arn
    role_arn = aws_iam_role.schedule[0].arn
    # jsonencode writes < and > as escapes, in which the scheduler would not see its <aws.scheduler.*> placeholders.
    input = replace(replace(each.value.input, "\\u003c", "<"), "\\u003e", ">")

    retry_policy {
      maximum_event_age_in_seconds = each.value.maximum_age_seconds
      maximum_retry_attempts       = each.value.retries
    }

    dead_letter_config {
      arn = aws_sqs_queue.unstarted[0].arn
    }
  }

  depends_on = [aws_iam_role_policy.schedule]
}
