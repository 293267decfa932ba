# WAF writes to log groups whose name starts with aws-waf-logs- only.
# https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html

resource "aws_cloudwatch_log_group" "requests" {
  # checkov:skip=CKV_AWS_158:CloudWatch Logs encrypts every group; kms_key_arn gives it a key of your own
  # checkov:skip=CKV_AWS_338:The source checklist keeps logs for 7, 30 or 90 days by environment; log_retention_days sets it
  count = var.enable_logging ? 1 : 0

  name              = "aws-waf-logs-${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}

resource "aws_wafv2_web_acl_logging_configuration" "requests" {
  count = var.enable_logging ? 1 : 0

  resource_arn            = aws_wafv2_web_acl.firewall.arn
  log_destination_configs = [aws_cloudwatch_log_group.requests[0].arn]

  # Credentials of users stay out of the log.
  dynamic "redacted_fields" {
    for_each = var.redacted_headers
    content {
      single_header {
        name = redacted_fields.value
      }
    }
  }
}
