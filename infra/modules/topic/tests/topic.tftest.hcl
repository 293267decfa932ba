mock_provider "aws" {}

variables {
  name     = "plimsoll-operations"
  location = { partition = "aws", region = "eu-west-1", account_id = "111122223333" }
  publishers = {
    alarms                 = { service = "cloudwatch.amazonaws.com", source_arns = ["arn:aws:cloudwatch:eu-west-1:111122223333:alarm:plimsoll-*"] }
    cost-anomaly-detection = { service = "costalerts.amazonaws.com" }
  }
  emails = ["oncall@example.com"]
}

run "only_named_services_of_this_account_publish" {
  command = plan

  assert {
    condition     = alltrue([for s in jsondecode(aws_sns_topic.topic[0].policy).Statement : s.Condition.StringEquals["aws:SourceAccount"] == "111122223333" if s.Effect == "Allow"])
    error_message = "A service of another account must not publish."
  }
  assert {
    condition     = [for s in jsondecode(aws_sns_topic.topic[0].policy).Statement : s.Principal.Service if s.Effect == "Allow"] == ["cloudwatch.amazonaws.com", "costalerts.amazonaws.com"]
    error_message = "Exactly the named services publish."
  }
  assert {
    condition     = [for s in jsondecode(aws_sns_topic.topic[0].policy).Statement : s.Condition.ArnLike["aws:SourceArn"] if s.Sid == "AllowFromAlarms"][0] == ["arn:aws:cloudwatch:eu-west-1:111122223333:alarm:plimsoll-*"]
    error_message = "Only the suite's alarms publish."
  }
  assert {
    condition     = length([for s in jsondecode(aws_sns_topic.topic[0].policy).Statement : s if s.Sid == "DenyPlainText"]) == 1
    error_message = "Plain text is refused."
  }
  assert {
    condition     = aws_sns_topic.topic[0].kms_master_key_id == null && aws_sns_topic_subscription.email["oncall@example.com"].protocol == "email"
    error_message = "Without a key of one's own the topic has none, and the address is subscribed."
  }
}

run "eventbridge_publishes_without_a_condition" {
  command = plan
  variables {
    publishers = {
      alarms         = { service = "cloudwatch.amazonaws.com", source_arns = ["arn:aws:cloudwatch:eu-west-1:111122223333:alarm:plimsoll-*"] }
      direct-notices = { service = "events.amazonaws.com" }
    }
  }

  assert {
    condition = [for s in jsondecode(aws_sns_topic.topic[0].policy).Statement : s if s.Sid == "AllowFromDirectNotices"] == [{
      Sid = "AllowFromDirectNotices", Effect = "Allow", Principal = { Service = "events.amazonaws.com" }, Action = "sns:Publish", Resource = "arn:aws:sns:eu-west-1:111122223333:plimsoll-operations"
    }]
    error_message = "EventBridge sends no condition keys to a topic: its statement names the principal and the topic, and nothing else."
  }
  assert {
    condition     = [for s in jsondecode(aws_sns_topic.topic[0].policy).Statement : s.Condition.StringEquals["aws:SourceAccount"] if s.Sid == "AllowFromAlarms"] == ["111122223333"]
    error_message = "Other services keep their condition."
  }
}

run "refuses_a_source_that_eventbridge_never_names" {
  command = plan
  variables {
    publishers = { direct-notices = { service = "events.amazonaws.com", source_arns = ["arn:aws:events:eu-west-1:111122223333:rule/x"] } }
  }
  expect_failures = [var.publishers]
}

run "refuses_the_key_that_loses_alarms" {
  command = plan
  variables {
    kms_key_arn = "alias/aws/sns"
  }
  expect_failures = [var.kms_key_arn]
}

run "refuses_plain_http" {
  command = plan
  variables {
    https_endpoints = ["http://example.com/hook"]
  }
  expect_failures = [var.https_endpoints]
}

run "refuses_a_publisher_that_is_no_service" {
  command = plan
  variables {
    publishers = { me = { service = "arn:aws:iam::111122223333:root" } }
  }
  expect_failures = [var.publishers]
}

run "nothing_if_switched_off" {
  command = plan
  variables {
    create = false
  }
  assert {
    condition     = output.arn == null && length(aws_sns_topic_subscription.email) == 0
    error_message = "create = false creates nothing."
  }
}
