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
