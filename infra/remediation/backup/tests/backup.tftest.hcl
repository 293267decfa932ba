mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/shop" }
  }
  mock_resource "aws_backup_vault" {
    defaults = { arn = "arn:aws:backup:eu-west-1:111122223333:backup-vault:shop" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::shop-task-definitions-111122223333-eu-west-1", id = "shop-task-definitions-111122223333-eu-west-1" }
  }
  mock_resource "aws_sfn_state_machine" {
    defaults = { arn = "arn:aws:states:eu-west-1:111122223333:stateMachine:shop-task-definition-export" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/vendedlogs/states/shop" }
  }
}

mock_provider "aws" {
  alias = "recovery"
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-central-1" }
  }
  mock_resource "aws_backup_vault" {
    defaults = { arn = "arn:aws:backup:eu-central-1:111122223333:backup-vault:shop-copies" }
  }
}

variables {
  name                       = "shop"
  copy_destination_vault_arn = "arn:aws:backup:eu-central-1:111122223333:backup-vault:shop-copies"
  cluster_arns               = ["arn:aws:ecs:eu-west-1:111122223333:cluster/shop"]
}

run "daily_at_two_for_thirty_days_with_a_copy" {
  assert {
    condition     = one(aws_backup_plan.daily[0].rule).schedule == "cron(0 2 * * ? *)" && one(aws_backup_plan.daily[0].rule).rule_name == "daily_backup" && one(aws_backup_plan.daily[0].rule).lifecycle[0].delete_after == 30
    error_message = "A backup is made at 02:00 and kept for 30 days."
  }
  assert {
    condition     = one(one(aws_backup_plan.daily[0].rule).copy_action).destination_vault_arn == var.copy_destination_vault_arn && one(one(aws_backup_plan.daily[0].rule).copy_action).lifecycle[0].delete_after == 30
    error_message = "A copy goes to the other region, for as long."
  }
  assert {
    condition     = one([for tag in aws_backup_selection.tagged[0].selection_tag : [tag.type, tag.key, tag.value]]) == ["STRINGEQUALS", "Backup", "true"]
    error_message = "Data stores with the tag are backed up."
  }
  assert {
    condition     = aws_backup_plan.daily[0].name == "shop-backup" && length(aws_backup_restore_testing_plan.weekly) == 0 && length(aws_backup_vault_lock_configuration.vault) == 0
    error_message = "No test and no lock that nobody asked for."
  }
  assert {
    condition     = jsondecode(aws_iam_role.backup[0].assume_role_policy).Statement[0].Principal == { Service = "backup.amazonaws.com" } && jsondecode(aws_iam_role.backup[0].assume_role_policy).Statement[0].Condition == { StringEquals = { "aws:SourceAccount" = "111122223333" } }
    error_message = "Only AWS Backup of this account takes the role."
  }
}

run "task_definitions_are_exported_every_night" {
  assert {
    condition     = aws_scheduler_schedule.export[0].schedule_expression == "cron(0 2 * * ? *)" && aws_s3_bucket.export[0].tags["Backup"] == "true" && aws_s3_bucket_versioning.export[0].versioning_configuration[0].status == "Enabled"
    error_message = "The export runs at 02:00, and AWS Backup takes its bucket."
  }
  assert {
    condition = alltrue([
      jsondecode(aws_sfn_state_machine.export[0].definition).States.FindServices.Items == ["arn:aws:ecs:eu-west-1:111122223333:cluster/shop"],
      jsondecode(aws_sfn_state_machine.export[0].definition).States.Report.Arguments.Entries[0].Source == "plimsoll.ci",
      strcontains(jsondecode(aws_sfn_state_machine.export[0].definition).States.Report.Arguments.Entries[0].Detail, "'kind': 'taskdef-export'"),
      alltrue([for name in ["ListFamilies", "ExportFamilies", "FindServices", "ExportDeployed"] : jsondecode(aws_sfn_state_machine.export[0].definition).States[name].Catch[0].Assign == { success = false }]),
      !aws_sfn_state_machine.export[0].logging_configuration[0].include_execution_data,
    ])
    error_message = "It looks at the cluster, reports what it did, and logs no data."
  }
  assert {
    condition = { for statement in jsondecode(output.export_policy).Statement : statement.Sid => try(statement.Condition, null) if statement.Resource == "*" } == {
      ReadTaskDefinitions = null, DeliverLogs = null, ListServices = { ArnEquals = { "ecs:cluster" = ["arn:aws:ecs:eu-west-1:111122223333:cluster/shop"] } }
    }
    error_message = "Only what has no resource in IAM is allowed on every resource: ${output.export_policy}"
  }
  assert {
    condition     = one([for statement in jsondecode(output.export_policy).Statement : statement if statement.Sid == "WriteObjects"]).Resource == "arn:aws:s3:::shop-task-definitions-111122223333-eu-west-1/task-definitions/*" && one([for statement in jsondecode(output.export_policy).Statement : statement if statement.Sid == "Report"]).Condition == { StringEquals = { "events:source" = "plimsoll.ci" } }
    error_message = "It writes to its folder and reports as its source."
  }
  assert {
    condition     = jsondecode(aws_iam_role_policy.schedule[0].policy).Statement[0].Resource == aws_sfn_state_machine.export[0].arn
    error_message = "The schedule starts one state machine."
  }
  assert {
    condition     = jsondecode(aws_s3_bucket_policy.export[0].policy).Statement[0].Condition == { Bool = { "aws:SecureTransport" = "false" } } && aws_s3_bucket_public_access_block.export[0].restrict_public_buckets
    error_message = "The bucket is private and refuses plain text."
  }
}

