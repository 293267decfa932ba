# Backup, copy, restore and scan jobs to findings. Code: functions/backup-job.
module "backup_job" {
  source = "../modules/function"
  create = var.create && contains(var.sources, "backup-job")

  name        = "backup-job"
  description = "Backup, copy, restore and scan jobs to findings."
  artifact    = local.artifacts["backup-job"]
  common      = local.common

  trigger     = { event_pattern = file("${path.module}/patterns/backup-job.json") }
  environment = local.environment
  permissions = local.source_permissions
}
