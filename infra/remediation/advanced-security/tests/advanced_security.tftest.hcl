mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
}

variables {
  shield_resource_arns = {
    web = "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/web/0123"
    cdn = "arn:aws:cloudfront::111122223333:distribution/E0123"
  }
}

run "everything_is_opt_in" {
  command = plan

  assert {
    condition = (
      length(aws_shield_subscription.account) + length(aws_shield_protection.resource) + length(aws_macie2_account.session) + length(aws_inspector2_enabler.account) == 0
      && !output.macie_enabled && length(output.inspector_resource_types) == 0
    )
    error_message = "Nothing that has a price is made without being asked for."
  }
}

run "shield_protects_without_a_new_contract" {
  command = plan
  variables {
    enable_shield             = true
    shield_automatic_response = ["web"]
  }
  assert {
    condition     = { for key, protection in aws_shield_protection.resource : key => protection.resource_arn } == { for key, arn in var.shield_resource_arns : key => arn }
    error_message = "Each resource has a protection."
  }
  assert {
    condition     = length(aws_shield_subscription.account) == 0 && length(aws_iam_role.response_team) == 0
    error_message = "3,000 US dollars a month are never spent by the way."
  }
  assert {
    condition     = keys(aws_shield_application_layer_automatic_response.resource) == ["web"] && aws_shield_application_layer_automatic_response.resource["web"].action == "BLOCK"
    error_message = "Only what was named is defended by Shield itself."
  }
}

run "a_contract_if_it_is_asked_for" {
  command = plan
  variables {
    enable_shield               = true
    subscribe_to_shield         = true
    enable_shield_response_team = true
  }
  assert {
    condition     = aws_shield_subscription.account[0].auto_renew == "ENABLED" && aws_shield_subscription.account[0].skip_destroy
    error_message = "It renews, and a destroy does not pretend to end it."
  }
  assert {
    condition     = jsondecode(aws_iam_role.response_team[0].assume_role_policy).Statement[0].Principal == { Service = "drt.shield.amazonaws.com" } && aws_iam_role_policy_attachment.response_team[0].policy_arn == "arn:aws:iam::aws:policy/service-role/AWSShieldDRTAccessPolicy"
    error_message = "The response team of AWS, and nobody else."
  }
}

run "macie_and_inspector" {
  command = plan
  variables {
    enable_macie     = true
    enable_inspector = true
    macie_buckets    = ["example-uploads"]
  }
  assert {
    condition     = aws_macie2_account.session[0].status == "ENABLED" && output.macie_enabled
    error_message = "Macie is on."
  }
  assert {
    condition     = aws_macie2_classification_job.weekly[0].sampling_percentage == 10 && one(one(aws_macie2_classification_job.weekly[0].s3_job_definition).bucket_definitions).buckets == tolist(["example-uploads"])
    error_message = "A tenth of the objects, each week."
  }
  assert {
    condition     = aws_inspector2_enabler.account[0].resource_types == toset(["ECR"]) && aws_inspector2_enabler.account[0].account_ids == toset(["111122223333"])
    error_message = "Images in ECR of this account."
  }
}

run "nothing_if_switched_off" {
  command = plan
  variables {
    create           = false
    enable_shield    = true
    enable_macie     = true
    enable_inspector = true
  }
  assert {
    condition     = length(output.shield_protection_ids) == 0 && !output.macie_enabled && length(output.inspector_resource_types) == 0
    error_message = "create = false creates nothing."
  }
}

run "refuses_to_pay_for_nothing" {
  command = plan
  variables {
    subscribe_to_shield = true
  }
  expect_failures = [var.subscribe_to_shield]
}

run "refuses_shield_without_resources" {
  command = plan
  variables {
    enable_shield        = true
    shield_resource_arns = {}
  }
  expect_failures = [var.shield_resource_arns]
}

run "refuses_what_shield_cannot_protect" {
  command = plan
  variables {
    shield_resource_arns = { service = "arn:aws:ecs:us-east-1:111122223333:service/prod/web" }
  }
  expect_failures = [var.shield_resource_arns]
}

run "refuses_an_unknown_response" {
  command = plan
  variables {
    shield_automatic_response = ["api"]
  }
  expect_failures = [var.shield_automatic_response]
}

run "refuses_inspector_without_images" {
  command = plan
  variables {
    inspector_resource_types = ["LAMBDA_CODE"]
  }
  expect_failures = [var.inspector_resource_types]
}

run "refuses_the_arn_of_a_bucket" {
  command = plan
  variables {
    macie_buckets = ["arn:aws:s3:::example-uploads"]
  }
  expect_failures = [var.macie_buckets]
}
