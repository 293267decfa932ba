# Backup, copy, restore and scan jobs to findings. Code: functions/backup-job.
module "backup_job" {
  source = "../modules/function"
  create = var.create && contains(local.sources, "backup-job")

  name            = "backup-job"
  description     = "Backup, copy, restore and scan jobs to findings."
  artifact        = local.artifacts["backup-job"]
  common          = local.common
  failures        = local.failures
  memory_mb       = local.tuned["backup-job"].memory_mb
  timeout_seconds = local.tuned["backup-job"].timeout_seconds
  queue           = local.tuned["backup-job"].queue
  vpc             = local.tuned["backup-job"].vpc

  trigger = {
    event_pattern = file("${path.module}/patterns/backup-job.json")
    schedules     = local.reconcile["backup-job"]
  }
  environment = local.environment
  permissions = concat(local.source_permissions, local.open_permissions, [
    {
      sid     = "ListJobs"
      actions = ["backup:ListBackupJobs", "backup:ListCopyJobs"]
      # Backup knows no resources for its lists: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsbackup.html
      resources = ["*"]
      reason    = "Backup knows no resources for its lists."
    },
  ])
}
