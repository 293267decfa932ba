# The smallest suite: all sources, one Slack channel, alarms by e-mail.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

provider "aws" {
  region = var.region
}

variable "region" {
  description = "Region of the suite. Cost anomalies arrive in us-east-1 only; elsewhere see the complete example."
  type        = string
  default     = "us-east-1"
}

variable "packages_directory" {
  description = "Folder with `<function>/bootstrap.zip`: what `cargo lambda build --release --arm64 --output-format zip` leaves, or an unpacked release."
  type        = string
  default     = "../../../target/lambda"
}

variable "slack_token_arn" {
  description = "ARN of the secret, or of the encrypted parameter, whose value is the token of the Slack app (xoxb-...)."
  type        = string
}

variable "slack_channel" {
  description = "Id of the Slack channel, from the end of its About page; the app must be a member."
  type        = string
}

variable "operations_emails" {
  description = "Who is told when Plimsoll itself is in trouble. AWS asks each address to confirm."
  type        = set(string)
}

variable "operator_arns" {
  description = "Who alone may read, replay and redrive the queues: ARNs of roles, with wildcards. With none of them IAM decides."
  type        = list(string)
  default     = []
}

variable "dashboard" {
  description = "Whether to make the page in CloudWatch, for $3 a month at list price."
  type        = bool
  default     = false
}

module "plimsoll" {
  source = "../../suite"

  packages = { directory = var.packages_directory }
  configuration = templatefile("${path.module}/plimsoll.toml", {
    slack_channel   = var.slack_channel
    slack_token_arn = var.slack_token_arn
  })
  operations = { emails = var.operations_emails, operator_arns = var.operator_arns }
  dashboard  = var.dashboard
}
