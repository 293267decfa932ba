variable "github_org" {
  description = "Organisation or user on GitHub. With ids in the tokens (`ORG@123`, repositories created or renamed since July 2026) both `github_org` and `github_repo` carry theirs: `gh api repos/ORG/REPO/actions/oidc/customization/sub --jq .sub_claim_prefix` says so."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+(@[0-9]+)?$", var.github_org))
    error_message = "The github_org is one organisation by its name, without wildcards."
  }
}

variable "github_repo" {
  description = "Repository on GitHub, without its organisation."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]+(@[0-9]+)?$", var.github_repo))
    error_message = "The github_repo is one repository by its name, without its organisation and without wildcards."
  }

  validation {
    condition     = strcontains(var.github_repo, "@") == strcontains(var.github_org, "@")
    error_message = "Either both github_org and github_repo carry an id (ORG@123, REPO@456), or neither does."
  }
}

variable "github_branch" {
  description = "The branch that deploys. It counts only while `github_environments` is empty."
  type        = string
  default     = "main"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._/-]+$", var.github_branch))
    error_message = "The github_branch is one branch by its name, without wildcards and without refs/heads/ in front."
  }
}

variable "github_environments" {
  description = "GitHub environments whose jobs deploy, for example `production`. With environments the branch alone is not trusted: GitHub checks reviewers and branches of the environment."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for name in var.github_environments : can(regex("^[A-Za-z0-9._-]+$", name))])
    error_message = "Each of the github_environments is one environment by its name, without wildcards."
  }
}

variable "ecr_repository_arns" {
  description = "ARNs of the ECR repositories into which the pipeline pushes."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.ecr_repository_arns) > 0 && alltrue([for arn in var.ecr_repository_arns : can(regex("^arn:aws[a-z-]*:ecr:[a-z0-9-]+:[0-9]{12}:repository/[a-z0-9._/-]+$", arn))])
    error_message = "Name at least one ECR repository by its ARN, without wildcards."
  }
}

variable "ecs_cluster_arn" {
  description = "ARN of the ECS cluster of the services."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:ecs:[a-z0-9-]+:[0-9]{12}:cluster/[A-Za-z0-9_-]+$", var.ecs_cluster_arn))
    error_message = "The ecs_cluster_arn is the ARN of one cluster, without wildcards."
  }
}

variable "ecs_service_arns" {
  description = "ARNs of the ECS services that the pipeline deploys, in the long form with the name of the cluster."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.ecs_service_arns) > 0 && alltrue([for arn in var.ecs_service_arns : startswith(arn, "${replace(var.ecs_cluster_arn, ":cluster/", ":service/")}/") && !strcontains(arn, "*")])
    error_message = "Name at least one service of the cluster in ecs_cluster_arn by its ARN (...:service/CLUSTER/SERVICE), without wildcards."
  }
}

variable "task_definition_families" {
  description = "Families of task definitions that the pipeline registers. Null means the names of the services."
  type        = set(string)
  default     = null

  validation {
    condition     = var.task_definition_families == null || alltrue([for family in coalesce(var.task_definition_families, []) : can(regex("^[A-Za-z0-9_-]{1,255}$", family))])
    error_message = "Each family of task definitions is named in full, without wildcards."
  }
}

variable "task_role_arns" {
  description = "ARNs of the task roles and execution roles in those task definitions: registering a revision passes them to ECS."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.task_role_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[^*?]+$", arn))])
    error_message = "Each of the task_role_arns is the ARN of one role, without wildcards."
  }
}

variable "codedeploy_deployment_group_arns" {
  description = "ARNs of the CodeDeploy deployment groups, for services that CodeDeploy deploys (module `codedeploy`, output `deployment_group_arn`)."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.codedeploy_deployment_group_arns : can(regex("^arn:aws[a-z-]*:codedeploy:[a-z0-9-]+:[0-9]{12}:deploymentgroup:[^*/]+/[^*/]+$", arn))])
    error_message = "Each of the codedeploy_deployment_group_arns is the ARN of one deployment group, without wildcards."
  }
}

variable "evidence_bus_arns" {
  description = "ARNs of the event buses to which the pipeline reports scans and deployments, as events of the source `plimsoll.ci` only. Empty: it reports nothing."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.evidence_bus_arns : can(regex("^arn:aws[a-z-]*:events:[a-z0-9-]+:[0-9]{12}:event-bus/[^*]+$", arn))])
    error_message = "Each of the evidence_bus_arns is the ARN of one event bus, without wildcards."
  }
}

variable "role_name" {
  description = "Name of the role."
  type        = string
  default     = "github-deploy"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", var.role_name))
    error_message = "The role_name has 1 to 64 letters, digits and the characters + = , . @ _ -."
  }
}

variable "create_oidc_provider" {
  description = "Whether to make GitHub's identity provider; false where the account has it already, because an account can have one only."
  type        = bool
  default     = true
  nullable    = false
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
