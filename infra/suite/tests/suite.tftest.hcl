# The suite as a whole, applied against a mock of the provider: shape of the state, roles against the golden lists,
# who hears of what. The settings of each function are tested in modules/function.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1", name = "eu-west-1" }
  }
  mock_resource "aws_dynamodb_table" {
    defaults = { stream_arn = "arn:aws:dynamodb:eu-west-1:111122223333:table/plimsoll-state/stream/2026-01-01T00:00:00.000" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:111122223333:mock" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-west-1:111122223333:mock" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/mock" }
  }
  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-west-1:111122223333:function:mock" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:111122223333:log-group:mock" }
  }
  mock_resource "aws_cloudwatch_event_bus" {
    defaults = { arn = "arn:aws:events:eu-west-1:111122223333:event-bus/plimsoll-central" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::mock" }
  }
}

variables {
  packages      = { s3_bucket = "releases", s3_prefix = "v1" }
  configuration = <<-TOML
    [channels.slack]
    kind = "slack-bot"

    [channels.on-call]
    kind = "sns-findings"
  TOML
  channels = {
    slack   = { secret_arns = ["arn:aws:secretsmanager:eu-west-1:111122223333:secret:slack-AbCdEf", "arn:aws:ssm:us-east-1:111122223333:parameter/plimsoll/slack"] }
    on-call = { topic_arn = "arn:aws:sns:eu-west-1:111122223333:on-call" }
  }
}

# The whole state of this run is what tests/terraform/policies.py reads.
run "everything" {
  variables {
    central_bus     = { enabled = true, member_accounts = ["444455556666"] }
    direct_notices  = ["guardduty-critical", "root-login", "trusted-advisor"]
    operations      = { emails = ["oncall@example.com"], heartbeat_schedule = "rate(1 hour)", operator_arns = ["arn:aws:iam::111122223333:role/on-call"] }
    heartbeat       = { forwarded_paths = ["ecr-scan/444455556666-eu-west-1"] }
    report_bucket   = { enabled = true }
    cost_topic_arns = { global = "arn:aws:sns:us-east-1:111122223333:plimsoll-cost-alerts" }
  }

  assert {
    condition     = jsonencode(output.calls) == jsonencode(jsondecode(file("golden/roles.json")))
    error_message = "A role may do more or less than golden/roles.json says. If the code makes other calls now, change the list with it."
  }
  assert {
    condition     = jsonencode({ for name, runbook in output.alarms : trimprefix(name, "plimsoll-") => runbook }) == jsonencode(jsondecode(file("golden/alarms.json")))
    error_message = "An alarm was added or lost: golden/alarms.json names each with its runbook."
  }
  assert {
    condition     = toset(keys(output.functions)) == toset(concat(local.registry[*].name, ["alert-notifier-slack", "alert-notifier-on-call", "readiness-digest", "evidence-collector"]))
    error_message = "Every source of the registry, a notifier for each channel, and the digest."
  }
  assert {
    condition     = toset(keys(output.functions["ecr-scan"].queue_urls)) == toset(["events", "dead"])
    error_message = "What could not be delivered or started lies in queues that all functions share."
  }
  assert {
    condition     = output.event_bus_arn == "arn:aws:events:eu-west-1:111122223333:event-bus/plimsoll-central"
    error_message = "Other accounts forward to the central bus."
  }
  assert {
    condition     = jsondecode(aws_cloudwatch_event_bus_policy.members[0].policy).Statement[0].Principal.AWS == ["arn:aws:iam::444455556666:root"]
    error_message = "Only members write to the central bus."
  }
  assert {
    condition     = alltrue([for r in aws_cloudwatch_event_rule.direct : jsondecode(r.event_pattern).account == ["111122223333", "444455556666"]])
    error_message = "Direct notices name the accounts, too."
  }
  assert {
    condition     = alltrue([for t in aws_cloudwatch_event_target.direct : t.role_arn == null && t.dead_letter_config[0].arn != null])
    error_message = "Direct notices are kept if they cannot be delivered, and use no role."
  }
  assert {
    condition     = toset([for a in aws_cloudwatch_metric_alarm.direct_failed : "${a.dimensions.RuleName} ${try(a.dimensions.EventBusName, "default")}"]) == toset([for r in aws_cloudwatch_event_rule.direct : "${r.name} ${r.event_bus_name}"])
    error_message = "Each rule of a direct notice has an alarm on its failed deliveries, there before the first event."
  }
  assert {
    condition     = jsondecode(module.operations.policy).Statement[1] == { Sid = "AllowFromRules", Effect = "Allow", Principal = { Service = "events.amazonaws.com" }, Action = "sns:Publish", Resource = "arn:aws:sns:eu-west-1:111122223333:plimsoll-operations" }
    error_message = "EventBridge sends no condition keys to a topic: with a condition no notice arrives."
  }
  assert {
    condition     = strcontains(join(",", local.heartbeat_paths), "ecr-scan/444455556666-eu-west-1")
    error_message = "Notifiers wait for the heartbeats of forwarding rules, too."
  }
  assert {
    condition     = jsonencode([for s in jsondecode(aws_sqs_queue.undelivered[0].policy).Statement : [s.Principal.Service, s.Condition.ArnLike["aws:SourceArn"]] if s.Effect == "Allow"]) == jsonencode([["events.amazonaws.com", ["arn:aws:events:eu-west-1:111122223333:rule/plimsoll-*", "arn:aws:events:eu-west-1:111122223333:rule/plimsoll-central/plimsoll-*"]], ["sns.amazonaws.com", ["arn:aws:sns:eu-west-1:111122223333:plimsoll-cost-alerts"]]])
    error_message = "Rules and topics of the suite put aside what they cannot deliver, and nobody else does."
  }
}

