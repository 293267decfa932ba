variable "name" {
  description = "Name of the vault, and first word of the names of the plan, the roles, the bucket and the export."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,19}$", var.name))
    error_message = "The name has 2 to 20 lower-case letters, digits and hyphens, and starts with a letter."
  }
}

variable "create_plan" {
  description = "Whether to create the plan and everything that works. False makes the vault alone, as the destination of copies in another region or account."
  type        = bool
  default     = true
  nullable    = false
}

variable "schedule" {
  description = "When the daily backup starts, as a cron expression in UTC."
  type        = string
  default     = "cron(0 2 * * ? *)"
  nullable    = false

  validation {
    condition     = can(regex("^cron\\([0-9,*/-]+ [0-9,*/-]+ \\* \\* \\? \\*\\)$", var.schedule))
    error_message = "The schedule is a cron expression that runs every day, for example cron(0 2 * * ? *): line DR-02 asks for a backup in every 26 hours."
  }
}

variable "completion_window_minutes" {
  description = "Minutes after its start in which a backup must be finished, or it is stopped."
  type        = number
  default     = 720
  nullable    = false

  validation {
    condition     = var.completion_window_minutes >= 120 && var.completion_window_minutes <= 1440
    error_message = "The completion_window_minutes are from 120 to 1,440: after a day the next backup starts."
  }
}

variable "delete_after_days" {
  description = "Days after which a backup is deleted."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.delete_after_days >= 30 && floor(var.delete_after_days) == var.delete_after_days
    error_message = "The delete_after_days are a whole number of at least 30: line DR-03 asks for it."
  }
}

variable "selection_tag" {
  description = "Tag of the data stores that are backed up."
  type = object({
    key   = string
    value = string
  })
  default  = { key = "Backup", value = "true" }
  nullable = false

  validation {
    condition     = var.selection_tag.key != "" && var.selection_tag.value != ""
    error_message = "The selection_tag has a key and a value."
  }
}

variable "copy_destination_vault_arn" {
  description = "ARN of a vault in another region or account, to which each backup is copied. Null: no copy, and line DR-04 stays open."
  type        = string
  default     = null

  validation {
    condition     = var.copy_destination_vault_arn == null || can(regex("^arn:aws[a-z-]*:backup:[a-z0-9-]+:[0-9]{12}:backup-vault:[A-Za-z0-9_-]+$", var.copy_destination_vault_arn))
    error_message = "The copy_destination_vault_arn is the ARN of one backup vault."
  }
}

variable "copy_delete_after_days" {
  description = "Days after which a copy is deleted. Null: as delete_after_days."
  type        = number
  default     = null

  validation {
    condition     = var.copy_delete_after_days == null || try(var.copy_delete_after_days >= 1, false)
    error_message = "The copy_delete_after_days are at least 1 day."
  }
}

variable "kms_key_arn" {
  description = "ARN of the KMS key of the vault, the bucket and the state machine. Needed for copies to another account. Null: keys of AWS."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-z0-9-]+$", var.kms_key_arn))
    error_message = "The kms_key_arn is the ARN of one key, not of an alias."
  }
}

variable "vault_lock" {
  description = "Lock of the vault: backups can neither be deleted nor be kept outside these days. With `changeable_for_days` (at least 3) the lock itself becomes final after that time: nobody can take it away, AWS included. Null: no lock."
  type = object({
    min_retention_days  = number
    max_retention_days  = optional(number)
    changeable_for_days = optional(number)
  })
  default = null

  validation {
    condition     = var.vault_lock == null || try(var.vault_lock.min_retention_days >= 1 && var.vault_lock.min_retention_days <= var.delete_after_days, false)
    error_message = "The min_retention_days of the lock are from 1 to delete_after_days: otherwise every backup would be refused."
  }

  validation {
    condition     = var.vault_lock == null || try(var.vault_lock.max_retention_days == null ? true : var.vault_lock.max_retention_days >= var.delete_after_days, false)
    error_message = "The max_retention_days of the lock are at least delete_after_days: otherwise every backup would be refused."
  }
}

variable "restore_testing_selections" {
  description = "What is restored as a test, by a short key: the type as AWS Backup names it (`DynamoDB`, `RDS`, `Aurora`, `EFS`, `S3`, `EBS`, `EC2`, `DocumentDB`, `Neptune`, `FSx`), its ARNs (`*` is all), the hours in which the result stays for your own checks, and what differs at the restore (for RDS: `dbSubnetGroupName`, `vpcSecurityGroupIds`). Empty: no test, and line DR-06 needs a signature."
  type = map(object({
    resource_type              = string
    resource_arns              = optional(set(string), ["*"])
    validation_window_hours    = optional(number, 1)
    restore_metadata_overrides = optional(map(string), {})
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for selection in values(var.restore_testing_selections) : contains(["Aurora", "DocumentDB", "DynamoDB", "EBS", "EC2", "EFS", "FSx", "Neptune", "RDS", "S3"], selection.resource_type)])
    error_message = "AWS Backup tests restores of Aurora, DocumentDB, DynamoDB, EBS, EC2, EFS, FSx, Neptune, RDS and S3."
  }

  validation {
    condition     = alltrue([for key in keys(var.restore_testing_selections) : can(regex("^[a-z0-9_-]{1,20}$", key))])
    error_message = "The key of a selection has 1 to 20 lower-case letters, digits, hyphens and underscores."
  }
}

variable "restore_testing_schedule" {
  description = "When restores are tested, as a cron expression in UTC."
  type        = string
  default     = "cron(0 5 ? * SUN *)"
  nullable    = false

  validation {
    condition     = can(regex("^cron\\(([^ ()]+ ){5}[^ ()]+\\)$", var.restore_testing_schedule))
    error_message = "The restore_testing_schedule is a cron expression of six fields, for example cron(0 5 ? * SUN *)."
  }
}

variable "enable_task_definition_export" {
  description = "Whether ECS task definitions are exported to S3 every night."
  type        = bool
  default     = true
  nullable    = false
}

variable "cluster_arns" {
  description = "ARNs of the ECS clusters whose services are looked at, so that the revisions they run are exported as well as the newest of each family."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.cluster_arns : can(regex("^arn:aws[a-z-]*:ecs:[a-z0-9-]+:[0-9]{12}:cluster/[A-Za-z0-9_-]+$", arn))])
    error_message = "Each of the cluster_arns is the ARN of one ECS cluster, without wildcards."
  }
}

variable "export_schedule" {
  description = "When task definitions are exported, as a cron expression in UTC."
  type        = string
  default     = "cron(0 2 * * ? *)"
  nullable    = false

  validation {
    condition     = can(regex("^cron\\(([^ ()]+ ){5}[^ ()]+\\)$", var.export_schedule))
    error_message = "The export_schedule is a cron expression of six fields, for example cron(0 2 * * ? *)."
  }
}

variable "export_bucket_name" {
  description = "Name of the bucket of the export. Null: `<name>-task-definitions-<account>-<region>`."
  type        = string
  default     = null

  validation {
    condition     = var.export_bucket_name == null || can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.export_bucket_name))
    error_message = "The export_bucket_name has 3 to 63 lower-case letters, digits and hyphens."
  }
}

variable "evidence_bus_arn" {
  description = "ARN of the event bus to which the export reports (source `plimsoll.ci`, kind `taskdef-export`). Null: the default bus of the account and region."
  type        = string
  default     = null
}

variable "alarm_actions" {
  description = "ARNs that CloudWatch tells when the export fails, for example of an SNS topic."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "log_retention_days" {
  description = "How many days CloudWatch keeps the log of the export."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365 days or one of its longer periods."
  }
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
