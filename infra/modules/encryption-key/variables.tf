variable "create" {
  description = "Whether to create anything at all."
  type        = bool
  default     = true
  nullable    = false
}

variable "name" {
  description = "Name of the key: its alias is `alias/<name>`."
  type        = string
  default     = "plimsoll"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9/_-]{1,200}$", var.name)) && !startswith(var.name, "aws/")
    error_message = "The name of a key consists of letters, digits, /, _ and -, and does not start with aws/."
  }
}

variable "name_prefix" {
  description = "The suite's `name_prefix`: log groups of functions with this prefix may use the key."
  type        = string
  default     = "plimsoll"
  nullable    = false
}

variable "administrator_arns" {
  description = "Principals who may manage and delete the key, besides those whom IAM of the account allows."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "deletion_window_days" {
  description = "Days between asking for the key's deletion and losing everything it encrypts."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.deletion_window_days >= 7 && var.deletion_window_days <= 30
    error_message = "deletion_window_days is between 7 and 30 days."
  }
}

variable "tags" {
  description = "Tags of the key."
  type        = map(string)
  default     = {}
  nullable    = false
}
