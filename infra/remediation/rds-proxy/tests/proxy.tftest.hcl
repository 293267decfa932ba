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
    defaults = { arn = "arn:aws:iam::111122223333:role/orders-proxy" }
  }
  mock_resource "aws_db_proxy" {
    defaults = { arn = "arn:aws:rds:eu-west-1:111122223333:db-proxy:prx-0123456789abcdef0" }
  }
  mock_resource "aws_db_proxy_default_target_group" {
    defaults = { name = "default" }
  }
}

variables {
  name                      = "orders"
  db_secret_arn             = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders-proxy-AbCdEf"
  db_cluster_id             = "orders"
  vpc_id                    = "vpc-0a"
  subnet_ids                = ["subnet-0a", "subnet-0b"]
  client_security_group_ids = { orders = "sg-0a" }
  db_security_group_id      = "sg-0b"
  db_user                   = "orders"
}

run "the_numbers_of_the_source_are_the_defaults" {
  assert {
    condition     = aws_db_proxy.proxy.engine_family == "POSTGRESQL" && aws_db_proxy.proxy.require_tls && !aws_db_proxy.proxy.debug_logging
    error_message = "PostgreSQL, over TLS only, without statements in the log."
  }
  assert {
    condition     = one(aws_db_proxy.proxy.auth).auth_scheme == "SECRETS" && one(aws_db_proxy.proxy.auth).iam_auth == "REQUIRED" && one(aws_db_proxy.proxy.auth).secret_arn == var.db_secret_arn
    error_message = "Tasks log in by IAM, the proxy by its secret."
  }
  assert {
    condition = (
      aws_db_proxy_default_target_group.pool.connection_pool_config[0].max_connections_percent == 100 &&
      aws_db_proxy_default_target_group.pool.connection_pool_config[0].max_idle_connections_percent == 50 &&
      aws_db_proxy_default_target_group.pool.connection_pool_config[0].connection_borrow_timeout == 120
    )
    error_message = "The pool has 100 %, 50 % and 120 seconds."
  }
  assert {
    condition     = aws_db_proxy_target.database.db_cluster_identifier == "orders" && aws_db_proxy_target.database.db_instance_identifier == null
    error_message = "The cluster is behind the proxy."
  }
  assert {
    condition     = aws_cloudwatch_log_group.proxy.name == "/aws/rds/proxy/orders" && aws_cloudwatch_log_group.proxy.retention_in_days == 30
    error_message = "The log is not kept for ever."
  }
}

run "only_the_named_groups_connect" {
  assert {
    condition     = aws_vpc_security_group_ingress_rule.clients["orders"].referenced_security_group_id == "sg-0a" && aws_vpc_security_group_ingress_rule.clients["orders"].from_port == 5432 && aws_vpc_security_group_ingress_rule.clients["orders"].cidr_ipv4 == null
    error_message = "Tasks come from their group, to the database's port."
  }
  assert {
    condition     = aws_vpc_security_group_egress_rule.database.referenced_security_group_id == "sg-0b" && aws_vpc_security_group_ingress_rule.database[0].security_group_id == "sg-0b"
    error_message = "The proxy reaches the database and nothing else."
  }
}

run "roles_are_exact" {
  variables {
    secret_kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d"
  }
  assert {
    condition     = [for statement in jsondecode(output.policy).Statement : [statement.Action, statement.Resource]] == [[["secretsmanager:GetSecretValue"], var.db_secret_arn], [["kms:Decrypt"], var.secret_kms_key_arn]]
    error_message = "The proxy reads its secret with its key: ${output.policy}"
  }
  assert {
    condition     = jsondecode(output.policy).Statement[1].Condition == { StringEquals = { "kms:ViaService" = "secretsmanager.eu-west-1.amazonaws.com" } }
    error_message = "The key is used by Secrets Manager only."
  }
  assert {
    condition     = jsondecode(aws_iam_role.proxy.assume_role_policy).Statement[0].Condition.StringEquals == { "aws:SourceAccount" = "111122223333" }
    error_message = "Only RDS of this account takes the role."
  }
  assert {
    condition     = jsondecode(output.connect_policy).Statement[0].Resource == "arn:aws:rds-db:eu-west-1:111122223333:dbuser:prx-0123456789abcdef0/orders"
    error_message = "Tasks log in as the named user, by this proxy."
  }
}

run "a_mysql_instance" {
  variables {
    engine_family                = "MYSQL"
    db_cluster_id                = null
    db_instance_id               = "orders"
    open_database_security_group = false
  }
  assert {
    condition     = output.port == 3306 && aws_db_proxy_target.database.db_instance_identifier == "orders" && length(aws_vpc_security_group_ingress_rule.database) == 0
    error_message = "MySQL has its port, and the database's group stays as it is."
  }
}

run "the_example_plans" {
  command = plan
  module {
    source = "./examples/basic"
  }
}

# Inputs that are refused independently of one another: each must be refused, or the run fails.
run "refuses_what_rds_or_the_checklist_refuses" {
  command = plan
  variables {
    name                              = "Orders"
    engine_family                     = "SQLSERVER"
    db_secret_arn                     = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:*"
    secret_kms_key_arn                = "alias/aws/secretsmanager"
    subnet_ids                        = ["subnet-0a"]
    client_security_group_ids         = {}
    connection_borrow_timeout_seconds = 600
    idle_client_timeout_seconds       = 0
    db_user                           = "*"
    db_instance_id                    = "orders"
  }
  expect_failures = [
    var.name, var.engine_family, var.db_secret_arn, var.secret_kms_key_arn, var.subnet_ids, var.client_security_group_ids,
    var.connection_borrow_timeout_seconds, var.idle_client_timeout_seconds, var.db_user, var.db_cluster_id,
  ]
}

run "refuses_more_idle_than_open_connections" {
  command = plan
  variables {
    max_connections_percent      = 40
    max_idle_connections_percent = 50
  }
  expect_failures = [var.max_idle_connections_percent]
}
