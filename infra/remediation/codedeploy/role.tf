# What CodeDeploy may do: task sets of one service, traffic of its listeners, nothing that writes elsewhere.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account_id  = data.aws_caller_identity.current.account_id
  partition   = data.aws_partition.current.partition
  ecs         = "arn:${local.partition}:ecs:${data.aws_region.current.id}:${local.account_id}"
  cluster_arn = "${local.ecs}:cluster/${var.cluster_name}"
  service_arn = "${local.ecs}:service/${var.cluster_name}/${var.service_name}"
  listeners   = compact([var.listener_arn, var.test_listener_arn])

  statements = concat(
    [
      {
        Sid      = "ManageTheService"
        Effect   = "Allow"
        Action   = ["ecs:DescribeServices", "ecs:UpdateServicePrimaryTaskSet", "ecs:DeleteTaskSet"]
        Resource = [local.service_arn, "${local.ecs}:task-set/${var.cluster_name}/${var.service_name}/*"]
      },
      {
        # A task set has no ARN before it exists; the conditions hold it to the service.
        Sid       = "MakeTaskSets"
        Effect    = "Allow"
        Action    = ["ecs:CreateTaskSet"]
        Resource  = "*"
        Condition = { ArnEquals = { "ecs:cluster" = local.cluster_arn, "ecs:service" = local.service_arn } }
      },
      {
        Sid    = "ShiftTraffic"
        Effect = "Allow"
        Action = ["elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyRule"]
        Resource = concat(
          local.listeners,
          [for arn in local.listeners : "${replace(arn, ":listener/", ":listener-rule/")}/*"],
        )
      },
      {
        # AWS knows no resource for these reading calls, and DescribeAlarms hides composite alarms without "*".
        Sid    = "Read"
        Effect = "Allow"
        Action = [
          "cloudwatch:DescribeAlarms",
          "elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeRules", "elasticloadbalancing:DescribeTargetGroups",
        ]
        Resource = "*"
      },
    ],
    [for arns in [var.task_role_arns] : {
      Sid       = "PassTaskRoles"
      Effect    = "Allow"
      Action    = ["iam:PassRole"]
      Resource  = arns
      Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
    } if length(arns) > 0],
    [for arns in [var.hook_function_arns] : {
      Sid = "CallHooks", Effect = "Allow", Action = ["lambda:InvokeFunction"], Resource = arns
    } if length(arns) > 0],
    [for arn in compact([var.notification_topic_arn]) : {
      Sid = "Notify", Effect = "Allow", Action = ["sns:Publish"], Resource = arn
    }],
  )
  policy = jsonencode({ Version = "2012-10-17", Statement = local.statements })
}

resource "aws_iam_role" "codedeploy" {
  name                 = "${var.app_name}-codedeploy"
  description          = "CodeDeploy deploys ${var.service_name} of ${var.cluster_name}"
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "codedeploy.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "codedeploy" {
  # checkov:skip=CKV_AWS_290:CreateTaskSet has no resource in IAM; its conditions name the cluster and the service
  # checkov:skip=CKV_AWS_355:The reading calls and CreateTaskSet have no resource in IAM, as the statements say
  name   = "deploy"
  role   = aws_iam_role.codedeploy.id
  policy = local.policy
}
