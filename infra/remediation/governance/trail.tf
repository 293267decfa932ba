# CloudTrail: every call that manages something, of every region, in files whose change is noticed.

resource "aws_cloudtrail" "trail" {
  #checkov:skip=CKV_AWS_252:The suite reads events from EventBridge; a topic for each log file would tell nobody anything
  #checkov:skip=CKV_AWS_35:Encrypted with kms_key_arn if it is given, otherwise by S3
  #checkov:skip=CKV2_AWS_10:CloudWatch Logs costs 0.50 USD a GB; set cloudwatch_logs for it
  count = var.create && var.enable_cloudtrail ? 1 : 0

  name                          = var.name
  s3_bucket_name                = aws_s3_bucket.records["cloudtrail"].id
  enable_logging                = true
  is_multi_region_trail         = true
  include_global_service_events = true
  enable_log_file_validation    = true
  kms_key_id                    = var.kms_key_arn
  cloud_watch_logs_group_arn    = try("${var.cloudwatch_logs.log_group_arn}:*", null)
  cloud_watch_logs_role_arn     = try(var.cloudwatch_logs.role_arn, null)
  tags                          = var.tags

  event_selector {
    read_write_type           = "All"
    include_management_events = true
  }

  # CloudTrail looks at the policy when the trail is made.
  depends_on = [aws_s3_bucket_policy.records]
}
