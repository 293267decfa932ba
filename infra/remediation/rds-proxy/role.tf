# The proxy reads one secret. The tasks log in as a database user by IAM, with the policy of the output connect_policy.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id

  # prx-0123456789abcdef0, the last part of the proxy's ARN.
  proxy_id = reverse(split(":", aws_db_proxy.proxy.arn))[0]

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        Sid      = "ReadTheLogin"
        Effect   = "Allow"
        Action   = ["secretsmanager:GetSecretValue"]
        Resource = var.db_secret_arn
      }],
      [for arn in compact([var.secret_kms_key_arn]) : {
        Sid       = "DecryptTheLogin"
        Effect    = "Allow"
        Action    = ["kms:Decrypt"]
        Resource  = arn
        Condition = { StringEquals = { "kms:ViaService" = "secretsmanager.${local.region}.amazonaws.com" } }
      }],
    )
  })

  # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html
  connect_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "ConnectToTheProxy"
      Effect   = "Allow"
      Action   = ["rds-db:connect"]
      Resource = "arn:${local.partition}:rds-db:${local.region}:${local.account_id}:dbuser:${local.proxy_id}/${var.db_user}"
    }]
  })
}

resource "aws_iam_role" "proxy" {
  name                 = "${var.name}-proxy"
  description          = "The database proxy ${var.name} reads its login"
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "rds.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account_id }
        # The id of a proxy is random, so its ARN is not known before it exists.
        ArnLike = { "aws:SourceArn" = "arn:${local.partition}:rds:${local.region}:${local.account_id}:db-proxy:*" }
      }
    }]
  })
}

resource "aws_iam_role_policy" "proxy" {
  name   = "login"
  role   = aws_iam_role.proxy.id
  policy = local.policy
}
