variable "create" {
  description = "Whether to create anything at all."
  type        = bool
  default     = true
  nullable    = false
}

variable "name" {
  description = "Name of the distribution: its comment, and the folder of its logs."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.name))
    error_message = "The name has letters, digits, hyphens and underscores, at most 64."
  }
}

variable "aliases" {
  description = "Your domain names. The certificate covers them."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.aliases) > 0 && alltrue([for name in var.aliases : can(regex("^(\\*\\.)?[a-z0-9-]+(\\.[a-z0-9-]+)+$", name))])
    error_message = "At least one domain name is given, in lower-case letters, as in www.example.com."
  }
}

variable "acm_certificate_arn" {
  description = "Certificate of the aliases in ACM, in us-east-1: CloudFront reads no other region."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:acm:us-east-1:[0-9]{12}:certificate/", var.acm_certificate_arn))
    error_message = "The certificate is in us-east-1: arn:aws:acm:us-east-1:111122223333:certificate/..."
  }
}

variable "web_acl_arn" {
  description = "Web ACL of the scope CLOUDFRONT that protects the distribution: the output of the module `waf`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:wafv2:us-east-1:[0-9]{12}:global/webacl/", var.web_acl_arn))
    error_message = "The web ACL has the scope CLOUDFRONT: arn:aws:wafv2:us-east-1:111122223333:global/webacl/..."
  }
}

variable "origin" {
  description = "The load balancer, and how it is locked to this distribution. `vpc-origin`: one without public addresses, by `load_balancer_arn`. `header`: a public one, with its HTTPS listener (whose default action refuses) and target group. `security_group_id` is the load balancer's and gets HTTPS from CloudFront; it should have no other ingress. Timeout in seconds."
  type = object({
    lock                   = optional(string, "vpc-origin")
    domain_name            = string
    security_group_id      = string
    load_balancer_arn      = optional(string)
    listener_arn           = optional(string)
    target_group_arn       = optional(string)
    listener_rule_priority = optional(number, 1)
    read_timeout_seconds   = optional(number, 30)
  })
  nullable = false

  validation {
    condition     = contains(["vpc-origin", "header"], var.origin.lock)
    error_message = "The origin is locked by vpc-origin or by header; an open one would let everybody past the firewall."
  }

  validation {
    condition     = var.origin.lock != "vpc-origin" || var.origin.load_balancer_arn != null
    error_message = "A VPC origin needs load_balancer_arn."
  }

  validation {
    condition     = var.origin.lock != "header" || (var.origin.listener_arn != null && var.origin.target_group_arn != null && nonsensitive(var.origin_header_value != null))
    error_message = "A lock by header needs listener_arn, target_group_arn and the variable origin_header_value."
  }

  validation {
    condition     = var.origin.read_timeout_seconds >= 1 && var.origin.read_timeout_seconds <= 60
    error_message = "The read timeout is between 1 and 60 seconds; more needs a quota of AWS."
  }
}

variable "origin_header_name" {
  description = "Name of the header that CloudFront adds and the listener demands."
  type        = string
  default     = "X-Origin-Verify"
  nullable    = false
}

variable "origin_header_value" {
  description = "Value of that header: a long random text. CloudFront and the listener take it as text, so it is in the Terraform state; prefer `vpc-origin`."
  type        = string
  default     = null
  sensitive   = true

  validation {
    condition     = var.origin_header_value == null || length(coalesce(var.origin_header_value, "x")) >= 32
    error_message = "The value of the header has at least 32 characters, for whoever guesses it gets past the firewall."
  }
}

variable "default_cache_policy" {
  description = "Name of the cache policy. The default caches what the service allows by Cache-Control, for each query apart."
  type        = string
  default     = "UseOriginCacheControlHeaders-QueryStrings"
  nullable    = false

  validation {
    condition     = var.default_cache_policy != "Managed-CachingDisabled"
    error_message = "With Managed-CachingDisabled nothing is cached, and the line of the checklist stays open."
  }
}

variable "static_paths" {
  description = "Path patterns of files that change with their names only, for example `/static/*`: cached for a day without asking."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "price_class" {
  description = "Where CloudFront answers: `PriceClass_All` (the whole world), `PriceClass_200` or `PriceClass_100` (North America, Europe)."
  type        = string
  default     = "PriceClass_All"
  nullable    = false

  validation {
    condition     = contains(["PriceClass_All", "PriceClass_200", "PriceClass_100"], var.price_class)
    error_message = "The price class is PriceClass_All, PriceClass_200 or PriceClass_100."
  }
}

variable "hosted_zone_id" {
  description = "Zone of Route 53 that gets the records of the aliases; null leaves them to you."
  type        = string
  default     = null
}

variable "log_bucket_domain_name" {
  description = "Bucket for access logs, `NAME.s3.amazonaws.com`, with ACLs enabled; null for none."
  type        = string
  default     = null

  validation {
    condition     = try(endswith(var.log_bucket_domain_name, ".amazonaws.com"), var.log_bucket_domain_name == null)
    error_message = "The bucket for logs is given as NAME.s3.amazonaws.com."
  }
}

variable "tags" {
  description = "Tags of everything that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
