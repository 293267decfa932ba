# One Lambda function with everything that belongs to it: rules, queue, dead letters, role, log group, schedules, alarms. The only place with an `aws_lambda_function`.

locals {
  name = "${var.common.name_prefix}-${var.name}"

  # ARNs are composed from names, not read back: so a plan shows every policy in full, and nothing waits for nothing.
  arn_of = {
    function = "arn:${var.common.partition}:lambda:${var.common.region}:${var.common.account_id}:function:${local.name}"
    role     = "arn:${var.common.partition}:iam::${var.common.account_id}:role/${local.name}"
    log      = "arn:${var.common.partition}:logs:${var.common.region}:${var.common.account_id}:log-group:${local.log_group}"
    queues   = "arn:${var.common.partition}:sqs:${var.common.region}:${var.common.account_id}"
    rules    = "arn:${var.common.partition}:events:${var.common.region}:${var.common.account_id}:rule"
  }

  log_group = "/aws/lambda/${local.name}"
  has_queue = var.trigger.event_pattern != null || length(var.trigger.topics) > 0
}

resource "aws_cloudwatch_log_group" "function" {
  count = var.create ? 1 : 0

  name              = local.log_group
  retention_in_days = var.common.log_retention_days
  kms_key_id        = var.common.kms_key_arn
  tags              = var.common.tags
}

resource "aws_lambda_function" "function" {
  # checkov:skip=CKV_AWS_115:Reserved concurrency makes SQS send healthy messages to the dead-letter queue; the event source mapping has a maximum instead
  # checkov:skip=CKV_AWS_116:Events wait in SQS with a dead-letter queue, and a schedule has its own; an asynchronous failure is repeated by the next run
  # checkov:skip=CKV_AWS_117:The function talks to AWS and to its channels only; in a VPC it needs a NAT gateway, so the variable vpc is the user's choice
  # checkov:skip=CKV_AWS_272:Zips have provenance attestations; a code signing profile is the user's choice
  count = var.create ? 1 : 0

  function_name = local.name
  # The revision is in the description because a change of any setting starts new environments: so a new configuration
  # in the table is read at once, without a variable that the code does not need.
  description   = trimspace("${var.description} ${var.common.revision == "" ? "" : "(configuration ${var.common.revision})"}")
  role          = aws_iam_role.function[0].arn
  runtime       = "provided.al2023"
  handler       = "bootstrap"
  architectures = [var.common.architecture]
  memory_size   = var.memory_mb
  timeout       = var.timeout_seconds
  kms_key_arn   = var.common.kms_key_arn

  filename          = var.artifact.zip_path
  s3_bucket         = var.artifact.s3_bucket
  s3_key            = var.artifact.s3_key
  s3_object_version = var.artifact.s3_object_version
  source_code_hash  = var.artifact.zip_path == null ? var.artifact.source_code_hash : filebase64sha256(var.artifact.zip_path)

  environment {
    variables = var.environment
  }

  dynamic "vpc_config" {
    for_each = var.vpc == null ? [] : [var.vpc]
    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  logging_config {
    log_format            = "JSON"
    application_log_level = var.common.log_level
    system_log_level      = "INFO"
    log_group             = aws_cloudwatch_log_group.function[0].name
  }

  tracing_config {
    mode = var.common.tracing ? "Active" : "PassThrough"
  }

  tags = var.common.tags

  depends_on = [aws_iam_role_policy.function]
}

# Lambda repeats a failed asynchronous invocation twice by itself. The scheduler repeats what is worth repeating.
resource "aws_lambda_function_event_invoke_config" "function" {
  count = var.create && length(var.trigger.schedules) > 0 ? 1 : 0

  function_name                = aws_lambda_function.function[0].function_name
  maximum_retry_attempts       = max([for s in values(var.trigger.schedules) : min(s.retries, 2)]...)
  maximum_event_age_in_seconds = 21600
}

resource "aws_lambda_event_source_mapping" "queue" {
  count = var.create && local.has_queue ? 1 : 0

  event_source_arn        = aws_sqs_queue.events[0].arn
  function_name           = aws_lambda_function.function[0].arn
  batch_size              = var.queue.batch_size
  function_response_types = ["ReportBatchItemFailures"]
  tags                    = var.common.tags

  # No filter: SQS deletes what a filter does not match. No reserved concurrency: see above.
  scaling_config {
    maximum_concurrency = var.queue.maximum_concurrency
  }
}

resource "aws_lambda_event_source_mapping" "stream" {
  count = var.create && var.trigger.stream != null ? 1 : 0

  event_source_arn  = var.trigger.stream.arn
  function_name     = aws_lambda_function.function[0].arn
  starting_position = "LATEST"
  batch_size        = 100
  # The stream only says "look now": what a lost record would have said, the next sweep sees in the table.
  maximum_retry_attempts        = 1
  maximum_record_age_in_seconds = 60
  tags                          = var.common.tags
}
