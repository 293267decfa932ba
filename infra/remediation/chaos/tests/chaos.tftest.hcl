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
    defaults = { arn = "arn:aws:iam::111122223333:role/orders-experiments" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/fis/orders" }
  }
  mock_resource "aws_cloudwatch_metric_alarm" {
    defaults = { arn = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:orders-response-time" }
  }
}

variables {
  name            = "orders"
  cluster_arn     = "arn:aws:ecs:eu-west-1:111122223333:cluster/shop"
  service_name    = "orders"
  stop_alarm_arns = ["arn:aws:cloudwatch:eu-west-1:111122223333:alarm:orders-response-time"]
}

run "a_third_of_the_tasks_end_and_an_alarm_stops_it" {
  assert {
    condition     = keys(aws_fis_experiment_template.experiment) == ["stop-tasks"] && one(aws_fis_experiment_template.experiment["stop-tasks"].action).action_id == "aws:ecs:stop-task"
    error_message = "Only tasks end, unless somebody asks for more."
  }
  assert {
    condition     = one(aws_fis_experiment_template.experiment["stop-tasks"].target).selection_mode == "PERCENT(30)" && one(aws_fis_experiment_template.experiment["stop-tasks"].target).parameters == tomap({ cluster = var.cluster_arn, service = "orders" })
    error_message = "A third of the tasks of one service."
  }
  assert {
    condition     = [for condition in aws_fis_experiment_template.experiment["stop-tasks"].stop_condition : [condition.source, condition.value]] == [["aws:cloudwatch:alarm", one(var.stop_alarm_arns)]]
    error_message = "The alarm stops the experiment."
  }
  assert {
    condition     = aws_fis_experiment_template.experiment["stop-tasks"].experiment_options[0].empty_target_resolution_mode == "fail" && aws_cloudwatch_log_group.experiments.retention_in_days == 90
    error_message = "An experiment without a target fails, and the log stays as long as the evidence."
  }
}

run "the_role_breaks_one_cluster" {
  assert {
    condition = jsondecode(aws_iam_role.experiments.assume_role_policy).Statement[0].Condition == {
      StringEquals = { "aws:SourceAccount" = "111122223333" }
      ArnLike      = { "aws:SourceArn" = "arn:aws:fis:eu-west-1:111122223333:experiment/*" }
    }
    error_message = "Only experiments of this account and region take the role."
  }
  assert {
    condition     = one([for statement in jsondecode(output.policy).Statement : statement.Resource if statement.Sid == "EndTasks"]) == "arn:aws:ecs:eu-west-1:111122223333:task/shop/*"
    error_message = "Tasks of the cluster end."
  }
  assert {
    condition     = toset([for statement in jsondecode(output.policy).Statement : statement.Sid if statement.Resource == "*"]) == toset(["FindTasks", "DeliverLogs"]) && !strcontains(output.policy, "ssm:") && !strcontains(output.policy, "ec2:")
    error_message = "What nobody asked for is not allowed: ${output.policy}"
  }
}

run "more_experiments_on_request" {
  variables {
    enable_cpu_stress = true
    zone_subnet_arns  = ["arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-0a1b2c3d"]
    duration_minutes  = 10
  }
  assert {
    condition     = { for parameter in one(aws_fis_experiment_template.experiment["cpu-stress"].action).parameter : parameter.key => parameter.value } == { duration = "PT10M", percent = "80" }
    error_message = "CPUs are busy for ten minutes."
  }
  assert {
    condition     = one(aws_fis_experiment_template.experiment["zone-outage"].target).resource_arns == var.zone_subnet_arns && { for parameter in one(aws_fis_experiment_template.experiment["zone-outage"].action).parameter : parameter.key => parameter.value } == { duration = "PT10M", scope = "availability-zone" }
    error_message = "The subnets of one zone are cut off."
  }
  assert {
    condition     = one([for statement in jsondecode(output.policy).Statement : statement.Resource if statement.Sid == "CutOffTheSubnets"])[0] == one(var.zone_subnet_arns)
    error_message = "Only the named subnets are cut off."
  }
  assert {
    condition     = length(output.policy) < 10240
    error_message = "The policies of a role in line have 10,240 characters at most."
  }
}

run "the_example_plans" {
  command = plan
  module {
    source = "./examples/basic"
  }
}

run "refuses_an_experiment_that_nothing_stops" {
  command = plan
  variables {
    stop_alarm_arns = []
  }
  expect_failures = [var.stop_alarm_arns]
}

run "refuses_wildcards_and_impossible_numbers" {
  command = plan
  variables {
    cluster_arn      = "arn:aws:ecs:eu-west-1:111122223333:cluster/*"
    service_name     = "*"
    stop_alarm_arns  = ["orders-response-time"]
    zone_subnet_arns = ["arn:aws:ec2:eu-west-1:111122223333:subnet/*"]
    task_percent     = 0
    cpu_percent      = 101
    duration_minutes = 0
  }
  expect_failures = [
    var.cluster_arn, var.service_name, var.stop_alarm_arns, var.zone_subnet_arns, var.task_percent, var.cpu_percent, var.duration_minutes,
  ]
}
