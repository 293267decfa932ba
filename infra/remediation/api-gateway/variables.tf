variable "name" {
  description = "Name of the API, and part of the name of its log group."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$", var.name))
    error_message = "The name has 1 to 100 letters, digits, hyphens and underscores, and starts with a letter or a digit."
  }
}

variable "api_type" {
  description = "`REST` (X-Ray and a web ACL are possible) or `HTTP` (cheaper)."
  type        = string
  default     = "REST"
  nullable    = false

  validation {
    condition     = contains(["REST", "HTTP"], var.api_type)
    error_message = "The api_type is REST or HTTP."
  }
}

variable "openapi_body" {
  description = "The API as an OpenAPI document in JSON or YAML, with its integrations (`x-amazon-apigateway-integration`) and its authorizers."
  type        = string
  nullable    = false

  validation {
    condition     = can(keys(yamldecode(var.openapi_body).paths))
    error_message = "The openapi_body is an OpenAPI document with paths: write file(\"api.yaml\") or jsonencode({ openapi = ..., paths = ... })."
  }
}

variable "description" {
  description = "What the API is for, in one sentence."
  type        = string
  default     = "Managed by Terraform"
  nullable    = false
}

variable "stage_name" {
  description = "Name of the stage, which is the first part of the path of its URL."
  type        = string
  default     = "live"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,128}$", var.stage_name))
    error_message = "The stage_name has 1 to 128 letters, digits, hyphens and underscores."
  }
}

variable "disable_execute_api_endpoint" {
  description = "Whether the default URL (execute-api) is closed. Set it where clients come by a domain of your own with TLS 1.2 or by CloudFront."
  type        = bool
  default     = false
  nullable    = false
}

variable "enable_throttling" {
  description = "Whether the stage has a request rate of its own."
  type        = bool
  default     = true
  nullable    = false
}

variable "throttle_rate_limit" {
  description = "Requests per second that all callers together may send to the stage. 10,000 is the number of the source checklist, and also what AWS gives a whole account by default: set what your service can stand."
  type        = number
  default     = 10000
  nullable    = false

  validation {
    condition     = var.throttle_rate_limit > 0 && var.throttle_rate_limit <= 10000
    error_message = "The throttle_rate_limit is above 0 and at most 10,000 requests per second: more is more than line API-01 accepts and than AWS gives an account by default."
  }
}

variable "throttle_burst_limit" {
  description = "Requests that all callers together may send at once. 5,000 is the number of the source checklist, and also what AWS gives a whole account by default."
  type        = number
  default     = 5000
  nullable    = false

  validation {
    condition     = var.throttle_burst_limit > 0 && var.throttle_burst_limit <= 5000 && floor(var.throttle_burst_limit) == var.throttle_burst_limit
    error_message = "The throttle_burst_limit is a whole number from 1 to 5,000 requests: more is more than line API-01 accepts and than AWS gives an account by default."
  }
}

variable "enable_access_logs" {
  description = "Whether each request is logged as one JSON object. A REST API needs the account's logging role for it: see `create_account_logging_role`."
  type        = bool
  default     = true
  nullable    = false
}

variable "log_retention_days" {
  description = "How many days CloudWatch keeps the access log. The source checklist has 7 in dev, 30 in staging and 90 in prod."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365 days or one of its longer periods."
  }
}

variable "enable_xray_tracing" {
  description = "Whether X-Ray traces the requests. Null is true for a REST API and false for an HTTP API, which cannot be traced."
  type        = bool
  default     = null

  validation {
    condition     = var.api_type == "REST" || var.enable_xray_tracing != true
    error_message = "API Gateway cannot trace an HTTP API with X-Ray: choose api_type = \"REST\", or leave enable_xray_tracing out."
  }
}

variable "enable_detailed_metrics" {
  description = "Whether CloudWatch has metrics for each method or route. They are paid as custom metrics; those of the whole API are free."
  type        = bool
  default     = false
  nullable    = false
}

variable "create_account_logging_role" {
  description = "Whether to set the role by which API Gateway writes logs. The account has one such setting in each region, for all REST APIs: set it once, and leave it false where it is set."
  type        = bool
  default     = false
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the KMS key of the log group. Its policy must let CloudWatch Logs encrypt. Null leaves the group to the encryption of CloudWatch Logs itself."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of everything that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
