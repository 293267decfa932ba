# The bucket of the access logs. Elastic Load Balancing writes into buckets that are encrypted by S3 itself only.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html

locals {
  log_bucket = "${var.name}-alb-logs-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.id}"
  log_arn    = "arn:${data.aws_partition.current.partition}:s3:::${local.log_bucket}"
}

resource "aws_s3_bucket" "logs" {
  #checkov:skip=CKV_AWS_18:A log of the log's bucket has no end
  #checkov:skip=CKV_AWS_144:Access logs are kept for some days in one region
  #checkov:skip=CKV_AWS_145:Elastic Load Balancing cannot write into a bucket with a key of KMS
  #checkov:skip=CKV_AWS_21:Log files are written once
  #checkov:skip=CKV2_AWS_62:Nothing reacts to single log files
  bucket        = local.log_bucket
  force_destroy = !var.deletion_protection
  tags          = var.tags
}

resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.logs.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "LetTheLoadBalancerWrite"
        Effect    = "Allow"
        Principal = { Service = "logdelivery.elasticloadbalancing.amazonaws.com" }
        Action    = "s3:PutObject"
        Resource  = "${local.log_arn}/AWSLogs/${data.aws_caller_identity.current.account_id}/*"
        Condition = { ArnLike = { "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:elasticloadbalancing:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}:loadbalancer/*" } }
      },
      {
        Sid       = "DenyPlainText"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [local.log_arn, "${local.log_arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

resource "aws_s3_bucket_public_access_block" "logs" {
  bucket                  = aws_s3_bucket.logs.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id

  rule {
    id     = "delete-after-retention"
    status = "Enabled"

    filter {}

    expiration {
      days = var.log_retention_days
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}
