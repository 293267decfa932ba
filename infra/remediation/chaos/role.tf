# What the experiments may break: tasks of one cluster, and the network of the named subnets.

locals {
  cluster_name = reverse(split("/", var.cluster_arn))[0]
  statements = concat(
    [
      {
        Sid      = "EndTasks"
        Effect   = "Allow"
        Action   = ["ecs:DescribeTasks", "ecs:StopTask"]
        Resource = "arn:${local.partition}:ecs:${local.region}:${local.account_id}:task/${local.cluster_name}/*"
      },
      {
        # ListTasks knows no resource on Fargate; the condition holds it to the cluster.
        Sid       = "FindTasks"
        Effect    = "Allow"
        Action    = ["ecs:ListTasks"]
        Resource  = "*"
        Condition = { ArnEquals = { "ecs:cluster" = var.cluster_arn } }
      },
      {
        # Log delivery has no resource in IAM. https://docs.aws.amazon.com/fis/latest/userguide/monitoring-logging.html
        Sid      = "DeliverLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies", "logs:PutResourcePolicy"]
        Resource = "*"
      },
    ],
    [for on in [var.enable_cpu_stress] : {
      Sid    = "RunStress"
      Effect = "Allow"
      Action = ["ssm:SendCommand"]
      Resource = [
        "arn:${local.partition}:ssm:${local.region}::document/AWSFIS-Run-CPU-Stress",
        "arn:${local.partition}:ssm:${local.region}:${local.account_id}:managed-instance/*",
      ]
    } if on],
    [for on in [var.enable_cpu_stress] : {
      # A command is known by a random id only.
      Sid = "WatchStress", Effect = "Allow", Action = ["ssm:CancelCommand", "ssm:ListCommands"], Resource = "*"
    } if on],
    [for arns in [sort(var.zone_subnet_arns)] : {
      # AWS knows no resource for these reading calls.
      Sid    = "ReadNetwork"
      Effect = "Allow"
      Action = ["ec2:DescribeManagedPrefixLists", "ec2:DescribeNetworkAcls", "ec2:DescribeSubnets", "ec2:DescribeVpcs"]

      Resource = "*"
    } if length(arns) > 0],
    [for arns in [sort(var.zone_subnet_arns)] : {
      # The network ACL that cuts off the zone does not exist yet; the tag holds the call to those of FIS.
      Sid       = "MakeNetworkAcl"
      Effect    = "Allow"
      Action    = ["ec2:CreateNetworkAcl"]
      Resource  = "arn:${local.partition}:ec2:${local.region}:${local.account_id}:network-acl/*"
      Condition = { StringEquals = { "aws:RequestTag/managedByFIS" = "true" } }
    } if length(arns) > 0],
    [for arns in [sort(var.zone_subnet_arns)] : {
      Sid       = "TagNetworkAcl"
      Effect    = "Allow"
      Action    = ["ec2:CreateTags"]
      Resource  = "arn:${local.partition}:ec2:${local.region}:${local.account_id}:network-acl/*"
      Condition = { StringEquals = { "ec2:CreateAction" = "CreateNetworkAcl", "aws:RequestTag/managedByFIS" = "true" } }
    } if length(arns) > 0],
    [for arns in [sort(var.zone_subnet_arns)] : {
      Sid       = "ChangeNetworkAcl"
      Effect    = "Allow"
      Action    = ["ec2:CreateNetworkAclEntry", "ec2:DeleteNetworkAcl"]
      Resource  = ["arn:${local.partition}:ec2:${local.region}:${local.account_id}:network-acl/*", "arn:${local.partition}:ec2:${local.region}:${local.account_id}:vpc/*"]
      Condition = { StringEquals = { "ec2:ResourceTag/managedByFIS" = "true" } }
    } if length(arns) > 0],
    [for arns in [sort(var.zone_subnet_arns)] : {
      Sid      = "MakeNetworkAclInVpc"
      Effect   = "Allow"
      Action   = ["ec2:CreateNetworkAcl"]
      Resource = "arn:${local.partition}:ec2:${local.region}:${local.account_id}:vpc/*"
    } if length(arns) > 0],
    [for arns in [sort(var.zone_subnet_arns)] : {
      Sid      = "CutOffTheSubnets"
      Effect   = "Allow"
      Action   = ["ec2:ReplaceNetworkAclAssociation"]
      Resource = concat(arns, ["arn:${local.partition}:ec2:${local.region}:${local.account_id}:network-acl/*"])
    } if length(arns) > 0],
    [for arns in [sort(var.zone_subnet_arns)] : {
      Sid      = "ReadPrefixLists"
      Effect   = "Allow"
      Action   = ["ec2:GetManagedPrefixListEntries"]
      Resource = "arn:${local.partition}:ec2:${local.region}:*:prefix-list/*"
    } if length(arns) > 0],
  )
  policy = jsonencode({ Version = "2012-10-17", Statement = local.statements })
}

resource "aws_iam_role" "experiments" {
  name                 = "${var.name}-experiments"
  description          = "FIS runs experiments on ${var.service_name}"
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "fis.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account_id }
        ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:fis:${local.region}:${local.account_id}:experiment/*" }
      }
    }]
  })
}

resource "aws_iam_role_policy" "experiments" {
  # checkov:skip=CKV_AWS_355:Reading calls, log delivery and commands have no resource in IAM, as the statements say
  # checkov:skip=CKV_AWS_290:Log delivery and commands have no resource in IAM
  # checkov:skip=CKV_AWS_289:PutResourcePolicy is what FIS asks for so that its log arrives
  # checkov:skip=CKV_AWS_287:The calls are those of log delivery, which show no secret
  # checkov:skip=CKV_AWS_286:PutResourcePolicy is the policy of CloudWatch Logs, not of IAM
  name   = "experiments"
  role   = aws_iam_role.experiments.id
  policy = local.policy
}
