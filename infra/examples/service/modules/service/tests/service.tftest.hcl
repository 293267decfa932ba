mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/web" }
  }
  mock_resource "aws_ecs_task_definition" {
    defaults = { arn = "arn:aws:ecs:eu-west-1:111122223333:task-definition/web:1" }
  }
  mock_resource "aws_ecs_cluster" {
    defaults = { arn = "arn:aws:ecs:eu-west-1:111122223333:cluster/web" }
  }
}

variables {
  name                            = "web"
  vpc_id                          = "vpc-0123"
  private_subnet_ids              = ["subnet-a", "subnet-b"]
  load_balancer_security_group_id = "sg-balancer"
  target_group_arn                = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web-blue/0123"
  image                           = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/web@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  repository_arns                 = ["arn:aws:ecr:eu-west-1:111122223333:repository/web"]
  autoscaling_min                 = 2
  autoscaling_max                 = 8
  secrets = {
    DATABASE_PASSWORD = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:web/database-AbCdEf:password::"
    API_TOKEN         = "arn:aws:ssm:eu-west-1:111122223333:parameter/web/token"
  }
}

run "scales_and_rolls_back" {
  command = plan
  variables {
    rollback_alarm_names = ["web-5xx"]
  }
  assert {
    condition     = aws_appautoscaling_target.tasks.min_capacity == 2 && aws_appautoscaling_target.tasks.max_capacity == 8 && length(aws_appautoscaling_policy.tasks) == 2 && aws_ecs_service.service.desired_count == 2
    error_message = "Between two and eight tasks, by CPU and memory."
  }
  assert {
    condition     = one(aws_ecs_service.service.deployment_circuit_breaker).enable && one(aws_ecs_service.service.deployment_circuit_breaker).rollback && one(aws_ecs_service.service.alarms).rollback
    error_message = "The circuit breaker and the alarms roll back."
  }
  assert {
    condition     = !one(aws_ecs_service.service.network_configuration).assign_public_ip && one(aws_ecs_cluster.cluster.setting).value == "enabled"
    error_message = "No public address, and Container Insights."
  }
}

run "spot_by_weight" {
  command = plan
  variables {
    enable_fargate_spot = true
    fargate_spot_weight = 70
  }
  assert {
    condition     = { for strategy in aws_ecs_service.service.capacity_provider_strategy : strategy.capacity_provider => strategy.weight } == { FARGATE = 30, FARGATE_SPOT = 70 }
    error_message = "70 of 100 on Spot."
  }
}

run "no_spot_unless_asked_for" {
  command = plan
  assert {
    condition     = { for strategy in aws_ecs_service.service.capacity_provider_strategy : strategy.capacity_provider => strategy.weight } == { FARGATE = 100 }
    error_message = "All on demand."
  }
}

run "code_deploy_has_its_own_rollback" {
  command = plan
  variables {
    deployment_controller = "CODE_DEPLOY"
    rollback_alarm_names  = ["web-5xx"]
  }
  assert {
    condition     = one(aws_ecs_service.service.deployment_controller).type == "CODE_DEPLOY" && length(aws_ecs_service.service.deployment_circuit_breaker) == 0 && length(aws_ecs_service.service.alarms) == 0
    error_message = "ECS refuses both for CodeDeploy."
  }
}

run "the_container_is_closed" {
  # Roles and log group are known only after an apply.
  assert {
    condition = alltrue([for container in jsondecode(aws_ecs_task_definition.task.container_definitions) :
      container.readonlyRootFilesystem && container.user == "1000:1000" && container.stopTimeout == 30 && container.logConfiguration.options["awslogs-group"] == "/ecs/web"
    ])
    error_message = "Read-only, without root, with a log."
  }
  assert {
    condition     = [for secret in jsondecode(aws_ecs_task_definition.task.container_definitions)[0].secrets : secret.name] == ["API_TOKEN", "DATABASE_PASSWORD"]
    error_message = "Secrets come by valueFrom."
  }
}

run "the_roles_reach_what_they_name" {
  command = plan

  assert {
    condition     = [for s in jsondecode(output.execution_policy).Statement : s.Sid if s.Resource == "*"] == ["LogIn"]
    error_message = "Only the registry's token has no resource."
  }
  assert {
    condition = { for s in jsondecode(output.execution_policy).Statement : s.Sid => s.Resource if contains(["PullTheImage", "ReadSecrets", "ReadParameters"], s.Sid) } == {
      PullTheImage   = ["arn:aws:ecr:eu-west-1:111122223333:repository/web"]
      ReadSecrets    = ["arn:aws:secretsmanager:eu-west-1:111122223333:secret:web/database-AbCdEf"]
      ReadParameters = ["arn:aws:ssm:eu-west-1:111122223333:parameter/web/token"]
    }
    error_message = "This repository, these secrets."
  }
  assert {
    condition     = length(aws_iam_role_policy.task) == 0 && jsondecode(aws_iam_role.task.assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "111122223333"
    error_message = "The code may do nothing until it is told."
  }
}

run "refuses_a_tag" {
  command = plan
  variables {
    image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:latest"
  }
  expect_failures = [var.image]
}

run "refuses_what_does_not_scale" {
  command = plan
  variables {
    autoscaling_max = 2
  }
  expect_failures = [var.autoscaling_max]
}

run "refuses_a_literal_secret" {
  command = plan
  variables {
    environment_variables = { DB_PASSWORD = "hunter2" }
  }
  expect_failures = [var.environment_variables]
}

run "refuses_root" {
  command = plan
  variables {
    user = "0:0"
  }
  expect_failures = [var.user]
}

run "refuses_memory_that_fargate_does_not_have" {
  command = plan
  variables {
    memory_mib = 512
  }
  expect_failures = [var.memory_mib]
}
