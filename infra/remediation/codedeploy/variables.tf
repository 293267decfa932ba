variable "app_name" {
  description = "Name of the CodeDeploy application, and first word of the names of its deployment group and role."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@_-]{1,50}$", var.app_name))
    error_message = "The app_name has 1 to 50 letters, digits and the characters + = , . @ _ -."
  }
}

variable "cluster_name" {
  description = "Name of the ECS cluster."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,255}$", var.cluster_name))
    error_message = "The cluster_name is the name of one cluster, not its ARN."
  }
}

variable "service_name" {
  description = "Name of the ECS service. Its deployment controller is CODE_DEPLOY, which can be set only when the service is created."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,255}$", var.service_name))
    error_message = "The service_name is the name of one service, not its ARN."
  }
}

variable "listener_arn" {
  description = "ARN of the listener with the production traffic."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:listener/(app|net)/[^*]+$", var.listener_arn))
    error_message = "The listener_arn is the ARN of a listener of an application or network load balancer."
  }
}

variable "test_listener_arn" {
  description = "ARN of a listener with test traffic, which reaches the new tasks before the users do. Null: no test traffic."
  type        = string
  default     = null

  validation {
    condition     = var.test_listener_arn == null || can(regex("^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:listener/(app|net)/[^*]+$", var.test_listener_arn))
    error_message = "The test_listener_arn is the ARN of a listener of an application or network load balancer."
  }
}

variable "blue_target_group_name" {
  description = "Name of the target group with the tasks that serve now."
  type        = string
  nullable    = false
}

variable "green_target_group_name" {
  description = "Name of the target group for the new tasks."
  type        = string
  nullable    = false

  validation {
    condition     = var.green_target_group_name != var.blue_target_group_name
    error_message = "Blue and green are two target groups: with one, nothing can be rolled back."
  }
}

variable "alarm_names" {
  description = "CloudWatch alarms that stop a deployment and roll it back, for example target 5xx, unhealthy hosts and response time of the service."
  type        = set(string)
  nullable    = false

  # https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html
  validation {
    condition     = length(var.alarm_names) >= 1 && length(var.alarm_names) <= 10
    error_message = "Name 1 to 10 alarms: without an alarm nothing notices that a new version is bad."
  }
}

variable "deployment_config_name" {
  description = "How the traffic is shifted: a canary or linear configuration of CodeDeploy for ECS, its own or yours."
  type        = string
  default     = "CodeDeployDefault.ECSCanary10Percent5Minutes"
  nullable    = false

  validation {
    condition     = !strcontains(var.deployment_config_name, "AllAtOnce")
    error_message = "An AllAtOnce configuration has no canary step: line BG-02 asks for one. Choose a Canary or Linear configuration."
  }

  validation {
    condition     = !startswith(var.deployment_config_name, "CodeDeployDefault.") || startswith(var.deployment_config_name, "CodeDeployDefault.ECS")
    error_message = "A configuration of CodeDeploy itself is one for ECS: CodeDeployDefault.ECSCanary10Percent5Minutes, for example."
  }
}

variable "termination_wait_minutes" {
  description = "Minutes that the old tasks stay after all traffic has gone to the new ones. In this time a rollback is immediate."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.termination_wait_minutes >= 1 && var.termination_wait_minutes <= 2880 && floor(var.termination_wait_minutes) == var.termination_wait_minutes
    error_message = "The termination_wait_minutes are a whole number from 1 to 2,880 (two days): with 0 there is nothing left to return to."
  }
}

variable "action_on_timeout" {
  description = "`CONTINUE_DEPLOYMENT` shifts the traffic as soon as the new tasks are ready; `STOP_DEPLOYMENT` waits for a person."
  type        = string
  default     = "CONTINUE_DEPLOYMENT"
  nullable    = false

  validation {
    condition     = contains(["CONTINUE_DEPLOYMENT", "STOP_DEPLOYMENT"], var.action_on_timeout)
    error_message = "The action_on_timeout is CONTINUE_DEPLOYMENT or STOP_DEPLOYMENT."
  }
}

variable "ready_wait_minutes" {
  description = "Minutes that a deployment waits for a person before it stops, with `STOP_DEPLOYMENT`."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.ready_wait_minutes >= 1 && var.ready_wait_minutes <= 2880
    error_message = "The ready_wait_minutes are between 1 and 2,880 (two days)."
  }
}

variable "task_role_arns" {
  description = "ARNs of the task role and execution role of the service: CodeDeploy passes them to the new tasks."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.task_role_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[^*?]+$", arn))])
    error_message = "Each of the task_role_arns is the ARN of one role, without wildcards."
  }
}

variable "hook_function_arns" {
  description = "ARNs of the Lambda functions that the AppSpec calls as hooks."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.hook_function_arns : can(regex("^arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[^*]+$", arn))])
    error_message = "Each of the hook_function_arns is the ARN of one function, without wildcards."
  }
}

variable "notification_topic_arn" {
  description = "ARN of the SNS topic that is told about failed, stopped and rolled-back deployments. Plimsoll hears of them by EventBridge, without a topic."
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
