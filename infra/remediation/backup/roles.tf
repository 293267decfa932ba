# One role that backs up and one that restores. AWS's policies for them are the documented ones: AWS adds the calls of
# new data stores there. https://docs.aws.amazon.com/aws-backup/latest/devguide/security-iam-awsmanpol.html

locals {
  trust_backup = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "backup.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })

  backup_policies = var.create_plan ? {
    backup = "service-role/AWSBackupServiceRolePolicyForBackup"
    s3     = "AWSBackupServiceRolePolicyForS3Backup"
  } : {}
  restore_policies = local.test_restores ? {
    restore = "service-role/AWSBackupServiceRolePolicyForRestores"
    s3      = "AWSBackupServiceRolePolicyForS3Restore"
  } : {}
}

resource "aws_iam_role" "backup" {
  count = var.create_plan ? 1 : 0

  name                 = "${var.name}-backup"
  description          = "AWS Backup backs up what carries ${var.selection_tag.key}=${var.selection_tag.value}"
  assume_role_policy   = local.trust_backup
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags
}

resource "aws_iam_role_policy_attachment" "backup" {
  for_each = local.backup_policies

  role       = aws_iam_role.backup[0].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/${each.value}"
}

resource "aws_iam_role" "restore" {
  count = local.test_restores ? 1 : 0

  name                 = "${var.name}-restore-test"
  description          = "AWS Backup restores backups as a test, and deletes the result"
  assume_role_policy   = local.trust_backup
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags
}

resource "aws_iam_role_policy_attachment" "restore" {
  for_each = local.restore_policies

  role       = aws_iam_role.restore[0].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/${each.value}"
}
