# An HTTP API: cheaper than a REST API; it can neither be traced by X-Ray nor be protected by a web ACL.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html

resource "aws_apigatewayv2_api" "api" {
  count = local.rest ? 0 : 1

  name                         = var.name
  description                  = var.description
  protocol_type                = "HTTP"
  body                         = var.openapi_body
  disable_execute_api_endpoint = var.disable_execute_api_endpoint
  fail_on_warnings             = true
  tags                         = var.tags
}

resource "aws_apigatewayv2_stage" "live" {
  count = local.rest ? 0 : 1

  api_id      = aws_apigatewayv2_api.api[0].id
  name        = var.stage_name
  auto_deploy = true
  tags        = var.tags

  default_route_settings {
    detailed_metrics_enabled = var.enable_detailed_metrics
    # Null leaves the account's rate.
    throttling_rate_limit  = var.enable_throttling ? var.throttle_rate_limit : null
    throttling_burst_limit = var.enable_throttling ? var.throttle_burst_limit : null
  }

  dynamic "access_log_settings" {
    for_each = aws_cloudwatch_log_group.access
    content {
      destination_arn = access_log_settings.value.arn
      format          = local.access_log_format
    }
  }
}
