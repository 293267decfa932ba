variable "name" {
  description = "Name of the web ACL, and first word of the names of its metrics, IP sets and log group."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$", var.name))
    error_message = "The name has 1 to 100 letters, digits, hyphens and underscores, and starts with a letter or a digit."
  }
}

variable "scope" {
  description = "`REGIONAL` for load balancers and REST APIs, `CLOUDFRONT` for distributions (in us-east-1 only)."
  type        = string
  default     = "REGIONAL"
  nullable    = false

  validation {
    condition     = contains(["REGIONAL", "CLOUDFRONT"], var.scope)
    error_message = "The scope is REGIONAL or CLOUDFRONT."
  }
}

variable "resource_arn" {
  description = "ARN of the load balancer or of the REST API stage that the firewall protects. It may belong to a resource of the same plan. Null with the scope `CLOUDFRONT`: there the distribution names the web ACL."
  type        = string
  default     = null

  validation {
    condition     = var.resource_arn == null || can(regex("^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]+:", var.resource_arn))
    error_message = "The resource_arn is the ARN of one resource, for example of an application load balancer."
  }

  validation {
    condition     = var.resource_arn == null || !can(regex("::/apis/", var.resource_arn))
    error_message = "WAF cannot protect an HTTP API: use a REST API, or put CloudFront in front of the HTTP API and protect the distribution."
  }

  validation {
    condition     = var.resource_arn == null || var.scope == "REGIONAL"
    error_message = "With the scope CLOUDFRONT leave resource_arn null and set web_acl_id in the distribution."
  }

  validation {
    condition     = var.resource_arn == null || var.associate_resource
    error_message = "The resource_arn has no effect with associate_resource = false."
  }

  validation {
    condition     = var.resource_arn != null || var.scope == "CLOUDFRONT" || !var.associate_resource
    error_message = "A firewall that protects nothing closes no line: give resource_arn, or set associate_resource = false and name the resources in additional_resource_arns."
  }
}

variable "associate_resource" {
  description = "Whether the web ACL is associated with `resource_arn`. False for a web ACL that is associated by `additional_resource_arns` alone, or elsewhere. Has no effect with the scope `CLOUDFRONT`."
  type        = bool
  default     = true
  nullable    = false
}

variable "additional_resource_arns" {
  description = "ARNs of more resources behind the same web ACL, by a short key of your choice."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(var.additional_resource_arns) == 0 || var.scope == "REGIONAL"
    error_message = "With the scope CLOUDFRONT leave additional_resource_arns empty and set web_acl_id in the distributions."
  }

  validation {
    condition     = !contains(keys(var.additional_resource_arns), "resource")
    error_message = "The key \"resource\" belongs to resource_arn: choose another key."
  }
}

variable "enable_core_rule_set" {
  description = "Whether the Core Rule Set of AWS blocks common attacks."
  type        = bool
  default     = true
  nullable    = false
}

variable "enable_known_bad_inputs" {
  description = "Whether requests with known bad inputs (Log4Shell, for example) are blocked."
  type        = bool
  default     = true
  nullable    = false
}

variable "enable_ip_reputation" {
  description = "Whether addresses on Amazon's reputation list are blocked."
  type        = bool
  default     = true
  nullable    = false
}

variable "counted_rules" {
  description = "Rules of the managed groups that count and do not block, by group (`core-rule-set`, `known-bad-inputs`, `ip-reputation`). Use it for single rules that break the application, such as `SizeRestrictions_BODY`, which refuses bodies over 8 KB."
  type        = map(set(string))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for group in keys(var.counted_rules) : contains(["core-rule-set", "known-bad-inputs", "ip-reputation"], group)])
    error_message = "The keys of counted_rules are core-rule-set, known-bad-inputs and ip-reputation."
  }
}

variable "enable_rate_limiting" {
  description = "Whether an address that sends too many requests is blocked for a while."
  type        = bool
  default     = true
  nullable    = false
}

variable "rate_limit" {
  description = "Requests that one address may send within 5 minutes."
  type        = number
  default     = 2000
  nullable    = false

  # https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html
  validation {
    condition     = var.rate_limit >= 10 && var.rate_limit <= 2000000000 && floor(var.rate_limit) == var.rate_limit
    error_message = "The rate_limit is a whole number from 10 to 2,000,000,000 requests within 5 minutes."
  }
}

variable "enable_geo_blocking" {
  description = "Whether requests from `blocked_countries` are blocked. Off by default: which countries a service refuses is a decision of its owner."
  type        = bool
  default     = false
  nullable    = false
}

variable "blocked_countries" {
  description = "Countries that are blocked, as ISO 3166 codes of two capital letters."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for country in var.blocked_countries : can(regex("^[A-Z]{2}$", country))]) && length(distinct(var.blocked_countries)) == length(var.blocked_countries)
    error_message = "Each country is an ISO 3166 code of two capital letters and stands in blocked_countries once."
  }

  validation {
    condition     = var.enable_geo_blocking == (length(var.blocked_countries) > 0)
    error_message = "Geographic blocking needs both: enable_geo_blocking = true, and at least one country in blocked_countries."
  }
}

variable "enable_ip_allowlist" {
  description = "Whether `allowed_ips` pass before every other rule. An address on the list is not checked by any other rule of the firewall."
  type        = bool
  default     = false
  nullable    = false
}

variable "allowed_ips" {
  description = "Addresses that pass before every other rule, in CIDR notation, IPv4 or IPv6."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.allowed_ips : can(cidrhost(address, 0)) && !endswith(address, "/0")])
    error_message = "Each allowed address is in CIDR notation (203.0.113.7/32), and a range never has the length /0."
  }

  validation {
    condition     = var.enable_ip_allowlist || length(var.allowed_ips) == 0
    error_message = "The allowed_ips have no effect without enable_ip_allowlist = true."
  }
}

variable "enable_ip_blocklist" {
  description = "Whether `blocked_ips` are blocked. On by default with an empty list, so that during an attack only an address has to be added."
  type        = bool
  default     = true
  nullable    = false
}

variable "blocked_ips" {
  description = "Addresses that are blocked, in CIDR notation, IPv4 or IPv6."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.blocked_ips : can(cidrhost(address, 0)) && !endswith(address, "/0")])
    error_message = "Each blocked address is in CIDR notation (203.0.113.7/32), and a range never has the length /0."
  }

  validation {
    condition     = var.enable_ip_blocklist || length(var.blocked_ips) == 0
    error_message = "The blocked_ips have no effect without enable_ip_blocklist = true."
  }
}

variable "enable_logging" {
  description = "Whether every request that the firewall judges is logged to CloudWatch."
  type        = bool
  default     = true
  nullable    = false
}

variable "log_retention_days" {
  description = "How many days CloudWatch keeps the log of requests. The source checklist has 7 in dev, 30 in staging and 90 in prod."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365 days or one of its longer periods."
  }
}

variable "redacted_headers" {
  description = "Headers whose values are left out of the log, in lower case."
  type        = set(string)
  default     = ["authorization", "cookie"]
  nullable    = false

  validation {
    condition     = alltrue([for header in var.redacted_headers : header == lower(header)])
    error_message = "WAF compares header names in lower case: write authorization, not Authorization."
  }
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
