# A private bucket for HTML reports. CI or a person writes to it; no function does.

locals {
  report_bucket_name = "${var.name_prefix}-reports-${local.account_id}-${local.region}"
  report_bucket      = var.create && var.report_bucket.enabled
}

resource "aws_s3_bucket" "reports" {
  # checkov:skip=CKV_AWS_18:Few objects and few readers; CloudTrail's data events say who read, if somebody must know
  # checkov:skip=CKV_AWS_144:A report can be made again from the table, which has point-in-time recovery
  # checkov:skip=CKV2_AWS_62:Nobody waits for a report
  count = local.report_bucket ? 1 : 0

  bucket = local.report_bucket_name
  # As for the table: what is protected refuses to be deleted, and otherwise all versions of all reports go with it.
  force_destroy = !var.deletion_protection
  tags          = local.tags
}

resource "aws_s3_bucket_public_access_block" "reports" {
  count = local.report_bucket ? 1 : 0

  bucket                  = aws_s3_bucket.reports[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "reports" {
  count = local.report_bucket ? 1 : 0

  bucket = aws_s3_bucket.reports[0].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "reports" {
  count = local.report_bucket ? 1 : 0

  bucket = aws_s3_bucket.reports[0].id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = var.kms_key_arn == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "reports" {
  count = local.report_bucket ? 1 : 0

  bucket = aws_s3_bucket.reports[0].id

  rule {
    id     = "expire"
    status = "Enabled"

    filter {}

    expiration {
      days = var.report_bucket.retention_days
    }

    noncurrent_version_expiration {
      noncurrent_days = 30
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.reports]
}

resource "aws_s3_bucket_policy" "reports" {
  count = local.report_bucket ? 1 : 0

  bucket = aws_s3_bucket.reports[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "DenyPlainText"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.reports[0].arn, "${aws_s3_bucket.reports[0].arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })

  depends_on = [aws_s3_bucket_public_access_block.reports]
}
