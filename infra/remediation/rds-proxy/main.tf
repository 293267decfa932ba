# A pool of database connections between the tasks and the database: the tasks come with IAM tokens over TLS, the proxy
# has the password. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.html

locals {
  port = coalesce(var.port, var.engine_family == "POSTGRESQL" ? 5432 : 3306)
}

resource "aws_db_proxy" "proxy" {
  name                   = var.name
  engine_family          = var.engine_family
  role_arn               = aws_iam_role.proxy.arn
  vpc_subnet_ids         = var.subnet_ids
  vpc_security_group_ids = [aws_security_group.proxy.id]
  require_tls            = true
  idle_client_timeout    = var.idle_client_timeout_seconds
  # With debug logging the log has the text of SQL statements, so it is off for good.
  debug_logging = false
  tags          = var.tags

  auth {
    auth_scheme = "SECRETS"
    iam_auth    = "REQUIRED"
    secret_arn  = var.db_secret_arn
    description = "Login of the proxy at the database"
  }

  # The proxy reads the secret when it is created.
  depends_on = [aws_iam_role_policy.proxy]
}

resource "aws_db_proxy_default_target_group" "pool" {
  db_proxy_name = aws_db_proxy.proxy.name

  connection_pool_config {
    max_connections_percent      = var.max_connections_percent
    max_idle_connections_percent = var.max_idle_connections_percent
    connection_borrow_timeout    = var.connection_borrow_timeout_seconds
  }
}

resource "aws_db_proxy_target" "database" {
  db_proxy_name          = aws_db_proxy.proxy.name
  target_group_name      = aws_db_proxy_default_target_group.pool.name
  db_cluster_identifier  = var.db_cluster_id
  db_instance_identifier = var.db_instance_id
}

# From the tasks to the proxy, and from the proxy to the database; nothing else in either direction.
resource "aws_security_group" "proxy" {
  # checkov:skip=CKV2_AWS_5:It is attached to the proxy; checkov does not know aws_db_proxy
  name        = "${var.name}-proxy"
  description = "Connections of tasks to the database proxy ${var.name}"
  vpc_id      = var.vpc_id
  tags        = merge(var.tags, { Name = "${var.name}-proxy" })
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  for_each = var.client_security_group_ids

  security_group_id            = aws_security_group.proxy.id
  description                  = "Tasks: ${each.key}"
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
  tags                         = var.tags
}

resource "aws_vpc_security_group_egress_rule" "database" {
  security_group_id            = aws_security_group.proxy.id
  description                  = "The database"
  referenced_security_group_id = var.db_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
  tags                         = var.tags
}

resource "aws_vpc_security_group_ingress_rule" "database" {
  count = var.open_database_security_group ? 1 : 0

  security_group_id            = var.db_security_group_id
  description                  = "The proxy ${var.name}"
  referenced_security_group_id = aws_security_group.proxy.id
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
  tags                         = var.tags
}

# RDS makes this group by itself and keeps its log for ever.
resource "aws_cloudwatch_log_group" "proxy" {
  # checkov:skip=CKV_AWS_158:CloudWatch Logs encrypts every group; the log has no statements and no data
  # checkov:skip=CKV_AWS_338:The source checklist keeps logs for 7, 30 or 90 days by environment; log_retention_days sets it
  name              = "/aws/rds/proxy/${var.name}"
  retention_in_days = var.log_retention_days
  tags              = var.tags
}
