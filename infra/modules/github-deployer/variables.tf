variable "create" {
  description = "Whether to create anything at all."
  type        = bool
  default     = true
  nullable    = false
}

variable "name" {
  description = "First words of the names of the roles: `<name>-plan` and `<name>-apply-<environment>`."
  type        = string
  default     = "github-plimsoll"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,31}$", var.name))
    error_message = "The name has 2 to 32 lower-case letters, digits and hyphens, and starts with a letter."
  }

  validation {
    condition     = alltrue([for environment in values(var.environments) : !startswith("${var.name}-", "${environment.name_prefix}-")])
    error_message = "The name must not start with the name_prefix of an environment: a role that applies could change itself."
  }
}

variable "repository" {
  description = "Who is trusted: what stands between `repo:` and the next colon in the `sub` of the repository's tokens. `OWNER/REPOSITORY`, or with ids, `OWNER@123/REPOSITORY@456`, for repositories created or renamed since July 2026. `gh api repos/OWNER/REPOSITORY/actions/oidc/customization/sub --jq .sub_claim_prefix` says which."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([A-Za-z0-9-]+/[A-Za-z0-9._-]+|[A-Za-z0-9-]+@[0-9]+/[A-Za-z0-9._-]+@[0-9]+)$", var.repository))
    error_message = "The repository is OWNER/REPOSITORY or OWNER@ID/REPOSITORY@ID: one repository, without wildcards and without repo: in front."
  }
}

variable "branch" {
  description = "The branch that is deployed."
  type        = string
  default     = "main"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._/-]+$", var.branch))
    error_message = "The branch is one branch by its name, without wildcards and without refs/heads/ in front."
  }
}

variable "environments" {
  description = "What is deployed into this account, by the name of the GitHub environment, which is the folder of infra/environments as well. `name_prefix` is that of the suite there. `state_key` is by default `plimsoll/<environment>.tfstate`. `role_boundary_arn`: every role that is made must have this permissions boundary. `encryption_key`: the environment makes a key of its own, as prod does. `variables`: the values of the environment's Terraform variables as JSON."
  type = map(object({
    name_prefix       = string
    state_key         = optional(string)
    role_boundary_arn = optional(string)
    encryption_key    = optional(bool, false)
    variables         = optional(string, "{}")
  }))
  nullable = false

  validation {
    condition     = length(var.environments) > 0 && alltrue([for name in keys(var.environments) : can(regex("^[a-z]+$", name))])
    error_message = "Name at least one environment; names are lower-case letters, without wildcards."
  }

  validation {
    condition     = alltrue([for environment in values(var.environments) : can(regex("^[a-z][a-z0-9-]{1,23}$", environment.name_prefix))])
    error_message = "name_prefix has 2 to 24 lower-case letters, digits and hyphens, and starts with a letter, as in the suite."
  }

  validation {
    condition = alltrue(flatten([for one, first in var.environments : [
      for other, second in var.environments : one == other || !startswith("${second.name_prefix}-", "${first.name_prefix}-")
    ]]))
    error_message = "No name_prefix may be the beginning of another: the one environment could change the other."
  }

  validation {
    condition     = alltrue([for environment in values(var.environments) : environment.state_key == null || can(regex("^[A-Za-z0-9._/-]+$", environment.state_key))])
    error_message = "state_key is the key of one object, without wildcards."
  }

  validation {
    condition     = length(distinct([for name, environment in var.environments : coalesce(environment.state_key, "plimsoll/${name}.tfstate")])) == length(var.environments)
    error_message = "Each environment has a state of its own: give each its own state_key."
  }

  validation {
    condition     = alltrue([for environment in values(var.environments) : can(keys(jsondecode(environment.variables)))])
    error_message = "variables is a JSON object: write jsonencode({ ... })."
  }
}

variable "state" {
  description = "The S3 bucket of the Terraform states, its region, and its KMS key if it has one of yours. The lock is a file beside the state (`use_lockfile`)."
  type = object({
    bucket      = string
    region      = string
    kms_key_arn = optional(string)
  })
  nullable = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.state.bucket))
    error_message = "state.bucket is the name of one bucket, not its ARN, without wildcards."
  }
}

variable "create_oidc_provider" {
  description = "Whether to make GitHub's identity provider; false where the account has it already, for an account can have one only."
  type        = bool
  default     = true
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the roles made here, if your organisation demands one."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of everything that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