run "restores_are_tested_and_the_vault_is_locked" {
  variables {
    kms_key_arn                = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d"
    copy_destination_vault_arn = "arn:aws:backup:eu-west-1:444455556666:backup-vault:copies"
    vault_lock                 = { min_retention_days = 7 }
    restore_testing_selections = { tables = { resource_type = "DynamoDB" } }
  }
  assert {
    condition     = aws_backup_restore_testing_plan.weekly[0].recovery_point_selection[0].include_vaults == toset([aws_backup_vault.vault.arn]) && aws_backup_restore_testing_plan.weekly[0].schedule_expression == "cron(0 5 ? * SUN *)"
    error_message = "The newest backup of the vault is restored every Sunday."
  }
  assert {
    condition     = aws_backup_restore_testing_selection.kind["tables"].protected_resource_type == "DynamoDB" && aws_backup_restore_testing_selection.kind["tables"].protected_resource_arns == toset(["*"]) && aws_backup_restore_testing_selection.kind["tables"].name == "shop_restore_test_tables"
    error_message = "Tables are restored."
  }
  assert {
    condition     = aws_backup_vault_lock_configuration.vault[0].min_retention_days == 7 && aws_backup_vault_lock_configuration.vault[0].changeable_for_days == null
    error_message = "The lock can still be taken away."
  }
  assert {
    condition     = aws_sfn_state_machine.export[0].encryption_configuration[0].kms_key_id == var.kms_key_arn && one(one(aws_s3_bucket_server_side_encryption_configuration.export[0].rule).apply_server_side_encryption_by_default).sse_algorithm == "aws:kms"
    error_message = "The key encrypts the bucket and the executions."
  }
}

run "a_vault_for_copies_alone" {
  variables {
    create_plan                = false
    copy_destination_vault_arn = null
  }
  assert {
    condition     = length(aws_backup_plan.daily) == 0 && length(aws_iam_role.backup) == 0 && length(aws_s3_bucket.export) == 0 && output.state_machine_arn == null
    error_message = "The vault and nothing else."
  }
}

run "the_example_plans" {
  command = plan
  module {
    source = "./examples/basic"
  }
  providers = {
    aws          = aws
    aws.recovery = aws.recovery
  }
}

run "refuses_what_the_lines_refuse" {
  command = plan
  variables {
    name                       = "Shop"
    schedule                   = "cron(0 2 ? * SUN *)"
    delete_after_days          = 7
    copy_destination_vault_arn = "shop-copies"
    kms_key_arn                = "alias/backup"
    cluster_arns               = ["*"]
    export_bucket_name         = "Shop"
    restore_testing_selections = { tables = { resource_type = "ECS" } }
  }
  expect_failures = [
    var.name, var.schedule, var.delete_after_days, var.copy_destination_vault_arn, var.kms_key_arn, var.cluster_arns,
    var.export_bucket_name, var.restore_testing_selections,
  ]
}

run "refuses_a_copy_beside_the_original" {
  command = plan
  variables {
    copy_destination_vault_arn = "arn:aws:backup:eu-west-1:111122223333:backup-vault:shop-copies"
  }
  expect_failures = [aws_backup_plan.daily]
}

run "refuses_to_share_backups_under_the_key_of_aws" {
  command = plan
  variables {
    copy_destination_vault_arn = "arn:aws:backup:eu-west-1:444455556666:backup-vault:copies"
  }
  expect_failures = [aws_backup_vault.vault]
}

run "refuses_a_lock_that_refuses_every_backup" {
  command = plan
  variables {
    vault_lock = { min_retention_days = 60 }
  }
  expect_failures = [var.vault_lock]
}
