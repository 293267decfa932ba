# What the suite refuses, with a sentence, before AWS is asked.

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

variables {
  packages      = { s3_bucket = "releases", s3_prefix = "v1" }
  configuration = "[channels.slack]\nkind = \"slack-bot\"\n"
  channels      = { slack = {} }
}

run "a_channel_that_the_configuration_does_not_have" {
  command = plan
  variables {
    channels = { slack = {}, email = {} }
  }
  expect_failures = [var.configuration]
}

run "a_channel_that_has_no_permissions" {
  command = plan
  variables {
    configuration = "[channels.slack]\n[channels.\"on-call\"]\n"
  }
  expect_failures = [var.configuration]
}

run "no_channel" {
  command = plan
  variables {
    configuration = ""
    channels      = {}
  }
  expect_failures = [var.channels]
}

run "a_configuration_without_channels" {
  command = plan
  variables {
    configuration = "[digest]\ntime_zone = \"UTC\"\n"
    channels      = null
  }
  expect_failures = [var.configuration]
}

run "a_secret_of_the_configuration_without_the_six_characters" {
  command = plan
  variables {
    configuration = "[channels.slack]\nkind = \"slack-bot\"\ntoken = { arn = \"arn:aws:secretsmanager:eu-west-1:111122223333:secret:plimsoll/slack\" }\n"
    channels      = null
  }
  expect_failures = [var.configuration]
}

run "a_strange_name_of_a_channel_in_the_configuration" {
  command = plan
  variables {
    configuration = "[channels.On_Call]\n"
    channels      = null
  }
  expect_failures = [var.configuration]
}

run "three_immediate_channels" {
  command = plan
  variables {
    configuration = "[channels.a]\n[channels.b]\n[channels.c]\n"
    channels      = { a = { immediate = true }, b = { immediate = true }, c = { immediate = true } }
  }
  expect_failures = [var.channels]
}

run "a_channel_with_a_strange_name" {
  command = plan
  variables {
    configuration = "[channels.On_Call]\n"
    channels      = { On_Call = {} }
  }
  expect_failures = [var.channels]
}

run "a_secret_that_nobody_can_read" {
  command = plan
  variables {
    channels = { slack = { secret_arns = ["arn:aws:ssm:eu-west-1:111122223333:document/slack"] } }
  }
  expect_failures = [var.channels]
}

run "a_secret_without_the_six_characters_of_its_arn" {
  command = plan
  variables {
    channels = { slack = { secret_arns = ["arn:aws:secretsmanager:eu-west-1:111122223333:secret:plimsoll/slack"] } }
  }
  expect_failures = [var.channels]
}

run "settings_of_an_unknown_function" {
  command = plan
  variables {
    functions = { macie = { memory_mb = 512 } }
  }
  expect_failures = [var.functions]
}

run "a_forwarded_path_that_no_module_names" {
  command = plan
  variables {
    heartbeat = { forwarded_paths = ["ecr-scan/default"] }
  }
  expect_failures = [var.heartbeat]
}

run "all_secrets_at_once" {
  command = plan
  variables {
    channels = { slack = { secret_arns = ["arn:aws:secretsmanager:eu-west-1:111122223333:secret:*"] } }
  }
  expect_failures = [var.channels]
}

run "two_places_for_the_code" {
  command = plan
  variables {
    packages = { directory = "here", s3_bucket = "there" }
  }
  expect_failures = [var.packages]
}

run "an_unknown_source" {
  command = plan
  variables {
    sources = ["macie"]
  }
  expect_failures = [var.sources]
}

run "a_digest_for_nobody" {
  command = plan
  variables {
    digest = { channels = ["email"] }
  }
  expect_failures = [var.digest]
}

run "a_member_that_is_no_account" {
  command = plan
  variables {
    central_bus = { enabled = true, member_accounts = ["12345"] }
  }
  expect_failures = [var.central_bus]
}

run "members_without_a_bus" {
  command = plan
  variables {
    central_bus = { member_accounts = ["444455556666"] }
  }
  expect_failures = [var.central_bus]
}

run "notices_without_a_topic" {
  command = plan
  variables {
    operations     = { create_topic = false }
    direct_notices = ["root-login"]
  }
  expect_failures = [var.direct_notices]
}

run "addresses_without_a_topic" {
  command = plan
  variables {
    operations = { create_topic = false, emails = ["oncall@example.com"] }
  }
  expect_failures = [var.operations]
}

run "a_heartbeat_to_the_buses_that_is_no_schedule" {
  command = plan
  variables {
    heartbeat = { schedule = "6 hours" }
  }
  expect_failures = [var.heartbeat]
}

run "a_heartbeat_that_is_missed_at_once" {
  command = plan
  variables {
    heartbeat = { silent_after_minutes = 5 }
  }
  expect_failures = [var.heartbeat]
}

run "a_heartbeat_that_is_no_schedule" {
  command = plan
  variables {
    operations = { heartbeat_schedule = "hourly" }
  }
  expect_failures = [var.operations]
}

run "an_alias_for_a_key" {
  command = plan
  variables {
    kms_key_arn = "alias/plimsoll"
  }
  expect_failures = [var.kms_key_arn]
}

run "a_retention_that_cloudwatch_does_not_know" {
  command = plan
  variables {
    log_retention_days = 100
  }
  expect_failures = [var.log_retention_days]
}

run "a_namespace_of_aws" {
  command = plan
  variables {
    metrics_namespace = "AWS/Lambda"
  }
  expect_failures = [var.metrics_namespace]
}

run "a_prefix_that_is_too_long" {
  command = plan
  variables {
    name_prefix = "a-prefix-with-far-too-many-letters"
  }
  expect_failures = [var.name_prefix]
}
