variable "region" {
  description = "Region of the service."
  type        = string
  default     = "eu-west-1"
}

variable "name" {
  description = "Name of the service, without the environment."
  type        = string
  default     = "web"
}

variable "image" {
  description = "Image by its digest that the service starts with."
  type        = string
}

variable "certificate_arn" {
  description = "Certificate of your domain in ACM, in this region."
  type        = string
}

variable "alarm_emails" {
  description = "Who hears of alarms. AWS writes to each address and waits for a click."
  type        = set(string)
}

variable "secrets" {
  description = "Variables of the container that come from Secrets Manager or Parameter Store: the name to the ARN."
  type        = map(string)
  default     = {}
}

variable "subscribed_to_shield" {
  description = "Whether the account is subscribed to Shield Advanced: 3,000 US dollars a month, for a year. Set false without it: AWS refuses protections, and the line ADV-01 stays open."
  type        = bool
  default     = true
}

variable "recovery_region" {
  description = "Region where copies of the backups are kept, other than that of the service."
  type        = string
  default     = "eu-central-1"

  validation {
    condition     = var.recovery_region != var.region
    error_message = "Copies are kept in another region than the service."
  }
}
