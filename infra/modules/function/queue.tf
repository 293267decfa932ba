# Rule or topic -> queue -> function. An event waits here for days while something behind it is down.
#
# Three places keep what could not go on: `<name>-dead` what the function failed on, `<name>-undelivered-<rule>` what
# EventBridge or SNS could not hand over, `<name>-unstarted` what the scheduler could not start.

locals {
  # Rules: one for each bus. Their ARNs differ by bus: rule/NAME on the default one, rule/BUS/NAME on another.
  rules = var.trigger.event_pattern == null ? {} : {
    for key, bus in var.common.event_buses : key => {
      bus  = bus
      name = key == "default" ? local.name : "${local.name}-${key}"
      arn  = join("/", compact([local.arn_of.rules, bus == "default" ? "" : bus, key == "default" ? local.name : "${local.name}-${key}"]))
    }
  }

  # Everything that may send to the queue.
  senders = merge(
    { for key, rule in local.rules : key => { service = "events.amazonaws.com", arn = rule.arn } },
    { for key, topic in var.trigger.topics : key => { service = "sns.amazonaws.com", arn = topic.arn } },
  )

  # Each sender has its own queue for what it could not send; a topic that its owner subscribes has one elsewhere.
  undelivered = { for key, sender in local.senders : key => sender if try(var.trigger.topics[key].subscribe, true) }

  # With a key the queue is encrypted with it; its policy must let EventBridge and SNS use it, see modules/encryption-key.
  queue_tags = merge(var.common.tags, { "plimsoll:function" = var.name })

  deny_plain_text = {
    Sid       = "DenyPlainText"
    Effect    = "Deny"
    Principal = "*"
    Action    = "sqs:*"
    Condition = { Bool = { "aws:SecureTransport" = "false" } }
  }

  # The account's root user can always empty a queue; everybody else is named.
  operators = concat(["arn:${var.common.partition}:iam::${var.common.account_id}:root"], var.common.operators)

  deny_reading = {
    Sid       = "DenyReadingByOthers"
    Effect    = "Deny"
    Principal = "*"
    Action    = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:PurgeQueue"]
    Condition = { ArnNotLike = { "aws:PrincipalArn" = local.operators } }
  }

  allow_senders = [for key, sender in local.senders : {
    Sid       = "AllowFrom${replace(title(replace(key, "-", " ")), " ", "")}"
    Effect    = "Allow"
    Principal = { Service = sender.service }
    Action    = "sqs:SendMessage"
    Resource  = "${local.arn_of.queues}:${local.name}"
    Condition = merge(
      { ArnEquals = { "aws:SourceArn" = sender.arn } },
      # SNS is documented with the topic's ARN alone, which names the account, too.
      sender.service == "sns.amazonaws.com" ?
      { StringEqualsIfExists = { "aws:SourceAccount" = var.common.account_id } } :
      { StringEquals = { "aws:SourceAccount" = var.common.account_id } },
    )
  }]

  queue_policy = {
    Version = "2012-10-17"
    Statement = concat(local.allow_senders, [
      {
        # An identity of this account with sqs:SendMessage could forge "all is well" otherwise.
        Sid       = "DenySendingByOthers"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:SendMessage"
        Resource  = "${local.arn_of.queues}:${local.name}"
        # Operators may: a redrive sends with the rights of the person who starts it.
        Condition = {
          ArnNotEquals = { "aws:SourceArn" = [for sender in local.senders : sender.arn] }
          ArnNotLike   = { "aws:PrincipalArn" = local.operators }
        }
      },
      merge(local.deny_reading, {
        Resource  = "${local.arn_of.queues}:${local.name}"
        Condition = { ArnNotLike = { "aws:PrincipalArn" = concat([local.arn_of.role], local.operators) } }
      }),
      merge(local.deny_plain_text, { Resource = "${local.arn_of.queues}:${local.name}" }),
    ])
  }
}

resource "aws_sqs_queue" "events" {
  count = var.create && local.has_queue ? 1 : 0

  name                       = local.name
  visibility_timeout_seconds = 6 * var.timeout_seconds
  message_retention_seconds  = var.queue.retention_days * 86400
  # Long polling: fewer empty receives to pay for.
  receive_wait_time_seconds = 20
  kms_master_key_id         = var.common.kms_key_arn
  sqs_managed_sse_enabled   = var.common.kms_key_arn == null ? true : null
  policy                    = jsonencode(local.queue_policy)
  tags                      = local.queue_tags

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead[0].arn
    maxReceiveCount     = var.queue.maximum_receives
  })
}