run "state_is_safe" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.state[0].deletion_protection_enabled && aws_dynamodb_table.state[0].point_in_time_recovery[0].enabled
    error_message = "The table cannot be deleted by accident, and every second can be restored."
  }
  assert {
    condition     = aws_dynamodb_table.state[0].stream_enabled && aws_dynamodb_table.state[0].stream_view_type == "KEYS_ONLY"
    error_message = "The stream is a hint: keys are enough."
  }
  assert {
    condition = { for i in aws_dynamodb_table.state[0].global_secondary_index : i.name => [i.hash_key, i.range_key, i.projection_type, try(join(",", i.non_key_attributes), "")] } == {
      open        = ["open_pk", "open_sk", "KEYS_ONLY", ""]
      due_slack   = ["due_slack_pk", "due_slack_sk", "INCLUDE", "due_slack_at"]
      due_on_call = ["due_on_call_pk", "due_on_call_sk", "INCLUDE", "due_on_call_at"]
    }
    error_message = "What is open has a sparse index, and so has each channel."
  }
  assert {
    condition     = [for t in aws_dynamodb_table.state[0].ttl : t.attribute_name] == ["expires_at"]
    error_message = "Only the attribute of what was never open lets an item expire."
  }
  assert {
    condition     = jsondecode(jsondecode(aws_dynamodb_table_item.configuration[0].item).body.S).toml == var.configuration
    error_message = "The configuration is an item of the table, word for word."
  }
  assert {
    condition     = length(aws_cloudwatch_event_bus.central) + length(aws_cloudwatch_event_rule.direct) + length(aws_s3_bucket.reports) + length(aws_scheduler_schedule.heartbeat) == 0
    error_message = "What is optional is off."
  }
}

run "heartbeats_come_by_every_rule" {
  variables {
    central_bus = { enabled = true }
    sources     = ["ecr-scan", "cost-anomaly"]
  }

  assert {
    condition     = jsonencode({ for key, s in aws_scheduler_schedule.heartbeat_bus : key => [split(":", s.target[0].arn)[5], s.target[0].input] }) == jsonencode({ central = ["event-bus/plimsoll-central", jsonencode({ bus = "central" })], default = ["event-bus/default", jsonencode({ bus = "default" })] })
    error_message = "Each bus gets a heartbeat that names it."
  }
  assert {
    condition     = join(",", local.heartbeat_paths) == "cost-anomaly/central,cost-anomaly/default,ecr-scan/central,ecr-scan/default"
    error_message = "A notifier expects a heartbeat of each function by each bus."
  }
  assert {
    condition     = alltrue([for channel in keys(var.channels) : aws_cloudwatch_metric_alarm.suite["heartbeat-${channel}"].treat_missing_data == "missing" && aws_cloudwatch_metric_alarm.suite["heartbeat-${channel}"].insufficient_data_actions == toset(["arn:aws:sns:eu-west-1:111122223333:plimsoll-operations"])])
    error_message = "That nothing is heard at all is the alarm, once something was heard."
  }
}

