# Schedules start the function, by a role that all schedules of a suite share.

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
    role_arn = var.failures.schedule_role_arn
    # jsonencode writes < and > as escapes, in which the scheduler would not see its <aws.scheduler.*> placeholders.
    input = replace(replace(each.value.input, "\\u003c", "<"), "\\u003e", ">")

    retry_policy {
      maximum_event_age_in_seconds = each.value.maximum_age_seconds
      maximum_retry_attempts       = each.value.retries
    }

    dead_letter_config {
      arn = var.failures.unstarted_queue_arn
    }
  }
}
