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
  description = "What to forward: the events of these source functions; null for all with events in each region (`regional` in functions/sources/sources.json)."
  type        = set(string)
  default     = null

  validation {
    condition     = var.sources == null ? true : length(setsubtract(var.sources, local.source_names)) == 0
    error_message = "The sources are ${join(", ", local.source_names)}."
  }
}

variable "direct_notices" {
  description = "Kinds of events to forward for the suite's `direct_notices`: any of `guardduty-critical`, `root-login` and `trusted-advisor`. `root-login` needs a CloudTrail trail that logs management events: without a trail EventBridge hears of no sign-in."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(setsubtract(var.direct_notices, ["guardduty-critical", "root-login", "trusted-advisor"])) == 0
    error_message = "The direct notices are guardduty-critical, root-login and trusted-advisor. Events of AWS Health are read by the function health-event, which takes the place of the notice aws-health."
  }
}

variable "evidence_reader" {
  description = "Lets the suite's `evidence-collector` read the configuration of this account: `collector_role_arn` is the suite's output of that name, `external_id` a text that both sides know. Roles are global, so give it in one region of the account only, and hand the output `evidence_reader_role_arn` to the suite's `collector.members`. Null makes no role."
  type = object({
    collector_role_arn = string
    external_id        = string
  })
  default = null

  validation {
    condition     = var.evidence_reader == null ? true : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/[^*?]+$", var.evidence_reader.collector_role_arn))
    error_message = "collector_role_arn is the ARN of one role, without wildcards."
  }

  validation {
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html: sts:ExternalId
    condition     = var.evidence_reader == null ? true : can(regex("^[A-Za-z0-9+=,.@:/_-]+$", var.evidence_reader.external_id)) && length(var.evidence_reader.external_id) >= 8 && length(var.evidence_reader.external_id) <= 1224
    error_message = "external_id has 8 to 1,224 letters, digits and +=,.@:/_- ."
  }
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
