# The settings that make the promises true: nothing lost, nobody else's events, nothing filtered away.

mock_provider "aws" {}

variables {
  name     = "guardduty-finding"
  artifact = { s3_bucket = "releases", s3_key = "v1/guardduty-finding/bootstrap.zip" }
  common = {
    name_prefix      = "plimsoll"
    partition        = "aws"
    region           = "eu-west-1"
    account_id       = "111122223333"
    event_accounts   = ["111122223333", "444455556666"]
    event_buses      = { default = "default", central = "plimsoll-central" }
    alarm_topic_arns = ["arn:aws:sns:eu-west-1:111122223333:plimsoll-operations"]
    operators        = ["arn:aws:iam::111122223333:role/on-call"]
  }
  failures = {
    undelivered_queue_arn = "arn:aws:sqs:eu-west-1:111122223333:plimsoll-undelivered"
    unstarted_queue_arn   = "arn:aws:sqs:eu-west-1:111122223333:plimsoll-unstarted"
    schedule_role_arn     = "arn:aws:iam::111122223333:role/plimsoll-schedule"
  }
  trigger = {
    event_pattern = "{\"source\":[\"aws.guardduty\"],\"detail-type\":[\"GuardDuty Finding\"]}"
  }
  environment = { PLIMSOLL_TABLE = "plimsoll-state" }
  permissions = [{ sid = "ReadAndWriteState", actions = ["dynamodb:GetItem"], resources = ["arn:aws:dynamodb:eu-west-1:111122223333:table/plimsoll-state"] }]
}

run "queue_keeps_events_for_days" {
  command = plan

  assert {
    condition     = aws_sqs_queue.events[0].visibility_timeout_seconds == 6 * aws_lambda_function.function[0].timeout
    error_message = "The queue must hide a message for six times the timeout."
  }
  assert {
    condition     = aws_sqs_queue.events[0].message_retention_seconds == 604800 && aws_sqs_queue.dead[0].message_retention_seconds == 1209600
    error_message = "The queue keeps seven days, the dead-letter queue fourteen."
  }
  assert {
    condition     = aws_sqs_queue.events[0].sqs_managed_sse_enabled && aws_sqs_queue.dead[0].sqs_managed_sse_enabled
    error_message = "Without a key the queues are encrypted with SSE-SQS."
  }
  assert {
    condition     = jsondecode(aws_sqs_queue.dead[0].redrive_allow_policy).sourceQueueArns == ["arn:aws:sqs:eu-west-1:111122223333:plimsoll-guardduty-finding"]
    error_message = "Only the function's own queue may move messages to its dead-letter queue."
  }
}

run "mapping_reports_each_message" {
  command = plan

  assert {
    condition     = aws_lambda_event_source_mapping.queue[0].function_response_types == toset(["ReportBatchItemFailures"])
    error_message = "Without ReportBatchItemFailures a failed message would be deleted."
  }
  assert {
    condition     = length(aws_lambda_event_source_mapping.queue[0].filter_criteria) == 0
    error_message = "A filter on a queue deletes what does not match."
  }
  assert {
    condition     = aws_lambda_event_source_mapping.queue[0].scaling_config[0].maximum_concurrency == 2 && aws_lambda_event_source_mapping.queue[0].batch_size == 10
    error_message = "Ten at a time, in two environments at most: a new account may run ten functions at once."
  }
  assert {
    condition     = aws_lambda_function.function[0].reserved_concurrent_executions == null
    error_message = "Reserved concurrency would send healthy messages to the dead-letter queue."
  }
}

run "rules_name_the_accounts_and_keep_what_they_cannot_deliver" {
  command = plan

  assert {
    condition     = alltrue([for r in aws_cloudwatch_event_rule.events : jsondecode(r.event_pattern).account == ["111122223333", "444455556666"]])
    error_message = "Each rule names the accounts whose events it lets in."
  }
  assert {
    condition     = alltrue([for r in aws_cloudwatch_event_rule.events : jsondecode(r.event_pattern)["detail-type"] == ["GuardDuty Finding"]])
    error_message = "The rest of the pattern is the file, unchanged."
  }
  assert {
    condition     = length(aws_cloudwatch_event_target.queue) == 2 && alltrue([for t in aws_cloudwatch_event_target.queue : t.dead_letter_config[0].arn == "arn:aws:sqs:eu-west-1:111122223333:plimsoll-undelivered"])
    error_message = "Each bus has a rule, and what a rule cannot deliver is kept."
  }
  assert {
    condition     = alltrue([for t in aws_cloudwatch_event_target.queue : t.role_arn == null])
    error_message = "A role on a target that is a queue can break delivery."
  }
  assert {
    condition     = alltrue([for t in aws_cloudwatch_event_target.queue : t.retry_policy[0].maximum_event_age_in_seconds == 86400 && t.retry_policy[0].maximum_retry_attempts == 185])
    error_message = "EventBridge tries for 24 hours, 185 times."
  }
}

