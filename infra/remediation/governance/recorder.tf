# AWS Config: the recorder, where it delivers to, and the role by which it reads.

locals {
  catalogue = jsondecode(file("${path.module}/rules.json"))
  in_home   = local.region == "us-east-1"

  # What the rules read, and task definitions and services. Not everything: every task that starts and stops has a network
  # interface, and each change of each interface is an item that is paid for.
  needed_types = concat(local.catalogue.recorded_types, local.in_home ? local.catalogue.recorded_in_us_east_1_only : [])
}

resource "aws_iam_role" "config" {
  count = var.create && var.enable_config ? 1 : 0

  name                 = "${var.name}-config"
  description          = "AWS Config reads the configuration of the account and writes it into its bucket"
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "config.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "config" {
  count = var.create && var.enable_config ? 1 : 0

  role       = aws_iam_role.config[0].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AWS_ConfigRole"
}

resource "aws_iam_role_policy" "config" {
  count = var.create && var.enable_config ? 1 : 0

  name = "deliver"
  role = aws_iam_role.config[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        { Sid = "LookAtTheBucket", Effect = "Allow", Action = ["s3:GetBucketAcl", "s3:ListBucket"], Resource = local.bucket_arns["config"] },
        {
          Sid       = "Deliver"
          Effect    = "Allow"
          Action    = ["s3:PutObject"]
          Resource  = "${local.bucket_arns["config"]}/AWSLogs/${local.account_id}/*"
          Condition = { StringLike = { "s3:x-amz-acl" = "bucket-owner-full-control" } }
        },
      ],
      [for arn in compact([var.kms_key_arn]) : { Sid = "Encrypt", Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = arn }],
      [for arn in compact([var.config_topic_arn]) : { Sid = "Tell", Effect = "Allow", Action = ["sns:Publish"], Resource = arn }],
    )
  })
}

resource "aws_config_configuration_recorder" "recorder" {
  #checkov:skip=CKV2_AWS_45:Records the types that the rules read: everything would cost more than the services that it watches
  #checkov:skip=CKV2_AWS_48:Records the types that the rules read: everything would cost more than the services that it watches
  count = var.create && var.enable_config ? 1 : 0

  name     = var.name
  role_arn = aws_iam_role.config[0].arn

  recording_group {
    all_supported                 = var.record_everything
    include_global_resource_types = var.record_everything
    resource_types                = var.record_everything ? [] : coalesce(var.recorded_resource_types, local.needed_types)

    recording_strategy {
      use_only = var.record_everything ? "ALL_SUPPORTED_RESOURCE_TYPES" : "INCLUSION_BY_RESOURCE_TYPES"
    }
  }

  recording_mode {
    recording_frequency = var.recording_frequency
  }
}

resource "aws_config_delivery_channel" "channel" {
  count = var.create && var.enable_config ? 1 : 0

  name           = var.name
  s3_bucket_name = aws_s3_bucket.records["config"].id
  s3_kms_key_arn = var.kms_key_arn
  sns_topic_arn  = var.config_topic_arn

  snapshot_delivery_properties {
    delivery_frequency = "TwentyFour_Hours"
  }

  depends_on = [aws_config_configuration_recorder.recorder, aws_s3_bucket_policy.records, aws_iam_role_policy.config]
}

resource "aws_config_configuration_recorder_status" "recorder" {
  #checkov:skip=CKV2_AWS_45:Records the types that the rules read; see the recorder above
  count = var.create && var.enable_config ? 1 : 0

  name       = aws_config_configuration_recorder.recorder[0].name
  is_enabled = true
  depends_on = [aws_config_delivery_channel.channel]
}
