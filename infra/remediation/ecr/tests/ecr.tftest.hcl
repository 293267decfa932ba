mock_provider "aws" {}

variables {
  repository_name = "shop/orders"
}

run "encrypted_scanned_and_immutable" {
  assert {
    condition     = aws_ecr_repository.images.encryption_configuration[0].encryption_type == "KMS" && aws_ecr_repository.images.image_scanning_configuration[0].scan_on_push
    error_message = "The repository is encrypted with KMS and scans on push."
  }
  assert {
    condition     = aws_ecr_repository.images.image_tag_mutability == "IMMUTABLE" && length(aws_ecr_repository.images.image_tag_mutability_exclusion_filter) == 0 && !aws_ecr_repository.images.force_delete
    error_message = "No tag can be moved, and a repository with images is not deleted."
  }
  assert {
    condition = [for rule in jsondecode(output.lifecycle_policy).rules : rule.selection] == [
      { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 14 },
      { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 100 },
    ]
    error_message = "Untagged images expire after 14 days, and the newest 100 stay: ${output.lifecycle_policy}"
  }
}

run "some_tags_can_be_moved" {
  variables {
    mutable_tag_filters = ["latest", "cache-*"]
    keep_by_prefix      = { "release-" = 50 }
    encryption_type     = "AES256"
  }
  assert {
    condition     = aws_ecr_repository.images.image_tag_mutability == "IMMUTABLE_WITH_EXCLUSION" && toset(aws_ecr_repository.images.image_tag_mutability_exclusion_filter[*].filter) == toset(["latest", "cache-*"]) && alltrue([for filter in aws_ecr_repository.images.image_tag_mutability_exclusion_filter : filter.filter_type == "WILDCARD"])
    error_message = "The named tags are the exceptions."
  }
  assert {
    condition     = jsondecode(output.lifecycle_policy).rules[1].selection.tagPrefixList == ["release-"] && jsondecode(output.lifecycle_policy).rules[2].selection.tagStatus == "any" && [for rule in jsondecode(output.lifecycle_policy).rules : rule.rulePriority] == [1, 2, 3]
    error_message = "The rule for every image comes last."
  }
}

run "the_example_plans" {
  command = plan
  module {
    source = "./examples/basic"
  }
}

run "refuses_what_ecr_or_the_checklist_refuses" {
  command = plan
  variables {
    repository_name      = "Orders"
    encryption_type      = "NONE"
    mutable_tag_filters  = ["*"]
    untagged_expire_days = 0
    keep_images          = 3
    keep_by_prefix       = { "" = 5 }
  }
  expect_failures = [
    var.repository_name, var.encryption_type, var.mutable_tag_filters, var.untagged_expire_days, var.keep_images, var.keep_by_prefix,
  ]
}

run "refuses_a_key_without_kms" {
  command = plan
  variables {
    encryption_type = "AES256"
    kms_key_arn     = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d"
  }
  expect_failures = [var.kms_key_arn]
}

run "refuses_a_sixth_filter" {
  command = plan
  variables {
    mutable_tag_filters = ["a", "b", "c", "d", "e", "f"]
  }
  expect_failures = [var.mutable_tag_filters]
}