run "only_the_rules_may_send" {
  command = plan

  assert {
    condition = [for s in jsondecode(aws_sqs_queue.events[0].policy).Statement : s.Condition if s.Effect == "Allow"] == [
      { ArnEquals = { "aws:SourceArn" = "arn:aws:events:eu-west-1:111122223333:rule/plimsoll-central/plimsoll-guardduty-finding-central" }, StringEqualsIfExists = { "aws:SourceAccount" = "111122223333" } },
      { ArnEquals = { "aws:SourceArn" = "arn:aws:events:eu-west-1:111122223333:rule/plimsoll-guardduty-finding" }, StringEqualsIfExists = { "aws:SourceAccount" = "111122223333" } },
    ]
    error_message = "Exactly the two rules of this account may send: an event bus other than the default one is part of the rule's ARN."
  }
  assert {
    condition     = toset([for s in jsondecode(aws_sqs_queue.events[0].policy).Statement : s.Sid if s.Effect == "Deny"]) == toset(["DenySendingByOthers", "DenyReadingByOthers", "DenyPlainText"])
    error_message = "Everybody else is refused, and so is plain text."
  }
  assert {
    condition     = [for s in jsondecode(aws_sqs_queue.events[0].policy).Statement : s.Condition.ArnNotLike["aws:PrincipalArn"] if s.Sid == "DenyReadingByOthers"][0] == ["arn:aws:iam::111122223333:role/plimsoll-guardduty-finding", "arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:role/on-call"]
    error_message = "The function's role and the operators may read the queue, and nobody else."
  }
}

run "nobody_is_locked_out_if_no_operator_is_named" {
  command = plan

  variables {
    common = {
      name_prefix    = "plimsoll"
      partition      = "aws"
      region         = "eu-west-1"
      account_id     = "111122223333"
      event_accounts = ["111122223333"]
    }
  }

  assert {
    condition     = [for s in jsondecode(aws_sqs_queue.events[0].policy).Statement : s.Sid if s.Effect == "Deny"] == ["DenyPlainText"]
    error_message = "An administrator may read and redrive the queue: IAM decides."
  }
  assert {
    condition     = toset([for s in jsondecode(aws_sqs_queue.dead[0].policy).Statement : s.Sid if s.Effect == "Deny"]) == toset(["DenySendingByOthers", "DenyPlainText"])
    error_message = "An administrator may read the dead letters, and nobody may add to them."
  }
}

run "alarms_need_none_of_our_code" {
  command = plan

  assert {
    condition     = aws_cloudwatch_metric_alarm.errors[0].namespace == "AWS/Lambda" && aws_cloudwatch_metric_alarm.errors[0].alarm_actions == toset(["arn:aws:sns:eu-west-1:111122223333:plimsoll-operations"])
    error_message = "The alarm watches what AWS measures, and tells the operations topic."
  }
  assert {
    condition     = length(aws_cloudwatch_metric_alarm.errors[0].ok_actions) == 0
    error_message = "A new alarm goes to OK, so with ok_actions each would send a message when it is made."
  }
  assert {
    condition     = jsonencode(output.watched) == jsonencode({ dead = "plimsoll-guardduty-finding-dead", function = "plimsoll-guardduty-finding", queue = "plimsoll-guardduty-finding", rules = [{ bus = "plimsoll-central", name = "plimsoll-guardduty-finding-central" }, { bus = "default", name = "plimsoll-guardduty-finding" }] })
    error_message = "The suite learns what its alarms have to watch."
  }
}

