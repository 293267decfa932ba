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
    defaults = { arn = "arn:aws:iam::111122223333:role/orders-traffic" }
  }
}

variables {
  name                = "orders"
  cluster_arn         = "arn:aws:ecs:eu-west-1:111122223333:cluster/shop"
  task_definition_arn = "arn:aws:ecs:eu-west-1:111122223333:task-definition/orders:1"
  subnet_ids          = ["subnet-0a", "subnet-0b"]
  security_group_ids  = ["sg-0a"]
  alarm_names         = ["orders-target-5xx"]
  load_balancer = {
    container_name               = "orders"
    container_port               = 8080
    blue_target_group_arn        = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/orders-blue/0123456789abcdef"
    green_target_group_arn       = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/orders-green/0123456789abcdef"
    production_listener_rule_arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener-rule/app/orders/0123456789abcdef/fedcba9876543210/aaaabbbbccccdddd"
  }
}

run "a_canary_with_the_numbers_of_the_source" {
  assert {
    condition = (
      aws_ecs_service.service.deployment_configuration[0].strategy == "CANARY" &&
      aws_ecs_service.service.deployment_configuration[0].canary_configuration[0].canary_percent == 10 &&
      aws_ecs_service.service.deployment_configuration[0].canary_configuration[0].canary_bake_time_in_minutes == "5" &&
      aws_ecs_service.service.deployment_configuration[0].bake_time_in_minutes == "5"
    )
    error_message = "10 % of the traffic goes first for 5 minutes, and the old tasks stay for 5 minutes."
  }
  assert {
    condition     = aws_ecs_service.service.alarms[0].enable && aws_ecs_service.service.alarms[0].rollback && aws_ecs_service.service.alarms[0].alarm_names == toset(["orders-target-5xx"])
    error_message = "Alarms roll back."
  }
  assert {
    condition     = one(aws_ecs_service.service.load_balancer).advanced_configuration[0].alternate_target_group_arn == var.load_balancer.green_target_group_arn && one(aws_ecs_service.service.load_balancer).target_group_arn == var.load_balancer.blue_target_group_arn
    error_message = "There is a pair of target groups."
  }
  assert {
    condition     = aws_ecs_service.service.deployment_controller[0].type == "ECS" && !aws_ecs_service.service.network_configuration[0].assign_public_ip && length(aws_ecs_service.service.deployment_circuit_breaker) == 0
    error_message = "ECS deploys, tasks have no public address, and the circuit breaker of rolling updates is absent."
  }
}

run "linear_steps" {
  variables {
    deployment_strategy = "LINEAR"
  }
  assert {
    condition     = aws_ecs_service.service.deployment_configuration[0].linear_configuration[0].step_percent == 10 && aws_ecs_service.service.deployment_configuration[0].linear_configuration[0].step_bake_time_in_minutes == "5" && length(aws_ecs_service.service.deployment_configuration[0].canary_configuration) == 0
    error_message = "Ten equal steps, 5 minutes apart."
  }
}

