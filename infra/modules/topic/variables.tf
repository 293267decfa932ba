variable "create" {
  description = "Whether to create anything at all."
  type        = bool
  default     = true
  nullable    = false
}

variable "name" {
  description = "Name of the topic."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,256}$", var.name))
    error_message = "The name of a topic consists of letters, digits, hyphens and underscores, at most 256."
  }
}

variable "location" {
  description = "Where the topic is: partition (`aws`), region and account id. Needed for its policy."
  type = object({
    partition  = string
    region     = string
    account_id = string
  })
  nullable = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.location.account_id))
    error_message = "An account id has twelve digits."
  }
}

variable "publishers" {
  description = "AWS services that may publish, on behalf of this account only: a short key to the service and the ARNs (with wildcards) it acts for. Empty `source_arns` means any source of this account, for services that name none. For `events.amazonaws.com` leave them empty: EventBridge names no source to a topic."
  type = map(object({
    service     = string
    source_arns = optional(list(string), [])
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for p in values(var.publishers) : endswith(p.service, ".amazonaws.com")])
    error_message = "A publisher is a service like cloudwatch.amazonaws.com. Roles of this account need no entry: their own policy is enough."
  }

  validation {
    condition     = alltrue([for p in values(var.publishers) : length(p.source_arns) == 0 if p.service == "events.amazonaws.com"])
    error_message = "EventBridge sends no aws:SourceArn when it publishes to a topic: with source_arns its statement would allow nothing. Leave source_arns empty for events.amazonaws.com."
  }
}

variable "emails" {
  description = "Addresses to subscribe. AWS writes to each and waits for a click on the link: until then nothing arrives."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for e in var.emails : strcontains(e, "@")])
    error_message = "An e-mail address has an @."
  }
}

variable "https_endpoints" {
  description = "URLs to subscribe, for example of an on-call service that confirms the subscription by itself."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for u in var.https_endpoints : startswith(u, "https://")])
    error_message = "An endpoint starts with https://: alerts never travel in plain text."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the topic. It must be your own key whose policy names the publishers (modules/encryption-key makes one): with the key `alias/aws/sns`, EventBridge and CloudWatch fail to publish and nobody is told. Null leaves the topic to the encryption of SNS itself."
  type        = string
  default     = null

  validation {
    condition     = try(!strcontains(var.kms_key_arn, "alias/aws/"), true)
    error_message = "AWS's own key alias/aws/sns cannot be used: EventBridge and CloudWatch may not use it, and their messages would be lost in silence."
  }
}

variable "tags" {
  description = "Tags of the topic."
  type        = map(string)
  default     = {}
  nullable    = false
}
