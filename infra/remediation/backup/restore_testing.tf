# Once a week AWS Backup restores the newest backup of each named kind and deletes the result. A backup that was never
# restored is a hope. https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing.html

locals {
  test_restores = var.create_plan && length(var.restore_testing_selections) > 0
  # Names of restore testing know letters, digits and underscores only.
  test_name = replace(replace("${var.name}_restore_test", "-", "_"), ".", "_")
}

resource "aws_backup_restore_testing_plan" "weekly" {
  count = local.test_restores ? 1 : 0

  name                = local.test_name
  schedule_expression = var.restore_testing_schedule
  start_window_hours  = 8
  tags                = var.tags

  recovery_point_selection {
    algorithm             = "LATEST_WITHIN_WINDOW"
    include_vaults        = [aws_backup_vault.vault.arn]
    recovery_point_types  = ["SNAPSHOT"]
    selection_window_days = 7
  }
}

resource "aws_backup_restore_testing_selection" "kind" {
  for_each = local.test_restores ? var.restore_testing_selections : {}

  name                       = "${local.test_name}_${replace(each.key, "-", "_")}"
  restore_testing_plan_name  = aws_backup_restore_testing_plan.weekly[0].name
  protected_resource_type    = each.value.resource_type
  protected_resource_arns    = each.value.resource_arns
  iam_role_arn               = aws_iam_role.restore[0].arn
  validation_window_hours    = each.value.validation_window_hours
  restore_metadata_overrides = each.value.restore_metadata_overrides

  depends_on = [aws_iam_role_policy_attachment.restore]
}
