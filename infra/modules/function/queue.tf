# Rule or topic -> queue -> function. An event waits here for days while something behind it is down.
#
# Three places keep what could not go on: `<name>-dead` what the function failed on, and two queues that all functions of
# a suite share: `undelivered` what EventBridge or SNS could not hand over, `unstarted` what the scheduler could not start.
# What lies there names its rule, topic or schedule.

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
    { for key, topic in var.trigger.topics : key => { service = local.sns_of[key], arn = topic.arn } },
  )

  # From another region SNS calls by the name of a region, if one of the two must be opted into: by the queue's, else by
  # the topic's. AWS refuses a policy with such a name anywhere else.
  # https://docs.aws.amazon.com/sns/latest/dg/sns-cross-region-delivery.html
  topic_regions = { for key, topic in var.trigger.topics : key => split(":", topic.arn)[3] }
  sns_of = { for key, region in local.topic_regions : key => (
    var.common.partition != "aws" || region == var.common.region ? "sns.amazonaws.com" :
    !contains(local.open_regions, var.common.region) ? "sns.${var.common.region}.amazonaws.com" :
    !contains(local.open_regions, region) ? "sns.${region}.amazonaws.com" : "sns.amazonaws.com"
  ) }

  # Regions that are open to every account. The list is closed: whatever AWS opens now must be opted into.
  open_regions = [
    "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1",
    "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1",
    "us-west-2",
  ]

  queue_arn  = "${local.arn_of.queues}:${local.name}"
  dead_arn   = "${local.arn_of.queues}:${local.name}-dead"
  queue_tags = merge(var.common.tags, { "plimsoll:function" = var.name })

  deny_plain_text = {
    Sid       = "DenyPlainText"
    Effect    = "Deny"
    Principal = "*"
    Action    = "sqs:*"
    Condition = { Bool = { "aws:SecureTransport" = "false" } }
  }

  # Once operators are named, nobody else may read, and the account's root user always may. With nobody named IAM decides:
  # an explicit Deny would lock out the very administrators who must redrive.
  operators = concat(["arn:${var.common.partition}:iam::${var.common.account_id}:root"], var.common.operators)
  named     = length(var.common.operators) > 0

  deny_reading = {
    Sid       = "DenyReadingByOthers"
    Effect    = "Deny"
    Principal = "*"
    Action    = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:PurgeQueue"]
  }

  allow_senders = [for key, sender in local.senders : {
    Sid       = "AllowFrom${replace(title(replace(key, "-", " ")), " ", "")}"
    Effect    = "Allow"
    Principal = { Service = sender.service }
    Action    = "sqs:SendMessage"
    Resource  = local.queue_arn
    # AWS documents the ARN alone, for EventBridge and for SNS; it names the account, too. See docs/aws-conditions.md.
    Condition = {
      ArnEquals            = { "aws:SourceArn" = sender.arn }
      StringEqualsIfExists = { "aws:SourceAccount" = var.common.account_id }
    }
  }]

  queue_policy = {
    Version = "2012-10-17"
    Statement = concat(
      local.allow_senders,
      [for statement in [
        {
          # An identity of this account with sqs:SendMessage could forge "all is well" otherwise. Operators may send: a
          # redrive sends with the rights of the person who starts it.
          Sid       = "DenySendingByOthers"
          Effect    = "Deny"
          Principal = "*"
          Action    = "sqs:SendMessage"
          Resource  = local.queue_arn
          Condition = {
            ArnNotEquals = { "aws:SourceArn" = [for sender in local.senders : sender.arn] }
            ArnNotLike   = { "aws:PrincipalArn" = local.operators }
          }
        },
      ] : statement if local.named],
      [for statement in [local.deny_reading] : merge(statement, {
        Resource  = local.queue_arn
        Condition = { ArnNotLike = { "aws:PrincipalArn" = concat([local.arn_of.role], local.operators) } }
      }) if local.named],
      [merge(local.deny_plain_text, { Resource = local.queue_arn })],
    )
  }

  dead_policy = {
    Version = "2012-10-17"
    Statement = concat(
      [{
        # A principal with a name is a person or a role; SQS itself, which moves dead letters here, has none.
        Sid       = "DenySendingByOthers"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:SendMessage"
        Resource  = local.dead_arn
        Condition = {
          ArnLike    = { "aws:PrincipalArn" = "arn:*" }
          ArnNotLike = { "aws:PrincipalArn" = local.operators }
        }
      }],
      [for statement in [local.deny_reading] : merge(statement, {
        Resource  = local.dead_arn
        Condition = { ArnNotLike = { "aws:PrincipalArn" = local.operators } }
      }) if local.named],
      [merge(local.deny_plain_text, { Resource = local.dead_arn })],
    )
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
  policy                    = jsonencode(local.dead_policy)
  tags                      = local.queue_tags

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [local.queue_arn]
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
    arn = var.failures.undelivered_queue_arn
  }
}

resource "aws_sns_topic_subscription" "queue" {
  for_each = { for key, topic in var.trigger.topics : key => topic if var.create && topic.subscribe }

  topic_arn = each.value.arn
  protocol  = "sqs"
  endpoint  = aws_sqs_queue.events[0].arn

  redrive_policy = jsonencode({ deadLetterTargetArn = var.failures.undelivered_queue_arn })
}
