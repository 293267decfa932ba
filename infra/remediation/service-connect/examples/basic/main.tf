# Two services that find each other by name, with TLS between them. `orders` can be called as http://orders:8080; the
# proxies encrypt.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

module "service_connect" {
  source = "../.."

  namespace                    = "shop"
  create_certificate_authority = true
  services = {
    orders   = { port_name = "http", port = 8080 }
    payments = { port_name = "http", port = 8081, per_request_timeout_seconds = 5, idle_timeout_seconds = 60 }
  }
}

# A service takes its configuration by its name; the module ecs-deployment takes the same object as service_connect.
resource "aws_ecs_service" "orders" {
  # checkov:skip=CKV_AWS_332:Fargate's newest platform version is the default
  name            = "orders"
  cluster         = "arn:aws:ecs:us-east-1:111122223333:cluster/shop"
  task_definition = "arn:aws:ecs:us-east-1:111122223333:task-definition/orders:1"
  desired_count   = 2
  launch_type     = "FARGATE"

  network_configuration {
    subnets          = ["subnet-0a", "subnet-0b"]
    security_groups  = ["sg-0a"]
    assign_public_ip = false
  }

  service_connect_configuration {
    enabled   = true
    namespace = module.service_connect.configurations["orders"].namespace

    log_configuration {
      log_driver = module.service_connect.configurations["orders"].log_configuration.log_driver
      options    = module.service_connect.configurations["orders"].log_configuration.options
    }

    dynamic "service" {
      for_each = module.service_connect.configurations["orders"].services
      content {
        port_name      = service.value.port_name
        discovery_name = service.value.discovery_name
        client_alias {
          port     = service.value.port
          dns_name = service.value.dns_name
        }
        timeout {
          idle_timeout_seconds        = service.value.idle_timeout_seconds
          per_request_timeout_seconds = service.value.per_request_timeout_seconds
        }
        tls {
          role_arn = service.value.tls.role_arn
          issuer_cert_authority {
            aws_pca_authority_arn = service.value.tls.certificate_authority_arn
          }
        }
      }
    }
  }
}

output "namespace_arn" {
  description = "ARN of the namespace."
  value       = module.service_connect.namespace_arn
}
