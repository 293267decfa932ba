# What GitHub Actions may do in one account: a role that plans and can only read, and for each environment a role that
# applies. They trust one repository by the exact claims of its tokens; there is no key that could leak.
# https://docs.github.com/actions/reference/security/oidc

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition

  issuer       = "token.actions.githubusercontent.com"
  audience     = "sts.amazonaws.com"
  provider_arn = var.create && var.create_oidc_provider ? aws_iam_openid_connect_provider.github[0].arn : "arn:${local.partition}:iam::${local.account_id}:oidc-provider/${local.issuer}"

  plan_name   = "${var.name}-plan"
  apply_names = { for name in keys(var.environments) : name => "${var.name}-apply-${name}" }

  subjects = merge(
    # Pull requests from this repository, and the branch that is deployed. A fork's pull request gets no token.
    { plan = ["repo:${var.repository}:pull_request", "repo:${var.repository}:ref:refs/heads/${var.branch}"] },
    { for name in keys(var.environments) : "apply-${name}" => ["repo:${var.repository}:environment:${name}"] },
  )

  trust = { for role, subjects in local.subjects : role => jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TrustTheRepository"
      Effect    = "Allow"
      Principal = { Federated = local.provider_arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "${local.issuer}:aud" = local.audience
          "${local.issuer}:sub" = subjects
        }
      }
    }]
  }) }
}

# An account has one provider for an issuer.
resource "aws_iam_openid_connect_provider" "github" {
  count = var.create && var.create_oidc_provider ? 1 : 0

  url            = "https://${local.issuer}"
  client_id_list = [local.audience]
  tags           = var.tags
}

resource "aws_iam_role" "plan" {
  count = var.create ? 1 : 0

  name                 = local.plan_name
  description          = "Terraform plans of ${var.repository}: reads, and changes nothing"
  assume_role_policy   = local.trust["plan"]
  permissions_boundary = var.permissions_boundary_arn
  max_session_duration = 3600
  tags                 = var.tags
}

resource "aws_iam_role_policy" "plan" {
  # checkov:skip=CKV_AWS_355:The statement with every resource has reading calls for which AWS knows no names
  count = var.create ? 1 : 0

  name   = "calls"
  role   = aws_iam_role.plan[0].id
  policy = local.policies["plan"]
}

resource "aws_iam_role" "apply" {
  for_each = var.create ? var.environments : {}

  name                 = local.apply_names[each.key]
  description          = "Terraform applies of ${var.repository} to ${each.key}, after its reviewers agreed"
  assume_role_policy   = local.trust["apply-${each.key}"]
  permissions_boundary = var.permissions_boundary_arn
  max_session_duration = 3600
  tags                 = var.tags
}

resource "aws_iam_role_policy" "apply" {
  # checkov:skip=CKV_AWS_286:It makes the roles of the functions; role_boundary_arn is the fence around those
  # checkov:skip=CKV_AWS_287:The calls that read are those of Terraform's refresh, on resources with the environment's prefix
  # checkov:skip=CKV_AWS_288:It reads the state and one item of the table, nothing else that is data
  # checkov:skip=CKV_AWS_289:It makes the roles of the functions; role_boundary_arn is the fence around those
  # checkov:skip=CKV_AWS_290:What has no name in IAM is limited by a condition where AWS knows one
  # checkov:skip=CKV_AWS_355:What has no name in IAM is limited by a condition where AWS knows one
  for_each = var.create ? var.environments : {}

  name   = "calls"
  role   = aws_iam_role.apply[each.key].id
  policy = local.policies["apply-${each.key}"]
}
