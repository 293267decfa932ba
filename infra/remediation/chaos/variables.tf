variable "name" {
  description = "First word of the names of the experiments, and name of their log group and role."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,50}$", var.name))
    error_message = "The name has 1 to 50 letters, digits, hyphens and underscores."
  }
}

variable "cluster_arn" {
  description = "ARN of the ECS cluster."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:ecs:[a-z0-9-]+:[0-9]{12}:cluster/[A-Za-z0-9_-]+$", var.cluster_arn))
    error_message = "The cluster_arn is the ARN of one ECS cluster, without wildcards."
  }
}

variable "service_name" {
  description = "Name of the ECS service that the experiments break."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,255}$", var.service_name))
    error_message = "The service_name is the name of one service, not its ARN and without wildcards."
  }
}

variable "stop_alarm_arns" {
  description = "ARNs of the CloudWatch alarms that stop an experiment, for example on response time and 5xx of the service."
  type        = set(string)
  nullable    = false

  # https://docs.aws.amazon.com/fis/latest/userguide/fis-quotas.html
  validation {
    condition     = length(var.stop_alarm_arns) >= 1 && length(var.stop_alarm_arns) <= 5
    error_message = "Name 1 to 5 alarms: an experiment that nothing stops is an outage."
  }

  validation {
    condition     = alltrue([for arn in var.stop_alarm_arns : can(regex("^arn:aws[a-z-]*:cloudwatch:[a-z0-9-]+:[0-9]{12}:alarm:[^*]+$", arn))])
    error_message = "Each of the stop_alarm_arns is the ARN of one CloudWatch alarm."
  }
}

variable "enable_stop_tasks" {
  description = "Whether there is an experiment that ends tasks."
  type        = bool
  default     = true
  nullable    = false
}

variable "enable_cpu_stress" {
  description = "Whether there is an experiment that keeps the CPUs of tasks busy. The tasks need the SSM agent as a second container, as FIS describes."
  type        = bool
  default     = false
  nullable    = false
}

variable "zone_subnet_arns" {
  description = "ARNs of the subnets of one availability zone that an experiment cuts off. Empty: no such experiment."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.zone_subnet_arns) <= 5 && alltrue([for arn in var.zone_subnet_arns : can(regex("^arn:aws[a-z-]*:ec2:[a-z0-9-]+:[0-9]{12}:subnet/subnet-[0-9a-z]+$", arn))])
    error_message = "Name at most 5 subnets by their ARNs (FIS takes no more for one target), without wildcards."
  }
}

variable "task_percent" {
  description = "Share of the tasks that an experiment touches, in percent."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.task_percent >= 1 && var.task_percent <= 100 && floor(var.task_percent) == var.task_percent
    error_message = "The task_percent is a whole number from 1 to 100."
  }
}

variable "cpu_percent" {
  description = "How busy the CPUs are, in percent."
  type        = number
  default     = 80
  nullable    = false

  validation {
    condition     = var.cpu_percent >= 1 && var.cpu_percent <= 100 && floor(var.cpu_percent) == var.cpu_percent
    error_message = "The cpu_percent is a whole number from 1 to 100."
  }
}

variable "duration_minutes" {
  description = "Minutes that an experiment lasts (ending tasks takes a moment only)."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.duration_minutes >= 1 && var.duration_minutes <= 720 && floor(var.duration_minutes) == var.duration_minutes
    error_message = "The duration_minutes are a whole number from 1 to 720 (12 hours)."
  }
}

variable "log_retention_days" {
  description = "How many days CloudWatch keeps the log of the experiments. Line PERF-02 looks back 90 days."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365 days or one of its longer periods."
  }
}

variable "kms_key_arn" {
  description = "ARN of the KMS key of the log group. Its policy must let CloudWatch Logs encrypt. Null leaves the group to the encryption of CloudWatch Logs itself."
  type        = string
  default     = null
}

variable "permissions_boundary_arn" {
  description = "ARN of the permissions boundary of the role, if your organisation demands one."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of everything that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
