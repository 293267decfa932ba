# A key for everything the suite stores. Its policy names the services that deliver to encrypted queues and topics:
# without them EventBridge, CloudWatch, Budgets and Cost Anomaly Detection fail in silence.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id

  # Each delivers to a queue or a topic, so it encrypts with the key.
  delivering_services = [
    "events.amazonaws.com",
    "sns.amazonaws.com",
    "cloudwatch.amazonaws.com",
    "budgets.amazonaws.com",
    "costalerts.amazonaws.com",
  ]

  policy = {
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          # IAM policies decide within the account, as for any key made in the console.
          Sid       = "LetIamDecide"
          Effect    = "Allow"
          Principal = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }
          Action    = "kms:*"
          Resource  = "*"
        },
        {
          Sid       = "LetServicesDeliver"
          Effect    = "Allow"
          Principal = { Service = local.delivering_services }
          Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
          Resource  = "*"
          Condition = { StringEqualsIfExists = { "aws:SourceAccount" = local.account_id } }
        },
        {
          Sid       = "LetLogsEncrypt"
          Effect    = "Allow"
          Principal = { Service = "logs.${local.region}.amazonaws.com" }
          Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
          Resource  = "*"
          Condition = {
            ArnLike = { "kms:EncryptionContext:aws:logs:arn" = "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/lambda/${var.name_prefix}-*" }
          }
        },
      ],
      length(var.administrator_arns) == 0 ? [] : [{
        Sid       = "LetAdministratorsManage"
        Effect    = "Allow"
        Principal = { AWS = var.administrator_arns }
        Action    = ["kms:Describe*", "kms:Get*", "kms:List*", "kms:Put*", "kms:Update*", "kms:Enable*", "kms:Disable*", "kms:TagResource", "kms:UntagResource", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"]
        Resource  = "*"
      }],
    )
  }
}

resource "aws_kms_key" "key" {
  count = var.create ? 1 : 0

  description             = "Findings, queues, topics and logs of ${var.name_prefix}"
  enable_key_rotation     = true
  deletion_window_in_days = var.deletion_window_days
  policy                  = jsonencode(local.policy)
  tags                    = var.tags
}

resource "aws_kms_alias" "key" {
  count = var.create ? 1 : 0

  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.key[0].key_id
}
