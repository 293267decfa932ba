# An ECS service whose deployments ECS itself shifts: canary, linear or blue/green, with alarms that roll back.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/canary-deployment.html

resource "aws_ecs_service" "service" {
  name                               = var.name
  cluster                            = var.cluster_arn
  task_definition                    = var.task_definition_arn
  desired_count                      = var.desired_count
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  availability_zone_rebalancing      = "ENABLED"
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"
  health_check_grace_period_seconds  = var.load_balancer == null ? null : var.health_check_grace_seconds
  wait_for_steady_state              = var.wait_for_steady_state
  tags                               = var.tags

  deployment_controller {
    type = "ECS"
  }

  deployment_configuration {
    strategy             = var.deployment_strategy
    bake_time_in_minutes = var.bake_time_minutes

    dynamic "canary_configuration" {
      for_each = var.deployment_strategy == "CANARY" ? [true] : []
      content {
        canary_percent              = var.canary_percent
        canary_bake_time_in_minutes = var.canary_bake_minutes
      }
    }
    dynamic "linear_configuration" {
      for_each = var.deployment_strategy == "LINEAR" ? [true] : []
      content {
        step_percent              = var.linear_step_percent
        step_bake_time_in_minutes = var.linear_step_bake_minutes
      }
    }
    dynamic "lifecycle_hook" {
      for_each = var.lifecycle_hooks
      content {
        hook_target_arn  = lifecycle_hook.value.function_arn
        lifecycle_stages = lifecycle_hook.value.stages
        role_arn         = aws_iam_role.hooks[0].arn
        hook_details     = lifecycle_hook.value.details
      }
    }
  }

  # The circuit breaker belongs to rolling updates; here alarms decide.
  # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-failure-detection.html
  alarms {
    alarm_names = var.alarm_names
    enable      = true
    rollback    = true
  }

  dynamic "capacity_provider_strategy" {
    for_each = var.capacity_providers
    content {
      capacity_provider = capacity_provider_strategy.key
      weight            = capacity_provider_strategy.value.weight
      base              = capacity_provider_strategy.value.base
    }
  }

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = var.security_group_ids
    assign_public_ip = false
  }

  dynamic "load_balancer" {
    for_each = var.load_balancer == null ? [] : [var.load_balancer]
    content {
      container_name   = load_balancer.value.container_name
      container_port   = load_balancer.value.container_port
      target_group_arn = load_balancer.value.blue_target_group_arn
      advanced_configuration {
        alternate_target_group_arn = load_balancer.value.green_target_group_arn
        production_listener_rule   = load_balancer.value.production_listener_rule_arn
        test_listener_rule         = load_balancer.value.test_listener_rule_arn
        role_arn                   = aws_iam_role.traffic[0].arn
      }
    }
  }

  dynamic "service_connect_configuration" {
    for_each = var.service_connect == null ? [] : [var.service_connect]
    content {
      enabled   = true
      namespace = service_connect_configuration.value.namespace
      dynamic "log_configuration" {
        for_each = service_connect_configuration.value.log_configuration == null ? [] : [service_connect_configuration.value.log_configuration]
        content {
          log_driver = log_configuration.value.log_driver
          options    = log_configuration.value.options
        }
      }
      dynamic "service" {
        for_each = service_connect_configuration.value.services
        content {
          port_name      = service.value.port_name
          discovery_name = service.value.discovery_name
          client_alias {
            port     = service.value.port
            dns_name = service.value.dns_name
          }
          timeout {
            idle_timeout_seconds        = service.value.idle_timeout_seconds
            per_request_timeout_seconds = service.value.per_request_timeout_seconds
          }
          dynamic "tls" {
            for_each = service.value.tls == null ? [] : [service.value.tls]
            content {
              kms_key  = tls.value.kms_key_arn
              role_arn = tls.value.role_arn
              issuer_cert_authority {
                aws_pca_authority_arn = tls.value.certificate_authority_arn
              }
            }
          }
        }
      }
    }
  }

  lifecycle {
    # The pipeline deploys revisions, and auto scaling counts tasks: Terraform must not turn either back.
    ignore_changes = [task_definition, desired_count]
  }

  depends_on = [aws_iam_role_policy.traffic, aws_iam_role_policy.hooks]
}
