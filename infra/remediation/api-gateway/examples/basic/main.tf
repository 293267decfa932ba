# A REST API whose only method answers by itself, with the throttle, the access log and the tracing of the checklist.

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
  region = var.region
}

variable "region" {
  description = "Region of the API."
  type        = string
  default     = "us-east-1"
}

module "api_gateway" {
  source = "../.."

  name     = "orders"
  api_type = "REST"
  openapi_body = jsonencode({
    openapi = "3.0.1"
    info    = { title = "orders", version = "1" }
    paths = {
      "/status" = {
        get = {
          responses = { "200" = { description = "The service answers" } }
          x-amazon-apigateway-integration = {
            type             = "mock"
            requestTemplates = { "application/json" = "{\"statusCode\": 200}" }
            responses        = { default = { statusCode = "200" } }
          }
        }
      }
    }
  })

  enable_throttling           = true
  throttle_rate_limit         = 500
  throttle_burst_limit        = 250
  enable_access_logs          = true
  enable_xray_tracing         = true
  create_account_logging_role = true

  tags = { Service = "orders" }
}

output "invoke_url" {
  description = "URL of the stage."
  value       = module.api_gateway.invoke_url
}
