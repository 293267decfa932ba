variable "create" {
  description = "Whether to create anything at all."
  type        = bool
  default     = true
  nullable    = false
}

variable "name_prefix" {
  description = "First word of every name, as in the suite."
  type        = string
  default     = "plimsoll"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,23}$", var.name_prefix))
    error_message = "name_prefix has 2 to 24 lower-case letters, digits and hyphens, and starts with a letter."
  }
}

variable "central_bus_arn" {
  description = "ARN of the central bus: the output `event_bus_arn` of a suite with `central_bus.enabled` that lists this account among its members."
  type        = string
  nullable    = false
}

variable "sources" {
  description = "What to forward: the events of these source functions."
  type        = set(string)
  default     = ["ecr-scan", "config-rule", "guardduty-finding", "backup-job"]
  nullable    = false

  validation {
    condition     = length(setsubtract(var.sources, ["ecr-scan", "config-rule", "guardduty-finding", "backup-job", "cost-anomaly"])) == 0
    error_message = "The sources are ecr-scan, config-rule, guardduty-finding, backup-job and cost-anomaly."
  }
}

variable "direct_notices" {
  description = "Kinds of events to forward for the suite's `direct_notices`: any of `guardduty-critical`, `root-login`, `aws-health` and `trusted-advisor`."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(setsubtract(var.direct_notices, ["guardduty-critical", "root-login", "aws-health", "trusted-advisor"])) == 0
    error_message = "The direct notices are guardduty-critical, root-login, aws-health and trusted-advisor."
  }
}

variable "alarm_topic_arns" {
  description = "SNS topics, in this account and region, that hear if events cannot be forwarded."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the role, if your organisation demands one."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of everything that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