run "no_alarms_if_they_are_not_wanted" {
  command = plan

  variables {
    common = {
      name_prefix    = "plimsoll"
      partition      = "aws"
      region         = "eu-west-1"
      account_id     = "111122223333"
      event_accounts = ["111122223333"]
      alarms         = false
    }
    trigger = { schedules = { sweep = { expression = "rate(1 minute)", silent_after_minutes = 5 } } }
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.errors) + length(aws_cloudwatch_metric_alarm.silent) + length(output.alarms) == 0
    error_message = "alarms = false makes none."
  }
}

run "a_vpc_needs_network_interfaces" {
  command = plan

  variables {
    vpc = { subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] }
  }

  assert {
    condition     = aws_lambda_function.function[0].vpc_config[0].subnet_ids == toset(["subnet-1"]) && contains(output.calls, "ec2:CreateNetworkInterface *")
    error_message = "In a VPC the role may make network interfaces."
  }
}

run "roles_are_exact" {
  command = plan

  assert {
    condition = output.calls == tolist([
      "dynamodb:GetItem table",
      "logs:CreateLogStream log-group",
      "logs:PutLogEvents log-group",
      "sqs:DeleteMessage queue",
      "sqs:GetQueueAttributes queue",
      "sqs:ReceiveMessage queue",
    ])
    error_message = "The role may do what is listed, and what its queue and its log need."
  }
  assert {
    condition     = strcontains(aws_iam_role_policy.function[0].policy, "log-group:/aws/lambda/plimsoll-guardduty-finding:*") && !strcontains(aws_iam_role_policy.function[0].policy, "\"*\"")
    error_message = "It may write its own log only, and nothing on every resource."
  }
}

run "key_and_tracing_add_their_calls" {
  command = plan

  variables {
    common = {
      name_prefix    = "plimsoll"
      partition      = "aws"
      region         = "eu-west-1"
      account_id     = "111122223333"
      event_accounts = ["111122223333"]
      kms_key_arn    = "arn:aws:kms:eu-west-1:111122223333:key/0f0f0f0f-0000-4000-8000-000000000000"
      tracing        = true
    }
  }

  assert {
    condition     = length(setsubtract(["kms:Decrypt key", "kms:GenerateDataKey key", "xray:PutTraceSegments *", "xray:PutTelemetryRecords *"], output.calls)) == 0
    error_message = "A key and tracing need calls of their own."
  }
  assert {
    condition     = aws_sqs_queue.events[0].kms_master_key_id == "arn:aws:kms:eu-west-1:111122223333:key/0f0f0f0f-0000-4000-8000-000000000000" && aws_lambda_function.function[0].tracing_config[0].mode == "Active"
    error_message = "The key encrypts the queue, and tracing is on."
  }
}

run "schedule_with_placeholders_and_dead_man" {
  command = plan

  variables {
    name = "readiness-digest"
    trigger = {
      schedules = {
        digest = { expression = "cron(0 8 * * ? *)", input = "{\"at\":\"\\u003caws.scheduler.scheduled-time\\u003e\"}", retries = 10, maximum_age_seconds = 21600, silent_after_minutes = 1500 }
        sweep  = { expression = "rate(1 minute)", silent_after_minutes = 5 }
      }
    }
  }

  assert {
    condition     = aws_scheduler_schedule.schedule["digest"].target[0].input == "{\"at\":\"<aws.scheduler.scheduled-time>\"}"
    error_message = "The scheduler only sees a placeholder in angle brackets, not in escapes."
  }
  assert {
    condition     = alltrue([for s in aws_scheduler_schedule.schedule : s.flexible_time_window[0].mode == "OFF"])
    error_message = "A schedule is on time."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.silent["silent-digest"].period == 3600 && aws_cloudwatch_metric_alarm.silent["silent-digest"].evaluation_periods == 25
    error_message = "A digest that is missing for 25 hours raises an alarm."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.silent["silent-sweep"].period == 60 && aws_cloudwatch_metric_alarm.silent["silent-sweep"].evaluation_periods == 5
    error_message = "A sweep that is missing for five minutes raises an alarm."
  }
  assert {
    condition     = alltrue([for a in aws_cloudwatch_metric_alarm.silent : a.treat_missing_data == "missing" && a.insufficient_data_actions == toset(["arn:aws:sns:eu-west-1:111122223333:plimsoll-operations"]) && length(a.ok_actions) == 0])
    error_message = "No news is bad news, but not before the first run: that an alarm begins with INSUFFICIENT_DATA is no change."
  }
  assert {
    condition     = alltrue([for s in aws_scheduler_schedule.schedule : s.target[0].role_arn == "arn:aws:iam::111122223333:role/plimsoll-schedule" && s.target[0].dead_letter_config[0].arn == "arn:aws:sqs:eu-west-1:111122223333:plimsoll-unstarted"])
    error_message = "The suite's role starts the function, and what cannot be started is kept."
  }
  assert {
    condition     = length(aws_sqs_queue.events) == 0 && length(aws_lambda_event_source_mapping.queue) == 0
    error_message = "A function that reads no events has no queue."
  }
  assert {
    condition     = aws_lambda_function_event_invoke_config.function[0].maximum_event_age_in_seconds == 21600
    error_message = "An asynchronous invocation waits for at most six hours."
  }
}

