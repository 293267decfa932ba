# One role for one GitHub repository: it pushes images, registers task definitions and deploys the named services, and
# nothing else. GitHub proves who it is with a token; there is no key that could leak.
# https://docs.github.com/actions/reference/security/oidc

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id

  issuer       = "token.actions.githubusercontent.com"
  audience     = "sts.amazonaws.com"
  provider_arn = var.create_oidc_provider ? aws_iam_openid_connect_provider.github[0].arn : "arn:${local.partition}:iam::${local.account_id}:oidc-provider/${local.issuer}"

  # The token of a job with an environment names the environment and not the branch. So with environments the branch
  # alone is not trusted: a job without an environment would pass by its reviewers.
  repository = "repo:${var.github_org}/${var.github_repo}"
  subjects   = length(var.github_environments) > 0 ? [for name in sort(var.github_environments) : "${local.repository}:environment:${name}"] : ["${local.repository}:ref:refs/heads/${var.github_branch}"]
}

# An account has one provider for an issuer.
resource "aws_iam_openid_connect_provider" "github" {
  count = var.create_oidc_provider ? 1 : 0

  url            = "https://${local.issuer}"
  client_id_list = [local.audience]
  tags           = var.tags
}

resource "aws_iam_role" "deploy" {
  name                 = var.role_name
  description          = "GitHub Actions of ${var.github_org}/${var.github_repo}: pushes images and deploys the named services"
  max_session_duration = 3600
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TrustTheRepository"
      Effect    = "Allow"
      Principal = { Federated = local.provider_arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "${local.issuer}:aud" = local.audience
          "${local.issuer}:sub" = local.subjects
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "deploy" {
  # checkov:skip=CKV_AWS_355:Two calls have no resource in IAM; each stands in a statement of its own with the reason
  name   = "deploy"
  role   = aws_iam_role.deploy.id
  policy = local.policy
}
