# What an auditor asks an account for: a trail of its API calls, a record of its configuration, and a watch on both.
# Each part is made only if it is asked for: accounts of Control Tower or of an organisation have some of them already.
# trail.tf, recorder.tf, rules.tf and guardduty.tf have a part each; here are the buckets of the first two.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id

  trail_arn = "arn:${local.partition}:cloudtrail:${local.region}:${local.account_id}:trail/${var.name}"

  # Names are in all of AWS, so the account and the region belong to them.
  bucket_names = {
    for part, wanted in { cloudtrail = var.enable_cloudtrail, config = var.enable_config } :
    part => "${var.name}-${part}-${local.account_id}-${local.region}" if var.create && wanted
  }
  bucket_arns = { for part, name in local.bucket_names : part => "arn:${local.partition}:s3:::${name}" }

  # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
  # https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-policy.html
  deliveries = {
    cloudtrail = { service = "cloudtrail.amazonaws.com", condition = { "aws:SourceArn" = local.trail_arn } }
    config     = { service = "config.amazonaws.com", condition = { "aws:SourceAccount" = local.account_id } }
  }

  bucket_policies = { for part, arn in local.bucket_arns : part => {
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "LetTheServiceLookAtTheBucket"
        Effect    = "Allow"
        Principal = { Service = local.deliveries[part].service }
        Action    = concat(["s3:GetBucketAcl"], part == "config" ? ["s3:ListBucket"] : [])
        Resource  = arn
        Condition = { StringEquals = local.deliveries[part].condition }
      },
      {
        Sid       = "LetTheServiceDeliver"
        Effect    = "Allow"
        Principal = { Service = local.deliveries[part].service }
        Action    = "s3:PutObject"
        Resource  = "${arn}/AWSLogs/${local.account_id}/*"
        Condition = { StringEquals = merge(local.deliveries[part].condition, { "s3:x-amz-acl" = "bucket-owner-full-control" }) }
      },
      {
        Sid       = "DenyPlainText"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [arn, "${arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  } }
}

resource "aws_s3_bucket" "records" {
  #checkov:skip=CKV_AWS_18:Access to these buckets is in the trail; a log of the log's bucket has no end
  #checkov:skip=CKV_AWS_144:A trail of all regions is one copy already; replicate it to an account of your auditors if they ask
  #checkov:skip=CKV2_AWS_62:Nothing reacts to single log files
  #checkov:skip=CKV_AWS_145:Encrypted with kms_key_arn if it is given, otherwise by S3
  for_each = local.bucket_names

  bucket        = each.value
  force_destroy = var.force_destroy
  tags          = var.tags
}

resource "aws_s3_bucket_policy" "records" {
  for_each = local.bucket_names

  bucket = aws_s3_bucket.records[each.key].id
  policy = jsonencode(local.bucket_policies[each.key])
}

resource "aws_s3_bucket_public_access_block" "records" {
  for_each = local.bucket_names

  bucket                  = aws_s3_bucket.records[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "records" {
  for_each = local.bucket_names

  bucket = aws_s3_bucket.records[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "records" {
  for_each = local.bucket_names

  bucket = aws_s3_bucket.records[each.key].id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = var.kms_key_arn == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "records" {
  for_each = local.bucket_names

  bucket = aws_s3_bucket.records[each.key].id

  rule {
    id     = "delete-after-retention"
    status = "Enabled"

    filter {}

    expiration {
      days = var.retention_days
    }
    noncurrent_version_expiration {
      noncurrent_days = 30
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}
