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
    defaults = { arn = "arn:aws:iam::111122223333:role/orders-codedeploy" }
  }
}

variables {
  app_name                = "orders"
  cluster_name            = "shop"
  service_name            = "orders"
  listener_arn            = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/orders/0123456789abcdef/fedcba9876543210"
  blue_target_group_name  = "orders-blue"
  green_target_group_name = "orders-green"
  alarm_names             = ["orders-target-5xx"]
}

run "the_numbers_of_the_source_are_the_defaults" {
  assert {
    condition     = aws_codedeploy_deployment_group.service.deployment_config_name == "CodeDeployDefault.ECSCanary10Percent5Minutes" && aws_codedeploy_app.app.compute_platform == "ECS"
    error_message = "A tenth of the traffic goes first, the rest 5 minutes later."
  }
  assert {
    condition = (
      aws_codedeploy_deployment_group.service.blue_green_deployment_config[0].terminate_blue_instances_on_deployment_success[0].action == "TERMINATE" &&
      aws_codedeploy_deployment_group.service.blue_green_deployment_config[0].terminate_blue_instances_on_deployment_success[0].termination_wait_time_in_minutes == 5 &&
      aws_codedeploy_deployment_group.service.blue_green_deployment_config[0].deployment_ready_option[0].action_on_timeout == "CONTINUE_DEPLOYMENT"
    )
    error_message = "The old tasks stay for 5 minutes, and nobody has to confirm."
  }
  assert {
    condition     = aws_codedeploy_deployment_group.service.deployment_group_name == "orders-deployment-group"
    error_message = "The group has the name of the source."
  }
}

run "it_rolls_back_by_itself" {
  assert {
    condition     = aws_codedeploy_deployment_group.service.auto_rollback_configuration[0].enabled && aws_codedeploy_deployment_group.service.auto_rollback_configuration[0].events == toset(["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"])
    error_message = "Failures and alarms roll back."
  }
  assert {
    condition     = aws_codedeploy_deployment_group.service.alarm_configuration[0].enabled && !aws_codedeploy_deployment_group.service.alarm_configuration[0].ignore_poll_alarm_failure && aws_codedeploy_deployment_group.service.alarm_configuration[0].alarms == toset(["orders-target-5xx"])
    error_message = "An alarm stops the deployment, and an alarm that cannot be read as well."
  }
  assert {
    condition     = aws_codedeploy_deployment_group.service.deployment_style[0].deployment_option == "WITH_TRAFFIC_CONTROL" && aws_codedeploy_deployment_group.service.deployment_style[0].deployment_type == "BLUE_GREEN"
    error_message = "ECS takes this style only."
  }
}

run "two_target_groups_and_a_listener" {
  variables {
    test_listener_arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/orders/0123456789abcdef/0000000000000000"
  }
  assert {
    condition     = toset(aws_codedeploy_deployment_group.service.load_balancer_info[0].target_group_pair_info[0].target_group[*].name) == toset(["orders-blue", "orders-green"])
    error_message = "Blue and green are a pair."
  }
  assert {
    condition     = aws_codedeploy_deployment_group.service.load_balancer_info[0].target_group_pair_info[0].prod_traffic_route[0].listener_arns == toset([var.listener_arn]) && aws_codedeploy_deployment_group.service.load_balancer_info[0].target_group_pair_info[0].test_traffic_route[0].listener_arns == toset([var.test_listener_arn])
    error_message = "The listeners carry production and test traffic."
  }
}

run "the_role_reaches_one_service" {
  variables {
    task_role_arns = ["arn:aws:iam::111122223333:role/orders-task"]
  }
  assert {
    condition     = jsondecode(aws_iam_role.codedeploy.assume_role_policy).Statement[0].Principal == { Service = "codedeploy.amazonaws.com" } && jsondecode(aws_iam_role.codedeploy.assume_role_policy).Statement[0].Condition == { StringEquals = { "aws:SourceAccount" = "111122223333" } }
    error_message = "Only CodeDeploy of this account takes the role."
  }
  assert {
    condition     = toset([for statement in jsondecode(output.policy).Statement : statement.Sid if statement.Resource == "*"]) == toset(["MakeTaskSets", "Read"])
    error_message = "Only what has no resource in IAM is allowed on every resource."
  }
  assert {
    condition = one([for statement in jsondecode(output.policy).Statement : statement.Condition if statement.Sid == "MakeTaskSets"]) == { ArnEquals = {
      "ecs:cluster" = "arn:aws:ecs:eu-west-1:111122223333:cluster/shop", "ecs:service" = "arn:aws:ecs:eu-west-1:111122223333:service/shop/orders"
    } }
    error_message = "Task sets are made in one service."
  }
  assert {
    condition = one([for statement in jsondecode(output.policy).Statement : statement.Resource if statement.Sid == "ShiftTraffic"]) == [
      var.listener_arn, "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener-rule/app/orders/0123456789abcdef/fedcba9876543210/*",
    ]
    error_message = "The traffic of one listener and of its rules is shifted."
  }
  assert {
    condition     = one([for statement in jsondecode(output.policy).Statement : statement if statement.Sid == "PassTaskRoles"]).Resource == ["arn:aws:iam::111122223333:role/orders-task"]
    error_message = "The named roles are passed."
  }
}

run "the_example_plans" {
  command = plan
  module {
    source = "./examples/basic"
  }
}

run "refuses_a_deployment_without_alarms" {
  command = plan
  variables {
    alarm_names = []
  }
  expect_failures = [var.alarm_names]
}

run "refuses_all_at_once" {
  command = plan
  variables {
    deployment_config_name = "CodeDeployDefault.ECSAllAtOnce"
  }
  expect_failures = [var.deployment_config_name]
}

run "refuses_a_configuration_for_lambda" {
  command = plan
  variables {
    deployment_config_name = "CodeDeployDefault.LambdaCanary10Percent5Minutes"
  }
  expect_failures = [var.deployment_config_name]
}

run "refuses_one_target_group_for_both" {
  command = plan
  variables {
    green_target_group_name = "orders-blue"
  }
  expect_failures = [var.green_target_group_name]
}

run "refuses_to_end_the_old_tasks_at_once" {
  command = plan
  variables {
    termination_wait_minutes = 0
  }
  expect_failures = [var.termination_wait_minutes]
}

run "refuses_every_role" {
  command = plan
  variables {
    task_role_arns     = ["arn:aws:iam::111122223333:role/*"]
    hook_function_arns = ["*"]
  }
  expect_failures = [var.task_role_arns, var.hook_function_arns]
}
