output "vault_arn" {
  description = "ARN of the vault: what another call of this module takes as `copy_destination_vault_arn`."
  value       = aws_backup_vault.vault.arn
}

output "vault_name" {
  description = "Name of the vault."
  value       = aws_backup_vault.vault.name
}

output "plan_id" {
  description = "Id of the plan; null without a plan."
  value       = one(aws_backup_plan.daily[*].id)
}

output "export_bucket" {
  description = "Name of the bucket with the task definitions; null without the export."
  value       = one(aws_s3_bucket.export[*].id)
}

output "state_machine_arn" {
  description = "ARN of the state machine that exports: `aws stepfunctions start-execution --state-machine-arn` exports now. Null without the export."
  value       = one(aws_sfn_state_machine.export[*].arn)
}

output "export_policy" {
  description = "Permissions of the export as JSON."
  value       = local.export_policy
}
