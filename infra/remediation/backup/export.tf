# A nightly export of ECS task definitions to S3: what services run, and the newest revision of each family. The bucket
# carries the backup tag, so the daily plan takes it to the other region too.

locals {
  export        = var.create_plan && var.enable_task_definition_export
  bucket        = coalesce(var.export_bucket_name, "${var.name}-task-definitions-${local.account_id}-${local.region}")
  machine_name  = "${var.name}-task-definition-export"
  event_bus_arn = coalesce(var.evidence_bus_arn, "arn:${local.partition}:events:${local.region}:${local.account_id}:event-bus/default")
}

resource "aws_s3_bucket" "export" {
  # checkov:skip=CKV_AWS_18:Few objects and few readers; CloudTrail's data events say who read, if somebody must know
  # checkov:skip=CKV_AWS_144:AWS Backup copies the bucket by its tag
  # checkov:skip=CKV_AWS_145:S3 encrypts every object; kms_key_arn gives the bucket a key of your own
  # checkov:skip=CKV2_AWS_62:Nobody waits for an object; the state machine reports by itself
  count = local.export ? 1 : 0

  bucket        = local.bucket
  force_destroy = false
  tags          = merge(var.tags, { (var.selection_tag.key) = var.selection_tag.value })
}

resource "aws_s3_bucket_versioning" "export" {
  count = local.export ? 1 : 0

  bucket = aws_s3_bucket.export[0].id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "export" {
  count = local.export ? 1 : 0

  bucket = aws_s3_bucket.export[0].id
  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm     = var.kms_key_arn == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "export" {
  count = local.export ? 1 : 0

  bucket                  = aws_s3_bucket.export[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_lifecycle_configuration" "export" {
  count = local.export ? 1 : 0

  bucket = aws_s3_bucket.export[0].id
  # A revision never changes, so the version of the night before is the same text.
  rule {
    id     = "old-versions"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration {
      noncurrent_days = var.delete_after_days
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

resource "aws_s3_bucket_policy" "export" {
  count = local.export ? 1 : 0

  bucket = aws_s3_bucket.export[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "DenyPlainText"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.export[0].arn, "${aws_s3_bucket.export[0].arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })

  depends_on = [aws_s3_bucket_public_access_block.export]
}

resource "aws_scheduler_schedule" "export" {
  # checkov:skip=CKV_AWS_297:The input is an empty object
  count = local.export ? 1 : 0

  name                         = local.machine_name
  description                  = "Exports ECS task definitions every night"
  schedule_expression          = var.export_schedule
  schedule_expression_timezone = "UTC"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_sfn_state_machine.export[0].arn
    role_arn = aws_iam_role.schedule[0].arn
    input    = "{}"
    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 10
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "export" {
  count = local.export ? 1 : 0

  alarm_name          = "${local.machine_name}-failed"
  alarm_description   = "The nightly export of ECS task definitions failed: open the execution in Step Functions"
  namespace           = "AWS/States"
  metric_name         = "ExecutionsFailed"
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  dimensions          = { StateMachineArn = aws_sfn_state_machine.export[0].arn }
  tags                = var.tags
}
