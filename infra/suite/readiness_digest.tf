# The digest: score, what changed, what to fix next. Code: functions/readiness-digest.
module "readiness_digest" {
  source = "../modules/function"
  create = var.create

  name            = "readiness-digest"
  description     = "Score, trend, and what to fix next."
  artifact        = local.artifacts["readiness-digest"]
  common          = local.common
  failures        = local.failures
  memory_mb       = local.tuned["readiness-digest"].memory_mb
  timeout_seconds = local.tuned["readiness-digest"].timeout_seconds
  queue           = local.tuned["readiness-digest"].queue
  vpc             = local.tuned["readiness-digest"].vpc

  trigger = {
    schedules = {
      digest = {
        expression = var.digest.schedule
        time_zone  = var.digest.time_zone
        # The time that was meant, not the time that it is: a digest that is late or repeated is still the same digest.
        # https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
        input                = jsonencode({ scheduled_time = "<aws.scheduler.scheduled-time>", execution_id = "<aws.scheduler.execution-id>", schedule = "<aws.scheduler.schedule-arn>" })
        retries              = 10
        maximum_age_seconds  = 21600
        silent_after_minutes = try(var.digest.silent_after_hours * 60, null)
      }
    }
  }
  environment = local.environment
  permissions = concat(
    [
      { sid = "ReadAndWriteState", actions = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"], resources = [local.table_arn] },
      # A message that is late is counted.
      { sid = "ReadWhatIsDue", actions = ["dynamodb:Query"], resources = [for index in values(local.due_index) : "${local.table_arn}/index/${index}"] },
    ],
    local.open_permissions,
    [for statement in local.digest_statements : statement if length(statement.resources) > 0],
  )
}

locals {
  digest_channels = { for name, channel in local.channels : name => channel if contains(coalesce(var.digest.channels, keys(local.channels)), name) }

  digest_secrets = flatten([for name in keys(local.digest_channels) : local.secret_permissions[name]])

  digest_statements = [
    { sid = "ReadSecrets", actions = ["secretsmanager:GetSecretValue"], resources = distinct(flatten([for s in local.digest_secrets : s.resources if s.sid == "ReadSecrets"])) },
    { sid = "ReadParameters", actions = ["ssm:GetParameter"], resources = distinct(flatten([for s in local.digest_secrets : s.resources if s.sid == "ReadParameters"])) },
    { sid = "Publish", actions = ["sns:Publish"], resources = distinct([for c in local.digest_channels : c.topic_arn if c.topic_arn != null]) },
    { sid = "UseChannelKeys", actions = ["kms:Decrypt", "kms:GenerateDataKey"], resources = distinct(flatten(values(local.digest_channels)[*].kms_key_arns)) },
  ]
}
