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
}

run "services_that_deliver_may_use_the_key" {
  command = plan

  assert {
    condition     = toset([for s in jsondecode(output.policy).Statement : s.Principal.Service if s.Sid == "LetServicesDeliver"][0]) == toset(["sns.amazonaws.com", "cloudwatch.amazonaws.com", "budgets.amazonaws.com", "costalerts.amazonaws.com"])
    error_message = "A service that is not named fails to deliver, in silence."
  }
  assert {
    condition = [for s in jsondecode(output.policy).Statement : s if s.Sid == "LetEventBridgeDeliver"] == [{
      Sid = "LetEventBridgeDeliver", Effect = "Allow", Principal = { Service = "events.amazonaws.com" }, Action = ["kms:Decrypt", "kms:GenerateDataKey*"], Resource = "*"
    }]
    error_message = "For encrypted topics AWS supports no condition on EventBridge: it would deliver nothing."
  }
  assert {
    condition     = [for s in jsondecode(output.policy).Statement : s.Condition.StringEqualsIfExists["aws:SourceAccount"] if s.Sid == "LetServicesDeliver"][0] == "111122223333"
    error_message = "A service may use the key on behalf of this account only."
  }
  assert {
    condition     = [for s in jsondecode(output.policy).Statement : s.Condition.ArnLike["kms:EncryptionContext:aws:logs:arn"] if s.Sid == "LetLogsEncrypt"][0] == "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/plimsoll-*"
    error_message = "Only the suite's log groups use the key."
  }
  assert {
    condition     = aws_kms_key.key[0].enable_key_rotation && aws_kms_key.key[0].deletion_window_in_days == 30
    error_message = "The key rotates, and its deletion can be stopped for a month."
  }
}

run "sns_has_another_name_where_the_region_must_be_opted_into" {
  command = plan
  override_data {
    target = data.aws_region.current
    values = { id = "eu-central-2", name = "eu-central-2" }
  }

  assert {
    condition     = contains([for s in jsondecode(output.policy).Statement : s.Principal.Service if s.Sid == "LetServicesDeliver"][0], "sns.eu-central-2.amazonaws.com")
    error_message = "A topic of us-east-1 reaches a queue of an opt-in region as sns.<region>.amazonaws.com."
  }
}

run "refuses_a_name_of_aws" {
  command = plan
  variables {
    name = "aws/plimsoll"
  }
  expect_failures = [var.name]
}

run "nothing_if_switched_off" {
  command = plan
  variables {
    create = false
  }
  assert {
    condition     = output.arn == null
    error_message = "create = false creates nothing."
  }
}
