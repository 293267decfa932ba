# Replication of images to another region. An account has ONE replication configuration in a region: call this module
# once, with all prefixes. https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account_id  = data.aws_caller_identity.current.account_id
  destination = coalesce(var.replication_account_id, local.account_id)
  foreign     = local.destination != local.account_id

  # What the other account sets as its registry's policy (aws_ecr_registry_policy), or nothing arrives there.
  registry_policy = !local.foreign ? null : jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "LetImagesIn"
      Effect    = "Allow"
      Principal = { AWS = "arn:${data.aws_partition.current.partition}:iam::${local.account_id}:root" }
      Action    = ["ecr:CreateRepository", "ecr:ReplicateImage"]
      Resource  = [for prefix in sort(var.repository_prefixes) : "arn:${data.aws_partition.current.partition}:ecr:${var.replication_region}:${local.destination}:repository/${prefix}*"]
    }]
  })
}

resource "aws_ecr_replication_configuration" "registry" {
  count = var.enable_replication ? 1 : 0

  replication_configuration {
    rule {
      destination {
        region      = var.replication_region
        registry_id = local.destination
      }
      dynamic "repository_filter" {
        for_each = sort(var.repository_prefixes)
        content {
          filter      = repository_filter.value
          filter_type = "PREFIX_MATCH"
        }
      }
    }
  }

  lifecycle {
    precondition {
      condition     = var.replication_region != data.aws_region.current.id
      error_message = "Line DR-01 asks for another region: replication_region is the region of the images themselves."
    }
  }
}
