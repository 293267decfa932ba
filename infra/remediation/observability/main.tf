# What an engineer looks at during an incident: one dashboard, the error query, and a sample of the traces.
# The alarms of each service are in alarms.tf.

data "aws_region" "current" {}

locals {
  region = coalesce(var.aws_region, data.aws_region.current.id)

  # A metric without dimensions has no data: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html
  service_dimensions = { for key, service in var.services : key => ["ClusterName", service.cluster_name, "ServiceName", service.service_name] }

  service_widgets = [for key, service in var.services : {
    type   = "metric"
    width  = 12
    height = 6
    properties = {
      title  = "ECS Service Metrics: ${key}"
      region = local.region
      period = 300
      stat   = "Average"
      metrics = [for metric in ["CPUUtilization", "MemoryUtilization"] :
        concat(["AWS/ECS", metric], local.service_dimensions[key], [{ stat = "Average" }])
      ]
    }
  }]

  # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
  load_balancer_widgets = [for key, service in var.services : {
    type   = "metric"
    width  = 12
    height = 6
    properties = {
      title  = "ALB Metrics: ${key}"
      region = local.region
      period = 300
      stat   = "Sum"
      metrics = [
        # A sum of response times says nothing; the slowest twentieth of the requests does.
        ["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", service.load_balancer_arn_suffix, { stat = "p95", yAxis = "right" }],
        ["AWS/ApplicationELB", "RequestCount", "LoadBalancer", service.load_balancer_arn_suffix],
        ["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "LoadBalancer", service.load_balancer_arn_suffix],
      ]
    }
  } if service.load_balancer_arn_suffix != null]

  alarm_widgets = [{
    type   = "alarm"
    width  = 24
    height = 3
    properties = {
      title  = "Alarms"
      alarms = [for alarm in aws_cloudwatch_metric_alarm.service : alarm.arn]
    }
  }]

  widgets = concat(local.alarm_widgets, local.service_widgets, local.load_balancer_widgets)
}

resource "aws_cloudwatch_dashboard" "main" {
  count = var.create && var.enable_dashboard ? 1 : 0

  dashboard_name = var.name
  dashboard_body = jsonencode({ widgets = local.widgets })
}

# A rule with attributes matches no request of the X-Ray SDKs, which ignore such rules: so there are none by default.
# https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html
resource "aws_xray_sampling_rule" "traces" {
  count = var.create && var.enable_xray_sampling ? 1 : 0

  rule_name      = var.name
  version        = 1
  priority       = var.sampling.priority
  reservoir_size = var.sampling.reservoir_size
  fixed_rate     = var.sampling.fixed_rate
  service_name   = var.sampling.service_name
  url_path       = "*"
  host           = "*"
  http_method    = "*"
  service_type   = "*"
  resource_arn   = "*"
  attributes     = var.sampling.attributes
  tags           = var.tags
}

resource "aws_cloudwatch_query_definition" "errors" {
  count = var.create && var.enable_error_query ? 1 : 0

  name            = "${var.name}-error-analysis"
  log_group_names = distinct([for service in var.services : service.log_group_name])

  query_string = <<-QUERY
    fields @timestamp, @message
    | filter @message like /${var.error_pattern}/
    | stats count() by bin(5m)
  QUERY
}
