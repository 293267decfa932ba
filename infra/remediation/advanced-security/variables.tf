variable "create" {
  description = "Whether to create anything at all."
  type        = bool
  default     = true
  nullable    = false
}

variable "name" {
  description = "First word of the names of protections, role and job."
  type        = string
  default     = "advanced-security"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,40}$", var.name))
    error_message = "The name has letters, digits, hyphens and underscores, at most 40."
  }
}

variable "enable_shield" {
  description = "Whether Shield Advanced protects `shield_resource_arns`. The account must be subscribed; see `subscribe_to_shield`."
  type        = bool
  default     = false
  nullable    = false
}

variable "subscribe_to_shield" {
  description = "Whether to subscribe this account to Shield Advanced: 3,000 US dollars a month, for a year, from the moment of the apply. Each account subscribes; an organisation with consolidated billing pays the monthly fee once. Leave it false in an account that is subscribed. A destroy does not end it."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.subscribe_to_shield || var.enable_shield
    error_message = "subscribe_to_shield without enable_shield would pay 3,000 US dollars a month and protect nothing."
  }
}

variable "shield_auto_renew" {
  description = "Whether the subscription goes on after its year."
  type        = bool
  default     = true
  nullable    = false
}

variable "shield_resource_arns" {
  description = "What is protected, by a short name: load balancers, distributions, elastic addresses (`arn:aws:ec2:...:eip-allocation/...`), hosted zones, accelerators."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = !var.enable_shield || length(var.shield_resource_arns) > 0
    error_message = "enable_shield needs at least one entry in shield_resource_arns: the subscription alone protects nothing."
  }

  validation {
    condition     = alltrue([for arn in values(var.shield_resource_arns) : can(regex("^arn:[a-z-]+:(elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:loadbalancer/|cloudfront::[0-9]{12}:distribution/|ec2:[a-z0-9-]+:[0-9]{12}:eip-allocation/|route53:::hostedzone/|globalaccelerator::[0-9]{12}:accelerator/)", arn))])
    error_message = "Shield protects load balancers, distributions, elastic addresses, hosted zones and accelerators, each by its ARN."
  }
}

variable "shield_automatic_response" {
  description = "Short names of `shield_resource_arns` (load balancers and distributions with a web ACL) that Shield defends by itself on layer 7."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(setsubtract(var.shield_automatic_response, keys(var.shield_resource_arns))) == 0
    error_message = "An automatic response is for a short name of shield_resource_arns."
  }
}

variable "shield_automatic_response_action" {
  description = "What Shield's own rules do: `COUNT` to look at them first, `BLOCK` to defend."
  type        = string
  default     = "BLOCK"
  nullable    = false

  validation {
    condition     = contains(["BLOCK", "COUNT"], var.shield_automatic_response_action)
    error_message = "The action of an automatic response is BLOCK or COUNT."
  }
}

variable "enable_shield_response_team" {
  description = "Whether AWS's Shield Response Team gets a role to read and change web ACLs. It needs Business or Enterprise Support."
  type        = bool
  default     = false
  nullable    = false
}

variable "enable_macie" {
  description = "Whether to switch on Macie in this region."
  type        = bool
  default     = false
  nullable    = false
}

variable "macie_finding_frequency" {
  description = "How often Macie repeats findings that go on: `FIFTEEN_MINUTES`, `ONE_HOUR` or `SIX_HOURS`."
  type        = string
  default     = "SIX_HOURS"
  nullable    = false

  validation {
    condition     = contains(["FIFTEEN_MINUTES", "ONE_HOUR", "SIX_HOURS"], var.macie_finding_frequency)
    error_message = "The frequency is FIFTEEN_MINUTES, ONE_HOUR or SIX_HOURS."
  }
}

variable "macie_buckets" {
  description = "Names of buckets that a job reads each Monday; empty for no job. It is paid by the GB that it reads."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for name in var.macie_buckets : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", name))])
    error_message = "A bucket is given by its name, without s3:// and without an ARN."
  }
}

variable "macie_sampling_percent" {
  description = "Share of the objects, in percent, that the job reads."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.macie_sampling_percent >= 1 && var.macie_sampling_percent <= 100
    error_message = "The job reads between 1 and 100 percent of the objects."
  }
}

variable "enable_inspector" {
  description = "Whether to switch on Inspector in this region."
  type        = bool
  default     = false
  nullable    = false
}

variable "inspector_resource_types" {
  description = "What Inspector scans: `ECR`, and if wanted `EC2`, `LAMBDA` and `LAMBDA_CODE`."
  type        = set(string)
  default     = ["ECR"]
  nullable    = false

  validation {
    condition     = length(setsubtract(var.inspector_resource_types, ["ECR", "EC2", "LAMBDA", "LAMBDA_CODE"])) == 0 && contains(var.inspector_resource_types, "ECR")
    error_message = "Inspector scans ECR, and if wanted EC2, LAMBDA and LAMBDA_CODE; the checklist is about the images in ECR."
  }

  validation {
    condition     = !contains(var.inspector_resource_types, "LAMBDA_CODE") || contains(var.inspector_resource_types, "LAMBDA")
    error_message = "LAMBDA_CODE needs LAMBDA."
  }
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
