# The export as a state machine: calls of AWS only, no code to build or to patch.
# https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html

locals {
  retry = [{ ErrorEquals = ["States.TaskFailed"], IntervalSeconds = 2, MaxAttempts = 4, BackoffRate = 2, JitterStrategy = "FULL" }]
  catch = [{ ErrorEquals = ["States.ALL"], Assign = { success = false }, Next = "Report" }]

  # One task definition, named by its family (the newest revision) or by its ARN, becomes one object.
  export_one = {
    ProcessorConfig = { Mode = "INLINE" }
    StartAt         = "DescribeTaskDefinition"
    States = {
      DescribeTaskDefinition = {
        Type      = "Task"
        Resource  = "arn:${local.partition}:states:::aws-sdk:ecs:describeTaskDefinition"
        Arguments = { TaskDefinition = "{% $states.input %}", Include = ["TAGS"] }
        Output    = { TaskDefinition = "{% $states.result.TaskDefinition %}", Tags = "{% $exists($states.result.Tags) ? $states.result.Tags : [] %}" }
        Retry     = local.retry
        Next      = "PutObject"
      }
      PutObject = {
        Type     = "Task"
        Resource = "arn:${local.partition}:states:::aws-sdk:s3:putObject"
        Arguments = {
          Bucket      = local.bucket
          Key         = "{% 'task-definitions/' & $states.input.TaskDefinition.Family & '/' & $string($states.input.TaskDefinition.Revision) & '.json' %}"
          Body        = "{% $states.input %}"
          ContentType = "application/json"
        }
        Output = "{% $states.input.TaskDefinition.TaskDefinitionArn %}"
        Retry  = local.retry
        End    = true
      }
    }
  }

  # The services of one cluster, ten at a time: that is what DescribeServices takes.
  export_cluster = {
    ProcessorConfig = { Mode = "INLINE" }
    StartAt         = "StartCluster"
    States = {
      StartCluster = {
        Type   = "Pass"
        Assign = { cluster = "{% $states.input %}", token = "", seen = [] }
        Next   = "ListServices"
      }
      ListServices = {
        Type      = "Task"
        Resource  = "arn:${local.partition}:states:::aws-sdk:ecs:listServices"
        Arguments = "{% $merge([{ 'Cluster': $cluster, 'MaxResults': 10 }, $token = '' ? {} : { 'NextToken': $token }]) %}"
        Assign    = { token = "{% $exists($states.result.NextToken) ? $states.result.NextToken : '' %}" }
        Output    = "{% [$states.result.ServiceArns] %}"
        Retry     = local.retry
        Next      = "AnyServices"
      }
      AnyServices = {
        Type    = "Choice"
        Choices = [{ Condition = "{% $count($states.input) > 0 %}", Next = "DescribeServices" }]
        Default = "ClusterDone"
      }
      DescribeServices = {
        Type      = "Task"
        Resource  = "arn:${local.partition}:states:::aws-sdk:ecs:describeServices"
        Arguments = { Cluster = "{% $cluster %}", Services = "{% $states.input %}" }
        # A service of CodeDeploy has its revisions in its task sets.
        Assign = { seen = "{% [$seen, $states.result.Services.TaskDefinition, $states.result.Services.TaskSets.TaskDefinition] %}" }
        Output = {}
        Retry  = local.retry
        Next   = "MoreServices"
      }
      MoreServices = {
        Type    = "Choice"
        Choices = [{ Condition = "{% $token != '' %}", Next = "ListServices" }]
        Default = "ClusterDone"
      }
      ClusterDone = {
        Type   = "Pass"
        Output = "{% [$distinct($seen)] %}"
        End    = true
      }
    }
  }

  machine = {
    Comment        = "Exports ECS task definitions to ${local.bucket}"
    QueryLanguage  = "JSONata"
    StartAt        = "Start"
    TimeoutSeconds = 3600
    States = {
      Start = {
        Type   = "Pass"
        Assign = { token = "", exported = 0, success = true }
        Next   = "ListFamilies"
      }
      ListFamilies = {
        Type      = "Task"
        Resource  = "arn:${local.partition}:states:::aws-sdk:ecs:listTaskDefinitionFamilies"
        Arguments = "{% $merge([{ 'Status': 'ACTIVE', 'MaxResults': 100 }, $token = '' ? {} : { 'NextToken': $token }]) %}"
        Assign    = { token = "{% $exists($states.result.NextToken) ? $states.result.NextToken : '' %}" }
        Output    = "{% [$states.result.Families] %}"
        Retry     = local.retry
        Catch     = local.catch
        Next      = "ExportFamilies"
      }
      ExportFamilies = {
        Type           = "Map"
        Items          = "{% $states.input %}"
        MaxConcurrency = 5
        ItemProcessor  = local.export_one
        Assign         = { exported = "{% $exported + $count($states.result) %}" }
        Output         = {}
        Catch          = local.catch
        Next           = "MoreFamilies"
      }
      MoreFamilies = {
        Type    = "Choice"
        Choices = [{ Condition = "{% $token != '' %}", Next = "ListFamilies" }]
        Default = "FindServices"
      }
      FindServices = {
        Type           = "Map"
        Items          = sort(var.cluster_arns)
        MaxConcurrency = 1
        ItemProcessor  = local.export_cluster
        Output         = "{% [$distinct($reduce($states.result, $append, []))] %}"
        Catch          = local.catch
        Next           = "ExportDeployed"
      }
      ExportDeployed = {
        Type           = "Map"
        Items          = "{% $states.input %}"
        MaxConcurrency = 5
        ItemProcessor  = local.export_one
        Assign         = { exported = "{% $exported + $count($states.result) %}" }
        Output         = {}
        Catch          = local.catch
        Next           = "Report"
      }
      Report = {
        Type     = "Task"
        Resource = "arn:${local.partition}:states:::aws-sdk:eventbridge:putEvents"
        Arguments = { Entries = [{
          EventBusName = local.event_bus_arn
          Source       = "plimsoll.ci"
          DetailType   = "Plimsoll CI Evidence"
          Detail       = "{% $string({ 'kind': 'taskdef-export', 'success': $success, 'exported': $exported, 'bucket': '${local.bucket}' }) %}"
        }] }
        # PutEvents answers 200 although an event was refused.
        Output = { refused = "{% $states.result.FailedEntryCount %}" }
        Retry  = local.retry
        Next   = "Reported"
      }
      Reported = {
        Type    = "Choice"
        Choices = [{ Condition = "{% $success and $states.input.refused = 0 %}", Next = "Done" }]
        Default = "Failed"
      }
      Done   = { Type = "Succeed" }
      Failed = { Type = "Fail", Error = "ExportFailed", Cause = "A task definition could not be exported, or the report was refused: see the states before Report" }
    }
  }
}

