variable "region" {
  description = "Region of the suite, other than us-east-1."
  type        = string
  default     = "eu-west-1"
}

variable "packages_bucket" {
  description = "Bucket with the zips of the functions."
  type        = string
}

variable "packages_prefix" {
  description = "Folder in the bucket, for example the version: `<prefix>/<function>/bootstrap.zip`."
  type        = string
}

variable "packages_versions" {
  description = "Object version of each function's zip, so that a new upload is noticed."
  type        = map(string)
  default     = {}
}

variable "secret_arns" {
  description = "ARNs of the secrets or encrypted parameters: the token of the Slack app, the routing key of PagerDuty."
  type = object({
    slack     = string
    pagerduty = string
  })
}

variable "slack_channel" {
  description = "Id of the Slack channel."
  type        = string
}

variable "people_emails" {
  description = "Who gets alerts and digest by e-mail."
  type        = set(string)
}

variable "operations_emails" {
  description = "Who is told when Plimsoll itself is in trouble."
  type        = set(string)
}

variable "member_account" {
  description = "Account whose events the suite reads, beside its own."
  type        = string
}

variable "member_role" {
  description = "Role in the member account that Terraform assumes."
  type        = string
  default     = "terraform"
}
