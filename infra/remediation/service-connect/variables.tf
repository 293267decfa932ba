variable "namespace" {
  description = "Name of the namespace, in which the services find each other."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$", var.namespace))
    error_message = "The namespace has 1 to 40 letters, digits, hyphens and underscores, and starts with a letter or a digit."
  }
}

variable "services" {
  description = "Services that others call, by name: `port_name` is the name of the port mapping in the task definition, `port` the port at which others call, `dns_name` the name by which they call (default: the service's name), timeouts in seconds (0 is no limit; `per_request_timeout_seconds` for HTTP only, null for the proxy's 15)."
  type = map(object({
    port_name                   = string
    port                        = number
    discovery_name              = optional(string)
    dns_name                    = optional(string)
    idle_timeout_seconds        = optional(number, 300)
    per_request_timeout_seconds = optional(number, 15)
  }))
  nullable = false

  validation {
    condition     = length(var.services) > 0 && alltrue([for name in keys(var.services) : can(regex("^[a-z0-9][a-z0-9_-]{0,63}$", name))])
    error_message = "Name at least one service, each with lower-case letters, digits, hyphens and underscores."
  }

  validation {
    condition     = alltrue([for service in values(var.services) : service.port >= 1 && service.port <= 65535 && floor(service.port) == service.port])
    error_message = "The port of a service is a whole number from 1 to 65535."
  }

  validation {
    condition = alltrue(flatten([for service in values(var.services) : [
      for seconds in [service.idle_timeout_seconds, service.per_request_timeout_seconds] : seconds == null || try(seconds >= 0 && seconds <= 2147483647, false)
    ]]))
    error_message = "A timeout is a number of seconds from 0 on; 0 is no limit."
  }

  validation {
    # 0 is no limit, and null is the proxy's own.
    condition = alltrue([for service in values(var.services) : (
      contains([0, null], service.idle_timeout_seconds) ? true :
      service.per_request_timeout_seconds == null ? true :
      service.per_request_timeout_seconds == 0 ? false : service.idle_timeout_seconds >= service.per_request_timeout_seconds
    )])
    error_message = "The idle timeout must not be shorter than the request timeout: the connection would end before the answer."
  }
}

variable "enable_tls" {
  description = "Whether the traffic between the proxies is encrypted with certificates of a private authority."
  type        = bool
  default     = true
  nullable    = false

  validation {
    condition     = var.enable_tls ? var.create_certificate_authority != (var.certificate_authority_arn != null) : !var.create_certificate_authority
    error_message = "TLS needs one certificate authority: set certificate_authority_arn, or create_certificate_authority = true ($50 a month), not both. Without TLS no authority is created."
  }
}

variable "certificate_authority_arn" {
  description = "ARN of an authority of AWS Private CA that you have. It needs the tag `AmazonECSManaged = true`, or ECS may not use it."
  type        = string
  default     = null

  validation {
    condition     = var.certificate_authority_arn == null || can(regex("^arn:aws[a-z-]*:acm-pca:[a-z0-9-]+:[0-9]{12}:certificate-authority/[^*]+$", var.certificate_authority_arn))
    error_message = "The certificate_authority_arn is the ARN of one authority of AWS Private CA."
  }
}

variable "create_certificate_authority" {
  description = "Whether to create an authority for short-lived certificates. It is $50 a month, so nobody gets one without asking."
  type        = bool
  default     = false
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the KMS key for the private keys of the certificates. Null: a key of AWS."
  type        = string
  default     = null
}

variable "kms_key_arn_logs" {
  description = "ARN of the KMS key of the log group. Its policy must let CloudWatch Logs encrypt. Null leaves the group to the encryption of CloudWatch Logs itself."
  type        = string
  default     = null
}

variable "log_retention_days" {
  description = "How many days CloudWatch keeps the log of the proxies. The source checklist has 7 in dev, 30 in staging and 90 in prod."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365 days or one of its longer periods."
  }
}

variable "permissions_boundary_arn" {
  description = "ARN of the permissions boundary of the role, if your organisation demands one."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of everything that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
