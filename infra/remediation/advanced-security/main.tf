# Shield Advanced, Macie and Inspector. Each is opt-in, because each has a price, and the first one a contract of a year.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id

  # A subscription alone protects nothing: each resource has a protection of its own.
  protections = { for key, arn in var.shield_resource_arns : key => arn if var.create && var.enable_shield }
}

# 3,000 USD a month for a year, from this apply on: https://aws.amazon.com/shield/pricing/
resource "aws_shield_subscription" "account" {
  count = var.create && var.enable_shield && var.subscribe_to_shield ? 1 : 0

  auto_renew = var.shield_auto_renew ? "ENABLED" : "DISABLED"
  # A destroy cannot end the contract; it leaves the subscription alone.
  skip_destroy = true
}

resource "aws_shield_protection" "resource" {
  for_each = local.protections

  name         = "${var.name}-${each.key}"
  resource_arn = each.value
  tags         = var.tags

  depends_on = [aws_shield_subscription.account]
}

# Shield writes rules into the web ACL of the resource during an attack on layer 7.
resource "aws_shield_application_layer_automatic_response" "resource" {
  for_each = { for key, arn in local.protections : key => arn if contains(var.shield_automatic_response, key) }

  resource_arn = each.value
  action       = var.shield_automatic_response_action

  depends_on = [aws_shield_protection.resource]
}

# AWS's response team may read and change the web ACLs during an attack.
resource "aws_iam_role" "response_team" {
  count = var.create && var.enable_shield && var.enable_shield_response_team ? 1 : 0

  name                 = "${var.name}-shield-response-team"
  description          = "The Shield Response Team of AWS helps during an attack"
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "drt.shield.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "response_team" {
  count = length(aws_iam_role.response_team)

  role       = aws_iam_role.response_team[0].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AWSShieldDRTAccessPolicy"
}

resource "aws_shield_drt_access_role_arn_association" "response_team" {
  count = length(aws_iam_role.response_team)

  role_arn   = aws_iam_role.response_team[0].arn
  depends_on = [aws_iam_role_policy_attachment.response_team, aws_shield_subscription.account]
}

resource "aws_macie2_account" "session" {
  count = var.create && var.enable_macie ? 1 : 0

  status                       = "ENABLED"
  finding_publishing_frequency = var.macie_finding_frequency
}

# Looks for personal data and credentials in these buckets, a part of their objects each week.
resource "aws_macie2_classification_job" "weekly" {
  count = var.create && var.enable_macie && length(var.macie_buckets) > 0 ? 1 : 0

  name                = "${var.name}-weekly"
  job_type            = "SCHEDULED"
  sampling_percentage = var.macie_sampling_percent
  tags                = var.tags

  schedule_frequency {
    weekly_schedule = "MONDAY"
  }

  s3_job_definition {
    bucket_definitions {
      account_id = local.account_id
      buckets    = var.macie_buckets
    }
  }

  depends_on = [aws_macie2_account.session]
}

# Switches the registry to enhanced scanning: images are looked at again whenever a vulnerability becomes known.
resource "aws_inspector2_enabler" "account" {
  count = var.create && var.enable_inspector ? 1 : 0

  account_ids    = [local.account_id]
  resource_types = var.inspector_resource_types
}
