mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
}

mock_provider "aws" {
  alias = "recovery"
}

variables {
  replication_region  = "eu-central-1"
  repository_prefixes = ["shop/", "bank/"]
}

run "named_repositories_go_to_another_region" {
  command = plan
  assert {
    condition = (
      aws_ecr_replication_configuration.registry[0].replication_configuration[0].rule[0].destination[0].region == "eu-central-1" &&
      aws_ecr_replication_configuration.registry[0].replication_configuration[0].rule[0].destination[0].registry_id == "111122223333"
    )
    error_message = "Images go to the named region of the same account."
  }
  assert {
    condition = [for filter in aws_ecr_replication_configuration.registry[0].replication_configuration[0].rule[0].repository_filter : [filter.filter, filter.filter_type]] == [
      ["bank/", "PREFIX_MATCH"], ["shop/", "PREFIX_MATCH"],
    ]
    error_message = "Repositories are chosen by their prefix."
  }
  assert {
    condition     = output.registry_policy == null && output.destination == "111122223333.dkr.ecr.eu-central-1.amazonaws.com"
    error_message = "The same account needs no policy."
  }
}

run "another_account_gets_its_policy" {
  command = plan
  variables {
    replication_account_id = "444455556666"
  }
  assert {
    condition     = jsondecode(output.registry_policy).Statement[0].Resource == ["arn:aws:ecr:eu-central-1:444455556666:repository/bank/*", "arn:aws:ecr:eu-central-1:444455556666:repository/shop/*"] && jsondecode(output.registry_policy).Statement[0].Principal == { AWS = "arn:aws:iam::111122223333:root" }
    error_message = "The other account lets in exactly these repositories of this account."
  }
}

run "it_can_be_switched_off" {
  command = plan
  variables {
    enable_replication = false
  }
  assert {
    condition     = length(aws_ecr_replication_configuration.registry) == 0
    error_message = "What is switched off is absent."
  }
}

run "the_example_plans" {
  command = plan
  module {
    source = "./examples/basic"
  }
  providers = {
    aws          = aws
    aws.recovery = aws.recovery
  }
}

run "refuses_the_same_region" {
  command = plan
  variables {
    replication_region = "eu-west-1"
  }
  expect_failures = [aws_ecr_replication_configuration.registry]
}

run "refuses_wildcards_and_wrong_accounts" {
  command = plan
  variables {
    replication_region     = "Frankfurt"
    repository_prefixes    = ["shop/*"]
    replication_account_id = "4444"
  }
  expect_failures = [var.replication_region, var.repository_prefixes, var.replication_account_id]
}

run "refuses_to_replicate_the_whole_account" {
  command = plan
  variables {
    repository_prefixes = []
  }
  expect_failures = [var.repository_prefixes]
}
