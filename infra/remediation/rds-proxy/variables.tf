variable "name" {
  description = "Name of the proxy, and first word of the names of its role and security group."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,55}$", var.name)) && !strcontains(var.name, "--") && !endswith(var.name, "-")
    error_message = "The name has 1 to 56 lower-case letters, digits and single hyphens, starts with a letter and does not end with a hyphen."
  }
}

variable "engine_family" {
  description = "`POSTGRESQL` or `MYSQL` (also MariaDB)."
  type        = string
  default     = "POSTGRESQL"
  nullable    = false

  validation {
    condition     = contains(["POSTGRESQL", "MYSQL"], var.engine_family)
    error_message = "The engine_family is POSTGRESQL or MYSQL."
  }
}

variable "db_secret_arn" {
  description = "ARN of the secret with the proxy's login at the database, as JSON with `username` and `password`. A secret that RDS manages fits."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[^*?]+$", var.db_secret_arn))
    error_message = "The db_secret_arn is the ARN of one secret of Secrets Manager, without wildcards."
  }
}

variable "secret_kms_key_arn" {
  description = "ARN of the KMS key of the secret, if it has one of yours. Null: the key of AWS, which needs no permission."
  type        = string
  default     = null

  validation {
    condition     = var.secret_kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-z0-9-]+$", var.secret_kms_key_arn))
    error_message = "The secret_kms_key_arn is the ARN of one key, not of an alias."
  }
}

variable "vpc_id" {
  description = "Id of the VPC of the database."
  type        = string
  nullable    = false
}

variable "subnet_ids" {
  description = "Private subnets of the proxy, in at least two availability zones."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "Name at least two subnets, in two availability zones: RDS asks for them."
  }
}

variable "client_security_group_ids" {
  description = "Security groups of the tasks that connect, by a short key of your choice."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.client_security_group_ids) > 0
    error_message = "Name at least one security group of tasks: nobody else may connect."
  }
}

variable "db_security_group_id" {
  description = "Security group of the database."
  type        = string
  nullable    = false
}

variable "open_database_security_group" {
  description = "Whether to let the proxy into the database's security group. False where another configuration owns that group."
  type        = bool
  default     = true
  nullable    = false
}

variable "port" {
  description = "Port of the database. Null: 5432 for POSTGRESQL, 3306 for MYSQL."
  type        = number
  default     = null

  validation {
    condition     = var.port == null || try(var.port >= 1 && var.port <= 65535, false)
    error_message = "The port is from 1 to 65535."
  }
}

variable "db_cluster_id" {
  description = "Identifier of the Aurora cluster (or of the Multi-AZ DB cluster) behind the proxy."
  type        = string
  default     = null

  validation {
    condition     = (var.db_cluster_id == null) != (var.db_instance_id == null)
    error_message = "A proxy has one database: set db_cluster_id or db_instance_id."
  }
}

variable "db_instance_id" {
  description = "Identifier of the RDS instance behind the proxy, where there is no cluster."
  type        = string
  default     = null
}

variable "max_connections_percent" {
  description = "Share of the database's `max_connections` that the proxy may open, in percent."
  type        = number
  default     = 100
  nullable    = false

  validation {
    condition     = var.max_connections_percent >= 1 && var.max_connections_percent <= 100
    error_message = "The max_connections_percent is from 1 to 100."
  }
}

variable "max_idle_connections_percent" {
  description = "Share of the database's `max_connections` that the proxy keeps open while nobody uses them, in percent."
  type        = number
  default     = 50
  nullable    = false

  validation {
    condition     = var.max_idle_connections_percent >= 0 && var.max_idle_connections_percent <= var.max_connections_percent
    error_message = "The max_idle_connections_percent is from 0 to max_connections_percent."
  }
}

variable "connection_borrow_timeout_seconds" {
  description = "Seconds that a task waits for a connection when all are in use, before it gets an error."
  type        = number
  default     = 120
  nullable    = false

  validation {
    condition     = var.connection_borrow_timeout_seconds >= 1 && var.connection_borrow_timeout_seconds <= 300
    error_message = "The connection_borrow_timeout_seconds are from 1 to 300."
  }
}

variable "idle_client_timeout_seconds" {
  description = "Seconds after which the proxy ends a connection of a task that nobody uses."
  type        = number
  default     = 1800
  nullable    = false

  validation {
    condition     = var.idle_client_timeout_seconds >= 1 && var.idle_client_timeout_seconds <= 28800
    error_message = "The idle_client_timeout_seconds are from 1 to 28,800 (8 hours)."
  }
}

variable "db_user" {
  description = "Database user as which the tasks log in: the `username` in the secret. The proxy looks for the secret of the user in the IAM token."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]+$", var.db_user))
    error_message = "The db_user is one database user, without wildcards."
  }
}

variable "log_retention_days" {
  description = "How many days CloudWatch keeps the log of the proxy. The source checklist has 7 in dev, 30 in staging and 90 in prod."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365 days or one of its longer periods."
  }
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
