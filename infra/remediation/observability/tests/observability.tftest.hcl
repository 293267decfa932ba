mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
  mock_resource "aws_cloudwatch_metric_alarm" {
    defaults = { arn = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:x" }
  }
}

variables {
  name             = "web-prod"
  alarm_topic_arns = ["arn:aws:sns:eu-west-1:111122223333:alarms"]
  services = {
    web = {
      cluster_name              = "prod"
      service_name              = "web-service"
      log_group_name            = "/ecs/web"
      load_balancer_arn_suffix  = "app/web/0123456789abcdef"
      target_group_arn_suffixes = { blue = "targetgroup/blue/0123456789abcdef", green = "targetgroup/green/0123456789abcdef" }
    }
    worker = {
      cluster_name   = "prod"
      service_name   = "worker-service"
      log_group_name = "/ecs/worker"
      may_be_idle    = true
      thresholds     = { minimum_running_tasks = 2 }
    }
  }
}

# Applied to the mocked provider, because the alarms' ARNs are in the dashboard.
run "the_five_metrics_have_dimensions" {
  assert {
    condition = toset([for metric in flatten([for widget in jsondecode(aws_cloudwatch_dashboard.main[0].dashboard_body).widgets : [for m in widget.properties.metrics : m[1]] if widget.type == "metric"]) : metric]) == toset([
      "CPUUtilization", "MemoryUtilization", "TargetResponseTime", "RequestCount", "HTTPCode_Target_5XX_Count",
    ])
    error_message = "The dashboard shows the five metrics of the source checklist."
  }
  assert {
    condition = alltrue(flatten([for widget in jsondecode(aws_cloudwatch_dashboard.main[0].dashboard_body).widgets : [
      for m in widget.properties.metrics : contains([["ClusterName", "prod", "ServiceName", "web-service"], ["ClusterName", "prod", "ServiceName", "worker-service"]], try(slice(m, 2, 6), [])) || try(slice(m, 2, 4), []) == ["LoadBalancer", "app/web/0123456789abcdef"]
    ] if widget.type == "metric"]))
    error_message = "A metric without dimensions shows nothing."
  }
  assert {
    condition     = length([for widget in jsondecode(aws_cloudwatch_dashboard.main[0].dashboard_body).widgets : widget if startswith(widget.properties.title, "ECS Service Metrics")]) == 2
    error_message = "Each service has its widget."
  }
  assert {
    condition     = alltrue([for widget in jsondecode(aws_cloudwatch_dashboard.main[0].dashboard_body).widgets : widget.properties.period == 300 && widget.properties.region == "eu-west-1" if widget.type == "metric"])
    error_message = "Periods of 300 seconds, in the provider's region."
  }
}

run "no_cell_of_the_matrix_is_empty" {
  assert {
    condition = toset(keys(aws_cloudwatch_metric_alarm.service)) == toset([
      "web-cpu", "web-memory",
      "web-blue-5xx", "web-blue-unhealthy", "web-blue-response-time",
      "web-green-5xx", "web-green-unhealthy", "web-green-response-time",
      "worker-cpu", "worker-memory", "worker-tasks",
    ])
    error_message = "Each service has each alarm that its kind of service can have."
  }
  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.service : alarm.actions_enabled && alarm.alarm_actions == toset(var.alarm_topic_arns) && alarm.ok_actions == toset(var.alarm_topic_arns)])
    error_message = "Each alarm tells its beginning and its end."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.service["web-cpu"].dimensions == tomap({ ClusterName = "prod", ServiceName = "web-service" }) && aws_cloudwatch_metric_alarm.service["web-cpu"].threshold == 80
    error_message = "CPU is that of one service, with 80 %."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.service["web-green-5xx"].dimensions == tomap({ LoadBalancer = "app/web/0123456789abcdef", TargetGroup = "targetgroup/green/0123456789abcdef" })
    error_message = "Errors are those of one target group."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.service["web-blue-response-time"].extended_statistic == "p95" && aws_cloudwatch_metric_alarm.service["web-blue-response-time"].statistic == null
    error_message = "The response time is a percentile."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.service["web-cpu"].treat_missing_data == "breaching" && aws_cloudwatch_metric_alarm.service["worker-cpu"].treat_missing_data == "notBreaching"
    error_message = "A service without tasks is told, unless it may be idle."
  }
  assert {
    condition     = output.alarm_names["web-blue-5xx"] == "web-prod-web-blue-5xx"
    error_message = "The names are for an automatic rollback."
  }
}

run "five_percent_of_the_requests" {
  command = plan

  assert {
    condition = (
      aws_xray_sampling_rule.traces[0].fixed_rate == 0.05 && aws_xray_sampling_rule.traces[0].priority == 1000 && aws_xray_sampling_rule.traces[0].reservoir_size == 1
      && aws_xray_sampling_rule.traces[0].version == 1 && aws_xray_sampling_rule.traces[0].service_name == "*"
    )
    error_message = "The numbers of the source checklist."
  }
  assert {
    condition     = length(aws_xray_sampling_rule.traces[0].attributes) == 0
    error_message = "A rule with attributes would match nothing."
  }
}

run "the_error_query_reads_each_log_group" {
  command = plan

  assert {
    condition     = toset(aws_cloudwatch_query_definition.errors[0].log_group_names) == toset(["/ecs/web", "/ecs/worker"])
    error_message = "Each service's log group is searched."
  }
  assert {
    condition     = aws_cloudwatch_query_definition.errors[0].name == "web-prod-error-analysis" && strcontains(aws_cloudwatch_query_definition.errors[0].query_string, "filter @message like /ERROR/\n| stats count() by bin(5m)")
    error_message = "The query of the source checklist."
  }
}

run "each_part_by_its_toggle" {
  command = plan
  variables {
    enable_dashboard     = false
    enable_xray_sampling = false
    enable_error_query   = false
  }
  assert {
    condition     = output.dashboard_name == null && output.sampling_rule_arn == null && output.query_definition_id == null && length(aws_cloudwatch_metric_alarm.service) == 11
    error_message = "Only the alarms remain."
  }
}

run "nothing_if_switched_off" {
  command = plan
  variables {
    create = false
  }
  assert {
    condition     = output.dashboard_name == null && length(output.alarm_arns) == 0
    error_message = "create = false creates nothing."
  }
}

run "refuses_alarms_that_tell_nobody" {
  command = plan
  variables {
    alarm_topic_arns = []
  }
  expect_failures = [var.alarm_topic_arns]
}

run "refuses_a_load_balancer_without_target_group" {
  command = plan
  variables {
    services = { web = { cluster_name = "prod", service_name = "web", log_group_name = "/ecs/web", load_balancer_arn_suffix = "app/web/1" } }
  }
  expect_failures = [var.services]
}

run "refuses_whole_arns" {
  command = plan
  variables {
    services = { web = { cluster_name = "prod", service_name = "web", log_group_name = "/ecs/web", load_balancer_arn_suffix = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/web/1", target_group_arn_suffixes = { blue = "targetgroup/web/1" } } }
  }
  expect_failures = [var.services]
}

run "refuses_to_sample_nothing" {
  command = plan
  variables {
    sampling = { fixed_rate = 0 }
  }
  expect_failures = [var.sampling]
}

run "refuses_no_service" {
  command = plan
  variables {
    services = {}
  }
  expect_failures = [var.services]
}

run "refuses_a_pattern_that_ends_early" {
  command = plan
  variables {
    error_pattern = "a/b"
  }
  expect_failures = [var.error_pattern]
}
