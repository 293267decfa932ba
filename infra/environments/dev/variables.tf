variable "region" {
  description = "Region of the suite, other than us-east-1."
  type        = string
  default     = "eu-west-1"

  validation {
    condition     = var.region != "us-east-1"
    error_message = "In us-east-1 the suite hears of costs by itself: remove the module global_events and cost_topic_arns, then this check."
  }
}

variable "packages_directory" {
  description = "Folder with `<function>/bootstrap.zip`."
  type        = string
  default     = "../../../target/lambda"
}

variable "slack_token_arn" {
  description = "ARN of the secret, or of the encrypted parameter, with the token of the Slack app."
  type        = string
}

variable "slack_channel" {
  description = "Id of the Slack channel; the app must be a member."
  type        = string
}

variable "operations_emails" {
  description = "Who is told when Plimsoll itself is in trouble."
  type        = set(string)
}

variable "operator_arns" {
  description = "Who may read, replay and redrive the queues: ARNs of roles, with wildcards."
  type        = list(string)
  default     = []
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of every role, if your organisation or infra/modules/github-deployer demands one."
  type        = string
  default     = null
}
