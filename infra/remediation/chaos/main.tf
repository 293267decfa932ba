# Experiments for one ECS service with AWS Fault Injection Service: tasks end, CPUs are busy, a zone is cut off. Each
# stops by itself when an alarm goes off, and fails when it finds nothing to break.
# https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html#ecs-actions-reference

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id

  tasks = {
    name           = "tasks"
    key            = "Tasks"
    resource_type  = "aws:ecs:task"
    selection_mode = "PERCENT(${var.task_percent})"
    resource_arns  = null
    parameters     = { cluster = var.cluster_arn, service = var.service_name }
  }

  experiments = {
    for key, experiment in {
      stop-tasks = {
        enabled     = var.enable_stop_tasks
        description = "${var.task_percent} % of the tasks of ${var.service_name} end at once"
        action_id   = "aws:ecs:stop-task"
        parameters  = {}
        target      = local.tasks
      }
      cpu-stress = {
        enabled     = var.enable_cpu_stress
        description = "${var.task_percent} % of the tasks of ${var.service_name} have busy CPUs for ${var.duration_minutes} minutes"
        action_id   = "aws:ecs:task-cpu-stress"
        parameters  = { duration = "PT${var.duration_minutes}M", percent = tostring(var.cpu_percent) }
        target      = local.tasks
      }
      zone-outage = {
        enabled     = length(var.zone_subnet_arns) > 0
        description = "One availability zone of ${var.service_name} is cut off from the others for ${var.duration_minutes} minutes"
        action_id   = "aws:network:disrupt-connectivity"
        parameters  = { duration = "PT${var.duration_minutes}M", scope = "availability-zone" }
        target = {
          name           = "zone"
          key            = "Subnets"
          resource_type  = "aws:ec2:subnet"
          selection_mode = "ALL"
          resource_arns  = var.zone_subnet_arns
          parameters     = null
        }
      }
    } : key => experiment if experiment.enabled
  }
}

resource "aws_fis_experiment_template" "experiment" {
  for_each = local.experiments

  description = each.value.description
  role_arn    = aws_iam_role.experiments.arn
  tags        = merge(var.tags, { Name = "${var.name}-${each.key}" })

  action {
    name      = each.key
    action_id = each.value.action_id
    dynamic "parameter" {
      for_each = each.value.parameters
      content {
        key   = parameter.key
        value = parameter.value
      }
    }
    target {
      key   = each.value.target.key
      value = each.value.target.name
    }
  }

  target {
    name           = each.value.target.name
    resource_type  = each.value.target.resource_type
    selection_mode = each.value.target.selection_mode
    resource_arns  = each.value.target.resource_arns
    parameters     = each.value.target.parameters
  }

  dynamic "stop_condition" {
    for_each = var.stop_alarm_arns
    content {
      source = "aws:cloudwatch:alarm"
      value  = stop_condition.value
    }
  }

  # An experiment that found no target proves nothing.
  experiment_options {
    account_targeting            = "single-account"
    empty_target_resolution_mode = "fail"
  }

  log_configuration {
    log_schema_version = 2
    cloudwatch_logs_configuration {
      log_group_arn = "${aws_cloudwatch_log_group.experiments.arn}:*"
    }
  }

  depends_on = [aws_iam_role_policy.experiments]
}

resource "aws_cloudwatch_log_group" "experiments" {
  # checkov:skip=CKV_AWS_158:CloudWatch Logs encrypts every group; kms_key_arn gives it a key of your own
  # checkov:skip=CKV_AWS_338:The source checklist keeps logs for 7, 30 or 90 days by environment; log_retention_days sets it
  name              = "/aws/fis/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}
