# One service behind a load balancer, watched.

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
  region = "eu-west-1"
}

resource "aws_sns_topic" "alarms" {
  #checkov:skip=CKV_AWS_26:An example; CloudWatch cannot publish to a topic that is encrypted with alias/aws/sns
  name = "web-alarms"
}

module "observability" {
  source = "../.."

  name             = "web-prod"
  alarm_topic_arns = [aws_sns_topic.alarms.arn]
  services = {
    web = {
      cluster_name              = "prod"
      service_name              = "web"
      log_group_name            = "/ecs/web"
      load_balancer_arn_suffix  = "app/web/0123456789abcdef"
      target_group_arn_suffixes = { blue = "targetgroup/web-blue/0123456789abcdef", green = "targetgroup/web-green/fedcba9876543210" }
      thresholds                = { minimum_running_tasks = 3 }
    }
  }
}
