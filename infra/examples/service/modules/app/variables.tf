variable "environment" {
  description = "Name of the environment: `dev`, `staging` or `prod`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,9}$", var.environment))
    error_message = "The environment has 2 to 10 lower-case letters and digits, for example dev, staging or prod."
  }
}

variable "single_nat_gateway" {
  description = "Whether one NAT gateway serves all zones: in dev only."
  type        = bool
  default     = false
  nullable    = false
}

variable "enable_fargate_spot" {
  description = "Whether a part of the tasks runs on Spot: not in prod."
  type        = bool
  default     = false
  nullable    = false
}

variable "fargate_spot_weight" {
  description = "Share of the tasks on Spot, in percent, if enable_fargate_spot."
  type        = number
  default     = 70
  nullable    = false
}

variable "autoscaling_min" {
  description = "The least number of tasks."
  type        = number
  nullable    = false
}

variable "autoscaling_max" {
  description = "The greatest number of tasks."
  type        = number
  nullable    = false
}

variable "enable_waf" {
  description = "Whether the load balancer has a firewall."
  type        = bool
  default     = true
  nullable    = false
}

variable "enable_shield" {
  description = "Whether Shield Advanced protects the load balancer. The account must be subscribed: 3,000 US dollars a month, for a year."
  type        = bool
  default     = false
  nullable    = false
}

variable "log_retention_days" {
  description = "Days that the logs of service, load balancer, network and firewall are kept."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days is one of the numbers that CloudWatch Logs knows: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

variable "enable_backup" {
  description = "Whether data stores with the tag Backup are saved each night, and task definitions exported."
  type        = bool
  default     = false
  nullable    = false
}

variable "backup_copy_vault_arn" {
  description = "Vault in another region or account that gets a copy of each backup; null for none, and then the line DR-04 stays open."
  type        = string
  default     = null
}

variable "name" {
  description = "Name of the service, without the environment."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,15}$", var.name)) && !endswith(var.name, "-")
    error_message = "The name has 2 to 16 lower-case letters, digits and hyphens, begins with a letter and does not end with a hyphen."
  }
}

variable "image" {
  description = "Image by its digest, `REGISTRY/REPOSITORY@sha256:...`, that the service starts with. Later ones are deployed by the pipeline."
  type        = string
  nullable    = false
}

variable "certificate_arn" {
  description = "Certificate of your domain in ACM, in this region."
  type        = string
  nullable    = false
}

variable "alarm_emails" {
  description = "Who hears of alarms. AWS writes to each address and waits for a click."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "alarm_topic_arns" {
  description = "Topics of yours that hear of alarms, too."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "cidr_block" {
  description = "Addresses of the VPC."
  type        = string
  default     = "10.0.0.0/16"
  nullable    = false
}

variable "availability_zones" {
  description = "Number of zones of the VPC."
  type        = number
  default     = 3
  nullable    = false
}

variable "deployment_controller" {
  description = "`ECS`: rolling deployments with circuit breaker and alarms. `CODE_DEPLOY`: canary deployments by the module codedeploy."
  type        = string
  default     = "ECS"
  nullable    = false
}

variable "container_port" {
  description = "Port on which a task listens."
  type        = number
  default     = 8080
  nullable    = false
}

variable "health_check_path" {
  description = "Path that answers 200 to 299 as soon as a task can serve."
  type        = string
  default     = "/health"
  nullable    = false
}

variable "cpu_units" {
  description = "CPU of a task in units: 1024 are one vCPU."
  type        = number
  default     = 512
  nullable    = false
}

variable "memory_mib" {
  description = "Memory of a task in MiB."
  type        = number
  default     = 1024
  nullable    = false
}

variable "cpu_architecture" {
  description = "Processor the image was built for: `X86_64` or `ARM64`."
  type        = string
  default     = "X86_64"
  nullable    = false
}

variable "environment_variables" {
  description = "Variables of the container that anybody may read."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "secrets" {
  description = "Variables of the container that come from Secrets Manager or Parameter Store: the name to the ARN."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "task_policy" {
  description = "Policy of the task role as JSON: what the code may do; null for nothing."
  type        = string
  default     = null
}

variable "deletion_protection" {
  description = "Whether load balancer, its logs and the images are kept from a destroy."
  type        = bool
  default     = true
  nullable    = false
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