run "stream_is_a_hint" {
  command = plan

  variables {
    name    = "alert-notifier-slack"
    trigger = { stream = { arn = "arn:aws:dynamodb:eu-west-1:111122223333:table/plimsoll-state/stream/2026-01-01T00:00:00.000" } }
  }

  assert {
    condition     = aws_lambda_event_source_mapping.stream[0].maximum_record_age_in_seconds == 60 && aws_lambda_event_source_mapping.stream[0].starting_position == "LATEST"
    error_message = "An old hint is worth nothing and must not block newer ones."
  }
  assert {
    condition     = contains(output.calls, "dynamodb:GetRecords stream")
    error_message = "The role may read the stream."
  }
}

run "topic_feeds_the_queue" {
  command = plan

  variables {
    name = "cost-anomaly"
    trigger = {
      topics = {
        cost-alerts = { arn = "arn:aws:sns:eu-west-1:111122223333:plimsoll-cost-alerts" }
        global      = { arn = "arn:aws:sns:us-east-1:111122223333:plimsoll-cost-alerts", subscribe = false }
      }
    }
  }

  assert {
    condition     = [for s in jsondecode(aws_sqs_queue.events[0].policy).Statement : s.Condition.ArnEquals["aws:SourceArn"] if s.Effect == "Allow"] == ["arn:aws:sns:eu-west-1:111122223333:plimsoll-cost-alerts", "arn:aws:sns:us-east-1:111122223333:plimsoll-cost-alerts"]
    error_message = "Both topics may send."
  }
  assert {
    condition     = keys(aws_sns_topic_subscription.queue) == ["cost-alerts"]
    error_message = "A topic of another region is subscribed by its owner."
  }
  assert {
    condition     = [for s in jsondecode(aws_sqs_queue.events[0].policy).Statement : s.Principal.Service if s.Effect == "Allow"] == ["sns.amazonaws.com", "sns.amazonaws.com"]
    error_message = "Between regions that are open to everybody SNS has its usual name."
  }
}

run "sns_has_another_name_where_a_region_must_be_opted_into" {
  command = plan

  variables {
    name = "cost-anomaly"
    common = {
      name_prefix    = "plimsoll"
      partition      = "aws"
      region         = "eu-central-2"
      account_id     = "111122223333"
      event_accounts = ["111122223333"]
    }
    trigger = {
      topics = {
        cost-alerts = { arn = "arn:aws:sns:eu-central-2:111122223333:plimsoll-cost-alerts" }
        global      = { arn = "arn:aws:sns:us-east-1:111122223333:plimsoll-cost-alerts", subscribe = false }
      }
    }
  }

  assert {
    condition     = [for s in jsondecode(aws_sqs_queue.events[0].policy).Statement : s.Principal.Service if s.Effect == "Allow"] == ["sns.amazonaws.com", "sns.eu-central-2.amazonaws.com"]
    error_message = "From us-east-1 a topic reaches a queue of an opt-in region by that region's name."
  }
}

run "nothing_if_switched_off" {
  command = plan

  variables {
    create = false
  }

  assert {
    condition     = output.function_arn == null && length(aws_sqs_queue.events) + length(aws_cloudwatch_event_rule.events) + length(aws_cloudwatch_metric_alarm.errors) + length(aws_iam_role.function) == 0
    error_message = "create = false creates nothing."
  }
}
