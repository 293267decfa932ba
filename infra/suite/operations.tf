# Who hears that Plimsoll itself is in trouble. AWS measures, CloudWatch decides, SNS tells: none of our code runs here.

locals {
  operations_topic_name = "${var.name_prefix}-operations"
  operations_topic_arn  = "arn:${local.partition}:sns:${local.region}:${local.account_id}:${local.operations_topic_name}"
  alarm_topic_arns      = concat(var.create && var.operations.create_topic ? [local.operations_topic_arn] : [], var.operations.topic_arns)
}

module "operations" {
  source = "../modules/topic"
  create = var.create && var.operations.create_topic

  name            = local.operations_topic_name
  location        = local.location
  kms_key_arn     = var.kms_key_arn
  emails          = var.operations.emails
  https_endpoints = var.operations.https_endpoints
  tags            = local.tags
  publishers = merge(
    {
      alarms = {
        service     = "cloudwatch.amazonaws.com"
        source_arns = ["arn:${local.partition}:cloudwatch:${local.region}:${local.account_id}:alarm:${var.name_prefix}-*"]
      }
    },
    # Without a source: EventBridge names none to a topic.
    { for key, publisher in { rules = { service = "events.amazonaws.com" } } : key => publisher if local.recovered || length(local.direct_rules) > 0 },
  )
}
