variable "create" {
  description = "Whether to create anything at all."
  type        = bool
  default     = true
  nullable    = false
}

variable "name" {
  description = "First part of every name, for example `plimsoll-forward`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,34}$", var.name))
    error_message = "name has 2 to 35 lower-case letters, digits and hyphens, and starts with a letter."
  }
}

variable "location" {
  description = "Where the events are: partition (`aws`), region and account id."
  type = object({
    partition  = string
    region     = string
    account_id = string
  })
  nullable = false
}

variable "patterns" {
  description = "What to forward: a short name to an EventBridge pattern as JSON, without `account`, which is added."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for p in values(var.patterns) : can(jsondecode(p)) && !can(jsondecode(p).account)])
    error_message = "Each pattern is JSON and names no account: only events of this account are forwarded."
  }
}

variable "bus_arn" {
  description = "ARN of the event bus that gets the events."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:events:[a-z0-9-]+:[0-9]{12}:event-bus/.+$", var.bus_arn))
    error_message = "bus_arn is the ARN of an event bus, for example arn:aws:events:eu-west-1:111122223333:event-bus/plimsoll-central."
  }

  validation {
    condition     = var.bus_arn != "arn:${var.location.partition}:events:${var.location.region}:${var.location.account_id}:event-bus/default"
    error_message = "bus_arn is the default bus of this very region: each event would be forwarded to itself, for ever."
  }
}

variable "heartbeat_schedule" {
  description = "How often each rule that forwards a function's events forwards a heartbeat, which must come out at every channel; null for never. It must be less than the suite's `heartbeat.silent_after_minutes`."
  type        = string
  default     = "rate(6 hours)"

  validation {
    condition     = var.heartbeat_schedule == null ? true : can(regex("^(rate|cron)\\(.+\\)$", var.heartbeat_schedule))
    error_message = "heartbeat_schedule is an expression like rate(6 hours), or null."
  }
}

variable "alarms" {
  description = "Whether to make CloudWatch alarms."
  type        = bool
  default     = true
  nullable    = false
}

variable "alarm_topic_arns" {
  description = "SNS topics, in this region, that hear if events cannot be forwarded."
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
