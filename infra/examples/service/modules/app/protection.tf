# What an environment has by its toggles: the firewall from staging on, Shield Advanced and backups in production.

module "waf" {
  source = "../../../../remediation/waf"
  count  = var.enable_waf ? 1 : 0

  name               = local.name
  scope              = "REGIONAL"
  resource_arn       = module.load_balancer.arn
  log_retention_days = var.log_retention_days
  tags               = var.tags
}

module "advanced_security" {
  source = "../../../../remediation/advanced-security"
  count  = var.enable_shield ? 1 : 0

  name                 = local.name
  enable_shield        = true
  shield_resource_arns = { load-balancer = module.load_balancer.arn }
  tags                 = var.tags
}

# By the tag Backup = true, and the task definitions each night into a bucket.
module "backup" {
  source = "../../../../remediation/backup"
  count  = var.enable_backup ? 1 : 0

  name                       = local.name
  copy_destination_vault_arn = var.backup_copy_vault_arn
  cluster_arns               = [module.service.cluster_arn]
  alarm_actions              = [module.alarm_topic.arn]
  log_retention_days         = var.log_retention_days
  permissions_boundary_arn   = var.permissions_boundary_arn
  tags                       = var.tags
}
