# Tells each channel what is true, once. One deployment for each channel, so that a dead one delays no other.
# Code: functions/alert-notifier.
module "alert_notifier" {
  source   = "../modules/function"
  for_each = local.channels
  create   = var.create

  name            = "alert-notifier-${each.key}"
  description     = "Makes what ${each.key} was told equal what is true."
  artifact        = local.artifacts["alert-notifier"]
  common          = local.common
  failures        = local.failures
  memory_mb       = local.tuned["alert-notifier"].memory_mb
  timeout_seconds = local.tuned["alert-notifier"].timeout_seconds
  queue           = local.tuned["alert-notifier"].queue
  vpc             = local.tuned["alert-notifier"].vpc

  trigger = {
    # A hint only: the sweep every minute finds what a hint missed.
    stream    = contains(local.immediate_channels, each.key) ? local.stream : null
    schedules = { sweep = { expression = "rate(1 minute)", silent_after_minutes = 5 } }
  }
  environment = merge(
    local.environment,
    { PLIMSOLL_CHANNEL = each.key },
    length(local.heartbeat_paths) == 0 ? {} : { PLIMSOLL_HEARTBEATS = join(",", local.heartbeat_paths) },
  )
  permissions = concat(local.notifier_permissions[each.key], local.channel_permissions[each.key])
}

locals {
  stream = { arn = var.create ? aws_dynamodb_table.state[0].stream_arn : "${local.table_arn}/stream/none" }

  # A stream has at most two readers: those that ask for it, else the first two by name that do not refuse.
  asking_channels = [for name, channel in local.channels : name if coalesce(channel.immediate, false)]
  willing_channels = [
    for name, channel in local.channels : name if coalesce(channel.immediate, true)
  ]
  immediate_channels = length(local.asking_channels) > 0 ? local.asking_channels : slice(local.willing_channels, 0, min(2, length(local.willing_channels)))

  notifier_permissions = {
    for name, index in local.due_index : name => [
      for statement in [
        { sid = "ReadAndWriteState", actions = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"], resources = [local.table_arn] },
        { sid = "ReadWhatIsDue", actions = ["dynamodb:Query"], resources = ["${local.table_arn}/index/${index}"] },
        # A heartbeat is heard if somebody is subscribed.
        { sid = "LookAtTopic", actions = ["sns:GetTopicAttributes"], resources = var.heartbeat.enabled ? compact([local.channels[name].topic_arn]) : [] },
      ] : statement if length(statement.resources) > 0
    ]
  }

  # What it takes to speak to a channel. The digest speaks to channels, too.
  channel_permissions = {
    for name, channel in local.channels : name => [
      for statement in concat(local.secret_permissions[name], [
        { sid = "Publish", actions = ["sns:Publish"], resources = channel.topic_arn == null ? [] : [channel.topic_arn] },
        { sid = "UseChannelKeys", actions = ["kms:Decrypt", "kms:GenerateDataKey"], resources = channel.kms_key_arns },
      ]) : statement if length(statement.resources) > 0
    ]
  }

  # The service that an ARN names keeps the secret: Secrets Manager, or Parameter Store of Systems Manager.
  secret_permissions = {
    for name, channel in local.channels : name => [
      { sid = "ReadSecrets", actions = ["secretsmanager:GetSecretValue"], resources = [for arn in channel.secret_arns : arn if split(":", arn)[2] == "secretsmanager"] },
      { sid = "ReadParameters", actions = ["ssm:GetParameter"], resources = [for arn in channel.secret_arns : arn if split(":", arn)[2] == "ssm"] },
    ]
  }
}
