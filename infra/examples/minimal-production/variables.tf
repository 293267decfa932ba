variable "region" {
  description = "Region of the service."
  type        = string
  default     = "us-east-1"
}

variable "project_name" {
  description = "Name of the service, without the environment."
  type        = string
  default     = "web"
}

variable "domain_name" {
  description = "Your domain that points to the load balancer; the API calls the service by it."
  type        = string
}

variable "certificate_arn" {
  description = "Certificate of that domain in ACM, in this region."
  type        = string
}

variable "image" {
  description = "Image by its digest that the service starts with."
  type        = string
}

variable "secrets" {
  description = "Variables of the container that come from Secrets Manager or Parameter Store: the name to the ARN."
  type        = map(string)
  default     = {}
}

variable "alarm_emails" {
  description = "Who hears of alarms. AWS writes to each address and waits for a click."
  type        = set(string)
}

variable "throttle_rate_limit" {
  description = "Requests of the API each second. 10,000 is the source's number and the account's own default: set what the service can bear."
  type        = number
  default     = 10000
}

variable "throttle_burst_limit" {
  description = "Requests of the API at once. 5,000 is the source's number and the account's own default."
  type        = number
  default     = 5000
}

variable "github_org" {
  description = "Organisation or user on GitHub whose repository deploys."
  type        = string
}

variable "github_repo" {
  description = "The repository, without its owner. Its GitHub environment prod deploys."
  type        = string
}

variable "create_oidc_provider" {
  description = "Whether to make GitHub's identity provider; false where the account has it."
  type        = bool
  default     = true
}

variable "cost_topic_arn" {
  description = "The suite's output `cost_topic_arn`: the topic that hears of anomalies and budgets."
  type        = string
}

variable "monthly_budget_usd" {
  description = "What the account may cost in a month, in US dollars."
  type        = number
}

variable "enable_service_monitor" {
  description = "Whether to make the anomaly monitor of all services; an account has at most one."
  type        = bool
  default     = true
}

variable "existing_monitor_arns" {
  description = "Anomaly monitors that the account has already."
  type        = list(string)
  default     = []
}
