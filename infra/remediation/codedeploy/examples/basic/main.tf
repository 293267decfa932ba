# Canary deployments by CodeDeploy for a service that exists, with the alarm that rolls back.

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

resource "aws_cloudwatch_metric_alarm" "target_errors" {
  alarm_name          = "orders-target-5xx"
  alarm_description   = "Tasks of orders answer with 5xx"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "HTTPCode_Target_5XX_Count"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  threshold           = 5
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  dimensions          = { LoadBalancer = "app/orders/0123456789abcdef" }
}

module "codedeploy" {
  source = "../.."

  app_name                = "orders"
  cluster_name            = "shop"
  service_name            = "orders"
  listener_arn            = "arn:aws:elasticloadbalancing:us-east-1:111122223333:listener/app/orders/0123456789abcdef/fedcba9876543210"
  blue_target_group_name  = "orders-blue"
  green_target_group_name = "orders-green"
  alarm_names             = [aws_cloudwatch_metric_alarm.target_errors.alarm_name]
  task_role_arns          = ["arn:aws:iam::111122223333:role/orders-task", "arn:aws:iam::111122223333:role/orders-execution"]
}

output "deployment_group_name" {
  description = "For `aws deploy create-deployment --deployment-group-name`."
  value       = module.codedeploy.deployment_group_name
}
