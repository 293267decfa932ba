# The alarm matrix: each service has each of these alarms, so that an empty cell is seen. A service behind a load balancer
# has three more for each of its target groups.

locals {
  ecs_alarms = merge([for key, service in var.services : merge({
    "${key}-cpu" = {
      says       = "The tasks use more than ${service.thresholds.cpu_percent} % of their CPU, or no task runs at all."
      namespace  = "AWS/ECS"
      metric     = "CPUUtilization"
      dimensions = { ClusterName = service.cluster_name, ServiceName = service.service_name }
      statistic  = "Average"
      operator   = "GreaterThanOrEqualToThreshold"
      threshold  = service.thresholds.cpu_percent
      periods    = 5
      # ECS sends no CPU for a service without tasks. One alarm tells that; the others stay as they were.
      missing = service.may_be_idle ? "notBreaching" : "breaching"
    }
    "${key}-memory" = {
      says       = "The tasks use more than ${service.thresholds.memory_percent} % of their memory; at 100 % they are killed."
      namespace  = "AWS/ECS"
      metric     = "MemoryUtilization"
      dimensions = { ClusterName = service.cluster_name, ServiceName = service.service_name }
      statistic  = "Average"
      operator   = "GreaterThanOrEqualToThreshold"
      threshold  = service.thresholds.memory_percent
      periods    = 5
      missing    = "ignore"
    }
    },
    # Container Insights sends this metric; without it the alarm would never leave INSUFFICIENT_DATA.
    service.thresholds.minimum_running_tasks == null ? {} : {
      "${key}-tasks" = {
        says       = "Fewer than ${coalesce(service.thresholds.minimum_running_tasks, 0)} tasks run."
        namespace  = "ECS/ContainerInsights"
        metric     = "RunningTaskCount"
        dimensions = { ClusterName = service.cluster_name, ServiceName = service.service_name }
        statistic  = "Minimum"
        operator   = "LessThanThreshold"
        threshold  = service.thresholds.minimum_running_tasks
        periods    = 5
        missing    = "breaching"
      }
  })]...)

  target_groups = merge([for key, service in var.services : {
    for role, suffix in service.target_group_arn_suffixes : "${key}-${role}" => { service = service, target_group = suffix }
  }]...)

  load_balancer_alarms = merge([for key, group in local.target_groups : {
    "${key}-5xx" = {
      says      = "The tasks answered ${group.service.thresholds.target_5xx_count} requests or more of five minutes with an error 5xx."
      metric    = "HTTPCode_Target_5XX_Count"
      statistic = "Sum"
      period    = 300
      threshold = group.service.thresholds.target_5xx_count
      periods   = 1
      group     = group
    }
    "${key}-unhealthy" = {
      says      = "A task fails the health check of its target group."
      metric    = "UnHealthyHostCount"
      statistic = "Maximum"
      period    = 60
      threshold = 1
      periods   = 3
      group     = group
    }
    "${key}-response-time" = {
      says      = "The slowest twentieth of the requests takes ${group.service.thresholds.response_time_seconds} seconds or more."
      metric    = "TargetResponseTime"
      statistic = "p95"
      period    = 60
      threshold = group.service.thresholds.response_time_seconds
      periods   = 5
      group     = group
    }
  }]...)

  alarms = merge(
    { for key, alarm in local.ecs_alarms : key => merge(alarm, { period = 60 }) },
    { for key, alarm in local.load_balancer_alarms : key => {
      says       = alarm.says
      namespace  = "AWS/ApplicationELB"
      metric     = alarm.metric
      dimensions = { LoadBalancer = alarm.group.service.load_balancer_arn_suffix, TargetGroup = alarm.group.target_group }
      statistic  = alarm.statistic
      operator   = "GreaterThanOrEqualToThreshold"
      threshold  = alarm.threshold
      period     = alarm.period
      periods    = alarm.periods
      # No request, or the idle group of a blue/green pair.
      missing = "notBreaching"
    } },
  )
}

resource "aws_cloudwatch_metric_alarm" "service" {
  for_each = var.create ? local.alarms : {}

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.says
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  comparison_operator = each.value.operator
  threshold           = each.value.threshold
  period              = each.value.period
  evaluation_periods  = each.value.periods
  treat_missing_data  = each.value.missing
  actions_enabled     = true
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = var.tags
}
