variable "create" {
  description = "Whether to create anything at all."
  type        = bool
  default     = true
  nullable    = false
}

variable "name" {
  description = "Name of the dashboard and of the sampling rule, and first word of the names of alarms and query."
  type        = string
  nullable    = false

  validation {
    # A sampling rule has at most 32: https://docs.aws.amazon.com/xray/latest/api/API_SamplingRule.html
    condition     = can(regex("^[A-Za-z0-9_-]{1,32}$", var.name))
    error_message = "The name has letters, digits, hyphens and underscores, at most 32: that is the longest name of a sampling rule."
  }
}

variable "aws_region" {
  description = "Region whose metrics the dashboard shows, for example `eu-west-1`; null for the provider's."
  type        = string
  default     = null
}

variable "services" {
  description = "The ECS services to watch, by a short name. `load_balancer_arn_suffix` (`app/web/0123456789abcdef`) and `target_group_arn_suffixes` (`targetgroup/web/0123456789abcdef` by role, as in `blue` and `green`) are for a service behind an Application Load Balancer. `may_be_idle`: no task is no alarm. `thresholds`: CPU and memory in percent of what is reserved, errors 5xx in five minutes, response time (95th percentile) in seconds, and the least number of running tasks, which needs Container Insights."
  type = map(object({
    cluster_name              = string
    service_name              = string
    log_group_name            = string
    load_balancer_arn_suffix  = optional(string)
    target_group_arn_suffixes = optional(map(string), {})
    may_be_idle               = optional(bool, false)
    thresholds = optional(object({
      cpu_percent           = optional(number, 80)
      memory_percent        = optional(number, 80)
      target_5xx_count      = optional(number, 10)
      response_time_seconds = optional(number, 1)
      minimum_running_tasks = optional(number)
    }), {})
  }))
  nullable = false

  validation {
    condition     = length(var.services) > 0
    error_message = "At least one service is named: a dashboard of nothing proves nothing."
  }

  validation {
    condition     = alltrue([for key in keys(var.services) : can(regex("^[a-z][a-z0-9-]{0,31}$", key))])
    error_message = "The short name of a service has lower-case letters, digits and hyphens, at most 32, and begins with a letter."
  }

  validation {
    condition     = alltrue([for service in values(var.services) : (service.load_balancer_arn_suffix == null) == (length(service.target_group_arn_suffixes) == 0)])
    error_message = "A service behind a load balancer names load_balancer_arn_suffix and at least one target group; any other names neither."
  }

  validation {
    condition     = alltrue([for service in values(var.services) : try(startswith(service.load_balancer_arn_suffix, "app/"), true) && alltrue([for suffix in values(service.target_group_arn_suffixes) : startswith(suffix, "targetgroup/")])])
    error_message = "The suffix of a load balancer starts with app/ and that of a target group with targetgroup/: the last part of the ARN, Terraform's attribute arn_suffix."
  }

  validation {
    condition = alltrue([for service in values(var.services) :
      service.thresholds.cpu_percent > 0 && service.thresholds.cpu_percent <= 100 && service.thresholds.memory_percent > 0 && service.thresholds.memory_percent <= 100
    ])
    error_message = "The thresholds of CPU and memory are more than 0 and at most 100 percent."
  }

  validation {
    condition     = alltrue([for service in values(var.services) : service.thresholds.target_5xx_count >= 1 && service.thresholds.response_time_seconds > 0 && coalesce(service.thresholds.minimum_running_tasks, 1) >= 1])
    error_message = "The thresholds of errors and of running tasks are at least 1, and that of the response time is more than 0 seconds."
  }
}

variable "alarm_topic_arns" {
  description = "SNS topics in the same region that hear when an alarm goes off and when it is over."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.alarm_topic_arns) > 0 && alltrue([for arn in var.alarm_topic_arns : can(regex("^arn:[a-z-]+:sns:", arn))])
    error_message = "alarm_topic_arns names at least one SNS topic by its ARN: an alarm that tells nobody is none."
  }
}

variable "enable_dashboard" {
  description = "Whether to make the dashboard."
  type        = bool
  default     = true
  nullable    = false
}

variable "enable_xray_sampling" {
  description = "Whether to make the sampling rule of X-Ray."
  type        = bool
  default     = true
  nullable    = false
}

variable "sampling" {
  description = "The sampling rule: `fixed_rate` is the share of the requests that is recorded (0.05 is 5 %), beyond the first `reservoir_size` of each second; the lowest `priority` decides. `service_name` limits it to one service. `attributes` must be in the request's segment; the X-Ray SDKs ignore rules that have any."
  type = object({
    fixed_rate     = optional(number, 0.05)
    reservoir_size = optional(number, 1)
    priority       = optional(number, 1000)
    service_name   = optional(string, "*")
    attributes     = optional(map(string), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.sampling.fixed_rate > 0 && var.sampling.fixed_rate <= 1
    error_message = "fixed_rate is more than 0 and at most 1: 0.05 records 5 % of the requests, and 0 would record none."
  }

  validation {
    condition     = var.sampling.priority >= 1 && var.sampling.priority <= 9999 && var.sampling.reservoir_size >= 0
    error_message = "The priority of a sampling rule is between 1 and 9999, and its reservoir is not negative."
  }
}

variable "enable_error_query" {
  description = "Whether to save the query that counts errors in CloudWatch Logs Insights."
  type        = bool
  default     = true
  nullable    = false
}

variable "error_pattern" {
  description = "What a line of the log has if it is an error, as a regular expression."
  type        = string
  default     = "ERROR"
  nullable    = false

  validation {
    condition     = length(var.error_pattern) > 0 && !can(regex("[/\n]", var.error_pattern))
    error_message = "The pattern of an error is not empty and has neither a slash, which would end it, nor a line break."
  }
}

variable "tags" {
  description = "Tags of everything that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
