variable "create" {
  description = "Whether to create anything at all."
  type        = bool
  default     = true
  nullable    = false
}

variable "name" {
  description = "Name of trail and recorder, and first word of the names of buckets and role."
  type        = string
  default     = "governance"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,23}$", var.name)) && !endswith(var.name, "-")
    error_message = "The name has 3 to 24 lower-case letters, digits and hyphens, begins with a letter and does not end with a hyphen: it is part of the names of buckets."
  }
}

variable "enable_cloudtrail" {
  description = "Whether to make the trail and its bucket. Leave it out where an organisation has a trail: a second copy of the events is paid for."
  type        = bool
  default     = false
  nullable    = false
}

variable "enable_config" {
  description = "Whether to make the recorder of AWS Config, its role, its delivery channel and its bucket. A region has at most one recorder; Control Tower makes it."
  type        = bool
  default     = false
  nullable    = false
}

variable "enable_config_rules" {
  description = "Whether to make the Config rules. They need a recorder, this module's or another."
  type        = bool
  default     = false
  nullable    = false
}

variable "enable_guardduty" {
  description = "Whether to switch on GuardDuty and the features below. A region has at most one detector; see `guardduty_detector_id`."
  type        = bool
  default     = false
  nullable    = false
}

variable "retention_days" {
  description = "Days that the files of trail and recorder are kept."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition     = var.retention_days >= 90 && floor(var.retention_days) == var.retention_days
    error_message = "retention_days is a whole number of at least 90 days: the event history of CloudTrail has 90 days by itself."
  }
}

variable "cloudwatch_logs" {
  description = "A log group that gets the trail's events, too, and the role by which CloudTrail writes them; null for none."
  type = object({
    log_group_arn = string
    role_arn      = string
  })
  default = null

  validation {
    condition     = try(!endswith(var.cloudwatch_logs.log_group_arn, ":*") && can(regex("^arn:[a-z-]+:logs:", var.cloudwatch_logs.log_group_arn)), var.cloudwatch_logs == null)
    error_message = "log_group_arn is the ARN of a log group without :* at its end."
  }
}

variable "record_everything" {
  description = "Whether the recorder records every type that AWS Config knows. By default it records what the rules read and what the checklist needs, for each item is paid for."
  type        = bool
  default     = false
  nullable    = false
}

variable "recorded_resource_types" {
  description = "Types to record instead of those that the rules read, for example `[\"AWS::ECS::TaskDefinition\"]`; null for those."
  type        = list(string)
  default     = null

  validation {
    condition     = try(length(var.recorded_resource_types) > 0 && alltrue([for type in var.recorded_resource_types : can(regex("^AWS::[A-Za-z0-9]+::[A-Za-z0-9]+$", type))]), var.recorded_resource_types == null)
    error_message = "A type is like AWS::ECS::TaskDefinition, and the list is not empty."
  }
}

variable "recording_frequency" {
  description = "How often a change is recorded: `CONTINUOUS`, or `DAILY`, which is dearer by the item and cheaper where much changes."
  type        = string
  default     = "CONTINUOUS"
  nullable    = false

  validation {
    condition     = contains(["CONTINUOUS", "DAILY"], var.recording_frequency)
    error_message = "recording_frequency is CONTINUOUS or DAILY."
  }
}

variable "config_topic_arn" {
  description = "SNS topic that hears what the recorder delivers; null for none. The suite reads EventBridge and does not need it."
  type        = string
  default     = null
}

variable "rule_groups" {
  description = "Groups of rules of rules.json: `core`, `backup`, `restore-time`, `cloudfront`, `advanced-security`, `vpc-endpoints` (for `vpc_ids`) and `customer-managed-keys`, whose rules fail whatever is encrypted with a key of AWS."
  type        = set(string)
  default     = ["core", "backup", "vpc-endpoints"]
  nullable    = false

  validation {
    condition     = length(setsubtract(var.rule_groups, ["core", "backup", "restore-time", "cloudfront", "advanced-security", "vpc-endpoints", "customer-managed-keys"])) == 0
    error_message = "The groups of rules are core, backup, restore-time, cloudfront, advanced-security, vpc-endpoints and customer-managed-keys."
  }
}

variable "excluded_rules" {
  description = "Identifiers of rules to leave out, for example because a region does not have them yet."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for identifier in var.excluded_rules : contains(keys(jsondecode(file("${path.module}/rules.json")).rules), identifier)])
    error_message = "An excluded rule is named by its identifier in rules.json, for example ECS_NO_ENVIRONMENT_SECRETS."
  }
}

variable "rule_parameters" {
  description = "Parameters of rules that differ from rules.json, by identifier: all values are text."
  type        = map(map(string))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for identifier in keys(var.rule_parameters) : contains(keys(jsondecode(file("${path.module}/rules.json")).rules), identifier)])
    error_message = "Parameters are given to a rule by its identifier in rules.json, for example ECS_NO_ENVIRONMENT_SECRETS."
  }
}

variable "rule_name_prefix" {
  description = "First word of the names of the rules, if others have the same names."
  type        = string
  default     = ""
  nullable    = false
}

variable "vpc_ids" {
  description = "VPCs that must have the endpoints; empty leaves the rule out, for it would look at the default VPC as well."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.vpc_ids : can(regex("^vpc-[0-9a-f]+$", id))])
    error_message = "A VPC is named by its id, vpc-0123456789abcdef0."
  }
}

variable "log_retention_days" {
  description = "Days that each log group must be kept at least, for the rule on retention. AWS's own default is 365."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.log_retention_days >= 1
    error_message = "log_retention_days is at least one day."
  }
}

variable "backup_retention_days" {
  description = "Days that a backup must be kept at least, for the rules on backups. AWS's own default is 35."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.backup_retention_days >= 1
    error_message = "backup_retention_days is at least one day."
  }
}

variable "guardduty_detector_id" {
  description = "The detector that the region has already; null makes one. In a member account of an organisation the administrator sets the features, and this part must stay off."
  type        = string
  default     = null

  validation {
    condition     = try(can(regex("^[0-9a-f]{32}$", var.guardduty_detector_id)), false) || var.guardduty_detector_id == null
    error_message = "The id of a detector has 32 hexadecimal digits."
  }
}

variable "enable_s3_protection" {
  description = "Whether GuardDuty reads the data events of S3."
  type        = bool
  default     = true
  nullable    = false
}

variable "enable_ecs_runtime_monitoring" {
  description = "Whether GuardDuty watches the processes of tasks on Fargate, with an agent that it puts beside each new task. Running tasks get it with their next deployment."
  type        = bool
  default     = true
  nullable    = false
}

variable "enable_malware_protection" {
  description = "Whether GuardDuty scans the EBS volumes of an instance that looks attacked. Tasks on Fargate have no such volume; container instances have."
  type        = bool
  default     = true
  nullable    = false
}

variable "kms_key_arn" {
  description = "Your own key for the buckets; its policy must let CloudTrail and AWS Config encrypt. Null leaves encryption to S3."
  type        = string
  default     = null

  validation {
    condition     = try(startswith(var.kms_key_arn, "arn:"), var.kms_key_arn == null)
    error_message = "kms_key_arn is the ARN of a key, neither an alias nor an id."
  }
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the role, if your organisation demands one."
  type        = string
  default     = null
}

variable "force_destroy" {
  description = "Whether a destroy deletes the files in the buckets, too. Auditors want false."
  type        = bool
  default     = false
  nullable    = false
}

variable "tags" {
  description = "Tags of everything that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
