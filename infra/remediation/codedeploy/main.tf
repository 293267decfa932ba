# CodeDeploy shifts the traffic of one ECS service from its blue to its green target group: a canary first, the rest
# later, and back when an alarm goes off. The service itself must have deployment_controller { type = "CODE_DEPLOY" }.
# https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-steps-ecs.html

resource "aws_codedeploy_app" "app" {
  name             = var.app_name
  compute_platform = "ECS"
  tags             = var.tags
}

resource "aws_codedeploy_deployment_group" "service" {
  app_name               = aws_codedeploy_app.app.name
  deployment_group_name  = "${var.app_name}-deployment-group"
  service_role_arn       = aws_iam_role.codedeploy.arn
  deployment_config_name = var.deployment_config_name
  tags                   = var.tags

  # ECS accepts exactly this style; without the block the API answers InvalidDeploymentStyleException.
  deployment_style {
    deployment_option = "WITH_TRAFFIC_CONTROL"
    deployment_type   = "BLUE_GREEN"
  }

  blue_green_deployment_config {
    deployment_ready_option {
      action_on_timeout    = var.action_on_timeout
      wait_time_in_minutes = var.action_on_timeout == "STOP_DEPLOYMENT" ? var.ready_wait_minutes : null
    }
    terminate_blue_instances_on_deployment_success {
      action                           = "TERMINATE"
      termination_wait_time_in_minutes = var.termination_wait_minutes
    }
  }

  auto_rollback_configuration {
    enabled = true
    events  = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"]
  }

  # An alarm that cannot be read stops the deployment: no evidence is not a pass.
  alarm_configuration {
    enabled                   = true
    alarms                    = var.alarm_names
    ignore_poll_alarm_failure = false
  }

  ecs_service {
    cluster_name = var.cluster_name
    service_name = var.service_name
  }

  load_balancer_info {
    target_group_pair_info {
      prod_traffic_route {
        listener_arns = [var.listener_arn]
      }
      dynamic "test_traffic_route" {
        for_each = var.test_listener_arn == null ? [] : [var.test_listener_arn]
        content {
          listener_arns = [test_traffic_route.value]
        }
      }
      target_group {
        name = var.blue_target_group_name
      }
      target_group {
        name = var.green_target_group_name
      }
    }
  }

  dynamic "trigger_configuration" {
    for_each = var.notification_topic_arn == null ? [] : [var.notification_topic_arn]
    content {
      trigger_name       = "${var.app_name}-deployments"
      trigger_target_arn = trigger_configuration.value
      trigger_events     = ["DeploymentFailure", "DeploymentStop", "DeploymentRollback"]
    }
  }

  # The first deployment needs its permissions.
  depends_on = [aws_iam_role_policy.codedeploy]
}
