variable "create" {
  description = "Whether to create anything at all."
  type        = bool
  default     = true
  nullable    = false
}

variable "name" {
  description = "Name of the function without the prefix, for example `ecr-scan`; the same as its crate."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.name))
    error_message = "The name of a function consists of lower-case words joined by hyphens, for example ecr-scan."
  }

  validation {
    condition     = length("${var.common.name_prefix}-${var.name}") <= 55
    error_message = "The prefix and the name of a function together have at most 55 characters: AWS allows 64, and the role of its schedule adds nine."
  }
}

variable "description" {
  description = "One sentence about what the function does, for people who look at the AWS console."
  type        = string
  default     = ""
  nullable    = false
}

variable "artifact" {
  description = "The code: a zip with the file `bootstrap` on this machine (`zip_path`), or an object in S3 (`s3_bucket`, `s3_key`, and `s3_object_version` or `source_code_hash`, so that a new build is noticed)."
  type = object({
    zip_path          = optional(string)
    s3_bucket         = optional(string)
    s3_key            = optional(string)
    s3_object_version = optional(string)
    source_code_hash  = optional(string)
  })
  nullable = false

  validation {
    condition     = (var.artifact.zip_path != null) != (var.artifact.s3_bucket != null && var.artifact.s3_key != null)
    error_message = "The artifact is either zip_path or s3_bucket with s3_key, not both and not neither."
  }

  validation {
    condition     = var.artifact.zip_path == null || try(fileexists(var.artifact.zip_path), false)
    error_message = "There is no file at zip_path. Build it with `cargo lambda build --release --arm64 --output-format zip`, or download the zips of a release."
  }
}

variable "common" {
  description = "What all functions of a suite share. `event_buses` maps a short key to the name of an event bus; `event_accounts` are the accounts whose events are let in; `operators` are ARNs (with wildcards) of principals who alone may read, replay and redrive the queues, and with none of them IAM decides; `alarm_topic_arns` hear an alarm, `ok_topic_arns` also that it is over, and when it is made; retention is in days."
  type = object({
    name_prefix              = string
    partition                = string
    region                   = string
    account_id               = string
    architecture             = optional(string, "arm64")
    kms_key_arn              = optional(string)
    log_retention_days       = optional(number, 365)
    log_level                = optional(string, "INFO")
    tracing                  = optional(bool, false)
    event_buses              = optional(map(string), { default = "default" })
    event_accounts           = optional(list(string), [])
    schedule_group           = optional(string, "default")
    alarms                   = optional(bool, true)
    alarm_topic_arns         = optional(list(string), [])
    ok_topic_arns            = optional(list(string), [])
    operators                = optional(list(string), [])
    permissions_boundary_arn = optional(string)
    revision                 = optional(string, "")
    tags                     = optional(map(string), {})
  })
  nullable = false

  validation {
    condition     = contains(["arm64", "x86_64"], var.common.architecture)
    error_message = "The architecture is arm64 or x86_64, and it must be the one the zips were built for."
  }

  validation {
    condition     = contains(["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"], var.common.log_level)
    error_message = "The log level is one of TRACE, DEBUG, INFO, WARN, ERROR and FATAL."
  }
}

variable "failures" {
  description = "What functions of one suite share for what goes wrong before a function is reached: the ARN of the queue for what EventBridge or SNS could not hand over (needed by an event pattern or a topic), and, for schedules, the ARN of the queue for what could not be started and of the role that starts. infra/suite/failures.tf makes them."
  type = object({
    undelivered_queue_arn = optional(string)
    unstarted_queue_arn   = optional(string)
    schedule_role_arn     = optional(string)
  })
  default  = {}
  nullable = false
}

variable "vpc" {
  description = "Subnets and security groups, if the function must be in a VPC. It then needs a way to AWS's APIs and to the channels: a NAT gateway, or endpoints."
  type = object({
    subnet_ids         = list(string)
    security_group_ids = list(string)
  })
  default = null
}

