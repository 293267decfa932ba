variable "name" {
  description = "Name of the VPC, and first word of the names of what is in it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,31}$", var.name))
    error_message = "The name has 2 to 32 lower-case letters, digits and hyphens, and begins with a letter."
  }
}

variable "cidr_block" {
  description = "Addresses of the VPC, between /16 and /20."
  type        = string
  default     = "10.0.0.0/16"
  nullable    = false

  validation {
    condition     = can(cidrhost(var.cidr_block, 0)) && try(tonumber(split("/", var.cidr_block)[1]) >= 16 && tonumber(split("/", var.cidr_block)[1]) <= 20, false)
    error_message = "The addresses are a network between /16 and /20, for example 10.0.0.0/16: it is cut into 16 subnets."
  }
}

variable "availability_zones" {
  description = "Number of zones that have subnets."
  type        = number
  default     = 3
  nullable    = false

  validation {
    condition     = contains([2, 3, 4], var.availability_zones)
    error_message = "There are two, three or four zones: with one, its loss is the loss of the service."
  }
}

variable "single_nat_gateway" {
  description = "Whether one NAT gateway serves all zones. Its zone's loss cuts off the others: for development only."
  type        = bool
  default     = false
  nullable    = false
}

variable "interface_endpoints" {
  description = "Services of AWS that have an endpoint in the VPC, beside S3."
  type        = set(string)
  default     = ["ecr.api", "ecr.dkr", "logs", "secretsmanager"]
  nullable    = false

  validation {
    condition     = length(setsubtract(["ecr.api", "ecr.dkr", "logs"], var.interface_endpoints)) == 0
    error_message = "Without ecr.api, ecr.dkr and logs a task gets its image and writes its log through the NAT gateway."
  }
}

variable "log_retention_days" {
  description = "Days that flow logs are kept."
  type        = number
  default     = 30
  nullable    = false
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
