# A REST API: it can be protected by a web ACL and traced by X-Ray.

resource "aws_api_gateway_rest_api" "api" {
  count = local.rest ? 1 : 0

  name                         = var.name
  description                  = var.description
  body                         = var.openapi_body
  disable_execute_api_endpoint = var.disable_execute_api_endpoint
  tags                         = var.tags

  endpoint_configuration {
    types = ["REGIONAL"]
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_deployment" "api" {
  count = local.rest ? 1 : 0

  rest_api_id = aws_api_gateway_rest_api.api[0].id
  # A stage serves a deployment, and a deployment is a copy: a changed document needs a new one.
  triggers = { document = sha256(var.openapi_body) }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "live" {
  # checkov:skip=CKV_AWS_120:A cache is paid by the hour and is the decision of the API's owner
  # checkov:skip=CKV2_AWS_51:Callers are authenticated by the OpenAPI document; a client certificate is for the integration
  # checkov:skip=CKV2_AWS_4:The method settings log errors while enable_access_logs is on; checkov cannot read the condition
  # checkov:skip=CKV2_AWS_29:The module waf associates the web ACL by the output stage_arn
  count = local.rest ? 1 : 0

  rest_api_id          = aws_api_gateway_rest_api.api[0].id
  deployment_id        = aws_api_gateway_deployment.api[0].id
  stage_name           = var.stage_name
  xray_tracing_enabled = coalesce(var.enable_xray_tracing, true)
  tags                 = var.tags

  dynamic "access_log_settings" {
    for_each = aws_cloudwatch_log_group.access
    content {
      destination_arn = access_log_settings.value.arn
      format          = local.access_log_format
    }
  }

  # Without the account's role API Gateway refuses the access log.
  depends_on = [aws_api_gateway_account.logging]
}

# API Gateway would make this group itself and keep its log for ever.
resource "aws_cloudwatch_log_group" "execution" {
  # checkov:skip=CKV_AWS_158:CloudWatch Logs encrypts every group; kms_key_arn gives it a key of your own
  # checkov:skip=CKV_AWS_338:The source checklist keeps logs for 7, 30 or 90 days by environment; log_retention_days sets it
  count = local.rest && var.enable_access_logs ? 1 : 0

  name              = "API-Gateway-Execution-Logs_${aws_api_gateway_rest_api.api[0].id}/${var.stage_name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}

# "*/*" is every method of every resource.
resource "aws_api_gateway_method_settings" "all" {
  # checkov:skip=CKV_AWS_225:A cache is paid by the hour and is the decision of the API's owner
  # checkov:skip=CKV_AWS_308:There is no cache to encrypt
  count = local.rest ? 1 : 0

  rest_api_id = aws_api_gateway_rest_api.api[0].id
  stage_name  = aws_api_gateway_stage.live[0].stage_name
  method_path = "*/*"

  settings {
    metrics_enabled        = var.enable_detailed_metrics
    logging_level          = var.enable_access_logs ? "ERROR" : "OFF"
    data_trace_enabled     = false # bodies of requests stay out of the log
    throttling_rate_limit  = var.enable_throttling ? var.throttle_rate_limit : -1
    throttling_burst_limit = var.enable_throttling ? var.throttle_burst_limit : -1
  }

  depends_on = [aws_cloudwatch_log_group.execution, aws_api_gateway_account.logging]
}

# The role by which API Gateway writes logs is one setting of the account in a region, whatever the API.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

resource "aws_iam_role" "logging" {
  count = local.rest && var.create_account_logging_role ? 1 : 0

  name        = "api-gateway-logs-${data.aws_region.current.id}"
  description = "API Gateway writes its logs to CloudWatch"
  tags        = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "apigateway.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "logging" {
  count = local.rest && var.create_account_logging_role ? 1 : 0

  role = aws_iam_role.logging[0].name
  # AWS's policy for exactly this role: API Gateway checks the role with it when the account is set.
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
}

resource "aws_api_gateway_account" "logging" {
  count = local.rest && var.create_account_logging_role ? 1 : 0

  cloudwatch_role_arn = aws_iam_role.logging[0].arn
  depends_on          = [aws_iam_role_policy_attachment.logging]
}
