mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
}

variables {
  repository           = "example/plimsoll"
  create_oidc_provider = false
  state                = { bucket = "example-terraform-state", region = "eu-west-1" }
  environments = {
    dev  = { name_prefix = "plimsoll-dev", variables = "{\"operations_emails\":[\"ops@example.com\"]}" }
    prod = { name_prefix = "plimsoll-prod", encryption_key = true, role_boundary_arn = "arn:aws:iam::111122223333:policy/functions" }
  }
}

run "trusts_exact_claims" {
  command = plan

  assert {
    condition = jsondecode(output.trust["apply-prod"]).Statement == [{
      Sid       = "TrustTheRepository"
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = { StringEquals = {
        "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
        "token.actions.githubusercontent.com:sub" = ["repo:example/plimsoll:environment:prod"]
      } }
    }]
    error_message = "The role that applies trusts its environment and nothing else."
  }
  assert {
    condition     = jsondecode(output.trust["plan"]).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] == ["repo:example/plimsoll:pull_request", "repo:example/plimsoll:ref:refs/heads/main"]
    error_message = "The role that plans trusts pull requests and the branch that is deployed."
  }
  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0 && toset(keys(aws_iam_role.apply)) == toset(["dev", "prod"])
    error_message = "One role per environment, and no second provider."
  }
}

run "plan_only_reads" {
  command = plan

  assert {
    condition = alltrue(flatten([for statement in jsondecode(output.policies["plan"]).Statement : [
      for action in statement.Action : action == "kms:Decrypt" || can(regex("^[a-z0-9]+:(Get|List|Describe)[A-Za-z]+[*]?$", action))
    ]]))
    error_message = "The role that plans has a call that does not read: ${output.policies["plan"]}"
  }
  assert {
    condition = alltrue([for statement in jsondecode(output.policies["plan"]).Statement :
      !contains(statement.Action, "dynamodb:GetItem") || try(statement.Condition["ForAllValues:StringEquals"]["dynamodb:LeadingKeys"], []) == ["D#config"]
    ])
    error_message = "A plan reads the configuration out of the table, and no finding."
  }
}

run "a_second_plan_reads_what_the_key_encrypts" {
  command = plan

  assert {
    condition     = [for s in jsondecode(output.policies["plan"]).Statement : s if s.Sid == "DecryptTheSuite"] == [{ Sid = "DecryptTheSuite", Effect = "Allow", Action = ["kms:Decrypt"], Resource = "arn:aws:kms:*:111122223333:key/*", Condition = { StringEquals = { "aws:ResourceTag/Environment" = ["prod"] } } }]
    error_message = "A refresh reads the item of the table and the environment of each function, which the environment's key encrypts."
  }
  assert {
    condition     = length(setsubtract(["kms:CreateGrant", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*"], flatten([for s in jsondecode(output.policies["apply-prod"]).Statement : s.Action if s.Sid == "ManageKeys"]))) == 0
    error_message = "DynamoDB and Lambda ask these of whoever gives them a key."
  }
  assert {
    condition     = length([for s in jsondecode(output.policies["apply-dev"]).Statement : s if s.Sid == "DecryptTheSuite"]) == 0
    error_message = "An environment without a key of its own decrypts nothing."
  }
}

run "apply_stays_within_its_prefix" {
  command = plan

  assert {
    condition     = !strcontains(output.policies["apply-dev"], "plimsoll-prod") && !strcontains(output.policies["apply-prod"], "plimsoll-dev")
    error_message = "An environment cannot touch another."
  }
  assert {
    condition = toset([for statement in jsondecode(output.policies["apply-prod"]).Statement : statement.Sid if statement.Resource == "*"]) == toset([
      "ReadWhatHasNoName", "ConnectQueuesAndStreams", "ChangeSubscriptions", "OpenTheCentralBus", "MakeKeys",
    ])
    error_message = "Only what AWS knows no name for is allowed on every resource."
  }
  assert {
    condition     = one([for statement in jsondecode(output.policies["apply-prod"]).Statement : try(statement.Condition, null) if statement.Sid == "MakeRoles"]) == { StringEquals = { "iam:PermissionsBoundary" = "arn:aws:iam::111122223333:policy/functions" } }
    error_message = "Roles are made within the boundary."
  }
  assert {
    condition     = !strcontains(output.policies["apply-dev"], "kms:CreateKey")
    error_message = "Keys only where they are asked for."
  }
  assert {
    condition     = strcontains(output.policies["apply-dev"], "arn:aws:s3:::example-terraform-state/plimsoll/dev.tfstate.tflock")
    error_message = "The lock is a file beside the state."
  }
  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  assert {
    condition     = alltrue([for policy in values(output.policies) : length(policy) < 10240])
    error_message = "The policies of a role in line have 10,240 characters at most."
  }
}

run "writes_the_settings" {
  command = plan

  assert {
    condition = jsondecode(output.settings["dev"]) == {
      plan_role_arn  = "arn:aws:iam::111122223333:role/github-plimsoll-plan"
      apply_role_arn = "arn:aws:iam::111122223333:role/github-plimsoll-apply-dev"
      state          = { bucket = "example-terraform-state", region = "eu-west-1", key = "plimsoll/dev.tfstate" }
      variables      = { operations_emails = ["ops@example.com"] }
    }
    error_message = "The workflows read exactly this."
  }
}

run "knows_repositories_by_their_ids" {
  command = plan
  variables {
    repository           = "example@1234/plimsoll@5678"
    create_oidc_provider = true
  }
  assert {
    condition     = aws_iam_openid_connect_provider.github[0].client_id_list == toset(["sts.amazonaws.com"])
    error_message = "The provider is for AWS only."
  }
}

run "nothing_at_all" {
  command = plan
  variables {
    create = false
  }
  assert {
    condition     = output.plan_role_arn == null && length(output.apply_role_arns) == 0
    error_message = "Nothing is created."
  }
}

run "refuses_a_wildcard_repository" {
  command = plan
  variables {
    repository = "example/*"
  }
  expect_failures = [var.repository]
}

run "refuses_half_of_the_ids" {
  command = plan
  variables {
    repository = "example@1234/plimsoll"
  }
  expect_failures = [var.repository]
}

run "refuses_a_wildcard_branch" {
  command = plan
  variables {
    branch = "release/*"
  }
  expect_failures = [var.branch]
}

run "refuses_a_wildcard_environment" {
  command = plan
  variables {
    environments = { "*" = { name_prefix = "plimsoll" } }
  }
  expect_failures = [var.environments]
}

run "refuses_prefixes_within_one_another" {
  command = plan
  variables {
    environments = { dev = { name_prefix = "plimsoll" }, prod = { name_prefix = "plimsoll-prod" } }
  }
  expect_failures = [var.environments]
}

run "refuses_one_state_for_two" {
  command = plan
  variables {
    environments = { dev = { name_prefix = "plimsoll-dev", state_key = "one" }, prod = { name_prefix = "plimsoll-prod", state_key = "one" } }
  }
  expect_failures = [var.environments]
}

run "refuses_a_role_that_could_change_itself" {
  command = plan
  variables {
    name         = "plimsoll-github"
    environments = { prod = { name_prefix = "plimsoll" } }
  }
  expect_failures = [var.name]
}

run "refuses_variables_that_are_no_object" {
  command = plan
  variables {
    environments = { dev = { name_prefix = "plimsoll-dev", variables = "[]" } }
  }
  expect_failures = [var.environments]
}
