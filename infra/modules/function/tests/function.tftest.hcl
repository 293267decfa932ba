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
    condition     = aws_lambda_event_source_mapping.queue[0].scaling_config[0].maximum_concurrency == 10 && aws_lambda_event_source_mapping.queue[0].batch_size == 10
    error_message = "Ten at a time, in ten environments at most."
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
    condition     = length(aws_cloudwatch_event_target.queue) == 2 && length(aws_sqs_queue.undelivered) == 2
    error_message = "Each bus has a rule, and each rule a queue for what it cannot deliver."
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
      { ArnEquals = { "aws:SourceArn" = "arn:aws:events:eu-west-1:111122223333:rule/plimsoll-central/plimsoll-guardduty-finding-central" }, StringEquals = { "aws:SourceAccount" = "111122223333" } },
      { ArnEquals = { "aws:SourceArn" = "arn:aws:events:eu-west-1:111122223333:rule/plimsoll-guardduty-finding" }, StringEquals = { "aws:SourceAccount" = "111122223333" } },
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
  assert {
    condition     = alltrue([for key, q in aws_sqs_queue.undelivered : jsondecode(q.policy).Statement[0].Condition.ArnEquals["aws:SourceArn"] == local.rules[key].arn])
    error_message = "What a rule cannot deliver goes to its own queue, which only that rule may write."
  }
}

run "alarms_need_none_of_our_code" {
  command = plan

  assert {
    condition = toset(keys(aws_cloudwatch_metric_alarm.trouble)) == toset([
      "errors", "throttled", "backlog", "dead-letters", "undelivered-default", "undelivered-central", "failed-delivery-default", "failed-delivery-central",
    ])
    error_message = "Errors, throttling, a backlog, dead letters and whatever could not be delivered raise alarms."
  }
  assert {
    condition     = alltrue([for a in aws_cloudwatch_metric_alarm.trouble : startswith(a.namespace, "AWS/") && a.alarm_actions == toset(["arn:aws:sns:eu-west-1:111122223333:plimsoll-operations"])])
    error_message = "Alarms watch what AWS measures, and tell the operations topic."
  }
}

run "roles_are_exact" {
  command = plan

  assert {
    condition = output.calls.function == tolist([
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
    condition     = length(setsubtract(["kms:Decrypt key", "kms:GenerateDataKey key", "xray:PutTraceSegments *", "xray:PutTelemetryRecords *"], output.calls.function)) == 0
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
    condition     = alltrue([for a in aws_cloudwatch_metric_alarm.silent : a.treat_missing_data == "breaching" && a.comparison_operator == "LessThanThreshold"])
    error_message = "No news is bad news."
  }
  assert {
    condition     = jsondecode(aws_iam_role.schedule[0].assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceArn"] == "arn:aws:scheduler:eu-west-1:111122223333:schedule-group/default"
    error_message = "Only schedules of the suite's group may use the role."
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
    condition     = contains(output.calls.function, "dynamodb:GetRecords stream")
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
    condition     = keys(aws_sns_topic_subscription.queue) == ["cost-alerts"] && keys(aws_sqs_queue.undelivered) == ["cost-alerts"]
    error_message = "A topic of another region is subscribed by its owner."
  }
}

run "nothing_if_switched_off" {
  command = plan

  variables {
    create = false
  }

  assert {
    condition     = output.function_arn == null && length(aws_sqs_queue.events) + length(aws_sqs_queue.undelivered) + length(aws_cloudwatch_event_rule.events) + length(aws_cloudwatch_metric_alarm.trouble) + length(aws_iam_role.function) == 0
    error_message = "create = false creates nothing."
  }
}
