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
}

variables {
  enable_cloudtrail   = true
  enable_config       = true
  enable_config_rules = true
  enable_guardduty    = true
}

run "every_part_is_opt_in" {
  command = plan
  variables {
    enable_cloudtrail   = false
    enable_config       = false
    enable_config_rules = false
    enable_guardduty    = false
  }
  assert {
    condition = (
      output.trail_arn == null && output.config_role_arn == null && output.detector_id == null && length(output.rule_names) == 0 && length(output.bucket_names) == 0
      && length(aws_guardduty_detector_feature.feature) == 0 && length(aws_config_configuration_recorder.recorder) == 0
    )
    error_message = "Nothing is made that was not asked for."
  }
}

run "the_trail_is_multi_region_and_validated" {
  command = plan

  assert {
    condition     = aws_cloudtrail.trail[0].is_multi_region_trail && aws_cloudtrail.trail[0].enable_log_file_validation && aws_cloudtrail.trail[0].include_global_service_events && aws_cloudtrail.trail[0].enable_logging
    error_message = "All regions, validated, global services, and it is on."
  }
  assert {
    condition     = one(aws_cloudtrail.trail[0].event_selector).read_write_type == "All" && one(aws_cloudtrail.trail[0].event_selector).include_management_events
    error_message = "All management events."
  }
  assert {
    condition = [for s in jsondecode(output.bucket_policies["cloudtrail"]).Statement : s if s.Sid == "LetTheServiceDeliver"][0] == {
      Sid       = "LetTheServiceDeliver"
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "arn:aws:s3:::governance-cloudtrail-111122223333-eu-west-1/AWSLogs/111122223333/*"
      Condition = { StringEquals = { "aws:SourceArn" = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/governance", "s3:x-amz-acl" = "bucket-owner-full-control" } }
    }
    error_message = "Only this trail writes into its bucket."
  }
  assert {
    condition     = alltrue([for policy in values(output.bucket_policies) : length([for s in jsondecode(policy).Statement : s if s.Sid == "DenyPlainText" && s.Effect == "Deny"]) == 1])
    error_message = "Plain text is refused."
  }
  assert {
    condition     = alltrue([for block in aws_s3_bucket_public_access_block.records : block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets])
    error_message = "The buckets are private."
  }
}

run "the_recorder_records_what_the_rules_read" {
  command = plan

  assert {
    condition     = !aws_config_configuration_recorder.recorder[0].recording_group[0].all_supported && contains(aws_config_configuration_recorder.recorder[0].recording_group[0].resource_types, "AWS::ECS::TaskDefinition")
    error_message = "Task definitions are recorded, and not everything."
  }
  assert {
    condition     = !contains(aws_config_configuration_recorder.recorder[0].recording_group[0].resource_types, "AWS::EC2::NetworkInterface") && !contains(aws_config_configuration_recorder.recorder[0].recording_group[0].resource_types, "AWS::CloudFront::Distribution")
    error_message = "No interface of each task, and nothing that is recorded in us-east-1 only."
  }
  assert {
    condition     = aws_config_configuration_recorder_status.recorder[0].is_enabled && aws_config_configuration_recorder.recorder[0].recording_mode[0].recording_frequency == "CONTINUOUS"
    error_message = "The recorder runs."
  }
  assert {
    condition     = jsondecode(aws_iam_role.config[0].assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "111122223333"
    error_message = "AWS Config of this account only."
  }
}

run "the_rules_have_their_parameters" {
  command = plan

  assert {
    condition     = aws_config_config_rule.rule["ECS_TASK_DEFINITION_USER_FOR_HOST_MODE_CHECK"].name == "ecs-task-definition-user-for-host-mode" && jsondecode(aws_config_config_rule.rule["ECS_TASK_DEFINITION_USER_FOR_HOST_MODE_CHECK"].input_parameters) == { SkipInactiveTaskDefinitions = "true" }
    error_message = "The first rule of the source checklist, without revisions that nobody uses."
  }
  assert {
    condition     = aws_config_config_rule.rule["ECR_PRIVATE_IMAGE_SCANNING_ENABLED"].name == "ecr-private-image-scanning-enabled" && aws_config_config_rule.rule["ECR_PRIVATE_IMAGE_SCANNING_ENABLED"].input_parameters == null
    error_message = "The second rule of the source checklist."
  }
  assert {
    condition = alltrue([for identifier, rule in local.catalogue.rules :
      length(setsubtract(try(rule.required, []), keys(try(rule.parameters, {})))) == 0
    ])
    error_message = "AWS sets no defaults outside the console: each required parameter is given."
  }
  assert {
    condition     = jsondecode(aws_config_config_rule.rule["CLOUDWATCH_ALARM_ACTION_CHECK"].input_parameters) == { alarmActionRequired = "true", insufficientDataActionRequired = "false", okActionRequired = "false" }
    error_message = "An alarm needs no action for missing data: AWS's own default would fail most good alarms."
  }
  assert {
    condition     = jsondecode(aws_config_config_rule.rule["CW_LOGGROUP_RETENTION_PERIOD_CHECK"].input_parameters).MinRetentionTime == "30" && jsondecode(aws_config_config_rule.rule["BACKUP_PLAN_MIN_FREQUENCY_AND_MIN_RETENTION_CHECK"].input_parameters).requiredRetentionDays == "30"
    error_message = "30 days, as the source checklist says, not 365 and 35."
  }
  assert {
    condition     = alltrue([for identifier, rule in aws_config_config_rule.rule : rule.tags["SourceIdentifier"] == identifier && one(rule.source).source_identifier == identifier && one(rule.source).owner == "AWS"])
    error_message = "Each rule says which one of AWS it is."
  }
  assert {
    condition     = aws_config_config_rule.rule["GUARDDUTY_S3_PROTECTION_ENABLED"].maximum_execution_frequency == "TwentyFour_Hours" && aws_config_config_rule.rule["ECS_CONTAINER_INSIGHTS_ENABLED"].maximum_execution_frequency == null
    error_message = "Periodic rules run once a day; others take no frequency."
  }
  assert {
    condition     = !contains(keys(output.rule_names), "VPC_ENDPOINT_ENABLED") && !contains(keys(output.rule_names), "IAM_OIDC_PROVIDER_CLIENT_ID_LIST_CHECK") && !contains(keys(output.rule_names), "SNS_ENCRYPTED_KMS")
    error_message = "Not without VPCs, not what exists in us-east-1 only, not what demands keys of your own."
  }
}

run "the_rules_of_us_east_1" {
  command = plan
  override_data {
    target = data.aws_region.current
    values = { id = "us-east-1" }
  }
  variables {
    rule_groups     = ["core", "backup", "restore-time", "cloudfront", "advanced-security", "vpc-endpoints", "customer-managed-keys"]
    vpc_ids         = ["vpc-0123456789abcdef0", "vpc-0123456789abcdef1"]
    excluded_rules  = ["ACCOUNT_PART_OF_ORGANIZATIONS"]
    rule_parameters = { RDS_MEETS_RESTORE_TIME_TARGET = { maxRestoreTime = "60" } }
  }
  assert {
    condition     = toset(keys(output.rule_names)) == setsubtract(keys(local.catalogue.rules), ["ACCOUNT_PART_OF_ORGANIZATIONS"])
    error_message = "All rules but the one that was excluded."
  }
  assert {
    condition     = jsondecode(aws_config_config_rule.rule["VPC_ENDPOINT_ENABLED"].input_parameters) == { serviceNames = "ecr.api,ecr.dkr,logs,s3", vpcIds = "vpc-0123456789abcdef0,vpc-0123456789abcdef1" }
    error_message = "The endpoints of the VPCs that were named."
  }
  assert {
    condition     = jsondecode(aws_config_config_rule.rule["RDS_MEETS_RESTORE_TIME_TARGET"].input_parameters) == { maxRestoreTime = "60" }
    error_message = "A parameter of your own."
  }
  assert {
    condition     = contains(aws_config_configuration_recorder.recorder[0].recording_group[0].resource_types, "AWS::CloudFront::Distribution")
    error_message = "Global types are recorded in us-east-1."
  }
}

run "guardduty_sees_ecs" {
  command = plan

  assert {
    condition = { for name, feature in aws_guardduty_detector_feature.feature : name => feature.status } == {
      S3_DATA_EVENTS = "ENABLED", RUNTIME_MONITORING = "ENABLED", EBS_MALWARE_PROTECTION = "ENABLED", EKS_AUDIT_LOGS = "DISABLED"
    }
    error_message = "S3, runtime and malware; no audit logs of Kubernetes."
  }
  assert {
    condition     = { for agent in aws_guardduty_detector_feature.feature["RUNTIME_MONITORING"].additional_configuration : agent.name => agent.status } == { ECS_FARGATE_AGENT_MANAGEMENT = "ENABLED", EC2_AGENT_MANAGEMENT = "DISABLED", EKS_ADDON_MANAGEMENT = "DISABLED" }
    error_message = "The agent of Fargate."
  }
  assert {
    condition     = aws_guardduty_detector.detector[0].enable
    error_message = "The detector is on."
  }
}

run "takes_the_detector_that_is_there" {
  command = plan
  variables {
    guardduty_detector_id = "0123456789abcdef0123456789abcdef"
  }
  assert {
    condition     = length(aws_guardduty_detector.detector) == 0 && aws_guardduty_detector_feature.feature["S3_DATA_EVENTS"].detector_id == "0123456789abcdef0123456789abcdef" && output.detector_id == "0123456789abcdef0123456789abcdef"
    error_message = "A region has one detector."
  }
}

run "refuses_a_rule_that_it_does_not_know" {
  command = plan
  variables {
    excluded_rules  = ["ECS_NO_SUCH_RULE"]
    rule_parameters = { ecs-container-insights-enabled = {} }
  }
  expect_failures = [var.excluded_rules, var.rule_parameters]
}

run "refuses_an_unknown_group" {
  command = plan
  variables {
    rule_groups = ["everything"]
  }
  expect_failures = [var.rule_groups]
}

run "refuses_short_retention" {
  command = plan
  variables {
    retention_days = 30
  }
  expect_failures = [var.retention_days]
}

run "refuses_a_name_that_is_no_bucket" {
  command = plan
  variables {
    name = "Governance_"
  }
  expect_failures = [var.name]
}

run "refuses_what_is_no_detector" {
  command = plan
  variables {
    guardduty_detector_id = "default"
  }
  expect_failures = [var.guardduty_detector_id]
}

run "refuses_a_type_that_is_none" {
  command = plan
  variables {
    recorded_resource_types = ["ecs:TaskDefinition"]
  }
  expect_failures = [var.recorded_resource_types]
}