resource "aws_sqs_queue" "dead" {
  count = var.create && local.has_queue ? 1 : 0

  name                      = "${local.name}-dead"
  message_retention_seconds = var.queue.dead_letter_retention_days * 86400
  kms_master_key_id         = var.common.kms_key_arn
  sqs_managed_sse_enabled   = var.common.kms_key_arn == null ? true : null
  tags                      = local.queue_tags

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = ["${local.arn_of.queues}:${local.name}"]
  })

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # A principal with a name is a person or a role; SQS itself, which moves dead letters here, has none.
        Sid       = "DenySendingByOthers"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:SendMessage"
        Resource  = "${local.arn_of.queues}:${local.name}-dead"
        Condition = {
          ArnLike    = { "aws:PrincipalArn" = "arn:*" }
          ArnNotLike = { "aws:PrincipalArn" = local.operators }
        }
      },
      merge(local.deny_reading, { Resource = "${local.arn_of.queues}:${local.name}-dead" }),
      merge(local.deny_plain_text, { Resource = "${local.arn_of.queues}:${local.name}-dead" }),
    ]
  })
}

resource "aws_sqs_queue" "undelivered" {
  for_each = { for key, sender in local.undelivered : key => sender if var.create }

  name                      = "${local.name}-undelivered-${each.key}"
  message_retention_seconds = var.queue.dead_letter_retention_days * 86400
  kms_master_key_id         = var.common.kms_key_arn
  sqs_managed_sse_enabled   = var.common.kms_key_arn == null ? true : null
  tags                      = local.queue_tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AllowFromSender"
        Effect    = "Allow"
        Principal = { Service = each.value.service }
        Action    = "sqs:SendMessage"
        Resource  = "${local.arn_of.queues}:${local.name}-undelivered-${each.key}"
        Condition = merge(
          { ArnEquals = { "aws:SourceArn" = each.value.arn } },
          each.value.service == "sns.amazonaws.com" ?
          { StringEqualsIfExists = { "aws:SourceAccount" = var.common.account_id } } :
          { StringEquals = { "aws:SourceAccount" = var.common.account_id } },
        )
      },
      {
        Sid       = "DenySendingByOthers"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:SendMessage"
        Resource  = "${local.arn_of.queues}:${local.name}-undelivered-${each.key}"
        Condition = { ArnNotEquals = { "aws:SourceArn" = [each.value.arn] } }
      },
      merge(local.deny_reading, { Resource = "${local.arn_of.queues}:${local.name}-undelivered-${each.key}" }),
      merge(local.deny_plain_text, { Resource = "${local.arn_of.queues}:${local.name}-undelivered-${each.key}" }),
    ]
  })
}

resource "aws_cloudwatch_event_rule" "events" {
  for_each = { for key, rule in local.rules : key => rule if var.create }

  name           = each.value.name
  description    = "Events for ${local.name}"
  event_bus_name = each.value.bus
  event_pattern  = jsonencode(merge(jsondecode(var.trigger.event_pattern), { account = var.common.event_accounts }))
  tags           = var.common.tags
}

# No role: with one, EventBridge may fail to deliver to an encrypted queue.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
resource "aws_cloudwatch_event_target" "queue" {
  for_each = { for key, rule in local.rules : key => rule if var.create }

  rule           = aws_cloudwatch_event_rule.events[each.key].name
  event_bus_name = each.value.bus
  target_id      = "queue"
  arn            = aws_sqs_queue.events[0].arn

  retry_policy {
    maximum_event_age_in_seconds = 86400
    maximum_retry_attempts       = 185
  }

  dead_letter_config {
    arn = aws_sqs_queue.undelivered[each.key].arn
  }
}

resource "aws_sns_topic_subscription" "queue" {
  for_each = { for key, topic in var.trigger.topics : key => topic if var.create && topic.subscribe }

  topic_arn = each.value.arn
  protocol  = "sqs"
  endpoint  = aws_sqs_queue.events[0].arn

  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.undelivered[each.key].arn })
}
