# A third of the tasks of a service end at once; the alarm on its response time stops the experiment.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

resource "aws_cloudwatch_metric_alarm" "response_time" {
  alarm_name          = "orders-response-time"
  alarm_description   = "One answer in a hundred of orders takes longer than a second"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "TargetResponseTime"
  extended_statistic  = "p99"
  period              = 60
  evaluation_periods  = 2
  threshold           = 1
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  dimensions          = { LoadBalancer = "app/orders/0123456789abcdef" }
}

module "chaos" {
  source = "../.."

  name            = "orders"
  cluster_arn     = "arn:aws:ecs:us-east-1:111122223333:cluster/shop"
  service_name    = "orders"
  stop_alarm_arns = [aws_cloudwatch_metric_alarm.response_time.arn]
}

output "template_ids" {
  description = "For `aws fis start-experiment --experiment-template-id`."
  value       = module.chaos.template_ids
}
