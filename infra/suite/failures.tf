# What goes wrong before a function is reached, for all functions together: one queue for what EventBridge or SNS could not
# hand over, one for what the scheduler could not start, and the role of all schedules. A message in either queue names
# where it comes from: attributes RULE_ARN and TARGET_ARN of EventBridge, SCHEDULE_ARN of the scheduler, TopicArn in what
# SNS puts aside.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html

locals {
  undelivered_name = "${var.name_prefix}-undelivered"
  unstarted_name   = "${var.name_prefix}-unstarted"
  queues_arn       = "arn:${local.partition}:sqs:${local.region}:${local.account_id}"
  undelivered_arn  = "${local.queues_arn}:${local.undelivered_name}"
  unstarted_arn    = "${local.queues_arn}:${local.unstarted_name}"
  schedule_role    = "${var.name_prefix}-schedule"

  # Rules and topics of this suite, by its prefix: on the default bus and on the central one.
  rules_arn = "arn:${local.partition}:events:${local.region}:${local.account_id}:rule"
  undelivered_senders = {
    "events.amazonaws.com" = concat(["${local.rules_arn}/${var.name_prefix}-*"], var.central_bus.enabled ? ["${local.rules_arn}/${var.name_prefix}-central/${var.name_prefix}-*"] : [])
    "sns.amazonaws.com"    = [local.cost_topic_arn]
  }

  # With nobody named IAM decides who reads; see modules/function/queue.tf.
  readers = concat(["arn:${local.partition}:iam::${local.account_id}:root"], var.operations.operator_arns)
  deny_reading = [for statement in [{
    Sid       = "DenyReadingByOthers"
    Effect    = "Deny"
    Principal = "*"
    Action    = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:PurgeQueue"]
    Condition = { ArnNotLike = { "aws:PrincipalArn" = local.readers } }
  }] : statement if length(var.operations.operator_arns) > 0]

  deny_plain_text = {
    Sid       = "DenyPlainText"
    Effect    = "Deny"
    Principal = "*"
    Action    = "sqs:*"
    Condition = { Bool = { "aws:SecureTransport" = "false" } }
  }

  failures = {
    undelivered_queue_arn = var.create ? aws_sqs_queue.undelivered[0].arn : local.undelivered_arn
    unstarted_queue_arn   = var.create ? aws_sqs_queue.unstarted[0].arn : local.unstarted_arn
    # By way of the policy, so that no schedule is made before its role may do anything.
    schedule_role_arn = "arn:${local.partition}:iam::${local.account_id}:role/${var.create ? aws_iam_role_policy.schedule[0].role : local.schedule_role}"
  }

  # What the role of all schedules may do. Its functions are named one by one.
  schedule_permissions = [for statement in [
    { sid = "StartFunctions", actions = ["lambda:InvokeFunction"], resources = [for name in local.scheduled_functions : "arn:${local.partition}:lambda:${local.region}:${local.account_id}:function:${var.name_prefix}-${name}"] },
    { sid = "KeepUnstarted", actions = ["sqs:SendMessage"], resources = [local.unstarted_arn] },
    { sid = "SendHeartbeats", actions = ["events:PutEvents"], resources = var.heartbeat.enabled ? values(local.heartbeat_bus_arns) : [] },
    { sid = "PublishSignOfLife", actions = ["sns:Publish"], resources = local.heartbeat_to_topic ? [local.operations_topic_arn] : [] },
    { sid = "UseKey", actions = ["kms:Decrypt", "kms:GenerateDataKey"], resources = local.heartbeat_to_topic ? compact([var.kms_key_arn]) : [] },
  ] : statement if length(statement.resources) > 0]

  scheduled_functions = concat(
    [for name, schedules in local.reconcile : name if contains(local.sources, name) && length(schedules) > 0],
    [for channel in keys(local.channels) : "alert-notifier-${channel}"],
    ["readiness-digest"],
    var.collector.enabled ? ["evidence-collector"] : [],
  )
}

resource "aws_sqs_queue" "undelivered" {
  count = var.create ? 1 : 0

  name                      = local.undelivered_name
  message_retention_seconds = 14 * 86400
  kms_master_key_id         = var.kms_key_arn
  sqs_managed_sse_enabled   = var.kms_key_arn == null ? true : null
  tags                      = local.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [for service, arns in local.undelivered_senders : {
        Sid       = "AllowFrom${title(split(".", service)[0])}"
        Effect    = "Allow"
        Principal = { Service = service }
        Action    = "sqs:SendMessage"
        Resource  = local.undelivered_arn
        Condition = {
          ArnLike              = { "aws:SourceArn" = arns }
          StringEqualsIfExists = { "aws:SourceAccount" = local.account_id }
        }
      }],
      [{
        Sid       = "DenySendingByOthers"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:SendMessage"
        Resource  = local.undelivered_arn
        Condition = { ArnNotLike = { "aws:SourceArn" = flatten(values(local.undelivered_senders)) } }
      }],
      [for statement in concat(local.deny_reading, [local.deny_plain_text]) : merge(statement, { Resource = local.undelivered_arn })],
    )
  })
}

resource "aws_sqs_queue" "unstarted" {
  count = var.create ? 1 : 0

  name                      = local.unstarted_name
  message_retention_seconds = 14 * 86400
  # With SQS's own key: the scheduler's role needs no key then, and what lies here names schedules, no finding.
  sqs_managed_sse_enabled = true
  tags                    = local.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        # The scheduler sends by its role.
        Sid       = "DenySendingByOthers"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:SendMessage"
        Resource  = local.unstarted_arn
        Condition = { ArnNotLike = { "aws:PrincipalArn" = ["arn:${local.partition}:iam::${local.account_id}:role/${local.schedule_role}"] } }
      }],
      [for statement in concat(local.deny_reading, [local.deny_plain_text]) : merge(statement, { Resource = local.unstarted_arn })],
    )
  })
}

resource "aws_iam_role" "schedule" {
  count = var.create ? 1 : 0

  name                 = local.schedule_role
  description          = "Starts the functions of ${var.name_prefix} on time, and sends its heartbeats"
  permissions_boundary = var.permissions_boundary_arn
  tags                 = local.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      # The source is the schedule's group, never a single schedule:
      # https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
      Condition = {
        StringEquals = {
          "aws:SourceAccount" = local.account_id
          "aws:SourceArn"     = "arn:${local.partition}:scheduler:${local.region}:${local.account_id}:schedule-group/${var.name_prefix}"
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "schedule" {
  count = var.create ? 1 : 0

  name = "calls"
  role = aws_iam_role.schedule[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      for p in local.schedule_permissions : { Sid = p.sid, Effect = "Allow", Action = p.actions, Resource = p.resources }
    ]
  })
}
