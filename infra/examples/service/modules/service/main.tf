# An ECS service on Fargate: its cluster, its tasks in private subnets behind a load balancer, its auto-scaling and its log.
# Who may do what is in roles.tf, what a task is in task.tf.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id

  code_deploy = var.deployment_controller == "CODE_DEPLOY"

  # Shares in percent, so that the weight of the source checklist is what it says.
  capacity = { for provider, weight in {
    FARGATE      = 100 - (var.enable_fargate_spot ? var.fargate_spot_weight : 0)
    FARGATE_SPOT = var.enable_fargate_spot ? var.fargate_spot_weight : 0
  } : provider => weight if weight > 0 }
}

resource "aws_ecs_cluster" "cluster" {
  name = var.name
  tags = var.tags

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_cluster_capacity_providers" "fargate" {
  cluster_name       = aws_ecs_cluster.cluster.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}

resource "aws_ecs_service" "service" {
  name                               = var.name
  cluster                            = aws_ecs_cluster.cluster.arn
  task_definition                    = aws_ecs_task_definition.task.arn
  desired_count                      = var.autoscaling_min
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = 60
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"
  availability_zone_rebalancing      = local.code_deploy ? null : "ENABLED"
  tags                               = var.tags

  deployment_controller {
    type = var.deployment_controller
  }

  # CodeDeploy has its own rollback.
  dynamic "deployment_circuit_breaker" {
    for_each = local.code_deploy ? [] : [true]

    content {
      enable   = true
      rollback = true
    }
  }

  dynamic "alarms" {
    for_each = local.code_deploy || length(var.rollback_alarm_names) == 0 ? [] : [true]

    content {
      alarm_names = var.rollback_alarm_names
      enable      = true
      rollback    = true
    }
  }

  dynamic "capacity_provider_strategy" {
    for_each = local.capacity

    content {
      capacity_provider = capacity_provider_strategy.key
      weight            = capacity_provider_strategy.value
    }
  }

  network_configuration {
    subnets          = var.private_subnet_ids
    security_groups  = [aws_security_group.tasks.id]
    assign_public_ip = false
  }

  load_balancer {
    target_group_arn = var.target_group_arn
    container_name   = local.container
    container_port   = var.container_port
  }

  lifecycle {
    # The pipeline deploys revisions, auto-scaling sets the number of tasks, and CodeDeploy the target group.
    ignore_changes = [task_definition, desired_count, load_balancer]

    precondition {
      condition     = length(var.private_subnet_ids) >= 2
      error_message = "The service runs in subnets of two zones at least."
    }
  }

  depends_on = [aws_ecs_cluster_capacity_providers.fargate, aws_iam_role_policy.execution]
}

resource "aws_security_group" "tasks" {
  name        = "${var.name}-tasks"
  description = "Requests from the load balancer to the tasks of ${var.name}"
  vpc_id      = var.vpc_id
  tags        = merge(var.tags, { Name = "${var.name}-tasks" })
}

resource "aws_vpc_security_group_ingress_rule" "load_balancer" {
  security_group_id            = aws_security_group.tasks.id
  description                  = "Requests and health checks of the load balancer"
  referenced_security_group_id = var.load_balancer_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = var.container_port
  to_port                      = var.container_port
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.tasks.id
  description       = "HTTPS to AWS and to other services"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "other" {
  for_each = var.egress

  security_group_id            = aws_security_group.tasks.id
  description                  = each.key
  referenced_security_group_id = each.value.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}