resource "aws_sfn_state_machine" "export" {
  # checkov:skip=CKV_AWS_285:Errors are logged, without the data of the executions: task definitions may hold values that nobody should read
  # checkov:skip=CKV_AWS_284:The execution history names each call; a trace would add nothing
  count = local.export ? 1 : 0

  name       = local.machine_name
  role_arn   = aws_iam_role.export[0].arn
  type       = "STANDARD"
  definition = jsonencode(local.machine)
  tags       = var.tags

  # Task definitions may hold values that nobody should read: the log has no data of the executions.
  logging_configuration {
    level                  = "ERROR"
    include_execution_data = false
    log_destination        = "${aws_cloudwatch_log_group.export[0].arn}:*"
  }

  dynamic "encryption_configuration" {
    for_each = var.kms_key_arn == null ? [] : [var.kms_key_arn]
    content {
      type                              = "CUSTOMER_MANAGED_KMS_KEY"
      kms_key_id                        = encryption_configuration.value
      kms_data_key_reuse_period_seconds = 300
    }
  }

  depends_on = [aws_iam_role_policy.export]
}

resource "aws_cloudwatch_log_group" "export" {
  # checkov:skip=CKV_AWS_158:The log has no data of the executions
  # checkov:skip=CKV_AWS_338:The source checklist keeps logs for 7, 30 or 90 days by environment; log_retention_days sets it
  count = local.export ? 1 : 0

  name              = "/aws/vendedlogs/states/${local.machine_name}"
  retention_in_days = var.log_retention_days
  tags              = var.tags
}
