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
}

variables {
  create_oidc_provider = false
  github_org           = "example"
  github_repo          = "shop"
  ecr_repository_arns  = ["arn:aws:ecr:eu-west-1:111122223333:repository/orders"]
  ecs_cluster_arn      = "arn:aws:ecs:eu-west-1:111122223333:cluster/shop"
  ecs_service_arns     = ["arn:aws:ecs:eu-west-1:111122223333:service/shop/orders"]
}

run "trusts_one_branch_of_one_repository" {
  command = plan
  assert {
    condition = jsondecode(aws_iam_role.deploy.assume_role_policy).Statement == [{
      Sid       = "TrustTheRepository"
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = { StringEquals = {
        "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
        "token.actions.githubusercontent.com:sub" = ["repo:example/shop:ref:refs/heads/main"]
      } }
    }]
    error_message = "The role trusts exact claims: ${aws_iam_role.deploy.assume_role_policy}"
  }
}

run "trusts_environments_and_then_no_branch" {
  command = plan
  variables {
    github_environments  = ["staging", "production"]
    create_oidc_provider = true
  }
  assert {
    condition     = output.subjects == tolist(["repo:example/shop:environment:production", "repo:example/shop:environment:staging"])
    error_message = "Only jobs in the environments are trusted."
  }
  assert {
    condition     = aws_iam_openid_connect_provider.github[0].client_id_list == toset(["sts.amazonaws.com"]) && aws_iam_openid_connect_provider.github[0].url == "https://token.actions.githubusercontent.com"
    error_message = "The provider is for AWS only."
  }
}

run "reaches_the_named_resources_and_nothing_wider" {
  command = plan
  assert {
    condition = { for statement in jsondecode(output.policy).Statement : statement.Sid => statement.Action if statement.Resource == "*" } == {
      LogInToEcr          = ["ecr:GetAuthorizationToken"]
      ReadTaskDefinitions = ["ecs:DescribeTaskDefinition"]
    }
    error_message = "Only what AWS knows no resource for is allowed on every resource."
  }
  assert {
    condition = alltrue(flatten([for statement in jsondecode(output.policy).Statement : [
      for action in statement.Action : !strcontains(action, "*")
    ]]))
    error_message = "No action has a wildcard."
  }
  assert {
    condition     = one([for statement in jsondecode(output.policy).Statement : statement if statement.Sid == "DeployServices"]).Resource == ["arn:aws:ecs:eu-west-1:111122223333:service/shop/orders"] && one([for statement in jsondecode(output.policy).Statement : statement if statement.Sid == "DeployServices"]).Condition == { ArnEquals = { "ecs:cluster" = "arn:aws:ecs:eu-west-1:111122223333:cluster/shop" } }
    error_message = "It deploys the named service of the named cluster."
  }
  assert {
    condition     = one([for statement in jsondecode(output.policy).Statement : statement.Resource if statement.Sid == "RegisterTaskDefinitions"]) == ["arn:aws:ecs:eu-west-1:111122223333:task-definition/orders:*"]
    error_message = "It registers revisions of the service's own family."
  }
  assert {
    condition     = one([for statement in jsondecode(output.policy).Statement : statement.Resource if statement.Sid == "WatchDeployments"])[1] == "arn:aws:ecs:eu-west-1:111122223333:service-deployment/shop/orders/*"
    error_message = "It watches deployments of the named service."
  }
  assert {
    condition     = !strcontains(output.policy, "iam:PassRole") && !strcontains(output.policy, "codedeploy:") && !strcontains(output.policy, "events:")
    error_message = "What nobody asked for is not allowed."
  }
}

run "optional_permissions_are_exact" {
  command = plan
  variables {
    task_role_arns                   = ["arn:aws:iam::111122223333:role/orders-task"]
    codedeploy_deployment_group_arns = ["arn:aws:codedeploy:eu-west-1:111122223333:deploymentgroup:orders/orders-deployment-group"]
    evidence_bus_arns                = ["arn:aws:events:eu-west-1:111122223333:event-bus/default"]
  }
  assert {
    condition     = one([for statement in jsondecode(output.policy).Statement : statement.Condition.StringEquals if statement.Sid == "PassTaskRoles"]) == { "iam:PassedToService" = "ecs-tasks.amazonaws.com" }
    error_message = "Roles are passed to ECS tasks only."
  }
  assert {
    condition     = contains(one([for statement in jsondecode(output.policy).Statement : statement.Resource if statement.Sid == "DeployByCodeDeploy"]), "arn:aws:codedeploy:eu-west-1:111122223333:application:orders")
    error_message = "The application of the deployment group is allowed."
  }
  assert {
    condition     = one([for statement in jsondecode(output.policy).Statement : statement.Condition.StringEquals if statement.Sid == "ReportToPlimsoll"]) == { "events:source" = "plimsoll.ci" }
    error_message = "The pipeline sends events of its own source only."
  }
}

run "knows_repositories_by_their_ids" {
  command = plan
  variables {
    github_org  = "example@1234"
    github_repo = "shop@5678"
  }
  assert {
    condition     = output.subjects == tolist(["repo:example@1234/shop@5678:ref:refs/heads/main"])
    error_message = "The claim carries both ids."
  }
}

run "the_example_plans" {
  command = plan
  module {
    source = "./examples/basic"
  }
}

run "refuses_a_whole_organisation" {
  command = plan
  variables {
    github_repo = "*"
  }
  expect_failures = [var.github_repo]
}

run "refuses_half_of_the_ids" {
  command = plan
  variables {
    github_org = "example@1234"
  }
  expect_failures = [var.github_repo]
}

run "refuses_wildcards_in_branch_and_environment" {
  command = plan
  variables {
    github_branch       = "release/*"
    github_environments = ["*"]
  }
  expect_failures = [var.github_branch, var.github_environments]
}

run "refuses_every_repository_of_ecr" {
  command = plan
  variables {
    ecr_repository_arns = ["arn:aws:ecr:eu-west-1:111122223333:repository/*"]
  }
  expect_failures = [var.ecr_repository_arns]
}

run "refuses_a_service_of_another_cluster" {
  command = plan
  variables {
    ecs_service_arns = ["arn:aws:ecs:eu-west-1:111122223333:service/bank/ledger"]
  }
  expect_failures = [var.ecs_service_arns]
}

run "refuses_roles_bus_and_groups_with_wildcards" {
  command = plan
  variables {
    task_role_arns                   = ["arn:aws:iam::111122223333:role/*"]
    codedeploy_deployment_group_arns = ["arn:aws:codedeploy:eu-west-1:111122223333:deploymentgroup:*"]
    evidence_bus_arns                = ["*"]
    task_definition_families         = ["*"]
  }
  expect_failures = [var.task_role_arns, var.codedeploy_deployment_group_arns, var.evidence_bus_arns, var.task_definition_families]
}
