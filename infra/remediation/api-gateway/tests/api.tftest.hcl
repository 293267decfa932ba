mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/apigateway/orders/live" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/api-gateway-logs-eu-west-1" }
  }
}

variables {
  name         = "orders"
  openapi_body = "{\"openapi\":\"3.0.1\",\"info\":{\"title\":\"orders\",\"version\":\"1\"},\"paths\":{}}"
}

run "a_rest_api_has_the_numbers_of_the_source" {
  assert {
    condition     = aws_api_gateway_method_settings.all[0].method_path == "*/*" && aws_api_gateway_method_settings.all[0].settings[0].throttling_rate_limit == 10000 && aws_api_gateway_method_settings.all[0].settings[0].throttling_burst_limit == 5000
    error_message = "Every method has the rate 10,000 and the burst 5,000."
  }
  assert {
    condition     = aws_api_gateway_stage.live[0].xray_tracing_enabled && !aws_api_gateway_method_settings.all[0].settings[0].data_trace_enabled
    error_message = "X-Ray is on, and bodies of requests stay out of the log."
  }
  assert {
    condition     = jsondecode(aws_api_gateway_stage.live[0].access_log_settings[0].format).requestId == "$context.requestId" && !strcontains(aws_api_gateway_stage.live[0].access_log_settings[0].format, "\n")
    error_message = "The access log is one JSON object on one line."
  }
  assert {
    condition     = aws_api_gateway_method_settings.all[0].settings[0].logging_level == "ERROR" && aws_cloudwatch_log_group.execution[0].retention_in_days == 30 && startswith(aws_cloudwatch_log_group.execution[0].name, "API-Gateway-Execution-Logs_")
    error_message = "Errors are logged, to a group that does not keep them for ever."
  }
  assert {
    condition     = aws_cloudwatch_log_group.access[0].retention_in_days == 30 && length(aws_apigatewayv2_api.api) == 0 && length(aws_api_gateway_account.logging) == 0
    error_message = "The log is kept for 30 days; no HTTP API is made, and the account's setting is not touched."
  }
}

run "an_http_api_has_the_same_numbers" {
  variables {
    api_type = "HTTP"
  }
  assert {
    condition     = aws_apigatewayv2_stage.live[0].default_route_settings[0].throttling_rate_limit == 10000 && aws_apigatewayv2_stage.live[0].default_route_settings[0].throttling_burst_limit == 5000
    error_message = "Every route has the rate 10,000 and the burst 5,000."
  }
  assert {
    condition     = jsondecode(aws_apigatewayv2_stage.live[0].access_log_settings[0].format).routeKey == "$context.routeKey"
    error_message = "The access log is one JSON object with the route."
  }
  assert {
    condition     = length(aws_api_gateway_rest_api.api) == 0
    error_message = "No REST API is made."
  }
}

run "each_part_has_its_toggle" {
  variables {
    enable_throttling   = false
    enable_access_logs  = false
    enable_xray_tracing = false
  }
  assert {
    condition     = aws_api_gateway_method_settings.all[0].settings[0].throttling_rate_limit == -1 && !aws_api_gateway_stage.live[0].xray_tracing_enabled && length(aws_api_gateway_stage.live[0].access_log_settings) == 0 && output.log_group_name == null
    error_message = "Everything that is switched off is absent; -1 leaves the account's rate."
  }
}

run "the_account_has_its_logging_role" {
  variables {
    create_account_logging_role = true
  }
  assert {
    condition     = jsondecode(aws_iam_role.logging[0].assume_role_policy).Statement[0].Condition == { StringEquals = { "aws:SourceAccount" = "111122223333" } }
    error_message = "Only API Gateway of this account takes the role."
  }
  assert {
    condition     = aws_api_gateway_account.logging[0].cloudwatch_role_arn == aws_iam_role.logging[0].arn
    error_message = "The account names the role."
  }
}

run "a_changed_document_is_deployed" {
  command = plan
  variables {
    openapi_body = "{\"openapi\":\"3.0.1\",\"paths\":{\"/new\":{}}}"
  }
  assert {
    condition     = aws_api_gateway_deployment.api[0].triggers.document == sha256(var.openapi_body)
    error_message = "The deployment follows the document."
  }
}

run "the_example_plans" {
  command = plan
  module {
    source = "./examples/basic"
  }
}

run "refuses_to_trace_an_http_api" {
  command = plan
  variables {
    api_type            = "HTTP"
    enable_xray_tracing = true
  }
  expect_failures = [var.enable_xray_tracing]
}

run "refuses_more_than_the_line_accepts" {
  command = plan
  variables {
    throttle_rate_limit  = 20000
    throttle_burst_limit = 6000
  }
  expect_failures = [var.throttle_rate_limit, var.throttle_burst_limit]
}

run "refuses_a_rate_of_nothing" {
  command = plan
  variables {
    throttle_rate_limit = 0
  }
  expect_failures = [var.throttle_rate_limit]
}

run "refuses_a_document_without_paths" {
  command = plan
  variables {
    openapi_body = "orders"
  }
  expect_failures = [var.openapi_body]
}

run "refuses_a_third_kind_of_api" {
  command = plan
  variables {
    api_type = "WEBSOCKET"
  }
  expect_failures = [var.api_type]
}
