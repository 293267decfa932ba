variable "create" {
  description = "Whether to create anything at all."
  type        = bool
  default     = true
  nullable    = false
}

variable "name" {
  description = "First word of the names of monitors, subscriptions and budgets."
  type        = string
  default     = "cost"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9_-]{0,49}$", var.name))
    error_message = "The name has letters, digits, hyphens and underscores, at most 50, and begins with a letter."
  }
}

variable "topic_arn" {
  description = "SNS topic that hears of anomalies and budgets at once. The suite's `cost_topic_arn` (of modules/global-events, for a suite outside us-east-1) lets both services in; the policy of any other topic must name budgets.amazonaws.com and costalerts.amazonaws.com."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$", var.topic_arn))
    error_message = "topic_arn is the ARN of a standard SNS topic, for example arn:aws:sns:us-east-1:111122223333:plimsoll-cost-alerts: the services cannot send to a FIFO topic."
  }
}

variable "emails" {
  description = "Addresses that hear by e-mail, too: of anomalies once a day, of budgets at once."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.emails) <= 10 && alltrue([for email in var.emails : strcontains(email, "@")])
    error_message = "There are at most ten addresses, and each has an @."
  }
}

variable "enable_anomaly_detection" {
  description = "Whether to make monitors and subscriptions of Cost Anomaly Detection."
  type        = bool
  default     = true
  nullable    = false
}

variable "enable_service_monitor" {
  description = "Whether to make the monitor of all AWS services. An account has at most one: where it is there, set false and name it in `existing_monitor_arns`."
  type        = bool
  default     = true
  nullable    = false

  validation {
    condition     = !var.enable_anomaly_detection || var.enable_service_monitor || length(var.existing_monitor_arns) + length(var.monitored_tags) + length(var.monitored_accounts) > 0
    error_message = "Without the monitor of all services, existing_monitor_arns, monitored_tags or monitored_accounts has at least one: a subscription to nothing tells nothing."
  }
}

variable "existing_monitor_arns" {
  description = "Monitors that are there already and whose anomalies are told as well."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.existing_monitor_arns : can(regex("^arn:[a-z-]+:ce::[0-9]{12}:anomalymonitor/", arn))])
    error_message = "A monitor is named by its ARN, arn:aws:ce::111122223333:anomalymonitor/..."
  }
}

variable "monitored_tags" {
  description = "A further monitor for each cost allocation tag: the key of the tag to its values, for example `{ Team = [\"web\"] }`. The tag must be activated for cost allocation."
  type        = map(list(string))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for values in values(var.monitored_tags) : length(values) > 0])
    error_message = "A monitored tag has at least one value."
  }
}

variable "monitored_accounts" {
  description = "Accounts of the organisation that have a monitor together; only in the management account."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.monitored_accounts) <= 10 && alltrue([for account in var.monitored_accounts : can(regex("^[0-9]{12}$", account))])
    error_message = "An account id has twelve digits, and one monitor has at most ten accounts."
  }
}

variable "anomaly_threshold" {
  description = "From which impact an anomaly is told: at least so many US dollars and at least so many percent above what was expected."
  type = object({
    absolute_usd = optional(number, 100)
    percent      = optional(number, 40)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.anomaly_threshold.absolute_usd >= 0 && var.anomaly_threshold.percent >= 0
    error_message = "The thresholds of an anomaly are not negative; 0 tells every one."
  }
}

variable "budgets" {
  description = "Budgets on costs by name: the limit in US dollars for each `time_unit` (`MONTHLY`, `QUARTERLY` or `ANNUALLY`), at which percentages of it an actual and a forecasted amount is told, and `filters` by the names of AWS Budgets, for example `{ TagKeyValue = [\"user:Team$web\"] }`."
  type = map(object({
    limit_usd          = number
    time_unit          = optional(string, "MONTHLY")
    actual_percent     = optional(set(number), [80, 100])
    forecasted_percent = optional(set(number), [100])
    filters            = optional(map(list(string)), {})
  }))
  nullable = false

  validation {
    condition     = length(var.budgets) > 0
    error_message = "At least one budget is named: only you know what the bill may be."
  }

  validation {
    condition     = alltrue([for budget in values(var.budgets) : budget.limit_usd > 0 && contains(["MONTHLY", "QUARTERLY", "ANNUALLY"], budget.time_unit)])
    error_message = "A budget has a limit of more than 0 US dollars for each month, quarter or year (MONTHLY, QUARTERLY, ANNUALLY)."
  }

  validation {
    condition     = alltrue([for budget in values(var.budgets) : length(budget.actual_percent) > 0 && length(budget.forecasted_percent) > 0])
    error_message = "A budget tells at least one actual and one forecasted percentage: the first says that it is too late, the second that it is not."
  }

  validation {
    # https://docs.aws.amazon.com/cost-management/latest/userguide/management-limits.html
    condition     = alltrue([for budget in values(var.budgets) : length(budget.actual_percent) + length(budget.forecasted_percent) <= 10 && alltrue([for percent in setunion(budget.actual_percent, budget.forecasted_percent) : percent > 0])])
    error_message = "A budget has at most ten notifications, each at more than 0 percent."
  }
}

variable "enable_savings_plans_budgets" {
  description = "Whether to make the budgets on coverage and utilisation of Savings Plans. Off by default, because they say nothing in an account without a plan."
  type        = bool
  default     = false
  nullable    = false
}

variable "savings_plans_coverage_percent" {
  description = "Share of the covered use, in percent, below which the coverage budget tells."
  type        = number
  default     = 70
  nullable    = false

  validation {
    condition     = var.savings_plans_coverage_percent > 0 && var.savings_plans_coverage_percent <= 100
    error_message = "The coverage is more than 0 and at most 100 percent."
  }
}

variable "savings_plans_utilisation_percent" {
  description = "Share of the used commitment, in percent, below which the utilisation budget tells."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = var.savings_plans_utilisation_percent > 0 && var.savings_plans_utilisation_percent <= 100
    error_message = "The utilisation is more than 0 and at most 100 percent."
  }
}

variable "tags" {
  description = "Tags of everything that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
