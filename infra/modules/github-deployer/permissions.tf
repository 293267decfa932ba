# The calls that Terraform makes for the resources of the suite: those that read, for every role, and those that write,
# for the roles that apply. https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html

locals {
  # Environments by role.
  reach = merge(
    { plan = keys(var.environments) },
    { for name in keys(var.environments) : "apply-${name}" => [name] },
  )

  # Everything of the suite that IAM knows by name.
  named = { for role, names in local.reach : role => flatten([
    for prefix in [for name in names : var.environments[name].name_prefix] : [
      "arn:${local.partition}:cloudwatch:*:${local.account_id}:alarm:${prefix}-*",
      "arn:${local.partition}:cloudwatch::${local.account_id}:dashboard/${prefix}",
      "arn:${local.partition}:dynamodb:*:${local.account_id}:table/${prefix}-state",
      "arn:${local.partition}:events:*:${local.account_id}:event-bus/${prefix}-central",
      "arn:${local.partition}:events:*:${local.account_id}:rule/${prefix}-*",
      "arn:${local.partition}:iam::${local.account_id}:role/${prefix}-*",
      "arn:${local.partition}:lambda:*:${local.account_id}:function:${prefix}-*",
      "arn:${local.partition}:logs:*:${local.account_id}:log-group:/aws/lambda/${prefix}-*",
      "arn:${local.partition}:s3:::${prefix}-reports-*",
      "arn:${local.partition}:scheduler:*:${local.account_id}:schedule-group/${prefix}",
      "arn:${local.partition}:scheduler:*:${local.account_id}:schedule/${prefix}/*",
      "arn:${local.partition}:scheduler:*:${local.account_id}:schedule/default/${prefix}-*",
      "arn:${local.partition}:sns:*:${local.account_id}:${prefix}-*",
      "arn:${local.partition}:sqs:*:${local.account_id}:${prefix}-*",
    ]
  ]) }

  tables     = { for role, names in local.reach : role => [for name in names : "arn:${local.partition}:dynamodb:*:${local.account_id}:table/${var.environments[name].name_prefix}-state"] }
  bucket_arn = "arn:${local.partition}:s3:::${var.state.bucket}"
  states     = { for role, names in local.reach : role => [for name in names : "${local.bucket_arn}/${local.state_keys[name]}"] }
  state_keys = { for name, environment in var.environments : name => coalesce(environment.state_key, "plimsoll/${name}.tfstate") }

  # One item of the table is Terraform's, with the configuration; findings are nothing to it.
  configuration_only = { "ForAllValues:StringEquals" = { "dynamodb:LeadingKeys" = ["D#config"] } }

  read = { for role in keys(local.reach) : role => concat(
    [
      { Sid = "ReadTheSuite", Effect = "Allow", Action = local.read_actions, Resource = local.named[role] },
      { Sid = "ReadTheConfiguration", Effect = "Allow", Action = ["dynamodb:GetItem"], Resource = local.tables[role], Condition = local.configuration_only },
      { Sid = "ReadWhatHasNoName", Effect = "Allow", Action = local.nameless_read_actions, Resource = "*" },
      { Sid = "FindTheState", Effect = "Allow", Action = ["s3:ListBucket"], Resource = local.bucket_arn },
      { Sid = "ReadTheState", Effect = "Allow", Action = ["s3:GetObject"], Resource = local.states[role] },
    ],
    # A refresh reads the item of the table and the environment of each function, which that key encrypts.
    [for environments in [[for name in local.reach[role] : name if var.environments[name].encryption_key]] : { Sid = "DecryptTheSuite", Effect = "Allow", Action = ["kms:Decrypt"], Resource = "arn:${local.partition}:kms:*:${local.account_id}:key/*", Condition = { StringEquals = { "aws:ResourceTag/Environment" = environments } } } if length(environments) > 0],
    [for arn in compact([var.state.kms_key_arn]) : { Sid = "DecryptTheState", Effect = "Allow", Action = ["kms:Decrypt"], Resource = arn }],
  ) }

  write = { for name, environment in var.environments : "apply-${name}" => concat(
    [
      { Sid = "WriteTheSuite", Effect = "Allow", Action = local.write_actions, Resource = local.named["apply-${name}"] },
      { Sid = "WriteTheConfiguration", Effect = "Allow", Action = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"], Resource = local.tables["apply-${name}"], Condition = local.configuration_only },
      # With the environment's boundary, if it has one: otherwise a role could be made that may do more than this one.
      merge(
        { Sid = "MakeRoles", Effect = "Allow", Action = ["iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary"], Resource = "arn:${local.partition}:iam::${local.account_id}:role/${environment.name_prefix}-*" },
        { for key, condition in { Condition = { StringEquals = { "iam:PermissionsBoundary" = environment.role_boundary_arn } } } : key => condition if environment.role_boundary_arn != null },
      ),
      {
        Sid       = "PassRoles"
        Effect    = "Allow"
        Action    = ["iam:PassRole"]
        Resource  = "arn:${local.partition}:iam::${local.account_id}:role/${environment.name_prefix}-*"
        Condition = { StringEquals = { "iam:PassedToService" = ["events.amazonaws.com", "lambda.amazonaws.com", "scheduler.amazonaws.com"] } }
      },
      {
        Sid       = "ConnectQueuesAndStreams"
        Effect    = "Allow"
        Action    = ["lambda:CreateEventSourceMapping", "lambda:UpdateEventSourceMapping", "lambda:DeleteEventSourceMapping"]
        Resource  = "*"
        Condition = { ArnLike = { "lambda:FunctionArn" = "arn:${local.partition}:lambda:*:${local.account_id}:function:${environment.name_prefix}-*" } }
      },
      # AWS knows mappings and subscriptions by random ids only.
      { Sid = "TagMappings", Effect = "Allow", Action = ["lambda:TagResource", "lambda:UntagResource"], Resource = "arn:${local.partition}:lambda:*:${local.account_id}:event-source-mapping:*" },
      { Sid = "ChangeSubscriptions", Effect = "Allow", Action = ["sns:SetSubscriptionAttributes", "sns:Unsubscribe"], Resource = "*" },
      # AWS knows no resource for the policy of a bus.
      { Sid = "OpenTheCentralBus", Effect = "Allow", Action = ["events:PutPermission", "events:RemovePermission"], Resource = "*" },
      { Sid = "WriteTheState", Effect = "Allow", Action = ["s3:PutObject"], Resource = local.states["apply-${name}"] },
      { Sid = "LockTheState", Effect = "Allow", Action = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], Resource = [for state in local.states["apply-${name}"] : "${state}.tflock"] },
    ],
    [for arn in compact([var.state.kms_key_arn]) : { Sid = "EncryptTheState", Effect = "Allow", Action = ["kms:GenerateDataKey"], Resource = arn }],
    # A key has no name either: it is known by the tag that infra/environments gives to everything.
    [for tag in [name] : { Sid = "MakeKeys", Effect = "Allow", Action = ["kms:CreateKey", "kms:TagResource"], Resource = "*", Condition = { StringEquals = { "aws:RequestTag/Environment" = tag } } } if environment.encryption_key],
    [for tag in [name] : { Sid = "ManageKeys", Effect = "Allow", Action = local.key_actions, Resource = "arn:${local.partition}:kms:*:${local.account_id}:key/*", Condition = { StringEquals = { "aws:ResourceTag/Environment" = tag } } } if environment.encryption_key],
    [for alias in ["alias/plimsoll*"] : { Sid = "NameKeys", Effect = "Allow", Action = ["kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias"], Resource = "arn:${local.partition}:kms:*:${local.account_id}:${alias}" } if environment.encryption_key],
  ) }

  policies = { for role in keys(local.reach) : role => jsonencode({
    Version   = "2012-10-17"
    Statement = concat(local.read[role], lookup(local.write, role, []))
  }) }

  read_actions = [
    "cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource",
    "dynamodb:DescribeContinuousBackups", "dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive", "dynamodb:ListTagsOfResource",
    "events:DescribeEventBus", "events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule",
    "iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole", "iam:ListRolePolicies",
    "lambda:GetFunction", "lambda:GetFunctionCodeSigningConfig", "lambda:GetFunctionConfiguration", "lambda:GetFunctionEventInvokeConfig", "lambda:ListTags", "lambda:ListVersionsByFunction",
    "logs:ListTagsForResource",
    "s3:GetAccelerateConfiguration", "s3:GetBucket*", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:GetReplicationConfiguration", "s3:ListBucket",
    "scheduler:GetSchedule", "scheduler:GetScheduleGroup", "scheduler:ListTagsForResource",
    "sns:GetTopicAttributes", "sns:ListTagsForResource",
    "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags",
  ]
  nameless_read_actions = [
    "cloudwatch:DescribeAlarms", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs", "kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListAliases", "kms:ListResourceTags",
    "lambda:GetEventSourceMapping", "lambda:ListTags", "logs:DescribeLogGroups", "sns:GetSubscriptionAttributes",
  ]
  write_actions = [
    "cloudwatch:DeleteAlarms", "cloudwatch:DeleteDashboards", "cloudwatch:PutDashboard", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource",
    "dynamodb:CreateTable", "dynamodb:DeleteTable", "dynamodb:TagResource", "dynamodb:UntagResource", "dynamodb:UpdateContinuousBackups", "dynamodb:UpdateTable", "dynamodb:UpdateTimeToLive",
    "events:CreateEventBus", "events:DeleteEventBus", "events:DeleteRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets", "events:TagResource", "events:UntagResource", "events:UpdateEventBus",
    "iam:DeleteRole", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription",
    "lambda:CreateFunction", "lambda:DeleteFunction", "lambda:DeleteFunctionEventInvokeConfig", "lambda:PutFunctionEventInvokeConfig", "lambda:TagResource", "lambda:UntagResource", "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration", "lambda:UpdateFunctionEventInvokeConfig",
    "logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:DeleteRetentionPolicy", "logs:DisassociateKmsKey", "logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource",
    "s3:CreateBucket", "s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock", "s3:PutBucketTagging", "s3:PutBucketVersioning", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration",
    "scheduler:CreateSchedule", "scheduler:CreateScheduleGroup", "scheduler:DeleteSchedule", "scheduler:DeleteScheduleGroup", "scheduler:TagResource", "scheduler:UntagResource", "scheduler:UpdateSchedule",
    "sns:CreateTopic", "sns:DeleteTopic", "sns:SetTopicAttributes", "sns:Subscribe", "sns:TagResource", "sns:UntagResource",
    "sqs:CreateQueue", "sqs:DeleteQueue", "sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue",
  ]
  # The second line is what DynamoDB and Lambda ask of whoever gives them a key.
  key_actions = [
    "kms:CreateAlias", "kms:DeleteAlias", "kms:EnableKeyRotation", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:UntagResource", "kms:UpdateAlias", "kms:UpdateKeyDescription",
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
    "kms:CreateGrant", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*",
  ]
}
