# What the pipeline of the source checklist calls, on the named resources.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html

locals {
  families = var.task_definition_families == null ? toset([for arn in var.ecs_service_arns : reverse(split("/", arn))[0]]) : var.task_definition_families

  statements = [
    {
      # The login to ECR has no resource in IAM.
      Sid = "LogInToEcr", Effect = "Allow", Action = ["ecr:GetAuthorizationToken"], Resource = "*"
    },
    {
      Sid    = "PushImages"
      Effect = "Allow"
      Action = [
        "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:DescribeImages",
        "ecr:DescribeImageScanFindings", "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
      ]
      Resource = var.ecr_repository_arns
    },
    {
      # AWS reads a task definition by its name and knows no resource for this call.
      Sid = "ReadTaskDefinitions", Effect = "Allow", Action = ["ecs:DescribeTaskDefinition"], Resource = "*"
    },
    {
      Sid      = "RegisterTaskDefinitions"
      Effect   = "Allow"
      Action   = ["ecs:RegisterTaskDefinition", "ecs:TagResource"]
      Resource = [for family in local.families : "arn:${local.partition}:ecs:${local.region}:${local.account_id}:task-definition/${family}:*"]
    },
    {
      Sid       = "DeployServices"
      Effect    = "Allow"
      Action    = ["ecs:DescribeServices", "ecs:ListServiceDeployments", "ecs:UpdateService"]
      Resource  = var.ecs_service_arns
      Condition = { ArnEquals = { "ecs:cluster" = var.ecs_cluster_arn } }
    },
    {
      # The state of a rollout, and its rollback.
      Sid    = "WatchDeployments"
      Effect = "Allow"
      Action = ["ecs:DescribeServiceDeployments", "ecs:DescribeServiceRevisions", "ecs:StopServiceDeployment"]
      Resource = concat(
        var.ecs_service_arns,
        [for arn in var.ecs_service_arns : "${replace(arn, ":service/", ":service-deployment/")}/*"],
        [for arn in var.ecs_service_arns : "${replace(arn, ":service/", ":service-revision/")}/*"],
      )
    },
  ]

  pass_roles = [for arns in [var.task_role_arns] : {
    Sid       = "PassTaskRoles"
    Effect    = "Allow"
    Action    = ["iam:PassRole"]
    Resource  = arns
    Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
  } if length(arns) > 0]

  codedeploy = [for arns in [var.codedeploy_deployment_group_arns] : {
    Sid    = "DeployByCodeDeploy"
    Effect = "Allow"
    Action = [
      "codedeploy:CreateDeployment", "codedeploy:GetApplicationRevision", "codedeploy:GetDeployment", "codedeploy:GetDeploymentConfig",
      "codedeploy:GetDeploymentGroup", "codedeploy:RegisterApplicationRevision", "codedeploy:StopDeployment",
    ]
    Resource = concat(
      arns,
      distinct([for arn in arns : replace(regex("^[^/]+", arn), ":deploymentgroup:", ":application:")]),
      ["arn:${local.partition}:codedeploy:${local.region}:${local.account_id}:deploymentconfig:CodeDeployDefault.ECS*"],
    )
  } if length(arns) > 0]

  evidence = [for arns in [var.evidence_bus_arns] : {
    Sid       = "ReportToPlimsoll"
    Effect    = "Allow"
    Action    = ["events:PutEvents"]
    Resource  = arns
    Condition = { StringEquals = { "events:source" = "plimsoll.ci" } }
  } if length(arns) > 0]

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat(local.statements, local.pass_roles, local.codedeploy, local.evidence)
  })
}
