variable "enable_replication" {
  description = "Whether images are replicated."
  type        = bool
  default     = true
  nullable    = false
}

variable "replication_region" {
  description = "Region to which images are replicated, for example `eu-central-1`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.replication_region))
    error_message = "The replication_region is a region such as eu-central-1."
  }
}

variable "repository_prefixes" {
  description = "Beginnings of the names of the repositories that are replicated (filter type PREFIX_MATCH), for example `[\"shop/\"]`."
  type        = set(string)
  nullable    = false

  # https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ReplicationRule.html
  validation {
    condition     = length(var.repository_prefixes) >= 1 && length(var.repository_prefixes) <= 100
    error_message = "Name 1 to 100 prefixes: without one, every repository of the account would be replicated and paid for twice."
  }

  validation {
    condition     = alltrue([for prefix in var.repository_prefixes : can(regex("^[a-z0-9][a-z0-9._/-]{1,255}$", prefix))])
    error_message = "A prefix has 2 to 256 lower-case letters, digits and . _ / -, without wildcards: a prefix matches by itself."
  }
}

variable "replication_account_id" {
  description = "Account to which images are replicated. Null: the same account. Another account must set the output `registry_policy`."
  type        = string
  default     = null

  validation {
    condition     = var.replication_account_id == null || can(regex("^[0-9]{12}$", var.replication_account_id))
    error_message = "The replication_account_id has twelve digits."
  }
}