run "blue_green_with_a_test_rule_and_a_hook" {
  variables {
    deployment_strategy = "BLUE_GREEN"
    load_balancer = {
      container_name               = "orders"
      container_port               = 8080
      blue_target_group_arn        = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/orders-blue/0123456789abcdef"
      green_target_group_arn       = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/orders-green/0123456789abcdef"
      production_listener_rule_arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener-rule/app/orders/0123456789abcdef/fedcba9876543210/aaaabbbbccccdddd"
      test_listener_rule_arn       = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener-rule/app/orders/0123456789abcdef/0000111122223333/aaaabbbbccccdddd"
    }
    lifecycle_hooks = {
      smoke-test = { function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:smoke-test", stages = ["POST_TEST_TRAFFIC_SHIFT"] }
    }
  }
  assert {
    condition     = length(aws_ecs_service.service.deployment_configuration[0].canary_configuration) == 0 && one(aws_ecs_service.service.deployment_configuration[0].lifecycle_hook).lifecycle_stages == tolist(["POST_TEST_TRAFFIC_SHIFT"])
    error_message = "The hook tests the new revision before the users see it."
  }
  assert {
    condition     = jsondecode(aws_iam_role_policy.hooks[0].policy).Statement[0].Resource == ["arn:aws:lambda:eu-west-1:111122223333:function:smoke-test"]
    error_message = "ECS calls the named function only."
  }
}

run "the_role_shifts_one_pair" {
  assert {
    condition = jsondecode(aws_iam_role.traffic[0].assume_role_policy).Statement[0].Condition == {
      StringEquals = { "aws:SourceAccount" = "111122223333" }
      ArnLike      = { "aws:SourceArn" = "arn:aws:ecs:eu-west-1:111122223333:*" }
    }
    error_message = "Only ECS of this account and region takes the role."
  }
  assert {
    condition     = [for statement in jsondecode(output.traffic_policy).Statement : statement.Sid if statement.Resource == "*"] == ["Read"]
    error_message = "Only reading calls are allowed on every resource."
  }
  assert {
    condition = one([for statement in jsondecode(output.traffic_policy).Statement : statement.Resource if statement.Sid == "ShiftTraffic"]) == [
      "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/orders/0123456789abcdef/fedcba9876543210", var.load_balancer.production_listener_rule_arn,
    ]
    error_message = "The listener and the rule of the service are shifted: ${output.traffic_policy}"
  }
}

run "service_connect_without_a_load_balancer" {
  variables {
    load_balancer = null
    service_connect = {
      namespace = "arn:aws:servicediscovery:eu-west-1:111122223333:namespace/ns-0123456789abcdef"
      services = [{
        port_name = "http", discovery_name = "orders", port = 8080, per_request_timeout_seconds = 15, idle_timeout_seconds = 300
        tls       = { certificate_authority_arn = "arn:aws:acm-pca:eu-west-1:111122223333:certificate-authority/0a1b", role_arn = "arn:aws:iam::111122223333:role/tls" }
      }]
    }
  }
  assert {
    condition     = aws_ecs_service.service.service_connect_configuration[0].service[0].tls[0].issuer_cert_authority[0].aws_pca_authority_arn == "arn:aws:acm-pca:eu-west-1:111122223333:certificate-authority/0a1b" && aws_ecs_service.service.service_connect_configuration[0].service[0].timeout[0].per_request_timeout_seconds == 15
    error_message = "The traffic between services has TLS and a timeout."
  }
  assert {
    condition     = length(aws_ecs_service.service.load_balancer) == 0 && output.traffic_role_arn == null
    error_message = "Without a load balancer there is no role for it."
  }
}

run "the_example_plans" {
  command = plan
  module {
    source = "./examples/basic"
  }
}

run "refuses_a_rolling_update" {
  command = plan
  variables {
    deployment_strategy = "ROLLING"
  }
  expect_failures = [var.deployment_strategy]
}

run "refuses_a_canary_that_is_no_canary" {
  command = plan
  variables {
    canary_percent      = 50
    canary_bake_minutes = 1
  }
  expect_failures = [var.canary_percent, var.canary_bake_minutes]
}

run "refuses_a_service_without_alarms_or_way_back" {
  command = plan
  variables {
    alarm_names       = []
    bake_time_minutes = 0
  }
  expect_failures = [var.alarm_names, var.bake_time_minutes]
}

run "refuses_a_service_without_traffic" {
  command = plan
  variables {
    load_balancer = null
  }
  expect_failures = [var.load_balancer]
}

run "refuses_a_listener_in_place_of_a_rule" {
  command = plan
  variables {
    load_balancer = {
      container_name               = "orders"
      container_port               = 8080
      blue_target_group_arn        = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/orders-blue/0123456789abcdef"
      green_target_group_arn       = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/orders-green/0123456789abcdef"
      production_listener_rule_arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/orders/0123456789abcdef/fedcba9876543210"
    }
  }
  expect_failures = [var.load_balancer]
}

run "refuses_one_subnet_and_an_unknown_stage" {
  command = plan
  variables {
    subnet_ids      = ["subnet-0a"]
    lifecycle_hooks = { test = { function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:t", stages = ["LATER"] } }
  }
  expect_failures = [var.subnet_ids, var.lifecycle_hooks]
}
