# TLS between the proxies. ECS asks the authority for a certificate of each service, keeps it in Secrets Manager and
# renews it within days. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect-tls.html

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
}

resource "aws_acmpca_certificate_authority" "root" {
  count = var.create_certificate_authority ? 1 : 0

  type = "ROOT"
  # Certificates live for 7 days at most, so that none has to be revoked; and the authority costs an eighth.
  usage_mode                      = "SHORT_LIVED_CERTIFICATE"
  permanent_deletion_time_in_days = 30
  # ECS's role may use authorities with this tag only.
  tags = merge(var.tags, { AmazonECSManaged = "true" })

  certificate_authority_configuration {
    key_algorithm     = "EC_prime256v1"
    signing_algorithm = "SHA256WITHECDSA"
    subject {
      common_name = "${var.namespace} services"
    }
  }
}

resource "aws_acmpca_certificate" "root" {
  count = var.create_certificate_authority ? 1 : 0

  certificate_authority_arn   = aws_acmpca_certificate_authority.root[0].arn
  certificate_signing_request = aws_acmpca_certificate_authority.root[0].certificate_signing_request
  signing_algorithm           = "SHA256WITHECDSA"
  template_arn                = "arn:${local.partition}:acm-pca:::template/RootCACertificate/V1"

  validity {
    type  = "YEARS"
    value = 10
  }
}

resource "aws_acmpca_certificate_authority_certificate" "root" {
  count = var.create_certificate_authority ? 1 : 0

  certificate_authority_arn = aws_acmpca_certificate_authority.root[0].arn
  certificate               = aws_acmpca_certificate.root[0].certificate
  certificate_chain         = aws_acmpca_certificate.root[0].certificate_chain
}

resource "aws_iam_role" "tls" {
  count = var.enable_tls ? 1 : 0

  name                 = "${var.namespace}-service-connect-tls"
  description          = "ECS issues and renews the certificates of ${var.namespace}"
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags

  # ECS of this account and region only.
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account_id }
        ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:ecs:${data.aws_region.current.id}:${local.account_id}:*" }
      }
    }]
  })
}

# AWS's policy for exactly this role. It is held to secrets named ecs-sc!* and to authorities with the tag AmazonECSManaged.
resource "aws_iam_role_policy_attachment" "tls" {
  count = var.enable_tls ? 1 : 0

  role       = aws_iam_role.tls[0].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity"
}

resource "aws_iam_role_policy" "key" {
  count = var.enable_tls && var.kms_key_arn != null ? 1 : 0

  name = "key"
  role = aws_iam_role.tls[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "EncryptCertificates"
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyPair"]
      Resource = var.kms_key_arn
    }]
  })
}
