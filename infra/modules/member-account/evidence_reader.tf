# What the suite's collector may read here. It lists, gets and describes; infra/suite/evidence_reads.json is the list, which a
# test compares with the code.
resource "aws_iam_role" "evidence_reader" {
  count = var.create && var.evidence_reader != null ? 1 : 0

  name                 = "${var.name_prefix}-evidence-reader"
  description          = "Lets the function evidence-collector of the suite read the configuration of this account."
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "LetTheCollectorIn"
      Effect    = "Allow"
      Principal = { AWS = var.evidence_reader.collector_role_arn }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "sts:ExternalId" = var.evidence_reader.external_id } }
    }]
  })
}

resource "aws_iam_role_policy" "evidence_reader" {
  count = var.create && var.evidence_reader != null ? 1 : 0

  name = "read-configuration"
  role = aws_iam_role.evidence_reader[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "ReadConfiguration"
        Effect = "Allow"
        Action = local.evidence_reads.actions
        # It finds what there is, and cannot know the names. Requests to Cost Explorer are limited by the collector.
        Resource = "*"
      },
      {
        Sid      = "ReadApis"
        Effect   = "Allow"
        Action   = local.evidence_reads.api_gateway
        Resource = ["arn:${local.location.partition}:apigateway:*::/restapis", "arn:${local.location.partition}:apigateway:*::/restapis/*"]
      },
    ]
  })
}

locals {
  evidence_reads = jsondecode(file("${path.module}/../../suite/evidence_reads.json"))
}
