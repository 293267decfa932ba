variable "name" {
  description = "Name of the ECS service."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,55}$", var.name))
    error_message = "The name has 1 to 55 letters, digits, hyphens and underscores."
  }
}

variable "cluster_arn" {
  description = "ARN of the ECS cluster."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:ecs:[a-z0-9-]+:[0-9]{12}:cluster/[A-Za-z0-9_-]+$", var.cluster_arn))
    error_message = "The cluster_arn is the ARN of one ECS cluster."
  }
}

variable "task_definition_arn" {
  description = "ARN of the first task definition. Later revisions are deployed by the pipeline, and Terraform leaves them alone."
  type        = string
  nullable    = false
}

variable "desired_count" {
  description = "Tasks at the start. Later auto scaling counts, and Terraform leaves the number alone."
  type        = number
  default     = 3
  nullable    = false

  validation {
    condition     = var.desired_count >= 1 && floor(var.desired_count) == var.desired_count
    error_message = "The desired_count is a whole number of at least 1 task."
  }
}

variable "subnet_ids" {
  description = "Private subnets of the tasks, in at least two availability zones."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "Name at least two subnets, in two availability zones."
  }
}

variable "security_group_ids" {
  description = "Security groups of the tasks."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.security_group_ids) >= 1
    error_message = "Name at least one security group: without one the tasks get the default group of the VPC."
  }
}

variable "capacity_providers" {
  description = "Weights of the capacity providers, for example `{ FARGATE = { weight = 30, base = 1 }, FARGATE_SPOT = { weight = 70 } }`. `base` is the number of tasks that this provider runs first."
  type = map(object({
    weight = number
    base   = optional(number, 0)
  }))
  default  = { FARGATE = { weight = 100 } }
  nullable = false

  validation {
    condition     = length(var.capacity_providers) > 0 && alltrue([for provider in values(var.capacity_providers) : provider.weight >= 0 && provider.weight <= 1000]) && length([for provider in values(var.capacity_providers) : provider if provider.base > 0]) <= 1
    error_message = "Name at least one capacity provider with a weight from 0 to 1,000; one of them may have a base."
  }
}

variable "load_balancer" {
  description = "The pair of target groups and the listener rules that ECS shifts. `production_listener_rule_arn` is the ARN of a rule, not of a listener. Null for a service that is reached by Service Connect only."
  type = object({
    container_name               = string
    container_port               = number
    blue_target_group_arn        = string
    green_target_group_arn       = string
    production_listener_rule_arn = string
    test_listener_rule_arn       = optional(string)
  })
  default = null

  validation {
    condition     = var.load_balancer != null || var.service_connect != null
    error_message = "ECS shifts traffic of a load balancer or of Service Connect: set load_balancer or service_connect."
  }

  validation {
    condition     = var.load_balancer == null || try(var.load_balancer.blue_target_group_arn != var.load_balancer.green_target_group_arn, false)
    error_message = "Blue and green are two target groups: with one, nothing can be rolled back."
  }

  validation {
    condition     = var.load_balancer == null || alltrue([for arn in try(compact([var.load_balancer.production_listener_rule_arn, var.load_balancer.test_listener_rule_arn]), []) : can(regex(":listener-rule/(app|net)/", arn))])
    error_message = "ECS shifts a listener rule: the ARN contains :listener-rule/."
  }
}

variable "service_connect" {
  description = "Service Connect of the service, as the module `service-connect` gives it out in `configurations`. Timeouts in seconds."
  type = object({
    namespace = string
    log_configuration = optional(object({
      log_driver = string
      options    = map(string)
    }))
    services = list(object({
      port_name                   = string
      discovery_name              = string
      port                        = number
      dns_name                    = optional(string)
      idle_timeout_seconds        = optional(number)
      per_request_timeout_seconds = optional(number)
      tls = optional(object({
        certificate_authority_arn = string
        role_arn                  = string
        kms_key_arn               = optional(string)
      }))
    }))
  })
  default = null
}