variable "trigger" {
  description = "What wakes the function. `event_pattern`: an EventBridge pattern as JSON, without `account`, which is added; `topics`: SNS topics that feed the same queue, by a short key; with `subscribe = false` the topic may send and its owner subscribes, as for one in another region; `stream`: a DynamoDB stream, read as a hint only; `schedules`: name to expression, JSON input, retries, and after how many minutes of silence to raise an alarm."
  type = object({
    event_pattern = optional(string)
    topics = optional(map(object({
      arn       = string
      subscribe = optional(bool, true)
    })), {})
    stream = optional(object({ arn = string }))
    schedules = optional(map(object({
      expression           = string
      time_zone            = optional(string, "UTC")
      input                = optional(string, "{}")
      retries              = optional(number, 0)
      maximum_age_seconds  = optional(number, 60)
      silent_after_minutes = optional(number)
    })), {})
  })
  nullable = false

  validation {
    condition     = var.trigger.event_pattern == null || can(jsondecode(var.trigger.event_pattern))
    error_message = "The event pattern must be JSON."
  }

  validation {
    condition     = var.trigger.event_pattern == null || !can(jsondecode(var.trigger.event_pattern).account)
    error_message = "The event pattern names no account: the accounts come from common.event_accounts."
  }

  validation {
    # EventBridge refuses longer patterns: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
    condition     = var.trigger.event_pattern == null || length(jsonencode(merge(try(jsondecode(var.trigger.event_pattern), {}), { account = var.common.event_accounts }))) <= 2048
    error_message = "With all accounts the event pattern is longer than 2,048 characters, which EventBridge refuses: split the accounts over several suites, or raise the quota for the account."
  }

  validation {
    condition     = var.trigger.event_pattern == null || length(var.common.event_accounts) > 0
    error_message = "A function that reads events needs at least one account in common.event_accounts: a rule without account would let events of any account in."
  }

  validation {
    condition     = alltrue([for s in values(var.trigger.schedules) : can(regex("^(rate|cron|at)\\(.+\\)$", s.expression))])
    error_message = "A schedule is an expression like rate(1 minute) or cron(0 8 ? * MON-FRI *)."
  }

  validation {
    condition     = alltrue([for s in values(var.trigger.schedules) : s.maximum_age_seconds >= 60 && s.maximum_age_seconds <= 86400])
    error_message = "maximum_age_seconds of a schedule is between 60 and 86,400 seconds."
  }

  validation {
    condition     = alltrue([for s in values(var.trigger.schedules) : s.silent_after_minutes == null ? true : s.silent_after_minutes >= 1 && s.silent_after_minutes <= 10080])
    error_message = "silent_after_minutes is between one minute and seven days (10,080 minutes), the longest that a CloudWatch alarm looks back."
  }
}

variable "queue" {
  description = "The function's queue. Visibility is always six times the timeout. A message that fails `maximum_receives` times goes to the dead-letter queue, which keeps it longer than the queue itself would."
  type = object({
    maximum_receives           = optional(number, 500)
    retention_days             = optional(number, 7)
    dead_letter_retention_days = optional(number, 14)
    batch_size                 = optional(number, 10)
    maximum_concurrency        = optional(number, 2)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.queue.dead_letter_retention_days > var.queue.retention_days
    error_message = "dead_letter_retention_days must be more than retention_days: a message keeps the age it had in the queue, so it would be gone from the dead-letter queue at once."
  }

  validation {
    condition     = var.queue.dead_letter_retention_days <= 14 && var.queue.retention_days >= 1
    error_message = "SQS keeps messages for at most 14 days, and here for at least one."
  }

  validation {
    condition     = var.queue.maximum_concurrency >= 2 && var.queue.maximum_concurrency <= 1000
    error_message = "maximum_concurrency is between 2 and 1,000, the limits of an event source mapping."
  }

  validation {
    condition     = var.queue.batch_size >= 1 && var.queue.batch_size <= 10
    error_message = "batch_size is between 1 and 10: more would need a batching window, and events would wait."
  }
}

variable "environment" {
  description = "Environment variables. They are shown to everybody who may read the function: never a secret, only its ARN."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "permissions" {
  description = "The calls that the function makes itself. Logs, queue, stream, tracing and key are added by this module. A statement with the resource `*` says why in `reason`."
  type = list(object({
    sid       = string
    actions   = list(string)
    resources = list(string)
    reason    = optional(string)
  }))
  default  = []
  nullable = false

  validation {
    condition     = alltrue([for p in var.permissions : !contains(p.resources, "*") || p.reason != null])
    error_message = "A permission on every resource needs a reason: why does AWS leave no other way?"
  }

  validation {
    condition     = alltrue(flatten([for p in var.permissions : [for a in p.actions : !strcontains(a, "*")]]))
    error_message = "Each action is named in full, without a wildcard."
  }
}

variable "memory_mb" {
  description = "Memory in MB. The share of the CPU grows with it, so less is not always cheaper."
  type        = number
  default     = 256
  nullable    = false

  validation {
    condition     = var.memory_mb >= 128 && var.memory_mb <= 10240
    error_message = "memory_mb is between 128 and 10,240 MB."
  }
}

variable "timeout_seconds" {
  description = "Seconds that one invocation may take."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.timeout_seconds >= 1 && var.timeout_seconds <= 900
    error_message = "timeout_seconds is between 1 and 900 seconds."
  }
}
