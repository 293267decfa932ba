# The execution role starts tasks: it reads this repository, writes this log, and reads these secrets. AWS's managed policy
# for it allows every repository and every log group. The task role is what the code itself may do: nothing, unless
# task_policy says it.

locals {
  trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account_id }
        ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:ecs:${local.region}:${local.account_id}:*" }
      }
    }]
  })

  # name:JSON-KEY:STAGE:VERSION after the ARN of a secret is not part of its name.
  secret_arns    = distinct([for arn in values(var.secrets) : join(":", slice(split(":", arn), 0, 7)) if strcontains(arn, ":secretsmanager:")])
  parameter_arns = distinct([for arn in values(var.secrets) : arn if strcontains(arn, ":ssm:")])

  pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]

  execution_policy = {
    Version = "2012-10-17"
    Statement = concat(
      [
        # AWS knows no resource for the token of a registry.
        { Sid = "LogIn", Effect = "Allow", Action = ["ecr:GetAuthorizationToken"], Resource = "*" },
        { Sid = "WriteTheLog", Effect = "Allow", Action = ["logs:CreateLogStream", "logs:PutLogEvents"], Resource = "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/ecs/${var.name}:*" },
        # The agent of GuardDuty's runtime monitoring, in an account of AWS that differs by region.
        { Sid = "PullTheAgentOfGuardDuty", Effect = "Allow", Action = local.pull, Resource = "arn:${local.partition}:ecr:${local.region}:*:repository/aws-guardduty-agent-fargate" },
      ],
      length(var.repository_arns) == 0 ? [] : [{ Sid = "PullTheImage", Effect = "Allow", Action = local.pull, Resource = var.repository_arns }],
      length(local.secret_arns) == 0 ? [] : [{ Sid = "ReadSecrets", Effect = "Allow", Action = ["secretsmanager:GetSecretValue"], Resource = local.secret_arns }],
      length(local.parameter_arns) == 0 ? [] : [{ Sid = "ReadParameters", Effect = "Allow", Action = ["ssm:GetParameters"], Resource = local.parameter_arns }],
      [for arn in compact([var.kms_key_arn]) : { Sid = "DecryptSecrets", Effect = "Allow", Action = ["kms:Decrypt"], Resource = arn }],
    )
  }
}

resource "aws_iam_role" "execution" {
  name                 = "${var.name}-execution"
  description          = "Starts the tasks of ${var.name}"
  assume_role_policy   = local.trust
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags
}

resource "aws_iam_role_policy" "execution" {
  name   = "start-tasks"
  role   = aws_iam_role.execution.id
  policy = jsonencode(local.execution_policy)
}

resource "aws_iam_role" "task" {
  name                 = "${var.name}-task"
  description          = "What the code of ${var.name} may do"
  assume_role_policy   = local.trust
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags
}

resource "aws_iam_role_policy" "task" {
  count = var.task_policy == null ? 0 : 1

  name   = "task"
  role   = aws_iam_role.task.id
  policy = var.task_policy
}
