# What the module refuses, before AWS would do something surprising with it.

mock_provider "aws" {}

variables {
  name     = "ecr-scan"
  artifact = { s3_bucket = "releases", s3_key = "v1/ecr-scan/bootstrap.zip" }
  common = {
    name_prefix    = "plimsoll"
    partition      = "aws"
    region         = "eu-west-1"
    account_id     = "111122223333"
    event_accounts = ["111122223333"]
  }
  trigger = { event_pattern = "{\"source\":[\"aws.ecr\"]}" }
}

run "a_zip_that_is_not_there" {
  command = plan
  variables {
    artifact = { zip_path = "nowhere/bootstrap.zip" }
  }
  expect_failures = [var.artifact]
}

run "no_code_at_all" {
  command = plan
  variables {
    artifact = {}
  }
  expect_failures = [var.artifact]
}

run "a_pattern_that_names_accounts" {
  command = plan
  variables {
    trigger = { event_pattern = "{\"source\":[\"aws.ecr\"],\"account\":[\"999999999999\"]}" }
  }
  expect_failures = [var.trigger]
}

run "a_pattern_that_is_not_json" {
  command = plan
  variables {
    trigger = { event_pattern = "source = aws.ecr" }
  }
  expect_failures = [var.trigger]
}

run "a_rule_for_every_account" {
  command = plan
  variables {
    common = { name_prefix = "plimsoll", partition = "aws", region = "eu-west-1", account_id = "111122223333" }
  }
  expect_failures = [var.trigger]
}

run "more_accounts_than_a_pattern_holds" {
  command = plan
  variables {
    common = {
      name_prefix    = "plimsoll"
      partition      = "aws"
      region         = "eu-west-1"
      account_id     = "111122223333"
      event_accounts = [for i in range(150) : format("%012d", i)]
    }
  }
  expect_failures = [var.trigger]
}

run "dead_letters_that_die_first" {
  command = plan
  variables {
    queue = { retention_days = 14 }
  }
  expect_failures = [var.queue]
}

run "every_resource_without_a_reason" {
  command = plan
  variables {
    permissions = [{ sid = "All", actions = ["dynamodb:Scan"], resources = ["*"] }]
  }
  expect_failures = [var.permissions]
}

run "an_action_with_a_wildcard" {
  command = plan
  variables {
    permissions = [{ sid = "All", actions = ["dynamodb:*"], resources = ["arn:aws:dynamodb:eu-west-1:111122223333:table/x"] }]
  }
  expect_failures = [var.permissions]
}

run "a_name_that_is_too_long" {
  command = plan
  variables {
    name = "a-name-that-is-far-too-long-for-a-role-with-a-schedule"
  }
  expect_failures = [var.name]
}

run "an_expression_that_is_none" {
  command = plan
  variables {
    trigger = { schedules = { sweep = { expression = "every minute" } } }
  }
  expect_failures = [var.trigger]
}

run "a_processor_that_does_not_exist" {
  command = plan
  variables {
    common = { name_prefix = "plimsoll", partition = "aws", region = "eu-west-1", account_id = "111122223333", event_accounts = ["111122223333"], architecture = "arm" }
  }
  expect_failures = [var.common]
}
