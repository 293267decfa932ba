variable "name" {
  description = "Name of the load balancer, and first word of the names of groups and bucket."
  type        = string
  nullable    = false

  validation {
    # A target group has 32 characters, `-green` among them: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
    condition     = can(regex("^[a-z][a-z0-9-]{1,24}[a-z0-9]$", var.name)) && !startswith(var.name, "internal-")
    error_message = "The name has 3 to 26 lower-case letters, digits and hyphens, begins with a letter, and does not begin with internal-."
  }
}

variable "vpc_id" {
  description = "VPC of load balancer and tasks."
  type        = string
  nullable    = false
}

variable "public_subnet_ids" {
  description = "Public subnets, in two zones at least."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.public_subnet_ids) >= 2
    error_message = "A load balancer has subnets in two zones at least."
  }
}

variable "task_security_group_id" {
  description = "Security group of the tasks: the only place where the load balancer sends to."
  type        = string
  nullable    = false
}

variable "certificate_arn" {
  description = "Certificate of your domain in ACM, in this region."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:acm:[a-z0-9-]+:[0-9]{12}:certificate/", var.certificate_arn))
    error_message = "certificate_arn is the ARN of a certificate in ACM."
  }
}

variable "container_port" {
  description = "Port on which a task listens."
  type        = number
  nullable    = false
}

variable "health_check_path" {
  description = "Path that answers 200 to 299 as soon as a task can serve."
  type        = string
  default     = "/health"
  nullable    = false

  validation {
    condition     = startswith(var.health_check_path, "/")
    error_message = "The path of the health check begins with a slash."
  }
}

variable "deregistration_delay_seconds" {
  description = "Seconds that a task may finish its requests after it is taken out: connection draining."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.deregistration_delay_seconds >= 5 && var.deregistration_delay_seconds <= 300
    error_message = "The deregistration delay is between 5 and 300 seconds: with 0, requests are cut off; AWS's own default of 300 makes each deployment slow."
  }
}

variable "deletion_protection" {
  description = "Whether the load balancer refuses to be deleted and its log bucket to be emptied."
  type        = bool
  default     = true
  nullable    = false
}

variable "log_retention_days" {
  description = "Days that access logs are kept."
  type        = number
  default     = 30
  nullable    = false
}

variable "tags" {
  description = "Tags of everything that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
