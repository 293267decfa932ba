variable "repository_name" {
  description = "Name of the repository, for example `orders` or `shop/orders`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]+([._/-][a-z0-9]+)*$", var.repository_name)) && length(var.repository_name) >= 2 && length(var.repository_name) <= 256
    error_message = "The repository_name has 2 to 256 lower-case letters and digits, with single . _ - and / between them."
  }
}

variable "encryption_type" {
  description = "`KMS` (a key of AWS, or yours by `kms_key_arn`) or `AES256`. A change makes a new repository."
  type        = string
  default     = "KMS"
  nullable    = false

  validation {
    condition     = contains(["KMS", "AES256"], var.encryption_type)
    error_message = "The encryption_type is KMS or AES256."
  }
}

variable "kms_key_arn" {
  description = "ARN of the KMS key of the repository. Null: the key aws/ecr of AWS."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || (var.encryption_type == "KMS" && can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-z0-9-]+$", var.kms_key_arn)))
    error_message = "The kms_key_arn is the ARN of one key, with encryption_type = \"KMS\"."
  }
}

variable "scan_on_push" {
  description = "Whether ECR scans each image when it is pushed. Where the registry has enhanced scanning (Amazon Inspector), its own rules decide and this has no effect."
  type        = bool
  default     = true
  nullable    = false
}

variable "mutable_tag_filters" {
  description = "Tags that may be moved although all others are immutable, for example `[\"latest\"]`; `*` stands for any characters. Empty: no tag can be moved."
  type        = set(string)
  default     = []
  nullable    = false

  # https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageTagMutabilityExclusionFilter.html
  validation {
    condition     = length(var.mutable_tag_filters) <= 5 && alltrue([for filter in var.mutable_tag_filters : can(regex("^[0-9A-Za-z._*-]{1,128}$", filter)) && length(split("*", filter)) <= 3])
    error_message = "At most 5 filters, each of 1 to 128 letters, digits and . _ - with at most two wildcards."
  }

  validation {
    condition     = !contains([for filter in var.mutable_tag_filters : replace(filter, "*", "")], "")
    error_message = "A filter of wildcards alone would make every tag mutable, and line CICD-04 would be open."
  }
}

variable "untagged_expire_days" {
  description = "Days after which an image without a tag expires."
  type        = number
  default     = 14
  nullable    = false

  validation {
    condition     = var.untagged_expire_days >= 1 && floor(var.untagged_expire_days) == var.untagged_expire_days
    error_message = "The untagged_expire_days are a whole number of at least 1 day."
  }
}

variable "keep_images" {
  description = "How many images stay, the newest first, whatever their tags. ECR does not know which image runs: keep more than you deploy in the longest time without a deployment."
  type        = number
  default     = 100
  nullable    = false

  validation {
    condition     = var.keep_images >= 10 && floor(var.keep_images) == var.keep_images
    error_message = "The keep_images are a whole number of at least 10: fewer would soon delete an image that runs."
  }
}

variable "keep_by_prefix" {
  description = "How many images with a tag of that prefix stay, by prefix, for example `{ \"release-\" = 50 }`."
  type        = map(number)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for prefix, count in var.keep_by_prefix : prefix != "" && count >= 1 && floor(count) == count])
    error_message = "Each prefix has at least one character and keeps a whole number of at least 1 image."
  }
}

variable "tags" {
  description = "Tags of the repository."
  type        = map(string)
  default     = {}
  nullable    = false
}
