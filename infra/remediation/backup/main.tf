# Daily backups of the data stores that carry a tag, kept in a vault and copied to another region or account.
# AWS Backup knows no ECS and no ECR: task definitions are exported beside it (export.tf).
# https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-feature-availability.html

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id

  # arn:aws:backup:REGION:ACCOUNT:backup-vault:NAME
  copy_account = var.copy_destination_vault_arn == null ? null : split(":", var.copy_destination_vault_arn)[4]
  copy_region  = var.copy_destination_vault_arn == null ? null : split(":", var.copy_destination_vault_arn)[3]
}

resource "aws_backup_vault" "vault" {
  # checkov:skip=CKV_AWS_166:Vaults are always encrypted; kms_key_arn gives this one a key of your own
  name        = var.name
  kms_key_arn = var.kms_key_arn
  tags        = var.tags

  lifecycle {
    precondition {
      condition     = local.copy_account == null || local.copy_account == local.account_id || var.kms_key_arn != null
      error_message = "A copy to another account needs kms_key_arn: backups under AWS's own key cannot be shared."
    }
  }
}

# Nobody deletes a backup before its time, not even an administrator who was talked into it.
resource "aws_backup_vault_lock_configuration" "vault" {
  count = var.vault_lock == null ? 0 : 1

  backup_vault_name   = aws_backup_vault.vault.name
  min_retention_days  = var.vault_lock.min_retention_days
  max_retention_days  = var.vault_lock.max_retention_days
  changeable_for_days = var.vault_lock.changeable_for_days
}

resource "aws_backup_plan" "daily" {
  count = var.create_plan ? 1 : 0

  name = "${var.name}-backup"
  tags = var.tags

  rule {
    rule_name                = "daily_backup"
    target_vault_name        = aws_backup_vault.vault.name
    schedule                 = var.schedule
    start_window             = 60
    completion_window        = var.completion_window_minutes
    enable_continuous_backup = false

    lifecycle {
      delete_after = var.delete_after_days
    }

    dynamic "copy_action" {
      for_each = var.copy_destination_vault_arn == null ? [] : [var.copy_destination_vault_arn]
      content {
        destination_vault_arn = copy_action.value
        lifecycle {
          delete_after = coalesce(var.copy_delete_after_days, var.delete_after_days)
        }
      }
    }
  }

  lifecycle {
    precondition {
      condition     = local.copy_account == null || local.copy_account != local.account_id || local.copy_region != local.region
      error_message = "Line DR-04 asks for a copy in another region or account: copy_destination_vault_arn is in this region of this account."
    }
  }
}

resource "aws_backup_selection" "tagged" {
  count = var.create_plan ? 1 : 0

  name         = "${var.name}-tagged"
  plan_id      = aws_backup_plan.daily[0].id
  iam_role_arn = aws_iam_role.backup[0].arn

  selection_tag {
    type  = "STRINGEQUALS"
    key   = var.selection_tag.key
    value = var.selection_tag.value
  }

  depends_on = [aws_iam_role_policy_attachment.backup]
}
