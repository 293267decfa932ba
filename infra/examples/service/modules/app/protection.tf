# What an environment has by its toggles: the firewall from staging on, Shield Advanced and backups in production.

module "waf" {
  source = "../../../../remediation/waf"
  count  = var.enable_waf ? 1 : 0

  name  = local.name
  scope = "REGIONAL"
  # By a name that is known before the load balancer is made.
  additional_resource_arns = { load-balancer = module.load_balancer.arn }
  log_retention_days       = var.log_retention_days
  tags                     = var.tags
}

module "advanced_security" {
  source = "../../../../remediation/advanced-security"
  count  = var.enable_shield ? 1 : 0

  name                 = local.name
  enable_shield        = true
  shield_resource_arns = { load-balancer = module.load_balancer.arn }
  tags                 = var.tags
}
