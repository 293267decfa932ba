# Traffic between services: a namespace for ECS Service Connect, a certificate authority for its TLS, and the
# configuration that each service takes. It stands in the place of App Mesh, which AWS ended on 30 September 2026.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect.html

data "aws_region" "current" {}

locals {
  authority_arn = var.create_certificate_authority ? aws_acmpca_certificate_authority_certificate.root[0].certificate_authority_arn : var.certificate_authority_arn

  tls = !var.enable_tls ? null : {
    certificate_authority_arn = local.authority_arn
    role_arn                  = aws_iam_role.tls[0].arn
    kms_key_arn               = var.kms_key_arn
  }

  configurations = {
    for name, service in var.services : name => {
      namespace = aws_service_discovery_http_namespace.mesh.arn
      log_configuration = {
        log_driver = "awslogs"
        options = {
          awslogs-group         = aws_cloudwatch_log_group.proxies.name
          awslogs-region        = data.aws_region.current.id
          awslogs-stream-prefix = name
        }
      }
      services = [{
        port_name                   = service.port_name
        discovery_name              = coalesce(service.discovery_name, name)
        port                        = service.port
        dns_name                    = coalesce(service.dns_name, name)
        idle_timeout_seconds        = service.idle_timeout_seconds
        per_request_timeout_seconds = service.per_request_timeout_seconds
        tls                         = local.tls
      }]
    }
  }
}

resource "aws_service_discovery_http_namespace" "mesh" {
  name        = var.namespace
  description = "Service Connect of ${var.namespace}"
  tags        = var.tags
}

# The proxies beside the tasks log here, with each host that they leave out after failures.
resource "aws_cloudwatch_log_group" "proxies" {
  # checkov:skip=CKV_AWS_158:CloudWatch Logs encrypts every group; kms_key_arn_logs gives it a key of your own
  # checkov:skip=CKV_AWS_338:The source checklist keeps logs for 7, 30 or 90 days by environment; log_retention_days sets it
  name              = "/ecs/service-connect/${var.namespace}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn_logs
  tags              = var.tags
}
