# One SNS topic, who may publish to it, and who hears of it. docs/aws-conditions.md says which condition keys AWS sends.

locals {
  eventbridge = "events.amazonaws.com"

  arn = "arn:${var.location.partition}:sns:${var.location.region}:${var.location.account_id}:${var.name}"
}

resource "aws_sns_topic" "topic" {
  count = var.create ? 1 : 0

  name              = var.name
  kms_master_key_id = var.kms_key_arn
  tags              = var.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [for key, publisher in var.publishers : merge(
        {
          Sid       = "AllowFrom${replace(title(replace(key, "-", " ")), " ", "")}"
          Effect    = "Allow"
          Principal = { Service = publisher.service }
          Action    = "sns:Publish"
          Resource  = local.arn
        },
        # EventBridge sends no condition keys when it publishes to a topic: with a condition its statement allows nothing.
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
        { for word, condition in { Condition = merge(
          { StringEquals = { "aws:SourceAccount" = var.location.account_id } },
          length(publisher.source_arns) == 0 ? {} : { ArnLike = { "aws:SourceArn" = publisher.source_arns } },
        ) } : word => condition if publisher.service != local.eventbridge },
      )],
      [{
        Sid       = "DenyPlainText"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sns:Publish"
        Resource  = local.arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      }],
    )
  })
}

resource "aws_sns_topic_subscription" "email" {
  for_each = var.create ? var.emails : []

  topic_arn = aws_sns_topic.topic[0].arn
  protocol  = "email"
  endpoint  = each.value
}

resource "aws_sns_topic_subscription" "https" {
  for_each = var.create ? var.https_endpoints : []

  topic_arn              = aws_sns_topic.topic[0].arn
  protocol               = "https"
  endpoint               = each.value
  endpoint_auto_confirms = true
}
