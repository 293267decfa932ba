# The role of the function: each call by name, on the resources that it is made on.

locals {
  own_permissions = concat(
    [{
      sid       = "WriteLogs"
      actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      resources = ["${local.arn_of.log}:*"]
    }],
    local.has_queue ? [{
      sid       = "ReceiveFromQueue"
      actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
      resources = ["${local.arn_of.queues}:${local.name}"]
    }] : [],
    var.trigger.stream == null ? [] : [
      {
        sid       = "ReadStream"
        actions   = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
        resources = [var.trigger.stream.arn]
      },
      {
        sid     = "ListStreams"
        actions = ["dynamodb:ListStreams"]
        # The event source mapping asks for it, and it knows no resources; it shows ARNs only.
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
        resources = ["*"]
      },
    ],
    var.common.tracing ? [{
      sid     = "WriteTraces"
      actions = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
      # X-Ray knows no resources for these: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
      resources = ["*"]
    }] : [],
    var.vpc == null ? [] : [{
      sid     = "BeInTheVpc"
      actions = ["ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses"]
      # Lambda's own policy names no resource either: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
      resources = ["*"]
    }],
    var.common.kms_key_arn == null ? [] : [{
      sid       = "UseKey"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [var.common.kms_key_arn]
    }],
  )

  permissions = concat(local.own_permissions, [
    for p in var.permissions : { sid = p.sid, actions = p.actions, resources = p.resources }
  ])

  kind_of_service = {
    dynamodb       = "table"
    kms            = "key"
    logs           = "log-group"
    secretsmanager = "secret"
    sns            = "topic"
    sqs            = "queue"
    ssm            = "parameter"
  }

  # "dynamodb:Query index": what a golden list compares.
  calls = sort(distinct(flatten([
    for p in local.permissions : [
      for pair in setproduct(p.actions, p.resources) : join(" ", [
        pair[0],
        pair[1] == "*" ? "*" :
        strcontains(pair[1], "/index/") ? "index" :
        strcontains(pair[1], "/stream/") ? "stream" :
        lookup(local.kind_of_service, split(":", pair[1])[2], split(":", pair[1])[2])
      ])
    ]
  ])))
}

resource "aws_iam_role" "function" {
  count = var.create ? 1 : 0

  name                 = local.name
  description          = "What ${local.name} may do"
  permissions_boundary = var.common.permissions_boundary_arn
  tags                 = var.common.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "function" {
  count = var.create ? 1 : 0

  name = "calls"
  role = aws_iam_role.function[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      for p in local.permissions : { Sid = p.sid, Effect = "Allow", Action = p.actions, Resource = p.resources }
    ]
  })
}
