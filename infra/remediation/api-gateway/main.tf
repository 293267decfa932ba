# One stage of an API, REST or HTTP: request rate, access log as JSON, X-Ray. The API itself is an OpenAPI document,
# so that any API fits and the module stays small.

locals {
  rest = var.api_type == "REST"

  # One JSON object for each request; plimsoll and Logs Insights read its fields by name.
  # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html#context-variable-reference
  access_log_format = jsonencode(merge({
    requestId          = "$context.requestId"
    requestTime        = "$context.requestTime"
    ip                 = "$context.identity.sourceIp"
    userAgent          = "$context.identity.userAgent"
    httpMethod         = "$context.httpMethod"
    protocol           = "$context.protocol"
    status             = "$context.status"
    responseLength     = "$context.responseLength"
    integrationLatency = "$context.integrationLatency"
    integrationError   = "$context.integration.error"
    }, local.rest ? {
    resourcePath    = "$context.resourcePath"
    responseLatency = "$context.responseLatency"
    xrayTraceId     = "$context.xrayTraceId"
    wafResponseCode = "$context.wafResponseCode"
    } : {
    routeKey        = "$context.routeKey"
    responseLatency = "$context.responseLatency"
  }))
}

resource "aws_cloudwatch_log_group" "access" {
  # checkov:skip=CKV_AWS_158:CloudWatch Logs encrypts every group; kms_key_arn gives it a key of your own
  # checkov:skip=CKV_AWS_338:The source checklist keeps logs for 7, 30 or 90 days by environment; log_retention_days sets it
  count = var.enable_access_logs ? 1 : 0

  name              = "/aws/apigateway/${var.name}/${var.stage_name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}
