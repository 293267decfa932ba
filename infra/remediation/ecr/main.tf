# One ECR repository: encrypted, scanned on push, with tags that cannot be moved and images that expire.
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html

locals {
  rules = concat(
    [{
      description = "Images without a tag expire after ${var.untagged_expire_days} days"
      selection   = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = var.untagged_expire_days }
    }],
    [for prefix, count in var.keep_by_prefix : {
      description = "The newest ${count} images with a tag that starts with ${prefix} stay"
      selection   = { tagStatus = "tagged", tagPrefixList = [prefix], countType = "imageCountMoreThan", countNumber = count }
    }],
    # "any" must come last: it would take the images of the other rules.
    [{
      description = "The newest ${var.keep_images} images stay"
      selection   = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = var.keep_images }
    }],
  )

  lifecycle_policy = jsonencode({
    rules = [for index, rule in local.rules : { rulePriority = index + 1, description = rule.description, selection = rule.selection, action = { type = "expire" } }]
  })
}

resource "aws_ecr_repository" "images" {
  # checkov:skip=CKV_AWS_136:encryption_type is KMS by default; AES256 is the source checklist's other choice
  # checkov:skip=CKV_AWS_51:Tags are immutable; mutable_tag_filters names the exceptions
  name                 = var.repository_name
  image_tag_mutability = length(var.mutable_tag_filters) > 0 ? "IMMUTABLE_WITH_EXCLUSION" : "IMMUTABLE"
  force_delete         = false
  tags                 = var.tags

  dynamic "image_tag_mutability_exclusion_filter" {
    for_each = var.mutable_tag_filters
    content {
      filter      = image_tag_mutability_exclusion_filter.value
      filter_type = "WILDCARD"
    }
  }

  image_scanning_configuration {
    scan_on_push = var.scan_on_push
  }

  encryption_configuration {
    encryption_type = var.encryption_type
    kms_key         = var.kms_key_arn
  }
}

resource "aws_ecr_lifecycle_policy" "images" {
  repository = aws_ecr_repository.images.name
  policy     = local.lifecycle_policy
}