variable "deployment_strategy" {
  description = "How ECS deploys: `CANARY` (a small share first), `LINEAR` (equal steps) or `BLUE_GREEN` (all at once, after tests)."
  type        = string
  default     = "CANARY"
  nullable    = false

  validation {
    condition     = contains(["CANARY", "LINEAR", "BLUE_GREEN"], var.deployment_strategy)
    error_message = "The deployment_strategy is CANARY, LINEAR or BLUE_GREEN. A rolling update needs no module: leave deployment_configuration out of the service."
  }
}

variable "canary_percent" {
  description = "Share of the traffic that goes to the new revision first, in percent."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.canary_percent >= 0.1 && var.canary_percent <= 10
    error_message = "The canary_percent is from 0.1 to 10: line BG-02 accepts at most 10 % of the traffic."
  }
}

variable "canary_bake_minutes" {
  description = "Minutes that the canary runs before the rest of the traffic follows."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.canary_bake_minutes >= 5 && var.canary_bake_minutes <= 1440
    error_message = "The canary_bake_minutes are from 5 (line BG-02) to 1,440 (a day)."
  }
}

variable "linear_step_percent" {
  description = "Share of the traffic that each step of a linear deployment shifts, in percent."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.linear_step_percent >= 3 && var.linear_step_percent < 100
    error_message = "The linear_step_percent is at least 3 and below 100."
  }
}

variable "linear_step_bake_minutes" {
  description = "Minutes between two steps of a linear deployment."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.linear_step_bake_minutes >= 1 && var.linear_step_bake_minutes <= 1440
    error_message = "The linear_step_bake_minutes are from 1 to 1,440 (a day)."
  }
}

variable "bake_time_minutes" {
  description = "Minutes that the old tasks stay after all traffic has gone to the new ones. In this time a rollback is immediate."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.bake_time_minutes >= 1 && var.bake_time_minutes <= 1440
    error_message = "The bake_time_minutes are from 1 to 1,440 (a day): with 0 there is nothing left to return to."
  }
}

variable "alarm_names" {
  description = "CloudWatch alarms that stop a deployment and roll it back, for example target 5xx, unhealthy hosts and response time of the service."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.alarm_names) >= 1
    error_message = "Name at least one alarm: without an alarm nothing notices that a new revision is bad."
  }
}

variable "lifecycle_hooks" {
  description = "Lambda functions that test a deployment on its way, by a short key: the function's ARN, the stages (for example `POST_TEST_TRAFFIC_SHIFT`) and details for the function as JSON."
  type = map(object({
    function_arn = string
    stages       = list(string)
    details      = optional(string)
  }))
  default  = {}
  nullable = false

  # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-lifecycle-hooks.html
  validation {
    condition = alltrue(flatten([for hook in values(var.lifecycle_hooks) : [for stage in hook.stages : contains([
      "RECONCILE_SERVICE", "PRE_SCALE_UP", "POST_SCALE_UP", "TEST_TRAFFIC_SHIFT", "POST_TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT",
    ], stage)]]))
    error_message = "The stages of a hook are RECONCILE_SERVICE, PRE_SCALE_UP, POST_SCALE_UP, TEST_TRAFFIC_SHIFT, POST_TEST_TRAFFIC_SHIFT, PRODUCTION_TRAFFIC_SHIFT and POST_PRODUCTION_TRAFFIC_SHIFT."
  }

  validation {
    condition     = alltrue([for hook in values(var.lifecycle_hooks) : can(regex("^arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[^*]+$", hook.function_arn))])
    error_message = "The function_arn of a hook is the ARN of one Lambda function."
  }
}

variable "health_check_grace_seconds" {
  description = "Seconds after the start of a task in which a failed health check of the load balancer does not stop it."
  type        = number
  default     = 60
  nullable    = false
}

variable "wait_for_steady_state" {
  description = "Whether `terraform apply` waits until the service is steady."
  type        = bool
  default     = true
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "ARN of the permissions boundary of the roles, if your organisation demands one."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of everything that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
