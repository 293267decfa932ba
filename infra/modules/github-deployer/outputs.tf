output "plan_role_arn" {
  description = "ARN of the role that plans; null if nothing is created."
  value       = one(aws_iam_role.plan[*].arn)
}

output "apply_role_arns" {
  description = "ARNs of the roles that apply, by environment."
  value       = { for name, role in aws_iam_role.apply : name => role.arn }
}

output "settings" {
  description = "The repository's variable of each environment, as JSON: `PLIMSOLL_DEV` is that of `dev`. It has no secrets, only names."
  value = { for name, environment in var.environments : name => jsonencode({
    plan_role_arn  = "arn:${local.partition}:iam::${local.account_id}:role/${local.plan_name}"
    apply_role_arn = "arn:${local.partition}:iam::${local.account_id}:role/${local.apply_names[name]}"
    state          = { bucket = var.state.bucket, region = var.state.region, key = local.state_keys[name] }
    variables      = jsondecode(environment.variables)
  }) }
}

output "policies" {
  description = "Policies of the roles as JSON, for the checks of whoever owns the account: `plan` and `apply-<environment>`."
  value       = local.policies
}

output "trust" {
  description = "Whom the roles trust, as JSON: `plan` and `apply-<environment>`."
  value       = local.trust
}