run "no_heartbeat" {
  variables {
    heartbeat = { enabled = false }
  }

  assert {
    condition     = length(aws_scheduler_schedule.heartbeat_bus) == 0 && !contains(output.calls.schedule, "events:PutEvents event-bus")
    error_message = "Without a heartbeat nothing sends one."
  }
  assert {
    condition     = length([for name, runbook in output.alarms : name if runbook == "heartbeat"]) == 0
    error_message = "Without a heartbeat nothing waits for one."
  }
}

run "a_source_less" {
  variables {
    sources = ["ecr-scan", "guardduty-finding"]
  }

  assert {
    condition     = toset(keys(output.functions)) == toset(["ecr-scan", "guardduty-finding", "alert-notifier-slack", "alert-notifier-on-call", "readiness-digest", "evidence-collector"])
    error_message = "Only the sources that are asked for."
  }
  assert {
    condition     = output.cost_topic_arn == null && aws_cloudwatch_metric_alarm.suite["topic-failing"].dimensions.TopicName == "plimsoll-operations"
    error_message = "Without cost-anomaly there is no topic for costs."
  }
}

# A first apply on an account where all is well: every alarm goes from INSUFFICIENT_DATA to OK, or stays.
run "a_good_first_apply_sends_nothing" {
  assert {
    condition     = alltrue([for a in aws_cloudwatch_metric_alarm.suite : length(a.ok_actions) == 0 && a.treat_missing_data != "breaching" && length(a.alarm_actions) == 1])
    error_message = "An alarm must not speak of being made."
  }
  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.recovered[0].event_pattern).detail == { state = { value = ["OK"] }, previousState = { value = ["ALARM"] } } && aws_cloudwatch_event_target.recovered[0].role_arn == null
    error_message = "That an alarm is over is said when it was on, and not when it was made."
  }
}

run "an_on_call_service_may_hear_each_ok" {
  command = plan
  variables {
    operations = { ok_topic_arns = ["arn:aws:sns:eu-west-1:111122223333:on-call"] }
  }
  assert {
    condition     = alltrue([for a in aws_cloudwatch_metric_alarm.suite : a.ok_actions == toset(["arn:aws:sns:eu-west-1:111122223333:on-call"])])
    error_message = "A topic of yours hears CloudWatch's own OK."
  }
}

run "settings_of_single_functions" {
  command = plan
  variables {
    functions = {
      ecr-scan         = { memory_mb = 1024, timeout_seconds = 60, queue = { maximum_concurrency = 20 }, vpc = { subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] } }
      readiness-digest = { timeout_seconds = 300 }
    }
  }
  assert {
    condition     = jsonencode([for name in ["ecr-scan", "readiness-digest", "config-rule"] : [local.tuned[name].memory_mb, local.tuned[name].timeout_seconds]]) == jsonencode([[1024, 60], [512, 300], [256, 30]])
    error_message = "What is said of one function holds for that one; the rest stays as it suits it."
  }
  assert {
    condition     = contains(output.calls["ecr-scan"], "ec2:CreateNetworkInterface *") && !contains(output.calls["config-rule"], "ec2:CreateNetworkInterface *")
    error_message = "Only a function in a VPC may make network interfaces."
  }
}

run "without_alarms_and_dashboard" {
  command = plan
  variables {
    alarms         = false
    dashboard      = false
    direct_notices = ["guardduty-critical"]
  }
  assert {
    condition     = length(output.alarms) + length(aws_cloudwatch_metric_alarm.suite) + length(aws_cloudwatch_metric_alarm.direct_failed) + length(aws_cloudwatch_event_rule.recovered) + length(aws_cloudwatch_dashboard.suite) == 0 && output.dashboard_url == null
    error_message = "Both can be left out."
  }
}

run "a_report_bucket_that_can_be_destroyed" {
  command = plan
  variables {
    report_bucket       = { enabled = true }
    deletion_protection = false
  }
  assert {
    condition     = aws_s3_bucket.reports[0].force_destroy
    error_message = "Without protection the bucket goes with its reports."
  }
}

run "a_report_bucket_that_is_protected" {
  command = plan
  variables {
    report_bucket = { enabled = true }
  }
  assert {
    condition     = !aws_s3_bucket.reports[0].force_destroy
    error_message = "Reports are protected as the table is."
  }
}

