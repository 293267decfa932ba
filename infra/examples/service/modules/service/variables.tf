variable "name" {
  description = "Name of cluster and service, and first word of other names."
  type        = string
  nullable    = false
}

variable "vpc_id" {
  description = "VPC of the tasks."
  type        = string
  nullable    = false
}

variable "private_subnet_ids" {
  description = "Private subnets, in two zones at least."
  type        = list(string)
  nullable    = false
}

variable "load_balancer_security_group_id" {
  description = "Security group of the load balancer: the only one that reaches the tasks."
  type        = string
  nullable    = false
}

variable "target_group_arn" {
  description = "Target group that the tasks register with; the blue one of a pair."
  type        = string
  nullable    = false
}

variable "image" {
  description = "Image by its digest, `REGISTRY/REPOSITORY@sha256:...`: a tag may be another image tomorrow."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "The image is given by its digest, REGISTRY/REPOSITORY@sha256:..., because a tag may be another image tomorrow."
  }
}

variable "repository_arns" {
  description = "ECR repositories that tasks pull from; empty for a public image."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "container_port" {
  description = "Port on which a task listens."
  type        = number
  default     = 8080
  nullable    = false

  validation {
    condition     = var.container_port >= 1024 && var.container_port <= 65535
    error_message = "The port is between 1024 and 65535: a task without root cannot open a lower one."
  }
}

variable "cpu_units" {
  description = "CPU of a task in units: 1024 are one vCPU."
  type        = number
  default     = 512
  nullable    = false

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096, 8192, 16384], var.cpu_units)
    error_message = "Fargate knows 256, 512, 1024, 2048, 4096, 8192 and 16384 CPU units."
  }
}

variable "memory_mib" {
  description = "Memory of a task in MiB."
  type        = number
  default     = 1024
  nullable    = false

  validation {
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
    condition     = var.memory_mib >= 2 * var.cpu_units && var.memory_mib <= 8 * var.cpu_units
    error_message = "Fargate gives a task between 2 and 8 MiB of memory for each CPU unit."
  }
}

variable "cpu_architecture" {
  description = "Processor the image was built for: `X86_64`, or `ARM64`, which costs a fifth less."
  type        = string
  default     = "X86_64"
  nullable    = false

  validation {
    condition     = contains(["X86_64", "ARM64"], var.cpu_architecture)
    error_message = "The processor is X86_64 or ARM64."
  }
}

variable "user" {
  description = "User id (and group id) of the process in the container."
  type        = string
  default     = "1000:1000"
  nullable    = false

  validation {
    condition     = !can(regex("^(0|root)(:|$)", var.user))
    error_message = "The process does not run as root."
  }
}

variable "environment_variables" {
  description = "Variables of the container that anybody may read."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.environment_variables) : !can(regex("(?i)(password|passwd|secret|token|api_?key|private_?key|credential)", name))])
    error_message = "A variable whose name says that it is secret belongs into secrets: whoever may describe a task definition can read the others."
  }
}

variable "secrets" {
  description = "Variables of the container that come from Secrets Manager or Parameter Store: the name to the ARN."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for arn in values(var.secrets) : can(regex("^arn:[a-z-]+:(secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:|ssm:[a-z0-9-]+:[0-9]{12}:parameter/)", arn))])
    error_message = "A secret is the ARN of a secret or of a parameter, never the secret itself."
  }
}

variable "task_policy" {
  description = "Policy of the task role as JSON: what the code may do; null for nothing."
  type        = string
  default     = null

  validation {
    condition     = var.task_policy == null || can(jsondecode(var.task_policy).Statement)
    error_message = "task_policy is a policy as JSON with a Statement."
  }
}

variable "egress" {
  description = "What tasks reach beside HTTPS, by a description: the security group and the port, for example of a database."
  type = map(object({
    security_group_id = string
    port              = number
  }))
  default  = {}
  nullable = false
}

variable "stop_timeout_seconds" {
  description = "Seconds that a task gets to end; not longer than the deregistration delay of its target group."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.stop_timeout_seconds >= 1 && var.stop_timeout_seconds <= 120
    error_message = "Fargate waits between 1 and 120 seconds for the end of a task."
  }
}

variable "autoscaling_min" {
  description = "The least number of tasks."
  type        = number
  nullable    = false

  validation {
    condition     = var.autoscaling_min >= 1
    error_message = "At least one task runs."
  }
}

variable "autoscaling_max" {
  description = "The greatest number of tasks."
  type        = number
  nullable    = false

  validation {
    condition     = var.autoscaling_max > var.autoscaling_min
    error_message = "autoscaling_max is greater than autoscaling_min: otherwise nothing scales."
  }
}

variable "target_cpu_percent" {
  description = "CPU, in percent of what is reserved, that auto-scaling aims at."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.target_cpu_percent >= 10 && var.target_cpu_percent <= 90
    error_message = "The aim for CPU is between 10 and 90 percent."
  }
}

variable "target_memory_percent" {
  description = "Memory, in percent of what is reserved, that auto-scaling aims at."
  type        = number
  default     = 70
  nullable    = false

  validation {
    condition     = var.target_memory_percent >= 10 && var.target_memory_percent <= 90
    error_message = "The aim for memory is between 10 and 90 percent."
  }
}

variable "enable_fargate_spot" {
  description = "Whether a part of the tasks runs on spare capacity, which AWS may take away within two minutes."
  type        = bool
  default     = false
  nullable    = false
}

variable "fargate_spot_weight" {
  description = "Share of the tasks on Spot, in percent, if enable_fargate_spot."
  type        = number
  default     = 70
  nullable    = false

  validation {
    condition     = var.fargate_spot_weight >= 1 && var.fargate_spot_weight <= 100
    error_message = "The share on Spot is between 1 and 100 percent; switch it off by enable_fargate_spot."
  }
}

variable "deployment_controller" {
  description = "`ECS`: rolling deployments with circuit breaker and alarms. `CODE_DEPLOY`: canary deployments by the module codedeploy."
  type        = string
  default     = "ECS"
  nullable    = false

  validation {
    condition     = contains(["ECS", "CODE_DEPLOY"], var.deployment_controller)
    error_message = "The deployment controller is ECS or CODE_DEPLOY."
  }
}

variable "rollback_alarm_names" {
  description = "Alarms that roll a rolling deployment back."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "log_retention_days" {
  description = "Days that the log is kept."
  type        = number
  default     = 30
  nullable    = false
}

variable "kms_key_arn" {
  description = "Your own key for log and secrets; its policy must let CloudWatch Logs encrypt. Null leaves encryption to AWS."
  type        = string
  default     = null
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the roles, if your organisation demands one."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of everything that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
