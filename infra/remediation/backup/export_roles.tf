# The state machine reads ECS and writes to one bucket; the schedule starts one state machine.

locals {
  export_statements = concat(
    [
      {
        # AWS knows no resource for these reading calls.
        Sid = "ReadTaskDefinitions", Effect = "Allow", Action = ["ecs:DescribeTaskDefinition", "ecs:ListTaskDefinitionFamilies"], Resource = "*"
      },
      {
        Sid      = "WriteObjects"
        Effect   = "Allow"
        Action   = ["s3:PutObject"]
        Resource = "arn:${local.partition}:s3:::${local.bucket}/task-definitions/*"
      },
      {
        Sid       = "Report"
        Effect    = "Allow"
        Action    = ["events:PutEvents"]
        Resource  = local.event_bus_arn
        Condition = { StringEquals = { "events:source" = "plimsoll.ci" } }
      },
      {
        # Log delivery has no resource in IAM. https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
        Sid    = "DeliverLogs"
        Effect = "Allow"
        Action = [
          "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
          "logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
        ]
        Resource = "*"
      },
    ],
    [for arns in [sort(var.cluster_arns)] : {
      # ListServices knows no resource; the condition holds it to the clusters.
      Sid = "ListServices", Effect = "Allow", Action = ["ecs:ListServices"], Resource = "*", Condition = { ArnEquals = { "ecs:cluster" = arns } }
    } if length(arns) > 0],
    [for arns in [sort(var.cluster_arns)] : {
      Sid = "ReadServices", Effect = "Allow", Action = ["ecs:DescribeServices"], Resource = [for arn in arns : "${replace(arn, ":cluster/", ":service/")}/*"]
    } if length(arns) > 0],
    [for arn in compact([var.kms_key_arn]) : {
      Sid = "Encrypt", Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = arn
    }],
  )
  export_policy = jsonencode({ Version = "2012-10-17", Statement = local.export_statements })
}

resource "aws_iam_role" "export" {
  count = local.export ? 1 : 0

  name                 = local.machine_name
  description          = "The nightly export of ECS task definitions"
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "states.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account_id }
        ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:states:${local.region}:${local.account_id}:stateMachine:${local.machine_name}" }
      }
    }]
  })
}

resource "aws_iam_role_policy" "export" {
  # checkov:skip=CKV_AWS_355:Reading task definitions and delivering logs have no resource in IAM
  # checkov:skip=CKV_AWS_290:Delivering logs has no resource in IAM
  # checkov:skip=CKV_AWS_289:PutResourcePolicy is what Step Functions asks for so that its log arrives
  # checkov:skip=CKV_AWS_287:The calls are those of log delivery, which show no secret
  count = local.export ? 1 : 0

  name   = "export"
  role   = aws_iam_role.export[0].id
  policy = local.export_policy
}

resource "aws_iam_role" "schedule" {
  count = local.export ? 1 : 0

  name                 = "${local.machine_name}-start"
  description          = "The schedule starts the nightly export"
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "schedule" {
  count = local.export ? 1 : 0

  name = "start"
  role = aws_iam_role.schedule[0].id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "StartTheExport", Effect = "Allow", Action = ["states:StartExecution"], Resource = aws_sfn_state_machine.export[0].arn }]
  })
}