# More rules than one alarm can read.
run "an_alarm_reads_ten_metrics_at_most" {
  command = plan
  variables {
    central_bus = { enabled = true }
  }
  assert {
    condition     = alltrue([for a in aws_cloudwatch_metric_alarm.suite : length([for q in a.metric_query : q if length(q.metric) > 0]) <= 10]) && contains(keys(aws_cloudwatch_metric_alarm.suite), "failed-delivery-2")
    error_message = "CloudWatch refuses an alarm over more than ten metrics."
  }
}

run "nothing_if_switched_off" {
  command = plan
  variables {
    create        = false
    report_bucket = { enabled = true }
    central_bus   = { enabled = true, member_accounts = ["444455556666"] }
  }
  assert {
    condition     = output.table_arn == null && length(aws_dynamodb_table.state) + length(aws_cloudwatch_metric_alarm.suite) + length(aws_s3_bucket.reports) + length(aws_cloudwatch_event_bus.central) + length(aws_cloudwatch_event_bus_policy.members) + length(output.alarms) == 0
    error_message = "create = false creates nothing."
  }
}

run "stream_has_two_readers_at_most" {
  variables {
    configuration = "[channels.a]\n[channels.b]\n[channels.c]\n"
    channels      = { a = { immediate = false }, b = {}, c = {} }
  }
  assert {
    condition     = !contains(output.calls["alert-notifier-a"], "dynamodb:GetRecords stream") && contains(output.calls["alert-notifier-b"], "dynamodb:GetRecords stream") && contains(output.calls["alert-notifier-c"], "dynamodb:GetRecords stream")
    error_message = "The first two channels that do not refuse read the stream; the others are swept."
  }
}

run "channels_are_written_once" {
  command = plan
  variables {
    configuration = <<-TOML
      # token = { arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:old-AbCdEf" }
      [[routes]]
      channels = ["slack", "on-call", "people"]

      [channels.slack]
      kind = "slack-bot"
      token = { arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:plimsoll/slack-AbCdEf" }

        [channels."on-call"]
        kind = "pagerduty"

        [channels."on-call".routing_key]
        arn = 'arn:aws:ssm:eu-west-1:111122223333:parameter/plimsoll/pagerduty'

      [channels.people]
      kind = "sns-humans"
      topic_arn = "arn:aws:sns:eu-west-1:111122223333:people"

      [digest]
      channels = ["people"]
    TOML
    channels      = null
  }

  assert {
    condition = jsonencode({ for name, channel in local.channels : name => [channel.secret_arns, channel.topic_arn] }) == jsonencode({
      on-call = [["arn:aws:ssm:eu-west-1:111122223333:parameter/plimsoll/pagerduty"], null]
      people  = [[], "arn:aws:sns:eu-west-1:111122223333:people"]
      slack   = [["arn:aws:secretsmanager:eu-west-1:111122223333:secret:plimsoll/slack-AbCdEf"], null]
    })
    error_message = "Each channel may use what its own section names, and no comment counts."
  }
  assert {
    condition     = [for s in local.channel_permissions["people"] : s.sid] == ["Publish"] && [for s in local.channel_permissions["on-call"] : s.sid] == ["ReadParameters"]
    error_message = "A channel reads its own secrets only."
  }
}

run "digest_uses_its_channels_only" {
  variables {
    digest = { channels = ["on-call"] }
  }
  assert {
    condition     = !contains(output.calls["readiness-digest"], "secretsmanager:GetSecretValue secret") && !contains(output.calls["readiness-digest"], "ssm:GetParameter parameter") && contains(output.calls["readiness-digest"], "sns:Publish topic")
    error_message = "The digest may speak to its own channels only."
  }
}

run "secrets_of_parameter_store_alone" {
  variables {
    channels = {
      slack   = { secret_arns = ["arn:aws:ssm:eu-west-1:111122223333:parameter/plimsoll/slack"] }
      on-call = { topic_arn = "arn:aws:sns:eu-west-1:111122223333:on-call" }
    }
  }
  assert {
    condition     = alltrue([for role in ["alert-notifier-slack", "readiness-digest"] : contains(output.calls[role], "ssm:GetParameter parameter") && !contains(output.calls[role], "secretsmanager:GetSecretValue secret")])
    error_message = "The ARN of a secret says which service is asked for it."
  }
  assert {
    condition     = length([for call in output.calls["alert-notifier-on-call"] : call if startswith(call, "ssm:") || startswith(call, "secretsmanager:")]) == 0
    error_message = "A channel reads its own secrets only."
  }
}
