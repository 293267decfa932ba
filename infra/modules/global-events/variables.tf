variable "create" {
  description = "Whether to create anything at all."
  type        = bool
  default     = true
  nullable    = false
}

variable "name_prefix" {
  description = "The suite's `name_prefix`."
  type        = string
  default     = "plimsoll"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,23}$", var.name_prefix))
    error_message = "name_prefix has 2 to 24 lower-case letters, digits and hyphens, and starts with a letter."
  }
}

variable "event_bus_arn" {
  description = "ARN of the bus of the suite's region: the suite's output `event_bus_arn`."
  type        = string
  nullable    = false
}

variable "sources" {
  description = "What to forward for the suite's functions; null for all sources with global events (`global` in functions/sources/sources.json)."
  type        = set(string)
  default     = null

  validation {
    condition     = var.sources == null ? true : length(setsubtract(var.sources, local.source_names)) == 0
    error_message = "The sources with global events are ${join(", ", local.source_names)}; the others have events in each region."
  }
}

variable "direct_notices" {
  description = "Kinds of events to forward for the suite's `direct_notices`: any of `root-login` and `trusted-advisor`. Name the same ones in the suite: nothing else reads them. `root-login` needs a CloudTrail trail that logs management events: without a trail EventBridge hears of no sign-in."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(setsubtract(var.direct_notices, ["root-login", "trusted-advisor"])) == 0
    error_message = "The global notices are root-login and trusted-advisor. Events of AWS Health are read by the function health-event, which takes the place of the notice aws-health."
  }
}

variable "cost_queue_arn" {
  description = "ARN of the suite's queue of cost-anomaly (its output `cost_queue_arn`), which hears of budgets through the topic that is made here. The suite must let the topic in: `cost_topic_arns = { global = module.<this>.cost_topic_arn }`."
  type        = string
  nullable    = false
}

variable "home_region" {
  description = "Region in which AWS raises global events: `us-east-1`, in other partitions another."
  type        = string
  default     = "us-east-1"
  nullable    = false
}

variable "operations" {
  description = "Who hears if events cannot be forwarded: CloudWatch reaches topics of its own account and region only. `emails` and `https_endpoints` subscribe to a topic that is made here; `topic_arns` are topics of yours. Somebody must hear it, unless `alarms` is false."
  type = object({
    emails          = optional(set(string), [])
    https_endpoints = optional(set(string), [])
    topic_arns      = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = !var.create || !var.alarms || length(var.operations.emails) + length(var.operations.https_endpoints) + length(var.operations.topic_arns) > 0
    error_message = "Nobody would hear the alarms: name operations.emails, https_endpoints or topic_arns, or set alarms = false."
  }
}

variable "alarms" {
  description = "Whether to make CloudWatch alarms."
  type        = bool
  default     = true
  nullable    = false
}

variable "heartbeat_schedule" {
  description = "How often each rule that forwards a function's events forwards a heartbeat, which must come out at every channel of the suite; null for never. Hand the output `heartbeat_paths` to the suite's `heartbeat.forwarded_paths`."
  type        = string
  default     = "rate(6 hours)"
}

variable "kms_key_arn" {
  description = "Your own key, in the home region, for the topic; its policy must name Budgets and Cost Anomaly Detection, see modules/encryption-key."
  type        = string
  default     = null
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
