# A key for everything the suite stores. Its policy names the services that deliver to encrypted queues and topics:
# without them EventBridge, CloudWatch, Budgets and Cost Anomaly Detection fail in silence. docs/aws-conditions.md says
# which condition keys each of them sends.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id

  # SNS calls by another name where the topic or the queue is in a region that the account had to opt into, and AWS
  # refuses a policy with that name elsewhere. The list is closed: AWS opens no more regions to everybody.
  # https://docs.aws.amazon.com/sns/latest/dg/sns-cross-region-delivery.html
  open_regions = [
    "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1",
    "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1",
    "us-west-2",
  ]
  opt_in = local.partition == "aws" && !contains(local.open_regions, local.region)

  # Each delivers to a queue or a topic, so it encrypts with the key.
  delivering_services = concat(
    ["sns.amazonaws.com", "cloudwatch.amazonaws.com", "budgets.amazonaws.com", "costalerts.amazonaws.com"],
    local.opt_in ? ["sns.${local.region}.amazonaws.com"] : [],
  )

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
          # Alone, and without a condition: "Adding the aws:SourceAccount, aws:SourceArn, and aws:SourceOrgID to a AWS KMS
          # policy is not supported for EventBridge-to-encrypted topics." Who may deliver is decided by topic and queue.
          # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
          Sid       = "LetEventBridgeDeliver"
          Effect    = "Allow"
          Principal = { Service = "events.amazonaws.com" }
          Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
          Resource  = "*"
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
