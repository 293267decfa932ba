# Two roles that ECS takes during a deployment: one shifts the traffic, one calls the hooks.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id

  # ECS of this account and region only. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/infrastructure_IAM_role.html
  trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account_id }
        ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:ecs:${local.region}:${local.account_id}:*" }
      }
    }]
  })

  rules     = var.load_balancer == null ? [] : compact([var.load_balancer.production_listener_rule_arn, var.load_balancer.test_listener_rule_arn])
  listeners = distinct([for arn in local.rules : replace(join("/", slice(split("/", arn), 0, 5)), ":listener-rule/", ":listener/")])

  traffic_policy = var.load_balancer == null ? null : jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # AWS knows no resource for these reading calls.
        Sid    = "Read"
        Effect = "Allow"
        Action = [
          "elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeRules",
          "elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth",
        ]
        Resource = "*"
      },
      {
        Sid      = "RegisterTasks"
        Effect   = "Allow"
        Action   = ["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"]
        Resource = [var.load_balancer.blue_target_group_arn, var.load_balancer.green_target_group_arn]
      },
      {
        Sid      = "ShiftTraffic"
        Effect   = "Allow"
        Action   = ["elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyRule"]
        Resource = concat(local.listeners, local.rules)
      },
    ]
  })
}

resource "aws_iam_role" "traffic" {
  count = var.load_balancer == null ? 0 : 1

  name                 = "${var.name}-traffic"
  description          = "ECS shifts the traffic of ${var.name} between its two target groups"
  assume_role_policy   = local.trust
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags
}

resource "aws_iam_role_policy" "traffic" {
  # checkov:skip=CKV_AWS_355:The reading calls have no resource in IAM
  count = var.load_balancer == null ? 0 : 1

  name   = "traffic"
  role   = aws_iam_role.traffic[0].id
  policy = local.traffic_policy
}

resource "aws_iam_role" "hooks" {
  count = length(var.lifecycle_hooks) > 0 ? 1 : 0

  name                 = "${var.name}-hooks"
  description          = "ECS calls the deployment hooks of ${var.name}"
  assume_role_policy   = local.trust
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags
}

resource "aws_iam_role_policy" "hooks" {
  count = length(var.lifecycle_hooks) > 0 ? 1 : 0

  name = "hooks"
  role = aws_iam_role.hooks[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "CallHooks"
      Effect   = "Allow"
      Action   = ["lambda:InvokeFunction"]
      Resource = distinct([for hook in values(var.lifecycle_hooks) : hook.function_arn])
    }]
  })
}
