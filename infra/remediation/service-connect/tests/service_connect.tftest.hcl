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
  mock_resource "aws_service_discovery_http_namespace" {
    defaults = { arn = "arn:aws:servicediscovery:eu-west-1:111122223333:namespace/ns-0123456789abcdef" }
  }
  mock_resource "aws_acmpca_certificate_authority" {
    defaults = { arn = "arn:aws:acm-pca:eu-west-1:111122223333:certificate-authority/0a1b2c3d" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/shop-service-connect-tls" }
  }
}

variables {
  namespace                 = "shop"
  certificate_authority_arn = "arn:aws:acm-pca:eu-west-1:111122223333:certificate-authority/9f8e7d6c"
  services                  = { orders = { port_name = "http", port = 8080 } }
}

run "a_service_has_tls_and_timeouts" {
  assert {
    condition     = output.configurations["orders"].services[0].tls.certificate_authority_arn == var.certificate_authority_arn && output.configurations["orders"].services[0].tls.role_arn == "arn:aws:iam::111122223333:role/shop-service-connect-tls" && output.configurations["orders"].services[0].tls.kms_key_arn == null
    error_message = "Traffic is encrypted with a certificate of the authority."
  }
  assert {
    condition     = output.configurations["orders"].services[0].idle_timeout_seconds == 300 && output.configurations["orders"].services[0].per_request_timeout_seconds == 15 && output.configurations["orders"].services[0].dns_name == "orders"
    error_message = "A request takes 15 seconds at most, and the service is called by its name."
  }
  assert {
    condition     = output.configurations["orders"].namespace == aws_service_discovery_http_namespace.mesh.arn && aws_cloudwatch_log_group.proxies.retention_in_days == 30 && output.configurations["orders"].log_configuration.options["awslogs-group"] == aws_cloudwatch_log_group.proxies.name
    error_message = "The proxies log for 30 days."
  }
  assert {
    condition     = length(aws_acmpca_certificate_authority.root) == 0
    error_message = "No authority is paid for that nobody asked for."
  }
}

run "the_role_is_for_ecs_of_this_account" {
  assert {
    condition = jsondecode(aws_iam_role.tls[0].assume_role_policy).Statement[0].Condition == {
      StringEquals = { "aws:SourceAccount" = "111122223333" }
      ArnLike      = { "aws:SourceArn" = "arn:aws:ecs:eu-west-1:111122223333:*" }
    } && jsondecode(aws_iam_role.tls[0].assume_role_policy).Statement[0].Principal == { Service = "ecs.amazonaws.com" }
    error_message = "Only ECS of this account and region takes the role."
  }
  assert {
    condition     = endswith(aws_iam_role_policy_attachment.tls[0].policy_arn, "service-role/AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity") && length(aws_iam_role_policy.key) == 0
    error_message = "The role has AWS's policy for it, and no key that nobody named."
  }
}

run "an_authority_for_short_lived_certificates" {
  variables {
    certificate_authority_arn    = null
    create_certificate_authority = true
    kms_key_arn                  = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d"
  }
  assert {
    condition     = aws_acmpca_certificate_authority.root[0].usage_mode == "SHORT_LIVED_CERTIFICATE" && aws_acmpca_certificate_authority.root[0].tags["AmazonECSManaged"] == "true"
    error_message = "The authority is the cheap one, and ECS may use it."
  }
  assert {
    condition     = jsondecode(aws_iam_role_policy.key[0].policy).Statement[0].Resource == var.kms_key_arn
    error_message = "The role uses the named key only."
  }
}

run "without_tls" {
  variables {
    enable_tls                = false
    certificate_authority_arn = null
  }
  assert {
    condition     = output.configurations["orders"].services[0].tls == null && output.tls_role_arn == null && output.certificate_authority_arn == null
    error_message = "What is switched off is absent."
  }
}

run "timeouts_can_be_left_to_the_proxy" {
  command = plan
  variables {
    services = {
      stream = { port_name = "grpc", port = 9090, idle_timeout_seconds = 0, per_request_timeout_seconds = 0 }
      tcp    = { port_name = "tcp", port = 9091, per_request_timeout_seconds = null }
      http   = { port_name = "http", port = 9092, idle_timeout_seconds = null }
    }
  }
  assert {
    condition     = output.configurations["tcp"].services[0].idle_timeout_seconds == 300 && output.configurations["stream"].services[0].per_request_timeout_seconds == 0
    error_message = "0 is no limit."
  }
}

run "the_example_plans" {
  command = plan
  module {
    source = "./examples/basic"
  }
}

run "refuses_tls_without_an_authority" {
  command = plan
  variables {
    certificate_authority_arn = null
  }
  expect_failures = [var.enable_tls]
}

run "refuses_two_authorities" {
  command = plan
  variables {
    create_certificate_authority = true
  }
  expect_failures = [var.enable_tls]
}

run "refuses_a_connection_that_ends_before_the_answer" {
  command = plan
  variables {
    services = { orders = { port_name = "http", port = 8080, idle_timeout_seconds = 5, per_request_timeout_seconds = 30 } }
  }
  expect_failures = [var.services]
}

run "refuses_a_port_that_is_none" {
  command = plan
  variables {
    services = { orders = { port_name = "http", port = 0 } }
  }
  expect_failures = [var.services]
}
